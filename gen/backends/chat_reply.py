"""What an OpenAI-compatible server sends back, read strictly.

    {"choices": [{"message": {"content": "It is 5."}, "finish_reason": "stop"}],
     "usage": {"prompt_tokens": 12, "completion_tokens": 5}}
    ->  Completion(text="It is 5.", finish_reason="stop", n_prompt_tokens=12, n_tokens=5, ...)

Thinking is kept apart, whether the server does so (`reasoning`, `reasoning_content`) or leaves it
in the text, between `<think>` and `</think>`.
"""

from typing import TypeVar
from uuid import UUID

import httpx
import msgspec

from gen.backends import thinking
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


class _Token(msgspec.Struct):
    logprob: float


class _LogProbs(msgspec.Struct):
    content: list[_Token] = []


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None
    logprobs: msgspec.Raw = msgspec.Raw(b"null")


class _Details(msgspec.Struct):
    reasoning_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int
    completion_tokens: int
    completion_tokens_details: _Details | None = None


class _Reply(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage


class _Model(msgspec.Struct):
    id: str


class _Models(msgspec.Struct):
    data: list[_Model]


def read_models(reply: httpx.Response) -> list[str]:
    """The names of the models that a server lists; raises MalformedReply."""
    return [model.id for model in decode(reply.content, _Models).data]


def read_reply(reply: httpx.Response, key: UUID, sample_index: int) -> Completion:
    """Read one chat completion; raises PromptRefused, httpx.HTTPStatusError or MalformedReply."""
    if reply.status_code in PROMPT_REFUSED:
        raise refusal(reply.status_code, reply.text, key, sample_index)
    reply.raise_for_status()
    return read_body(reply.content, key, sample_index)


def read_body(content: bytes, key: UUID, sample_index: int) -> Completion:
    """Read the body of a chat completion; raises MalformedReply."""
    body = decode(content, _Reply)
    if not body.choices:
        raise MalformedReply("no choices")
    choice = body.choices[0]
    thought, text = _apart(choice.message)
    return Completion(
        key=key,
        sample_index=sample_index,
        text=text,
        thinking=thought,
        finish_reason=FINISH_REASONS.get(choice.finish_reason, "error"),
        n_prompt_tokens=body.usage.prompt_tokens,
        n_tokens=body.usage.completion_tokens,
        n_thinking_tokens=_n_thinking_tokens(body.usage, thought, text),
        log_chance=_log_chance(choice.logprobs),
    )


def refusal(status: int, text: str, key: UUID, sample_index: int) -> PromptRefused:
    """What becomes of a sample whose prompt the server will not complete."""
    nothing = Completion(
        key=key,
        sample_index=sample_index,
        text="",
        finish_reason="error",
        n_prompt_tokens=0,
        n_tokens=0,
    )
    return PromptRefused(nothing, f"{status} {one_line(text)}")


def _apart(message: _Message) -> tuple[str | None, str]:
    answer = message.content or ""
    if thought := message.reasoning_content or message.reasoning:
        return thought.strip(), answer.lstrip()
    return thinking.split(answer)


def _log_chance(told: msgspec.Raw) -> float | None:
    """The sum over the tokens; None where the server says nothing of them, or in other words."""
    try:
        chances = msgspec.json.decode(told, type=_LogProbs | None)
    except msgspec.MsgspecError:
        return None
    return sum(one.logprob for one in chances.content) if chances and chances.content else None


def _n_thinking_tokens(usage: _Usage, thought: str | None, answer: str) -> int:
    """The server's own count; an estimate where it has none, or counts nothing for a thought."""
    details = usage.completion_tokens_details
    if details is not None and details.reasoning_tokens:
        return details.reasoning_tokens
    return thinking.share_of_tokens(thought, answer, n_tokens=usage.completion_tokens)


def decode(content: bytes, kind: type[T]) -> T:
    """Read JSON of a server's; raises MalformedReply."""
    try:
        return msgspec.json.decode(content, type=kind)
    except msgspec.MsgspecError as error:
        raise MalformedReply(one_line(str(error))) from error


def one_line(text: str, *, limit: int = 200) -> str:
    """The beginning of a server's text."""
    return " ".join(text.split())[:limit]
