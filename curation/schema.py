"""The tables, derived from the records: their names, keys and Arrow schemas.

TABLES["problems"].arrow_schema().field("problem_id")   # uuid not null
to_arrow("problems", [problem, ...])                    # one record batch table
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints
from uuid import UUID

import pyarrow as pa

from curation.arrays import array
from curation.records import (
    Certainty,
    Checkpoint,
    Contamination,
    Evaluation,
    Group,
    Membership,
    PassRateModel,
    Proposal,
    Run,
    Score,
    Selection,
)
from verifiers.records import Problem, Rollout, Verdict

ARROW_TYPES: dict[type, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    UUID: pa.uuid(),
    datetime: pa.timestamp("us"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the store: the record it holds, and the columns that make a row unique."""

    name: str
    record: type
    key: tuple[str, ...]

    def arrow_schema(self) -> pa.Schema:
        """The record's fields as Arrow fields, optional ones nullable."""
        return _arrow_schema(self.record)


TABLES = {
    table.name: table
    for table in (
        Table("problems", Problem, ("problem_id",)),
        Table("proposals", Proposal, ("proposal_id",)),
        Table("rollouts", Rollout, ("rollout_id",)),
        Table("verdicts", Verdict, ("verdict_id",)),
        Table("clusters", Membership, ("problem_id",)),
        Table("contaminations", Contamination, ("problem_id", "benchmark")),
        Table("scores", Score, ("problem_id", "policy", "group_size")),
        Table("groups", Group, ("group_id",)),
        Table("checkpoints", Checkpoint, ("policy",)),
        Table("certainties", Certainty, ("problem_id", "policy")),
        Table("pass_rate_models", PassRateModel, ("policy", "family", "audited")),
        Table("selections", Selection, ("name", "problem_id")),
        Table("evaluations", Evaluation, ("evaluation_id",)),
        Table("runs", Run, ("run_id",)),
    )
}


def to_arrow(table: str, records: Iterable[Any]) -> pa.Table:
    """Turn records of one kind into an Arrow table; ids travel as 16 bytes."""
    schema = TABLES[table].arrow_schema()
    rows = list(records)
    columns = []
    for column in schema:
        columns.append(array([getattr(row, column.name) for row in rows], column.type))
    return pa.Table.from_arrays(columns, schema=schema)


def from_row(record: type, row: dict[str, Any]) -> Any:
    """Rebuild a record from a row of its table; derived fields are computed again."""
    return record(**{field.name: row[field.name] for field in fields(record) if field.init})


@cache
def _arrow_schema(record: type) -> pa.Schema:
    hints = get_type_hints(record)
    return pa.schema([_arrow_field(field.name, hints[field.name]) for field in fields(record)])


def _arrow_field(name: str, hint: Any) -> pa.Field:
    choices = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    kinds = [choice for choice in choices if choice is not NoneType]
    kind = str if get_origin(kinds[0]) is Literal else kinds[0]
    return pa.field(name, ARROW_TYPES[kind], nullable=len(kinds) < len(choices))
