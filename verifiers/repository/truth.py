"""The ground truth of a change to a repository, and the options of judging it.

    {"kind": "tests", "tree": "/Td6WFoAAATm...", "needs": ["numpy"],
     "fail_to_pass": ["tests/test_sum.py::test_negative"],
     "pass_to_pass": ["tests/test_sum.py::test_add[1-2]"],
     "tripwires": {"tests/test_sum.py::test_negative": [0, 1]}}

`tree` are the files before the change, with the tests as they are after it (tree.py). The tests
are pytest's ids. `tripwires` says which edits of which test make a twin that was seen to fail
(twins.py), `needs` which packages must be installed.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.repository.tree import BadTree, unpacked
from verifiers.sandbox.orders import Limits

FORMAT = """\
{"kind": "tests", "tree": base64 of an xz-compressed tar: the files before the change, with the
tests as they are after it, "fail_to_pass": [pytest ids], "pass_to_pass": [pytest ids],
"tripwires": {id of a test function: [numbers of edits that make it fail]}, "needs": [modules]}"""

MOST_TESTS = 500

MOST_WALL_S = 600.0


class Truth(msgspec.Struct, frozen=True, tag_field="kind", tag="tests", forbid_unknown_fields=True):
    """What must pass, and the files that it passes in; see this module."""

    tree: str
    fail_to_pass: list[str]
    pass_to_pass: list[str]
    tripwires: dict[str, list[int]]
    needs: list[str] = []


class Options(msgspec.Struct, frozen=True):
    """What `params` may say: seconds for all tests together, MiB of address space a process."""

    wall_s: float = 120.0
    cpu_s: float = 60.0
    memory_mb: int = 4096

    def __post_init__(self) -> None:
        if not 0 < self.wall_s <= MOST_WALL_S or not 0 < self.cpu_s <= MOST_WALL_S:
            raise ValueError(f"wall_s and cpu_s must lie in (0, {MOST_WALL_S:g}]")
        if not 1 <= self.memory_mb <= 1 << 20:
            raise ValueError("memory_mb must lie in [1, 1048576]")

    @property
    def limits(self) -> Limits:
        """The limits of each process."""
        return Limits(cpu_s=self.cpu_s, memory_mb=self.memory_mb)


def read_options(params: Mapping[str, Any]) -> Options:
    """The options among `params`; raises VerifierFailed."""
    try:
        return msgspec.convert(dict(params), Options)
    except msgspec.ValidationError as error:
        raise VerifierFailed(f"params: {error}") from None


@lru_cache(maxsize=4)
def read_truth(text: str) -> Truth:
    """Check a ground truth; raises VerifierFailed with what is wrong in it."""
    try:
        truth = msgspec.json.decode(text, type=Truth)
        files = unpacked(truth.tree)
    except (msgspec.DecodeError, BadTree, RecursionError) as error:
        raise VerifierFailed(f"ground_truth: {error}"[:300]) from None
    tests = [*truth.fail_to_pass, *truth.pass_to_pass]
    if not truth.fail_to_pass or len(tests) > MOST_TESTS or len({*tests}) != len(tests):
        raise VerifierFailed(f"ground_truth: 1 to {MOST_TESTS} tests are wanted, each once")
    functions = {function_of(one) for one in tests}
    if lost := [one for one in functions if file_of(one) not in files or "::" not in one]:
        raise VerifierFailed(f"ground_truth: {lost[0]!r:.100} is in no file of the tree")
    if not any(truth.tripwires.get(function_of(one)) for one in truth.fail_to_pass):
        raise VerifierFailed("ground_truth: no test of fail_to_pass has a tripwire")
    if stray := {*truth.tripwires} - functions:
        raise VerifierFailed(f"ground_truth: a tripwire of {min(stray)!r:.100}, which is not run")
    return truth


def file_of(test: str) -> str:
    """The file of a test's id."""
    return test.partition("::")[0]


def function_of(test: str) -> str:
    """The id of a test's function: without the parameters of the case."""
    path, _, name = test.partition("::")
    return f"{path}::{name.partition('[')[0]}"


def case_of(test: str) -> str:
    """The parameters of a test's case with their brackets; empty where it has none."""
    _, bracket, rest = test.partition("::")[2].partition("[")
    return bracket + rest
