"""Finds what the model was asked and what it said, in the transcripts that trainers send.

response_of("<|user|>2 + 3?<|assistant|>It is 5.<|im_end|>", "<|user|>2 + 3?<|assistant|>")
->  "It is 5."

given({"output": [{"type": "message", "role": "assistant",
                   "content": [{"type": "output_text", "text": "It is 5."}]}]})
->  "It is 5."
"""

import re
from typing import Any

END_TOKEN = re.compile(r"<\|[^<>|\s]{1,40}\|>|<｜[^<>｜\s]{1,40}｜>|</s>|<(?:eos|pad|end_of_turn)>")
"""Special tokens that close a response where it was decoded with them."""

MOST_BEFORE_PROMPT = 64
"""Characters a tokenizer may put before the prompt: a token that begins the sequence."""


def response_of(query: Any, prompt: Any) -> str | None:
    """The response in a query of prompt and response; None where the prompt does not begin it."""
    if not isinstance(query, str) or not isinstance(prompt, str):
        return None
    place = query.find(prompt, 0, len(prompt) + MOST_BEFORE_PROMPT)
    return None if place < 0 else _without_end_tokens(query[place + len(prompt) :])


def given(response: Any) -> str | None:
    """The text of an OpenAI Responses object: its messages, a line each; None where it is none."""
    output = response.get("output") if isinstance(response, dict) else None
    if not isinstance(output, list):
        return None
    return "\n".join(
        _text(item.get("content"), "output_text")
        for item in output
        if isinstance(item, dict) and item.get("type", "message") == "message"
    )


def asked(request: dict[str, Any]) -> str | None:
    """The question of a verify request: its `question`, or what the user said last."""
    question = request.get("question")
    if isinstance(question, str):
        return question
    created = request.get("responses_create_params")
    asked_for = created.get("input") if isinstance(created, dict) else None
    if isinstance(asked_for, str):
        return asked_for
    for message in reversed(asked_for if isinstance(asked_for, list) else []):
        if isinstance(message, dict) and message.get("role") == "user":
            return _text(message.get("content"), "input_text")
    return None


def _text(content: Any, kind: str) -> str:
    if isinstance(content, str):
        return content
    return "".join(
        part["text"]
        for part in (content if isinstance(content, list) else [])
        if isinstance(part, dict) and part.get("type") == kind and isinstance(part.get("text"), str)
    )


def _without_end_tokens(text: str) -> str:
    while True:
        text = text.rstrip()
        last = text.rfind("<")
        if last < 0 or not END_TOKEN.fullmatch(text, last):
            return text
        text = text[:last]
