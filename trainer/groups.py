"""Writes down the rewards of every group that a run draws: labels that `gen score --groups` reads.

{"step":1,"problem_id":"0b1e...","started_from":"cpu:smollm2-135m","rewards":[1.0,0.0],
 "tokens":[57,80]}

One JSON line a group in `groups.jsonl` of the run's directory. The completions of step s are those
of the policy after s - 1 optimizer steps; a reward is null where the verdict was undecided.
"""

from collections.abc import Sequence
from pathlib import Path

import msgspec

GROUPS = "groups.jsonl"


class GroupRow(msgspec.Struct, frozen=True, kw_only=True):
    """The rewards of one problem's completions in one step, and their lengths in tokens."""

    step: int
    problem_id: str
    started_from: str
    rewards: list[float | None]
    tokens: list[int]


def append_groups(path: Path, rows: Sequence[GroupRow]) -> None:
    """Add a step's lines, in one write."""
    with path.open("ab") as file:
        file.write(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def read_groups(path: Path) -> list[GroupRow]:
    """Every whole line of `path`, which need not exist; a line cut off by a kill is left out."""
    if not path.exists():
        return []
    decoder = msgspec.json.Decoder(GroupRow)
    return [decoder.decode(line) for line in path.read_bytes().split(b"\n")[:-1] if line]


def keep_groups_until(path: Path, step: int) -> None:
    """Drop the groups after `step`: they were drawn after the checkpoint, and are drawn again."""
    kept = [row for row in read_groups(path) if row.step <= step]
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    append_groups(partial, kept)
    partial.replace(path)
