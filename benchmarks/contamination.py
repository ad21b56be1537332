"""Benchmark problems planted among generated ones: how many are found by kind, how many wrongly.

    python benchmarks/contamination.py [--generated 10000] [--data ../shared/data/math]
    {"gsm8k_test": {"verbatim": 1.0, "renumbered": 1.0, "reworded": ..., ...}, ...}
    python benchmarks/contamination.py --scale 100000 [--rows 10000]
    {"problems": 100000, "rows": 10000, "seconds": ..., "peak_mb": ...}

Each row of MATH-500, AIME 2024 and GSM8K's test is planted verbatim, reformatted, renumbered (other
numbers), reworded (synonyms), renamed (other names), reordered (sentences) and rewritten (all but
the numbers) by paraphrases.py, where that changes it; a plant is found where it is matched with its
own row. `wrongly` is the share of the generated problems, and of GSM8K's and MATH's training
problems, that is matched with any row: among the latter are true copies, printed with --show.
"""

import argparse
import json
import resource
import time
from pathlib import Path
from random import Random

import numpy as np
import paraphrases
import polars as pl

from curation.contamination import match_texts
from gen.catalog import installed_families

BENCHMARKS = ("math500", "aime24", "gsm8k_test")
TRAINING = ("gsm8k_train", "math_train7474")
WAYS = ("reformatted", "renumbered", "reworded", "renamed", "reordered", "rewritten")


def texts(data: Path, name: str) -> list[str]:
    return [json.loads(line)["problem"] for line in (data / f"{name}.jsonl").open()]


def generated(n: int) -> tuple[list[str], list[int]]:
    """Problems of every family and level in turn, and the number of each one's family."""
    families = [family for family in installed_families() if family.domain == "math"]
    cells = [(number, one, level) for number, one in enumerate(families) for level in one.levels]
    made = []
    for place in range(n):
        number, family, level = cells[place % len(cells)]
        made.append((family.generate(Random(f"contamination:{place}"), level).prompt, number))
    return [prompt for prompt, _ in made], [number for _, number in made]


def recall(data: Path, n_generated: int, *, show: int) -> dict:
    rows = {name: texts(data, name) for name in BENCHMARKS}
    places = {name: sum(len(rows[other]) for other in rows if other < name) for name in rows}
    every = [text for name in sorted(rows) for text in rows[name]]
    pool, family = generated(n_generated)
    training = [text for name in TRAINING for text in texts(data, name)]
    pool += training
    plants = []
    for name, way in ((name, way) for name in rows for way in ("verbatim", *WAYS)):
        rng = Random(f"{name}:{way}")
        for row, text in enumerate(rows[name]):
            plant = text if way == "verbatim" else getattr(paraphrases, way)(text, rng)
            if way == "verbatim" or plant != text:
                plants.append((name, way, places[name] + row))
                pool.append(plant)
    families = np.full(len(pool), -1)
    families[:n_generated] = family
    started = time.perf_counter()
    pairs = match_texts(pool, every, families=families).pairs
    seconds = time.perf_counter() - started
    first = n_generated + len(training)
    planted = pl.DataFrame(plants, schema=["benchmark", "way", "row"], orient="row")
    planted = planted.with_row_index("text", offset=first).with_columns(pl.col("text").cast(int))
    found = planted.join(pairs, on=["text", "row"], how="left").with_columns(
        found=pl.col("kind").is_not_null()
    )
    figures: dict = {name: {} for name in rows}
    shares = found.group_by("benchmark", "way", maintain_order=True).agg(
        pl.col("found").mean(), pl.len()
    )
    for name, way, share, n in shares.iter_rows():
        figures[name][way] = [round(share, 4), n]
    of_generated = pairs.filter(pl.col("text") < n_generated)
    of_training = pairs.filter((pl.col("text") >= n_generated) & (pl.col("text") < first))
    for text, row, kind, similarity in of_generated.head(show).iter_rows():
        print(f"{kind} {similarity:.2f}\n  {pool[text]!r}\n  {every[row]!r}")
    for text, row, kind, similarity in of_training.sample(min(show, len(of_training))).iter_rows():
        print(f"{kind} {similarity:.2f}\n  {pool[text]!r}\n  {every[row]!r}")
    return figures | {
        "wrongly": {
            "generated": [round(of_generated["text"].n_unique() / n_generated, 4), n_generated],
            "training": [round(of_training["text"].n_unique() / len(training), 4), len(training)],
        },
        "problems_per_s": round(len(pool) / seconds),
    }


def scale(data: Path, n_problems: int, n_rows: int) -> dict:
    """The time for so many problems against so many rows, mostly renumbered training problems."""
    rng = Random("scale")
    rows = [text for name in (*BENCHMARKS, "math_train7474") for text in texts(data, name)]
    while len(rows) < n_rows:
        rows.extend(texts(data, "gsm8k_train")[: n_rows - len(rows)])
    base = texts(data, "gsm8k_train")
    pool = [paraphrases.renumbered(base[place % len(base)], rng) for place in range(n_problems)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started, cpu = time.perf_counter(), time.process_time()
    found = match_texts(pool, rows[:n_rows]).pairs["text"].n_unique()
    seconds = time.perf_counter() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "problems": n_problems,
        "rows": n_rows,
        "found": found,
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time() - cpu, 1),
        "peak_mb": round(peak / 1024),
        "of_that_ours_mb": round((peak - before) / 1024),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", type=int, default=10_000)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/math"))
    parser.add_argument("--scale", type=int)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--show", type=int, default=0)
    given = parser.parse_args()
    if given.scale:
        print(json.dumps(scale(given.data, given.scale, given.rows)))
    else:
        print(json.dumps(recall(given.data, given.generated, show=given.show)))


if __name__ == "__main__":
    main()
