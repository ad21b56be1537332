"""Pairs a second of the math verifier and of the grading pool, against Math-Verify in one run.

    python benchmarks/grading.py FILE.jsonl ...     # rows with `answer` and maybe `solution`
    {"pairs": 2000, "verifier_over_math_verify": 60.1, "two_workers_over_verifier": 1.83, ...}

Each answer is judged against its own response (right) and its neighbour's (as good as always
wrong): a worked solution where the file has them, else a sentence with a box. Ratios are of pairs a
second, above 1 is faster; the median of the rounds is told. No process judges a pair twice, for
caches would remember it. `--pairs N` then judges N pairs with two workers and tells the resident
memory of this process and of all below it after a tenth of them and after all.
"""

import argparse
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from curation.tabular import read_rows
from verifiers.errors import VerifierFailed
from verifiers.math import MathVerifier
from verifiers.pool import GradingPool, GradingTask

Pair = tuple[str, str]

FEW = 60
"""Pairs a round that Math-Verify judges too, at milliseconds each."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=0, help="pairs of the long run")
    options = parser.parse_args()
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    pairs = [pair for file in options.files for pair in made_pairs(file)]
    both = list(zip(pairs[::2], pairs[1::2], strict=True))  # a ground truth stays in its round
    warm_up, *rounds = [
        [pair for two in both[n :: options.rounds + 1] for pair in two]
        for n in range(options.rounds + 1)
    ]
    figures: dict[str, object] = {"pairs": sum(map(len, rounds)), "rounds": options.rounds}
    with GradingPool(workers=1) as one, GradingPool(workers=2) as two:
        contestants: dict[str, Callable[[Sequence[Pair]], None]] = {
            "math_verify": lambda some: with_math_verify(some[:FEW]),
            "verifier_few": lambda some: with_verifier(some[:FEW]),
            "verifier": lambda some: with_verifier(some[FEW:]),
            "one_worker": lambda some: with_pool(one, some[FEW:]),
            "two_workers": lambda some: with_pool(two, some[FEW:]),
            "gen_grade": lambda some: with_gen_grade(some[FEW:]),
        }
        per_s: dict[str, list[float]] = {name: [] for name in contestants}
        for some in (warm_up, *rounds):
            for name, judge in contestants.items():
                n = (
                    min(FEW, len(some))
                    if name in ("math_verify", "verifier_few")
                    else len(some) - FEW
                )
                started = time.perf_counter()
                judge(some)
                per_s[name].append(n / (time.perf_counter() - started))
        rate = {name: median(rates[1:]) for name, rates in per_s.items()}
        figures |= {
            "math_verify_pairs_per_s": round(rate["math_verify"]),
            "verifier_pairs_per_s": round(rate["verifier"]),
            "verifier_over_math_verify": round(rate["verifier_few"] / rate["math_verify"], 1),
            "one_worker_over_verifier": round(rate["one_worker"] / rate["verifier"], 2),
            "two_workers_over_verifier": round(rate["two_workers"] / rate["verifier"], 2),
            "two_workers_over_one": round(rate["two_workers"] / rate["one_worker"], 2),
            "gen_grade_over_verifier": round(rate["gen_grade"] / rate["verifier"], 2),
        }
        if options.pairs:
            figures |= long_run(two, pairs, options.pairs)
    print(json.dumps(figures))


def made_pairs(file: Path) -> list[Pair]:
    """Ground truths with responses, a right and a wrong one each."""
    rows = [row for _, row in read_rows(file) if row.get("answer")]
    golds = [str(row["answer"]) for row in rows]
    texts = [row.get("solution") or f"So the answer is \\boxed{{{row['answer']}}}." for row in rows]
    neighbours = [*texts[1:], texts[0]]
    return [
        (gold, text)
        for gold, right, wrong in zip(golds, texts, neighbours, strict=True)
        for text in (right, wrong)
    ]


def with_math_verify(pairs: Sequence[Pair]) -> None:
    from math_verify import parse, verify

    for truth, text in pairs:
        verify(parse(f"\\boxed{{{truth}}}"), parse(text))


def with_verifier(pairs: Sequence[Pair]) -> None:
    verifier = MathVerifier()
    for truth, text in pairs:
        try:
            verifier.verify(ground_truth=truth, completion=text)
        except VerifierFailed:
            continue


def with_pool(pool: GradingPool, pairs: Sequence[Pair]) -> None:
    for _ in pool.grade(tasks(pairs)):
        pass


def with_gen_grade(pairs: Sequence[Pair]) -> None:
    """The whole command, with the start of Python and of two workers."""
    with tempfile.TemporaryDirectory() as directory:
        rows = Path(directory) / "in.jsonl"
        rows.write_text(
            "".join(json.dumps({"ground_truth": g, "completion": t}) + "\n" for g, t in pairs)
        )
        code = "from gen.cli import main; main()"
        out = rows.with_name("out.jsonl")
        arguments = ["grade", rows, "--verifier", "math", "--workers", "2", "--out", out]
        command = [sys.executable, "-c", code, *map(str, arguments)]
        subprocess.run(command, check=True, capture_output=True)


def tasks(pairs: Sequence[Pair]) -> Iterator[GradingTask]:
    return (GradingTask(verifier="math", ground_truth=g, completion=t) for g, t in pairs)


def long_run(pool: GradingPool, pairs: Sequence[Pair], n: int) -> dict[str, object]:
    started = time.perf_counter()
    memory = []
    distinct = (
        GradingTask(verifier="math", ground_truth=truth, completion=f"{text}\n({number})")
        for number, (truth, text) in enumerate(islice(cycle(pairs), n))
    )
    for done, _ in enumerate(pool.grade(distinct), 1):
        if done in (n // 10, n):
            memory.append(resident_mb())
    return {
        "long_run_pairs": n,
        "long_run_pairs_per_s": round(n / (time.perf_counter() - started)),
        "resident_mb_at_a_tenth": memory[0],
        "resident_mb_at_the_end": memory[1],
        "worker_restarts": pool.restarts,
    }


def resident_mb() -> int:
    """MiB resident in this process and in all below it, shared pages counted for each."""
    parents, sizes = {}, {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        pid = int(status.parent.name)
        parents[pid] = int(fields[1])
        sizes[pid] = int(fields[21]) * resource.getpagesize() >> 20
    family = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(sizes.get(pid, 0) for pid in family)


if __name__ == "__main__":
    main()
