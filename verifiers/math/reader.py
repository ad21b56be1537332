"""An answer as it was written becomes a syntax tree, with its unit, currency, base, date or words.

    read("$5\\\\text{ cm}^2$")       ->  Quantity(Number(5), "cm ^2")
    read("8:34 \\\\text{ p.m.}")     ->  Moment(second=74040)
    read("\\\\text{Tuesday}")        ->  Text("tuesday")
    read("\\\\frac\\\\pi6 + 2\\\\pi n, n \\\\in \\\\mathbb{Z}")  ->  Family(Sum(...), ("n",))

What is more than a formula has rules for it, tried in order (`_rules`); the rest is parsed.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache, partial
from typing import Any

from verifiers.math.amounts import measured, money, multiple
from verifiers.math.declarations import congruence, general_solution
from verifiers.math.moments import moment
from verifiers.math.notation import plain
from verifiers.math.numerals import foreign_separators, in_a_base, mixed_number
from verifiers.math.parser import parse
from verifiers.math.prose import all_but, cases_in_prose, is_prose, words
from verifiers.math.syntax import Listing, Text, Unreadable
from verifiers.math.words import said

HEDGE = re.compile(
    r"^(?:\\approx|~|approximately|approx\.?|about|roughly|exactly|equals?|is|=|\\equiv(?=\s*\d+$)|\\therefore"
    r"|therefore|so)(?![a-z])\s*",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\s*(?:per\s?cent|percentage points?|pct)(?:age)?\b", re.IGNORECASE)
LABEL = re.compile(r"[^=<>\d]{1,80}(?:=|:|\bis\b|\bare\b)\s*(?P<value>[^=]+)")
OUTWARD = re.compile(
    r"\s*(?:(?P<low>[\]\[(])(?=.*\[\s*$)|(?P<low_out>\])(?=.*[\])]\s*$))"
    r"(?P<inside>[^\[\]()]+[,;][^\[\]()]+)(?P<high>[\])\[])\s*"
)
OPEN, CLOSE = "([{", ")]}"

DEEPEST = 4
"""Parts within parts of an answer."""

MOST_ITEMS = 60
"""Items of a list that is read one by one."""

Rule = Callable[[str, Any], Any]
"""Makes a tree of a text, or None where it is not of its kind; its second argument reads a part."""


@lru_cache(maxsize=8192)
def read(text: str, *, grouped: bool = True) -> Any:
    """The tree of an answer; raises Unreadable with a reason where it is none.

    `grouped` reads 1,234 as one number; without it, and in brackets without another comma, the
    comma parts two.
    """
    return _read(plain(text), grouped=grouped, depth=0)


def _read(text: str, *, grouped: bool, depth: int) -> Any:
    if not text:
        raise Unreadable("no_answer: empty")
    if depth > DEEPEST:
        raise Unreadable("nested_too_deeply")
    text = PERCENT.sub("%", HEDGE.sub("", text, count=1))
    again = partial(_read, grouped=grouped, depth=depth + 1)
    for rule in _rules(grouped=grouped, whole=depth == 0):
        if (node := rule(text, again)) is not None:
            return node
    try:
        if re.search(r"\\frac\s?\{\s?d\s?\}\s?\{\s?d", text):
            raise Unreadable("unevaluated: derivative")
        return parse(text, grouped=grouped)
    except Unreadable as error:
        for fallback in (_listed, _labelled):
            if (node := fallback(text, again)) is not None:
                return node
        if re.search(r"[A-Za-z]{2}", text) and is_prose(text):
            return Text(said(text))
        raise error


@cache
def _rules(*, grouped: bool, whole: bool) -> tuple[Rule, ...]:
    """The rules in the order in which they are tried; a part of an answer has fewer."""
    for_whole_answers = (cases_in_prose, _outward, general_solution)
    rules = (
        words,
        all_but,
        cases_in_prose,
        mixed_number,
        foreign_separators,
        _outward,
        _moment,
        partial(congruence, grouped=grouped),
        general_solution,
        money,
        in_a_base,
        multiple,
        measured,
    )
    return tuple(rule for rule in rules if whole or rule not in for_whole_answers)


def _outward(text: str, again: Callable[[str], Any]) -> Any:
    """]1, 2[ and [1, 2[ are open where the bracket turns outward."""
    if not ("]" in text or "[" in text):
        return None
    parts = re.split(r"(\\cup|\bU\b)", text)
    if not any(OUTWARD.fullmatch(part) for part in parts):
        return None
    turned = [OUTWARD.sub(_turned, part) if OUTWARD.fullmatch(part) else part for part in parts]
    return again("".join(turned))


def _turned(match: re.Match[str]) -> str:
    low = match["low"] or match["low_out"]
    low = "(" if low == "]" else low
    high = ")" if match["high"] == "[" else match["high"]
    return f" {low}{match['inside'].replace(';', ',')}{high} "


def _moment(text: str, again: Callable[[str], Any]) -> Any:
    if len(text) > 60 or not re.search(r"\d|noon|midnight|past|quarter|half", text, re.IGNORECASE):
        return None
    return moment(text)


def _listed(text: str, again: Callable[[str], Any]) -> Any:
    """Items that are no formulas when taken together, such as quantities and words."""
    parts = _split(text)
    if not 2 <= len(parts) <= MOST_ITEMS:
        return None
    try:
        items = tuple(again(part) for part in parts)
    except Unreadable:
        return None
    if any(isinstance(item, Text) and len(item.words.split()) > 4 for item in items):
        return None
    return Listing(items)


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[(\[{]|[)\]}]|[,;]|\b(?:and|or)\b", text):
        if match[0] in OPEN:
            depth += 1
        elif match[0] in CLOSE:
            depth -= 1
        elif depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _labelled(text: str, again: Callable[[str], Any]) -> Any:
    """`Area = 25`, `m \\angle A = 30`: a label that is no formula, then the value."""
    if "=" in text and re.search(
        r"\\frac\s?\{\s?d\s?\}|\\(?:sum|int|lim|prod|iint|oint|[lc]?dots)|\.\.\.", text
    ):
        # What was to be worked out, then what it is.
        match = re.fullmatch(r".*=\s*(?P<value>[^=]+)", text)
    else:
        match = LABEL.fullmatch(text)
    if match is None or re.search(r"\b(?:not|never|n't|or|and|if)\b", text[: match.start("value")]):
        return None
    try:
        return again(match["value"].strip())
    except Unreadable:
        return None
