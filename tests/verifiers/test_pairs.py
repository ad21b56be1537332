"""The labelled pairs in pairs/: what is right is accepted, what is wrong is not."""

import json
from pathlib import Path

import pytest

from verifiers.errors import VerifierFailed
from verifiers.math import MathVerifier

FILES = sorted((Path(__file__).parent / "pairs").glob("*.jsonl"))

TYPES = set(
    [
        "extraction",
        "multiple_choice",
        "integers",
        "fractions",
        "mixed_numbers",
        "decimals",
        "repeating_decimals",
        "rounding",
        "percent",
        "scientific",
        "separators",
        "radicals",
        "logs",
        "trigonometry",
        "complex",
        "constants",
        "factorials",
        "expressions",
        "equations",
        "inequalities",
        "intervals",
        "unions",
        "sets_and_tuples",
        "matrices",
        "piecewise",
        "general_solutions",
        "units",
        "currency",
        "bases",
        "dates_times",
        "text",
        "refusal",
    ]
)


def rows(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def accepted(row: dict) -> bool | None:
    try:
        return (
            MathVerifier()
            .verify(
                ground_truth=row["ground_truth"],
                completion=row["completion"],
                prompt=row.get("prompt"),
            )
            .correct
        )
    except VerifierFailed:
        return None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_more_errors_than_the_goals_allow(file: Path):
    """At most 0.3 % of wrong answers accepted, 3 % of right ones not; undecided is an error too."""
    sure = [row for row in rows(file) if row["sure"]]
    judged = [(row, accepted(row)) for row in sure]
    wrong = [row["id"] for row, said in judged if said is not False and not row["correct"]]
    right = [row["id"] for row, said in judged if said is not True and row["correct"]]
    n_right = sum(row["correct"] for row in sure)
    assert len(wrong) <= 0.003 * (len(sure) - n_right), wrong
    assert len(right) <= 0.03 * n_right, right


def test_every_type_is_labelled_both_ways_with_a_reason():
    labelled = [row for file in FILES for row in rows(file)]
    assert {(row["type"], row["correct"]) for row in labelled} == {
        (kind, label) for kind in TYPES for label in (True, False)
    }
    assert all(row["why"].strip() for row in labelled)
    for file in FILES:
        ids = [row["id"] for row in rows(file)]
        assert len(ids) == len(set(ids))
