"""Writes the answer to a reader's query as a file that others open.

    write_answer(store, "SELECT family, avg(correct::INT) FROM results GROUP BY 1", Path("a.csv"))
    ->  57, the number of rows

The file appears whole or not at all. Ids are text in all kinds of files.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pyarrow as pa

from curation.errors import BadQuery
from curation.store import Store
from verifiers.errors import BadInput

BATCH_ROWS = 50_000

ENCODER = msgspec.json.Encoder(decimal_format="number")

Rows = Iterator[pa.RecordBatch]


def write_answer(store: Store, sql: str, out: Path) -> int:
    """Run a reading query and write its rows by the ending of `out`; gives how many there are.

    Raises BadQuery, and BadInput where `out` cannot be written.
    """
    if out.suffix not in WRITERS:
        raise BadInput(f"--out {out}: unknown kind {out.suffix!r}; use {', '.join(WRITERS)}")
    if not out.parent.is_dir():
        raise BadInput(f"--out {out}: there is no directory {out.parent}")
    partial = out.with_name(f".{out.name}.{os.getpid()}.partial")
    n_rows = 0

    def counted(reader: pa.RecordBatchReader) -> Rows:
        nonlocal n_rows
        for batch in reader:
            n_rows += batch.num_rows
            yield batch

    try:
        with store.reading() as connection:
            connection.execute("SET enable_external_access = false")  # it looks, and no more
            answer = connection.sql(sql)
            if answer is None:
                raise BadQuery("this gives no rows to write: ask with SELECT")
            reader = answer.to_arrow_reader(BATCH_ROWS)
            try:
                WRITERS[out.suffix](partial, reader.schema, counted(reader))
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
                raise BadInput(
                    f"--out {out}: {out.suffix} cannot hold this ({error}); use .parquet or .json"
                ) from None
        partial.replace(out)
    finally:
        partial.unlink(missing_ok=True)
    return n_rows


def _parquet(path: Path, schema: pa.Schema, batches: Rows) -> None:
    import pyarrow.parquet as pq

    with pq.ParquetWriter(path, schema, compression="zstd") as file:
        for batch in batches:
            file.write_batch(batch)


def _csv(path: Path, schema: pa.Schema, batches: Rows) -> None:
    from pyarrow import csv

    with csv.CSVWriter(path, schema) as file:
        for batch in batches:
            file.write_batch(batch)


def _lines(path: Path, schema: pa.Schema, batches: Rows) -> None:
    with path.open("wb") as file:
        for batch in batches:
            file.write(b"".join(ENCODER.encode(row) + b"\n" for row in batch.to_pylist()))


def _array(path: Path, schema: pa.Schema, batches: Rows) -> None:
    with path.open("wb") as file:
        before = b"[\n"
        for batch in batches:
            for row in batch.to_pylist():
                file.write(before + ENCODER.encode(row))
                before = b",\n"
        file.write(b"\n]\n" if before == b",\n" else b"[]\n")


WRITERS: dict[str, Callable[[Path, pa.Schema, Rows], None]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".jsonl": _lines,
    ".json": _array,
}
