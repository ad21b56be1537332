"""What every math family is made of: a draft for each problem, a card, slips and lazy answers.

    class Sum(MathFamily):
        name, card, methods = "arithmetic.sum", generated(0.1), "sum against column addition"

        def level_1(self, rng: Random) -> Draft:
            a, b = rng.randint(1, 9), rng.randint(1, 9)
            return Draft(f"What is {a} + {b}?", a + b, second=column_sum([a, b]))

A family whose levels differ in kind has one method a level; one whose levels differ in size alone
overrides `draw`.
"""

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Any, ClassVar

from gen.domains.draws import until
from gen.domains.math.slips import slip
from gen.family import Card, Family
from verifiers.records import Problem


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem in the making: `second` is the answer again, by the family's other method."""

    prompt: str
    answer: Any
    second: Any = None


def generated(chance_level: float, *pitfalls: str) -> Card:
    """The card of a family that is made here, from nothing but a seed."""
    return Card(
        licence="Apache-2.0", source="generated", chance_level=chance_level, pitfalls=pitfalls
    )


def boxed(answer: str) -> str:
    """Write an answer as the shortest whole response."""
    return f"\\boxed{{{answer}}}"


class MathFamily(Family):
    """A family of math problems in five levels, whose ground truth is exact.

    `lazy` are the constant answers most worth trying.
    """

    domain = "math"
    levels = (1, 2, 3, 4, 5)
    methods: ClassVar[str]
    lazy: ClassVar[tuple[str, ...]] = ("0", "1", "2")

    def draw(self, rng: Random, level: int) -> Draft:
        """Make the draft of one problem: by the method named after the level."""
        return getattr(self, f"level_{level}")(rng)

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a draft, hold its two derivations against each other, and see that it hides both.

        A problem whose prompt happens to show its answer (a point that is its own mirror image) is
        drawn again.
        """
        return until(lambda: self._completed(self.draw(rng, level), level), _hides_answer)

    def wrong(self, problem: Problem, rng: Random) -> str:
        """The ground truth with one slip in it, such as a sign lost or a carry forgotten."""
        return boxed(slip(problem.ground_truth, rng, signed="-" in problem.prompt))

    def trivial(self) -> dict[str, str]:
        """Each of the `lazy` answers, given to every problem."""
        return {f"always {answer}": boxed(answer) for answer in self.lazy}

    def _completed(self, draft: Draft, level: int) -> Problem:
        answer, second = _exact(draft.answer), _exact(draft.second)
        return self.problem(level, draft.prompt, answer, second=second, methods=self.methods)


def _hides_answer(problem: Problem) -> bool:
    answer = problem.ground_truth.replace(" ", "")
    return len(answer) < 5 or answer not in problem.prompt.replace(" ", "")


def _exact(value: Any) -> Any:
    if isinstance(value, Fraction):
        from sympy import Rational

        return Rational(value.numerator, value.denominator)
    return value
