"""What outcome families of yes and no share: cases held back, and a base rate to be beaten.

    Decisions().reading(Path("scdb.csv")).generate(rng, 1)    40 masked cases; [0.61, 0.55, ...]

A forecast is a probability for each case. It is paid its Brier skill over the base rate, that of
the cases that came before or that the cases were drawn at, and accepted where that skill exceeds
`BAR`.
"""

import json
from abc import abstractmethod
from dataclasses import dataclass, replace
from random import Random
from typing import ClassVar

import msgspec

from gen.family import Family, Lazy, Table
from verifiers.records import Problem

BAR = 0.05
"""The skill that is not enough: what luck alone reaches now and then on so few cases."""


@dataclass(frozen=True, slots=True)
class Question:
    """A batch of cases put into words; `base` is the share of yes that is known beforehand."""

    prompt: str
    outcomes: list[int]
    base: float


class CaseForecasts(Family):
    """A batch of masked cases whose outcomes are known to the judge alone."""

    levels = (1, 2, 3)
    verifier = "forecast"
    certificate = "outcome"
    reference: ClassVar[str]
    """What the base rate is that of."""

    @abstractmethod
    def question(self, rng: Random, level: int) -> Question:
        """Choose cases, and put them into words."""

    @abstractmethod
    def columns_and_outcome(self) -> Table | None:
        """What the prompts show of all the cases, and what became of them."""

    def generate(self, rng: Random, level: int) -> Problem:
        """Ask for the outcomes of a batch of cases."""
        return self.put(self.question(rng, level), level)

    def otherwise(self, rng: Random, level: int) -> Problem:
        """The same batch, had every case ended the other way."""
        asked = self.question(rng, level)
        return self.put(replace(asked, outcomes=[1 - one for one in asked.outcomes]), level)

    def put(self, asked: Question, level: int) -> Problem:
        """The problem of a question."""
        n = len(asked.outcomes)
        truth = {
            "kind": "probability",
            "rule": "brier",
            "outcomes": asked.outcomes,
            "reference": [asked.base] * n,
            "bar": BAR,
        }
        text = (
            f"{asked.prompt}\nAnswer with a JSON list of {n} probabilities, one for each case in "
            f"this order. You are paid by how much lower their Brier score is than that of saying "
            f"{asked.base:.3f} for every case."
        )
        return self.problem(level, text, json.dumps(truth), methods=self.reference)

    def right(self, problem: Problem) -> tuple[str, ...]:
        """Forecasts of one who has seen the outcomes, sure of them and less sure."""
        outcomes = msgspec.json.decode(problem.ground_truth)["outcomes"]
        sure, less = ([abs(one - doubt) for one in outcomes] for doubt in (0.02, 0.2))
        return (
            f"```json\n{json.dumps(sure)}\n```",
            f"<think>[0.5]</think>The forecasts are {json.dumps(less)}",
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """The base rate itself, or the outcomes of one who mistook winners for losers."""
        truth = msgspec.json.decode(problem.ground_truth)
        mistaken = [0.9 - 0.8 * one for one in truth["outcomes"]]
        return json.dumps(rng.choice((truth["reference"], mistaken)))

    def trivial(self) -> dict[str, Lazy]:
        """The same forecast for every case, and forecasts drawn at random."""

        def always(value: float) -> Lazy:
            return lambda problem: json.dumps([value] * n_cases(problem))

        def drawn(problem: Problem) -> str:
            rng = Random(problem.prompt)
            return json.dumps([round(rng.random(), 3) for _ in range(n_cases(problem))])

        named: dict[str, Lazy] = {
            f"always {value}": always(value) for value in (0.0, 0.15, 0.3, 0.5, 0.7, 0.8, 1.0)
        }
        return {**named, "at random": drawn}


def n_cases(problem: Problem) -> int:
    """How many forecasts a problem asks for."""
    return len(msgspec.json.decode(problem.ground_truth)["outcomes"])
