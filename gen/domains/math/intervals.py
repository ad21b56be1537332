"""Sets of real numbers made of intervals, written in interval notation.

interval(-2, "(", 5, "]")                                (-2, 5]
union([(None, "(", 1, ")"), (3, "[", None, ")")])        (-\\infty, 1) \\cup [3, \\infty)
sign_chart([1, 3], lambda x: (x - 1) * (x - 3) >= 0)     (-\\infty, 1] \\cup [3, \\infty)
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import pairwise

from gen.domains.math.notation import tex

End = int | Fraction | None


def interval(low: End, opening: str, high: End, closing: str) -> str:
    """Write one interval; an end that is None lies at infinity."""
    left = "(-\\infty" if low is None else f"{opening}{tex(low)}"
    right = "\\infty)" if high is None else f"{tex(high)}{closing}"
    return f"{left}, {right}"


def union(intervals: Sequence[tuple[End, str, End, str]]) -> str:
    """Write a union of intervals that lie apart, from left to right."""
    return " \\cup ".join(interval(*parts) for parts in intervals)


def sign_chart(points: Sequence[int | Fraction], holds: Callable[[int | Fraction], bool]) -> str:
    """Write the set where `holds` is true, which may change at the sorted `points` only.

    `holds` is tried at each point and once between each two; no point may be true alone.
    """
    between = [
        points[0] - 1,
        *(Fraction(low + high, 2) for low, high in pairwise(points)),
        points[-1] + 1,
    ]
    found: list[tuple[End, str, End, str]] = []
    for place, inside in enumerate(between):
        if not holds(inside):
            continue
        low = points[place - 1] if place else None
        high = points[place] if place < len(points) else None
        closed_low = low is not None and holds(low)
        closed_high = high is not None and holds(high)
        if closed_low and found and found[-1][2:] == (low, "]"):
            low, opening = found.pop()[:2]
        else:
            opening = "[" if closed_low else "("
        found.append((low, opening, high, "]" if closed_high else ")"))
    return union(found)
