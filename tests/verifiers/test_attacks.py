"""Programs that would be accepted without being right: each is rejected, and harms no other."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from programs import Program, ground_truth, programs, right

from verifiers.code import CodeVerifier
from verifiers.records import Verdict

ATTACKS = programs(Path(__file__).parent / "attacks")

WALL_S = 4.0

REASON_CHARS = 2_000


def _cases() -> list[Any]:
    return [
        pytest.param(program, kind, id=f"{program.name}-{kind}")
        for program in ATTACKS
        for kind in program.kinds
    ]


@pytest.fixture(scope="module")
def verifier() -> Iterator[CodeVerifier]:
    """One for all, so that what a program leaves behind meets the next."""
    verifier = CodeVerifier()
    yield verifier
    verifier.close()


@pytest.fixture(scope="module")
def shut_in(verifier: CodeVerifier) -> bool:
    """Whether programs are in namespaces of their own, and cannot signal this process's group."""
    source = "import os\ndef arrange(xs):\n    return [os.getpgrp() != 0]\n"
    truth = {
        "kind": "function",
        "entry_point": "arrange",
        "tests": [{"args": "([],)", "expected": "[True]"}],
    }
    verdict = _verdict(verifier, "function", source, truth=truth)
    in_namespaces = json.loads(verdict.details)["isolation"].startswith("namespaces")
    return in_namespaces and (verdict.outcome == "accepted" or os.geteuid() == 0)


def _verdict(
    verifier: CodeVerifier, kind: str, completion: str, *, prompt: str | None = None,
    truth: dict[str, Any] | None = None, **params: Any,
) -> Verdict:  # fmt: skip
    return verifier.verify(
        ground_truth=ground_truth(kind) if truth is None else json.dumps(truth),
        completion=completion,
        prompt=prompt,
        params={"wall_s": WALL_S, **params},
    )


@pytest.mark.parametrize(("program", "kind"), _cases())
def test_attack_is_rejected_and_the_next_program_is_judged_as_ever(
    verifier: CodeVerifier, shut_in: bool, program: Program, kind: str
) -> None:
    if program.danger and not shut_in:
        pytest.skip("not where it could reach other processes")
    verdict = _verdict(verifier, kind, program.source(kind), **program.params)
    assert verdict.outcome == "rejected", verdict.reason
    assert verdict.reward == 0.0
    assert len(verdict.reason) <= REASON_CHARS
    quick = "check" if kind == "property" else kind
    for _ in range(2 if program.danger else 1):  # cells are used in turn
        after = _verdict(verifier, quick, right(quick))
        assert after.outcome == "accepted", after.reason


LIES = """
class Liar:
    __class__ = int
    def __init__(self, xs):
        self.xs, self.looks = xs, 0
    def __iter__(self):
        self.looks += 1
        return iter(self.xs if self.looks == 1 else [])
    def __getitem__(self, index):
        return 0
    def __len__(self):
        return len(self.xs)
    def __contains__(self, item):
        return True
    __eq__ = __lt__ = __le__ = lambda self, other: True
    __ne__ = lambda self, other: False
    __sub__ = __abs__ = lambda self, *other: 0
    __bool__ = lambda self: False
    __hash__ = lambda self: 1
def arrange(xs):
    return Liar(xs)
"""

STOPS = "def arrange(xs):\n    raise StopIteration\n"

PROMPT = (
    'def is_sorted(xs):\n    return xs == sorted(xs)\n\ndef arrange(xs):\n    """Sort xs."""\n'
    "    return []\n"
)

FOOLED = [
    ("loops_over_map", STOPS, "assert all(map(arrange, [[2, 1], [1]]))"),
    ("loops_over_zip", STOPS,
     "for got, want in zip(map(arrange, [[2, 1]]), [[1, 2]]):\n    assert got == want"),
    ("loops_over_filter", STOPS, "assert not list(filter(arrange, [[2, 1]]))"),
    ("asks_items_and_order_apart", LIES,
     "r = arrange([2, 1])\nassert sorted(r) == [1, 2] and all(r[i] <= r[i + 1] for i in range(1))\n"
     "assert [*r] == [1, 2]"),
    ("asks_whether_an_item_is_in_it", LIES,
     "r = arrange([2, 1])\nassert 1 in r and 2 in r and 9 in r"),
    ("asks_for_the_opposite", LIES, "assert not arrange([2, 1]) != [1, 2]"),
    ("asks_for_the_class", LIES, "assert isinstance(arrange([2, 1]), (int, list))"),
    ("asks_for_a_difference", LIES, "assert abs(arrange([2, 1]) - 3) < 1e-6"),
    ("asks_by_a_key", LIES, "assert arrange([2, 1]) in {1: 0, 2: 0}"),
    ("asks_whether_it_is_false", LIES, "assert not arrange([2, 1])"),
    ("forgets_to_import", "class math:\n    isclose = staticmethod(lambda *args: True)\n"
     "def arrange(xs):\n    return 0.0\n", "assert math.isclose(arrange(2), 1.4142)"),
    ("uses_a_builtin", "sorted = lambda xs: []\ndef arrange(xs):\n    return []\n",
     "assert arrange([2, 1]) == sorted([2, 1])"),
    ("uses_what_the_prompt_defines",
     "is_sorted = lambda xs: True\ndef arrange(xs):\n    return xs\n",
     "assert is_sorted(arrange([2, 1]))"),
    ("uses_its_own_setup", "wanted = []\ndef arrange(xs):\n    return []\n",
     "wanted = [1, 2]\nassert arrange([2, 1]) == wanted"),
    ("wants_one_error_and_one_value", "def arrange(xs):\n    raise ValueError\n",
     "try:\n    arrange(None)\nexcept ValueError:\n    assert arrange([1]) == [1]"),
    ("wants_an_error", "def arrange(xs):\n    return []\n",
     "try:\n    arrange(None)\nexcept TypeError:\n    pass\nelse:\n    assert False"),
    ("looks_at_the_argument", "def arrange(xs):\n    xs.clear()\n    return xs\n",
     "xs = [2, 1]\nassert arrange(xs) == sorted(xs)"),
    ("is_answered_by_the_prompt", "pass", "assert arrange([2, 1]) == [1, 2]"),
]  # fmt: skip
"""Test code with a weak spot, and a program that goes for it."""


