"""Does a failure window begin soon? A machine's temperature up to some hour, or another reading.

    FailureWindows().reading(Path("machine_temperature.csv")).generate(rng, 1)
    4: -3 -2 -6 -9 -12 -20; -31 to -22      ->  [0.8, 0.3, ...]

The table is the user's, in the format of the Numenta Anomaly Benchmark's combined windows: rows of
timestamp, value and anomaly_window (1 inside a labelled window), a file a machine. What a machine
showed before an hour is in the prompt; whether a window began in the hours that followed is held
back. Half of the moments asked for are such, which the prompt says: at the true rate of a few in a
hundred, to say "never" would win most batches.
"""

import csv
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from math import isfinite
from pathlib import Path
from random import Random
from statistics import fmean, pstdev

from gen.domains.case_forecasts import CaseForecasts, Question
from gen.family import Card, Table
from verifiers.errors import BadInput
from verifiers.records import Problem

AHEAD = (6, 12, 24)
"""Hours ahead, by level."""

N_ASKED = 20
"""Moments asked for, half of them before a window."""

BACK, BLOCK, LATELY = 48, 8, 4
"""Hours shown, hours of a mean, and the last hours, of which the extremes are shown too."""

N_EXAMPLES = 4
"""Moments of the earlier half that are shown, of each kind."""

MOST_HOURS = 1_000_000

COLUMNS = ("timestamp", "value", "anomaly_window")


@dataclass(frozen=True, slots=True)
class Machine:
    """A series by hours, in standard deviations of its earlier half outside of windows; None: no
    reading.

    `begins` are the hours in which a labelled window begins, `inside` all of their hours.
    """

    hours: tuple[float | None, ...]
    begins: tuple[int, ...]
    inside: frozenset[int]

    @property
    def half(self) -> int:
        """The hour at which the later half begins."""
        return len(self.hours) // 2


Moment = tuple[int, int]
"""A machine, and the hour before which it is shown."""


