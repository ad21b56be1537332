"""The real series that forecasts are judged by, as they lie in `data/`.

series("daily")["vix"]      ->  Series(dates=(date(1990, 1, 2), ...), values=(17.24, ...))
changes(series("daily")["vix"])   ->  Series(dates=(date(1990, 1, 3), ...), values=(0.054, ...))
"""

import csv
import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from math import log


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """Dates in order, and a value for each."""

    dates: tuple[date, ...]
    values: tuple[float, ...]


@cache
def series(pace: str) -> Mapping[str, Series]:
    """The series of a pace, "daily" or "monthly", by name."""
    packed = files("gen.domains.finance").joinpath(f"data/{pace}.csv.gz").read_bytes()
    rows: dict[str, list[tuple[date, float]]] = {}
    for row in csv.DictReader(gzip.decompress(packed).decode().splitlines()):
        rows.setdefault(row["series"], []).append(
            (date.fromisoformat(row["date"]), float(row["value"]))
        )
    return {
        name: Series(*map(tuple, zip(*pairs, strict=True))) for name, pairs in sorted(rows.items())
    }


@cache
def changes(levels: Series) -> Series:
    """Log changes, dated by the later of the two values; none to or from a value below 0.01.

    The price of oil was negative on a day of April 2020: it has no logarithm.
    """
    steps = [
        (day, log(after / before))
        for day, before, after in zip(
            levels.dates[1:], levels.values, levels.values[1:], strict=False
        )
        if min(before, after) >= 0.01
    ]
    return Series(*map(tuple, zip(*steps, strict=True)))
