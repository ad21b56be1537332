"""Calls the candidate with plain arguments, and compares what it gives: the kind `function`.

    judge_calls(calls_of(truth), "f", code, options, sandbox)   ->  Judged(n_passed=2, ...)

Expected values never leave this process. One test is sent at a time, in an order of the judge's
own. Test code that is nothing but such calls (plain_asserts.py) is judged here too.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from secrets import randbits
from typing import Any, NamedTuple

from verifiers.code.equality import same_value
from verifiers.code.judging import (
    Judged,
    ended_badly,
    passed,
    raised,
    shown,
    shown_tree,
    shuffled,
    too_slow,
)
from verifiers.code.truth import Function, Options, read_case, size
from verifiers.sandbox import wire
from verifiers.sandbox.sandbox import ANSWER_BYTES, Program, Sandbox, cell_for


class Call(NamedTuple):
    """One test: the arguments' trees, what is expected, and whether a tree is a value like it."""

    args: list[Any]
    expected: Any
    equal: Callable[[Any, Any], bool]


def calls_of(truth: Function) -> list[Call]:
    """The tests of the kind `function`; equal is what has the same value and type."""
    return [Call(*read_case(case), same_value) for case in truth.tests]


def judge_calls(
    calls: Sequence[Call], entry_point: str, code: str, options: Options, sandbox: Sandbox,
    *, setup: str = "",
) -> Judged:  # fmt: skip
    """Make all calls; with `partial` or `fresh`, in a process each."""
    order = shuffled(len(calls), code, repr([one[:2] for one in calls]))
    apart = options.partial or options.fresh
    n_passed, first = 0, None
    deadline = time.monotonic() + options.most_s
    for batch in [[index] for index in order] if apart else [order]:
        chosen = [calls[index] for index in batch]
        done, fault = _execute(chosen, entry_point, [code, setup], options, sandbox)
        n_passed += done
        if fault is not None and first is None:
            loaded = len(order) > 1 and not fault.startswith("syntax")
            first = f"{fault} (test {batch[done] + 1} of {len(order)})" if loaded else fault
        if (fault is not None and not options.partial) or time.monotonic() > deadline:
            break
    if first is None and n_passed == len(order):
        return passed(len(order))
    return Judged(n_passed=n_passed, n_tests=len(order), reason=first or too_slow(options))


def _execute(
    calls: Sequence[Call], entry_point: str, sources: list[str], options: Options, sandbox: Sandbox
) -> tuple[int, str | None]:
    """How many of the calls passed before the first that did not, and its reason."""
    n_passed = 0
    cell = cell_for(sources[0])
    with sandbox.run("module", options.limits, wall_s=options.wall_s, cell=cell) as program:
        try:
            program.send([*sources, False])
            token = randbits(60)
            with suppress(wire.Closed):  # it could not be loaded, and says so below
                # On its way before the program is loaded: nobody waits twice.
                ask(program, entry_point, calls[0].args, token)
            while True:
                one = calls[n_passed]
                answer = program.receive(ANSWER_BYTES + 4 * size(one.expected))
                if n_passed == 0 and is_about_loading(answer):
                    return 0, loading_fault(answer)
                fault = _fault(checked(answer, token), one)
                n_passed += fault is None
                if fault is not None or n_passed == len(calls):
                    return n_passed, fault
                token = randbits(60)
                ask(program, entry_point, calls[n_passed].args, token)
        except TimeoutError:
            return n_passed, too_slow(options)
        except wire.Closed:
            return n_passed, ended_badly(program.end(), options)
        except (wire.NotData, wire.TooLong) as error:
            return n_passed, f"no_data: {error}"


def call(
    program: Program, entry_point: str, args: list[Any], most: int = ANSWER_BYTES
) -> list[Any]:
    """The checked answer to one call, of at most `most` bytes; raises as `Program.receive` does."""
    token = randbits(60)
    ask(program, entry_point, args, token)
    return checked(program.receive(most), token)


def ask(program: Program, entry_point: str, args: list[Any], token: int) -> None:
    """Send a call, whose answer must have the token."""
    program.send([token, "call", entry_point, args, {}, False])


def checked(answer: Any, token: int) -> list[Any]:
    """The answer to the call that had the token; raises wire.NotData where it is none."""
    if not isinstance(answer, list) or len(answer) < 3 or answer[0] != token:
        raise wire.NotData("it answered what was not asked")
    return answer


def is_about_loading(answer: Any) -> bool:
    """Whether a program says that it could not be loaded."""
    return isinstance(answer, list) and answer[:2] == [0, "raised"]


def loading_fault(answer: Any) -> str | None:
    """Why a program did not load; None where it did."""
    if not isinstance(answer, list) or len(answer) not in (3, 4, 5):
        return "no_data: it answered what was not asked"
    if answer[1] == "value":
        return None
    kind, text = str(answer[2]), str(answer[-1])
    return raised(kind, text) if kind not in SYNTAX else f"syntax: {kind}: {text}"


SYNTAX = ("SyntaxError", "IndentationError", "TabError")


def _fault(answer: list[Any], asked: Call) -> str | None:
    if answer[1] == "raised" and len(answer) == 5:
        return raised(str(answer[2]), str(answer[4]))
    if answer[1] == "no_data":
        return f"no_data: {answer[2]}"
    if answer[1] != "value":
        raise wire.NotData("it answered what was not asked")
    if asked.equal(answer[2], asked.expected):
        return None
    return f"wrong_answer: returned {shown_tree(answer[2])}, expected {shown(asked.expected)}"
