"""A step of a program: what it says in English, the statements that do it, and a second way.

step = Step("Keep only the multiples of 3.",
            "xs = [x for x in xs if x % 3 == 0]",
            lambda xs: list(filter(lambda x: not x % 3, xs)))
program("f", "xs", [step, ...])    ->  "def f(xs):\\n    xs = ...\\n    return xs\\n"
oracle([step, ...], [3, 4])        ->  [3]
"""

from collections.abc import Callable, Sequence
from random import Random
from textwrap import indent
from typing import Any, NamedTuple


class Step(NamedTuple):
    """One step; `code` binds the variable anew, `apply` derives the same by other means."""

    text: str
    code: str
    apply: Callable[[Any], Any]


Draw = Callable[[Random], Step]


def program(name: str, variable: str, steps: Sequence[Step]) -> str:
    """A function that takes the steps one after the other."""
    body = "\n".join(step.code for step in steps)
    return f"def {name}({variable}):\n{indent(body, '    ')}\n    return {variable}\n"


def oracle(steps: Sequence[Step], value: Any) -> Any:
    """What comes of the steps by their second way."""
    for step in steps:
        value = step.apply(value)
    return value


def draw_steps(rng: Random, n: int, steps: Sequence[Draw], last: Sequence[Draw]) -> list[Step]:
    """`n` different steps, the last of them one of `last`."""
    drawn = [draw(rng) for draw in rng.sample(steps, n - 1)]
    return [*drawn, rng.choice(last)(rng)]


def numbered(steps: Sequence[Step]) -> str:
    """The steps as a list in English."""
    return "\n".join(f"{number}. {step.text}" for number, step in enumerate(steps, 1))
