"""What a unit is worth in another: of medicine, science, trade and money.

    worth("mg/dL", "g/L")                          ->  1/100
    worth("mL/min", "mL/min/1.73 m^2")             ->  None, another dimension
    worth("%", "")                                 ->  1/100
    worth("tablets", "tablet")                     ->  1

A unit is a product and quotient of names from a table; dimensions and factors are pint's
(https://pint.readthedocs.io). A word that is in no table is a noun, and measures only itself. Text
from an answer is never given to pint: its names are looked up here first.
"""

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

from verifiers.math.units import EXTRA, canonical

LONGEST = 60
"""Characters of a unit."""

MOST_POWER = 9

_PREFIXES = {
    "": "", "k": "kilo", "h": "hecto", "d": "deci", "c": "centi", "m": "milli", "μ": "micro",
    "u": "micro", "n": "nano", "p": "pico", "f": "femto", "M": "mega", "G": "giga", "T": "tera",
}  # fmt: skip
_PREFIXED = {
    "m": "meter", "g": "gram", "L": "liter", "l": "liter", "s": "second", "mol": "mole",
    "Eq": "equivalent", "eq": "equivalent", "osm": "osmole", "Osm": "osmole", "N": "newton",
    "J": "joule", "W": "watt", "Pa": "pascal", "V": "volt", "A": "ampere", "Ω": "ohm",
    "ohm": "ohm", "F": "farad", "C": "coulomb", "T": "tesla", "H": "henry", "Hz": "hertz",
    "eV": "electron_volt", "K": "kelvin", "M": "molar", "IU": "activity_unit", "U": "activity_unit",
    "Bq": "becquerel", "Gy": "gray", "Sv": "sievert",
}  # fmt: skip
_NAMES = {
    "mcg": "microgram", "msec": "millisecond", "secs": "second", "mins": "minute",
    "hrs": "hour", "yrs": "year", "y": "year", "mo": "month", "wks": "week",
    "bpm": "beat/minute", "beat": "beat", "breath": "breath", "equivalent": "equivalent",
    "milliequivalent": "milliequivalent", "osmole": "osmole", "milliosmole": "milliosmole",
    "millimole": "millimole", "micromole": "micromole", "nanogram": "nanogram",
    "picogram": "picogram", "deciliter": "deciliter", "decilitre": "deciliter",
    "microliter": "microliter", "microlitre": "microliter", "torr": "torr", "cmH2O": "cmH2O",
    "%": "percent", "percent": "percent", "percentage": "percent", "pct": "percent",
    "permille": "percent/10", "‰": "percent/10", "bp": "percent/100", "bps": "percent/100",
    "ppm": "ppm", "$": "dollar", "€": "euro", "£": "sterling", "¥": "yen", "₹": "rupee",
    "CHF": "franc", "franc": "franc", "°": "degree", "Da": "dalton", "kDa": "kilodalton",
}  # fmt: skip
_DEFINED = (
    *EXTRA, "equivalent = [equivalence]", "osmole = [osmoles]", "activity_unit = [activity]",
    "beat = [beats]", "breath = [breaths]", "franc = [franc]",
)  # fmt: skip
_SCALES = {"°C": (Fraction(1), Fraction(27315, 100)), "K": (Fraction(1), Fraction(0)),
           "°F": (Fraction(5, 9), Fraction(45967, 180))}  # fmt: skip
"""Kelvin = first times the reading, plus second."""

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d{1,9}(?:\.\d{1,6})?)|(?P<power>\^\s?\{?\s?(?P<n>-?\d)\s?\}?)"
    r"|(?P<sign>\\cdot|\\times|[/*()-])|(?P<name>[A-Za-zμΩ]+|[%‰$€£¥₹°]))"
)
_WORDS = {"square": 2, "sq": 2, "cubic": 3, "squared": 2, "cubed": 3}


class _NoUnit(ValueError):
    pass


def spelt(text: str) -> str:
    """The text of a unit in one way of writing it, with ASCII powers, signs and spaces."""
    text = text.translate(_SIGNS)
    text = re.sub(r"\\frac\s?\{([^{}]*)\}\s?\{([^{}]*)\}", r"\1/(\2)", text)
    text = re.sub(r"\\mu\s?", "μ", re.sub(r"\\Omega\s?", "Ω", text))
    text = re.sub(r"\s?(?:\^\s?\{?\s?\\circ\s?\}?|\\degree|\bdegrees?\b)\s?(?=[CF]\b)", "°", text)
    text = re.sub(r"\bdeg(?:rees?)? (?:C(?:elsius)?|F(?:ahrenheit)?)\b", _degrees, text)
    text = re.sub(r"\\dollar\s?", "$", text.replace("\\%", "%"))
    text = re.sub(r"\bpercentage points?\b|\bper\s?cent\b", "%", text)
    text = re.sub(r"\bbasis points?\b", "bp", text)
    return re.sub(r"\s+", " ", re.sub(r"\bper\b", "/", text)).strip(" .")


_SIGNS = str.maketrans(
    {
        "²": "^2",
        "³": "^3",
        "⁻": "^-",
        "·": "*",
        "⋅": "*",
        "×": "*",
        "µ": "μ",
        "−": "-",
        "\u00a0": " ",
    }
)


