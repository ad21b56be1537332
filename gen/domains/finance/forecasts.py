"""Forecasts of what markets did next, judged by what they did: distributions, never directions.

    Below are 20 series of daily changes of market prices, ...
    S1 (usual 37): 6 -21 40 3 -9 -77 20 15
    ...
    ->  [[0, 35.2], [0, 18.9], ...]       paid by its CRPS, as skill over a reference

The outcomes all lie after `since`; a subclass with a later date is the same family for a model with
a later cut-off. What the windows were stands in a problem's evidence, and never in its prompt.
"""

import json
import re
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from random import Random
from typing import Any, ClassVar

import msgspec

from gen.domains.finance.series import Series, changes, series
from gen.domains.finance.windows import (
    DAILY,
    Disguised,
    Pace,
    Place,
    Reference,
    Window,
    disguised,
    drawn,
    had_it_differed,
    places,
    window_at,
)
from gen.family import Family, Lazy, Table
from verifiers.records import Problem

BAR = 0.05
"""The skill that is not enough: what luck alone reaches now and then on so few outcomes."""


WIDTHS = {"half the width": 0.5, "0.8 of the width": 0.8, "twice the width": 2, "a point": 0.01}

Shown = Sequence[Disguised]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of each series: its text, and what the ground truth holds beside outcomes."""

    task: str
    answer: str
    scored: str


class ForecastFamily(Family):
    """Some tens of disguised windows in a problem, whose next changes are to be forecast."""

    domain = "finance"
    levels = (1, 2, 3, 4, 5)
    verifier = "forecast"
    certificate = "outcome"
    pace: ClassVar[Pace] = DAILY
    since: ClassVar[date] = date(2025, 1, 1)
    sizes: ClassVar[tuple[tuple[int, int], ...]] = ((8, 20), (12, 20), (16, 25), (20, 30), (24, 30))
    """Changes seen and series in a problem, by level."""
    horizons: ClassVar[tuple[int, ...]] = (1, 1, 2, 5, 5)
    reference: ClassVar[Reference]

    @abstractmethod
    def question(self, horizon: int) -> Question:
        """What is asked."""

    @abstractmethod
    def truth(self, shown: Shown, horizon: int) -> dict[str, Any]:
        """The ground truth, with the reference's forecasts."""

    @abstractmethod
    def foreseen(self, truth: Mapping[str, Any]) -> list[Any]:
        """Forecasts by somebody who has seen the outcomes."""

    @abstractmethod
    def confused(self, truth: Mapping[str, Any]) -> list[Any]:
        """The reference's forecasts, with what is asked mistaken for something near it."""

    @abstractmethod
    def lazy(self, shown: Shown, horizon: int) -> Mapping[str, list[Any]]:
        """Forecasts by rules that need no thought, by name."""

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw windows, disguise them, and state how well the reference foresaw them."""
        return self._made(rng, level, lambda steps, now: steps)

    def otherwise(self, rng: Random, level: int) -> Problem:
        """The same windows, each of a series that went on differently."""
        return self._made(rng, level, had_it_differed)

    def _made(self, rng: Random, level: int, read: Callable[[Series, int], Series]) -> Problem:
        n, k = self.sizes[level - 1]
        horizon = self.horizons[level - 1]
        chosen = drawn(places(self.pace, n=n, horizon=horizon, since=self.since), rng, k)
        shown = [disguised(self._window(one, n, horizon, read), rng) for one in chosen]
        truth = {**self.truth(shown, horizon), "bar": BAR}
        made = self.problem(level, self._prompt(shown, horizon), json.dumps(truth))
        evidence = {
            "since": self.since.isoformat(),
            "windows": [
                [one.series, one.last_seen.isoformat(), one.outcome_by.isoformat()]
                for one in chosen
            ],
        }
        return replace(made, evidence=json.dumps(evidence))

    def _window(
        self, place: Place, n: int, horizon: int, read: Callable[[Series, int], Series]
    ) -> Window:
        steps = read(changes(series(self.pace.name)[place.series]), place.now)
        return window_at(steps, place.now, past=self.pace.past, n=n, horizon=horizon)

    def columns_and_outcome(self) -> Table:
        """What is shown of every window at the first level, and what came next."""
        n, _ = self.sizes[0]
        rng = Random(self.name)
        shown = [
            disguised(self._window(one, n, 1, lambda steps, now: steps), rng)
            for one in places(self.pace, n=n, horizon=1, since=self.since)
        ]
        columns = {f"change {i + 1}": [one.seen[i] for one in shown] for i in range(n)}
        columns["usual"] = [one.usual for one in shown]
        return columns, [one.outcome for one in shown]

    def probe(self, problem: Problem) -> str:
        """The same question without the changes, which leaves nothing but the series' units."""
        lines = [
            line.partition(":")[0] + ": (not shown)" if line.startswith("S") else line
            for line in problem.prompt.splitlines()
        ]
        return "\n".join(lines)

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The outcomes themselves: as an array, in an object, after a first attempt."""
        forecasts = json.dumps(self.foreseen(msgspec.json.decode(problem.ground_truth)))
        return (
            f"```json\n{forecasts}\n```",
            f'<think>All [0, 1]?</think>\n{{"forecasts": {forecasts}}}',
            f"A first try is [[0, 10]]. Looking closer:\n\n```json\n{forecasts}\n```\nThat is all.",
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """The reference's forecasts in another meaning, such as the variance for the sd."""
        return json.dumps(self.confused(msgspec.json.decode(problem.ground_truth)))

    def trivial(self) -> dict[str, Lazy]:
        """Rules that need no thought, applied to what the prompt shows."""

        def by(name: str) -> Callable[[Problem], str]:
            def respond(problem: Problem) -> str:
                shown = shown_in(problem.prompt)
                return json.dumps(self.lazy(shown, self.horizons[problem.level - 1])[name])

            return respond

        return {name: by(name) for name in self.lazy([Disguised(40, (1,), 0.0)], 1)}

    def _prompt(self, shown: Shown, horizon: int) -> str:
        question = self.question(horizon)
        lines = [
            f"S{i} (usual {one.usual}): {' '.join(map(str, one.seen))}"
            for i, one in enumerate(shown, 1)
        ]
        return (
            f"Here are {len(shown)} series of {self.pace.name} changes of market prices, "
            "indices or rates, oldest first. Each has a unit of its own and may be turned upside "
            f'down; "usual" is the root mean square of its {self.pace.name} changes over the last '
            f"{self.pace.past_words}.\n\n" + "\n".join(lines) + f"\n\n{question.task}\n"
            f"Answer with a JSON array of {len(shown)} {question.answer}, in the order of the "
            f"series. {question.scored}"
        )


