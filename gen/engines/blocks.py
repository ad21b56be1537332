"""What travels between the driver and Ray's workers: a row a problem there, a row a rollout back.

    asked([(problem, (0, 1))])
    ->  problem: '{"domain": "math", ...}', sample_indexes: [0, 1]

    answered([Answer(rollout, verdict)])
    ->  rollout_id: ..., completion: "...", ..., verdict_outcome: "accepted", ..., failure: null

A rollout that ended in an error has no verdict. What a worker failed with is a row of its own, so
that the rollouts beside it are kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec
import pyarrow as pa

from curation.schema import TABLES, from_row, to_arrow
from verifiers.records import Problem, Rollout, Verdict

Wanted = tuple[Problem, tuple[int, ...]]
"""A problem, and which of its samples."""

VERDICT = "verdict_"
NOT_SENT = ("problem_id", "run_id")


@dataclass(frozen=True, slots=True)
class Answer:
    """A rollout and its verdict, None where it can have none."""

    rollout: Rollout
    verdict: Verdict | None


def asked(wanted: Sequence[Wanted]) -> pa.Table:
    """A block of problems to be solved."""
    return pa.table(
        {
            "problem": pa.array([packed(problem) for problem, _ in wanted], pa.string()),
            "sample_indexes": pa.array([indexes for _, indexes in wanted], pa.list_(pa.int64())),
        }
    )


def wanted_in(block: pa.Table) -> list[Wanted]:
    """What a block of `asked` holds."""
    return [(unpacked(row["problem"]), tuple(row["sample_indexes"])) for row in block.to_pylist()]


def packed(problem: Problem) -> str:
    """A problem as JSON, without its id, which follows from the rest, and its run."""
    return msgspec.json.encode(
        {name: value for name, value in asdict(problem).items() if name not in NOT_SENT}
    ).decode()


def unpacked(text: str) -> Problem:
    """The problem that was packed."""
    return Problem(**msgspec.json.decode(text))


def answered(answers: Sequence[Answer], *, failure: str | None = None) -> pa.Table:
    """A block of rollouts with their verdicts, and of what ended the work, if anything did."""
    verdicts = [one.verdict for one in answers if one.verdict is not None]
    numbers = iter(range(len(verdicts)))
    places = [None if one.verdict is None else next(numbers) for one in answers]
    left = to_arrow("rollouts", [one.rollout for one in answers])
    right = to_arrow("verdicts", verdicts).take(pa.array(places, pa.int64()))
    columns = [*left.columns, *right.columns, pa.nulls(len(answers), pa.string())]
    block = pa.Table.from_arrays(columns, schema=_answered_schema())
    if failure is None:
        return block
    failed = {"failure": failure}
    return pa.concat_tables([block, pa.Table.from_pylist([failed], schema=_answered_schema())])


def answers_in(block: pa.Table) -> Iterator[Answer | str]:
    """What a block of `answered` holds; a failure, in words, comes last."""
    n = len(TABLES["rollouts"].arrow_schema())
    left = block.select(range(n))
    right = block.select(range(n, block.num_columns - 1))
    right = right.rename_columns([name.removeprefix(VERDICT) for name in right.column_names])
    failures = block.column("failure").to_pylist()
    for row, judged, failure in zip(left.to_pylist(), right.to_pylist(), failures, strict=True):
        yield failure if failure is not None else _answer(row, judged)


def _answer(row: dict[str, Any], judged: dict[str, Any]) -> Answer:
    has_verdict = judged["verdict_id"] is not None
    return Answer(from_row(Rollout, row), from_row(Verdict, judged) if has_verdict else None)


def _answered_schema() -> pa.Schema:
    fields = [
        *TABLES["rollouts"].arrow_schema(),
        *(one.with_name(VERDICT + one.name) for one in TABLES["verdicts"].arrow_schema()),
        pa.field("failure", pa.string()),
    ]
    return pa.schema([one.with_nullable(True) for one in fields])
