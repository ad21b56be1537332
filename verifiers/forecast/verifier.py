"""The verifier of forecasts: a batch of them is paid for its skill over a reference forecaster.

ForecastVerifier().verify(
    ground_truth='{"kind": "probability", "outcomes": [1, 0, ...], "reference": [0.5, ...]}',
    completion="```json\n[0.8, 0.1, ...]\n```")
->  Verdict(outcome="accepted", reward=0.31, reason="skill: 0.31 over the reference", ...)
"""

import json
import time
from collections.abc import Mapping
from math import inf
from statistics import fmean
from typing import Any, ClassVar

from verifiers.errors import VerifierFailed
from verifiers.forecast.reading import Malformed, read_forecasts
from verifiers.forecast.truths import Truth, read_truth
from verifiers.json_answers import MISSING, final_json
from verifiers.records import Verdict

LEAST_SKILL, HIGHEST_SCORE = -1e6, 1e300
"""What is told of the worst forecasts: JSON has no word for what is boundless."""


class ForecastVerifier:
    """Judges k >= 20 forecasts by a proper score against outcomes the candidate has not seen.

    The reward is the skill, 1 - score / reference's score, clipped to [0, 1]; accepted is what has
    more skill than the ground truth's `bar`.
    """

    name = "forecast"
    version = "1"
    truth_format: ClassVar[str] = (
        '{"kind": "probability", "rule": "brier" | "log", "floor": 0.001, "outcomes": [0 | 1, ...],'
        ' "reference": [p, ...]}\n'
        '{"kind": "normal", "outcomes": [x, ...], "reference": [[mean, sd], ...], "scale": [s, ...]'
        ' | "reference"}: CRPS\n'
        '{"kind": "quantiles", "levels": [0.1, 0.5, 0.9], "outcomes": [x, ...],'
        ' "reference": [[q, ...], ...], "scale": ...}: pinball loss\n'
        '{"kind": "survival", "at": t, "times": [t, ...], "events": [0 | 1, ...],'
        ' "reference": [P(event by t), ...], "weights": [w, ...]}: Brier score, weighed against'
        " censoring\n"
        'any of them: "bar": 0.0 <= skill that is not enough < 1, "cases": [name, ...];'
        " 20 cases at least"
    )

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Judge a whole response; raises VerifierFailed where the ground truth cannot be used."""
        started = time.perf_counter()
        truth = read_truth(ground_truth)
        reference_score = _reference_score(truth)
        answer = final_json(completion)
        if answer is MISSING:
            return self._verdict(started, reason="no_answer")
        try:
            forecasts = read_forecasts(
                answer, truth.form(), len(truth.reference), cases=truth.cases
            )
        except Malformed as error:
            return self._verdict(started, reason=str(error), extracted=answer)
        score = min(fmean(truth.case_scores(forecasts)), HIGHEST_SCORE)
        skill = max(1 - score / reference_score, LEAST_SKILL)
        above = skill > truth.bar
        return self._verdict(
            started,
            reason=f"skill: {skill:.4g} over the reference"
            if above
            else f"no_skill: {skill:.4g} over the reference, {truth.bar:g} is not enough",
            reward=min(max(skill, 0.0), 1.0),
            accepted=above,
            extracted=answer,
            details={
                "score": score,
                "reference_score": reference_score,
                "skill": skill,
                "n": len(forecasts),
            },
        )

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth and score its reference; raises VerifierFailed."""
        _reference_score(read_truth(ground_truth))

    def _verdict(
        self,
        started: float,
        *,
        reason: str,
        reward: float = 0.0,
        accepted: bool = False,
        extracted: Any = None,
        details: Mapping[str, Any] | None = None,
    ) -> Verdict:
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if accepted else "rejected",
            reward=reward,
            reason=reason,
            extracted=None if extracted is None else _told(extracted),
            seconds=time.perf_counter() - started,
            details=json.dumps(details or {}),
        )


def _reference_score(truth: Truth) -> float:
    score = fmean(truth.case_scores(truth.reference))
    if not 0 < score < inf:
        raise VerifierFailed(f"there is no skill over a reference whose score is {score}")
    return score


def _told(answer: Any) -> str:
    """An answer as text; whatever a hostile one holds, it is no long one."""
    try:
        return json.dumps(answer)[:2000]
    except (ValueError, RecursionError):  # an integer of more digits than Python will write
        return "?"
