"""Polygons by their corners: areas computed in two ways, and the circle through three points.

shoelace([(0, 0), (4, 0), (0, 3)])        6, by the shoelace formula
pick([(0, 0), (4, 0), (0, 3)])            6, by Pick's theorem
circumcentre([(0, 0), (4, 0), (0, 3)])    (2, 3/2)
"""

from fractions import Fraction
from math import gcd
from random import Random

from gen.domains.draws import integers, until

Place = tuple[int, int]


def shoelace(corners: list[Place]) -> Fraction:
    """The area of a polygon by the shoelace formula."""
    turned = zip(corners, corners[1:] + corners[:1], strict=True)
    return abs(Fraction(sum(a * d - b * c for (a, b), (c, d) in turned), 2))


def pick(corners: list[Place]) -> Fraction:
    """The area of a lattice polygon by Pick's theorem, from its inner and boundary points."""
    edges = list(zip(corners, corners[1:] + corners[:1], strict=True))
    boundary = {
        (a + (c - a) * k // n, b + (d - b) * k // n)
        for (a, b), (c, d) in edges
        for n in (gcd(c - a, d - b),)
        for k in range(n)
    }
    xs, ys = zip(*corners, strict=True)
    inner = 0
    for x in range(min(xs), max(xs) + 1):
        for y in range(min(ys), max(ys) + 1):
            # A ray to the right crosses the edges an odd number of times.
            crossed = sum(
                (b > y) != (d > y)
                and (c - a) * (y - b) * (1 if d > b else -1) > (x - a) * abs(d - b)
                for (a, b), (c, d) in edges
            )
            inner += crossed % 2 == 1 and (x, y) not in boundary
    return inner + Fraction(len(boundary), 2) - 1


def place(rng: Random, limit: int) -> Place:
    """A point whose coordinates are at most `limit` in size."""
    x, y = integers(rng, 2, limit)
    return x, y


def triangle(rng: Random, limit: int) -> list[Place]:
    """Three points that do not lie on one line."""
    return until(
        lambda: [place(rng, limit) for _ in range(3)], lambda corners: shoelace(corners) != 0
    )


def circumcentre(corners: list[Place]) -> tuple[Fraction, Fraction]:
    """The centre of the circle through three points, by determinants."""
    (ax, ay), (bx, by), (cx, cy) = corners
    a, b, c = ax * ax + ay * ay, bx * bx + by * by, cx * cx + cy * cy
    d = 2 * (ax * (by - cy) + bx * (cy - ay) + cx * (ay - by))
    x = a * (by - cy) + b * (cy - ay) + c * (ay - by)
    y = a * (cx - bx) + b * (ax - cx) + c * (bx - ax)
    return Fraction(x, d), Fraction(y, d)
