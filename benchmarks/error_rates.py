r"""False accepts and false rejects of our math verifiers, and of Math-Verify, on the same pairs.

    python benchmarks/error_rates.py --labelled tests/verifiers/pairs --answers math500.jsonl
    python benchmarks/error_rates.py ... --errors errors.jsonl    # each pair that one gets wrong
    python benchmarks/error_rates.py ... --write                  # what `gen domains` then states

Labelled pairs are JSONL rows of `type, ground_truth, completion, correct` (and `prompt`, `sure`);
answers are rows of `answer` (and `problem`), from which `benchmarks.rewriting` makes pairs. Our own
are judged in the grading pool; the reference is Math-Verify as its README calls it, with its own
timeouts, in processes that can be killed as well.
"""

import argparse
import json
import logging
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import zip_longest
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from random import Random
from typing import Any

from benchmarks.rewriting import Pair, pairs
from curation.tabular import read_rows
from verifiers import error_rates
from verifiers.error_rates import ErrorRate, wilson
from verifiers.pool import GradingPool, GradingTask
from verifiers.registry import find_verifier, verifier_names

VERIFIERS = ("math", "math-verify")
"""Those of the installed verifiers that are measured: they read mathematics."""

REFERENCE_WALL_S = 30.0
"""Seconds after which Math-Verify, whose own timeouts are 5 s a step, is killed: a hang."""

PAIR_FIELDS = ("ground_truth", "completion", "prompt", "correct", "type", "kind", "form")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a judge said of one pair: accepted, rejected or undecided."""

    outcome: str
    seconds: float
    reason: str


@dataclass(frozen=True, slots=True)
class Tally:
    """The errors and times of one judge on some pairs."""

    n_right: int
    n_wrong: int
    false_accepts: int
    false_rejects: int
    undecided: int
    seconds: list[float]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--labelled", nargs="*", type=Path, default=[], help="files, directories")
    parser.add_argument("--answers", nargs="*", type=Path, default=[], help="JSONL files")
    parser.add_argument("--seed", default="0")
    parser.add_argument("--limit", type=int, default=2000, help="made pairs a file, at most")
    parser.add_argument("--verifiers", nargs="*", default=installed(), help="ours to measure")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--by", choices=("type", "kind", "form"), default="type")
    parser.add_argument("--errors", type=Path, help="write the pairs judged wrongly here")
    parser.add_argument("--write", action="store_true", help="store what `gen domains` states")
    options = parser.parse_args()
    sets = labelled_sets(options.labelled)
    for path in options.answers:
        sets[f"rewritings of {path.stem}"] = made_pairs(path, options.seed, options.limit)
    if not any(sets.values()):
        parser.error("no pairs: name labelled files or answers")
    everything = [pair for some in sets.values() for pair in some]
    ours = {name: by_pool(everything, name, options.workers) for name in options.verifiers}
    judges = {f"{name} {find_verifier(name).version}": judged for name, judged in ours.items()}
    judges[f"Math-Verify {version('math-verify')} by itself"] = by_reference(
        everything, options.workers
    )
    report(sets, judges, options.by)
    if options.errors:
        write_errors(options.errors, sets, judges)
    if options.write:
        path = Path(error_rates.__file__).with_name(error_rates.FILE)
        measured = [rate for name, judged in ours.items() for rate in rates(sets, name, judged)]
        error_rates.store(measured, path)


def installed() -> list[str]:
    return [name for name in VERIFIERS if name in verifier_names()]


def labelled_sets(paths: Iterable[Path]) -> dict[str, list[Pair]]:
    """The labelled pairs, those that graders would agree on apart from the arguable ones."""
    sets: dict[str, list[Pair]] = {"labelled": [], "labelled, arguable": []}
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            for _, row in read_rows(file):
                sets["labelled" if row.get("sure", True) else "labelled, arguable"].append(
                    Pair(
                        ground_truth=row["ground_truth"],
                        completion=row["completion"],
                        prompt=row.get("prompt"),
                        correct=row["correct"],
                        type=row["type"],
                        kind=row.get("id", ""),
                    )
                )
    return {name: found for name, found in sets.items() if found}


def made_pairs(path: Path, seed: str, limit: int) -> list[Pair]:
    """At most `limit` pairs made from a file's answers, the types as evenly as there are some."""
    rows = [row for _, row in read_rows(path)]
    made = pairs(
        [(row["answer"], row.get("problem")) for row in rows if row.get("answer")], seed=seed
    )
    by_type: dict[tuple[str, bool], list[Pair]] = {}
    for pair in made.pairs:
        by_type.setdefault((pair.type, pair.correct), []).append(pair)
    for key, some in by_type.items():
        Random(f"{seed}:{key}").shuffle(some)
    even = [pair for layer in zip_longest(*by_type.values()) for pair in layer if pair]
    left_out = ", ".join(f"{n} x {reason}" for reason, n in sorted(made.skipped.items()))
    say(f"{path.stem}: {len(made.pairs)} pairs made, {len(even[:limit])} used; {left_out}")
    return even[:limit]


