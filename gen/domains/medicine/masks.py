"""Columns that nobody can recognise: without names or units, rescaled, jittered, in any order.

    masked(group, rows, rng, n_columns=3)   ->  Masked(["C", "A", ...] shown as [[41, 2, 118], ...])

A column of at most four values keeps its order or has it turned round; any other is moved by a
twentieth of its standard deviation at random, and then by a random scale and origin.
"""

from collections.abc import Sequence
from random import Random
from statistics import fmean, pstdev

from gen.domains.medicine.cohorts import Cohort

FEWEST_VALUES = 4
JITTER = 0.05


def masked(group: Cohort, rng: Random, n_columns: int) -> list[list[int]]:
    """For each patient of the cohort, the values of as many columns as are asked for."""
    names = rng.sample(sorted(group.columns), n_columns)
    columns = [_masked(group.columns[name], rng) for name in names]
    return [list(row) for row in zip(*columns, strict=True)]


def _masked(values: Sequence[float], rng: Random) -> list[int]:
    kinds = sorted(set(values))
    if len(kinds) <= FEWEST_VALUES:
        codes = list(range(len(kinds)))
        if rng.random() < 0.5:
            codes.reverse()
        return [codes[kinds.index(value)] for value in values]
    mean, sd = fmean(values), pstdev(values)
    origin, scale = rng.uniform(100, 180), rng.uniform(12, 28) * rng.choice((-1, 1))
    return [
        round(origin + scale * ((value - mean) / sd + rng.gauss(0, JITTER))) for value in values
    ]
