"""What the finance families with an exact answer share: money, rates, tolerances, near misses.

money(1234.5)          "$1,234.50"
percent(0.0425)        "4.25%"
CENTS.truth(12.3)      {"kind": "number", "value": 12.3, "abs": 0.0051, "unit": "$"}
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from random import Random
from typing import Any

from gen.domains.worked import Amount, Draft, Fields, Form, WorkedFamily, generated
from gen.family import Card

CENTS = Amount(absolute=0.0051, unit="$")
"""A sum of money to the cent, rounded at the end."""

DOLLARS = Amount(absolute=0.51, unit="$")
"""A sum of money to the dollar."""

A_YEAR = ("%/year",)
"""What a yearly rate in percent may be called, too."""

BASIS_POINT = Amount(absolute=0.0051, unit="%", also=A_YEAR)
"""A rate in percent, to two decimals."""


def exact(*pitfalls: str) -> Card:
    """The card of a family made here, on whose answers no constant is right."""
    return generated(
        0.01, "Textbook conventions, stated in each prompt; not investment advice.", *pitfalls
    )


class FinanceFamily(WorkedFamily):
    """A family that states its convention in the prompt, and derives its answer twice."""

    domain = "finance"
    lazy = (0, 1, 5, 100)


def money(amount: float | Fraction, *, cents: bool = True) -> str:
    """An amount of dollars."""
    return f"${float(amount):,.2f}" if cents else f"${float(amount):,.0f}"


def percent(rate: float | Fraction) -> str:
    """A rate in percent, without trailing zeros."""
    return f"{100 * float(rate):.4f}".rstrip("0").rstrip(".") + "%"


def rate(rng: Random, low: float, high: float, step: float = 0.0025) -> Fraction:
    """A rate between two others, in steps of a quarter of a percent unless told otherwise."""
    grain = Fraction(step).limit_denominator(100_000)
    return grain * rng.randint(round(low / step), round(high / step))


def draft(prompt: str, answer: Any, form: Form, *, second: Any, near: Sequence[Any] = ()) -> Draft:
    """A draft whose near misses are all beyond what the form tolerates."""
    kept = [one for one in near if _apart(form, one, answer)]
    return Draft(prompt, answer, form, second=second, near=kept)


def _apart(form: Form, near: Any, answer: Any) -> bool:
    if isinstance(form, Fields):
        return any(_apart(one, near[name], answer[name]) for name, one in form.forms.items())
    if isinstance(form, Amount):
        slack = 3 * max(form.absolute, form.relative * abs(float(answer)))
        return abs(float(near) - float(answer)) > slack
    return not form.same(near, answer)


def bisected(
    rises: Callable[[Fraction], Fraction], low: Fraction, high: Fraction, *, steps: int = 60
) -> Fraction:
    """Where a rising function crosses zero, found with exact fractions of bounded size."""
    for _ in range(steps):
        middle = ((low + high) / 2).limit_denominator(10**12)
        if rises(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