class FailureWindows(CaseForecasts):
    """Whether a labelled failure window begins within hours, of masked machines at later moments.

    Half of the moments asked for are followed by one.
    """

    name = "maintenance.failure_window"
    domain = "industry"
    card = Card(
        licence="that of the user's table; the Numenta Anomaly Benchmark's is MIT",
        source="series with labelled failure windows, given by the user",
        chance_level=0.1,
        pitfalls=(
            "no skill on real machines has been measured: NAB's machine temperatures have four "
            "windows, two of them in the later half, and are refused; ten are needed there, since "
            "moments before the same window are one case, and look it",
            "ten windows are few: who says 0.8 or 0.2 and is right in four of five has a skill of "
            ".36, and in one batch of twenty from -.12 to .72 (95% of batches)",
            "half of the moments asked for are followed by a window, as the prompt says: the "
            "probabilities are none of a real plant, where few moments are",
            "a window is what people labelled afterwards, and begins before the failure itself",
        ),
    )
    takes = (
        "a directory of CSV files, a machine each, with timestamp, value and anomaly_window as in "
        "the Numenta Anomaly Benchmark (ten windows or more in the later halves)"
    )
    reference = "held-back moments of the later half, half of them before a window"

    def question(self, rng: Random, level: int) -> Question:
        """Examples of the earlier half of each series, and moments of the later."""
        machines, ahead = self.machines(), AHEAD[level - 1]
        scale = rng.choice((-1, 1)) * rng.uniform(8, 16)
        cases = [
            (one, 1 - at)
            for at, some in enumerate(_drawn(machines, ahead, rng, N_ASKED // 2, later=True))
            for one in some
        ]
        rng.shuffle(cases)
        earlier = [
            "\n".join(_line(machines, one, scale) for one in some)
            for some in _drawn(machines, ahead, rng, N_EXAMPLES, later=False)
        ]
        asked = "\n".join(
            f"{number}: {_line(machines, one, scale)}" for number, (one, _) in enumerate(cases, 1)
        )
        text = (
            "Readings of machines, in a unit of its own, by the hour. Each moment is shown by "
            f"the means of {BACK // BLOCK} times {BLOCK} hours that led up to it, the oldest "
            f"first, and the lowest and highest hour of the last {LATELY}. "
            f"{N_EXAMPLES} earlier moments, after which a failure began within {ahead} hours:\n"
            f"{earlier[0]}\n{N_EXAMPLES} after which none did:\n{earlier[1]}\n"
            f"Later moments:\n{asked}\nAfter half of these {N_ASKED}, a failure began within "
            f"{ahead} hours. How probable is it of each?"
        )
        return Question(text, [outcome for _, outcome in cases], 0.5)

    def size(self, problem: Problem) -> float:
        """The hours ahead."""
        return AHEAD[problem.level - 1]

    def machines(self) -> tuple[Machine, ...]:
        """The user's series."""
        if self.data is None:
            raise BadInput(f"{self.name} needs {self.takes}: --data PATH")
        return read_machines(self.data)

    def columns_and_outcome(self) -> Table | None:
        """What is shown of every moment of the later halves, and whether a window began."""
        if self.data is None:
            return None
        machines = self.machines()
        soon, not_soon = _moments(machines, AHEAD[1], later=True)
        rows = [_shown(machines, one) for one in [*soon, *not_soon]]
        columns = {
            f"{name} {place}": [row[part][place] for row in rows]
            for part, name in enumerate(("mean", "extreme"))
            for place in range(len(rows[0][part]))
        }
        return columns, [1] * len(soon) + [0] * len(not_soon)


@cache
def read_machines(path: Path) -> tuple[Machine, ...]:
    """Read the series of a file or of a directory's; raises BadInput."""
    paths = sorted(path.glob("*.csv")) if path.is_dir() else [path]
    if not paths:
        raise BadInput(f"--data {path}: no CSV file in this directory")
    return tuple(map(_read, paths))


def _read(path: Path) -> Machine:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--data {path} cannot be read ({error})") from None
    if lacking := [name for name in COLUMNS if name not in (rows[0] if rows else ())]:
        raise BadInput(f"--data {path}: no column {', '.join(lacking)}")
    readings: dict[int, list[float]] = {}
    marked: dict[int, bool] = {}
    try:
        times = [datetime.fromisoformat(row["timestamp"]) for row in rows]
        start = min(times)
        for time, row in zip(times, rows, strict=True):
            hour, value = int((time - start).total_seconds() // 3600), row["value"]
            if not isfinite(float(value)) or row["anomaly_window"] not in ("0", "1"):
                raise ValueError(f"{value!r:.20} or {row['anomaly_window']!r:.20}")
            readings.setdefault(hour, []).append(float(value))
            marked[hour] = marked.get(hour, False) or row["anomaly_window"] == "1"
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(
            f"--data {path}: {error}; a time such as 2014-01-31 08:05:00, a number and 0 or 1 are "
            "needed in each row"
        ) from None
    if max(readings) > MOST_HOURS:
        raise BadInput(f"--data {path}: its times span {max(readings)} hours")
    means = [
        fmean(readings[hour]) if hour in readings else None for hour in range(max(readings) + 1)
    ]
    inside = frozenset(hour for hour, one in marked.items() if one)
    half = range(len(means) // 2)
    early = [one for hour in half if (one := means[hour]) is not None and hour not in inside]
    if len(early) < 2 * BACK or not (spread := pstdev(early)):
        raise BadInput(f"--data {path}: too short a series, or one that never changes")
    middle = fmean(early)
    return Machine(
        hours=tuple(None if one is None else (one - middle) / spread for one in means),
        begins=tuple(hour for hour in sorted(inside) if hour - 1 not in inside),
        inside=inside,
    )


def _drawn(
    machines: tuple[Machine, ...], ahead: int, rng: Random, n: int, *, later: bool
) -> tuple[list[Moment], list[Moment]]:
    """So many moments before a window each, and as many others; none shows an hour of another's.

    Moments of one window would resemble each other, and give away that they are of one.
    """
    soon, not_soon = _moments(machines, ahead, later=later)
    taken: list[Moment] = []
    for some in (soon, not_soon):
        had = len(taken)
        for place, hour in rng.sample(some, len(some)):
            if len(taken) - had == n:
                break
            if all(place != other or abs(hour - at) >= BACK for other, at in taken):
                taken.append((place, hour))
        if len(taken) - had < n:
            kind = "before different failure windows" if some is soon else "before none"
            raise BadInput(
                f"{len(taken) - had} moments {kind} in the {'later' if later else 'earlier'} half "
                f"of the series, {BACK} hours apart; {n} are needed: give it more machines"
            )
    return taken[:n], taken[n:]


@cache
def _moments(
    machines: tuple[Machine, ...], ahead: int, *, later: bool
) -> tuple[list[Moment], list[Moment]]:
    """Moments before which no window is near: those that one follows `ahead`, and the others."""
    soon, not_soon = [], []
    for place, machine in enumerate(machines):
        start, end = (machine.half, len(machine.hours)) if later else (0, machine.half)
        gaps = frozenset(hour for hour, one in enumerate(machine.hours) if one is None)
        unshown = gaps | machine.inside
        for hour in range(max(start, BACK), end - ahead):
            if unshown.isdisjoint(range(hour - BACK, hour)):
                follows = any(hour <= begin < hour + ahead for begin in machine.begins)
                (soon if follows else not_soon).append((place, hour))
    return soon, not_soon


def _shown(machines: tuple[Machine, ...], moment: Moment) -> tuple[list[float], list[float]]:
    """The means of the blocks before a moment, and the extremes of the last hours."""
    place, hour = moment
    values = [one for one in machines[place].hours[hour - BACK : hour] if one is not None]
    means = [fmean(values[start : start + BLOCK]) for start in range(0, BACK, BLOCK)]
    return means, [min(values[-LATELY:]), max(values[-LATELY:])]


def _line(machines: tuple[Machine, ...], moment: Moment, scale: float) -> str:
    means, extremes = _shown(machines, moment)
    low, high = sorted(scale * one for one in extremes)
    told = " ".join(f"{scale * one:.0f}" for one in means)
    return f"{told}; {low:.0f} to {high:.0f}"
