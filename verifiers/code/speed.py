"""The judge of the kind `speed`: right first, then faster than a reference.

    judge_speed(truth, code, options, sandbox)
    ->  Judged(n_passed=3, n_tests=3, reason="passed: 1.9 times as fast (noise 2%), grows as n^1",
               reward=0.8, details={"speedup": 1.9, "noise": 0.02, "growth": 1.0, ...})

The tests come first. Then, for inputs of growing size that are drawn anew each round, the reference
and the candidate run in turn, each in a process of its own in the same cell, and must give the same
value. What counts is CPU time as the kernel accounts it, children included, less what a program
that does nothing with the same input takes: wall time varies by 15 % on a busy machine and CPU time
by 2 to 3 %. The least of a size's rounds stands for it.
"""

import math
import time
from collections.abc import Sequence
from secrets import randbits
from statistics import linear_regression, median
from typing import Any, NamedTuple

from verifiers.code.calls import call, calls_of, judge_calls, loading_fault
from verifiers.code.equality import same_value
from verifiers.code.judging import Judged, ended_badly, raised, too_slow
from verifiers.code.truth import Function, Options, Speed
from verifiers.errors import VerifierFailed
from verifiers.sandbox import wire
from verifiers.sandbox.sandbox import Sandbox, cell_for

ROUNDS = 5

LEAST_CPU_S = 2e-4
"""CPU time below which a measurement is mostly that of the process itself."""

MOST_DOUBLINGS = 2.0
"""Speedups and slowdowns beyond 2^2 are worth no more: they are seldom real."""

RIGHT = 0.625
"""The reward of a right program that is as fast as the reference; from 0.25 to 1 by speed."""

PER_DOUBLING = (1 - RIGHT) / MOST_DOUBLINGS

DRAW = """

def __draw(n, seed):
    import random
    return inputs(n, random.Random(seed))
"""

NOTHING = "def {name}(*arguments):\n    pass\n"


class Timed(NamedTuple):
    """One size: CPU seconds of each round, what the process itself takes already taken off."""

    size: int
    reference: list[float]
    candidate: list[float]


class _Fault(Exception):
    """Why the candidate is rejected."""


def judge_speed(truth: Speed, code: str, options: Options, sandbox: Sandbox) -> Judged:
    """Judge rightness, then speed; raises VerifierFailed where reference or inputs are unfit."""
    tests = Function(entry_point=truth.entry_point, tests=truth.tests, setup=truth.setup)
    judged = judge_calls(
        calls_of(tests), truth.entry_point, code, options, sandbox, setup=truth.setup
    )
    if not judged.all_passed:
        return judged
    try:
        spent: dict[str, float] = {"nothing": 0.0, "reference": 0.0, "candidate": 0.0}
        timed = [_time(truth, code, size, options, sandbox, spent) for size in truth.sizes]
    except _Fault as fault:
        return Judged(n_passed=0, n_tests=judged.n_tests, reason=str(fault))
    return _compared(timed, judged.n_tests)


def _compared(timed: Sequence[Timed], n_tests: int) -> Judged:
    last = timed[-1]
    noise = max(_noise(last.reference), _noise(last.candidate))
    speedup = min(last.reference) / min(last.candidate)
    # A difference that the rounds of one program show among themselves is none.
    counted = 1.0 if abs(math.log(speedup)) <= math.log1p(2 * noise) else speedup
    doublings = max(-MOST_DOUBLINGS, min(MOST_DOUBLINGS, math.log2(counted)))
    growth = _growth([(one.size, min(one.candidate)) for one in timed])
    reference_growth = _growth([(one.size, min(one.reference)) for one in timed])
    grows = "" if growth is None else f", grows as n^{growth:.1f}"
    return Judged(
        n_passed=n_tests,
        n_tests=n_tests,
        reason=f"passed: {speedup:.2g} times as fast (noise {noise:.0%}){grows}",
        reward=RIGHT + PER_DOUBLING * doublings,
        details={
            "speedup": round(speedup, 4),
            "noise": round(noise, 4),
            "growth": growth,
            "reference_growth": reference_growth,
            "cpu_s": [min(one.candidate) for one in timed],
            "reference_cpu_s": [min(one.reference) for one in timed],
            "sizes": [one.size for one in timed],
        },
    )


