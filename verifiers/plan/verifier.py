r"""The verifier for plans.

    PlanVerifier().verify(
        ground_truth='{"kind": "assignment", "costs": [[4, 1], [2, 3]], "best": 3}',
        completion='```json\n{"assignment": [1, 0]}\n```', prompt=None, params={})
    ->  Verdict(outcome="accepted", reward=1.0, reason="best: 3", ...)

What every kind asks for and how a plan is paid: docs/plan-verifier.md.
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from verifiers.json_answers import MISSING, final_json
from verifiers.plan.answers import Infeasible, Malformed, exact
from verifiers.plan.shape import ratio_to_best
from verifiers.plan.truth import Optimised, Truth, read_truth
from verifiers.records import Verdict

SHOWN_CHARS = 2_000
"""Characters of an extracted answer that a verdict keeps."""


class PlanVerifier:
    """Checks a plan against its instance and compares it to the best known one."""

    name = "plan"
    version = "1"
    truth_format: ClassVar[str] = """\
{"kind": "job_shop", "durations": [[3, 2], [2, 4]], "machines": [[0, 1], [1, 0]], "best": 7}
kinds with a `best`: job_shop, sequence, lot_sizing, weights, knapsack, assignment, routes;
kinds for which any valid answer is right: dosing, journal, puzzle.
"bar" (1.0): least ratio to the best that is accepted; "floor" (0.5), "power" (2): the reward is
((ratio - floor) / (1 - floor)) ** power. See docs/plan-verifier.md."""

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None,
        params: Mapping[str, Any],
    ) -> Verdict:
        """Give the verdict; raises VerifierFailed where the ground truth cannot be used."""
        truth = read_truth(ground_truth)
        answer = final_json(completion)
        if answer is MISSING:
            return self._verdict(0.0, "no_answer: no JSON", accepted=False)
        extracted = json.dumps(answer)[:SHOWN_CHARS]
        try:
            ratio, objective = _ratio(truth, answer)
        except Malformed as error:
            return self._verdict(0.0, f"malformed: {error}", extracted, accepted=False)
        except Infeasible as error:
            return self._verdict(0.0, f"infeasible: {error}", extracted, accepted=False)
        accepted = truth.accepts(ratio)
        reason = "valid" if objective is None else "best" if ratio == 1 else f"ratio {ratio:.4f}"
        reason = reason if accepted else f"below_bar: {reason} < {truth.bar:g}"
        return self._verdict(
            truth.reward(ratio),
            reason if objective is None else f"{reason}: {objective:.10g}",
            extracted,
            accepted=accepted,
            details={} if objective is None else {"objective": objective, "ratio": ratio},
        )

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth; raises VerifierFailed where it cannot be used."""
        read_truth(ground_truth)

    def _verdict(
        self, reward: float, reason: str, extracted: str | None = None, *, accepted: bool,
        details: Mapping[str, Any] | None = None,
    ) -> Verdict:  # fmt: skip
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if accepted else "rejected",
            reward=reward,
            reason=reason,
            extracted=extracted,
            details=msgspec.json.encode(details or {}).decode(),
        )


def _ratio(truth: Truth, answer: Any) -> tuple[float, float | None]:
    """The ratio to the best, and the objective where there is one."""
    if not isinstance(truth, Optimised):
        truth.objective(answer)
        return 1.0, None
    objective = truth.objective(answer)
    best = exact(truth.best)
    ratio = ratio_to_best(objective, best, lower_is_better=truth.lower_is_better)
    return ratio, float(objective)
