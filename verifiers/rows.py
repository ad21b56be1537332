"""A row as users send it becomes a task for the pool, and its verdict a row of results.

    grading_task({"ground_truth": "5", "completion": "\\\\boxed{5}"}, verifier="math")
    ->  GradingTask(verifier="math", ground_truth="5", completion="\\\\boxed{5}")

    result_row("a", "math", verdict)
    ->  {"id": "a", "outcome": "accepted", "reward": 1.0, "correct": true, "reason": "equal: text",
         "extracted": "5", "verifier": "math", "seconds": 0.0001}

A row that cannot be read is undecided, with the reason `bad_row: ...`.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from verifiers.errors import BadInput
from verifiers.records import Verdict
from verifiers.worker import GradingTask

UNREADABLE = (BadInput, TypeError, ValueError)
"""What `grading_task` raises for a bad row; a text that is no UTF-8 is a ValueError too."""


def grading_task(row: Mapping[str, Any], *, verifier: str | None) -> GradingTask:
    """Read a row, judged by `verifier` where it names none; raises one of UNREADABLE."""
    name = row.get("verifier") or verifier
    if name is None:
        raise BadInput("no verifier: name one in the row or with --verifier")
    truth, prompt = row.get("ground_truth"), row.get("prompt")
    if truth is None:
        raise BadInput("no ground_truth")
    return GradingTask(
        verifier=_text(name, "verifier"),
        ground_truth=_text(truth, "ground_truth") if isinstance(truth, str) else _json(truth),
        completion=_text(row.get("completion"), "completion"),
        prompt=None if prompt is None else _text(prompt, "prompt"),
        params=_object(row.get("params")),
    )


def bad_row(verifier: str | None, text: str) -> Verdict:
    """The verdict on a row that cannot be read."""
    return Verdict(
        verifier=verifier or "",
        verifier_version="",
        outcome="undecided",
        reward=None,
        reason=f"bad_row: {text}",
    )


def result_row(row_id: Any, verifier: str | None, verdict: Verdict) -> dict[str, Any]:
    """The verdict as `gen grade` writes it and the reward server answers it."""
    return {
        "id": row_id,
        "outcome": verdict.outcome,
        "reward": verdict.reward,
        "correct": verdict.correct,
        "reason": verdict.reason,
        "extracted": verdict.extracted,
        "verifier": verifier,
        "seconds": verdict.seconds,
    }


def _text(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise BadInput(f"no text in {field!r}: {value!r:.60}")
    if not value.isascii():
        value.encode()  # a lone surrogate is no text either, and raises UnicodeEncodeError
    return value


def _object(params: Any) -> str:
    if params is None:
        return "{}"
    decoded = msgspec.json.decode(params) if isinstance(params, str) else params
    if not isinstance(decoded, dict):
        raise BadInput(f"'params' is no object: {params!r:.60}")
    return _json(decoded)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
