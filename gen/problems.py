"""Makes exactly N distinct problems from families.

    list(make_problems(find_families("math"), n=3, seed=0))   # three problems of three families

Families and levels take turns. The k-th try of a cell draws from its own random stream, so the same
seed gives the same problems whatever else is made beside them.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import msgspec

from gen.errors import TooFewProblems
from gen.family import Family
from gen.origins import origin
from verifiers.errors import BadInput
from verifiers.records import Problem

FRUITLESS_TRIES = 200
"""Tries in a row without a new problem after which a family and level count as exhausted."""


def make_problems(
    families: Sequence[Family], *, n: int, seed: int | str, levels: Sequence[int] | None = None
) -> Iterator[Problem]:
    """Yield `n` problems with distinct prompts, the same for the same arguments.

    Raises BadInput where no family has the levels, and TooFewProblems, after yielding all there
    are, where fewer than `n` exist.
    """
    cells = deque(_Cell(family, level, seed) for family, level in _in_turn(families, levels))
    if not cells:
        known = sorted({level for family in families for level in family.levels})
        raise BadInput(f"no such level: {levels} (these families have {known})")
    seen: set[str] = set()
    while len(seen) < n and cells:
        problem = cells[0].next_problem(seen)
        if problem is None:
            cells.popleft()
            continue
        cells.rotate(-1)
        seen.add(problem.prompt)
        yield problem
    if len(seen) < n:
        names = ", ".join(sorted({family.name for family in families})[:5])
        raise TooFewProblems(
            f"only {len(seen)} distinct problems of the {n} asked for came out of {names} "
            "(all are kept); ask for fewer, or for more families or levels"
        )


def _in_turn(
    families: Sequence[Family], levels: Sequence[int] | None
) -> Iterator[tuple[Family, int]]:
    """All families at their first level, then all at their second, and so on."""
    highest = max((level for family in families for level in family.levels), default=0)
    for level in range(highest + 1):
        for family in families:
            if level in family.levels and (levels is None or level in levels):
                yield family, level


class _Cell:
    """One family at one level, with its place in its random streams."""

    def __init__(self, family: Family, level: int, seed: int | str) -> None:
        self.family, self.level, self.seed = family, level, seed
        self.origin = origin(family)
        self.tries = 0

    def next_problem(self, seen: set[str]) -> Problem | None:
        for _ in range(FRUITLESS_TRIES):
            stream = f"{self.seed}:{self.family.name}:{self.level}:{self.tries}"
            self.tries += 1
            problem = self.family.generate(Random(stream), self.level)
            if problem.prompt not in seen:
                lineage = {**msgspec.json.decode(problem.lineage), **self.origin, "stream": stream}
                return replace(problem, lineage=msgspec.json.encode(lineage).decode())
        return None
