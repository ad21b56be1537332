"""Trading rules as code, run on windows of real series that they have not seen.

    Backtest().generate(rng, 1)     def step(history): ...     # -> position in [-1, 1]

A window is a stretch of a real daily series after `since`, as an index that begins at 100: no name,
no date, sometimes the index of the inverse price, and with its volatility set to a common one. At
the first levels part of the windows are made instead, and drift back to a slow mean or go on in
their direction: there a rule can be right, where on real prices there is next to nothing to be
earned.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from math import exp
from random import Random
from statistics import pstdev
from typing import ClassVar

import msgspec

from gen.domains.finance.series import changes, series
from gen.family import Card, Family, Lazy
from verifiers.records import Problem
from verifiers.simulation.backtest import Backtest as Engine
from verifiers.simulation.episode import played

WARMUP = 30
STEPS = 50
WINDOWS = 20
SHOWN = 40
COST_BP = 5
REVERTS, TRENDS = "reverts", "trends"
REGIMES = (REVERTS, TRENDS)
BAR = 0.15
"""The mean score that is not enough: what luck alone seldom reaches in twenty windows."""

DAILY_SD = 0.012
"""The volatility that every window is set to."""

Walk = tuple[float, ...]


class Backtest(Family):
    """Trading rules, backtested bar by bar on held-out windows after costs."""

    name = "strategies.backtest"
    domain = "finance"
    levels = (1, 2, 3, 4)
    verifier = "simulation"
    certificate = "outcome"
    since: ClassVar[date] = date(2025, 1, 1)
    shares: ClassVar[tuple[float, ...]] = (1.0, 1.0, 0.5, 0.0)
    """The share of made windows, by level; the rest is real."""
    card = Card(
        licence="Apache-2.0; the series are public (FRED and others, see data/README.md)",
        source="daily prices and indices after 2024, and made series with a known regime",
        chance_level=0.03,
        pitfalls=(
            "nothing here is investment advice: twenty windows say next to nothing of the future",
            "on real windows (level 4, half of level 3) hardly any rule has a true excess",
            "windows of one problem may overlap in time, and markets move together",
        ),
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """One regime, of which the prompt tells; two; half of the windows real; all of them."""
        return self._drawn(rng, level, lambda steps: steps)

    def otherwise(self, rng: Random, level: int) -> Problem:
        """The same, where every held-out window went the other way."""
        return self._drawn(rng, level, lambda steps: tuple(-step for step in steps))

    def _drawn(self, rng: Random, level: int, went: Callable[[Walk], Walk]) -> Problem:
        n_made = round(self.shares[level - 1] * WINDOWS)
        regimes = [rng.choice(REGIMES)] if level == 1 else [*REGIMES]
        examples = self._examples(rng, regimes if n_made else [])
        real = rng.sample(stretches(self.since, date.max), WINDOWS - n_made)
        steps = [
            walk(rng, regimes[place % len(regimes)], WARMUP + STEPS) for place in range(n_made)
        ]
        steps += [disguised(one.steps, rng) for one in real]
        rng.shuffle(steps)
        truth = {
            "kind": "backtest",
            "windows": [prices_of(went(one)) for one in steps],
            "warmup": WARMUP + 1,
            "cost_bp": COST_BP,
            "bar": BAR,
        }
        prompt = _prompt(examples, regimes[0] if level == 1 else None, n_made)
        evidence = {
            "since": self.since.isoformat(),
            "windows": [[one.series, one.first.isoformat(), one.last.isoformat()] for one in real],
        }
        made = self.problem(level, prompt, json.dumps(truth))
        return replace(made, evidence=json.dumps(evidence))

    def _examples(self, rng: Random, regimes: Sequence[str]) -> list[list[float]]:
        """Two windows such as the held-out ones; real ones ended before `since`."""
        if regimes:
            return [prices_of(walk(rng, regimes[k % len(regimes)], SHOWN)) for k in range(2)]
        past = rng.sample(stretches(date(2000, 1, 1), self.since), 2)
        return [prices_of(disguised(one.steps, rng)[:SHOWN]) for one in past]

    def size(self, problem: Problem) -> float:
        """How many windows are real, and one more where nobody says how prices move."""
        real = len(msgspec.json.decode(problem.evidence)["windows"])
        return 1.0 + real + ("Prices tend to" not in problem.prompt)

    def right(self, problem: Problem) -> tuple[str, ...]:
        """A program that knows the windows, which no candidate can."""
        windows = json.loads(problem.ground_truth)["windows"]
        known = {
            f"{seen} {prices[seen - 1]}": prices[seen] > prices[seen - 1]
            for prices in windows
            for seen in range(WARMUP + 1, len(prices))
        }
        rising = sorted(key for key, up in known.items() if up)
        program = (
            f"```python\nRISING = {{*{json.dumps(rising)}}}\n\ndef step(history):\n"
            '    return 1 if f"{len(history)} {history[-1]}" in RISING else -1.0\n```'
        )
        return program, f"Hindsight:\n\n{program}\nThat is all."

    def wrong(self, problem: Problem, rng: Random) -> str:
        """A rule for the other regime: following the last move where moves reverse, or against."""
        simulation = msgspec.json.decode(problem.ground_truth, type=Engine)
        for name in ("yesterday", "against yesterday"):
            policy = LAZY[name].policy
            scores = [played(simulation, k, policy)[0] for k in range(simulation.n_episodes)]
            if not simulation.worth(scores).accepted:
                return LAZY[name].program
        return LAZY["hold"].program

    def trivial(self) -> dict[str, Lazy]:
        """Holding, cash, and a coin that the prices toss."""
        return {name: LAZY[name].program for name in NAMES[:3]}


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a real series: its steps, and the days of the first and last traded one."""

    series: str
    first: date
    last: date
    steps: Walk