def shown_in(prompt: str) -> Shown:
    """Read the windows of a prompt back, without their outcomes."""
    return [
        Disguised(int(usual), tuple(map(int, changes.split())), 0.0)
        for usual, changes in re.findall(r"^S\d+ \(usual (\d+)\): (.*)$", prompt, re.MULTILINE)
    ]


def next_change(pace: Pace, horizon: int) -> str:
    """Name what is to be forecast."""
    if horizon == 1:
        return f"the next {pace.name} change"
    return f"the sum of the next {horizon} {pace.name} changes"


class NormalForecasts(ForecastFamily):
    """Means and standard deviations, scored by the CRPS in units of the reference's own width."""

    def question(self, horizon: int) -> Question:
        """A normal distribution."""
        return Question(
            task=f"Forecast {next_change(self.pace, horizon)} of each series, in its unit, as a "
            "normal distribution.",
            answer="pairs [mean, standard deviation]",
            scored="The forecasts are scored by the continuous ranked probability score.",
        )

    def truth(self, shown: Shown, horizon: int) -> dict[str, Any]:
        """The kind `normal`."""
        forecasts = [self.reference.forecast(one, horizon) for one in shown]
        return {
            "kind": "normal",
            "outcomes": [one.outcome for one in shown],
            "reference": [[round(mean, 2), round(sd, 2)] for mean, sd in forecasts],
            "scale": "reference",
        }

    def lazy(self, shown: Shown, horizon: int) -> dict[str, list[Any]]:
        """The lazy normal distributions."""
        return lazy_normals(self.reference, shown, horizon)

    def foreseen(self, truth: Mapping[str, Any]) -> list[Any]:
        """The outcome, and a narrow width."""
        return [[outcome, 1] for outcome in truth["outcomes"]]

    def confused(self, truth: Mapping[str, Any]) -> list[Any]:
        """The variance in the place of the standard deviation."""
        return [[mean, round(sd**2, 2)] for mean, sd in truth["reference"]]

    def unread(self) -> dict[str, Any]:
        """No change, in three widths."""
        return {f"mean 0, sd {sd}": [0, sd] for sd in (1, 40, 80)}


def lazy_normals(reference: Reference, shown: Shown, horizon: int) -> dict[str, list[Any]]:
    """The usual width, a popular forecaster, and the reference made narrower and wider."""
    rules = {
        "usual width": Reference(decay=0.9, recent=0, width=1),
        "EWMA of 0.94": Reference(decay=0.94, recent=1, width=1),
        **{
            name: replace(reference, width=factor * reference.width)
            for name, factor in WIDTHS.items()
        },
    }
    forecasts = {
        name: [list(rule.forecast(one, horizon)) for one in shown] for name, rule in rules.items()
    }
    return {**forecasts, "one width for all": [[0, round(40 * horizon**0.5)] for _ in shown]}
