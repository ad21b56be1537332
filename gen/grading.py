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
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from curation.tabular import BadRow, scan_rows
from gen.progress import Advance
from verifiers.errors import BadInput
from verifiers.pool import GradingPool, GradingTask
from verifiers.records import Verdict
from verifiers.registry import find_verifier

ROWS_AT_ONCE = 10_000

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
    pool: GradingPool,
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
        for result in _results(source, verifier, pool):
            counts[result["outcome"]] += 1
            counts["bad_row"] += result["reason"].startswith("bad_row")
            waiting.append(result)
            on_row(1)
            if len(waiting) >= ROWS_AT_ONCE:
                write(waiting)
                waiting = []
        write(waiting)
    return counts


def _results(source: Path, verifier: str | None, pool: GradingPool) -> Iterator[dict[str, Any]]:
    window: deque[tuple[Any, str | None, Verdict | Future[Verdict]]] = deque()
    for number, row in scan_rows(source):
        window.append(_submit(source, number, row, verifier, pool))
        if len(window) >= ROWS_AT_ONCE:
            yield _result(*window.popleft())
    while window:
        yield _result(*window.popleft())


def _submit(
    source: Path, number: int, row: dict[str, Any] | BadRow, verifier: str | None, pool: GradingPool
) -> "tuple[Any, str | None, Verdict | Future[Verdict]]":
    if isinstance(row, BadRow):
        return None, verifier, _bad_row(verifier, f"line {number}: {row.text}")
    name = row.get("verifier") or verifier
    try:
        return row.get("id"), name, pool.submit(_task(row, name))
    except (BadInput, TypeError, ValueError) as error:
        name = name if isinstance(name, str) else None
        return row.get("id"), name, _bad_row(name, f"line {number}: {error}")


def _task(row: dict[str, Any], name: Any) -> GradingTask:
    if name is None:
        raise BadInput("no verifier: name one in the row or with --verifier")
    truth, params = row.get("ground_truth"), row.get("params")
    if truth is None:
        raise BadInput("no ground_truth")
    return GradingTask(
        verifier=_string(name, "verifier"),
        ground_truth=truth if isinstance(truth, str) else msgspec.json.encode(truth).decode(),
        completion=_string(row.get("completion"), "completion"),
        prompt=None if row.get("prompt") is None else _string(row["prompt"], "prompt"),
        params=_object(params),
    )


def _string(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise BadInput(f"no text in {field!r}: {value!r:.60}")
    value.encode()  # a lone surrogate is no text either, and raises UnicodeEncodeError
    return value


def _object(params: Any) -> str:
    if params is None:
        return "{}"
    decoded = msgspec.json.decode(params) if isinstance(params, str) else params
    if not isinstance(decoded, dict):
        raise BadInput(f"'params' is no object: {params!r:.60}")
    return msgspec.json.encode(decoded).decode()


def _bad_row(verifier: str | None, text: str) -> Verdict:
    return Verdict(
        verifier=verifier or "",
        verifier_version="",
        outcome="undecided",
        reward=None,
        reason=f"bad_row: {text}",
    )


def _result(
    row_id: Any, verifier: str | None, judged: "Verdict | Future[Verdict]"
) -> dict[str, Any]:
    verdict = judged if isinstance(judged, Verdict) else judged.result()
    return {
        "id": row_id,
        "outcome": verdict.outcome,
        "reward": verdict.reward,
        "correct": verdict.correct,
        "reason": verdict.reason,
        "extracted": verdict.extracted,
        "verifier": verifier,
        "seconds": verdict.seconds,
    }


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
    for result in results:
        file.write(msgspec.json.encode(result) + b"\n")
