"""What a problem family is: a rule that makes problems and ground truths at a stated level.

class Add(Family):
    name, domain, levels = "add", "math", (1, 2, 3)
    card = Card(licence="Apache-2.0", source="generated", chance_level=0.0, pitfalls=())

    def generate(self, rng: Random, level: int) -> Problem:
        a, b = rng.randrange(10**level), rng.randrange(10**level)
        return self.problem(level, f"What is {a} + {b}?", a + b)

Add().generate(Random("0:add:1:0"), 1).ground_truth
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Self

import msgspec

from gen.errors import GroundTruthDisagrees
from verifiers.records import CertificateKind, Problem, Verdict
from verifiers.registry import find_verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What a reader must know of a family.

    `chance_level` in [0, 1] bounds what any lazy strategy (`Family.trivial`) may score.
    """

    licence: str
    source: str
    chance_level: float
    pitfalls: tuple[str, ...] = ()


Lazy = str | Callable[[Problem], str]
"""A lazy strategy: a whole response, or what makes one of a problem's form."""

Table = tuple[Mapping[str, Sequence[Any]], Sequence[Any]]
"""Columns by name, and the outcome: as many rows in each."""


FAMILY_FILES = (".yaml", ".yml")
"""How the name of a file ends that defines a family."""


class Family(ABC):
    """A generator of problems of one kind, with a difficulty dial."""

    name: ClassVar[str]
    domain: ClassVar[str]
    levels: ClassVar[tuple[int, ...]]
    card: ClassVar[Card]
    verifier: ClassVar[str] = "math"
    certificate: ClassVar[CertificateKind] = "construction"
    small_levels: ClassVar[tuple[int, ...]] = ()
    """Levels at which so few distinct problems exist that repeats are to be expected."""
    takes: ClassVar[str | None] = None
    """What table or directory of the user's the problems are made from, where they need one."""
    data: Path | None = None
    """Where that table is."""
    defined_in: Path | None = None
    """The file that says all there is to the family, where it is made from one."""

    def reading(self, data: Path) -> Self:
        """Give the same family over the user's table at `data`."""
        family = copy(self)
        family.data = data
        return family

    def missing(self) -> str | None:
        """What must be had before problems can be made, as advice in a line; None: nothing."""
        return f"give it {self.takes}: --data PATH" if self.takes and self.data is None else None

    @abstractmethod
    def generate(self, rng: Random, level: int) -> Problem:
        """Make one problem; the same state of `rng` gives the same problem, byte for byte."""

    def verify(self, problem: Problem, answer: str) -> Verdict:
        """Judge a whole response to `problem` with the family's verifier."""
        return find_verifier(self.verifier).verify(
            ground_truth=problem.ground_truth,
            completion=answer,
            prompt=problem.prompt,
            params=msgspec.json.decode(problem.params),
        )

    def right(self, problem: Problem) -> tuple[str, ...]:
        """Whole responses that must be accepted: the ground truth, written out in several ways.

        A family whose ground truth is no answer, such as a list of tests, returns a solution.
        """
        gold = problem.ground_truth
        return (
            f"\\boxed{{{gold}}}",
            f"<think>Is it \\boxed{{7}}? No.</think>\n\nSo we get $\\boxed{{{gold}}}$.",
            f"Let us work it out step by step.\n\nThe answer is ${gold}$.",
            f"That leaves one value.\n<answer>{gold}</answer>",
        )

    def wrong(self, problem: Problem, rng: Random) -> str | None:
        """A near miss: an answer that looks right and is not; None where the family has none."""
        return None

    def trivial(self) -> Mapping[str, Lazy]:
        """Lazy strategies by name: a response to every problem of the family, given unread.

        Where a response must fit the problem's form, such as one number a case, a strategy is a
        function of the problem that looks at that form alone.
        """
        return {}

    def answers(self, problem: Problem) -> tuple[str, ...]:
        """The texts that must not stand in the prompt: what a reader could copy and be right.

        The ground truth, unless that is JSON; of a JSON object its "value", where that is a number
        or a date. A family whose answers are words of the prompt, such as a choice, has none.
        """
        return _copyable(problem.ground_truth)

    def size(self, problem: Problem) -> float:
        """How hard a problem looks, in units of the family's own; it grows with the level.

        The characters of prompt and ground truth, which stand in for difficulty until pass rates
        have been measured.
        """
        return len(problem.prompt) + len(problem.ground_truth)

    def columns_and_outcome(self) -> Table | None:
        """For an outcome family: what its prompts show of the cases, and what became of them.

        Columns by name and the outcome (a yes or no, or a number), a row a case. No column may
        tell the outcome by itself: such a one was written down afterwards.
        """
        return None

    def otherwise(self, rng: Random, level: int) -> Problem | None:
        """For an outcome family: the problem of `generate`, had what came after been different.

        From the same state of `rng`, with other data after the moment at which the question is
        asked: the prompt must be the same, to the letter, and the ground truth another.
        """
        return None

    def problem(
        self, level: int, prompt: str, ground_truth: Any, *, second: Any = None, methods: str = ""
    ) -> Problem:
        """Complete a problem from its text and its ground truth, a sympy object or a string.

        `second` is the same ground truth derived by an independent method. Raises
        GroundTruthDisagrees where the two differ: no such problem may leave its generator.
        `methods` names both ("Euclid against prime factors").
        """
        evidence = {"method": methods} if methods else {}
        if second is not None:
            if not _same_value(ground_truth, second):
                raise GroundTruthDisagrees(self.name, prompt, ground_truth, second)
            evidence["second_method"] = "agrees"
        return Problem(
            domain=self.domain,
            family=self.name,
            level=level,
            prompt=prompt,
            ground_truth=answer_text(ground_truth),
            verifier=self.verifier,
            certificate=self.certificate,
            evidence=msgspec.json.encode(evidence).decode(),
        )


def answer_text(value: Any) -> str:
    """Write a ground truth as the text a verifier reads: strings as they are, the rest as LaTeX."""
    if isinstance(value, (str, int)):
        return str(value)
    from sympy import latex

    return latex(value)


def _copyable(ground_truth: str) -> tuple[str, ...]:
    try:
        truth = msgspec.json.decode(ground_truth)
    except msgspec.DecodeError:
        return (ground_truth,)
    if not isinstance(truth, (dict, list)):
        return (ground_truth,)
    value = str(truth.get("value")) if isinstance(truth, dict) else ""
    return (value,) if re.fullmatch(r"[-+]?[\d.]+(e[-+]?\d+)?|\d{4}-\d\d-\d\d", value) else ()


def _same_value(first: Any, second: Any) -> bool:
    if isinstance(first, str) or isinstance(second, str):
        return first == second
    from sympy import Expr, MatrixBase, simplify, sympify

    first, second = sympify(first), sympify(second)
    if first == second:
        return True
    if not all(isinstance(value, (Expr, MatrixBase)) for value in (first, second)):
        return False
    difference = simplify(first - second)
    return bool(
        difference.is_zero_matrix if isinstance(difference, MatrixBase) else difference == 0
    )
