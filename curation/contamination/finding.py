"""Fills the table `contaminations`: which problems of a store stand in a benchmark, beside what.

    found = find_contamination(store, ["gsm8k_test.jsonl"], run.run_id)
    found.n_contaminated      {"gsm8k_test.jsonl": 3}
    store.rows("SELECT problem_id, kind, similarity, benchmark_text FROM contaminations")

What was found in other benchmarks before stays; a benchmark named again is looked at anew.
Quarantined problems are left out.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import numpy as np
import polars as pl
import pyarrow as pa

from curation.arrays import array
from curation.contamination.benchmarks import Benchmark, read_benchmark
from curation.contamination.matching import Matches, match_texts
from curation.schema import TABLES
from curation.store import Store
from curation.texts.embedding import Embed
from verifiers.errors import BadInput

PROBLEMS = """
    SELECT problem_id, prompt, family,
           CASE WHEN source = 'families' THEN dense_rank() OVER (ORDER BY domain, family)
                ELSE -1 END AS generated_family
    FROM problems WHERE quarantine IS NULL ORDER BY problem_id
"""

RANKS = ("canonical", "template", "ngram", "semantic")


@dataclass(frozen=True, slots=True)
class SharedTemplate:
    """A benchmark row whose template a generated family has by nature, and how often."""

    family: str
    benchmark: str
    row_number: int
    n_problems: int
    benchmark_text: str


@dataclass(frozen=True, slots=True)
class Finding:
    """How many problems were looked at, and how many of them are in each benchmark.

    `shared` tells of templates that did not count as contamination: see `matching`.
    """

    n_problems: int
    n_contaminated: dict[str, int]
    shared: tuple[SharedTemplate, ...]


def _nothing(n: int) -> None:
    """Progress that nobody watches."""


def find_contamination(
    store: Store,
    benchmarks: Sequence[str | Path | Benchmark],
    run_id: UUID,
    *,
    embed: Embed | None = None,
    advance: Callable[[int], None] = _nothing,
) -> Finding:
    """Record the problems that stand in `benchmarks`: files, or datasets as `hf:NAME[@SPLIT]`.

    Of several rows that a problem matches, the surest and nearest is kept, one a benchmark. With
    an `embed` those near in meaning are found too. Raises BadInput where none is given, two have
    the same name, or one cannot be read.
    """
    read = [one if isinstance(one, Benchmark) else read_benchmark(one) for one in benchmarks]
    names = [benchmark.name for benchmark in read]
    if not names:
        raise BadInput("name a benchmark to hold the problems against: --against FILE")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput(f"two benchmarks are called {twice}: give one of the files another name")
    rows = pl.DataFrame(
        {
            "benchmark": [one.name for one in read for _ in one.texts],
            "row_number": [number for one in read for number in one.rows],
            "benchmark_text": [text for one in read for text in one.texts],
        }
    ).with_row_index("row")
    problems = store.query(PROBLEMS)
    pool = pl.DataFrame(problems.drop_columns(["problem_id"]))
    families = pool["generated_family"].to_numpy()
    matches = match_texts(
        pool["prompt"], rows["benchmark_text"], families=families, embed=embed, advance=advance
    )
    best = _best(matches, rows)
    ids = problems["problem_id"].combine_chunks().take(array(best["text"].to_list(), pa.int64()))
    counts = {}
    for name in names:
        mine = best["benchmark"] == name
        _store(
            store, name, best.filter(mine), ids.filter(array(mine.to_list(), pa.bool_())), run_id
        )
        counts[name] = int(mine.sum())
    return Finding(len(pool), counts, _shared(matches, rows, pool, families))


def _best(matches: Matches, rows: pl.DataFrame) -> pl.DataFrame:
    rank = pl.col("kind").replace_strict({kind: place for place, kind in enumerate(RANKS)})
    return (
        matches.pairs.join(rows.with_columns(pl.col("row").cast(pl.Int64)), on="row")
        .sort("text", "benchmark", rank, -pl.col("similarity"), "row_number")
        .unique(["text", "benchmark"], keep="first", maintain_order=True)
    )


def _store(store: Store, benchmark: str, best: pl.DataFrame, ids: pa.Array, run_id: UUID) -> None:
    columns = {
        "problem_id": ids,
        "run_id": array([run_id] * len(best), pa.uuid()),
        **{
            name: best[name].to_arrow()
            for name in ("benchmark", "row_number", "kind", "similarity", "benchmark_text")
        },
    }
    schema = TABLES["contaminations"].arrow_schema()
    arrays = [columns[field.name].cast(field.type) for field in schema]
    table = pa.Table.from_arrays(arrays, schema=schema)
    store.replace("contaminations", table, where={"benchmark": benchmark})


def _shared(
    matches: Matches, rows: pl.DataFrame, pool: pl.DataFrame, families: np.ndarray
) -> tuple[SharedTemplate, ...]:
    names = dict(zip(families.tolist(), pool["family"], strict=True))
    return tuple(
        SharedTemplate(
            family=names[family],
            benchmark=rows["benchmark"][row],
            row_number=rows["row_number"][row],
            n_problems=n_texts,
            benchmark_text=rows["benchmark_text"][row],
        )
        for family, row, n_texts in matches.shared.iter_rows()
    )
