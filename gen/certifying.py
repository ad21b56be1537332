"""Certifies imported programming problems by running their reference solutions.

    certified(Problem(verifier="code", certificate="imported", ...), "def f(x): ...",
              min_kill_rate=0.8, seed=0)
    ->  Problem(certificate="execution", evidence='{"reference": "def f(x): ...", "mutants": 16,
                "killed": 14, "suspected_equivalent": 1, "kill_rate": 0.93, "strengthened": 1}')

The reference must pass the problem's own tests, and those must kill its mutants, else the problem
is quarantined: `reference_fails: ...`, `weak_tests: kill rate 0.62 of 16 mutants`. Weak tests are
strengthened first, so that the ground truth, and with it the id, may be another than the row's; the
lineage keeps the row's id, by which `certified_before` finds what needs no second run.
"""

from dataclasses import replace
from functools import cache
from typing import Any
from uuid import UUID

import msgspec

from curation.store import Store
from verifiers.code import CodeVerifier
from verifiers.code.certify import certify, counts, weakness
from verifiers.errors import ReferenceFails, VerifierFailed
from verifiers.records import Problem

EXECUTED_CONFIDENCE = 0.98
"""Prior for a ground truth that two authors' work, tests and reference, agree on."""

STRENGTHENED_CONFIDENCE = 0.85
"""The same with tests added that only the reference vouches for: of 24 strengthened problems of
MBPP that have another solution there, four had a test that a right one does not pass."""


def certified(problem: Problem, reference: str, *, min_kill_rate: float, seed: int) -> Problem:
    """Run the reference and its mutants; give the problem with its certificate, or quarantined.

    Raises VerifierFailed where nothing can be run here.
    """
    lineage = msgspec.json.decode(problem.lineage)
    lineage |= {"imported_as": problem.problem_id.hex, "seed": seed}
    problem = replace(problem, lineage=_json(lineage))
    params = msgspec.json.decode(problem.params)
    evidence: dict[str, Any] = {"reference": reference}
    try:
        stronger = certify(
            problem.ground_truth, reference, _verifier(),
            prompt=problem.prompt, params=params, min_kill_rate=min_kill_rate, seed=seed,
        )  # fmt: skip
    except (ReferenceFails, VerifierFailed) as error:
        reason = error.reason if isinstance(error, ReferenceFails) else str(error)
        if reason.startswith("not_isolated"):
            raise
        quarantine = f"reference_fails: {reason}"
        return replace(problem, evidence=_json(evidence), quarantine=quarantine)
    evidence |= counts(stronger)
    return replace(
        problem,
        ground_truth=stronger.ground_truth,
        certificate="execution",
        confidence=STRENGTHENED_CONFIDENCE if stronger.n_added else EXECUTED_CONFIDENCE,
        evidence=_json(evidence),
        quarantine=weakness(stronger.strength, min_kill_rate),
    )


def certified_before(store: Store, *, seed: int) -> dict[UUID, Problem]:
    """The store's certified problems, by the id that each had as it was imported."""
    if not store.path.exists():
        return {}
    found = store.records(
        "problems",
        "SELECT * FROM problems WHERE verifier = 'code' AND lineage LIKE '%\"imported_as\"%'",
    )
    lineages = [msgspec.json.decode(one.lineage) for one in found]
    return {
        UUID(lineage["imported_as"]): one
        for one, lineage in zip(found, lineages, strict=True)
        if lineage["seed"] == seed
    }


@cache
def _verifier() -> CodeVerifier:
    return CodeVerifier()


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
