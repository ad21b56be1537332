"""Decisions of the Supreme Court to forecast, from a table that the user gives.

    Decisions().reading(Path("SCDB_caseCentered.csv")).generate(rng, 1)
    ->  ... issue area 8: 61% of 1,204 ... case 1: 8, 27, other, 2 ...

The table is in the case-centred format of the Supreme Court Database (http://scdb.wustl.edu). Only
columns known before the decision are read; names, dates, dockets and terms are never shown.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import ClassVar

from gen.domains.case_forecasts import CaseForecasts, Question
from gen.family import Card, Table
from verifiers.errors import BadInput

KNOWN_BEFORE = {
    "lcDispositionDirection": "direction of the decision below",
    "issueArea": "issue area",
    "petitioner": "kind of petitioner",
    "caseSource": "court below",
    "respondent": "kind of respondent",
    "certReason": "reason for granting review",
    "jurisdiction": "manner of taking jurisdiction",
    "lcDisposition": "disposition below",
}
"""The columns that may be shown, the first of them at level 1; none is coded from the decision."""

SIZES = ((4, 40), (6, 50), (8, 60))
"""Columns and cases, by level."""

TRAINING_SHARE = 0.7
RARE = 25
"""A code with fewer training cases is shown as "other"."""


@dataclass(frozen=True, slots=True)
class Court:
    """The table's cases in order of term; the first `n_training` come before all others."""

    columns: dict[str, list[str]]
    won: list[int]
    n_training: int


@lru_cache(maxsize=4)
def read_court(path: Path, shown: tuple[str, ...]) -> Court:
    """Read the columns `shown` of the decided cases; raises BadInput for what is no such table."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise BadInput(f"--data {path}: {error.strerror}") from None
    needed = {"term", "partyWinning", *shown}
    lacking = needed - set(rows[0] if rows else ())
    if lacking:
        raise BadInput(
            f"--data {path}: no case-centred table of the Supreme Court Database: it lacks "
            f"{', '.join(sorted(lacking))}"
        )
    decided = [row for row in rows if code(row["partyWinning"]) in ("0", "1")]
    decided.sort(key=lambda row: int(code(row["term"])))
    terms = [int(code(row["term"])) for row in decided]
    if len(set(terms)) < 2:
        raise BadInput(f"--data {path}: fewer than two terms with decided cases")
    split = terms[min(int(TRAINING_SHARE * len(terms)), len(terms) - 1)]
    n_training = sum(term < split for term in terms)
    if min(n_training, len(decided) - n_training) < 2 * SIZES[-1][1]:
        raise BadInput(f"--data {path}: too few decided cases ({len(decided)})")
    columns = {name: [code(row[name]) for row in decided] for name in shown}
    return Court(columns, [int(code(row["partyWinning"])) for row in decided], n_training)


def code(cell: str | None) -> str:
    """A code as a whole number; "none" where there is none."""
    text = (cell or "").strip()
    return text.removesuffix(".0") or "none"


class Decisions(CaseForecasts):
    """Whether the petitioner wins, for masked cases of later terms; paid over the base rate."""

    name = "outcomes.decisions"
    domain = "law"
    card = Card(
        licence="the user's table has its own; the Supreme Court Database asks for attribution and "
        "non-commercial use",
        source="a case-centred table of the Supreme Court Database, given by the user",
        chance_level=0.1,
        pitfalls=(
            "almost no headroom: with the database of 2020, split as here (6,275 earlier "
            "decisions, "
            "2,734 later ones), the base rate has a Brier score of .230 (95% interval .225 to "
            ".235), "
            "a logistic model of all eight columns .224 (.218 to .230): a skill of .025 (.004 to "
            ".047); give it little weight",
            "so little skill is lost in the luck of one batch: that model is accepted in 37% of "
            "batches of 60 and earns .044, the best constant forecast in 5%",
            "only columns known before the decision are shown; adding post-decision ones takes the "
            "Brier score to .03",
            "no statement about a court, a judge or a pending case",
        ),
    )
    takes = "a case-centred table of the Supreme Court Database (CSV)"
    reference = "held-back decisions of later terms against the base rate of earlier ones"
    shown: ClassVar[tuple[str, ...]] = tuple(KNOWN_BEFORE)

    def court(self) -> Court:
        """The user's table."""
        if self.data is None:
            raise BadInput(f"{self.name} needs {self.takes}: --data PATH")
        return read_court(self.data, self.shown)

    def question(self, rng: Random, level: int) -> Question:
        """Shares won in earlier terms, code by code, and cases of later terms."""
        court, (n_columns, k) = self.court(), SIZES[level - 1]
        names = list(self.shown[:n_columns])
        rng.shuffle(names)
        cases = rng.sample(range(court.n_training, len(court.won)), k)
        base = sum(court.won[: court.n_training]) / court.n_training
        parts, cells = [], []
        for name in names:
            told, column = self.summary(court, name, cases)
            parts.append(told)
            cells.append(column)
        lines = [
            f"{at}: {', '.join(row)}" for at, row in enumerate(zip(*cells, strict=True), start=1)
        ]
        text = (
            "Decisions of an appellate court that chooses its cases. In earlier terms the "
            "petitioner "
            f"won {100 * base:.1f}% of {court.n_training:,} cases; by code, the share won and the "
            "number of cases:\n"
            + "\n".join(parts)
            + f"\nCases of later terms, by {', '.join(map(self.title, names))}:\n"
            + "\n".join(lines)
            + "\nHow probable is it, for each of these cases, that the petitioner won?"
        )
        return Question(text, [court.won[case] for case in cases], round(base, 4))

    def summary(self, court: Court, name: str, cases: Sequence[int]) -> tuple[str, list[str]]:
        """A column's shares in earlier terms, and the cases' codes in it, rare ones as "other"."""
        column = court.columns[name]
        training = range(court.n_training)
        counts = Counter(column[one] for one in training)
        grouped = [value if counts[value] >= RARE else "other" for value in column]
        totals = Counter(grouped[one] for one in training)
        wins = Counter(grouped[one] for one in training if court.won[one])
        present = sorted({grouped[case] for case in cases})
        shares = ", ".join(
            f"{value}: {100 * wins[value] / totals[value]:.0f}% of {totals[value]}"
            if totals[value]
            else f"{value}: no case"
            for value in present
        )
        return f"{self.title(name)}: {shares}", [grouped[case] for case in cases]

    def title(self, name: str) -> str:
        """A column in words."""
        return KNOWN_BEFORE.get(name, name)

    def columns_and_outcome(self) -> Table | None:
        """The columns shown, over all decided cases."""
        if self.data is None:
            return None
        court = self.court()
        return court.columns, court.won
