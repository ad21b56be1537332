"""The value verifier: a value, or a record or list of values, within stated tolerances.

    ValueVerifier().verify(
        ground_truth='{"kind": "number", "value": 72.4, "unit": "mL/min", "rel": 0.01}',
        completion="The clearance is \\\\boxed{1.2\\\\text{ mL/s}}.", prompt=None, params={})
    ->  Verdict(outcome="accepted", reward=1.0, reason="equal", ...)

A single value is taken from the response's final answer (`verifiers/answers.py`), a record or a
list from the JSON it ends in (`verifiers/json_answers.py`), or from its box.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from verifiers.answers import Answer, final_answer, last_expression, stated
from verifiers.json_answers import MISSING, final_json
from verifiers.records import Verdict
from verifiers.value.judging import Judgement, judged
from verifiers.value.truths import FORMAT, Date, Items, ItemSet, Record, Text, Truth, read_truth

_WHOLE = ("box", "tag", "marker")
_NEGATED = re.compile(r"\b(?:not|never|neither|nor|or|either|unless)\b|n't\b", re.IGNORECASE)
_SPLIT = re.compile(
    r"\s*(?:[,;]\s*(?:\\text\{\s*)?(?:and\b)?|\band\b|\\text\{\s*and\s*\})\s*\}?\s*"
)


class ValueVerifier:
    """Value verification: strict reading, units converted, tolerances as the truth states them."""

    name = "value"
    version = "1"
    truth_format: ClassVar[str] = FORMAT

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> Verdict:
        """Judge a whole response; raises VerifierFailed for a ground truth of no use."""
        truth = read_truth(ground_truth)
        if isinstance(truth, Record | Items | ItemSet):
            judgement, shown = _structured(truth, completion)
        else:
            judgement, shown = _single(truth, completion)
        partial = (params or {}).get("partial") is True
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if judgement.equal else "rejected",
            reward=judgement.share if partial else float(judgement.equal),
            reason=judgement.reason,
            extracted=shown,
        )

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth and compare it with a number; raises VerifierFailed."""
        judged(read_truth(ground_truth), "1")


def _single(truth: Truth, completion: str) -> tuple[Judgement, str | None]:
    answer = final_answer(completion)
    if answer is not None and answer.place == "words" and not isinstance(truth, Date | Text):
        answer = Answer(stated(answer.readings[0]), "words")
    if answer is None or not any(text.strip() for text in answer.readings):
        answer = last_expression(completion)
    if answer is None or not any(text.strip() for text in answer.readings):
        return Judgement(0.0, "no_answer"), None
    whole = answer.place in _WHOLE
    first = None
    for text in answer.readings:
        judgement = judged(truth, text, whole=whole)
        if first is None or not judgement.reason.startswith("unparsable"):
            first = first if first and _decided(truth, first[0]) else (judgement, text[:200])
        if _decided(truth, judgement) or (isinstance(truth, Text) and _NEGATED.search(text)):
            break
    assert first is not None
    return first


def _decided(truth: Truth, judgement: Judgement) -> bool:
    """Whether a reading states a value, so that the shorter ones after it do not count.

    The readings of a text differ by what is said around it: each may be the right one.
    """
    if isinstance(truth, Text):
        return judgement.equal
    if isinstance(truth, Date) and judgement.reason == "several_values":
        return False  # a whole sentence may count from another day
    return not judgement.reason.startswith("unparsable")


def _structured(truth: Truth, completion: str) -> tuple[Judgement, str | None]:
    wanted = dict if isinstance(truth, Record) else list
    value = final_json(completion)
    if not isinstance(value, wanted) and (value_boxed := _boxed(completion, wanted)) is not None:
        value = value_boxed
    if value is MISSING:
        return Judgement(0.0, "no_answer"), None
    return judged(truth, value), _written(value)


def _written(value: Any) -> str:
    try:
        return json.dumps(value)[:200]
    except RecursionError:
        return "JSON nested too deeply to be shown"


def _boxed(completion: str, wanted: type) -> Any:
    """What the box has: JSON with its braces escaped or, for a list, items between commas."""
    answer = final_answer(completion)
    if answer is None or answer.place not in _WHOLE:
        return None
    text = answer.readings[0]
    value = final_json(re.sub(r"\\([{}_])", r"\1", text))
    if isinstance(value, wanted):
        return value
    if wanted is dict or not text.strip():
        return None
    return [item for item in _SPLIT.split(text.strip(" {}\\[]()$")) if item]