def by_pool(some: Sequence[Pair], verifier: str, workers: int) -> list[Judged]:
    tasks = [
        GradingTask(
            verifier=verifier,
            ground_truth=pair.ground_truth,
            completion=pair.completion,
            prompt=pair.prompt,
        )
        for pair in some
    ]
    with GradingPool(workers=workers) as pool:
        verdicts = pool.grade(tasks)
        return [Judged(one.outcome, one.seconds, f"{one.reason} ({one.extracted})"[:200])
                for one in _counted(verdicts, verifier, len(tasks))]  # fmt: skip


def by_reference(some: Sequence[Pair], workers: int) -> list[Judged]:
    """Each thread has a process of its own, and replaces it when it must be killed."""
    free: SimpleQueue[_Reference] = SimpleQueue()
    references = [_Reference() for _ in range(workers)]
    for reference in references:
        free.put(reference)

    def judge(pair: Pair) -> Judged:
        reference = free.get()
        try:
            return reference.judge(pair)
        finally:
            free.put(reference)

    with ThreadPoolExecutor(workers) as threads:
        judged = list(_counted(threads.map(judge, some), "reference", len(some)))
    for reference in references:
        reference.stop()
    return judged


class _Reference:
    """A process that runs Math-Verify, started when needed."""

    def __init__(self) -> None:
        self.process: Any = None
        self.pipe: Any = None

    def judge(self, pair: Pair) -> Judged:
        if self.process is None:
            context = multiprocessing.get_context("spawn")
            self.pipe, child = context.Pipe()
            self.process = context.Process(target=_serve_math_verify, args=(child,), daemon=True)
            self.process.start()
            child.close()
            self.pipe.recv()
        self.pipe.send((pair.ground_truth, pair.completion))
        try:
            if self.pipe.poll(REFERENCE_WALL_S):
                outcome, seconds, reason = self.pipe.recv()
                return Judged(outcome, seconds, reason)
            reason = "hang"
        except (EOFError, OSError):
            reason = "crash"
        self.stop()
        return Judged("undecided", REFERENCE_WALL_S, reason)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
            self.process = None


def _serve_math_verify(pipe: Connection) -> None:
    from math_verify import parse, verify

    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    pipe.send("ready")
    while True:
        try:
            truth, completion = pipe.recv()
        except EOFError:
            return
        started = time.perf_counter()
        try:
            gold, answer = parse(f"\\boxed{{{truth}}}"), parse(completion)
            outcome = "accepted" if verify(gold, answer) else "rejected"
            reason = repr(answer[:1])[:200]
        except Exception as error:
            outcome, reason = "undecided", f"{type(error).__name__}: {error}"[:200]
        pipe.send((outcome, time.perf_counter() - started, reason))


def tally(some: Sequence[Pair], judged: Sequence[Judged]) -> Tally:
    counts = Counter((pair.correct, one.outcome) for pair, one in zip(some, judged, strict=True))
    n_right = sum(pair.correct for pair in some)
    return Tally(
        n_right=n_right,
        n_wrong=len(some) - n_right,
        false_accepts=counts[False, "accepted"],
        false_rejects=counts[True, "rejected"],
        undecided=counts[True, "undecided"] + counts[False, "undecided"],
        seconds=sorted(one.seconds for one in judged),
    )


