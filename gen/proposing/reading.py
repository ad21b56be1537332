"""Takes what a model has written apart, strictly, whatever it is.

read_json('```json\\n{"problem": "2 + 3?"}\\n```', Fields)    ->  Fields(problem="2 + 3?")
read_tagged("Sure!\\nProblem: 2 + 3?\\nAnswer: 5\\nBye.", AnswerFields)
->  AnswerFields(problem="2 + 3?", answer="5")
is_refusal("I'm sorry, but I can't do that.")    ->  True
"""

import re
from bisect import bisect_right
from typing import Any, TypeVar

import msgspec

from verifiers.code.extract import FENCE

REFUSAL = re.compile(
    r"\W{0,9}(?:(?:I'm|I am) (?:really |very |so )?(?:sorry|unable|not able|afraid)"
    r"|I (?:cannot|can't|can not|could not|couldn't|won't|will not|must (?:decline|refuse))\b"
    r"|Sorry\b|As an? (?:AI|artificial|language model|large language)\b|I apologi[sz]e"
    r"|Unfortunately,? I\b)",
    re.IGNORECASE,
)

LABEL = re.compile(
    r"^[ \t*_#]{0,8}(?P<label>problem|function|program|inputs?|answer|message)[ \t*_]{0,4}:"
    r"[ \t*_]{0,4}",
    re.IGNORECASE | re.MULTILINE,
)

FIELD_OF = {"function": "entry_point", "input": "inputs"}

Struct = TypeVar("Struct", bound=msgspec.Struct)


def shown(text: str) -> str:
    """The text without its thinking, and without half characters."""
    text = text.rpartition("</think>")[2].partition("<think>")[0].replace("\r\n", "\n")
    return text.encode(errors="replace").decode().strip().removeprefix("\ufeff")


def is_refusal(text: str) -> bool:
    """Whether a text begins as a model does that will not."""
    return REFUSAL.match(text[:200].replace("’", "'")) is not None


def read_json(text: str, fields: type[Struct]) -> Struct:
    """One JSON object, alone or in the only fenced block that has one.

    Raises msgspec.MsgspecError, RecursionError.
    """
    if not text.startswith("{"):
        blocks = [one["code"].strip() for one in FENCE.finditer(text)]
        objects = [one for one in blocks if one.startswith("{")]
        if len(objects) != 1:
            raise msgspec.DecodeError("several JSON objects" if objects else "no JSON object")
        text = objects[0]
    return msgspec.json.decode(text, type=fields)


def read_tagged(text: str, fields: type[Struct]) -> Struct:
    """What stands behind labels at the beginning of lines, and a fenced block of Python.

    What precedes the first label does not count, nor does anything from a second problem on: small
    models do not stop. Raises msgspec.MsgspecError.
    """
    labels = _labels(text)
    problems = [one for one in labels if one["label"].lower() == "problem"]
    if len(problems) > 1:
        text = text[: problems[1].start()]
    found: dict[str, Any] = {}
    programs = [one for one in FENCE.finditer(text) if "def " in one["code"]]
    if programs:
        block = programs[-1]
        found["program"] = block["code"]
        text = f"{text[: block.start()]}\n{text[block.end() :]}"
    labels = _labels(text)
    for label, following in zip(labels, [*labels[1:], None][: len(labels)], strict=True):
        end = len(text) if following is None else following.start()
        name = FIELD_OF.get(label["label"].lower(), label["label"].lower())
        found.setdefault(name, _part(name, text[label.end() : end].strip()))
    names = {one.name for one in msgspec.structs.fields(fields)}
    return msgspec.convert({name: found[name] for name in names & {*found}}, fields)


def _labels(text: str) -> list[re.Match[str]]:
    """The labels outside fenced blocks."""
    blocks = [(0, 0), *(one.span() for one in FENCE.finditer(text))]
    starts = [first for first, _ in blocks]
    return [
        one
        for one in LABEL.finditer(text)
        if one.start() >= blocks[bisect_right(starts, one.start()) - 1][1]
    ]


def _part(name: str, part: str) -> Any:
    if name == "inputs":
        lines = (line.strip().lstrip("-*• ").strip("`") for line in part.split("\n"))
        return [line for line in lines if line and not line.startswith("```")]
    if name in ("answer", "message"):  # a model may go on behind it
        return part.partition("\n")[0]
    if name == "entry_point":
        return part.partition("\n")[0].strip("`() ")
    return part
