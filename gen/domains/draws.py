"""Random numbers with conditions on them.

with_digits(rng, 3)                                 one of 100 ... 999
nonzero(rng, 9)                                     one of -9 ... 9, never 0
until(lambda: rng.sample(range(9), 2), lambda ab: ab[0] > ab[1])
"""

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import TypeVar

Drawn = TypeVar("Drawn")


def with_digits(rng: Random, n_digits: int) -> int:
    """A positive integer of exactly `n_digits` digits."""
    return rng.randint(10 ** (n_digits - 1), 10**n_digits - 1)


def nonzero(rng: Random, limit: int) -> int:
    """An integer other than 0 whose size is at most `limit`."""
    return rng.choice((-1, 1)) * rng.randint(1, limit)


def integers(rng: Random, n: int, limit: int) -> list[int]:
    """`n` integers of size at most `limit`, 0 among them."""
    return [rng.randint(-limit, limit) for _ in range(n)]


def proper_fraction(rng: Random, limit: int) -> Fraction:
    """A fraction between 0 and 1, not an integer, whose denominator is at most `limit`."""
    denominator = rng.randint(2, limit)
    return Fraction(rng.randint(1, denominator - 1), denominator)


def until(draw: Callable[[], Drawn], holds: Callable[[Drawn], object]) -> Drawn:
    """Draw again and again until the condition holds."""
    drawn = draw()
    while not holds(drawn):
        drawn = draw()
    return drawn
