"""What every law family is made of: its domain, dollars, people and years of statutes.

dollars(12400)      "$12,400"
dollars(12400.5)    "$12,400.50"
long_date(date(2024, 3, 4))    "Monday, March 4, 2024"
"""

import csv
from datetime import date
from functools import cache
from importlib.resources import files

from gen.domains.worked import WorkedFamily

PEOPLE: tuple[str, ...] = (
    "Avery", "Blake", "Casey", "Dana", "Ellis", "Finley", "Gray", "Harper", "Indra", "Jordan",
    "Kai", "Logan", "Morgan", "Noel", "Oakley", "Parker", "Quinn", "Reese", "Sage", "Taylor",
    "Uma", "Val", "Wren", "Yael", "Zion",
)  # fmt: skip


class LawFamily(WorkedFamily):
    """A family whose prompt states the rule that it applies; never legal advice."""

    domain = "law"


@cache
def table(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `data/NAME.csv`, as they stand there."""
    text = files("gen.domains.law").joinpath(f"data/{name}.csv").read_text()
    return tuple(csv.DictReader(text.splitlines()))


def dollars(amount: float) -> str:
    """An amount of money; cents only where there are some."""
    return f"${amount:,.0f}" if float(amount).is_integer() else f"${amount:,.2f}"


def percent(rate: float) -> str:
    """A rate as a percentage, without trailing zeros."""
    return f"{100 * rate:.4f}".rstrip("0").rstrip(".") + "%"


def long_date(day: date) -> str:
    """A date as a letter writes it, with its weekday."""
    return f"{day:%A}, {short_date(day)}"


def short_date(day: date) -> str:
    """A date as a letter writes it."""
    return f"{day:%B} {day.day}, {day.year}"
