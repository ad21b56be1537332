"""The verifier `program`: what a program's value becomes, and what is refused."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from programs import programs
from strategies import LITERALS

from verifiers.code import ProgramVerifier
from verifiers.code.answer_text import text
from verifiers.code.literals import NoLiteral, answer, literal_of, read_arguments, read_literal
from verifiers.errors import VerifierFailed
from verifiers.pool import GradingPool, GradingTask
from verifiers.records import Verdict
from verifiers.registry import find_verifier
from verifiers.sandbox import wire

ATTACKS = programs(Path(__file__).parent / "attacks")


@pytest.fixture(scope="module")
def verifier() -> Iterator[ProgramVerifier]:
    verifier = ProgramVerifier()
    yield verifier
    verifier.close()


@pytest.fixture
def run(verifier: ProgramVerifier):
    def ran(source: str, *, wall_s: float = 5.0, **truth: Any) -> Verdict:
        return verifier.verify(
            ground_truth=json.dumps(truth), completion=f"```python\n{source}\n```", prompt=None,
            params={"wall_s": wall_s},
        )  # fmt: skip

    return ran


def returning(value: str) -> str:
    return f"def answer(*args):\n    return {value}"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("sum(range(11))", "55"),
        ("0.1 + 0.2", "0.3"),
        ("2.5", "2.5"),
        ("' x + 1 '", "x + 1"),
        ("__import__('fractions').Fraction(2, 6)", "1/3"),
        ("__import__('decimal').Decimal('1e5')", "100000"),
        ("[1, 2]", "1, 2"),
        ("(1, 2)", "(1, 2)"),
        ("{3, 1, 20}", "\\{1, 3, 20\\}"),
        ("[[1, 2], [3, 4]]", "\\begin{pmatrix}1 & 2 \\\\ 3 & 4\\end{pmatrix}"),
        ("True", "True"),
    ],
)
def test_a_value_becomes_a_text_that_the_math_verifier_reads(run, value: str, written: str):
    verdict = run(returning(value))
    assert (verdict.outcome, verdict.reward, verdict.reason) == ("accepted", 1.0, "ran")
    assert verdict.extracted == written
    math = find_verifier("math")
    box = f"\\boxed{{{written}}}"
    again = math.verify(ground_truth=written, completion=box, prompt=None, params={})
    assert again.outcome == "accepted"


def test_symbolic_values_become_latex(run):
    source = "import sympy\nx = sympy.Symbol('x')\n"
    root = run(source + returning("sympy.sqrt(2) / 2"), wall_s=30)
    assert root.extracted == "\\frac{\\sqrt{2}}{2}"
    assert run(source + returning("sympy.diff(x ** 3, x)"), wall_s=30).extracted == "3 x^{2}"
    assert run(source + returning("sympy.nan"), wall_s=30).reason.startswith("no_value")


@pytest.mark.parametrize(
    "value",
    ["None", "''", "'  '", "float('nan')", "float('inf')", "{1: 2}", "[]", "print", "'x' * 10001",
     "10 ** 5000", "'\\ud800'"],
)  # fmt: skip
def test_what_is_no_answer_is_refused(run, value: str):
    verdict = run(returning(value))
    assert (verdict.outcome, verdict.extracted) == ("rejected", None)
    assert verdict.reason.startswith("no_value: ")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def answer():\n    1 / 0", "raised: ZeroDivisionError"),
        ("def answer():\n    while True: pass", "timeout"),
        ("def answer():\n    return 'x' * 10 ** 10", "memory"),
        ("def answer(:", "syntax"),
        ("x = 1", "raised: NameError"),
        ("import os\nos._exit(3)", "exit"),
        ("import random\ndef answer(): return random.random()", "not_deterministic"),
        ("def answer(): return str([*{'b', 'a', 'c'}])", "not_deterministic"),
        ("def answer(): return str(object())", "not_deterministic"),
        ("def answer(): return answer()", "recursion"),
        ("", "no_program"),
    ],
)
def test_a_program_that_gives_no_value_is_rejected_with_the_reason(run, source: str, reason: str):
    verdict = run(source, wall_s=1.0)
    assert verdict.outcome == "rejected"
    assert verdict.reason.startswith(reason)


def test_a_program_may_call_its_variables_as_it_likes(run):
    source = "str = list = type = max = repr = globals = exec = 0\n" + returning("7")
    assert run(source).extracted == "7"


def test_literals_are_told_of_calls_with_arguments(run):
    source = "def f(xs, n):\n    return {'b', 'a'}, xs * n, {n: 2.5}"
    verdict = run(source, **{"entry_point": "f", "args": "([1], 2)", "as": "literal"})
    assert verdict.extracted == "({'a', 'b'}, [1, 1], {2: 2.5})"


@pytest.mark.parametrize("value", ["frozenset()", "float('nan')", "float('-inf')", "int", "object"])
def test_what_no_literal_says_is_refused(run, value: str):
    verdict = run(returning(value), **{"as": "literal"})
    assert verdict.outcome == "rejected"


@pytest.mark.parametrize(
    "truth",
    ["", "[]", '{"entry_point": "a b"}', '{"args": "1"}', '{"args": "(f(),)"}', '{"runs": 0}',
     '{"runs": 99}', '{"as": "json"}'],
)  # fmt: skip
def test_a_ground_truth_that_cannot_be_used_is_said(verifier: ProgramVerifier, truth: str):
    with pytest.raises(VerifierFailed, match="ground_truth"):
        verifier.validate(truth)


@pytest.mark.parametrize(
    "program", [one for one in ATTACKS if not one.danger and "function" in one.kinds],
    ids=lambda one: one.name,
)  # fmt: skip
def test_an_attack_leaves_the_next_program_alone(run, program):
    truth = {"entry_point": "arrange", "args": "([3, 1, 2],)", "as": "literal"}
    run(program.source("function"), wall_s=0.5, **truth)
    assert run("def arrange(xs):\n    return sorted(xs)", **truth).extracted == "[1, 2, 3]"


def test_the_pool_runs_programs_too():
    task = GradingTask(verifier="program", ground_truth="{}", completion=returning("6 * 7"))
    with GradingPool(workers=1) as pool:
        (verdict,) = pool.grade([task])
    assert (verdict.verifier, verdict.outcome, verdict.extracted) == ("program", "accepted", "42")


class TestLiterals:
    @given(LITERALS)
    def test_what_is_written_of_a_tree_is_read_as_its_value(self, value: Any):
        try:
            written = literal_of(wire.encode(value))
        except NoLiteral:
            assert "frozenset" in repr(value) or "inf" in repr(value)
        else:
            assert ast.literal_eval(written) == value
            assert literal_of(wire.encode(read_literal(written))) == written

    @pytest.mark.parametrize(
        "text",
        ["", "f(1)", "1 + 1", "...", "[" * 60 + "]" * 60, "(" * 5000, "-" * 5000 + "1", "9" * 5000,
         "{[]}", "{{}: 1}", "'a", "\0", "\ud800", "1" * 20_000, "[1,] * 9", "__import__('os')",
         "2 ** 9999", "0x" + "f" * 20_000],
    )  # fmt: skip
    def test_what_is_no_literal_is_said_and_harms_nobody(self, text: str):
        with pytest.raises(NoLiteral):
            read_literal(text)

    @given(LITERALS)
    def test_any_value_but_a_tuple_is_the_only_argument(self, value: Any):
        try:
            written = literal_of(wire.encode(value))
        except NoLiteral:
            return
        read = read_arguments(written)
        assert read == (value if type(value) is tuple else (value,))

    @pytest.mark.parametrize(
        ("completion", "found"),
        [
            ("So it gives\n```\n[1, 2]\n```", "[1, 2]"),
            ("```python\n1\n```\nNo:\n```python\n2\n```", "2"),
            ("It is \\boxed{(1, 2)}.", "(1, 2)"),
            ("It is \\boxed{\\{'a': \\{1\\}\\}}.", "{'a': {1}}"),
            ("It is \\boxed{\\text{'a_b'}}.", "'a_b'"),
            ("Hm.\nAnswer: (1, 2)", "(1, 2)"),
            ("Answer: 1\nNo.\n**Answer:** `[2]`", "[2]"),
            ("[1, 2]", "[1, 2]"),
            ("<think>\n```\n1\n```\n</think>\nAnswer: 2", "2"),
            ("<think>Answer: 1", None),
            ("", None),
        ],
    )
    def test_an_answer_is_found_where_it_is_marked(self, completion: str, found: str | None):
        assert answer(completion) == found


@given(LITERALS)
def test_any_plain_value_has_a_text_or_a_reason(value: Any):
    kind, words = text(value)
    assert kind in ("text", "no_value")
    assert words
