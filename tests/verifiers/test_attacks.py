"""Programs that would be accepted without being right: each is rejected, and harms nobody after it."""

import json
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

HOLES: dict[tuple[str, str], str] = {
    ("is_right_the_second_time", "property"): "all properties are tried on the same drawn values",
}
"""Attacks that succeed for now, by program and kind, and why."""


def _cases() -> list[Any]:
    cases = []
    for program in ATTACKS:
        for kind in program.kinds:
            reason = HOLES.get((program.name, kind))
            marks = [pytest.mark.xfail(strict=True, reason=reason)] if reason else []
            cases.append(pytest.param(program, kind, id=f"{program.name}-{kind}", marks=marks))
    return cases


@pytest.fixture(scope="module")
def verifier() -> Iterator[CodeVerifier]:
    """One for all, so that what a program leaves behind meets the next."""
    verifier = CodeVerifier()
    yield verifier
    verifier.close()


@pytest.fixture(scope="module")
def level(verifier: CodeVerifier) -> str:
    return json.loads(_verdict(verifier, "function", right("function")).details)["isolation"]


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
    verifier: CodeVerifier, level: str, program: Program, kind: str
) -> None:
    if program.danger and not level.startswith("namespaces"):
        pytest.skip("not without namespaces of its own")
    verdict = _verdict(verifier, kind, program.source(kind), **program.params)
    assert verdict.outcome == "rejected", verdict.reason
    assert verdict.reward == 0.0
    assert len(verdict.reason) <= REASON_CHARS
    for _ in range(2 if program.danger else 1):  # cells are used in turn
        after = _verdict(verifier, kind, right(kind))
        assert after.outcome == "accepted", after.reason
