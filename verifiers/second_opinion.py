"""Huggingface's Math-Verify as a verifier of its own: a second opinion, and a reference to
measure by.

    MathVerify().verify(ground_truth="\\\\frac{1}{2}", completion="\\\\boxed{0.5}")
    ->  Verdict(verifier="math-verify", outcome="accepted", reason="accepted by Math-Verify", ...)

It shares no code with `verifiers/math/`, so what both say is better founded than what one says.
It may
hang or eat memory: run it in the grading pool, whose workers can be killed.
"""

import logging
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from verifiers.errors import VerifierFailed
from verifiers.records import Verdict

# It warns that its timeouts are off; they are, for the pool holds the clock.
logging.getLogger("math_verify").setLevel(logging.ERROR)


class MathVerify:
    """Math-Verify (https://github.com/huggingface/Math-Verify) with LaTeX and plain extraction."""

    name = "math-verify"

    def __init__(self) -> None:
        self.version = version("math-verify")

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Judge a whole response; raises VerifierFailed where the ground truth does not parse."""
        from math_verify import verify

        gold, answer = self._gold(ground_truth), _parsed(completion)
        correct = bool(answer) and verify(gold, answer, timeout_seconds=None)
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if correct else "rejected",
            reward=float(correct),
            reason=f"{'accepted' if correct else 'rejected'} by Math-Verify",
            extracted=str(answer[-1])[:200] if answer else None,
        )

    def validate(self, ground_truth: str) -> None:
        """Parse the ground truth; raises VerifierFailed."""
        self._gold(ground_truth)

    def _gold(self, ground_truth: str) -> list[Any]:
        gold = _parsed(f"\\boxed{{{ground_truth}}}")
        if not gold:
            raise VerifierFailed(f"Math-Verify cannot read the ground truth {ground_truth[:80]!r}")
        return gold


def _parsed(text: str) -> list[Any]:
    from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse

    configurations = [LatexExtractionConfig(boxed_match_priority=0), ExprExtractionConfig()]
    return parse(text, extraction_config=configurations, parsing_timeout=None)  # type: ignore[arg-type]
