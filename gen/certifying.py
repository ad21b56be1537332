"""Certifies imported programming problems by running their reference solutions.

    certified(Problem(verifier="code", certificate="imported", ...), "def f(x): ...",
              min_kill_rate=0.8, seed=0)
    ->  Problem(certificate="execution", evidence='{"reference": "def f(x): ...", "mutants": 16,
                "killed": 14, "suspected_equivalent": 1, "kill_rate": 0.93, "strengthened": 1}')

The reference must pass the problem's own tests, and those must kill its mutants, else the problem
is quarantined: `reference_fails: ...`, `weak_tests: kill rate 0.62 of 16 mutants`. Tests that let a
mutant through are strengthened first, so that the ground truth, and with it the id, may be another
than the row's.
"""

from dataclasses import replace
from functools import cache
from typing import Any

import msgspec

from verifiers.code import CodeVerifier
from verifiers.code.strength import measure
from verifiers.code.strengthen import strengthen
from verifiers.errors import ReferenceFails, VerifierFailed
from verifiers.records import Problem

EXECUTED_CONFIDENCE = 0.98
"""Prior for a ground truth that two authors' work, tests and reference, agree on."""


def certified(problem: Problem, reference: str, *, min_kill_rate: float, seed: int) -> Problem:
    """Run the reference and its mutants; give the problem with its certificate, or quarantined.

    Raises VerifierFailed where nothing can be run here.
    """
    verifier = _verifier()
    params = msgspec.json.decode(problem.params)
    evidence: dict[str, Any] = {"reference": reference}
    try:
        strength = measure(
            problem.ground_truth, reference, verifier,
            prompt=problem.prompt, params=params, seed=seed,
        )  # fmt: skip
    except (ReferenceFails, VerifierFailed) as error:
        reason = error.reason if isinstance(error, ReferenceFails) else str(error)
        if reason.startswith("not_isolated"):
            raise
        return _with(problem, evidence, quarantine=f"reference_fails: {reason}")
    stronger = strengthen(
        problem.ground_truth, reference, strength, verifier,
        prompt=problem.prompt, params=params, seed=seed,
    )  # fmt: skip
    strength = stronger.strength
    rate = strength.kill_rate
    weak = rate is not None and rate < min_kill_rate
    executed = replace(
        problem,
        ground_truth=stronger.ground_truth,
        certificate="execution",
        confidence=EXECUTED_CONFIDENCE,
    )
    evidence |= {
        "mutants": strength.n_mutants,
        "killed": strength.n_killed,
        "suspected_equivalent": strength.n_equivalent_suspects,
        "kill_rate": rate,
        "strengthened": stronger.n_added,
    }
    reason = f"weak_tests: kill rate {rate:.2f} of {strength.n_mutants} mutants" if weak else None
    return _with(executed, evidence, quarantine=reason)


@cache
def _verifier() -> CodeVerifier:
    return CodeVerifier()


def _with(problem: Problem, evidence: dict[str, Any], *, quarantine: str | None) -> Problem:
    return replace(problem, evidence=msgspec.json.encode(evidence).decode(), quarantine=quarantine)
