"""Compares a query's rows with the gold query's.

    Expected(rows=[(2, "a"), (1, "b")], groups=(2,), first=0, last=2)
    difference(expected, [(1, "b"), (2.0, "a")], ordered=False)    ->  None
    difference(expected, [(1, "b")], ordered=False)                ->  "1 row, 2 expected"

Rows are a bag: they count as often as they stand. In order, rows that the gold's ORDER BY does not
tell apart may stand in any order, and any of them may be those that a LIMIT keeps. Numbers are
compared by value, within 1e-6 relative where one is no integer; NULL equals NULL, text equals text
exactly, a day equals its midnight.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import accumulate, pairwise, permutations, starmap
from typing import Any

TOLERANCE = 1e-6
TINY = 1e-9
"""Differences below this are none, where sums of fractions come to zero."""

MOST_PAIRED = 200
"""Rows that no other equals exactly, up to which any pairing within the tolerance is looked for."""

MOST_COLUMNS = 7
"""Columns of which every order is tried, where the order does not matter."""

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """The gold's rows without its LIMIT, in groups of rows that its ORDER BY does not tell apart.

    Only rows `first` to `last` (not included) are asked for.
    """

    rows: list[Row]
    groups: tuple[int, ...]
    first: int
    last: int
    n_columns: int

    @property
    def n(self) -> int:
        """How many rows are asked for."""
        return self.last - self.first


def difference(expected: Expected, rows: Sequence[Row], *, ordered: bool) -> str | None:
    """How the rows differ from what is expected; None where they do not."""
    if len(rows) != expected.n:
        return f"{len(rows)} rows, {expected.n} expected"
    rows = [tuple(map(plain, row)) for row in rows]
    ends = [0, *accumulate(expected.groups)]
    spans = [
        (expected.rows[start:end], max(start, expected.first), min(end, expected.last))
        for start, end in pairwise(ends)
        if start < expected.last and end > expected.first
    ]
    if ordered:
        for group, start, end in spans:
            shown = rows[start - expected.first : end - expected.first]
            if not _within(shown, group):
                return f"other rows at places {start + 1} to {end}"
        return None
    whole = [row for group, start, end in spans if len(group) == end - start for row in group]
    cut = [group for group, start, end in spans if len(group) != end - start]
    if not cut:
        return None if _within(rows, whole) else "other rows"
    left = _without(rows, whole)
    if left is None or _without([row for group in cut for row in group], left) is None:
        return "other rows"
    return None


def orders(expected: Expected, rows: Sequence[Row]) -> list[tuple[int, ...]]:
    """In which orders of its columns the rows may be what is expected, judged by column alone."""
    n = expected.n_columns
    if n > MOST_COLUMNS:
        return [tuple(range(n))]
    if expected.n != len(expected.rows):
        return [*permutations(range(n))]
    theirs, ours = (
        [[(plain(row[place]),) for row in some] for place in range(n)]
        for some in (rows, expected.rows)
    )
    fits = [[_within(column, wanted) for column in theirs] for wanted in ours]
    return [
        order
        for order in permutations(range(n))
        if all(fits[place][other] for place, other in enumerate(order))
    ]


def plain(value: Any) -> Any:
    """A value as it is compared: decimals as floats or integers, days as their midnights."""
    if type(value) is Decimal:
        return int(value) if value == value.to_integral_value() else float(value)
    if type(value) is float and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if type(value) is date:
        return datetime(value.year, value.month, value.day)
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    if isinstance(value, dict):
        return tuple(sorted((str(key), plain(one)) for key, one in value.items()))
    return value


def _within(rows: Sequence[Row], group: Sequence[Row]) -> bool:
    """Whether the rows are among the group's, each as often as it stands there."""
    return _without(group, rows) is not None


def _without(rows: Sequence[Row], taken: Sequence[Row]) -> list[Row] | None:
    """The rows less those taken; None where something is taken that is not there."""
    left: dict[Any, list[Row]] = {}
    for row in rows:
        left.setdefault(_exact(row), []).append(row)
    wanted: dict[Any, list[Row]] = {}
    for row in taken:
        wanted.setdefault(_exact(row), []).append(row)
    for key, some in wanted.items():
        there = left.get(key, [])
        if len(some) > len(there):
            return None
        remaining = _pair(there, some)
        if remaining is None:
            return None
        left[key] = remaining
    return [row for some in left.values() for row in some]


def _pair(there: list[Row], some: list[Row]) -> list[Row] | None:
    """What is left of `there` when each of `some` has taken a row that is near enough."""
    there, some = _unequal(there, some)
    if not some:
        return there
    there, some = sorted(there, key=_numbers), sorted(some, key=_numbers)
    if len(there) == len(some) and all(starmap(_near, zip(there, some, strict=True))):
        return []
    if len(there) > MOST_PAIRED:
        return None
    for row in some:
        place = next((at for at, one in enumerate(there) if _near(one, row)), None)
        if place is None:
            return None
        del there[place]
    return there


def _unequal(there: list[Row], some: list[Row]) -> tuple[list[Row], list[Row]]:
    """Both without the rows that stand in both, as often as they do."""
    ours, theirs = ([repr(row) for row in rows] for rows in (there, some))
    return _less(there, ours, Counter(theirs)), _less(some, theirs, Counter(ours))


def _less(rows: list[Row], names: list[str], taken: Counter[str]) -> list[Row]:
    left = []
    for row, name in zip(rows, names, strict=True):
        if taken[name]:
            taken[name] -= 1
        else:
            left.append(row)
    return left


def _exact(row: Row) -> Any:
    """What must be equal of two rows, with the types: all but their numbers."""
    return tuple("number" if _is_number(one) else (type(one).__name__, repr(one)) for one in row)


def _numbers(row: Row) -> list[float]:
    return [_sortable(one) for one in row if _is_number(one)]


def _sortable(number: Any) -> float:
    try:
        value = float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
    return math.inf if math.isnan(value) else value


def _is_number(value: Any) -> bool:
    return type(value) in (int, float)


def _near(first: Row, second: Row) -> bool:
    return all(
        _same_number(one, other)
        for one, other in zip(first, second, strict=True)
        if _is_number(one)
    )


def _same_number(one: Any, other: Any) -> bool:
    if type(one) is int and type(other) is int:
        return one == other
    if one != one or other != other:
        return one != one and other != other
    try:
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TINY)
    except OverflowError:
        return False