def rates(sets: dict[str, list[Pair]], verifier: str, judged: Sequence[Judged]) -> list[ErrorRate]:
    """What is stored: a rate a set, of one of our verifiers."""
    found, start = [], 0
    for name, some in sets.items():
        counted = tally(some, judged[start : start + len(some)])
        start += len(some)
        found.append(
            ErrorRate(
                verifier=verifier,
                version=find_verifier(verifier).version,
                pairs=name,
                n_right=counted.n_right,
                n_wrong=counted.n_wrong,
                false_accepts=counted.false_accepts,
                false_rejects=counted.false_rejects,
                undecided=counted.undecided,
            )
        )
    return found


def report(sets: dict[str, list[Pair]], judges: dict[str, list[Judged]], by: str) -> None:
    """Print a table a set and judge: a line a type, then all of them."""
    head = (
        f"{by:<28}{'n':>6} {'false accepts of wrong':<27}{'false rejects of right':<27}"
        f"{'undecided':>9}  {'p50 s':>7}{'p99 s':>8}{'p99.9 s':>8}{'max s':>8}{'over 2 s':>9}"
    )
    start = 0
    for name, some in sets.items():
        for judge, all_judged in judges.items():
            judged = all_judged[start : start + len(some)]
            print(f"\n{name}, judged by {judge}\n{head}")
            groups: dict[str, list[int]] = {}
            for place, pair in enumerate(some):
                groups.setdefault(getattr(pair, by), []).append(place)
            lines = [*sorted(groups.items()), ("all", range(len(some)))]
            for label, places in lines:
                counted = tally([some[n] for n in places], [judged[n] for n in places])
                print(_line(label, counted))
            reasons = Counter(one.reason for one in judged if one.reason in ("hang", "crash"))
            if reasons:
                print(f"hangs over {REFERENCE_WALL_S:g} s: {reasons['hang']}, "
                      f"crashes: {reasons['crash']}")  # fmt: skip
        start += len(some)


def _line(label: str, counted: Tally) -> str:
    seconds = counted.seconds
    n = len(seconds)
    quantiles = [seconds[min(n - 1, int(share * n))] for share in (0.5, 0.99, 0.999)]
    times = "".join(f"{one:>8.3f}" for one in (*quantiles, seconds[-1]))
    slow = sum(one > 2 for one in seconds) / n
    return (
        f"{label[:27]:<28}{n:>6} {_share(counted.false_accepts, counted.n_wrong):<27}"
        f"{_share(counted.false_rejects, counted.n_right):<27}{counted.undecided:>9} {times}"
        f"{slow:>9.2%}"
    )


def _share(hits: int, n: int) -> str:
    if n == 0:
        return "-"
    low, high = wilson(hits, n)
    return f"{hits}/{n} {hits / n:.1%} [{100 * low:.1f}, {100 * high:.1f}]"


def write_errors(path: Path, sets: dict[str, list[Pair]], judges: dict[str, list[Judged]]) -> None:
    """A line a pair that some judge got wrong, with what each said of it."""
    names = [name for name, some in sets.items() for _ in some]
    everything = [pair for some in sets.values() for pair in some]
    with path.open("w") as lines:
        for name, pair, *judged in zip(names, everything, *judges.values(), strict=True):
            right = "accepted" if pair.correct else "rejected"
            if all(one.outcome == right for one in judged):
                continue
            row = {"set": name} | {field: getattr(pair, field) for field in PAIR_FIELDS}
            for judge, one in zip(judges, judged, strict=True):
                row |= {judge: one.outcome, f"{judge} reason": one.reason}
            lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def _counted(some: Iterable[Any], name: str, n: int) -> Iterable[Any]:
    for place, one in enumerate(some, start=1):
        if place % 500 == 0:
            say(f"{name}: {place} of {n}")
        yield one


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
