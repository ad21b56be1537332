"""The judge of the kind `function`: the candidate gets arguments, and gives values back.

    judge_calls(truth, code, options, sandbox)   ->  Judged(n_passed=2, n_tests=2, ...)

Expected values never leave this process. One test is sent at a time, in an order of the judge's
own.
"""

import time
from secrets import randbits
from typing import Any

from verifiers.code.equality import same, same_shape
from verifiers.code.judging import (
    Judged,
    ended_badly,
    passed,
    raised,
    shown,
    shown_tree,
    shuffled,
    too_slow,
)  # fmt: skip
from verifiers.code.truth import Function, Options, read_case, size
from verifiers.sandbox import wire
from verifiers.sandbox.sandbox import ANSWER_BYTES, Program, Sandbox, cell_for


def judge_calls(truth: Function, code: str, options: Options, sandbox: Sandbox) -> Judged:
    """Call the candidate with each test's arguments; `partial` and `fresh`: in a process each."""
    order = shuffled(len(truth.tests), code, repr(truth.tests))
    apart = options.partial or options.fresh
    n_passed, first = 0, None
    deadline = time.monotonic() + options.most_s
    for batch in [[index] for index in order] if apart else [order]:
        done, fault = _execute(truth, code, batch, options, sandbox)
        n_passed += done
        first = first or fault
        if (fault and not options.partial) or time.monotonic() > deadline:
            break
    if first is None and n_passed == len(order):
        return passed(len(order))
    return Judged(n_passed=n_passed, n_tests=len(order), reason=first or too_slow(options))


def _execute(
    truth: Function, code: str, indexes: list[int], options: Options, sandbox: Sandbox
) -> tuple[int, str | None]:
    """How many of the tests passed before the first that did not, and its reason."""
    n_passed = 0
    with sandbox.run(
        "module", options.limits, wall_s=options.wall_s, cell=cell_for(code)
    ) as program:
        try:
            program.send([code, truth.setup])
            fault = loading_fault(program.receive())
            while fault is None and n_passed < len(indexes):
                number = indexes[n_passed]
                args, expected = read_case(truth.tests[number])
                answer = call(program, truth.entry_point, args, expected)
                fault = _fault(answer, expected)
                if fault is None:
                    n_passed += 1
                elif fault.startswith("wrong_answer"):
                    fault = f"wrong_answer: test {number + 1} of {len(truth.tests)}: {fault[14:]}"
            return n_passed, fault
        except TimeoutError:
            return n_passed, too_slow(options)
        except wire.Closed:
            return n_passed, ended_badly(program.end(), options)
        except (wire.NotData, wire.TooLong) as error:
            return n_passed, f"no_data: {error}"


def call(program: Program, entry_point: str, args: list[Any], expected: Any) -> list[Any]:
    """The checked answer to one call; raises wire.NotData where it is none.

    It may be a few times as long as the expected value's.
    """
    token = randbits(60)
    program.send([token, "call", entry_point, args, {}, False])
    answer = program.receive(ANSWER_BYTES + 4 * size(expected))
    if not isinstance(answer, list) or len(answer) < 3 or answer[0] != token:
        raise wire.NotData("it answered what was not asked")
    return answer


def loading_fault(answer: Any) -> str | None:
    """Why a program did not load; None where it did."""
    if not isinstance(answer, list) or len(answer) not in (3, 4, 5):
        return "no_data: it answered what was not asked"
    if answer[1] == "value":
        return None
    kind, text = str(answer[2]), str(answer[-1])
    return raised(kind, text) if kind not in SYNTAX else f"syntax: {kind}: {text}"


SYNTAX = ("SyntaxError", "IndentationError", "TabError")


def _fault(answer: list[Any], expected: Any) -> str | None:
    if answer[1] == "raised" and len(answer) == 5:
        return raised(str(answer[2]), str(answer[4]))
    if answer[1] == "no_data":
        return f"no_data: {answer[2]}"
    if answer[1] != "value":
        raise wire.NotData("it answered what was not asked")
    if not same_shape(answer[2], expected):
        return f"wrong_answer: returned {shown_tree(answer[2])}, expected {shown(expected)}"
    value = wire.decode(answer[2])
    if same(value, expected):
        return None
    return f"wrong_answer: returned {shown(value)}, expected {shown(expected)}"
