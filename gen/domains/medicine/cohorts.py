"""Real patients whose outcome is known, from the tables that installed packages ship.

    cohort("breast recurrence").columns["nodes"]    ->  (1.39, 1.39, 2.3, ...)
    event_share(cohort, rows, 900)                   ->  0.33, by Kaplan and Meier

Read from the packages' files, without importing the packages. Columns are those known when the
follow-up began; race is not among them. Counts with a long tail are on a logarithmic scale.
"""

import csv
import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from math import log1p
from pathlib import Path

SURVIVAL = ("breast recurrence", "breast death", "lung death")


@dataclass(frozen=True, slots=True)
class Cohort:
    """Columns by name, and what became of each patient.

    `times` and `events` (0: observation ended) where patients were followed, else `outcomes`.
    """

    columns: Mapping[str, tuple[float, ...]]
    times: tuple[float, ...] = ()
    events: tuple[int, ...] = ()
    outcomes: tuple[float, ...] = ()

    def __len__(self) -> int:
        return len(self.times or self.outcomes)


def folder(package: str, *inside: str) -> Path | None:
    """A folder of an installed package; None where the package is not installed."""
    found = find_spec(package)
    return Path(found.origin).parent.joinpath(*inside) if found and found.origin else None


@cache
def cohort(name: str) -> Cohort:
    """One of `SURVIVAL`, "breast tumours" or "diabetes"."""
    return _READERS[name]()


def event_share(group: Cohort, rows: Sequence[int], at: float) -> float:
    """The share of these patients with an event by a time, by Kaplan and Meier (1958)."""
    free, at_risk = 1.0, len(rows)
    for time, event in sorted((group.times[i], -group.events[i]) for i in rows):
        if time > at:
            break
        free *= 1 - (event < 0) / at_risk
        at_risk -= 1
    return 1 - free


def _rows(file: str) -> list[dict[str, str]]:
    where = folder("lifelines", "datasets")
    assert where is not None
    return list(csv.DictReader((where / file).read_text(encoding="utf-8").splitlines()))


def _columns(
    rows: Sequence[Mapping[str, str]], readers: Mapping[str, tuple[str, Callable[[str], float]]]
) -> dict[str, tuple[float, ...]]:
    """Columns by our names; `readers` have the file's name and how its text is read."""
    return {name: tuple(read(row[key]) for row in rows) for name, (key, read) in readers.items()}


def _log(text: str) -> float:
    return log1p(float(text))


def _breast_recurrence() -> Cohort:
    rows = _rows("gbsg2.csv")
    columns = _columns(
        rows,
        {
            "hormones": ("horTh", lambda text: float(text == "yes")),
            "age": ("age", float),
            "menopause": ("menostat", lambda text: float(text == "Post")),
            "size": ("tsize", _log),
            "grade": ("tgrade", lambda text: float(len(text))),
            "nodes": ("pnodes", _log),
            "progesterone receptor": ("progrec", _log),
            "estrogen receptor": ("estrec", _log),
        },
    )
    return _followed(columns, rows, "time", "cens")


def _breast_death() -> Cohort:
    rows = _rows("lymph_node.csv")
    columns = _columns(
        rows,
        {
            "hormones": ("hormone", float),
            "age": ("age", float),
            "menopause": ("menopause", float),
            "size": ("size", _log),
            "grade": ("grade", float),
            "nodes": ("nodes", _log),
            "progesterone receptor": ("prog_recp", _log),
            "estrogen receptor": ("estrg_recp", _log),
        },
    )
    return _followed(columns, rows, "survtime", "censdead")


def _lung_death() -> Cohort:
    needed = ("age", "sex", "ph.ecog", "ph.karno", "pat.karno", "wt.loss")
    rows = [row for row in _rows("lung.csv") if all(row[name] for name in needed)]
    return _followed(
        _columns(rows, {name: (name, float) for name in needed}), rows, "time", "status"
    )


def _followed(
    columns: Mapping[str, tuple[float, ...]],
    rows: Sequence[Mapping[str, str]],
    time: str,
    event: str,
) -> Cohort:
    times = tuple(float(row[time]) for row in rows)
    return Cohort(columns, times=times, events=tuple(int(float(row[event])) for row in rows))


ALLOWED = (
    "mean texture", "mean smoothness", "mean compactness", "mean symmetry",
    "mean fractal dimension", "radius error", "texture error", "perimeter error",
    "compactness error", "concavity error", "worst texture", "worst smoothness",
    "worst symmetry",
)  # fmt: skip
"""Of the thirty columns of the tumours those that do not nearly tell the diagnosis alone."""

_MEASURED = (
    "radius", "texture", "perimeter", "area", "smoothness", "compactness", "concavity",
    "concave points", "symmetry", "fractal dimension",
)  # fmt: skip


def _breast_tumours() -> Cohort:
    where = folder("sklearn", "datasets", "data")
    assert where is not None
    lines = (where / "breast_cancer.csv").read_text(encoding="utf-8").splitlines()[1:]
    names = [
        f"{kind}{one}{end}"
        for kind, end in (("mean ", ""), ("", " error"), ("worst ", ""))
        for one in _MEASURED
    ]
    rows = [[float(cell) for cell in line.split(",")] for line in lines]
    columns = {
        name: tuple(log1p(row[i]) for row in rows)
        for i, name in enumerate(names)
        if name in ALLOWED
    }
    return Cohort(columns, outcomes=tuple(1 - row[-1] for row in rows))


def _diabetes() -> Cohort:
    where = folder("sklearn", "datasets", "data")
    assert where is not None
    names = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
    rows = _numbers(where / "diabetes_data_raw.csv.gz")
    columns = {name: tuple(row[i] for row in rows) for i, name in enumerate(names)}
    return Cohort(
        columns, outcomes=tuple(row[0] for row in _numbers(where / "diabetes_target.csv.gz"))
    )


def _numbers(file: Path) -> list[list[float]]:
    with gzip.open(file, "rt", encoding="utf-8") as text:
        return [[float(cell) for cell in line.split()] for line in text]


_READERS: dict[str, Callable[[], Cohort]] = {
    "breast recurrence": _breast_recurrence,
    "breast death": _breast_death,
    "lung death": _lung_death,
    "breast tumours": _breast_tumours,
    "diabetes": _diabetes,
}
