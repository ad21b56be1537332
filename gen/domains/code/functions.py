"""Functions to write from a description in steps.

    Write a Python function `f(xs)` that takes a list of integers and does the following, each step
    on the result of the one before. It returns the last step's result.

    1. Keep only the multiples of 3.
    2. Give the sum of the list.

    f([3, 1, 6]) == 9

The expected values come from the program that the steps' statements make, and again from the steps
done by other means.
"""

from collections.abc import Sequence
from random import Random
from typing import Any, ClassVar

from gen.domains.code import bit_steps, list_steps, text_steps
from gen.domains.code.base import CodeFamily, function_truth, generated, until
from gen.domains.code.steps import Draw, Step, draw_steps, numbered, oracle, program
from gen.domains.code.testing import Example, Tests, hardened
from gen.errors import GroundTruthDisagrees
from verifiers.code.equality import same
from verifiers.records import Problem

N_INPUTS = 44

DOUBTFUL = "Tests of a few inputs: a program that is wrong only for inputs unlike them passes."


class StepFunction(CodeFamily):
    """A function that takes steps; a level more is a step more."""

    variable: ClassVar[str]
    takes_a: ClassVar[str]
    steps: ClassVar[Sequence[Draw]]
    last: ClassVar[Sequence[Draw]]
    card = generated(DOUBTFUL)

    def draw_input(self, rng: Random) -> Any:
        """One argument."""
        raise NotImplementedError

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw steps whose result depends on them, and tests that their mutants fail."""
        steps, tests = until(lambda: self.attempt(rng, level))
        prompt = (
            f"Write a Python function `f({self.variable})` that takes {self.takes_a} and does the "
            "following, each step on the result of the one before. It returns the last step's "
            f"result.\n\n{numbered(steps)}\n\nFor example:\n\n{shown(tests.shown)}"
        )
        return self.coded(
            level,
            prompt,
            function_truth("f", tests),
            program("f", self.variable, steps),
            tests.wrong,
            evidence={**tests.evidence, "second_method": "agrees"},
        )

    def attempt(self, rng: Random, level: int) -> tuple[list[Step], Tests] | None:
        """Steps and tests, where the tests are worth their name."""
        steps = draw_steps(rng, level + 1, self.steps, self.last)
        inputs = [(self.draw_input(rng),) for _ in range(N_INPUTS)]
        tests = hardened(program("f", self.variable, steps), "f", inputs, rng)
        if tests is None or len({repr(value) for _, value in tests.hidden}) < 3:
            return None
        for args, value in [*tests.hidden, *tests.shown]:
            second = oracle(steps, args[0])
            if not same(second, value):
                raise GroundTruthDisagrees(self.name, numbered(steps), value, second)
        return steps, tests


class Lists(StepFunction):
    """Write a function that changes a list of integers step by step."""

    name = "functions.lists"
    variable, takes_a = "xs", "a list of integers"
    steps, last = list_steps.STEPS, (*list_steps.STEPS, *list_steps.LAST)

    def draw_input(self, rng: Random) -> Any:
        """A list."""
        return list_steps.draw_list(rng)


class Texts(StepFunction):
    """Write a function that changes a text step by step."""

    name = "functions.texts"
    variable = "text"
    takes_a = "a text of lower-case words with one space between them"
    steps, last = text_steps.LOWER_STEPS, (*text_steps.LOWER_STEPS, *text_steps.LAST)

    def draw_input(self, rng: Random) -> Any:
        """A text."""
        return text_steps.draw_text(rng)


def shown(examples: Sequence[Example], name: str = "f") -> str:
    """Calls and their values, as a prompt shows them."""
    return "\n".join(
        f"{name}({', '.join(map(repr, args))}) == {value!r}" for args, value in examples
    )


class Bits(StepFunction):
    """Write a function that works on the bits of a number step by step."""

    name = "functions.bits"
    variable = "x"
    takes_a = "an integer from 0 to 65535, its 16 bits,"
    steps, last = bit_steps.STEPS, (*bit_steps.STEPS, *bit_steps.LAST)

    def draw_input(self, rng: Random) -> Any:
        """A number."""
        return bit_steps.draw_bits(rng)
