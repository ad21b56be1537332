"""Commands that need no model: problems in, scores, selections, and Parquet out.

$ gen problems --domain math -n 1000
1000 problems of domain math: 1000 new in assay.duckdb
"""

from collections.abc import Iterator
from pathlib import Path

import click

from gen.cli.options import dry_run_option, json_option, report, seed_option, store_option


@click.command()
@click.option("--domain", required=True, help="The domain, such as math; see `gen domains`.")
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="How many problems.")
@click.option("--family", help="Only this family; for a file, the name its problems get.")
@click.option("--level", "levels", type=int, multiple=True, help="Only this level; repeatable.")
@seed_option
@click.option(
    "--source",
    default="families",
    show_default=True,
    help="families, a .jsonl or .parquet FILE, or hf:NAME[@SPLIT].",
)
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Where a file keeps prompt, ground_truth, level or reference; repeatable.",
)
@click.option("--verifier", help="Who judges a file's problems; the domain's unless given.")
@click.option(
    "--min-kill-rate",
    type=click.FloatRange(0, 1),
    default=0.8,
    show_default=True,
    help="Strengthen or quarantine tests of programs that kill less of a reference's mutants.",
)
@store_option
@json_option
@dry_run_option
def problems(
    domain: str,
    n: int | None,
    family: str | None,
    levels: tuple[int, ...],
    seed: int,
    source: str,
    fields: tuple[str, ...],
    verifier: str | None,
    min_kill_rate: float,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Make problems with ground truth, or import them."""
    from dataclasses import replace
    from itertools import chain, islice

    from curation.store import Store
    from gen.progress import Progress
    from gen.runs import running
    from gen.writer import Writer
    from verifiers.errors import BadInput

    if source == "families":
        if n is None:
            raise BadInput("say how many problems: -n 1000")
        made = _from_families(domain, family, levels, n, seed)
    else:
        from gen.imports import import_problems

        known = None
        if "code" in (domain, verifier) and not dry_run:
            from gen.certifying import certified_before

            known = certified_before(Store(store), seed=seed)
        mapping = _mapping(fields)
        found = import_problems(
            source,
            domain=domain,
            fields=mapping,
            levels=levels,
            family=family,
            verifier=verifier,
            min_kill_rate=None if dry_run else min_kill_rate,
            seed=seed,
            known=known,
        )
        made = islice(found, n)
    # Bad input shows at the first problem, before anything is written.
    made = chain(list(islice(made, 1)), made)
    if dry_run:
        n_made = sum(1 for _ in made)
        sentence = f"{n_made} problems of domain {domain} would be stored in {store}"
        report({"problems": n_made, "new": 0}, as_json=as_json, sentence=sentence)
        return
    parameters = {"domain": domain, "n": n, "family": family, "levels": levels, "source": source}
    if source != "families":
        parameters["min_kill_rate"] = min_kill_rate
    target = Store(store)
    with target.writing("gen problems"), running(target, "problems", parameters, seed=seed) as run:
        ((before,),) = target.rows("SELECT count(*) FROM problems")
        n_made = 0
        with Progress() as progress, Writer(target) as writer:
            advance = progress.bar("problems", total=n)
            for problem in made:
                writer.put("problems", replace(problem, run_id=run.run_id))
                writer.check()
                advance(1)
                n_made += 1
        ((after,),) = target.rows("SELECT count(*) FROM problems")
    new = after - before
    sentence = f"{n_made} problems of domain {domain}: {new} new in {store}"
    report({"problems": n_made, "new": new, "store": store}, as_json=as_json, sentence=sentence)


def _from_families(
    domain: str, family: str | None, levels: tuple[int, ...], n: int, seed: int
) -> Iterator:
    from gen.catalog import find_families
    from gen.problems import make_problems

    families = find_families(domain, family=family)
    return make_problems(families, n=n, seed=seed, levels=levels or None)


def _mapping(fields: tuple[str, ...]) -> dict[str, str]:
    from verifiers.errors import BadInput

    mapping = {}
    for field in fields:
        ours, equals, theirs = field.partition("=")
        if not equals:
            raise BadInput(f"--field {field!r} is no mapping: write --field prompt=question")
        mapping[ours] = theirs
    return mapping


@click.command()
@click.option("--policy", help="Whose rollouts; may be left out where the store has only one.")
@click.option(
    "--group-size",
    type=int,
    default=8,
    show_default=True,
    help="Rollouts a problem that the trainer will draw.",
)
@store_option
@json_option
def score(policy: str | None, group_size: int, store: Path, as_json: bool) -> None:
    """Score how much a policy can learn from each problem, per token."""
    from curation.informativeness import known_policy
    from curation.informativeness import score as score_problems
    from curation.store import Store
    from gen.runs import running

    target = Store(store)
    policy = known_policy(target, _policy(policy))
    parameters = {"policy": policy, "group_size": group_size}
    with target.writing("gen score"), running(target, "score", parameters) as run:
        n_scored = score_problems(target, policy=policy, group_size=group_size, run_id=run.run_id)
    ((rate, mixed, cut),) = target.rows(
        "SELECT avg(pass_rate), avg(p_mixed), sum(n_truncated) / sum(n_rollouts) FROM scores "
        "WHERE policy = ? AND group_size = ?",
        (policy, group_size),
    )
    report(
        {
            "policy": policy,
            "scored": n_scored,
            "pass_rate": rate,
            "p_mixed": mixed,
            "truncated": cut,
        },
        as_json=as_json,
        sentence=f"{n_scored} problems scored for {policy}: mean pass rate {rate:.3f}, "
        f"chance of a mixed group of {group_size} {mixed:.3f}, {cut:.1%} of rollouts truncated",
    )


@click.command()
@click.option("--name", required=True, help="What to call the selection.")
@click.option("--policy", help="Whose scores; may be left out where the store has only one.")
@click.option("--group-size", type=int, default=8, show_default=True, help="As in `gen score`.")
@click.option("--budget-problems", type=int, help="At most so many problems.")
@click.option("--budget-tokens", type=int, help="At most so many tokens for one group each.")
@click.option(
    "--decontaminate",
    "benchmarks",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A benchmark file whose problems must not be chosen; repeatable.",
)
@store_option
@json_option
@dry_run_option
def select(
    name: str,
    policy: str | None,
    group_size: int,
    budget_problems: int | None,
    budget_tokens: int | None,
    benchmarks: tuple[Path, ...],
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Dedup, decontaminate, and choose under a budget."""
    from curation.informativeness import known_policy
    from curation.selection import Budget, choose
    from curation.selection import select as select_problems
    from curation.store import Store
    from gen.runs import running

    budget = Budget(problems=budget_problems, tokens=budget_tokens)
    target = Store(store)
    policy = known_policy(target, _policy(policy))
    options = {"policy": policy, "group_size": group_size, "budget": budget}
    if dry_run:
        chosen = choose(target, **options, benchmarks=benchmarks)
    else:
        parameters = {**options, "name": name, "decontaminate": benchmarks}
        with target.writing("gen select"), running(target, "select", parameters) as run:
            chosen = select_problems(
                target, name=name, **options, benchmarks=benchmarks, run_id=run.run_id
            )
    n_selected = int(chosen["selected"].sum())
    tokens = float(chosen.filter("selected")["cost_tokens"].sum())
    verb = "would be chosen" if dry_run else "chosen"
    report(
        {"name": name, "selected": n_selected, "candidates": len(chosen), "tokens": tokens},
        as_json=as_json,
        sentence=f"{n_selected} of {len(chosen)} problems {verb} as {name!r} "
        f"({tokens:.0f} tokens for one group each)",
    )


@click.command()
@click.argument("selection")
@click.option("--format", "fmt", default="trl", show_default=True, help="For which trainer.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Directory to write.")
@store_option
@json_option
def export(selection: str, fmt: str, out: Path, store: Path, as_json: bool) -> None:
    """Write a selection as a Parquet dataset."""
    from curation.export import export as write_export
    from curation.store import Store
    from gen.prompts import messages

    n_rows = write_export(Store(store), selection, fmt=fmt, out=out, chat=messages)
    report(
        {"selection": selection, "format": fmt, "rows": n_rows, "out": out},
        as_json=as_json,
        sentence=f"{n_rows} problems written to {out} for {fmt}",
    )


def _policy(name: str | None) -> str | None:
    """A policy may be given as `--model` was; a server's address is not part of its name."""
    from gen.backends.base import ModelName

    return ModelName.parse(name).policy if name and name.startswith("http") else name
