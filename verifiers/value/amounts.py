"""A number as it was written, with its unit.

    amount("eGFR = 72.4\\\\text{ mL/min}", "mL/min")   ->  Amount(Fraction(362, 5), "mL/min")
    amount("\\\\$1.2 million", "USD")                 ->  Amount(Fraction(1200000), "$")
    amount("5 mg, which is the maximum", "mg")      ->  Amount(Fraction(5), "mg")
    amount("5 or 10 mg", "mg")                      ->  raises Unread: several_values

Nothing is calculated: what is not one number with at most one unit is no amount.
"""

import math
import re
from fractions import Fraction
from typing import Any, NamedTuple

from verifiers.math.notation import plain
from verifiers.math.syntax import Unreadable
from verifiers.value.units import is_unit, spelt, worth

_INTEGER = r"(?:\d{1,3}(?:,\d{3}){1,12}(?![\d])|\d{1,3}(?: \d{3}){1,12}(?!\d)|\d{1,40}(?!\d))"
_NUMBER = re.compile(
    rf"(?P<sign>[-+]?)\s?(?:(?P<currency>\\dollar|[$€£¥₹]|USD|EUR|GBP|JPY|INR|CHF)\s?(?P<minus>-?)\s?)?"
    rf"(?:(?P<whole>{_INTEGER})?\s?\\frac\s?\{{\s?(?P<above>\d{{1,40}})\s?\}}\s?"
    rf"\{{\s?(?P<below>\d{{1,40}})\s?\}}"
    rf"|(?P<over>\d{{1,40}})\s?/\s?(?P<under>\d{{1,40}})(?![\d.])"
    rf"|(?P<integer>{_INTEGER})?(?P<places>\.\d{{1,40}}(?!\d)|\.(?!\d))?"
    rf"(?:[eE](?P<e>[-+]?\d{{1,3}})(?![\d])"
    rf"|\s?(?:\\times|\\cdot|\*|x)\s?10\s?\^\s?\{{?\s?(?P<ten>[-+]?\d{{1,3}})(?!\d)\s?\}}?)?)"
)
_HEDGE = re.compile(
    r"(?:(?:approximately|approx\.?|about|roughly|exactly|around|\\approx|~)\s*){1,3}",
    re.IGNORECASE,
)
_LABELLED = re.compile(r"(?:=|\\approx|(?<!\d):|:(?=\s))\s*(?=[-+$€£¥₹\\.\d(~])")
_APART = re.compile(r"[,;]|\bor\b|\\text\{\s*or\s*\}")
_MULTIPLES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "bn": 10**9,
              "trillion": 10**12}  # fmt: skip
