"""Stated confidence against true correctness, with the answers withheld from the engine.

    python -m benchmarks.calibration --counts benchmarks/data/consensus_counts.csv
    python -m benchmarks.calibration --store evidence.duckdb [--calibration mine.json]
    python -m benchmarks.calibration --model cpu:smollm2-135m --questions gsm8k_test.jsonl -n 100

Problems of a store whose answer is known (benchmarks such as GSM8K and MATH, and families) are
treated as questions without one: their rollouts are put together, weighed, and the most probable
answer gets its confidence. Only then it is compared with the known answer. Told are a reliability
table, the Brier score and the log loss, for the calibration that is shipped (or --calibration), for
fits that have not seen the questions (by folds, and to the questions of all other origins), and for
the share of the majority. Counts are a store's evidence without the texts.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from curation.store import Store
from gen.consensus.calibration import (
    Labelled,
    Scored,
    brier,
    by,
    by_majority,
    cross_validated,
    fit,
    log_loss,
    reliability,
    scored,
)
from gen.consensus.calibration_file import described, read_counts, write_calibration, write_counts
from gen.consensus.confidence import load_calibration
from gen.consensus.stored import labelled
from verifiers.pool import GradingPool

SAMPLES = {"math-1": 4, "program-1": 1}
"""Template -> rollouts a question that are sampled with --model."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--counts", type=Path, help="a file of counts")
    parser.add_argument("--store", type=Path, help="a store with rollouts")
    parser.add_argument("--model", action="append", default=[], help="sample these models first")
    parser.add_argument("--questions", nargs="*", type=Path, default=[], help="what to ask them")
    parser.add_argument("-n", type=int, default=100, help="questions a file")
    parser.add_argument("--calibration", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-fits", action="store_true", help="only what needs no fitting")
    parser.add_argument("--write-counts", type=Path)
    parser.add_argument("--names", nargs="*", default=[], help="MODEL=NAME, for the counts")
    parser.add_argument("--write-fit", type=Path, help="fit to all questions, and write that")
    options = parser.parse_args()
    if options.counts:
        found = read_counts(options.counts)
    else:
        with tempfile.TemporaryDirectory() as directory:
            store = options.store or Path(directory) / "questions.duckdb"
            sample(store, options.model, options.questions, options.n)
            found = from_store(store, options.workers)
    if not found:
        parser.error("no questions: give --counts, a --store with rollouts, or --model")
    print(described(found))
    report("calibration as given", scored(found, by(load_calibration(options.calibration))))
    report("share of the majority", scored(found, by_majority))
    if not options.no_fits:
        report("fitted in folds", cross_validated(found))
        report("fitted in folds, each model by itself", cross_validated(found, each_model=True))
        transfers(found)
    if options.write_counts:
        names = dict(one.rsplit("=", 1) for one in options.names)
        write_counts(found, options.write_counts, names=names)
    if options.write_fit:
        name = options.write_fit.stem
        write_calibration(fit(found, name=name, fitted_on=described(found)), options.write_fit)


def sample(store: Path, models: Sequence[str], questions: Sequence[Path], n: int) -> None:
    """Have models answer questions, as a user would."""

    def gen(*arguments: object) -> None:
        code = "from gen.cli import main; main()"
        subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments), "--store", str(store)], check=True
        )

    for file in questions:
        gen("problems", "--domain", "math", "--source", file, "-n", n)
    for model in models:
        for template, samples in SAMPLES.items():
            gen("solutions", "--model", model, "--template", template, "--samples", samples)


def from_store(path: Path, workers: int) -> list[Labelled]:
    with GradingPool(workers=workers) as pool:
        return list(labelled(Store(path), judge=lambda tasks: pool.submit_many(tasks).result()))


def transfers(found: Sequence[Labelled]) -> None:
    """Fit to the questions of all benchmarks but one, and test on that one."""
    for benchmark in sorted({_benchmark(one) for one in found}):
        rest = [one for one in found if _benchmark(one) != benchmark]
        held = [one for one in found if _benchmark(one) == benchmark]
        if rest:
            fitted = fit(rest, name="others", fitted_on=described(rest))
            report(f"{benchmark}, fitted to the others", scored(held, by(fitted)))
            report(f"{benchmark}, share of the majority", scored(held, by_majority))


def _benchmark(one: Labelled) -> str:
    """Which benchmark its origin is of: `gsm8k` for `gsm8k_test`."""
    return one.origin.partition("_")[0]


def report(name: str, scores: Sequence[Scored]) -> None:
    right = sum(one.correct for one in scores) / len(scores)
    print(
        f"\n{name}: {len(scores)} questions, {right:.3f} right, "
        f"Brier {brier(scores):.4f}, log loss {log_loss(scores):.4f}"
    )
    print("confidence     n  stated  right")
    for one in reliability(scores):
        print(f"{one.low:.2f}-{one.high:.2f}  {one.n:4}   {one.stated:.3f}  {one.correct:.3f}")


if __name__ == "__main__":
    main()
