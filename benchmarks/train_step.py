"""What one GRPO step on the CPU costs, and the share of it that our reward function takes.

    $ python benchmarks/train_step.py --steps 3
    {"steps":3,"completions_a_step":16,"max_tokens":64,"seconds_a_step":41.0,...}

The embedded model is trained in full (float32, one thread) on sums of two digits. The first step is
reported apart: it starts the grading worker. Memory is the peak of the training process.
"""

import argparse
import json
import os
import resource
import sys
from pathlib import Path
from random import Random
from statistics import fmean
from tempfile import TemporaryDirectory

# Read when torch is first imported, which `main` causes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from gen.backends.embedded import resolve_weights
from gen.prompts import messages, template_for
from trainer import StepMetrics, TrainSettings, train


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=3, help="2 or more")
    parser.add_argument("--batch-size", type=int, default=16, help="completions a step")
    parser.add_argument("--group-size", type=int, default=8)
    parser.add_argument("--max-tokens", type=int, default=64)
    parser.add_argument("--model", default="smollm2-135m")
    options = parser.parse_args()
    if options.steps < 2:
        parser.error("the first step is left out of the means: give --steps 2 or more")

    rows: list[StepMetrics] = []

    def tell(row: StepMetrics) -> None:
        rows.append(row)
        print(msgspec.json.encode(row).decode(), file=sys.stderr)

    with TemporaryDirectory() as scratch:
        directory = Path(scratch)
        write_sums(directory / "export", n_problems=64)
        train(
            TrainSettings(
                export=directory / "export",
                model=resolve_weights(options.model),
                out=directory / "run",
                steps=options.steps,
                group_size=options.group_size,
                batch_size=options.batch_size,
                max_completion_tokens=options.max_tokens,
                save_steps=options.steps + 1,
                workers=1,
            ),
            on_step=tell,
        )
    print(json.dumps(figures(rows, max_tokens=options.max_tokens)))


def write_sums(directory: Path, *, n_problems: int) -> None:
    """Write an export of level-1 sums."""
    rng = Random("train_step")
    rows = []
    for number in range(n_problems):
        a, b = rng.randrange(10), rng.randrange(10)
        rows.append(
            {
                "prompt": messages(f"What is {a} + {b}?", template_for("math")),
                "ground_truth": str(a + b),
                "verifier": "math",
                "params": "{}",
                "problem_id": str(number),
            }
        )
    (directory / "data").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), directory / "data" / "train-00000-of-00001.parquet")


def figures(rows: list[StepMetrics], *, max_tokens: int) -> dict[str, float]:
    """Means over the steps after the first."""
    first, *steady = rows
    seconds = sum(row.seconds for row in steady)
    reward_seconds = sum(row.reward_seconds for row in steady)
    kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "steps": len(rows),
        "completions_a_step": first.completions,
        "max_tokens": max_tokens,
        "seconds_a_step": round(seconds / len(steady), 2),
        "tokens_a_second": round(sum(row.tokens for row in steady) / seconds, 2),
        "peak_memory_gib": round(kibibytes / 2**20, 2),
        "reward_share": round(reward_seconds / seconds, 5),
        "first_step_seconds": round(first.seconds, 2),
        "first_step_reward_share": round(first.reward_seconds / first.seconds, 5),
        "reward_mean": round(fmean(row.reward_mean or 0.0 for row in rows), 3),
        "zero_spread": round(fmean(row.zero_spread for row in rows), 3),
    }


if __name__ == "__main__":
    main()
