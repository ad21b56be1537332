"""Python literals: as values out of a program are told, and as candidates answer with them.

    literal_of(["t", 1, ["e", "a"]])                  ->  "(1, {'a'})"
    read_literal("(1, {'a'})")                        ->  (1, {"a"})
    read_arguments("[1, 2]")                          ->  ([1, 2],)
    answer("So f gives\\n```\\n(1, 2)\\n```")         ->  "(1, 2)"

Nothing is evaluated, and a text is short enough that reading it costs nothing, whatever it is.
"""

import cmath
import re
import warnings
from typing import Any

from verifiers.code.extract import FENCE
from verifiers.code.syntax import literal
from verifiers.errors import AssayError
from verifiers.sandbox import wire

LONGEST = 10_000
"""Characters of a literal."""

DEEPEST = 50
"""Brackets inside each other; Python's own parser gives up somewhat later, and less gently."""

OPENINGS, BRACKETS = {"l": "[", "t": "(", "e": "{"}, {"l": "]", "t": ")", "e": "}"}


class NoLiteral(AssayError):
    """A text that is no Python literal, or a value that none can say."""


def literal_of(tree: Any) -> str:
    """The literal of a tree (sandbox/wire.py); raises NoLiteral.

    No value is made of the tree: sets are written in the order of their items' texts.
    """
    try:
        text = _written(tree)
    except (RecursionError, TypeError, ValueError, IndexError) as error:
        raise NoLiteral(f"no data: {error}"[:200]) from None
    if len(text) > LONGEST:
        raise NoLiteral(f"a literal of {len(text)} characters")
    return text


def read_literal(text: str) -> Any:
    """The value of a literal; raises NoLiteral."""
    text = text.strip()
    if len(text) > LONGEST:
        raise NoLiteral(f"{len(text)} characters are more than the {LONGEST} that are read")
    try:
        with warnings.catch_warnings(action="ignore"):  # "\d" is none of the judge's business
            value = literal(text)
        depth = _depth(wire.encode(value))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise NoLiteral(f"{text[:60]!r} is no literal: {error}"[:300]) from None
    if depth > DEEPEST:
        raise NoLiteral(f"{depth} brackets inside each other")
    return value


def read_arguments(text: str) -> tuple[Any, ...]:
    """A literal tuple of arguments; any other value is the only argument. Raises NoLiteral."""
    value = read_literal(text)
    return value if type(value) is tuple else (value,)


def arguments_text(text: str) -> str:
    """Arguments as they are written always; raises NoLiteral."""
    return literal_of(wire.encode(read_arguments(text)))


BOX = re.compile(r"\\boxed\s*\{")
MARKED = re.compile(r"^[ \t*_#>]*(?:final )?answer[ \t*_]*:[ \t*_]*(?P<value>.*)$", re.I | re.M)
TICKS = re.compile(r"(?P<ticks>`+)(?P<value>.*?)(?P=ticks)\.?", re.DOTALL)


def answer(completion: str) -> str | None:
    """Where a completion gives a literal: its last fenced block, box, "Answer:", or all of it.

    The first of these places that there is counts, and what is in it is not tried against another;
    None where it is empty. Thinking does not count.
    """
    text = completion.rpartition("</think>")[2].partition("<think>")[0].replace("\r\n", "\n")
    found = _place(text).strip()
    if ticked := TICKS.fullmatch(found):
        found = ticked["value"].strip()
    return found or None


def _place(text: str) -> str:
    if blocks := [found["code"] for found in FENCE.finditer(text)]:
        return blocks[-1]
    if boxes := [found.end() for found in BOX.finditer(text)]:
        return _boxed(text[boxes[-1] :])
    if lines := [found["value"] for found in MARKED.finditer(text)]:
        return lines[-1]
    return text


def _boxed(text: str) -> str:
    """What stands before the brace that closes the box, as LaTeX has it; all if none does."""
    depth, place = 1, 0
    while place < len(text):
        if text[place] == "\\" and text[place + 1 : place + 2] in ("{", "}"):
            place += 1
        elif text[place] in "{}":
            depth += 1 if text[place] == "{" else -1
        if depth == 0:
            break
        place += 1
    inner = re.sub(r"\\([{}_%#&$])", r"\1", text[:place]).strip()
    wrapped = re.fullmatch(r"\\(?:text|texttt|mathtt)\s*\{(.*)\}", inner, re.DOTALL)
    return wrapped[1] if wrapped else inner


def _written(tree: Any) -> str:
    if type(tree) is float and tree - tree != 0:
        raise ValueError(f"{tree} has no literal")
    if type(tree) is not list:
        return repr(tree)
    tag, *rest = tree
    if tag == "d":
        items = [*map(_written, rest)]
        pairs = zip(items[::2], items[1::2], strict=True)
        return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
    if tag in OPENINGS:
        items = [*map(_written, rest)]
        if tag == "e":
            if not items:
                return "set()"
            items.sort()
        comma = "," if tag == "t" and len(items) == 1 else ""
        return f"{OPENINGS[tag]}{', '.join(items)}{comma}{BRACKETS[tag]}"
    if tag in ("i", "b", "s", "c"):
        value = wire.decode(tree)
        if tag != "c" or cmath.isfinite(value):
            return repr(value)
    raise ValueError("nan, a frozenset or a type has no literal")


def _depth(tree: Any) -> int:
    return 1 + max(map(_depth, tree[1:]), default=0) if type(tree) is list else 0
