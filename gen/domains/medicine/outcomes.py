"""Outcomes of real patients, forecast from a table of others and judged by what became of them.

    SurvivalOutcomes().generate(rng, 1)
    A,B,C,time,event
    171,0,152,412,1
    ...
    ->  [0.31, 0.62, ...]     paid by its Brier score, weighed for censoring, over the share

What the cohort is stands in a problem's evidence, never in its prompt.
"""

import json
import re
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from statistics import fmean, pstdev
from typing import Any, ClassVar

import msgspec

from gen.domains.medicine.cohorts import SURVIVAL, Cohort, cohort, event_share, folder
from gen.domains.medicine.masks import masked
from gen.family import Card, Family, Lazy, Table
from verifiers.forecast.scores import censoring_weights
from verifiers.records import Problem

BAR = 0.05
"""The skill that is not enough: what luck alone reaches now and then on so few patients."""

SIZES = ((3, 24, 30), (4, 36, 30), (4, 50, 36), (5, 70, 40), (6, 90, 40))
"""Columns, training patients and patients to forecast, by level."""


@dataclass(frozen=True, slots=True)
class Task:
    """A cohort, masked and split: the rows shown with their outcome, and those held back."""

    group: Cohort
    rows: list[list[int]]
    shown: list[int]
    held: list[int]

    @property
    def others(self) -> list[int]:
        """All patients but those held back."""
        held = set(self.held)
        return [i for i in range(len(self.group)) if i not in held]