@cache
def stretches(since: date, until: date) -> tuple[Stretch, ...]:
    """Stretches whose traded steps lie after `since` and before `until`, one a week of trading."""
    found = []
    for name, one in series("daily").items():
        moves = changes(one)
        for start in range(0, len(moves.values) - WARMUP - STEPS, 5):
            days = moves.dates[start + WARMUP : start + WARMUP + STEPS]
            steps = moves.values[start : start + WARMUP + STEPS]
            if since < days[0] and days[-1] < until and pstdev(steps[:WARMUP]) > 0:
                found.append(Stretch(name, days[0], days[-1], steps))
    return tuple(found)


def disguised(steps: Walk, rng: Random) -> Walk:
    """Steps of a common volatility before the first trade, perhaps of the inverse price."""
    factor = rng.choice((-1, 1)) * DAILY_SD / pstdev(steps[:WARMUP])
    return tuple(factor * step for step in steps)


def walk(rng: Random, regime: str, n: int) -> Walk:
    """Made steps: a price that comes back to its mean, or one whose drift lasts."""
    steps, away, drift = [], 0.0, rng.choice((-1, 1))
    for _ in range(n):
        noise = rng.gauss(0, DAILY_SD)
        if regime == REVERTS:
            step = noise - 0.25 * away
        else:
            drift = -drift if rng.random() < 1 / 30 else drift
            step = noise + 0.7 * DAILY_SD * drift
        away += step
        steps.append(step)
    return tuple(steps)


def prices_of(steps: Walk) -> list[float]:
    """An index that begins at 100, with two decimals."""
    prices, level = [100.0], 0.0
    for step in steps:
        level += step
        prices.append(round(100 * exp(level), 2))
    return prices


@dataclass(frozen=True, slots=True)
class Rule:
    """A lazy trading rule: as the engine calls it, and as a program."""

    body: str

    @property
    def program(self) -> str:
        """The response that gives it."""
        return f"```python\ndef step(history):\n    {self.body}\n```"

    def policy(self, history: Sequence[float]) -> float:
        """The same, called here."""
        return POLICIES[self.body](history)


POLICIES: dict[str, Callable[[Sequence[float]], float]] = {
    "return 1.0": lambda history: 1.0,
    "return 0.0": lambda history: 0.0,
    "return 1.0 if int(history[-1] * 7919) % 2 else -1.0": lambda history: (
        1.0 if int(history[-1] * 7919) % 2 else -1.0
    ),
    "return 1.0 if history[-1] > sum(history[-20:]) / 20 else -1.0": lambda history: (
        1.0 if history[-1] > sum(history[-20:]) / 20 else -1.0
    ),
    "return 1.0 if history[-1] > history[-21] else 0.0": lambda history: (
        1.0 if history[-1] > history[-21] else 0.0
    ),
    "return 1.0 if history[-1] > history[-2] else -1.0": lambda history: (
        1.0 if history[-1] > history[-2] else -1.0
    ),
    "return -1.0 if history[-1] > history[-2] else 1.0": lambda history: (
        -1.0 if history[-1] > history[-2] else 1.0
    ),
}
NAMES = (
    "hold", "cash", "a coin", "mean of 20 days", "momentum of 20 days", "yesterday",
    "against yesterday",
)  # fmt: skip
LAZY = {name: Rule(body) for name, body in zip(NAMES, POLICIES, strict=True)}


def _prompt(examples: Sequence[Sequence[float]], told: str | None, n_made: int) -> str:
    hint = {
        None: "",
        REVERTS: " Prices tend to come back to a mean.",
        TRENDS: " Prices tend to go on in their direction for some weeks.",
    }[told]
    kind = "daily index values" if n_made < WINDOWS else "made daily index values"
    shown = "\n".join(", ".join(f"{price:g}" for price in one) for one in examples)
    return (
        "Write a Python function step(history) for a backtest. history is the list of "
        f"{kind} so far, oldest first, {WARMUP + 1} or more; it returns the position to hold until "
        "the next value, from -1 (short) to 1 (long). It must depend on history alone: no state "
        "between calls, no clock, no random numbers. It is run on "
        f"{WINDOWS} unseen windows of {STEPS} days each; trading costs {COST_BP} basis points of "
        "what is bought or sold. A window's score is the smaller of its excess over buying and "
        "holding and its excess over the same positions at other times, after costs, in units of "
        f"the window's volatility and clipped to [-1, 1]. The mean must be above {BAR}.{hint}\n\n"
        f"Two such windows, in part:\n\n{shown}"
    )
