"""A reader's word on a problem: bad ones go to quarantine with the reader's note, and come back.

mark(store, problem_id, "two right answers", at=now)   # quarantine: "reader: two right answers"
unmark(store, problem_id, at=now)                       # as it was before

Each is one transaction, with a run that says what was done, while nobody else writes.
"""

import os
from datetime import datetime
from uuid import UUID

import msgspec

from curation.records import Run
from curation.schema import to_arrow
from curation.store import Store
from verifiers.errors import BadInput

READER = "reader: "

LONGEST_NOTE = 500


def mark(store: Store, problem_id: UUID, note: str, *, at: datetime) -> None:
    """Put a problem into quarantine; `at` is UTC.

    Raises BadInput where the note is empty or too long, or the problem is in quarantine for another
    reason, StoreLocked where another process writes.
    """
    note = " ".join(note.split())
    if not note:
        raise BadInput("say what is wrong with the problem: the note is kept as the reason")
    if len(note) > LONGEST_NOTE:
        raise BadInput(f"the note has {len(note)} characters: {LONGEST_NOTE} are the most")
    _change(store, problem_id, READER + note, at)


def unmark(store: Store, problem_id: UUID, *, at: datetime) -> None:
    """Take back what a reader marked; `at` is UTC. Raises as `mark` does."""
    _change(store, problem_id, None, at)


def _change(store: Store, problem_id: UUID, quarantine: str | None, at: datetime) -> None:
    run = Run(
        command="view",
        parameters=msgspec.json.encode(
            {"problem_id": str(problem_id), "quarantine": quarantine}
        ).decode(),
        process_id=os.getpid(),
        started_at=at,
        ended_at=at,
    )
    with store.writing("gen view"), store.transaction() as connection:
        ((n_changed,),) = connection.execute(
            "UPDATE problems SET quarantine = $new WHERE problem_id = $id "
            "AND (quarantine IS NULL OR starts_with(quarantine, $reader))",
            {"new": quarantine, "id": problem_id, "reader": READER},
        ).fetchall()
        if not n_changed:
            raise BadInput(
                f"{problem_id} is not there, or in quarantine for a reason that is no reader's: "
                "it stays as it is"
            )
        connection.register("run", to_arrow("runs", [run]))
        connection.execute("INSERT INTO runs BY NAME SELECT * FROM run")
