"""Commands that look for problems not worth training on: one problem twice, and benchmarks' own.

$ gen dedup
1000 problems: 7 in 3 clusters, 4 more than there should be (exact 4, near 3)
$ gen decontaminate --against gsm8k_test.jsonl
1000 problems: 1 in gsm8k_test.jsonl
problem_id  benchmark         row_number  kind      similarity  prompt        benchmark_text
5f1c...     gsm8k_test.jsonl  12          template  1           Omar's ducks  Janet's ducks ...
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gen.cli.options import json_option, print_object, print_rows, report, store_option

if TYPE_CHECKING:
    from curation.store import Store

FOUND = """
    SELECT c.problem_id, c.benchmark, c.row_number, c.kind, c.similarity, p.prompt, c.benchmark_text
    FROM contaminations c JOIN problems p USING (problem_id)
    WHERE c.run_id = ?
    ORDER BY c.benchmark, c.row_number, c.problem_id
"""

MATCHED = (
    "problem_id", "benchmark", "row_number", "kind", "similarity", "prompt", "benchmark_text"
)  # fmt: skip

embedding_option = click.option(
    "--embedding-model",
    metavar="wordllama|DIR",
    help="Look for what means the same as well: wordllama, or a sentence-transformers directory.",
)


@click.command()
@click.option(
    "--threshold",
    type=click.FloatRange(0.5, 1),
    default=0.8,
    show_default=True,
    help="Jaccard similarity of runs of three words from which problems are near duplicates.",
)
@embedding_option
@click.option(
    "--cosine",
    type=click.FloatRange(0.5, 1),
    default=0.95,
    show_default=True,
    help="Cosine of embeddings from which problems mean the same.",
)
@store_option
@json_option
def dedup(
    threshold: float, embedding_model: str | None, cosine: float, store: Path, as_json: bool
) -> None:
    """Find problems that are one problem, and keep them as clusters.

    Nothing is deleted: `gen select` takes the best of a cluster, and exports keep it on one side.
    """
    from curation.duplicates import find_clusters
    from curation.texts.embedding import embedding
    from gen.progress import Progress
    from gen.runs import running

    embed = embedding(embedding_model) if embedding_model else None
    target = _existing(store)
    parameters = {"threshold": threshold, "embedding_model": embedding_model, "cosine": cosine}
    with (
        target.writing("gen dedup"),
        running(target, "dedup", parameters) as run,
        Progress() as progress,
    ):
        found = find_clusters(
            target,
            run.run_id,
            threshold=threshold,
            embed=embed,
            cosine=cosine,
            advance=progress.bar("problems", total=_n_problems(target)),
        )
    n_members = sum(found.n_members.values())
    kinds = ", ".join(f"{kind} {n}" for kind, n in found.n_members.items())
    report(
        asdict(found),
        as_json=as_json,
        sentence=f"{found.n_problems} problems: {n_members} in {found.n_clusters} clusters, "
        f"{found.n_surplus} more than there should be" + (f" ({kinds})" if kinds else ""),
    )


@click.command()
@click.option(
    "--against",
    "benchmarks",
    multiple=True,
    required=True,
    metavar="FILE|hf:NAME[@SPLIT]",
    help="A benchmark: .jsonl, .json, .parquet, .csv, or of the Hub; repeatable.",
)
@embedding_option
@store_option
@json_option
def decontaminate(
    benchmarks: tuple[str, ...], embedding_model: str | None, store: Path, as_json: bool
) -> None:
    """Find problems that stand in a benchmark: verbatim, renumbered or in other words.

    Prints each beside what it matched. Nothing is deleted: `gen select` leaves them out.
    """
    from curation.contamination import find_contamination, read_benchmark
    from curation.texts.embedding import embedding
    from gen.progress import Progress
    from gen.runs import running

    embed = embedding(embedding_model) if embedding_model else None
    read = [read_benchmark(source) for source in benchmarks]
    target = _existing(store)
    parameters = {"against": benchmarks, "embedding_model": embedding_model}
    with (
        target.writing("gen decontaminate"),
        running(target, "decontaminate", parameters) as run,
        Progress() as progress,
    ):
        found = find_contamination(
            target,
            read,
            run.run_id,
            embed=embed,
            advance=progress.bar("problems", total=_n_problems(target)),
        )
    rows = target.rows(FOUND, (run.run_id,))
    shared = [asdict(one) for one in found.shared]
    if as_json:
        matches = [dict(zip(MATCHED, row, strict=True)) for row in rows]
        print_object(
            {
                "problems": found.n_problems,
                "contaminated": found.n_contaminated,
                "matches": matches,
                "shared_templates": shared,
            }
        )
        return
    counts = ", ".join(f"{n} in {name}" for name, n in found.n_contaminated.items())
    print(f"{found.n_problems} problems: {counts}")
    if rows:
        print_rows(MATCHED, rows, as_json=False)
    if shared:
        print("\nlet through, since generated families have these templates by nature:")
        print_rows(tuple(shared[0]), [tuple(one.values()) for one in shared], as_json=False)


def _existing(path: Path) -> "Store":
    """The store, which must be there; raises BadInput."""
    from curation.store import Store

    store = Store(path)
    if not path.exists():
        store.rows("SELECT 1")  # says how to make one
    return store


def _n_problems(store: "Store") -> int:
    ((n,),) = store.rows("SELECT count(*) FROM problems WHERE quarantine IS NULL")
    return n
