"""Proper scoring rules, a case at a time: the lower the better, in the outcome's own unit.

    brier(0.7, 1)                              ->  0.09
    crps_normal(0.0, 1.0, 0.0)                 ->  0.2337
    pinball([-1.0, 0.0, 1.0], (0.1, 0.5, 0.9), 0.4)   ->  0.1533

Under each of them nothing is expected to score better than the true distribution itself: Gneiting
and Raftery, Strictly Proper Scoring Rules, Prediction, and Estimation, JASA 102 (2007).
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from math import erf, exp, log, pi, sqrt


def brier(p: float, outcome: int) -> float:
    """The squared error of a probability; `outcome` is 0 or 1."""
    return (p - outcome) ** 2


def log_loss(p: float, outcome: int, floor: float) -> float:
    """Minus the log of what the outcome was given, `p` being moved into [floor, 1 - floor] first.

    That keeps the rule proper: where the truth is below the floor, the floor is its best forecast.
    Clipping what the outcome was given instead would pay for saying 0 where 0.002 is meant.
    """
    p = min(max(p, floor), 1 - floor)
    return -log(p if outcome else 1 - p)


def crps_normal(mean: float, sd: float, outcome: float) -> float:
    """The continuous ranked probability score of a Gaussian, in closed form; `sd` is above 0.

    Gneiting and Raftery's equation 21, multiplied out so that no `sd` is too small for it.
    """
    error = outcome - mean
    z = error / sd
    density = exp(-min(z * z, 1e4) / 2) / sqrt(2 * pi)
    return error * erf(z / sqrt(2)) + sd * (2 * density - 1 / sqrt(pi))


def pinball(quantiles: Sequence[float], levels: Sequence[float], outcome: float) -> float:
    """The mean quantile loss, twice over: the CRPS, seen at the levels alone.

    At the two levels a/2 and 1 - a/2 this is the interval score times a/2, so that the skill by one
    is the skill by the other.
    """
    return sum(
        2 * (level - (outcome < q)) * (outcome - q)
        for q, level in zip(quantiles, levels, strict=True)
    ) / len(levels)


def censoring_weights(times: Sequence[float], events: Sequence[int], at: float) -> list[float]:
    """What each case's squared error weighs in a Brier score at the time `at`, though some are cut
    short.

    A case seen to have its event by then weighs 1/G just before its time, one still under
    observation after it 1/G(at), one censored by then nothing; G is the Kaplan-Meier estimate of
    staying uncensored, made from the cases themselves. Graf, Schmoor, Sauerbrei and Schumacher,
    Statistics in Medicine 18 (1999).
    """
    steps, shares = _uncensored(times, events)
    still = shares[bisect_right(steps, at)]
    return [
        1 / still if time > at else 1 / shares[bisect_left(steps, time)] if event else 0.0
        for time, event in zip(times, events, strict=True)
    ]


def _uncensored(times: Sequence[float], events: Sequence[int]) -> tuple[list[float], list[float]]:
    """The times at which cases are censored, and the estimate before each and after the last.

    Where an event and a censoring share a time, the event came first.
    """
    censored = Counter(time for time, event in zip(times, events, strict=True) if not event)
    ordered = sorted(times)
    shares = [1.0]
    for step in sorted(censored):
        at_risk = len(ordered) - bisect_right(ordered, step) + censored[step]
        shares.append(shares[-1] * (1 - censored[step] / at_risk))
    return sorted(censored), shares
