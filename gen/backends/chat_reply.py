"""What an OpenAI-compatible server sends back, read strictly.

    {"choices": [{"message": {"content": "It is 5."}, "finish_reason": "stop"}],
     "usage": {"prompt_tokens": 12, "completion_tokens": 5}}
    ->  Completion(text="It is 5.", finish_reason="stop", n_prompt_tokens=12, n_tokens=5, ...)

Thinking that a server keeps apart (vLLM's reasoning parsers) is put back before the answer.
"""

from typing import TypeVar
from uuid import UUID

import httpx
import msgspec

from gen.backends.base import Completion
from verifiers.records import FinishReason

PROMPT_REFUSED = (400, 413, 422)
FINISH_REASONS: dict[str | None, FinishReason] = {
    "stop": "stop",
    "tool_calls": "stop",
    "length": "length",
}
T = TypeVar("T")


class MalformedReply(Exception):
    """A reply that does not follow the protocol: the server's fault, and it may pass."""


class PromptRefused(Exception):
    """The server will not complete this prompt (too long, above all), however often it is asked."""

    def __init__(self, completion: Completion, reason: str) -> None:
        super().__init__(reason)
        self.completion = completion


class _Message(msgspec.Struct):
    content: str | None = None
    reasoning: str | None = None
    reasoning_content: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int


class _Reply(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


def read_models(reply: httpx.Response) -> list[str]:
    """The names of the models that a server lists; raises MalformedReply."""
    return [model.id for model in _decode(reply, _Models).data]


def read_reply(reply: httpx.Response, key: UUID, sample_index: int) -> Completion:
    """Read one chat completion; raises PromptRefused, httpx.HTTPStatusError or MalformedReply."""
    if reply.status_code in PROMPT_REFUSED:
        nothing = Completion(
            key=key,
            sample_index=sample_index,
            text="",
            finish_reason="error",
            n_prompt_tokens=0,
            n_tokens=0,
        )
        raise PromptRefused(nothing, f"{reply.status_code} {_one_line(reply.text)}")
    reply.raise_for_status()
    body = _decode(reply, _Reply)
    if not body.choices:
        raise MalformedReply("no choices")
    choice = body.choices[0]
    return Completion(
        key=key,
        sample_index=sample_index,
        text=_whole_text(choice.message),
        finish_reason=FINISH_REASONS.get(choice.finish_reason, "error"),
        n_prompt_tokens=body.usage.prompt_tokens,
        n_tokens=body.usage.completion_tokens,
    )


def _whole_text(message: _Message) -> str:
    answer = message.content or ""
    thinking = message.reasoning_content or message.reasoning
    return f"<think>\n{thinking}\n</think>\n\n{answer}" if thinking else answer


def _decode(reply: httpx.Response, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(reply.content, type=kind)
    except msgspec.MsgspecError as error:
        raise MalformedReply(_one_line(str(error))) from error


def _one_line(text: str, *, limit: int = 200) -> str:
    return " ".join(text.split())[:limit]
