"""What is sent to an OpenAI-compatible server for one sample.

    chat_body("qwen", (request, 0), seed=0)
    ->  {"model": "qwen", "messages": [{"role": "user", "content": "2 + 3?"}], "temperature": 0.7,
         "top_p": 1.0, "max_tokens": 512, "seed": 1398027161}

`thinking_token_budget` (vLLM) and `response_format` are sent where they are set, and given up where
a server says that it does not know them.
"""

from typing import Any

import msgspec

from gen.backends.base import Request, sample_seed
from gen.backends.chat_reply import PromptRefused

Call = tuple[Request, int]

OPTIONAL = {
    "response_format": ("response_format", "json_schema", "schema", "grammar", "structured"),
    "thinking_token_budget": ("thinking_token_budget",),
}
"""What servers may refuse, and the words by which a refusal means it."""


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
    return body


def estimated_tokens(request: Request) -> int:
    """The most tokens that a sample may come to, the prompt's guessed at four characters each."""
    n_characters = sum(len(message.content) for message in request.messages)
    return n_characters // 4 + request.sampling.max_tokens


def refused_option(refused: PromptRefused, body: dict[str, Any]) -> str | None:
    """Which optional part of `body` a server's refusal is about, if any."""
    reason = str(refused).lower()
    for option, words in OPTIONAL.items():
        if option in body and any(word in reason for word in words):
            return option
    return None
