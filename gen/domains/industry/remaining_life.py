"""How long will it still run? Engines of a run-to-failure table, cut somewhere in their lives.

    RemainingLife().reading(Path("train_FD001.txt")).generate(rng, 1)
    Engine 1: age 121, A 3 14 38, B -2 -9 -20     ->  [[40, 75, 120], ...]

The table is the user's, such as NASA's C-MAPSS: a row an engine and cycle (unit, cycle, three
settings, sensors), split by spaces, or by commas under a line of names. What an engine showed up to
the cut is in the prompt; when it failed is held back. Sensors have no names, an order and a scale
of their own in every problem, and may be turned upside down.
"""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import isfinite
from pathlib import Path
from random import Random
from statistics import fmean, pstdev, quantiles

import msgspec

from gen.family import Card, Family, Lazy, Table
from verifiers.errors import BadInput
from verifiers.records import Problem

LEVELS = (0.1, 0.5, 0.9)
FIRST_SENSOR = 5
"""Columns before it are the unit, the cycle and the settings."""

RECENT = 10
SOONEST, LATEST = 5, 150
"""Cycles that an engine may have left."""

N_EXAMPLES = 10
BAR = 0.05

Run = tuple[tuple[float, ...], ...]
"""The sensors' values, a row a cycle."""


@dataclass(frozen=True, slots=True)
class Cut:
    """An engine at some age: its sensors at the beginning, before and lately; what it had left."""

    age: int
    shown: tuple[tuple[float, float, float], ...]
    left: int


class RemainingLife(Family):
    """Quantiles of the remaining life of engines, against what their age alone tells."""

    name = "maintenance.remaining_life"
    domain = "industry"
    levels = (1, 2, 3)
    verifier = "forecast"
    certificate = "outcome"
    takes = "a run-to-failure table such as C-MAPSS's train_FD001.txt (45 engines or more)"
    card = Card(
        licence="that of the user's table",
        source="a table of the user's; the C-MAPSS set is a simulation by NASA",
        chance_level=0.1,
        pitfalls=(
            "C-MAPSS is simulated and widely published: skill on it is none on real engines",
            "the ages at which engines are cut are drawn so that 5 to 150 cycles are left, which "
            "the reference allows for",
        ),
    )
    sizes = ((2, 20), (3, 20), (5, 25))

    def generate(self, rng: Random, level: int) -> Problem:
        """More sensors, then more engines."""
        return self._made(rng, level, lambda left: left)

    def otherwise(self, rng: Random, level: int) -> Problem:
        """The same engines, which fail at another time."""
        return self._made(rng, level, lambda left: SOONEST + (left * 7 + 31) % 140)

    def _made(self, rng: Random, level: int, lived: Callable[[int], int]) -> Problem:
        n_sensors, k = self.sizes[level - 1]
        runs, spreads = self._fleet()
        units = rng.sample(sorted(runs), len(runs))
        asked, examples, others = units[:k], units[k : k + N_EXAMPLES], units[k:]
        sensors = rng.sample(sorted(spreads), min(n_sensors, len(spreads)))
        scales = {sensor: rng.choice((-1, 1)) * rng.uniform(15, 40) for sensor in sensors}

        def cut(unit: str) -> Cut:
            return _cut(runs[unit], sensors, scales, spreads, rng)

        cuts = [cut(unit) for unit in asked]
        known = [cut(unit) for unit in examples]
        lives = sorted(len(runs[unit]) for unit in others)
        truth = {
            "kind": "quantiles",
            "levels": LEVELS,
            "outcomes": [lived(one.left) for one in cuts],
            "reference": [_by_age(one.age, lives) for one in cuts],
            "bar": BAR,
        }
        return self.problem(level, _prompt(cuts, known), json.dumps(truth))

    def columns_and_outcome(self) -> Table:
        """Age and what every sensor shows of each engine, and what it had left."""
        (runs, spreads), rng = self._fleet(), Random(self.name)
        sensors = sorted(spreads)
        cuts = [
            _cut(run, sensors, dict.fromkeys(sensors, 1.0), spreads, rng) for run in runs.values()
        ]
        columns: dict[str, list[float]] = {"age": [one.age for one in cuts]}
        for place, sensor in enumerate(sensors):
            columns[f"sensor {sensor} lately"] = [one.shown[place][2] for one in cuts]
        return columns, [one.left for one in cuts]

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The outcomes themselves."""
        outcomes = msgspec.json.decode(problem.ground_truth)["outcomes"]
        answer = json.dumps([[left - 1, left, left + 1] for left in outcomes])
        return f"```json\n{answer}\n```", f'So: {{"forecasts": {answer}}}'

    def wrong(self, problem: Problem, rng: Random) -> str:
        """The reference in tenths of a cycle."""
        reference = msgspec.json.decode(problem.ground_truth)["reference"]
        return json.dumps([[10 * value for value in one] for one in reference])

    def trivial(self) -> dict[str, Lazy]:
        """One forecast for all engines."""
        return {
            name: lambda problem, forecast=forecast: json.dumps([forecast] * _n(problem))
            for name, forecast in (
                ("5 to 150", [5, 75, 150]), ("20 to 130", [20, 75, 130]), ("soon", [5, 20, 50]),
            )
        }  # fmt: skip

    def _fleet(self) -> tuple[Mapping[str, Run], Mapping[int, tuple[float, float]]]:
        if self.data is None:
            raise BadInput(f"{self.name}: {self.missing()}")
        runs = read_runs(self.data)
        if len(runs) < 45:
            raise BadInput(f"{self.data}: {len(runs)} engines that ran 60 cycles; 45 are needed")
        if not moving(self.data):
            raise BadInput(f"{self.data}: no sensor changes towards the failure")
        return runs, moving(self.data)


@cache
def read_runs(path: Path) -> Mapping[str, Run]:
    """The engines of a table by their unit, those that ran for 60 cycles; raises BadInput."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read ({error})") from None
    commas = bool(lines) and "," in lines[0]
    rows = list(csv.reader(lines)) if commas else [line.split() for line in lines]
    if commas:
        rows = rows[1:]
    runs: dict[str, list[tuple[int, tuple[float, ...]]]] = {}
    try:
        for row in filter(None, rows):
            values = tuple(map(float, row[1:]))
            if not all(map(isfinite, values)) or len(values) < FIRST_SENSOR:
                raise ValueError("a row has no sensors, or what is no number")
            runs.setdefault(row[0], []).append((int(values[0]), values[FIRST_SENSOR - 1 :]))
    except ValueError as error:
        raise BadInput(
            f"{path}: {error}; rows of unit, cycle, three settings and sensors are needed"
        ) from None
    if len({len(sensors) for run in runs.values() for _, sensors in run}) > 1:
        raise BadInput(f"{path}: not every row has as many sensors")
    return {
        unit: tuple(sensors for _, sensors in sorted(run))
        for unit, run in runs.items()
        if len(run) >= 60
    }


