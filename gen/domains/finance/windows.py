"""Windows of real series: some changes that a forecaster sees, and the change that came next.

places(DAILY, n=8, horizon=1, since=date(2025, 1, 1))[0]
->  Place(series="brent", now=9514, first_seen=date(2024, 12, 17), last_seen=date(2024, 12, 31),
          outcome_from=date(2025, 1, 2), outcome_by=date(2025, 1, 2))
window_at(changes(series("daily")["brent"]), 9514, past=250, n=8, horizon=1)
->  Window(usual=0.0189, seen=(-0.003, ...), outcome=0.0165)
disguised(window, rng)      ->  Disguised(usual=37, seen=(6, -21, ...), outcome=-32.3)

A disguise keeps what a forecast can rest on, how the changes compare with what is usual, and hides
which series it is and when: no names, no dates, a unit of its own, perhaps turned upside down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from math import sqrt
from random import Random

from gen.domains.finance.series import Series, changes, series


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a kind of series has values, and how many changes tell what is usual for it."""

    name: str
    past: int
    past_words: str


DAILY = Pace("daily", 250, "250 days")
MONTHLY = Pace("monthly", 60, "60 months")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a series is cut: the change numbered `now` is the first that came after."""

    series: str
    now: int
    first_seen: date
    last_seen: date
    outcome_from: date
    outcome_by: date


@dataclass(frozen=True, slots=True)
class Window:
    """Changes seen, the root mean square of the many before `now`, and the sum of the next ones."""

    usual: float
    seen: tuple[float, ...]
    outcome: float


@dataclass(frozen=True, slots=True)
class Disguised:
    """A window in a unit of its own, as a prompt shows it."""

    usual: int
    seen: tuple[int, ...]
    outcome: float


@cache
def places(pace: Pace, *, n: int, horizon: int, since: date) -> tuple[Place, ...]:
    """Every place of a pace's series that has enough before it, and an outcome after `since`.

    `n` changes before it are seen.
    """
    return tuple(
        Place(name, now, dates[now - n], dates[now - 1], dates[now], dates[now + horizon - 1])
        for name, levels in series(pace.name).items()
        for dates in [changes(levels).dates]
        for now in range(pace.past, len(dates) - horizon + 1)
        if dates[now] >= since
    )


def window_at(steps: Series, now: int, *, past: int, n: int, horizon: int) -> Window:
    """Cut a series of changes."""
    before = steps.values[now - past : now]
    return Window(
        usual=sqrt(sum(x * x for x in before) / past),
        seen=before[-n:],
        outcome=sum(steps.values[now : now + horizon]),
    )


def had_it_differed(steps: Series, now: int) -> Series:
    """The same series of changes up to `now`, and another one from there on."""
    other = tuple(-2 * change - 0.001 for change in steps.values[now:])
    return Series(steps.dates, steps.values[:now] + other)


KIN = {"wti": "brent", "vix": "sp500"}
"""Series whose changes nearly tell those of another on the same day."""


def drawn(pool: Sequence[Place], rng: Random, k: int) -> list[Place]:
    """`k` places of which none shows what another asks for, itself or in a series of its kin.

    Raises ValueError where the pool has no room for so many.
    """
    chosen: list[Place] = []
    for place in rng.sample(pool, len(pool)):
        if not any(_shows(place, other) or _shows(other, place) for other in chosen):
            chosen.append(place)
            if len(chosen) == k:
                return chosen
    raise ValueError(
        f"{len(chosen)} windows of {k} fit in what came after the freeze: take an earlier one"
    )


def _shows(one: Place, other: Place) -> bool:
    """Whether a day of the other's outcome is seen in `one`, or in its outcome if one series."""
    if KIN.get(one.series, one.series) != KIN.get(other.series, other.series):
        return False
    end = one.outcome_by if one.series == other.series else one.last_seen
    return one.first_seen <= other.outcome_by and other.outcome_from <= end


def disguised(window: Window, rng: Random) -> Disguised:
    """Change the unit so that the usual change is between 20 and 60, and perhaps the sign."""
    usual = rng.randint(20, 60)
    factor = rng.choice((-1, 1)) * usual / window.usual
    return Disguised(
        usual=usual,
        seen=tuple(round(factor * change) for change in window.seen),
        outcome=round(factor * window.outcome, 1),
    )


@dataclass(frozen=True, slots=True)
class Reference:
    """A forecaster of the next change: the recent variance, drawn towards the usual one.

    The variance of one change is `recent` times the exponentially weighted mean of squared changes
    (each weighs `decay` of the next) and the rest of the usual one; the sd is `width` of what
    follows for the horizon, the mean `momentum` times the last change.
    """

    decay: float
    recent: float
    width: float
    momentum: float = 0.0

    def forecast(self, window: Disguised, horizon: int) -> tuple[float, float]:
        """Mean and standard deviation."""
        weights = [self.decay**age for age in reversed(range(len(window.seen)))]
        squares = sum(
            weight * change**2 for weight, change in zip(weights, window.seen, strict=True)
        )
        variance = self.recent * squares / sum(weights) + (1 - self.recent) * window.usual**2
        mean = self.momentum * window.seen[-1] if self.momentum else 0.0
        return mean, self.width * sqrt(horizon * variance)
