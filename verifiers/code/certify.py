"""Holds a reference solution against its tests, and the tests against the reference's mutants.

    certify(ground_truth, reference, CodeVerifier(), min_kill_rate=0.8, seed=0)
    ->  Stronger(ground_truth='{"kind": "function", ...}', n_added=1, strength=Strength(...))

    StrengthVerifier().verify(ground_truth=tests, completion=reference, prompt=None,
                              params={"min_kill_rate": 0.8, "seed": 0})
    ->  Verdict(outcome="rejected", reason="weak_tests: kill rate 0.62 of 16 mutants", ...)

As a verifier, under the name `strength`, it is done in the grading pool: its verdict's `extracted`
is the ground truth, strengthened where it was weak, and `details` are the counts.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from verifiers.code.extract import program
from verifiers.code.judging import REASON_CHARS, whole
from verifiers.code.strength import Strength, measure
from verifiers.code.strengthen import Stronger, strengthen
from verifiers.code.truth import read_truth
from verifiers.code.verifier import CodeVerifier
from verifiers.errors import ReferenceFails, VerifierFailed
from verifiers.records import Verdict

LIMIT_S = 120.0
"""Seconds that a measurement may take; the median is below one."""


def certify(
    ground_truth: str,
    reference: str,
    verifier: CodeVerifier,
    *,
    min_kill_rate: float,
    seed: int,
    prompt: str | None = None,
    params: Mapping[str, Any] | None = None,
) -> Stronger:
    """Measure the tests, and strengthen them where they are weak.

    Raises ReferenceFails where the reference is not accepted, and VerifierFailed where the ground
    truth cannot be used or nothing can be run here.
    """
    strength = measure(
        ground_truth, reference, verifier, prompt=prompt, params=params, seed=seed
    )  # fmt: skip
    if weakness(strength, min_kill_rate) is None:
        return Stronger(ground_truth, 0, strength)
    return strengthen(
        ground_truth, reference, strength, verifier, prompt=prompt, params=params, seed=seed
    )


def weakness(strength: Strength, min_kill_rate: float) -> str | None:
    """Why the tests are weak; None where they are not."""
    if strength.kill_rate is None or strength.kill_rate >= min_kill_rate:
        return None
    return f"weak_tests: kill rate {strength.kill_rate:.2f} of {strength.n_mutants} mutants"


def counts(stronger: Stronger) -> dict[str, Any]:
    """What a certificate's evidence tells of the mutants."""
    strength = stronger.strength
    return {
        "mutants": strength.n_mutants,
        "killed": strength.n_killed,
        "suspected_equivalent": strength.n_equivalent_suspects,
        "kill_rate": strength.kill_rate,
        "strengthened": stronger.n_added,
    }


class Settings(msgspec.Struct, frozen=True):
    """What `params` may say."""

    min_kill_rate: float = 0.8
    seed: int = 0


class StrengthVerifier:
    """Judges tests by a reference solution, which is the completion."""

    name = "strength"
    version = "1"

    def __init__(self) -> None:
        self._code = CodeVerifier()

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None,
        params: Mapping[str, Any],
    ) -> Verdict:
        """Accept tests that are strong enough; raises VerifierFailed."""
        try:
            settings = msgspec.convert(dict(params), Settings)
        except msgspec.ValidationError as error:
            raise VerifierFailed(f"params: {error}") from None
        reference = program(completion)
        if reference is None:
            return self._verdict("no_program", None, {})
        try:
            stronger = certify(
                ground_truth, reference, self._code, prompt=prompt,
                min_kill_rate=settings.min_kill_rate, seed=settings.seed,
            )  # fmt: skip
        except ReferenceFails as error:
            return self._verdict(f"reference_fails: {error.reason}", None, {})
        weak = weakness(stronger.strength, settings.min_kill_rate)
        return self._verdict(weak, stronger.ground_truth, counts(stronger))

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth; raises VerifierFailed where it cannot be used."""
        read_truth(ground_truth)

    def limit_s(self, params: Mapping[str, Any]) -> float:
        """Seconds that a measurement may take."""
        return LIMIT_S

    def close(self) -> None:
        """End the sandbox."""
        self._code.close()

    def _verdict(
        self, fault: str | None, extracted: str | None, details: Mapping[str, Any]
    ) -> Verdict:
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if fault is None else "rejected",
            reward=float(fault is None),
            reason="strong" if fault is None else whole(fault[:REASON_CHARS]),
            extracted=None if extracted is None else whole(extracted),
            details=msgspec.json.encode(details).decode(),
        )
