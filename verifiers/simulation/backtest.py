"""Trading: the engine shows one price at a time and holds the position until the next.

    {"kind": "backtest", "windows": [[100.0, 101.5, 99.2, ...], ...], "warmup": 30, "cost_bp": 5}
    def step(history): ...      # prices so far, oldest first -> position in [-1, 1]

A window's score is the smaller of two excesses, both after costs and in units of the window's
standard deviation times the square root of its steps, clipped to [-1, 1]: that over buying and
holding, and that over a random book of the same turnover, which is the mean over all rotations of
the positions in time. Holding, or any constant position, has no excess over its own rotations.
"""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from statistics import fmean, pstdev

import msgspec

from verifiers.simulation.episode import MOST_STEPS, BadAction, Episode, Replay, Worth

REPLAYS = 2
"""Prefixes of each window that are shown again."""


class Backtest(msgspec.Struct, frozen=True, tag="backtest", tag_field="kind", kw_only=True):
    """Windows of prices; positions are taken from the `warmup`-th price on.

    Accepted where the mean score of the windows is above `bar`, and paid `mean / full`.
    """

    windows: tuple[tuple[float, ...], ...]
    warmup: int = 30
    cost_bp: float = 5.0
    bar: float = 0.0
    full: float = 1.0
    entry_point: str = "step"

    def __post_init__(self) -> None:
        if not self.windows or not 1 <= self.warmup <= min(map(len, self.windows)) - 3:
            raise ValueError("every window must be three prices longer than the warm-up")
        if sum(len(window) - self.warmup for window in self.windows) > MOST_STEPS:
            raise ValueError(f"there are more than {MOST_STEPS} steps")
        if any(not 1e-9 < price < 1e12 for window in self.windows for price in window):
            raise ValueError("prices must be above 0")
        if any(pstdev(self.returns(window)) == 0 for window in self.windows):
            raise ValueError("the price of a window never moves")
        if not 0 <= self.cost_bp <= 1e4 or not 0 <= self.bar < 1 or not 0 < self.full <= 1:
            raise ValueError("cost_bp, bar and full must lie in [0, 10000], [0, 1) and (0, 1]")

    @property
    def n_episodes(self) -> int:
        """A window is an episode."""
        return len(self.windows)

    def play(self, index: int) -> Episode:
        """Show the prices up to each step; gives the window's score."""
        prices, positions = self.windows[index], []
        for seen in range(self.warmup, len(prices)):
            position = yield [[*prices[:seen]]]
            if not -1 - 1e-9 <= position <= 1 + 1e-9:
                raise BadAction(f"the position {position:g} is outside [-1, 1]")
            positions.append(position)
        return self.score(self.returns(prices), positions)

    def returns(self, prices: Sequence[float]) -> list[float]:
        """What a position of 1 earns from each step to the next."""
        return [after / before - 1 for before, after in pairwise(prices[self.warmup - 1 :])]

    def score(self, returns: Sequence[float], positions: Sequence[float]) -> float:
        """The smaller excess, clipped to [-1, 1]."""
        turnover = sum(abs(new - old) for old, new in pairwise([0.0, *positions]))
        costs, costs_of_holding = (self.cost_bp / 1e4 * moved for moved in (turnover, 1.0))
        earned = sum(held * gain for held, gain in zip(positions, returns, strict=True))
        over_holding = (earned - costs) - (sum(returns) - costs_of_holding)
        over_random = earned - len(returns) * fmean(positions) * fmean(returns)
        unit = pstdev(returns) * len(returns) ** 0.5
        return max(-1.0, min(1.0, min(over_holding, over_random) / unit))

    def replays(self, index: int, actions: Sequence[float]) -> list[Replay]:
        """Some prefixes of the window: a position may depend on the prices shown alone."""
        prices = self.windows[index]
        chosen = Random(f"{prices}").sample(range(len(actions)), min(REPLAYS, len(actions)))
        return [Replay([[*prices[: self.warmup + place]]], actions[place]) for place in chosen]

    def worth(self, scores: Sequence[float]) -> Worth:
        """The mean score, paid from 0 to `full`."""
        mean = fmean(scores)
        return Worth(max(0.0, min(1.0, mean / self.full)), mean > self.bar, mean)
