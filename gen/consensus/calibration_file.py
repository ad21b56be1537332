"""Writes a calibration, and keeps what it was fitted to as counts.

    write_calibration(calibration, Path("calibration.json"))
    write_counts(labelled, Path("counts.csv"))
    read_counts(Path("counts.csv"))    ->  [Labelled(...), ...]

    question,origin,candidate,right,source,model,n
    1a9c04e2,gsm8k,0,1,solution,0.5B,3
    1a9c04e2,gsm8k,1,0,program,0.5B,1
    1a9c04e2,gsm8k,truncated,0,solution,0.5B,1

Counts tell nothing of the models' texts, and are all that a fit needs.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

import msgspec

from gen.consensus.calibration import Labelled
from gen.consensus.confidence import Calibration
from gen.consensus.evidence import Candidate, Evidence, groups_of

COLUMNS = ("question", "origin", "candidate", "right", "source", "model", "n")
LOST = ("truncated", "silent")
DIGITS = 4


def write_calibration(calibration: Calibration, path: Path) -> None:
    """Write it as JSON, numbers to four significant digits."""
    values = _rounded(msgspec.to_builtins(calibration))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(values), indent=2) + b"\n")


def described(labelled: Iterable[Labelled]) -> str:
    """How many questions of which origin, in words."""
    origins = Counter(one.origin for one in labelled)
    parts = ", ".join(f"{n} of {origin}" for origin, n in sorted(origins.items()))
    return f"{origins.total()} questions ({parts})"


def write_counts(
    labelled: Iterable[Labelled], path: Path, *, names: Mapping[str, str] | None = None
) -> None:
    """Write evidence as counts; `names` are what models are to be called there."""
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for one in sorted(labelled, key=lambda one: (one.origin, one.question)):
            rows = [(index, c.votes) for index, c in enumerate(one.evidence.candidates)]
            lost = zip(LOST, (one.evidence.truncated, one.evidence.silent), strict=True)
            for place, votes in (*rows, *lost):
                for (source, model), n in sorted(groups_of(votes).items()):
                    called = (names or {}).get(model, model)
                    right = int(place in one.right)
                    writer.writerow((one.question, one.origin, place, right, source, called, n))


def read_counts(path: Path) -> list[Labelled]:
    """Read what `write_counts` wrote."""
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        _labelled(question, list(of_question))
        for question, of_question in groupby(rows, key=lambda row: row["question"])
    ]


def _labelled(question: str, rows: list[dict[str, str]]) -> Labelled:
    votes: dict[str, dict[str, dict[str, int]]] = {}
    for row in rows:
        votes.setdefault(row["candidate"], {}).setdefault(row["source"], {})[row["model"]] = int(
            row["n"]
        )
    places = sorted(set(votes) - set(LOST), key=int)
    return Labelled(
        question=question,
        origin=rows[0]["origin"],
        evidence=Evidence(
            question=question,
            candidates=tuple(Candidate(text=f"answer {one}", votes=votes[one]) for one in places),
            truncated=votes.get("truncated", {}),
            silent=votes.get("silent", {}),
        ),
        right=frozenset(int(row["candidate"]) for row in rows if row["right"] == "1"),
    )


def _rounded(value: object) -> object:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    return value