def _degrees(match: re.Match[str]) -> str:
    return "°C" if " C" in match[0] else "°F"


@lru_cache(maxsize=8192)
def is_unit(text: str) -> bool:
    """Whether every name in the text is one of a measure, and the whole a product of them."""
    return spelt(text) in _SCALES or _parsed(spelt(text)) is not None


def misspelt(unit: str) -> str:
    """What is wrong with a ground truth's unit; empty where it is a measure or a noun."""
    text = spelt(unit)
    if not text or is_unit(unit) or re.fullmatch(r"[^\W\d_]{2,}(?: [^\W\d_]{2,}){0,3}", text):
        return ""
    return f"the unit {unit!r} cannot be read"


@lru_cache(maxsize=8192)
def worth(unit: str, other: str) -> Fraction | None:
    """How many of `other` one `unit` is; None where they measure different things.

    Temperatures have no such factor: see `converted`.
    """
    one, two = spelt(unit), spelt(other)
    if _noun(one) == _noun(two):
        return Fraction(1)
    first, second = _parsed(one), _parsed(two)
    if first is None or second is None or first.dimensionality != second.dimensionality:
        return None
    return Fraction((first / second).to("").magnitude)


def converted(value: Fraction, unit: str, other: str) -> Fraction | None:
    """A value in `unit` as one in `other`; None where they measure different things."""
    one, two = _SCALES.get(spelt(unit)), _SCALES.get(spelt(other))
    if one and two:
        return (one[0] * value + one[1] - two[1]) / two[0]
    ratio = worth(unit, other)
    return None if ratio is None else value * ratio


def _noun(text: str) -> str:
    text = text.casefold()
    return text[:-1] if re.fullmatch(r"[a-z ]{3,}(?<!s)s", text) else text


@lru_cache(maxsize=8192)
def _parsed(text: str) -> Any:
    """The pint quantity of a unit's text; None where a word of it is no unit."""
    if len(text) > LONGEST:
        return None
    tokens, position = [], 0
    while position < len(text.rstrip()):
        token = _TOKEN.match(text, position)
        if token is None:
            return None
        tokens.append(token)
        position = token.end()
    try:
        quantity, rest = _quotient(tokens, 0)
    except _NoUnit:
        return None
    return quantity if rest == len(tokens) else None


def _quotient(tokens: list[re.Match[str]], at: int) -> tuple[Any, int]:
    """Products and quotients from the left; what stands side by side binds closer."""
    one = _registry().Quantity(Fraction(1))
    total = one
    below = False
    if at == len(tokens):
        return one, at
    if tokens[at]["sign"] == "/":
        below, at = True, at + 1
    while True:
        product, at = _product(tokens, at)
        total = total / product if below else total * product
        sign = tokens[at]["sign"] if at < len(tokens) else None
        if sign is None or sign in "()":
            return total, at
        below, at = sign == "/", at + 1


def _product(tokens: list[re.Match[str]], at: int) -> tuple[Any, int]:
    total, raised, start = _registry().Quantity(Fraction(1)), 1, at
    while at < len(tokens):
        token = tokens[at]
        if token["sign"] == "(":
            factor, at = _quotient(tokens, at + 1)
            if at == len(tokens) or tokens[at]["sign"] != ")":
                raise _NoUnit
        elif token["number"]:
            factor = _registry().Quantity(Fraction(token["number"]))
            if not factor:
                raise _NoUnit
        elif token["name"]:
            if token["name"].lower() in _WORDS:
                raised, at = _WORDS[token["name"].lower()], at + 1
                continue
            factor = _registry()(_looked_up(token["name"]))
        else:
            break
        at += 1
        factor, at = _powered(factor, tokens, at)
        total, raised = total * factor**raised, 1
    if at == start or raised != 1:
        raise _NoUnit
    return total, at


def _powered(factor: Any, tokens: list[re.Match[str]], at: int) -> tuple[Any, int]:
    if at < len(tokens) and tokens[at]["power"]:
        return factor ** int(tokens[at]["n"]), at + 1
    if at < len(tokens) and (tokens[at]["name"] or "").lower() in ("squared", "cubed"):
        return factor ** _WORDS[tokens[at]["name"].lower()], at + 1
    suffixed = at < len(tokens) and tokens[at]["number"] in ("2", "3")
    if suffixed and tokens[at].start() == tokens[at].start("number") and tokens[at - 1]["name"]:
        return factor ** int(tokens[at]["number"]), at + 1  # m2
    return factor, at


@lru_cache(maxsize=4096)
def _looked_up(name: str) -> str:
    if name in _NAMES:
        return _NAMES[name]
    for length in (0, 1):
        base = _PREFIXED.get(name[length:])
        if base is not None and name[:length] in _PREFIXES and canonical(name) is None:
            return _PREFIXES[name[:length]] + base
    if (known := canonical(name) or _NAMES.get(name.lower().removesuffix("s"))) is None:
        raise _NoUnit
    return known


@cache
def _registry() -> Any:
    import pint

    registry = pint.UnitRegistry(non_int_type=Fraction)  # type: ignore[arg-type]
    for line in _DEFINED:
        registry.define(line)
    return registry
