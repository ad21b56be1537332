"""Kill rates of tests, and tests made stronger: everything runs in the sandbox."""

import json
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from verifiers.code import CodeVerifier
from verifiers.code.examples import examples
from verifiers.code.inputs import more_inputs
from verifiers.code.strength import fenced, measure
from verifiers.code.strengthen import strengthen
from verifiers.code.truth import read_truth
from verifiers.errors import ReferenceFails, VerifierFailed

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs the Linux sandbox")

SECOND = "def f(xs):\n    return sorted(set(xs))[-2] if len(set(xs)) > 1 else None\n"

WEAK = {
    "function": {
        "tests": [
            {"args": "([1, 2],)", "expected": "1"},
            {"args": "([3],)", "expected": "None"},
        ]
    },
    "asserts": {"tests": ["assert f([1, 2]) == 1", "assert f([3]) == None"]},
    "check": {
        "test": "def check(candidate):\n    assert candidate([1, 2]) == 1\n"
        "    assert candidate([3]) is None\n"
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def verifier():
    verifier = CodeVerifier()
    yield verifier
    verifier.close()


def truth(kind: str, **fields: object) -> str:
    return json.dumps({"kind": kind, "entry_point": "f", **fields})


def accepts(verifier, ground_truth: str, program: str) -> bool:
    verdict = verifier.verify(
        ground_truth=ground_truth, completion=fenced(program), prompt=None, params={}
    )
    assert verdict.outcome != "undecided", verdict.reason
    return verdict.outcome == "accepted"


@pytest.mark.parametrize("kind", WEAK)
def test_weak_tests_are_told_and_made_stronger(verifier, kind):
    weak = truth(kind, **WEAK[kind])
    strength = measure(weak, SECOND, verifier, n_mutants=24)
    assert strength.kill_rate < 0.9
    stronger = strengthen(weak, SECOND, strength, verifier)
    assert 0 < stronger.n_added <= 8
    assert stronger.strength.kill_rate > strength.kill_rate
    assert accepts(verifier, stronger.ground_truth, SECOND)
    again = measure(stronger.ground_truth, SECOND, verifier, n_mutants=24)
    assert again.n_killed >= stronger.strength.n_killed
    lazy = "def f(xs):\n    return xs[0] if len(xs) == 2 else None\n"
    assert accepts(verifier, weak, lazy)
    assert not accepts(verifier, stronger.ground_truth, lazy)


@pytest.mark.parametrize("kind", WEAK)
def test_stronger_tests_accept_other_right_solutions(verifier, kind):
    weak = truth(kind, **WEAK[kind])
    stronger = strengthen(weak, SECOND, measure(weak, SECOND, verifier), verifier)
    other = (
        "def f(xs):\n    best = max(xs)\n    rest = [x for x in xs if x < best]\n"
        "    return max(rest) if rest else None\n"
    )
    assert accepts(verifier, stronger.ground_truth, other)


def test_a_reference_that_its_tests_reject_is_an_error_with_the_reason(verifier):
    with pytest.raises(ReferenceFails, match="the reference fails its own tests: "):
        measure(truth("asserts", tests=["assert f([1]) == 5"]), SECOND, verifier)
    with pytest.raises(VerifierFailed, match="ground_truth"):
        measure(truth("asserts", tests=["assert f("]), SECOND, verifier)


def test_mutants_that_change_nothing_are_suspected_and_not_counted(verifier):
    reference = "def f(x):\n    if x > 0:\n        return x\n    return -x\n"
    tests = [f"assert f({x}) == {abs(x)}" for x in (-7, -1, 0, 1, 2, 9)]
    strength = measure(truth("asserts", tests=tests), reference, verifier, n_mutants=60)
    assert strength.n_equivalent_suspects > 0
    assert strength.kill_rate == 1.0
    assert any("x >= 0" in one.mutant.source for one in strength.survivors)
    assert strength.n_killed + len(strength.survivors) == strength.n_mutants


def test_measuring_twice_gives_the_same(verifier):
    weak = truth("asserts", **WEAK["asserts"])
    first = measure(weak, SECOND, verifier, seed=3)
    assert measure(weak, SECOND, verifier, seed=3) == first
    assert strengthen(weak, SECOND, first, verifier, seed=3) == strengthen(
        weak, SECOND, first, verifier, seed=3
    )


def test_mutants_that_never_end_are_killed(verifier):
    reference = "def f(n):\n    k = 0\n    while k < n:\n        k += 1\n    return k\n"
    strength = measure(
        truth("asserts", tests=["assert f(3) == 3", "assert f(0) == 0", "assert f(8) == 8"]),
        reference,
        verifier,
        n_mutants=12,
    )
    assert strength.kill_rate == 1.0


def test_scripts_are_measured_but_not_strengthened(verifier):
    script = "n = int(input())\nprint(n * 2)\n"
    weak = json.dumps({"kind": "stdio", "tests": [{"stdin": "2\n", "stdout": "4\n"}]})
    strength = measure(weak, script, verifier)
    assert 0 < strength.kill_rate < 1
    assert strengthen(weak, script, strength, verifier).ground_truth == weak


def test_an_order_that_nothing_promises_does_not_become_an_expected_value(verifier):
    reference = "def f(xs, n):\n    found = {x for x in xs if x > n}\n    return list(found)\n"
    weak = truth("asserts", tests=["assert f([5], 2) == [5]", "assert f([1, 2, 90], 4) == [90]"])
    strength = measure(weak, reference, verifier)
    stronger = strengthen(weak, reference, strength, verifier)
    other = "def f(xs, n):\n    return sorted({x for x in xs if x > n}, reverse=True)\n"
    assert accepts(verifier, stronger.ground_truth, other)


def test_a_value_that_changes_from_call_to_call_does_not_become_one(verifier):
    reference = "count = [0]\ndef f(x):\n    count[0] += 1\n    return x + (count[0] > 3) * 0.5\n"
    weak = truth("asserts", tests=["assert f(1) == 1"])
    strength = measure(weak, reference, verifier)
    assert strengthen(weak, reference, strength, verifier).n_added == 0


@pytest.mark.parametrize(
    ("body", "tests"),
    [
        ("return xs[0] if xs[0] < 9 else -1", ["assert f([2, 3]) == 2", "assert f([1, 1]) == 1"]),
        ("return xs[0] if xs[0] < 9 else None", ["assert f([2, 3]) == 2", "assert f([1, 1]) == 1"]),
        (
            "return 'few' if len(xs) < 4 else 'odd length' if len(xs) % 2 else 'many'",
            ["assert f([2, 3]) == 'few'", "assert f([2, 3, 4, 5]) == 'many'"],
        ),
    ],
)
def test_a_convention_of_the_reference_alone_does_not_become_an_expected_value(
    verifier, body, tests
):
    reference = f"def f(xs):\n    {body}\n"
    weak = truth("asserts", tests=tests)
    strength = measure(weak, reference, verifier, n_mutants=40)
    stronger = json.loads(strengthen(weak, reference, strength, verifier).ground_truth)
    assert not [text for text in stronger["tests"] if "-1" in text or "None" in text]
    assert not [text for text in stronger["tests"] if "odd length" in text]


def test_floats_are_compared_as_floats(verifier):
    reference = "def f(xs, k):\n    return sum(xs) / len(xs) * k\n"
    weak = truth("asserts", tests=["assert f([2.0], 1) == 2.0", "assert f([0.5, 0.5], 1) == 0.5"])
    stronger = strengthen(weak, reference, measure(weak, reference, verifier), verifier)
    assert stronger.n_added > 0
    other = "def f(xs, k):\n    return sum(k / len(xs) * x for x in reversed(xs))\n"
    assert accepts(verifier, stronger.ground_truth, other)


@pytest.mark.parametrize(
    "test",
    [
        "assert f(f(3)) == 3",
        "assert sorted(f(3)) == [1]",
        "assert abs(g(f(3))) < 1e-4",
        "assert f(3) in (1, 2)",
        "assert f(3) == f(3)",
        "assert f(3) < 4",
        "x = f(3)\nassert x == 1",
    ],
)
def test_tests_that_leave_a_value_open_are_not_strengthened(test):
    assert examples(read_truth(truth("asserts", tests=["assert f(1) == 1", test]))) is None


@pytest.mark.parametrize(
    ("test", "args"),
    [
        ("assert f([1], 'a') == {'x': 2}", ([1], "a")),
        ("assert 3 == f(2)", (2,)),
        ("assert f(2)", (2,)),
        ("assert not f(2), 'why'", (2,)),
        ("assert f(2) is None", (2,)),
        ("assert abs(f(0.5) - 2.5) < 1e-6", (0.5,)),
        ("import math\nassert math.isclose(f(-1), 2.5)", (-1,)),
    ],
)
def test_tests_that_pin_a_value_down_show_an_example(test, args):
    assert examples(read_truth(truth("asserts", tests=[test]))) == (args,)


PLAIN = st.recursive(
    st.integers(-99, 99)
    | st.booleans()
    | st.text("ab -", max_size=5)
    | st.floats(-9, 9)
    | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text("xyz", max_size=2), inner, max_size=2)
    ),
    max_leaves=6,
)


