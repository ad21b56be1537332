"""Graduated taxes: real years of the United States, invented statutes, and the tax on an income.

statute = real_statute(2024, "single")
statute.tax(20_000)             2,168: 10% of 11,600 and 12% of the 8,400 above
statute.tax_by_steps(20_000)    the same: each step of the rate on all income above its start
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from gen.domains.law.base import dollars, percent, table

STATUSES = {
    "single": "single",
    "joint": "married filing jointly",
    "separate": "married filing separately",
    "head": "head of household",
}


@dataclass(frozen=True, slots=True)
class Statute:
    """Rates, the incomes at which each but the last ends, and what is deducted before."""

    title: str
    rates: tuple[float, ...]
    tops: tuple[int, ...]
    deduction: int
    exemption: int

    def tax(self, income: float) -> float:
        """The tax on a taxable income: every slice at its own rate."""
        due, start = 0.0, 0.0
        for rate, end in zip(self.rates, (*self.tops, float("inf")), strict=True):
            due += rate * max(0.0, min(income, end) - start)
            start = end
        return due

    def tax_by_steps(self, income: float) -> float:
        """The same: each increase of the rate is paid on all income above where it begins."""
        steps = [
            (self.rates[i] - self.rates[i - 1]) * max(0.0, income - top)
            for i, top in enumerate(self.tops, start=1)
        ]
        return self.rates[0] * max(0.0, income) + sum(steps)

    def flat(self, income: float) -> float:
        """What one gets who applies the rate of the last slice to all of it."""
        reached = sum(income > top for top in self.tops)
        return self.rates[reached] * income

    def schedule(self) -> str:
        """The rates in words."""
        parts = [f"{percent(self.rates[0])} of taxable income up to {dollars(self.tops[0])}"]
        parts += [
            f"{percent(rate)} of what exceeds {dollars(start)} up to {dollars(end)}"
            for rate, start, end in zip(self.rates[1:], self.tops, self.tops[1:], strict=False)
        ]
        parts.append(f"{percent(self.rates[-1])} of what exceeds {dollars(self.tops[-1])}")
        return "; ".join(parts)


@cache
def parameters(year: int, status: str) -> dict[str, float]:
    """The year's amounts and rates for a filing status, by name."""
    row = next(r for r in table("tax") if r["year"] == str(year) and r["status"] == status)
    return {name: float(value) for name, value in row.items() if name not in ("year", "status")}


def real_statute(year: int, status: str) -> Statute:
    """The federal income tax of a year, 2013 to 2024."""
    row = parameters(year, status)
    return Statute(
        f"the United States federal income tax of {year} for a taxpayer filing as "
        f"{STATUSES[status]}",
        tuple(row[f"rate_{i}"] for i in range(1, 8)),
        tuple(int(row[f"top_{i}"]) for i in range(1, 7)),
        int(row["standard_deduction"]),
        int(row["exemption"]),
    )


def invented_statute(rng: Random, n_rates: int) -> Statute:
    """A statute that no memory serves."""
    land = rng.choice(("Norvale", "Ostrand", "Calder", "Merrow", "Tavish", "Quillon", "Brevia"))
    rates = sorted(rng.sample(range(3, 49), n_rates))
    tops: Sequence[int] = sorted(rng.sample(range(6, 240), n_rates - 1))
    return Statute(
        f"the income tax of the (invented) State of {land}",
        tuple(rate / 100 for rate in rates),
        tuple(1000 * top + rng.choice((0, 250, 500)) for top in tops),
        rng.randrange(2000, 16_000, 50),
        rng.randrange(500, 4500, 50),
    )