class OutcomeFamily(Family):
    """A table of masked patients with their outcome, and at least twenty more to forecast."""

    domain = "medicine"
    levels = (1, 2, 3, 4, 5)
    verifier = "forecast"
    certificate = "outcome"
    cohorts: ClassVar[tuple[str, ...]]
    package: ClassVar[tuple[str, str]] = ("sklearn", "scikit-learn")
    """What ships the cohorts: its import name, and what to install."""

    def missing(self) -> str | None:
        """The package that ships the cohorts, where it is not installed."""
        name, install = self.package
        return None if folder(name) else f"install {install}"

    @abstractmethod
    def question(self, task: Task, rng: Random) -> tuple[str, dict[str, Any]]:
        """The prompt, and the ground truth without its outcomes."""

    @abstractmethod
    def outcomes(self, task: Task, truth: dict[str, Any], held: Sequence[int]) -> dict[str, Any]:
        """What the ground truth says of the outcomes of the patients `held`."""

    @abstractmethod
    def foreseen(self, truth: dict[str, Any]) -> list[Any]:
        """Forecasts by somebody who has seen the outcomes."""

    @abstractmethod
    def mistaken(self, truth: dict[str, Any]) -> list[Any]:
        """The same with what is asked mistaken for something near it."""

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw patients, mask them, and state how well the cohort's own share foresaw them."""
        return self._made(rng, level, lambda held: held)

    def otherwise(self, rng: Random, level: int) -> Problem:
        """The same patients, had each to forecast become what another of them did."""
        return self._made(rng, level, lambda held: [*held[7:], *held[:7]])

    def _made(self, rng: Random, level: int, became: Callable[[list[int]], list[int]]) -> Problem:
        n_columns, n_shown, n_held = SIZES[level - 1]
        name = rng.choice(self.cohorts)
        group = cohort(name)
        drawn = rng.sample(range(len(group)), n_shown + n_held)
        rows = masked(group, rng, min(n_columns, len(group.columns)))
        task = Task(group, rows, drawn[:n_shown], drawn[n_shown:])
        prompt, truth = self.question(task, rng)
        truth |= {**self.outcomes(task, truth, became(task.held)), "bar": BAR}
        made = self.problem(level, prompt, json.dumps(truth))
        evidence = {"cohort": name, "patients": task.held}
        return replace(made, evidence=json.dumps(evidence))

    def probe(self, problem: Problem) -> str:
        """The same question without any patient's values."""
        return re.sub(r"^[-\d]+(?:,[-\d]+)+$", "(not shown)", problem.prompt, flags=re.MULTILINE)

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The outcomes themselves: as an array, and in an object after a first attempt."""
        forecasts = json.dumps(self.foreseen(msgspec.json.decode(problem.ground_truth)))
        return (
            f"```json\n{forecasts}\n```",
            f'<think>All [0.5]?</think>\nFirst [0.5], then {{"forecasts": {forecasts}}}',
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """What is asked mistaken for its opposite."""
        return json.dumps(self.mistaken(msgspec.json.decode(problem.ground_truth)))


def shipped(chance_level: float, source: str, *pitfalls: str) -> Card:
    """The card of a family made of a table that a package ships."""
    return Card(
        licence="the package's (MIT or BSD-3-Clause) for the table; Apache-2.0 for the rest",
        source=source,
        chance_level=chance_level,
        pitfalls=(
            "training data only: no clinical advice, and no use on patients",
            "small cohorts that models may remember: names, units, order and scale are masked, "
            "`gen "
            "probe` measures what is left",
            *pitfalls,
        ),
    )


def always(forecast: Any) -> Lazy:
    """One forecast for every patient."""

    def respond(problem: Problem) -> str:
        n = len(msgspec.json.decode(problem.ground_truth)["reference"])
        return json.dumps([forecast] * n)

    return respond


def table(task: Task, shown: Sequence[str], heading: str) -> str:
    """The training rows with their outcomes, then the rows to forecast."""
    letters = [chr(ord("A") + i) for i in range(len(task.rows[0]))]
    lines = [",".join((*letters, heading))]
    lines += [f"{_row(task.rows[i])},{end}" for i, end in zip(task.shown, shown, strict=True)]
    asked = [_row(task.rows[i]) for i in task.held]
    return (
        "\n".join(lines) + f"\n\nPatients to forecast ({','.join(letters)}):\n" + "\n".join(asked)
    )


def _row(values: Sequence[int]) -> str:
    return ",".join(map(str, values))


COLUMNS = (
    "The columns {last} were known beforehand; their names and units are hidden and their scales "
    "changed."
)


def _named(task: Task) -> str:
    return COLUMNS.format(last=f"A to {chr(ord('A') + len(task.rows[0]) - 1)}")


class ProbabilityOutcomes(OutcomeFamily):
    """Outcomes that happen or do not."""

    def mistaken(self, truth: dict[str, Any]) -> list[Any]:
        """The probability that it does not happen."""
        return [1 - p for p in self.foreseen(truth)]

    def trivial(self) -> dict[str, Lazy]:
        """The same probability for everyone: a constant, or the share that the prompt states."""
        constants = {f"always {p}": always(p) for p in (0, 0.1, 0.3, 0.4, 0.5, 1)}
        return {**constants, "the stated share": _stated_share}


def _stated_share(problem: Problem) -> str:
    share = re.search(r"(\d+)% of all other patients", problem.prompt)
    return always(int(share[1]) / 100 if share else 0.5)(problem)  # type: ignore[operator]


class SurvivalOutcomes(ProbabilityOutcomes):
    """Who has the event by a time, in cohorts where observation may end before it."""

    name = "outcomes.survival"
    card = shipped(
        0.18,
        "lifelines' tables gbsg2, lymph_node and lung",
        "60 draws a level, +- 95 %: the share's own Brier score is 0.207 +- 0.006; a Cox "
        "regression on "
        "the rows shown has a skill of 0.065 +- 0.010 and is accepted in 56 %; the best constant "
        "has a skill of -0.03 and is accepted in 8 %, that of 0.5 in 12 % (17 % at one level)",
        "little can be foreseen, and thirty to forty patients leave luck: keep its weight low",
    )
    cohorts = SURVIVAL
    package = ("lifelines", "assay[domains]")

    def question(self, task: Task, rng: Random) -> tuple[str, dict[str, Any]]:
        """Events by a time at which a fifth to two fifths of the others have had one."""
        pace = rng.uniform(0.2, 1.4)
        at = _horizon(task, rng.uniform(0.2, 0.4))
        share = event_share(task.group, task.others, at)
        times = [max(1, round(task.group.times[i] * pace)) for i in task.shown]
        ends = [f"{time},{task.group.events[i]}" for time, i in zip(times, task.shown, strict=True)]
        n, shown_at = len(task.held), max(1, round(at * pace))
        prompt = (
            "Patients with one disease were followed until an event (event 1) or until observation "
            "ended "
            f"without it (event 0); time is in a hidden unit. {_named(task)}\n\n"
            f"{table(task, ends, 'time,event')}\n\n"
            f"By time {shown_at} the event had come to {100 * share:.0f}% of all other patients of "
            "the cohort "
            f"(Kaplan-Meier).\nGive for each of the {n} patients, in their order, the probability "
            "that the "
            f"event comes by time {shown_at}, as a JSON array of {n} numbers from 0 to 1. They are "
            "scored by "
            f"the Brier score, against {share:.2f} for everyone."
        )
        return prompt, {
            "kind": "survival",
            "at": at,
            "reference": [round(share, 4)] * n,
        }

    def outcomes(self, task: Task, truth: dict[str, Any], held: Sequence[int]) -> dict[str, Any]:
        """Times and events, and weights from the censoring of the whole cohort."""
        times, events = task.group.times, task.group.events
        weights = censoring_weights(times, events, truth["at"])
        return {
            "times": [times[i] for i in held],
            "events": [events[i] for i in held],
            "weights": [round(weights[i], 6) for i in held],
        }

    def foreseen(self, truth: dict[str, Any]) -> list[float]:
        """1 for who had the event by then."""
        return [float(time <= truth["at"]) for time in truth["times"]]

    def columns_and_outcome(self) -> Table:
        """The cohort of recurrences, and who had one within three years; None where not known."""
        group, at = cohort("breast recurrence"), 1096
        became = [
            None if time <= at and not event else int(time <= at)
            for time, event in zip(group.times, group.events, strict=True)
        ]
        return group.columns, became


def _horizon(task: Task, share: float) -> float:
    """The first time by which so many of the others have had the event."""
    others = task.others
    times = sorted({task.group.times[i] for i in others if task.group.events[i]})
    low, high = 0, len(times) - 1
    while low < high:
        middle = (low + high) // 2
        enough = event_share(task.group, others, times[middle]) >= share
        low, high = (low, middle) if enough else (middle + 1, high)
    return times[low]


class DiagnosisOutcomes(ProbabilityOutcomes):
    """Which tumours are malignant, from columns none of which tells it by itself."""

    name = "outcomes.diagnosis"
    card = shipped(
        0.2,
        "scikit-learn's copy of the Wisconsin diagnostic breast cancer table",
        "60 draws a level, +- 95 %: the share's own Brier score is 0.233 +- 0.002; a logistic "
        "regression "
        "on the rows shown has a skill of 0.45 +- 0.02 and is accepted in 96 %; the best constant "
        "has a skill below 0 and is accepted in 13 % (20 % at one level)",
        "one of the best known tables of all: for calibration, with a low weight",
    )
    cohorts = ("breast tumours",)

    def question(self, task: Task, rng: Random) -> tuple[str, dict[str, Any]]:
        """Probabilities of the diagnosis."""
        share = fmean(task.group.outcomes[i] for i in task.others)
        ends = [f"{task.group.outcomes[i]:.0f}" for i in task.shown]
        n = len(task.held)
        prompt = (
            "Patients were examined for a disease, and later it was known who had it (1) or not "
            "(0). "
            f"{_named(task)}\n\n{table(task, ends, 'disease')}\n\n"
            f"{100 * share:.0f}% of all other patients of the cohort had the disease.\nGive for "
            f"each of the {n} "
            f"patients, in their order, the probability of having it, as a JSON array of {n} "
            "numbers from 0 "
            f"to 1. They are scored by the Brier score, against {share:.2f} for everyone."
        )
        return prompt, {"kind": "probability", "rule": "brier", "reference": [round(share, 4)] * n}

    def outcomes(self, task: Task, truth: dict[str, Any], held: Sequence[int]) -> dict[str, Any]:
        """1 for the disease."""
        return {"outcomes": [int(task.group.outcomes[i]) for i in held]}

    def foreseen(self, truth: dict[str, Any]) -> list[float]:
        """The outcomes."""
        return [float(one) for one in truth["outcomes"]]

    def columns_and_outcome(self) -> Table:
        """All patients."""
        group = cohort("breast tumours")
        return group.columns, group.outcomes


class ProgressionOutcomes(OutcomeFamily):
    """How far a disease has come a year later, as a mean and a standard deviation."""

    name = "outcomes.progression"
    card = shipped(
        0.02,
        "scikit-learn's copy of the diabetes table of Efron et al., Ann Stat 32:407 (2004)",
        "60 draws a level, +- 95 %: a ridge regression on the rows shown has a skill of 0.19 +- "
        "0.01 "
        "over the cohort's own mean and deviation, and is accepted in 90 %; the stated deviation "
        "made "
        "narrower or wider never is",
    )
    cohorts = ("diabetes",)

    def question(self, task: Task, rng: Random) -> tuple[str, dict[str, Any]]:
        """Gaussian forecasts of a measure of progression."""
        scale, origin = rng.uniform(0.4, 1.6), rng.uniform(-20, 60)
        measure = [origin + scale * one for one in task.group.outcomes]
        others = [measure[i] for i in task.others]
        mean, sd = fmean(others), pstdev(others)
        ends = [f"{measure[i]:.0f}" for i in task.shown]
        n = len(task.held)
        prompt = (
            "A year after patients with one disease were examined, a score of its progress was "
            "taken. "
            f"{_named(task)}\n\n{table(task, ends, 'score')}\n\n"
            f"Over all other patients of the cohort the score has the mean {mean:.1f} and the "
            "standard "
            f"deviation {sd:.1f}.\nGive for each of the {n} patients, in their order, a mean and a "
            "standard "
            f"deviation for the score, as a JSON array of {n} pairs [mean, sd]. They are scored by "
            "the CRPS "
            "of the normal distribution, against the cohort's mean and deviation for everyone."
        )
        reference = [[round(mean, 2), round(sd, 2)]] * n
        return prompt, {"kind": "normal", "reference": reference, "outcomes": measure}

    def outcomes(self, task: Task, truth: dict[str, Any], held: Sequence[int]) -> dict[str, Any]:
        """The scores, to one decimal."""
        return {"outcomes": [round(truth["outcomes"][i], 1) for i in held]}

    def foreseen(self, truth: dict[str, Any]) -> list[Any]:
        """The outcomes, nearly certain."""
        return [[one, 0.5] for one in truth["outcomes"]]

    def mistaken(self, truth: dict[str, Any]) -> list[Any]:
        """The variance for the standard deviation."""
        return [[mean, sd * sd] for mean, sd in truth["reference"]]

    def trivial(self) -> dict[str, Lazy]:
        """The stated mean with the stated deviation, and with narrower and wider ones."""
        widths = {"the stated deviation": 1, "0.8 of it": 0.8, "half of it": 0.5, "twice it": 2}
        return {name: _stated_width(width) for name, width in widths.items()}

    def columns_and_outcome(self) -> Table:
        """All patients."""
        group = cohort("diabetes")
        return group.columns, group.outcomes


def _stated_width(width: float) -> Lazy:
    def respond(problem: Problem) -> str:
        told = re.search(r"the mean ([-\d.]+) and the standard deviation ([\d.]+)", problem.prompt)
        mean, sd = (float(told[1]), float(told[2].rstrip("."))) if told else (100.0, 50.0)
        n = len(msgspec.json.decode(problem.ground_truth)["reference"])
        return json.dumps([[mean, width * sd]] * n)

    return respond
