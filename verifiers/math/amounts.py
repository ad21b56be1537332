"""An amount of something: money, lengths, temperatures, angles, dozens.

money("\\\\dollar 5 per hour", again)        ->  Quantity(Number(5), "dollar per hour")
measured("2 hours 30 minutes", again)      ->  Quantity(Number(150), "minutes")
measured("65 degrees", again)              ->  Call("degree", (Number(65),))
multiple("3 dozen eggs", again)            ->  Quantity(Number(36), "eggs")
"""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from verifiers.math.parser import parse
from verifiers.math.syntax import (
    Call,
    Listing,
    Number,
    Piecewise,
    Quantity,
    Relation,
    Text,
    Unreadable,
    negative,
)
from verifiers.math.units import MULTIPLES, factor, split_unit

MARKS = {
    "\\dollar": "dollar", "€": "euro", "\\euro": "euro", "EUR": "euro", "£": "sterling",
    "\\pounds": "sterling", "GBP": "sterling", "¥": "yen", "₹": "rupee", "USD": "dollar",
    "¢": "cent", "\\cent": "cent", "\\textcent": "cent", "Rs": "rupee",
}  # fmt: skip
_MARK = "|".join(re.escape(mark) for mark in MARKS)
MONEY_BEFORE = re.compile(
    rf"(?P<sign>[-+]?)\s*(?:US|U\.S\.)?\s?(?P<mark>{_MARK})\s*(?P<value>[-+\d.\\(].*)"
)
MONEY_AFTER = re.compile(rf"(?P<value>.*[\d}})])\s*(?P<mark>{_MARK})")
MULTIPLE = re.compile(
    rf"(?P<value>.*[\d}}])\s*(?P<many>{'|'.join(MULTIPLES)})s?\b\s*(?P<rest>.*)", re.IGNORECASE
)
TEMPERATURE = re.compile(
    r"(?P<value>.+?)\s*(?:(?:\^\s?\{?\s?\\(?:circ|degree)\s?\}?|\\degree|degrees?)\s*"
    r"(?P<scale>C|F|Celsius|Fahrenheit)|(?P<word>Celsius|Fahrenheit))",
    re.IGNORECASE,
)
DEGREES = re.compile(r"(?P<value>.*[\d})])\s*(?:degrees?|deg)\b", re.IGNORECASE)
ARC = re.compile(
    r"(?P<degrees>\d+)\s?\^\s?\{?\s?\\circ\s?\}?\s?(?P<minutes>\d+)\s?'(?:\s?(?P<seconds>\d+)\s?'')?"
)
COMPOUND = re.compile(r"(\d[\d.,/ ]*?)\s*([A-Za-z]{1,12})\.?(?:\s*,?\s*(?:and\s+)?|$)")


def money(text: str, again: Callable[[str], Any]) -> Any:
    """`$5`, `5 euros`, `$5 per hour`."""
    marks = re.findall(_MARK, text)
    if len(marks) > 1 and len(set(marks)) == 1:
        if "=" in text or "approx" in text or "," in text:
            inner = again(text.replace(marks[0], " ").strip())
            return _with_unit(inner, MARKS[marks[0]])
        return None
    match = MONEY_BEFORE.fullmatch(text) or MONEY_AFTER.fullmatch(text)
    if match is None or len(marks) != 1:
        return None
    value = match["value"].strip()
    unit = MARKS[match["mark"]]
    if parted := split_unit(value):  # $20 USD, $5 per hour
        value, more = parted
        if re.match(r"(?:per|an?)\b|/", more):
            unit = f"{unit} per {re.sub(r'^(?:per|an?|/)', '', more).strip()}"
    node = again(value)
    if match.groupdict().get("sign") == "-":
        node = negative(node)
    return _with_unit(node, unit)


def multiple(text: str, again: Callable[[str], Any]) -> Any:
    """`3 million`, `2 dozen eggs`."""
    if (match := MULTIPLE.fullmatch(text)) is None:
        return None
    value = again(match["value"].strip())
    times = MULTIPLES[match["many"].casefold()]
    if not isinstance(value, Number):
        return None
    node = Number(value.value * times)
    rest = match["rest"].strip()
    if not rest:
        return node
    if re.fullmatch(r"[A-Za-z][A-Za-z ]{0,40}", rest):
        return Quantity(node, rest)
    return None


def measured(text: str, again: Callable[[str], Any]) -> Any:
    """A value with a unit: of temperature, of angles, compound, or any other."""
    if match := ARC.fullmatch(text):
        minutes = Fraction(int(match["minutes"]), 60) + Fraction(int(match["seconds"] or 0), 3600)
        return Call("degree", (Number(int(match["degrees"]) + minutes),))
    if match := TEMPERATURE.fullmatch(text):
        scale = (match["scale"] or match["word"])[0].upper()
        value = re.sub(r"\s*\^?\s*\{?\\circ\}?\s*$|\s*degrees?\s*$", "", match["value"])
        return Quantity(again(value), "°" + scale)
    if match := DEGREES.fullmatch(text):
        return Call("degree", (again(match["value"].strip()),))
    if (node := _compound(text)) is not None:
        return node
    if (parted := split_unit(text)) is None:
        return None
    value, unit = parted
    if "," in value and not re.fullmatch(r"[\d,.]+", value):
        return None
    try:
        node = again(value)
    except Unreadable:
        return None
    if isinstance(node, Relation) and not (set(node.operators) <= {"=", "~"}):
        return None
    if isinstance(node, Text | Piecewise | Quantity):
        return None
    return _with_unit(node, unit)


def _compound(text: str) -> Any:
    """`2 hours 30 minutes` in the smaller unit."""
    parts = COMPOUND.findall(text)
    if len(parts) < 2 or COMPOUND.sub("", text).strip():
        return None
    last = parts[-1][1]
    total = Fraction(0)
    smallest = None
    for number, unit in parts:
        ratio = factor(unit, last)
        value = parse(number.strip().rstrip(",")) if ratio else None
        if ratio is None or not isinstance(value, Number):
            return None
        if smallest is not None and ratio >= smallest:
            return None  # 3 cm and 4 cm are two lengths
        smallest = ratio
        total += value.value * ratio
    return Quantity(Number(total), last)


def _with_unit(node: Any, unit: str) -> Any:
    """The unit of a chain or a list belongs to each value in it."""
    if isinstance(node, Relation):
        operands = (*node.operands[:-1], Quantity(node.operands[-1], unit))
        return Relation(operands, node.operators)
    if isinstance(node, Listing):
        return Listing(tuple(_with_unit(item, unit) for item in node.items))
    if isinstance(node, Quantity | Text):
        raise Unreadable("unparsable: two units")
    return Quantity(node, unit)
