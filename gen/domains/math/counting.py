"""Algorithms that count, two for each kind of problem, so that one can check the other.

words([2, 1, 1], alternate=False)      12 strings of the letters A, A, B, C
alternating([2, 1, 1])                 6 of them without two equal neighbours
routes(((0, 0), (1, 1), (3, 2)))       shortest grid paths through (1, 1)
walks((3, 2), avoided=[(1, 1)])        shortest grid paths around (1, 1)
"""

from collections.abc import Collection
from fractions import Fraction
from functools import cache
from itertools import pairwise, product
from math import comb, factorial

Point = tuple[int, int]


def words(counts: list[int], *, alternate: bool) -> int:
    """Count strings of these letters one letter at a time; `alternate` bars equal neighbours."""

    @cache
    def completed(left: tuple[int, ...], last: int) -> int:
        if not any(left):
            return 1
        return sum(
            completed((*left[:i], n - 1, *left[i + 1 :]), i)
            for i, n in enumerate(left)
            if n and not (alternate and i == last)
        )

    return completed(tuple(counts), -1)


def alternating(counts: list[int]) -> int:
    """Count the strings without equal neighbours by inclusion and exclusion over glued blocks.

    A letter that occurs n times falls into k blocks in C(n - 1, k - 1) ways, with the sign
    (-1)^(n - k); blocks of one letter are alike, so k! is divided out.
    """
    terms = {0: Fraction(1)}
    for n in counts:
        extended: dict[int, Fraction] = {}
        for blocks, ways in terms.items():
            for k in range(1, n + 1):
                weight = Fraction((-1) ** (n - k) * comb(n - 1, k - 1), factorial(k))
                extended[blocks + k] = extended.get(blocks + k, Fraction(0)) + ways * weight
        terms = extended
    return int(sum(factorial(blocks) * ways for blocks, ways in terms.items()))


def routes(points: tuple[Point, ...]) -> int:
    """Shortest paths through the points in their order, by binomial coefficients."""
    total = 1
    for (x, y), (to_x, to_y) in pairwise(points):
        right, up = to_x - x, to_y - y
        total *= comb(right + up, right) if right >= 0 and up >= 0 else 0
    return total


def walks(end: Point, avoided: Collection[Point]) -> int:
    """Shortest paths from the origin that avoid some points, cell by cell."""
    ways: dict[Point, int] = {}
    for x, y in product(range(end[0] + 1), range(end[1] + 1)):
        reached = ways.get((x - 1, y), 0) + ways.get((x, y - 1), 0) if x or y else 1
        ways[x, y] = 0 if (x, y) in avoided else reached
    return ways[end]


def bounded_shares(n: int, least: list[int], most: list[int]) -> int:
    """Solutions of a sum with bounds, by stars and bars with inclusion and exclusion."""
    total, n_shares = 0, len(least)
    for excess in product((False, True), repeat=n_shares):
        used = sum(
            high + 1 if over else low for low, high, over in zip(least, most, excess, strict=True)
        )
        if used <= n:
            total += (-1) ** sum(excess) * comb(n - used + n_shares - 1, n_shares - 1)
    return total


def shares(n: int, least: list[int], most: list[int]) -> int:
    """Solutions of a sum with bounds, one share after another."""
    ways = {0: 1}
    for low, high in zip(least, most, strict=True):
        ways = {
            total: sum(ways.get(total - own, 0) for own in range(low, high + 1))
            for total in range(n + 1)
        }
    return ways[n]
