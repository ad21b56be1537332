"""Pairs a second of the grading pool and of the verifier alone, against Math-Verify in one run.

    python benchmarks/grading.py FILE.jsonl      # rows with `answer` and `solution`, as MATH-500's
    {"pairs": 1000, "verifier_over_math_verify": ..., "pool_over_math_verify": ..., ...}

Each problem's worked solution is judged against its own answer (right) and its neighbour's (as good
as always wrong). Ratios are of pairs a second, above 1 is faster than Math-Verify.
"""

import argparse
import json
import logging
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from curation.tabular import read_rows
from verifiers.errors import VerifierFailed
from verifiers.math import MathVerifier
from verifiers.pool import GradingPool, GradingTask


def with_math_verify(pairs: list[tuple[str, str]]) -> list[bool]:
    from math_verify import parse, verify

    return [verify(parse(f"\\boxed{{{truth}}}"), parse(text)) for truth, text in pairs]


def with_verifier(pairs: list[tuple[str, str]]) -> list[bool]:
    verifier = MathVerifier()

    def correct(truth: str, text: str) -> bool:
        try:
            return verifier.verify(ground_truth=truth, completion=text).correct is True
        except VerifierFailed:
            return False

    return [correct(truth, text) for truth, text in pairs]


def with_pool(pairs: list[tuple[str, str]], pool: GradingPool) -> list[bool]:
    tasks = [
        GradingTask(verifier="math", ground_truth=truth, completion=text) for truth, text in pairs
    ]
    return [verdict.correct is True for verdict in pool.grade(tasks)]


def timed(judge: Callable[[], list[bool]]) -> tuple[float, list[bool]]:
    started = time.perf_counter()
    verdicts = judge()
    return time.perf_counter() - started, verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    logging.getLogger("math_verify").setLevel(logging.ERROR)
    rows = [row for _, row in read_rows(options.file)]
    pairs = [(row["answer"], row["solution"]) for row in rows]
    pairs += [(row["answer"], other["solution"]) for row, other in pairwise(rows)]
    reference_s, reference = timed(lambda: with_math_verify(pairs))
    ours_s, ours = timed(lambda: with_verifier(pairs))
    with GradingPool(workers=options.workers) as pool:
        list(pool.grade([GradingTask(verifier="math", ground_truth="1", completion="\\boxed{1}")]))
        pool_s, pooled = timed(lambda: with_pool(pairs, pool))
    n = len(pairs)
    figures = {
        "pairs": n,
        "math_verify_pairs_per_s": round(n / reference_s),
        "verifier_over_math_verify": round(reference_s / ours_s, 1),
        "pool_over_math_verify": round(reference_s / pool_s, 1),
        "accepted_by_math_verify": sum(reference),
        "accepted_by_verifier": sum(ours),
        "accepted_by_pool": sum(pooled),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
