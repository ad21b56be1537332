"""Values of one column of one database: few or many, tied, missing, and near the query's literals.

    draw_values(Column("price", "DOUBLE", True), 6, Random(0), near=(20,), words=("alder", ...))
    ->  [20.0, 19.99, None, 20.01, 47.5, 20.0]

Everything is drawn in Python from a seed, so that the same rows come out on every machine and with
every version of DuckDB. Dates and times are texts that DuckDB casts.
"""

import math
import re
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from verifiers.errors import VerifierFailed
from verifiers.sql.tables import Column
from verifiers.sql.truth import Value

WORDS = (
    "alder", "birch", "cedar", "damson", "elm", "fir", "gorse", "hazel", "ivy", "juniper", "larch",
    "maple", "nettle", "oak", "pine", "quince", "rowan", "spruce", "thorn", "willow",
)  # fmt: skip

NULL_SHARES = (0.0, 0.05, 0.15, 0.4)
NEAR_SHARES = (0.3, 0.6, 0.9)
"""Of a column's values, those that are a literal of the query or next to one."""

INTEGERS = {
    "TINYINT": 7, "SMALLINT": 15, "INTEGER": 31, "BIGINT": 63, "HUGEINT": 63,
    "UTINYINT": 7, "USMALLINT": 15, "UINTEGER": 31, "UBIGINT": 63,
}  # fmt: skip
FRACTIONS = re.compile(r"DOUBLE|FLOAT|DECIMAL\((?P<width>\d+),(?P<scale>\d+)\)")
FIRST_DAY = date(2022, 12, 20)

Draw = Callable[[Random], Any]


def draw_values(
    column: Column, n: int, rng: Random, *, near: Sequence[Value], words: Sequence[str],
    tight: bool = False,
) -> list[Any]:  # fmt: skip
    """`n` values with ties and, where the column takes them, NULLs; raises VerifierFailed.

    `tight` draws from so few values that sums of a few of them tie.
    """
    beside, anything = _sources(column.type, near, rng, words, tight=tight)
    size = 3 if tight else rng.choice((3, 6, 12, 30, 100))
    pool = [anything(rng) for _ in range(size)]
    share = rng.choice(NEAR_SHARES) if beside else 0.0
    missing = rng.choice(NULL_SHARES) if column.nullable else 0.0
    drawn = []
    for _ in range(n):
        if rng.random() < missing:
            drawn.append(None)
        else:
            drawn.append(rng.choice(beside if rng.random() < share else pool))
    return drawn


def draw_distinct(
    column: Column, n: int, rng: Random, *, near: Sequence[Value], words: Sequence[str]
) -> list[Any]:
    """At most `n` different values, in no order, those near the literals among them."""
    if column.type in INTEGERS:
        beside, _ = _sources(column.type, near, rng, words)
        most = min(3 * n, 2 ** INTEGERS[column.type] - 1)
        found = [*dict.fromkeys(beside), *rng.sample(range(1, most + 1), min(n, most))]
    else:
        beside, anything = _sources(column.type, near, rng, words)
        found = [*beside, *(anything(rng) for _ in range(n))]
        if column.type == "VARCHAR":
            found = [*beside, *(f"{anything(rng)} {number}" for number in range(n))]
    distinct = list(dict.fromkeys(found))[:n]
    rng.shuffle(distinct)
    return distinct


def _sources(
    kind: str, near: Sequence[Value], rng: Random, words: Sequence[str], *, tight: bool = False
) -> tuple[list[Any], Draw]:
    """Values beside the literals, and how any other is drawn, for a type."""
    numbers = [number for one in near if (number := _number(one)) is not None]
    if kind in INTEGERS:
        most = 2 ** INTEGERS[kind] - 1
        if tight:
            return _integers(numbers, most, rng, signed=not kind.startswith("U"))[0], _small
        return _integers(numbers, most, rng, signed=not kind.startswith("U"))
    if fraction := FRACTIONS.fullmatch(kind):
        scale, width = fraction["scale"], int(fraction["width"] or 18)
        digits = 2 if scale is None else int(scale)
        beside, anything = _fractions(numbers, rng, digits, 10.0 ** (width - digits) - 1)
        return beside, _small if tight else anything
    if kind == "VARCHAR":
        texts = [str(one) for one in near]
        beside = [each for one in texts for each in _texts_beside(one)]
        return beside, lambda rng: rng.choice(words)
    if kind == "BOOLEAN":
        return [], lambda rng: rng.random() < 0.5
    if kind == "DATE":
        return _days(near, rng)
    if kind.startswith("TIMESTAMP"):
        return _times(near, rng)
    raise VerifierFailed(f"ground_truth: no values can be generated for a column of type {kind}")


