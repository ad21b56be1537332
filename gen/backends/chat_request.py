"""What is sent to an OpenAI-compatible server for one sample.

    chat_body("qwen", (request, 0), seed=0)
    ->  {"model": "qwen", "messages": [{"role": "user", "content": "2 + 3?"}], "temperature": 0.7,
         "top_p": 1.0, "max_tokens": 512, "seed": 1398027161}

`thinking_token_budget` (vLLM) and `response_format` are sent where they are set, and given up where
a server says that it does not know them. Without what is NEEDED an answer is none: `logprobs` where
its chance is asked for, `continue_final_message` (vLLM) where it is begun already.
"""

from typing import Any

import msgspec

from gen.backends.base import Completion, Request, sample_seed, split_opening
from gen.backends.chat_reply import PromptRefused, one_line
from gen.errors import BackendFailed

Call = tuple[Request, int]

OPTIONAL = {
    "response_format": ("response_format", "json_schema", "schema", "grammar", "structured"),
    "thinking_token_budget": ("thinking_token_budget",),
}
"""What servers may refuse, and the words by which a refusal means it."""

NEEDED = {
    "logprobs": ("logprobs", "log prob", "log-prob"),
    "continue_final_message": ("continue_final_message", "add_generation_prompt", "prefill"),
}
"""The same for what must be known."""

LACKING = {
    "logprobs": "tells no log-probabilities",
    "continue_final_message": "does not go on with an answer that is begun",
}
"""What is the matter with a server that does not know it."""


def chat_body(model: str, call: Call, seed: int) -> dict[str, Any]:
    """The body of a chat completion: one sample, with a seed of its own."""
    request, sample_index = call
    sampling = request.sampling
    body: dict[str, Any] = {
        "model": model,
        "messages": msgspec.to_builtins(request.messages),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": sample_seed(seed, request.key, sample_index),
    }
    if sampling.thinking_tokens is not None:
        body["thinking_token_budget"] = sampling.thinking_tokens
    if sampling.schema is not None:
        schema = {"name": "answer", "schema": msgspec.json.decode(sampling.schema)}
        body["response_format"] = {"type": "json_schema", "json_schema": schema}
    if request.log_chance:
        body["logprobs"] = True
    if split_opening(request.messages)[1]:
        body |= {"continue_final_message": True, "add_generation_prompt": False}
    return body


def estimated_tokens(request: Request) -> int:
    """The most tokens that a sample may come to, the prompt's guessed at four characters each."""
    n_characters = sum(len(message.content) for message in request.messages)
    return n_characters // 4 + request.sampling.max_tokens


def check_needs(url: str, body: dict[str, Any], *, status: int, content: bytes) -> None:
    """Raises BackendFailed where a server refuses a part of `body` that is NEEDED."""
    if not 400 <= status < 500:
        return
    text = content.decode(errors="replace")
    if (need := _meant(text, body, NEEDED)) is not None:
        raise _lacking(url, need, f" ({status} {one_line(text)})")


def check_chance(url: str, call: Call, completion: Completion) -> Completion:
    """The completion; raises BackendFailed where a log-chance was asked for and it has none."""
    answered = completion.n_tokens and completion.finish_reason != "error"
    if call[0].log_chance and answered and completion.log_chance is None:
        raise _lacking(url, "logprobs")
    return completion


def refused_option(refused: PromptRefused, body: dict[str, Any]) -> str | None:
    """Which optional part of `body` a server's refusal is about, if any."""
    return _meant(str(refused), body, OPTIONAL)


def _lacking(url: str, need: str, reason: str = "") -> BackendFailed:
    return BackendFailed(
        f"{url} {LACKING[need]}{reason}: use a vLLM server (`gen serve-model` starts one) or "
        "vllm:DIR; what was finished is kept"
    )


def _meant(reason: str, body: dict[str, Any], known: dict[str, tuple[str, ...]]) -> str | None:
    reason = reason.lower()
    for option, words in known.items():
        if option in body and any(word in reason for word in words):
            return option
    return None