@settings(suppress_health_check=[HealthCheck.nested_given, HealthCheck.too_slow], max_examples=10)
@given(
    st.integers(1, 2).flatmap(lambda n: st.lists(st.tuples(*[PLAIN] * n), min_size=1, max_size=3))
)
def test_inputs_can_be_made_after_any_plain_data(seen):
    made = more_inputs(seen, 10, seed=0)
    assert made == more_inputs(seen, 10, seed=0)
    known = {repr(args) for args in seen}
    assert all(len(args) == len(seen[0]) and repr(args) not in known for args in made)


@pytest.mark.parametrize(
    ("seen", "holds"),
    [
        ([([1, 5],), ([3],)], lambda xs: xs and all(x >= 0 for x in xs)),
        ([([3, 1, 2], 3), ([5], 1)], lambda xs, n: n == len(xs)),
        ([([1, 4, 9],), ([0, 2],)], lambda xs: xs == sorted(xs) and len({*xs}) == len(xs)),
        ([([5, 1], 1), ([4, 8, 3], 3)], lambda xs, x: x in xs),
        (
            [("2024-01-05",), ("1999-12-28",)],
            lambda day: day[4] == day[7] == "-" and len(day) == 10,
        ),
        ([(2, 9), (5, 7)], lambda low, high: low < high),
        ([([[1, 2], [3, 4]],), ([[5]],)], lambda rows: all(len(row) == len(rows) for row in rows)),
        ([([5, 6],), ([1, 2, 3],)], lambda xs: len(xs) > 1),
        ([("a bc",), ("d e f",)], lambda text: text and text == " ".join(text.split())),
        ([("[[]]",), ("[]][",)], lambda text: {*text} <= {*"[]"}),
        ([([0, 1, 1, 0, 1],), ([1, 0, 0],)], lambda bits: {*bits} <= {0, 1}),
        ([([1, 2], ["a", "b"]), ([3], ["c"])], lambda xs, names: len(xs) == len(names)),
    ],
)
def test_inputs_keep_what_held_in_all_examples(seen, holds):
    made = more_inputs(seen, 40, seed=0)
    assert len(made) > 5
    assert all(holds(*args) for args in made)
