"""The words of each trainer: its request read into rows, and results told in its answer.

    call = read_native(b'{"items": [{"ground_truth": "5", "completion": "5"}]}', options)
    call.rows                       ->  [{"ground_truth": "5", "completion": "5"}]
    call.answer(results)            ->  {"verdicts": [{"id": null, "outcome": "accepted", ...}]}

What a trainer cannot express honestly is never guessed: see `undecided` in docs/reward-server.md.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from verifiers.errors import BadInput
from verifiers.server.intake import Refusal
from verifiers.server.transcripts import asked, given, response_of

Result = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Rows to judge (or why one cannot be read), who judges them, and how to tell the results."""

    rows: Sequence[Any]
    verifier: str | None
    answer: Callable[[list[Result]], Any]


Reader = Callable[[bytes, Mapping[str, str]], Call]
"""(body, the URL's query parameters) -> Call; raises Refusal."""


def read_native(body: bytes, options: Mapping[str, str]) -> Call:
    """Read `{"items": [...], "verifier"?}`; answer `{"verdicts": [...]}`."""
    request = _object(body)
    return Call(
        rows=_list(request, "items"),
        verifier=_verifier(request.get("verifier") or options.get("verifier")),
        answer=lambda results: {"verdicts": results},
    )


def read_openrlhf(body: bytes, options: Mapping[str, str]) -> Call:
    """Read `{"query", "prompts", "labels"}`; answer `{"rewards", "scores", "extra_logs"}`.

    Form: SingleTurnAgentExecutor in openrlhf/utils/agent.py. A query is the decoded prompt and
    response, special tokens and all. An undecided reward is null, unless the URL says otherwise
    by `?undecided=VALUE`.
    """
    request = _object(body)
    queries, prompts, labels = (_list(request, name) for name in ("query", "prompts", "labels"))
    if not len(queries) == len(prompts) == len(labels):
        raise _malformed(
            f"{len(queries)} query, {len(prompts)} prompts and {len(labels)} labels: "
            "give as many of each"
        )
    stand_in = _number(options.get("undecided"))

    def answer(results: list[Result]) -> dict[str, Any]:
        rewards = [stand_in if result["reward"] is None else result["reward"] for result in results]
        logs = {
            "correct": [float(result["correct"] is True) for result in results],
            "undecided": [float(result["reward"] is None) for result in results],
        }
        return {"rewards": rewards, "scores": rewards, "extra_logs": logs}

    rows = [_labelled(*one) for one in zip(queries, prompts, labels, strict=True)]
    return Call(rows=rows, verifier=options.get("verifier"), answer=answer)


def read_nemo_gym(body: bytes, options: Mapping[str, str]) -> Call:
    """Read a resources server's verify request; answer it with `reward` and `verdict` added.

    Form: BaseVerifyRequest and BaseVerifyResponse in nemo_gym/base_resources_server.py. An
    undecided sample has `mask_sample`, which keeps its 0 out of scores and training.
    """
    request = _object(body)
    metadata = request.get("verifier_metadata")
    known = {**request, **(metadata if isinstance(metadata, dict) else {})}
    row = {
        "verifier": known.get("verifier"),
        "ground_truth": known.get("ground_truth", known.get("expected_answer")),
        "completion": given(request.get("response")),
        "prompt": asked(request),
        "params": known.get("params"),
    }

    def answer(results: list[Result]) -> dict[str, Any]:
        (verdict,) = results
        undecided = verdict["reward"] is None
        return request | {
            "reward": 0.0 if undecided else verdict["reward"],
            "mask_sample": undecided,
            "failure_kind": "verifier_error" if undecided else None,
            "failure_reason": verdict["reason"] if undecided else None,
            "verdict": verdict,
        }

    return Call(rows=[row], verifier=options.get("verifier"), answer=answer)


def read_json(body: bytes) -> Any:
    """Decode JSON; a text that no UTF-8 can hold spoils its own place, not the whole body."""
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if b"\\ud" not in body.lower():
            raise _malformed(f"not JSON: {error}") from None
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _malformed(f"not JSON: {error}") from None


def _object(body: bytes) -> dict[str, Any]:
    request = read_json(body)
    if not isinstance(request, dict):
        raise _malformed("the body is no JSON object")
    return request


def _list(request: dict[str, Any], name: str) -> list[Any]:
    if not isinstance(request.get(name), list):
        raise _malformed(f"no list {name!r} in the body")
    return request[name]


def _verifier(name: Any) -> str | None:
    if name is not None and not isinstance(name, str):
        raise _malformed(f"'verifier' is no text: {name!r:.60}")
    return name


def _number(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise _malformed(f"undecided={text[:60]!r} in the URL is no number")
    return number


def _labelled(query: Any, prompt: Any, label: Any) -> dict[str, Any] | BadInput:
    """The row of one query; a label may be an object with verifier and params of its own."""
    completion = response_of(query, prompt)
    if completion is None:
        return BadInput("the query does not begin with its prompt")
    row = {"ground_truth": label, "completion": completion, "prompt": prompt}
    if isinstance(label, str) and label.startswith("{"):
        try:
            label = msgspec.json.decode(label)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return row
    if isinstance(label, dict) and "ground_truth" in label:
        row |= {name: label.get(name) for name in ("verifier", "ground_truth", "params")}
    return row


def _malformed(message: str) -> Refusal:
    return Refusal(422, "malformed", " ".join(message.split())[:300])
