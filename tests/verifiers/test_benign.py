"""Programs that are right and look odd: each is accepted."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import ENTRY, Program, ground_truth, programs

from verifiers.code import CodeVerifier

LOOKALIKES = programs(Path(__file__).parent / "benign")

PARAMS = {"wall_s": 10.0, "cpu_s": 10.0}

VALUES = [
    ("import collections", "collections.Counter(xs)", "('aab',)", "{'a': 2, 'b': 1}"),
    ("import collections", "collections.OrderedDict(a=xs)", "(1,)", "{'a': 1}"),
    ("import collections", "collections.defaultdict(int, {xs: 2})", "(1,)", "{1: 2}"),
    ("import collections", "collections.namedtuple('P', 'x y')(xs, 2)", "(1,)", "(1, 2)"),
    ("import numpy as np", "np.float64(xs) / 2", "(1.0,)", "0.5"),
    ("import numpy as np", "np.float32(xs) / 2", "(1.0,)", "0.5"),
    ("import numpy as np", "np.int64(xs) + 1", "(1,)", "2"),
    ("import numpy as np", "np.bool_(xs)", "(True,)", "True"),
    ("import numpy as np", "np.mean([1, xs])", "(2,)", "1.5"),
    ("import numpy as np", "np.str_(xs)", "('a',)", "'a'"),
    ("import enum", "enum.IntEnum('E', 'A B')(xs)", "(2,)", "2"),
    ("", "xs > 1", "(2,)", "True"),
    ("", "None", "(2,)", "None"),
    ("", "xs ** 500", "(7,)", str(7**500)),
    ("", "-(1 << 63) - xs", "(1,)", str(-(1 << 63) - 1)),
    ("", "{*xs}", "([1, 2, 2],)", "{1, 2}"),
    ("", "frozenset(xs)", "('ab',)", "{'a', 'b'}"),
    ("", "complex(xs, 2)", "(1,)", "(1+2j)"),
    ("", "(0.1 + 0.2) * xs", "(1,)", "0.30000000000000004"),
    ("", "xs * 1e308", "(10,)", "1e309"),
    ("", "bytes([xs])", "(255,)", "b'\\xff'"),
    ("", "chr(xs) + '\\u00e9\\U0001f600'", "(0,)", "'\\x00\\u00e9\\U0001f600'"),
    ("", "{(1, xs): [None, {xs: ()}]}", "(2,)", "{(1, 2): [None, {2: ()}]}"),
    ("", "[[xs] * 3] * 3", "(0,)", "[[0, 0, 0], [0, 0, 0], [0, 0, 0]]"),
    ("", "[*range(xs)]", "(20_000,)", repr([*range(20_000)])),
    ("", "'x' * xs", "(100_000,)", repr("x" * 100_000)),
    ("from fractions import Fraction", "float(Fraction(xs, 3))", "(1,)", "0.3333333333333333"),
    ("from decimal import Decimal", "str(Decimal(xs) / 4)", "(1,)", "'0.25'"),
    ("import datetime", "datetime.date(2024, 2, xs).isoformat()", "(29,)", "'2024-02-29'"),
    ("import math", "math.nan if xs else 0", "(1,)", None),
]
"""Imports, the expression returned, the arguments, and the value (None: in no literal)."""


def _cases() -> list[Any]:
    return [
        pytest.param(program, kind, id=f"{program.name}-{kind}")
        for program in LOOKALIKES
        for kind in program.kinds
    ]


@pytest.fixture(scope="module")
def verifier() -> Iterator[CodeVerifier]:
    verifier = CodeVerifier()
    yield verifier
    verifier.close()


def _accepted(
    verifier: CodeVerifier, truth: str, completion: str, prompt: str | None = None
) -> None:
    verdict = verifier.verify(
        ground_truth=truth, completion=completion, prompt=prompt, params=PARAMS
    )
    assert verdict.outcome == "accepted", verdict.reason
    assert verdict.reward == 1.0


@pytest.mark.parametrize(("program", "kind"), _cases())
def test_right_program_is_accepted(verifier: CodeVerifier, program: Program, kind: str) -> None:
    _accepted(verifier, ground_truth(kind), program.source(kind))


@pytest.mark.parametrize("kind", ["function", "check", "asserts"])
@pytest.mark.parametrize(
    ("imports", "returned", "args", "expected"), VALUES, ids=[value[1] for value in VALUES]
)
def test_right_value_is_accepted_whatever_its_type(
    verifier: CodeVerifier, imports: str, returned: str, args: str, expected: str | None, kind: str
) -> None:
    if kind == "function" and (expected is None or "frozenset" in returned):
        pytest.skip("no literal says it")
    equal = f"(*{args}) == {expected}" if expected is not None else f"(*{args}) not in [0.0]"
    truth = {
        "function": {"tests": [{"args": args, "expected": expected}]},
        "check": {"test": f"def check(candidate):\n    assert candidate{equal}"},
        "asserts": {"tests": [f"assert {ENTRY}{equal}"]},
    }[kind]
    source = f"{imports}\ndef {ENTRY}(xs):\n    return {returned}\n"
    _accepted(verifier, json.dumps({"kind": kind, "entry_point": ENTRY, **truth}), source)


TEST_CODE = [
    ("a_class_under_test", "class Stack:\n    def __init__(self):\n        self.items = []\n"
     "    def push(self, x):\n        self.items.append(x)\n        return self\n"
     "    def pop(self):\n        return self.items.pop()\n    def __len__(self):\n"
     "        return len(self.items)\n", "Stack",
     "s = Stack()\ns.push(1).push([2])\nassert len(s) == 2 and s.pop() == [2] and s.pop() == 1"),
    ("an_error_that_is_wanted", "def f(x):\n    raise ValueError('bad')\n", "f",
     "try:\n    f(1)\nexcept ValueError as e:\n    assert 'bad' in str(e)\nelse:\n    assert 0"),
    ("a_change_of_the_argument", "def f(xs):\n    xs.sort()\n", "f",
     "xs = [3, 1]\nassert f(xs) is None\nassert xs == [1, 3]"),
    ("a_function_that_is_given_back", "def f(n):\n    return lambda x: x + n\n", "f",
     "assert f(2)(3) == 5"),
    ("a_generator", "def f(n):\n    yield from range(n)\n", "f", "assert list(f(3)) == [0, 1, 2]"),
    ("keywords", "def f(a, *, b=1, **more):\n    return [a, b, more]\n", "f",
     "assert f(1, b=2, c=3) == [1, 2, {'c': 3}]"),
    ("nearly_equal_numbers", "def f(x):\n    return x / 3\n", "f",
     "import math\nassert math.isclose(f(1), 1 / 3) and abs(f(2) - 0.6667) < 1e-3"),
    ("sets_and_sorting", "def f(xs):\n    return {*xs}\n", "f",
     "assert sorted(f([2, 1, 2])) == [1, 2] and f('a') <= {'a', 'b'} and 2 in f([2])"),
    ("an_iterator_in_a_loop", "def f(n):\n    return map(str, range(n))\n", "f",
     "assert ''.join(f(3)) == '012'\nfor i, c in enumerate(f(2)):\n    assert c == str(i)"),
    ("key_functions", "def f(x):\n    return -x\n", "f",
     "assert sorted([1, 3, 2], key=f) == [3, 2, 1] and list(map(f, [1])) == [-1]"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("source", "entry", "test"), [row[1:] for row in TEST_CODE], ids=[row[0] for row in TEST_CODE]
)
@pytest.mark.parametrize("kind", ["check", "asserts"])
def test_test_code_may_use(
    verifier: CodeVerifier, source: str, entry: str, test: str, kind: str
) -> None:
    truth: dict[str, Any] = {"tests": [test]}
    if kind == "check":
        lines = [f"def check(candidate):\n    {entry} = candidate", *test.splitlines()]
        truth = {"test": "\n    ".join(lines)}
    _accepted(verifier, json.dumps({"kind": kind, "entry_point": entry, **truth}), source)
