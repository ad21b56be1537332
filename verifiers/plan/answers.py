"""Reads the parts of an answered plan strictly: what is no whole number, no list, is refused.

    value_of({"tour": [2, 1]}, "tour")          ->  [2, 1]
    whole_numbers([0, 3, 7.0], 3, "tour")       ->  [0, 3, 7]
    exact(0.1)                                   ->  Fraction(1, 10)
    whole_numbers([0, True, 7], 3, "tour")      raises Malformed("tour[1] is no whole number")

A number counts as it is written: 0.1 is a tenth, and sums are exact.
"""

from fractions import Fraction
from math import isfinite
from typing import Any

LARGEST = 10**15
"""No quantity of a plan is larger, so that no answer costs the judge long arithmetic."""

SMALLEST = 1e-30
"""None but 0 is smaller, for the same reason."""


class Malformed(Exception):
    """The answer does not have the form that was asked for."""


class Infeasible(Exception):
    """The plan breaks a rule of its instance."""


def value_of(answer: Any, key: str) -> Any:
    """What stands under `key` of an object; raises Malformed."""
    if not isinstance(answer, dict) or key not in answer:
        raise Malformed(f"no key {key!r}")
    return answer[key]


def listed(value: Any, length: int | None, name: str) -> list[Any]:
    """A list of that many items; raises Malformed."""
    if not isinstance(value, list):
        raise Malformed(f"{name} is no list")
    if length is not None and len(value) != length:
        raise Malformed(f"{name} has {len(value)} items, not {length}")
    return value


def whole_number(value: Any, name: str) -> int:
    """A whole number, 7.0 among them; raises Malformed."""
    number = exact(value, name)
    if number.denominator != 1:
        raise Malformed(f"{name} is no whole number")
    return number.numerator


def whole_numbers(value: Any, length: int | None, name: str) -> list[int]:
    """A list of so many whole numbers; raises Malformed."""
    items = listed(value, length, name)
    return [whole_number(one, f"{name}[{place}]") for place, one in enumerate(items)]


def exact(value: Any, name: str = "it") -> Fraction:
    """A number as it is written in decimals; raises Malformed."""
    if type(value) not in (int, float):
        raise Malformed(f"{name} is no number")
    if abs(value) > LARGEST or not isfinite(value):
        raise Malformed(f"{name} is too large")
    if 0 < abs(value) < SMALLEST:
        raise Malformed(f"{name} is too close to 0")
    return Fraction(repr(value))


def permutation(value: Any, items: range, name: str) -> list[int]:
    """Each of the items once, in any order; raises Malformed, Infeasible."""
    order = whole_numbers(value, len(items), name)
    if sorted(order) != [*items]:
        raise Infeasible(f"{name} does not have each of {items[0]}..{items[-1]} once")
    return order