@pytest.mark.parametrize("kind", ["check", "asserts"])
@pytest.mark.parametrize(
    ("source", "test"), [row[1:] for row in FOOLED], ids=[row[0] for row in FOOLED]
)
def test_test_code_is_not_fooled_where_it(
    verifier: CodeVerifier, source: str, test: str, kind: str
) -> None:
    truth: dict[str, Any] = {"tests": [test]}
    if kind == "check":
        lines = ["def check(candidate):", "arrange = candidate", *test.splitlines()]
        truth = {"test": "\n    ".join(lines)}
    truth |= {"kind": kind, "entry_point": "arrange"}
    verdict = _verdict(verifier, kind, source, prompt=PROMPT, truth=truth)
    assert verdict.outcome == "rejected", verdict.reason


@pytest.mark.parametrize("kind", ["function", "asserts"])
@pytest.mark.parametrize("source", [
    "import sys\ncalls = []\ndef arrange(xs):\n    calls.append(xs)\n    sys.exit(0)\n",
    "def arrange(xs):\n    return [1, 2, 3]\n",
    "import os\ndef arrange(xs):\n    xs[0] == 5 and os._exit(0)\n    return [1, 2, 3]\n",
])  # fmt: skip
def test_share_of_tests_is_of_those_that_it_passes(
    verifier: CodeVerifier, source: str, kind: str
) -> None:
    verdict = _verdict(verifier, kind, source, partial=True)
    n_passed = 1 if "return" in source else 0
    assert verdict.outcome == "rejected"
    assert verdict.reward == pytest.approx(n_passed / (4 if kind == "function" else 3))


@pytest.mark.parametrize("kind", ["function", "stdio"])
def test_remembering_does_not_help_in_another_process(verifier: CodeVerifier, kind: str) -> None:
    source = "n = 0\ndef arrange(xs):\n    global n\n    n += 1\n    return sorted(xs) * (n > 1)\n"
    if kind == "stdio":
        source += "print(*arrange([int(word) for word in input().split()]))\n"
    verdict = _verdict(verifier, kind, source, fresh=True, partial=True)
    assert verdict.reward == 0.0


@pytest.mark.parametrize("completion", ["", "   \n", "```python\n```", "<think>def arrange"])
def test_no_program_is_rejected(verifier: CodeVerifier, completion: str) -> None:
    assert _verdict(verifier, "function", completion).reason == "no_program"


HARD_TO_READ = {
    "parentheses": "(" * 5_000 + ")" * 5_000,
    "signs": "-" * 200_000 + "1",
    "a_sum": "1+" * 300_000 + "1",
    "a_chain": "a" + ".b" * 300_000,
    "open_brackets": "[" * 150,
    "open_calls": "f(" * 150,
    "open_braces": "{a:" * 90 + "1" + "}" * 89,
    "lambdas": "lambda x=(" * 90,
    "a_number": "9" * 1_000_000,
    "a_power": "10 ** 10 ** 8",
    "backticks": "`" * 500_000,
    "fences": "```\n" * 50_000,
    "tildes": ("~~~\n" * 3 + " " * 100) * 20_000,
    "spaces": " " * 1_000_000,
}


@pytest.mark.parametrize("name", HARD_TO_READ)
def test_judge_reads_a_body_quickly_that_is_made_of(verifier: CodeVerifier, name: str) -> None:
    started = time.process_time()
    completion = "    return " + HARD_TO_READ[name]
    verdict = _verdict(verifier, "check", completion, prompt="def arrange(xs):\n", wall_s=1.0)
    assert verdict.outcome == "rejected"
    assert time.process_time() - started < 5.0
