"""Numbers that are not written the plain way: in a base, mixed in words, with foreign separators.

in_a_base("1011_2", again)                  ->  Based(11, 2)
mixed_number("8 and 2/5", again)            ->  Number(42/5)
foreign_separators("1.234,5", again)        ->  Number(2469/2)
"""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from verifiers.math.parser import parse
from verifiers.math.syntax import Based, Number

BASES = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "sixteen": 16,
    "binary": 2,
    "octal": 8,
    "hex": 16,
}
_BASE_NAME = "|".join(BASES)
BASED = re.compile(
    r"(?P<sign>-?)\s*\(?(?P<digits>[0-9A-Za-z][0-9A-Za-z ]{0,40}?(?:\.[0-9A-Za-z]{1,20})?)\)?\s*"
    r"(?:_\s?\{?\s*\(?(?P<number>\d{1,2})\)?\s*\}?"
    rf"|_\s?\{{?\s*(?P<sub>{_BASE_NAME})\s*\}}?"
    r"|_\s?\{\s*base\s*(?P<named>\d+)\s*\}"
    rf"|,?\s*(?:\(|in )?\s*base[- ](?P<base>\d+|{_BASE_NAME})\)?)"
)
MIXED = re.compile(
    r"(?P<whole>\d{1,6}) and (?:\\frac\{)?(?P<above>\d{1,4})(?:/|\}\{)(?P<below>\d{1,4})\}?"
)
INDIAN = re.compile(r"-?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
EUROPEAN = re.compile(r"-?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})")


def in_a_base(text: str, again: Callable[[str], Any]) -> Any:
    """`1011_2`, `2F in base 16`."""
    if (match := BASED.fullmatch(text)) is None:
        return None
    word = match["number"] or match["sub"] or match["named"] or match["base"]
    base = BASES.get(word) or int(word)
    if not any(one.isdigit() for one in match["digits"]) and base <= 10:
        return None  # a variable with an index
    whole, _, places = match["digits"].replace(" ", "").partition(".")
    try:
        value = Fraction(int(whole + places, base), base ** len(places))
    except ValueError:
        return None
    return Based(-value if match["sign"] else value, base)


def mixed_number(text: str, again: Callable[[str], Any]) -> Any:
    """`8 and 2/5` is one number."""
    match = MIXED.fullmatch(text)
    if match is None or int(match["above"]) >= int(match["below"]):
        return None
    return Number(int(match["whole"]) + Fraction(int(match["above"]), int(match["below"])))


def foreign_separators(text: str, again: Callable[[str], Any]) -> Any:
    """1.234.567 and 1.234,5 can only be European; 1,00,000 is Indian."""
    if INDIAN.fullmatch(text):
        return parse(text.replace(",", ""))
    if EUROPEAN.fullmatch(text) is None:
        return None
    return parse(text.replace(".", "").replace(",", "."))