def _noise(rounds: list[float]) -> float:
    """How far the middle round lies above the least, relative to it."""
    return (median(rounds) - min(rounds)) / min(rounds)


def _growth(points: Sequence[tuple[int, float]]) -> float | None:
    """The k of CPU time ~ n^k, by least squares over logarithms; None: too quick to say."""
    clear = [(math.log(n), math.log(cpu_s)) for n, cpu_s in points if cpu_s > LEAST_CPU_S]
    if len(clear) < 2:
        return None
    slope, _ = linear_regression([x for x, _ in clear], [y for _, y in clear])
    return round(slope, 3)


def _time(
    truth: Speed, code: str, size: int, options: Options, sandbox: Sandbox, spent: dict[str, float]
) -> Timed:
    """Measure one size; `spent` adds up the wall seconds of each program over all sizes."""
    nothing = NOTHING.format(name=truth.entry_point)
    # One cell for all three, so that what it has loaded weighs on none of them.
    cell = cell_for(code + truth.reference)
    costs: dict[str, list[float]] = {"nothing": [], "reference": [], "candidate": []}
    for number in range(ROUNDS):
        if sum(spent.values()) > options.most_s:
            fault = f"timeout: its speed was not measured in {options.most_s:g} s"
            raise (_Fault if spent["candidate"] > spent["reference"] else VerifierFailed)(fault)
        args = _drawn(truth, size, options, sandbox)
        programs = [("nothing", nothing), ("reference", truth.reference), ("candidate", code)]
        values = {}
        for name, source in programs if number % 2 else reversed(programs):
            started = time.monotonic()
            values[name], cpu_s = _execute(name, source, args, truth, options, sandbox, cell)
            spent[name] += time.monotonic() - started
            costs[name].append(cpu_s)
        if not same_value(values["candidate"], wire.decode(values["reference"])):
            raise _Fault(f"wrong_answer: not the reference's value on an input of size {size}")
    base = min(costs["nothing"])
    return Timed(
        size,
        [max(LEAST_CPU_S, cpu_s - base) for cpu_s in costs["reference"]],
        [max(LEAST_CPU_S, cpu_s - base) for cpu_s in costs["candidate"]],
    )


def _drawn(truth: Speed, size: int, options: Options, sandbox: Sandbox) -> list[Any]:
    with sandbox.run(
        "module", options.limits, wall_s=options.wall_s, cell=cell_for(truth.inputs)
    ) as program:
        try:
            program.send([truth.inputs + DRAW, "", True])
            fault = loading_fault(program.receive())
            answer = call(program, "__draw", [size, randbits(60)], wire.LARGEST_FRAME)
        except (TimeoutError, wire.Closed, wire.NotData, wire.TooLong) as error:
            raise VerifierFailed(f"ground_truth: inputs({size}) cannot be had: {error}") from None
    if fault is not None or answer[1] != "value" or answer[2][:1] != ["t"]:
        told = fault or (raised(*answer[2:4]) if answer[1] == "raised" else "it gives no tuple")
        raise VerifierFailed(f"ground_truth: inputs({size}): {told}")
    return answer[2][1:]


def _execute(
    name: str, source: str, args: list[Any], truth: Speed, options: Options, sandbox: Sandbox,
    cell: str,
) -> tuple[Any, float]:  # fmt: skip
    """The tree of the value, and the CPU seconds of all the program did."""
    fault, answer = None, []
    with sandbox.run("module", options.limits, wall_s=options.wall_s, cell=cell) as program:
        try:
            program.send([source, truth.setup, True])
            fault = loading_fault(program.receive())
            if fault is None:
                answer = call(program, truth.entry_point, args, wire.LARGEST_FRAME)
        except TimeoutError:
            fault = too_slow(options)
        except wire.Closed:
            fault = ended_badly(program.end(), options)
        except (wire.NotData, wire.TooLong) as error:
            fault = f"no_data: {error}"
        ended = program.end()
    if fault is None and answer[1] == "raised":
        fault = raised(str(answer[2]), str(answer[-1]))
    if fault is None and answer[1] != "value":
        fault = f"no_data: {answer[2]}"
    if fault is not None:
        if name == "candidate":
            raise _Fault(fault)
        raise VerifierFailed(f"ground_truth: the {name} program fails: {fault}")
    return answer[2], ended.cpu_s
