"""What every logic family is made of: its domain, and the choice of clues that leave one answer.

thinned([...], unique=lambda clues: solve(clues) == 1)    clues none of which can be spared
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from gen.domains.worked import WorkedFamily

Clue = TypeVar("Clue")
LETTERS = "ABCDEFGHJKLMNP"


class LogicFamily(WorkedFamily):
    """A family of puzzles, each with exactly one answer, which a solver has proved."""

    domain = "logic"


def thinned(
    clues: Sequence[Clue], rng: Random, unique: Callable[[list[Clue]], bool], *, keep: int = 0
) -> list[Clue]:
    """Leave out clues in random order for as long as the rest has one answer.

    `keep` clues more than needed are left in, where there are so many.
    """
    left = list(clues)
    for clue in rng.sample(left, len(left)):
        rest = [one for one in left if one is not clue]
        if unique(rest):
            left = rest
    spare = [one for one in clues if not any(one is other for other in left)]
    return left + rng.sample(spare, min(keep, len(spare)))
