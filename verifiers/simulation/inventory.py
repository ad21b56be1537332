"""Replenishment: how much to order each period, before its demand is known.

    {"kind": "inventory", "demand": [[12, 0, 7, ...], ...], "lead_time": 2, "holding": 1,
     "backorder": 9, "order_cost": 40, "opening": 20, "best": [812.0]}
    def order(stock, on_order, demand): ...     # -> quantity, 0 for none

A period: what was ordered `lead_time` periods ago arrives; the policy is asked; the demand comes.
`stock` is what is there less what is owed, `on_order` lists what is to arrive, next first, and
`demand` all demand so far, oldest first. The cost of a period is `holding` for each unit that is
left, `backorder` for each that is owed, and `order_cost` where something was ordered. Each path's
ratio is `best` over its cost.
"""

from collections.abc import Sequence
from statistics import fmean

from verifiers.plan.shape import Shaped
from verifiers.simulation.episode import MOST_STEPS, BadAction, Episode, Replay, Worth

MOST_ORDERED = 1e9


class Inventory(Shaped, frozen=True, tag="inventory", tag_field="kind"):
    """The same policy on every path of demand; its state is forgotten between paths."""

    demand: tuple[tuple[int, ...], ...]
    best: tuple[float, ...]
    lead_time: int
    holding: float
    backorder: float
    order_cost: float
    opening: int = 0
    entry_point: str = "order"

    def __post_init__(self) -> None:
        self.check_shape()
        if not self.demand or len(self.best) != len(self.demand) or min(self.best) <= 0:
            raise ValueError("there must be a path, and a best cost above 0 for each")
        if not all(self.demand) or sum(map(len, self.demand)) > MOST_STEPS:
            raise ValueError(f"there must be 1 to {MOST_STEPS} periods, some on every path")
        lowest = min(min(path) for path in self.demand)
        if min(lowest, self.lead_time, self.holding, self.backorder, self.order_cost) < 0:
            raise ValueError("demand, lead time and costs must not be negative")
        if self.lead_time > 50:
            raise ValueError("a lead time must be at most 50 periods")

    @property
    def n_episodes(self) -> int:
        """A path is an episode."""
        return len(self.demand)

    def play(self, index: int) -> Episode:
        """Ask for an order in each period of one path; gives the ratio."""
        cost = yield from self.costs(self.demand[index])
        return min(1.0, self.best[index] / cost) if cost else 1.0

    def costs(self, path: Sequence[int]) -> Episode:
        """The same, giving the cost."""
        stock, cost, on_order = float(self.opening), 0.0, [0.0] * self.lead_time
        for period, wanted in enumerate(path):
            stock += on_order.pop(0) if on_order else 0.0
            quantity = yield [stock, [*on_order], [*path[:period]]]
            if not 0 <= quantity <= MOST_ORDERED:
                raise BadAction(f"it ordered {quantity:g}")
            if self.lead_time:
                on_order.append(quantity)
            else:
                stock += quantity
            stock -= wanted
            cost += self.order_cost * (quantity > 0)
            cost += self.holding * stock if stock > 0 else -self.backorder * stock
        return cost

    def replays(self, index: int, actions: Sequence[float]) -> list[Replay]:
        """None: a policy may keep a state."""
        return []

    def worth(self, scores: Sequence[float]) -> Worth:
        """The mean ratio, on the stated curve."""
        mean = fmean(scores)
        return Worth(self.reward(mean), self.accepts(mean), mean)
