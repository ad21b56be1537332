"""Digits in a base other than ten.

same_digits(read("1011_2"), read("1011"), again).equal   ->  True, where the prompt names the base
same_digits(read("1011_2"), read("11"), again).equal     ->  False
base_added(read("1011"), read("1011_2"), again).equal    ->  True, where the prompt asks for base 2
"""

from typing import Any

from verifiers.math.findings import DIFFERENT, Again, Finding
from verifiers.math.normal import exact
from verifiers.math.syntax import (
    Based,
    Number,
)


def same_digits(gold: Based, answer: Any, again: Again) -> Finding:
    """Compare with digits in a base, which the answer may leave out unless it is asked for."""
    if isinstance(answer, Based):
        if gold.base != answer.base:
            return Finding(False, "form", "in another base")
        return Finding(gold.value == answer.value, "exact")
    if again.asked.subscript:
        return Finding(False, "form", "without the base that is asked for")
    if isinstance(answer, Number) and answer.places is None and answer.value.denominator == 1:
        # The base is stated by the problem; the digits are the answer.
        digits = str(answer.value)
        return Finding(digits.isdigit() and _in_base(digits, gold.base) == gold.value, "exact")
    return DIFFERENT


def base_added(gold: Any, answer: Based, again: Again) -> Finding:
    """Compare a value that states no base with digits in one."""
    value = exact(gold)
    if (
        again.asked.base == answer.base
        and value is not None
        and _in_base(str(value), answer.base) == answer.value
    ):
        return Finding(True, "exact")  # the ground truth leaves out the base that is asked for
    return Finding(answer.base == 10 and value == answer.value, "exact")


def _in_base(digits: str, base: int) -> int | None:
    try:
        return int(digits, base)
    except ValueError:
        return None
