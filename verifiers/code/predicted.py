"""Judges answers that are values and no programs: the kinds `output` and `input`.

    judge_output(Output(expected="(1, 2)"), "(1, 2)")           ->  Judged(n_passed=1, ...)
    judge_input(Input(program="def f(x): return x * x", entry_point="f", expected="9"),
                "(-3,)", options, sandbox)                      ->  Judged(n_passed=1, ...)

An answer is read as a literal, within bounds (literals.py), and never evaluated. Of an input only
its being one is asked: the trusted program is run on it in the sandbox, and any that gives the
expected value is right.
"""

from verifiers.code.calls import Call, judge_calls
from verifiers.code.equality import same_value
from verifiers.code.judging import Judged, passed, shown
from verifiers.code.literals import NoLiteral, read_arguments, read_literal
from verifiers.code.truth import Input, Options, Output, read_expected
from verifiers.errors import VerifierFailed
from verifiers.sandbox import wire
from verifiers.sandbox.sandbox import Sandbox


def judge_output(truth: Output, answer: str) -> Judged:
    """Compare the value with the expected one, as the kind `function` compares."""
    try:
        value = read_literal(answer)
    except NoLiteral as error:
        return _failed(f"no_literal: {error}")
    expected = read_expected(truth.expected)
    if same_value(wire.encode(value), expected):
        return passed(1)
    return _failed(f"wrong_answer: {shown(value)}, expected {shown(expected)}")


def judge_input(truth: Input, answer: str, options: Options, sandbox: Sandbox) -> Judged:
    """Run the trusted program on the arguments; raises VerifierFailed where it does not load."""
    try:
        args = [wire.encode(one) for one in read_arguments(answer)]
    except NoLiteral as error:
        return _failed(f"no_literal: {error}")
    call = Call(args, read_expected(truth.expected), same_value)
    judged = judge_calls([call], truth.entry_point, truth.program, options, sandbox)
    if judged.reason.startswith("syntax"):
        raise VerifierFailed(f"ground_truth: program: {judged.reason}")
    return judged


def _failed(reason: str) -> Judged:
    return Judged(n_passed=0, n_tests=1, reason=reason)
