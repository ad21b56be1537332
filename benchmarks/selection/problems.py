"""The problems of the proof, drawn from the project's own math families: pools and fresh ones.

    pool = draw(MIXES["expert"], 4400, stream="pool:0")
    pool[0].prompt, pool[0].family, pool[0].level   ->  "What is 6 + 6?", "arithmetic.sum", 1
    fresh_problems(75)         ->  75 of each family and level, or all there are

A mix says how often each level comes up; families are equally frequent. A fifth of all problems,
by their ids, is held out: these alone are evaluated on, and they are never in a pool or in the
warm-up.
"""

from collections.abc import Mapping, Sequence
from itertools import count
from random import Random

from gen.domains.math import arithmetic, number_theory
from gen.family import Family
from verifiers.records import Problem

FAMILIES: tuple[Family, ...] = (
    arithmetic.Sum(),
    arithmetic.Product(),
    arithmetic.Division(),
    number_theory.PrimeFactors(),
)
"""Short prompts, short answers, and levels from solved to hopeless."""

NAMES = tuple(family.name for family in FAMILIES)

LEVELS = (1, 2, 3, 4)

MIXES: dict[str, Mapping[int, float]] = {
    "expert": {1: 0.35, 2: 0.2, 3: 0.1, 4: 0.35},
    "even": {1: 0.25, 2: 0.25, 3: 0.25, 4: 0.25},
}
"""Name -> share of each level. `expert`: most problems are too easy or too hard for the policy."""

HELD_OUT = 5
"""One problem in so many is fresh."""

TRIES = 40
"""Draws a problem wanted after which a cell is taken to have no more."""


def is_fresh(problem: Problem) -> bool:
    """Whether the problem is kept for evaluation."""
    return problem.problem_id.int % HELD_OUT == 0


def draw(
    mix: Mapping[int, float], n: int, *, stream: str, families: Sequence[str] = NAMES
) -> list[Problem]:
    """About `n` distinct problems that are not held out, fewer where a level has no more."""
    problems = []
    for family in (family for family in FAMILIES if family.name in families):
        for level, share in mix.items():
            wanted = round(n * share / len(families))
            problems += _cell(family, level, wanted, stream=stream, fresh=False)
    Random(f"{stream}:order").shuffle(problems)
    return problems


def fresh_problems(each: int, families: Sequence[str] = NAMES) -> list[Problem]:
    """Held-out problems, up to `each` of every family and level; the same at every call."""
    cells = ((family, level) for family in FAMILIES if family.name in families for level in LEVELS)
    return [
        problem
        for family, level in cells
        for problem in _cell(family, level, each, stream="fresh", fresh=True)
    ]


def _cell(family: Family, level: int, n: int, *, stream: str, fresh: bool) -> list[Problem]:
    found: dict[str, Problem] = {}
    for number in count():
        if len(found) >= n or number > TRIES * n:
            return list(found.values())
        problem = family.generate(Random(f"{stream}:{family.name}:{level}:{number}"), level)
        if is_fresh(problem) == fresh:
            found.setdefault(problem.prompt, problem)
    raise AssertionError("unreachable")
