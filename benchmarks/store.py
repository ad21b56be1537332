"""How fast the store takes rows, against writing the same Arrow batches as Parquet, in one run.

    python benchmarks/store.py [--rows 1000000]
    {"rows": 1000000, "store_over_parquet": ..., "small_batches_over_large": ..., ...}

`store_over_parquet` is the ratio of wall times for rollouts in batches of 100,000 (below 1 is
faster than Parquet); `second_time_over_first` is that of adding the same rows again.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pyarrow as pa
import pyarrow.parquet as pq

from curation.schema import to_arrow
from curation.store import Store
from verifiers.records import Problem, Rollout

WORDS = (
    "so",
    "the",
    "sum",
    "of",
    "these",
    "numbers",
    "is",
    "then",
    "found",
    "to",
    "be",
    "\\boxed{",
)


def rollouts(n: int) -> pa.Table:
    rng = Random(0)
    problem = Problem(
        domain="math",
        family="f",
        prompt="p",
        ground_truth="1",
        verifier="math",
        certificate="construction",
    )
    one = Rollout(
        problem_id=problem.problem_id,
        model="m",
        sampling="{}",
        template="math-1",
        sample_index=0,
        completion="",
        finish_reason="stop",
        n_prompt_tokens=40,
        n_tokens=60,
    )
    corpus = " ".join(rng.choices(WORDS, k=1_000_000))

    def completion() -> str:
        start = rng.randrange(len(corpus) - 400)
        return corpus[start : start + rng.randrange(100, 400)]

    return to_arrow(
        "rollouts",
        (replace(one, sample_index=index, completion=completion()) for index in range(n)),
    )


def seconds(act: Callable[[], object]) -> float:
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    n_rows = parser.parse_args().rows
    table = rollouts(n_rows)
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)

        def parquet() -> None:
            with pq.ParquetWriter(directory / "r.parquet", table.schema, compression="zstd") as out:
                for start in range(0, n_rows, 100_000):
                    out.write_table(table.slice(start, 100_000))

        def add(name: str, batch_rows: int, rows: int) -> None:
            store = Store(directory / name)
            with store.writing("benchmark"):
                for start in range(0, rows, batch_rows):
                    store.add("rollouts", table.slice(start, min(batch_rows, rows - start)))

        parquet_s = seconds(parquet)
        first_s = seconds(lambda: add("large.duckdb", 100_000, n_rows))
        again_s = seconds(lambda: add("large.duckdb", 100_000, n_rows))
        some = min(n_rows, 100_000)
        large_s = seconds(lambda: add("one.duckdb", 100_000, some))
        small_s = seconds(lambda: add("small.duckdb", 1_000, some))
        ((n_stored,),) = Store(directory / "large.duckdb").rows("SELECT count(*) FROM rollouts")
    assert n_stored == n_rows, n_stored
    figures = {
        "rows": n_rows,
        "store_rows_per_s": round(n_rows / first_s),
        "store_over_parquet": round(first_s / parquet_s, 2),
        "second_time_over_first": round(again_s / first_s, 2),
        "small_batches_over_large": round(small_s / large_s, 1),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