@cache
def moving(path: Path) -> Mapping[int, tuple[float, float]]:
    """Mean and standard deviation of each sensor that is elsewhere when an engine fails."""
    runs, found = read_runs(path), {}
    for sensor in range(len(next(iter(runs.values()))[0])):
        values = [row[sensor] for run in runs.values() for row in run]
        spread = pstdev(values)
        ways = [
            fmean(row[sensor] for row in run[-RECENT:]) - fmean(row[sensor] for row in run[:RECENT])
            for run in runs.values()
        ]
        if spread > 1e-9 and abs(fmean(ways)) > spread:
            found[sensor] = fmean(values), spread
    return found


def _cut(
    run: Run, sensors: Sequence[int], scales: Mapping[int, float],
    spreads: Mapping[int, tuple[float, float]], rng: Random,
) -> Cut:  # fmt: skip
    left = rng.randint(SOONEST, min(LATEST, len(run) - 4 * RECENT))
    age = len(run) - left
    shown = []
    for sensor in sensors:
        mean, spread = spreads[sensor]
        values = [scales[sensor] * (row[sensor] - mean) / spread for row in run[:age]]
        parts = values[:RECENT], values[-3 * RECENT : -2 * RECENT], values[-RECENT:]
        shown.append(tuple(fmean(part) for part in parts))
    return Cut(age, tuple(shown), left)


def _by_age(age: int, lives: Sequence[int]) -> list[float]:
    """Quantiles of what engines of the fleet that reached this age had left."""
    left = [life - age for life in lives if SOONEST <= life - age <= LATEST]
    left = left if len(left) >= 5 else [SOONEST, 20, 40, 60, 80]
    tenths = quantiles(left, n=10, method="inclusive")
    return [round(tenths[0], 1), round(tenths[4], 1), round(tenths[8], 1)]


def _prompt(cuts: Sequence[Cut], known: Sequence[Cut]) -> str:
    def line(one: Cut) -> str:
        parts = (
            f"{name} {' '.join(f'{value:.0f}' for value in values)}"
            for name, values in zip("ABCDE", one.shown, strict=False)
        )
        return f"age {one.age}, " + ", ".join(parts)

    examples = "\n".join(f"{line(one)}: {one.left} left" for one in known)
    asked = "\n".join(f"{number}. {line(one)}" for number, one in enumerate(cuts, 1))
    return (
        "Engines of one fleet run until they fail. An engine is shown by its age in cycles and by "
        "sensors, in units of their own: the mean of each over the first 10 cycles, over 10 cycles "
        f"that ended 20 cycles ago, and over the last 10. Some that failed since:\n\n{examples}\n\n"
        f"How many cycles did each of these {len(cuts)} have left?\n\n{asked}\n\nAnswer with a "
        f"JSON array of {len(cuts)} lists, in order: the 10th, 50th and 90th percentile of the "
        "cycles left. They are scored by the quantile loss, next to forecasts by age alone."
    )


def _n(problem: Problem) -> int:
    return len(msgspec.json.decode(problem.ground_truth)["outcomes"])
