"""Answers in words, and formulas held together by words.

words("no solution", again)                              ->  NamedSet("empty")
words("YES", again)                                      ->  Text("yes")
all_but("all real numbers except 2", again)              ->  SetOperation("minus", (R, {2}))
cases_in_prose("1 if x > 0 and -1 if x < 0", again)      ->  Piecewise(...)
"""

import re
from collections.abc import Callable
from typing import Any

from verifiers.math.parser import parse
from verifiers.math.syntax import (
    Braces,
    Listing,
    NamedSet,
    Number,
    Piecewise,
    SetOperation,
    Text,
)
from verifiers.math.words import said, spoken_number

WORDS = re.compile(r"[^\W\d_][^\d=<>\\^_{}+*/|]*")
EXCEPT = re.compile(
    r"(?:all |the |any )?(?:real numbers?|reals|real|\\mathbb\{R\}|numbers)(?:"
    r" [a-z])?\s*,?\s*(?:except|other than|but|excluding)"
    r"(?: for)?\s*(?P<left_out>.+)",
    re.IGNORECASE,
)
UPPERCASE = re.compile(r"[A-Z]{2,12}")
SHORT_WORDS = frozenset(
    [
        "odd",
        "may",
        "red",
        "up",
        "sun",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "yes",
        "no",
        "one",
        "two",
        "six",
        "ten",
        "hot",
        "dry",
        "wet",
        "low",
        "big",
        "old",
        "new",
        "boy",
        "man",
        "son",
        "pen",
        "hat",
        "bus",
        "car",
        "tax",
        "gas",
        "oil",
        "ice",
        "sea",
        "sky",
        "war",
        "god",
        "left",
        "all",
        "any",
        "none",
        "true",
        "cone",
        "line",
        "tie",
        "win",
        "loss",
        "day",
        "cat",
        "dog",
        "and",
        "the",
        "row",
    ]
)
_NAMED_SETS = {"all reals": NamedSet("R"), "empty": NamedSet("empty")}


def words(text: str, again: Callable[[str], Any]) -> Any:
    """A text of words alone: a name of a set, a number, or words that no formula looks like."""
    if UPPERCASE.fullmatch(text) and text != "OO":
        return Text(said(text))
    if not WORDS.fullmatch(text):
        return None
    if (named := _NAMED_SETS.get(said(text))) is not None:
        return named
    if text.casefold() in SHORT_WORDS:
        number = spoken_number(text)
        return Text(said(text)) if number is None else Number(number)
    if (number := spoken_number(text)) is not None and len(text) > 3:
        return Number(number)
    return None


def all_but(text: str, again: Callable[[str], Any]) -> Any:
    """`all real numbers except 2 and 3`."""
    match = EXCEPT.fullmatch(text)
    if match is None:
        return None
    node = again(re.sub(r"\b[a-z]\s*=", "", match["left_out"]))
    items = node.items if isinstance(node, Listing) else (node,)
    return SetOperation("minus", (NamedSet("R"), Braces(items)))


def cases_in_prose(text: str, again: Callable[[str], Any]) -> Any:
    """`1 if x > 0, 0 if x = 0, and -1 if x < 0`."""
    if len(re.findall(r"\bif\b", text)) < 2 or "\\begin" in text:
        return None
    parts = [part for part in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+", text) if part.strip()]
    cases = []
    for part in parts:
        value, _, condition = part.partition(" if ")
        if not condition:
            if not re.fullmatch(r".+\s(?:otherwise|else)", part):
                return None
            cases.append((again(part.rsplit(" ", 1)[0]), None))
            continue
        in_words = re.search(r"[A-Za-z]{3,}", condition)
        test = (
            Text(re.sub(r"\s+", " ", condition.replace(" is ", " ")).strip())
            if in_words
            else parse(condition)
        )
        cases.append((again(value.strip()), test))
    return Piecewise(tuple(cases))


def is_prose(text: str) -> bool:
    """Whether the text is words, perhaps with a number among them, rather than broken notation."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) > len(re.findall(r"[\\^_=+*/<>]", text))
