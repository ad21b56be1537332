"""The published job shops that are shipped, with a schedule that reaches each proved optimum.

classic_shops()[0]    ->  Shop(name="ft06", optimum=55, durations=[[1, 3, ...], ...], ...)
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec


@dataclass(frozen=True, slots=True)
class Shop:
    """An instance: a row a job, machines numbered from 0."""

    name: str
    optimum: int
    durations: list[list[int]]
    machines: list[list[int]]
    starts: list[list[int]]

    @property
    def n_operations(self) -> int:
        """How many operations there are."""
        return sum(map(len, self.durations))


@cache
def classic_shops() -> tuple[Shop, ...]:
    """All of them, by name."""
    text = files("gen.domains.industry").joinpath("data/job_shops.jsonl").read_bytes()
    return tuple(msgspec.json.decode(line, type=Shop) for line in text.splitlines())