def _small(rng: Random) -> int:
    return rng.randint(0, 3)


def _number(value: Value) -> float | None:
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _integers(
    numbers: list[float], most: int, rng: Random, *, signed: bool
) -> tuple[list[Any], Draw]:
    least = -most if signed else 0
    whole = [round(one) for one in numbers]
    beside = [min(max(one + step, least), most) for one in whole for step in (0, 0, -1, 1, -2, 2)]
    low, high = rng.choice(((0, 5), (0, 20), (1, 100), (1, 1000)))
    if whole:
        low, high = min(*whole, low) - 10 * (min(whole) <= 0), max(*whole, high) + 10
    low, high = max(low, least), min(high, most)
    return beside, lambda rng: rng.randint(low, high)


def _fractions(
    numbers: list[float], rng: Random, digits: int, most: float
) -> tuple[list[Any], Draw]:
    least_step = 10.0**-digits
    steps = (0.0, 0.0, -least_step, least_step, -1.0, 1.0)
    beside = [round(one + step, digits) for one in numbers for step in steps]
    high = rng.choice((5.0, 50.0, 1000.0))
    low = 0.0
    if numbers:
        low, high = min(*numbers, 0.0), max(*numbers, 1.0) * rng.choice((1.2, 2.0))
    step = rng.choice((0.01, 0.25, 1.0))

    def anything(rng: Random) -> float:
        return round(min(round(rng.uniform(low, high) / step) * step, most), digits)

    return [one for one in beside if abs(one) <= most], anything


def _texts_beside(text: str) -> list[str]:
    if "%" in text or "_" in text:
        shorter, longer = (text.replace("%", fill).replace("_", "x") for fill in ("", "ab"))
        return [shorter, longer, longer, longer.upper(), f"z{longer}", f"{longer}z", shorter[:-1]]
    return [text, text, text, text.swapcase(), f"{text}s", f"x{text}", text[:-1]]


def _days(near: Sequence[Value], rng: Random) -> tuple[list[Any], Draw]:
    beside: list[str] = []
    for value in near:
        for day in _dates_of(value):
            beside += [(day + timedelta(days=step)).isoformat() for step in (0, 0, -1, 1, 30)]
    span = rng.choice((10, 100, 800))
    start = FIRST_DAY if not beside else date.fromisoformat(beside[0]) - timedelta(days=span // 2)
    return beside, lambda rng: (start + timedelta(days=rng.randrange(span))).isoformat()


def _times(near: Sequence[Value], rng: Random) -> tuple[list[Any], Draw]:
    days, any_day = _days(near, rng)
    clock = ("00:00:00", "00:00:00", "12:30:00", "23:59:59")
    moments: list[str] = []
    for value in near:
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            continue
        moments += [str(moment + timedelta(seconds=step)) for step in (0, 0, -1, 1)]
    beside = [*moments, *(f"{day} {time}" for day in days for time in clock[1:])]
    return beside, lambda rng: f"{any_day(rng)} {rng.choice(clock)}"


def _dates_of(value: Value) -> list[date]:
    """The day of a literal; of a year, its first and last days."""
    try:
        return [datetime.fromisoformat(str(value)).date()]
    except ValueError:
        year = _number(value)
        if year is None or not 1000 <= year <= 3000:
            return []
        return [date(int(year), 1, 1), date(int(year), 12, 31), date(int(year), 6, 15)]
