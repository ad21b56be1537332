"""Rearrest within weeks of release, forecast for masked people of a trial of the 1970s.

    Rearrest().generate(rng, 1)    ... prior convictions, age, financial aid ...   [0.31, 0.12, ...]

The 432 rows (Rossi, Berk and Lenihan, "Money, Work, and Crime", 1980) are those that the package
lifelines (MIT) ships; the file is read without importing the package. Race is never shown.
"""

import csv
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random

from gen.domains.case_forecasts import CaseForecasts, Question
from gen.family import Card, Table

COLUMNS = {
    "age": "age in years", "prio": "prior convictions", "fin": "financial aid",
    "wexp": "work experience", "mar": "married", "paro": "on parole",
}  # fmt: skip
SIZES = ((3, 20, 30), (4, 30, 36), (6, 40, 40))
"""Columns, people shown with their outcome and people to forecast, by level."""

WEEKS = (26, 39, 52)


def rows_file() -> Path | None:
    """Where the package keeps the rows; None where it is not installed."""
    spec = find_spec("lifelines")
    places = spec.submodule_search_locations if spec else None
    file = Path(next(iter(places))) / "datasets" / "rossi.csv" if places else None
    return file if file and file.is_file() else None


@cache
def people() -> tuple[dict[str, int], ...]:
    """All rows, in an order that is not the file's, race left out."""
    file = rows_file()
    assert file is not None
    with file.open(newline="") as text:
        rows = [
            {name: int(row[name]) for name in (*COLUMNS, "week", "arrest")}
            for row in csv.DictReader(text)
        ]
    Random("people").shuffle(rows)
    return tuple(rows)


def arrested(one: dict[str, int], week: int) -> int:
    """Whether somebody was arrested by a week, 1 or 0; everybody was followed for a year."""
    return int(one["arrest"] == 1 and one["week"] <= week)


class Rearrest(CaseForecasts):
    """Rearrest by a week after release, for masked people; forecast, share among the others."""

    name = "outcomes.rearrest"
    domain = "law"
    card = Card(
        licence="MIT (rows as shipped by lifelines)",
        source="Rossi, Berk and Lenihan (1980), 432 men released in Maryland; package lifelines",
        chance_level=0.15,
        pitfalls=(
            "MUST NOT be used to decide or advise on bail, sentence, parole or anything else about "
            "a real person, nor to train a model that will: arrests are no crimes, the men are of "
            "one State and decade, and groups were policed differently",
            "race is left out, which does not make a forecast fair: other columns stand in for it",
            "216 people are held back: by week 52 the base rate has a Brier score of .194 (95% "
            "interval .166 to .223), a logistic model of all columns .189 (.161 to .218), a skill "
            "of "
            ".027 (-.041 to .092)",
            "that model is accepted in 37% of batches of 40; the best constant forecast in 10%",
            "ages are moved by up to a year so that rows cannot be looked up",
        ),
    )
    reference = "held-back people of the trial against the share among the others"

    def missing(self) -> str | None:
        """The package that ships the rows, where it is not installed."""
        return None if rows_file() else "install assay[domains] (lifelines ships the rows)"

    def question(self, rng: Random, level: int) -> Question:
        """People with their outcome from one half of the rows, and without from the other."""
        n_columns, n_shown, k = SIZES[level - 1]
        everybody, week = people(), rng.choice(WEEKS)
        half = len(everybody) // 2
        others, held = everybody[:half], everybody[half:]
        names = list(COLUMNS)[:n_columns]
        rng.shuffle(names)
        base = sum(arrested(one, week) for one in others) / half
        shown = rng.sample(others, n_shown)
        cases = rng.sample(held, k)
        lines = [
            f"{self.cells(rng, one, names)}: {'yes' if arrested(one, week) else 'no'}"
            for one in shown
        ]
        asked = [f"{at}. {self.cells(rng, one, names)}" for at, one in enumerate(cases, start=1)]
        text = (
            f"Men released from prison were followed for a year. Of {half} of them "
            f"{100 * base:.1f}% "
            f"were arrested again by week {week}. Columns: "
            f"{', '.join(COLUMNS[name] for name in names)} (1 yes, 0 no). Some of them, and "
            "whether "
            f"they were:\n"
            + "\n".join(lines)
            + "\nOthers:\n"
            + "\n".join(asked)
            + f"\nHow probable is it, for each of the others, that he was arrested by week {week}?"
        )
        return Question(text, [arrested(one, week) for one in cases], round(base, 4))

    def cells(self, rng: Random, one: dict[str, int], names: list[str]) -> str:
        """A person's columns, the age a little moved."""
        return ", ".join(
            str(one[name] + (rng.choice((-1, 0, 1)) if name == "age" else 0)) for name in names
        )

    def columns_and_outcome(self) -> Table | None:
        """The columns shown, and arrest within the year."""
        if rows_file() is None:
            return None
        columns = {name: [one[name] for one in people()] for name in COLUMNS}
        return columns, [arrested(one, WEEKS[-1]) for one in people()]
