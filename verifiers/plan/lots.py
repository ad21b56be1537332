"""Lot sizing: how much to make in each period so that demand is met at the least cost.

    {"kind": "lot_sizing", "demand": [20, 30, 10], "setup": [50, 50, 50], "holding": [1, 1, 1],
     "best": 100}
    answered by   {"production": [60, 0, 0]}      50 + 40 + 10 = 100

A setup is paid in each period with production; holding on what is left at a period's end, from
which the next period's demand may be met. With `capacity`, no period makes more.
"""

from fractions import Fraction
from typing import Any

from verifiers.plan.answers import Infeasible, Malformed, exact, listed, value_of
from verifiers.plan.shape import Shaped

MOST_PERIODS = 1_000


class LotSizing(Shaped, frozen=True, tag="lot_sizing", tag_field="kind"):
    """Production for known demand; setup cost in periods that produce, holding cost on stock."""

    demand: tuple[int, ...]
    setup: tuple[float, ...]
    holding: tuple[float, ...]
    best: float
    capacity: tuple[int, ...] | None = None
    opening: int = 0

    def __post_init__(self) -> None:
        self.check_shape()
        tables = [self.demand, self.setup, self.holding]
        tables += [] if self.capacity is None else [self.capacity]
        if not 1 <= len(self.demand) <= MOST_PERIODS or len({*map(len, tables)}) > 1:
            raise ValueError(f"there must be 1 to {MOST_PERIODS} periods, the same in each list")
        if min(min(table) for table in tables) < 0 or self.opening < 0:
            raise ValueError("demand, costs and capacity must not be negative")

    def objective(self, answer: Any) -> Fraction:
        """The total cost; raises Malformed, Infeasible."""
        made = listed(value_of(answer, "production"), len(self.demand), "production")
        stock, cost = Fraction(self.opening), Fraction(0)
        for period, value in enumerate(made):
            lot = exact(value, f"production[{period}]")
            if lot < 0:
                raise Malformed(f"production[{period}] is negative")
            if self.capacity is not None and lot > self.capacity[period]:
                raise Infeasible(f"period {period} makes more than {self.capacity[period]}")
            stock += lot - self.demand[period]
            if stock < 0:
                raise Infeasible(f"period {period} lacks {float(-stock):g}")
            cost += stock * exact(self.holding[period])
            cost += exact(self.setup[period]) if lot else 0
        return cost
