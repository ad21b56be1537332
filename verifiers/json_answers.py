"""Finds the JSON value that a response ends in.

    final_json('So the weights are:\n```json\n{"w": [0.4, 0.6]}\n```')   ->   {"w": [0.4, 0.6]}
    final_json("<think>[1]</think> The start times are [0, 3, 7].")      ->   [0, 3, 7]
    final_json("I cannot tell.")                                          ->   MISSING

The last fenced block counts where it is JSON, else the last array or object in the visible text. It
is parsed strictly: NaN and infinities are no JSON, and a key that stands twice makes it unreadable.
"""

import json
import re
from typing import Any, Final

from verifiers.answers import visible

MISSING: Final = object()
"""Stands for no JSON value found; None is one."""

LONGEST = 200_000
"""Characters of the visible text that are searched, from its end."""

MOST_CHARS_LOST = 1_000_000
"""Characters that may be read for opening brackets that begin no JSON, so that a text of brackets
costs no quadratic time."""

LEAST_CHARS_LOST = 200
"""What one of them costs at least: an error counts the text's lines."""

_FENCED = re.compile(r"```(?P<language>[^\n`]*)\n(?P<text>.*?)```", re.DOTALL)


def final_json(completion: str) -> Any:
    """The last JSON array or object outside the thinking, or MISSING."""
    text = visible(completion)[-LONGEST:]
    blocks = [
        block["text"]
        for block in _FENCED.finditer(text)
        if block["language"].strip().casefold() in ("", "json")
    ]
    if blocks and (value := _parsed(blocks[-1].strip())) is not MISSING:
        return value
    return _last_value(text)


def _last_value(text: str) -> Any:
    """The outermost array or object that ends last."""
    found, end, n_lost = MISSING, 0, 0
    for match in re.finditer(r"[\[{]", text):
        if match.start() < end:
            continue
        try:
            found, end = _DECODER.raw_decode(text, match.start())
        except json.JSONDecodeError as error:
            n_lost += max(error.pos - match.start(), LEAST_CHARS_LOST)
        except (ValueError, RecursionError):
            n_lost += len(text) - match.start()
        if n_lost > MOST_CHARS_LOST:
            break
    return found


def _parsed(text: str) -> Any:
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return MISSING
    return value if isinstance(value, (list, dict)) else MISSING


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a key stands twice")
    return values


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant)
