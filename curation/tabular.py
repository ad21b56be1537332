"""Reads JSONL, JSON, Parquet and CSV files row by row, and says at which row one is broken.

for number, row in read_rows(Path("gsm8k.jsonl")):    # 1, {"problem": "...", "answer": "18"}
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from verifiers.errors import BadInput

NO_OBJECT = "not a JSON object"


class BadRow(BadInput):
    """A row that is no object; `number` counts from 1, and `text` says what is wrong."""

    def __init__(self, path: Path, number: int, text: str) -> None:
        super().__init__(f"{path}: line {number}: {text}")
        self.number = number
        self.text = text


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield each row with its number, from 1; raises BadInput for the file, BadRow for a row."""
    for number, row in scan_rows(path):
        if isinstance(row, BadRow):
            raise row
        yield number, row


def scan_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    """As `read_rows`, but a broken row is yielded, not raised."""
    if not path.is_file():
        raise BadInput(f"{path}: no such file; give a .jsonl, .json, .parquet or .csv file")
    if path.suffix == ".parquet":
        yield from _scan_parquet(path)
    elif path.suffix == ".csv":
        yield from _scan_csv(path)
    elif path.suffix == ".json" and _is_array(path):
        yield from _scan_array(path)
    elif path.suffix in (".jsonl", ".ndjson", ".json"):
        yield from _scan_lines(path)
    else:
        raise BadInput(
            f"{path}: unknown kind {path.suffix!r}; give a .jsonl, .json, .parquet or .csv file"
        )


def _scan_lines(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = msgspec.json.decode(line)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
                yield number, BadRow(path, number, f"not JSON: {error}")
                continue
            yield number, row if isinstance(row, dict) else BadRow(path, number, NO_OBJECT)


def _is_array(path: Path) -> bool:
    """A .json file may be one array, or lines as in .jsonl."""
    with path.open("rb") as file:
        return file.read(1_000).lstrip().startswith(b"[")


def _scan_array(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    try:
        rows = msgspec.json.decode(path.read_bytes(), type=list)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not readable as JSON: {error}") from None
    for number, row in enumerate(rows, start=1):
        yield number, row if isinstance(row, dict) else BadRow(path, number, NO_OBJECT)


def _scan_csv(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    import csv

    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines, strict=True), start=1):
                if None in row or None in row.values():
                    yield number, BadRow(path, number, "more or fewer cells than the first line")
                else:
                    yield number, row
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not readable as CSV: {error}") from None


def _scan_parquet(path: Path) -> Iterator[tuple[int, dict[str, Any] | BadRow]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        batches = pq.ParquetFile(path).iter_batches(batch_size=10_000)
        rows = (row for batch in batches for row in _batch_rows(batch))
        for number, row in enumerate(rows, start=1):
            yield number, row if isinstance(row, dict) else BadRow(path, number, row)
    except (pa.ArrowException, OSError) as error:
        text = str(error).splitlines()[0]
        raise BadInput(f"{path}: not readable as Parquet: {text}") from None


def _batch_rows(batch: Any) -> list[dict[str, Any] | str]:
    """The batch's rows, a broken one as what is wrong with it: its text may be no UTF-8."""
    try:
        return batch.to_pylist()
    except UnicodeDecodeError:
        return [_one_row(batch.slice(place, 1)) for place in range(batch.num_rows)]


def _one_row(batch: Any) -> dict[str, Any] | str:
    try:
        return batch.to_pylist()[0]
    except UnicodeDecodeError as error:
        return f"not UTF-8: {error.reason}"


def hub_rows(source: str, *, split: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the rows of a dataset of the Hub, `hf:NAME[@SPLIT]`, as `read_rows` does a file's.

    NAME is OWNER/DATASET, or OWNER/DATASET/CONFIG. `split` is read where the source names none.
    Raises BadInput where it cannot be read.
    """
    import logging

    from datasets import load_dataset

    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)  # its retries say it at length
    path, _, named = source.removeprefix("hf:").partition("@")
    config = None
    if path.count("/") == 2 and not Path(path).exists():
        path, _, config = path.rpartition("/")
    try:
        rows = load_dataset(path, config, split=named or split, streaming=True)
        yield from enumerate((dict(row) for row in rows), start=1)
    except Exception as error:
        text = str(error).strip().splitlines()
        raise BadInput(
            f"{source} cannot be read ({type(error).__name__}: {text[0] if text else ''}); "
            "use hf:NAME or hf:NAME@SPLIT of a dataset that you can reach, or a file"
        ) from error
