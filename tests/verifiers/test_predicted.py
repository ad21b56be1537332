"""The kinds `output` and `input`: values instead of programs, however they are written."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import LITERALS

from verifiers.code import CodeVerifier
from verifiers.errors import VerifierFailed
from verifiers.pool import GradingPool, GradingTask
from verifiers.records import Verdict

VERIFIER = CodeVerifier()

SQUARE = "def f(x, y=0):\n    while x == 7: pass\n    return x * x + y"


@pytest.fixture(scope="module", autouse=True)
def closed() -> Iterator[None]:
    yield
    VERIFIER.close()


def judged(truth: dict[str, Any], completion: str, **params: Any) -> Verdict:
    return VERIFIER.verify(
        ground_truth=json.dumps(truth), completion=completion, prompt=None, params=params
    )


def output(expected: str, completion: str) -> Verdict:
    return judged({"kind": "output", "expected": expected}, completion)


def giving(expected: str, completion: str, *, program: str = SQUARE, **params: Any) -> Verdict:
    truth = {"kind": "input", "program": program, "entry_point": "f", "expected": expected}
    return judged(truth, completion, **params)


@pytest.mark.parametrize(
    ("expected", "completion"),
    [
        ("(1, 2)", "```\n(1, 2)\n```"),
        ("(1, 2)", "It is \\boxed{(1,2)}."),
        ("(1, 2)", "Answer: 1, 2"),
        ("{'a': {1, 2}}", "Answer: `{'a': {2, 1}}`"),
        ("0.3", "0.30000000000000004"),
        ("'abc'", 'Answer: "abc"'),
    ],
)
def test_a_value_that_is_the_expected_one_is_right(expected: str, completion: str):
    assert output(expected, completion).outcome == "accepted"


@pytest.mark.parametrize(
    ("expected", "completion", "reason"),
    [
        ("(1, 2)", "[1, 2]", "wrong_answer"),
        ("1", "True", "wrong_answer"),
        ("1", "1.0", "wrong_answer"),
        ("'abc'", "abc", "no_literal"),
        ("3", "1 + 2", "no_literal"),
        ("3", "Answer: 3 or 4", "no_literal"),
        ("3", "Answer: 3\nAnswer: 4", "wrong_answer"),
        ("3", "\\boxed{4} or \\boxed{3} or ```4```\n```\n4\n```", "wrong_answer"),
        ("3", "<think>3</think>", "no_answer"),
        ("[1]", "[" * 9000 + "]" * 9000, "no_literal"),
        ("[1]", "[" * 100 + "]" * 100, "no_literal"),
        ("1", "1" * 5000, "no_literal"),
        ("1", "-" * 9000 + "1", "no_literal"),
        ("'a'", repr("a" * 100_000), "no_literal"),
        ("[1]", "[1, ...]", "no_literal"),
        ("{1}", "{" + ", ".join(str(one * (2**61 - 1)) for one in range(300)) + "}", "wrong"),
        ("3", "__import__('os').getpid()", "no_literal"),
        ("3", "\0", "no_literal"),
    ],
)
def test_any_other_is_wrong_and_costs_nothing(expected: str, completion: str, reason: str):
    verdict = output(expected, completion)
    assert verdict.outcome == "rejected"
    assert verdict.reason.startswith(reason)


@given(LITERALS)
def test_a_value_as_python_writes_it_is_right(value: Any):
    expected = repr(value)
    try:
        verdict = output(expected, f"```\n{expected}\n```")
    except VerifierFailed:
        assert "frozenset" in expected or "inf" in expected
    else:
        assert verdict.outcome == "accepted" or expected == "''"


@given(st.text())
def test_no_answer_is_too_odd_to_be_judged(completion: str):
    assert output("(1, 'a')", completion).outcome == "rejected"


@pytest.mark.parametrize("answer", ["(3,)", "3", "(-3,)", "(0, 9)", "3, 0", "(2, 5)"])
def test_any_input_that_gives_the_value_is_right(answer: str):
    assert giving("9", f"Answer: {answer}").outcome == "accepted"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("(4,)", "wrong_answer"),
        ("(3.0,)", "wrong_answer"),
        ("('a',)", "raised"),
        ("()", "raised"),
        ("(1, 2, 3)", "raised"),
        ("x", "no_literal"),
        ("(7,)", "timeout"),
        ("{'x': 3}", "raised"),
    ],
)
def test_an_input_that_does_not_is_wrong(answer: str, reason: str):
    verdict = giving("9", f"Answer: {answer}", wall_s=1.0)
    assert verdict.outcome == "rejected"
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize(
    "truth",
    [
        {"kind": "output", "expected": "f(1)"},
        {"kind": "output"},
        {"kind": "input", "program": "def f(:", "entry_point": "f", "expected": "1"},
        {"kind": "input", "program": "x = 1", "entry_point": "a b", "expected": "1"},
    ],
)
def test_a_ground_truth_that_cannot_be_used_is_said(truth: dict[str, Any]):
    with pytest.raises(VerifierFailed, match="ground_truth"):
        judged(truth, "1")


def test_the_pool_judges_values_and_goes_on_after_odd_ones():
    truth = json.dumps({"kind": "output", "expected": "[]"})
    answers = ["[" * 9000, "[]", "-" * 9000 + "1", "[]"]
    tasks = [GradingTask(verifier="code", ground_truth=truth, completion=one) for one in answers]
    with GradingPool(workers=1) as pool:
        outcomes = [verdict.outcome for verdict in pool.grade(tasks)]
        assert pool.restarts == 0
    assert outcomes == ["rejected", "accepted", "rejected", "accepted"]
