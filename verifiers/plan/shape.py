"""From an objective to a reward: the plan's ratio to the best, and a curve over it.

    Shaped(floor=0.5, power=2).reward(0.75)     ->  0.25      ((0.75 - 0.5) / 0.5) ** 2
    Shaped(bar=0.95).accepts(0.96)              ->  True

A ratio is in [0, 1]: best / objective where it is a cost, objective / best where it is a gain.
"""

from fractions import Fraction
from typing import ClassVar

import msgspec

NEAR = 1e-9
"""A ratio may fall so far short of the bar: an optimum in floating point has an error."""


class Shaped(msgspec.Struct, frozen=True, kw_only=True):
    """What every ground truth may say: accepted from the ratio `bar`, paid above `floor`."""

    lower_is_better: ClassVar[bool] = True

    bar: float = 1.0
    floor: float = 0.5
    power: float = 2.0

    def check_shape(self) -> None:
        """Raise ValueError where no reward can follow from them."""
        if not 0 < self.bar <= 1 or not 0 <= self.floor < 1 or not 0 < self.power <= 16:
            raise ValueError("bar must lie in (0, 1], floor in [0, 1), power in (0, 16]")

    def reward(self, ratio: float) -> float:
        """In [0, 1], growing with the ratio; 0 at the floor, 1 at the best."""
        return max(0.0, (ratio - self.floor) / (1 - self.floor)) ** self.power

    def accepts(self, ratio: float) -> bool:
        """Whether a feasible plan of that ratio is good enough."""
        return ratio >= self.bar - NEAR


def ratio_to_best(objective: Fraction, best: Fraction, *, lower_is_better: bool) -> float:
    """The ratio in [0, 1]; a plan better than the best known has 1."""
    cost, gain = (objective, best) if lower_is_better else (best, objective)
    if cost <= gain:
        return 1.0
    return float(gain / cost) if gain > 0 else 0.0
