"""Mutants of programs: they compile, differ, and leave alone what is no fault to change."""

import ast
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.code.faults import OPERATORS
from verifiers.code.mutants import mutants

PROGRAM = '''
"""A module's docstring."""
import math
from itertools import accumulate as running

LIMIT = 10


def unrelated(x):
    return x ** 2


def helper(xs, flag=False):
    """A docstring."""
    found = {x for x in xs if x > 0 and not flag}
    for i, x in enumerate(sorted(xs, key=abs, reverse=True)):
        if i >= LIMIT or x == -1:
            break
        if x in (2, 3):
            continue
        found.add(max(x & 7, xs[i]))
    return sorted(found)


def solve(xs: list[int], text: str = "abc") -> list[int]:
    total: int = 0
    while total < len(xs) // 2:
        total += 1
    if not xs:
        raise ValueError("no numbers")
    parts = text[1:3].lower() if text else ""
    return helper(xs[:-1], bool(parts)) + [total] * 2


if __name__ == "__main__":
    print(solve([1, 2]))
'''

INFIX = ("+", "-", "*", "/", "//", "%", "<", "<=", "==", "in", "and", "or")

EXPRESSIONS = st.recursive(
    st.sampled_from(["x", "y", "0", "1.5", "'a'", "True", "None", "[x, 2]", "x[1:]", "(not y)"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(INFIX), inner).map(lambda three: f"({' '.join(three)})"),
        inner.map(lambda one: f"sorted({one}, reverse=True)"),
        inner.map(lambda one: f"range({one})"),
        st.tuples(inner, inner).map(lambda two: f"min({', '.join(two)})"),
        st.tuples(inner, inner, inner).map(lambda three: "({} if {} else {})".format(*three)),
        inner.map(lambda one: f"[z for z in {one} if z]"),
    ),
    max_leaves=6,
)


@st.composite
def programs(draw) -> str:
    lines = ["def f(x, y):"]
    for _ in range(draw(st.integers(1, 4))):
        expression = draw(EXPRESSIONS)
        statement = draw(
            st.sampled_from(
                ["x = {}", "y += {}", "if {}:\n        x = y", "return {}", "print({})"]
            )
        )
        lines.append("    " + statement.format(expression))
    return "\n".join(lines) + "\n"


@given(source=programs(), n=st.integers(0, 40), seed=st.integers(0, 99))
def test_mutants_compile_and_differ_from_the_source_and_each_other(source, n, seed):
    made = mutants(source, n, seed)
    assert len(made) <= n
    for one in made:
        compile(one.source, "<mutant>", "exec")
    trees = [ast.dump(ast.parse(text)) for text in (source, *(one.source for one in made))]
    assert len({*trees}) == len(trees)


@given(source=programs(), n=st.integers(0, 20), seed=st.integers(0, 99))
def test_the_same_arguments_give_the_same_mutants_and_fewer_are_a_prefix(source, n, seed):
    assert mutants(source, n, seed) == mutants(source, 40, seed)[:n]


def test_all_operators_find_their_places_and_take_turns():
    made = mutants(PROGRAM, 10_000, seed=0)
    assert {one.operator for one in made} == {*OPERATORS}
    first = [one.operator for one in made[: len(OPERATORS)]]
    assert len({*first}) == len(OPERATORS)


def test_docstrings_imports_annotations_and_errors_texts_are_left_alone():
    for one in mutants(PROGRAM, 10_000, seed=1):
        assert "import math\nfrom itertools import accumulate as running" in one.source
        assert "A module's docstring." in one.source
        assert "A docstring." in one.source
        assert "solve(xs: list[int], text: str=" in one.source
        if one.operator != "deletion" and "ValueError" in one.source:
            assert "raise ValueError('no numbers')" in one.source
        assert "print(solve([1, 2]))" in one.source


def test_with_an_entry_point_only_what_it_uses_is_touched():
    made = mutants(PROGRAM, 10_000, seed=0, entry_point="solve")
    assert all("return x ** 2" in one.source for one in made)
    assert any("LIMIT = 11" in one.source for one in made)
    assert {one.line for one in made} & {*range(12, 23)}
    only = mutants(PROGRAM, 10_000, seed=0, entry_point="unrelated")
    assert {one.line for one in only} == {10}


def test_the_line_is_that_of_the_fault():
    (one,) = [m for m in mutants("x = 1\nif x == 2:\n    pass\n", 99, 0) if "x != 2" in m.source]
    assert (one.operator, one.line) == ("comparison", 2)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = x < 3", {"x <= 3", "x >= 3", "x < 4", "x < 2", "x < 0", "x < -3"}),
        ("a = xs[1:n]", {"xs[2:n]", "xs[0:n]", "xs[:n]", "xs[1:n + 1]", "xs[1:n - 1]", "xs[1:]"}),
        (
            "a = sorted(xs, key=len)",
            {"sorted(xs)", "sorted(xs, key=len, reverse=True)", "list(xs)"},
        ),
        ("a = p and q", {"p or q", "p", "q"}),
        ("a = pow(b, e)", {"pow(e, b)", "pow(b)"}),
        ("a = min(xs)", {"max(xs)", "xs"}),
        ("a = ''", {"' '"}),
    ],
)
def test_operators_make_the_faults_that_people_make(source, expected):
    made = {one.source.removeprefix("a = ") for one in mutants(source, 99, seed=0)}
    assert expected <= made


def test_a_source_that_does_not_parse_is_a_syntax_error():
    with pytest.raises(SyntaxError):
        mutants("def f(:", 1, seed=0)


MBPP = Path(__file__).parents[3] / "shared/data/code/mbpp_copy_verified.jsonl"


@pytest.mark.skipif(not MBPP.exists(), reason="needs MBPP's file")
def test_real_solutions_have_many_mutants():
    sources = [json.loads(line)["code"] for line in MBPP.read_text().splitlines()[::10]]
    counts = []
    for source in sources:
        made = mutants(source.replace("\r\n", "\n"), 16, seed=0)
        for one in made:
            compile(one.source, "<mutant>", "exec")
        counts.append(len(made))
    assert sum(counts) / len(counts) > 12
