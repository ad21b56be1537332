"""`gen grade`: judges completions that came from anywhere, a row an answer.

    {"id": "a", "verifier": "math", "ground_truth": "5", "completion": "\\\\boxed{5}"}
    ->  {"id": "a", "outcome": "accepted", "reward": 1.0, "correct": true, "reason": "equal: text",
         "extracted": "5", "verifier": "math", "seconds": 0.0001}

Every input row has one output row, in input order; a row that cannot be read is undecided, with the
reason `bad_row: ...`.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from curation.tabular import BadRow, scan_rows
from gen.progress import Advance
from verifiers.errors import BadInput
from verifiers.pool import GradingPool, GradingTask
from verifiers.ray_pool import RayPool
from verifiers.records import Verdict
from verifiers.registry import find_verifier
from verifiers.rows import UNREADABLE, bad_row, grading_task, result_row

ROWS_AT_ONCE = 10_000
"""Rows in the pool at a time, and rows written at a time."""

BATCH_ROWS = 250
"""Rows submitted together."""

RESULT_SCHEMA = pa.schema(
    [
        ("id", pa.string()),
        ("outcome", pa.string()),
        ("reward", pa.float64()),
        ("correct", pa.bool_()),
        ("reason", pa.string()),
        ("extracted", pa.string()),
        ("verifier", pa.string()),
        ("seconds", pa.float64()),
    ]
)


def grade_file(
    source: Path,
    out: Path,
    *,
    verifier: str | None,
    pool: GradingPool | RayPool,
    on_row: Advance = lambda step: None,
) -> Counter[str]:
    """Judge all rows of a JSONL or Parquet file into another; gives counts by outcome and bad_row.

    The output appears whole or not at all. Raises BadInput for a file that cannot be read or
    written, UnknownName for `verifier`.
    """
    if verifier is not None:
        find_verifier(verifier)
    if out.exists() and source.exists() and out.samefile(source):
        raise BadInput(f"{out} is the input: write the verdicts to another file")
    counts: Counter[str] = Counter()
    with _output(out) as write:
        waiting: list[dict[str, Any]] = []
        for results in _results(source, verifier, pool):
            waiting += results
            if len(waiting) >= ROWS_AT_ONCE:
                write(waiting)
                waiting = []
            counts.update(result["outcome"] for result in results)
            counts["bad_row"] += sum(result["reason"].startswith("bad_row") for result in results)
            on_row(len(results))
        write(waiting)
    return counts


class _Row(NamedTuple):
    """A row as it was read: what it asks to be judged, or the verdict that it is a bad row."""

    row_id: Any
    verifier: str | None
    asked: GradingTask | Verdict


def _results(
    source: Path, verifier: str | None, pool: GradingPool | RayPool
) -> Iterator[list[dict[str, Any]]]:
    rows = (_read(number, row, verifier) for number, row in scan_rows(source))
    window: deque[tuple[list[_Row], Future[list[Verdict]]]] = deque()
    while batch := list(islice(rows, BATCH_ROWS)):
        tasks = [row.asked for row in batch if isinstance(row.asked, GradingTask)]
        window.append((batch, pool.submit_many(tasks)))
        if len(window) >= ROWS_AT_ONCE // BATCH_ROWS:
            yield _judged(*window.popleft())
    while window:
        yield _judged(*window.popleft())


def _read(number: int, row: dict[str, Any] | BadRow, verifier: str | None) -> _Row:
    if isinstance(row, BadRow):
        return _Row(None, verifier, bad_row(verifier, f"line {number}: {row.text}"))
    try:
        task = grading_task(row, verifier=verifier)
        find_verifier(task.verifier)
        return _Row(row.get("id"), task.verifier, task)
    except UNREADABLE as error:
        name = row.get("verifier") or verifier
        name = name if isinstance(name, str) else None
        return _Row(row.get("id"), name, bad_row(name, f"line {number}: {error}"))


def _judged(rows: list[_Row], judged: "Future[list[Verdict]]") -> list[dict[str, Any]]:
    verdicts = iter(judged.result())
    return [
        result_row(
            row.row_id,
            row.verifier,
            row.asked if isinstance(row.asked, Verdict) else next(verdicts),
        )
        for row in rows
    ]


@contextmanager
def _output(out: Path) -> Iterator[Callable[[list[dict[str, Any]]], None]]:
    """A function that writes results to `out`, which appears when all are written."""
    if out.suffix not in (".jsonl", ".parquet") and (out.is_file() or not out.exists()):
        raise BadInput(f"{out}: unknown kind {out.suffix!r}; write to a .jsonl or .parquet file")
    if not out.parent.is_dir():
        raise BadInput(f"{out.parent}: no such directory to write {out.name} to; make it first")
    special = out.exists() and not out.is_file()  # a device or a pipe is written as it is
    fresh = out if special else out.with_name(f".{out.name}.partial")
    try:
        with fresh.open("wb") as file:
            if out.suffix == ".parquet":
                with pq.ParquetWriter(file, RESULT_SCHEMA, compression="zstd") as parquet:
                    yield lambda results: parquet.write_table(_parquet_rows(results))
            else:
                yield lambda results: _write_lines(file, results)
        if not special:
            fresh.replace(out)
    finally:
        if not special:
            fresh.unlink(missing_ok=True)


def _parquet_rows(results: list[dict[str, Any]]) -> pa.Table:
    rows = [
        result | {"id": None if result["id"] is None else str(result["id"])} for result in results
    ]
    return pa.Table.from_pylist(rows, schema=RESULT_SCHEMA)


def _write_lines(file: BinaryIO, results: list[dict[str, Any]]) -> None:
    file.write(ENCODER.encode_lines(results))


ENCODER = msgspec.json.Encoder()