_MULTIPLE = re.compile(rf"\s?(?P<word>{'|'.join(_MULTIPLES)})s?\b", re.IGNORECASE)
_ANOTHER = re.compile(
    r"[\s,;()]*(?:(?:or|and|to|versus|vs\.?|through|\\pm|\\text\{or\}|[-–—/,;])[\s$(]*)[-+~≈]?\d|\s*\\pm",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?<![A-Za-z\d._^{])\d")
_PROSE = re.compile(
    r"[\s,;.]*(?:which|so|and|as|because|since|is|was|indicating|corresponding|meaning|after|for|in"
    r"|on|at|when|with|by|from|of|rounded|total|overall|approximately|using|if|based)\b",
    re.IGNORECASE,
)
_PIECE = re.compile(r"\s*(?:/\s*|per\s+)?[^\s,;()=]+(?:\([^()\s]{1,30}\))?")
MOST_PIECES = 8

LARGEST = 10**300
"""A number of a larger size is refused; integers beyond it have no float."""


class Amount(NamedTuple):
    """A value, and the unit as it was written; "" where none was."""

    value: Fraction
    unit: str


class Unread(ValueError):
    """A text that states no amount; the message is a reason code."""


def amount(text: str, unit: str, *, whole: bool = True) -> Amount:
    """The one number that a text begins with, or has after a label, and its unit.

    `unit` is the unit asked for, whose nouns are then known. `whole` is false for a sentence, in
    which more words and numbers may follow. Raises Unread with the reason.
    """
    try:
        shown = plain(text)
    except Unreadable as error:
        raise Unread(str(error)) from None
    if shown.startswith(("{", "[", "\\{")):
        raise Unread("unparsable: no number")
    labels = list(_LABELLED.finditer(shown))
    if labels:
        if whole and _APART.search(shown[: labels[-1].start()]):
            raise Unread("several_values")
        shown = shown[labels[-1].end() :]
    shown = _HEDGE.sub("", shown, count=1) if _HEDGE.match(shown) else shown
    bracketed = re.fullmatch(r"\(\s*([^()]+)\s*\)", shown)
    shown = bracketed[1] if bracketed else shown.replace("**", "")
    match = _NUMBER.match(shown)
    value = None if match is None else _value(match)
    if match is None or value is None:
        raise Unread("unparsable: no number")
    rest = shown[match.end() :]
    if rest[:1].isalnum() and rest[:1].isdigit():
        raise Unread("unparsable: a number too long")
    if _ANOTHER.match(rest):
        raise Unread("several_values")
    if multiple := _MULTIPLE.match(rest):
        value *= _MULTIPLES[multiple["word"].casefold()]
        rest = rest[multiple.end() :]
    stated, rest = _unit(rest, unit)
    if _ANOTHER.match(rest) or (whole and _DIGITS.search(rest)):
        raise Unread("several_values")
    if not stated and re.match(r"\s*[/^*\\!A-Za-zμΩ%°]", rest) and not _PROSE.match(rest):
        raise Unread(f"unit: {rest.strip()[:40]!r} is not understood")
    currency = match["currency"]
    if currency and stated and worth(stated, currency) is None:
        if not stated.lstrip().startswith(("/", "per ")):
            raise Unread("unit: a currency and another unit")
        stated = currency + stated
    return Amount(value, spelt(stated or currency or ""))


def json_amount(value: Any, unit: str) -> Amount:
    """The amount that a JSON value states; raises Unread."""
    if isinstance(value, str):
        return amount(value, unit)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unread("unparsable: no number")
    if abs(value) > LARGEST or math.isnan(value):
        raise Unread("unparsable: not finite")
    return Amount(exactly(value), "")


def exactly(value: float) -> Fraction:
    """The decimal that a JSON number was written as."""
    return Fraction(repr(value))


def _value(match: re.Match[str]) -> Fraction | None:
    if match["above"]:
        below = int(match["below"])
        above = int(match["above"])
        value = Fraction(above, below) if below else None
        if value is not None and match["whole"]:
            value += int(re.sub(r"[ ,]", "", match["whole"]))
    elif match["over"]:
        value = Fraction(int(match["over"]), int(match["under"])) if int(match["under"]) else None
    elif match["integer"] or (match["places"] or "") > ".":
        digits = re.sub(r"[ ,]", "", match["integer"] or "0")
        value = Fraction(f"{digits}{match['places'] or ''}".rstrip("."))
        value *= Fraction(10) ** int(match["e"] or match["ten"] or 0)
    else:
        return None
    if value is None:
        return None
    return -value if (match["sign"] == "-") != (match["minus"] == "-") else value


def _unit(rest: str, asked: str) -> tuple[str, str]:
    """The longest unit at the start of a text, and what follows it."""
    ends, position = [], 0
    while len(ends) < MOST_PIECES and (piece := _PIECE.match(rest, position)):
        ends.append(position := piece.end())
    for end in reversed(ends):
        text = rest[:end].rstrip(" .:!*")
        if spelt(text) and (is_unit(text) or worth(text, asked) is not None):
            after = rest[len(text) :]
            if text.strip() in ("in", "a", "as", "at") and re.match(r"\s+[A-Za-z]", after):
                continue  # 72 in total
            return text.strip(), after
    return "", rest
