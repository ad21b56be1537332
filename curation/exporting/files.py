"""Writes the rows of a split into files, with bounded memory and the same bytes for the same rows.

write_rows(batches, FORMATS["trl"], Path("out/first"), "train")
->  {"data/train-00000-of-00001.parquet": Written(rows=50, n_bytes=31_204, sha256="9c1e...")}
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from curation.exporting.formats import Format

ROWS_PER_GROUP = 10_000
"""Rows held in memory at a time, and of a Parquet row group."""

ROWS_PER_SHARD = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One file of an export: its rows, its size, and `n_arrow_bytes`, that of its rows in memory.

    JSONL has no other size than its own.
    """

    split: str
    rows: int
    n_bytes: int
    n_arrow_bytes: int
    sha256: str


def write_rows(
    batches: Iterable[pa.RecordBatch], target: Format, directory: Path, split: str
) -> dict[str, Written]:
    """Write a split's rows below `directory`/data; gives each file's name and what is in it."""
    (directory / "data").mkdir(parents=True, exist_ok=True)
    if target.suffix == "jsonl":
        return _write_lines(batches, directory, split)
    return _write_shards(_groups(batches, target.schema), target.schema, directory, split)


def _groups(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    """Tables of ROWS_PER_GROUP rows, however the batches were cut: row groups make the bytes."""
    waiting: list[pa.RecordBatch] = []
    n_waiting = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, ROWS_PER_GROUP - n_waiting)
            waiting.append(part)
            n_waiting += part.num_rows
            batch = batch.slice(part.num_rows)
            if n_waiting == ROWS_PER_GROUP:
                yield _table(waiting, schema)
                waiting, n_waiting = [], 0
    if waiting:
        yield _table(waiting, schema)


def _table(batches: list[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_batches(batches).cast(schema).combine_chunks()


def _write_shards(
    groups: Iterator[pa.Table], schema: pa.Schema, directory: Path, split: str
) -> dict[str, Written]:
    sizes: list[tuple[int, int]] = []
    first = next(groups, None)
    while first is not None:
        n_rows = n_arrow_bytes = 0
        with pq.ParquetWriter(
            _shard(directory, split, len(sizes)), schema, compression="zstd"
        ) as file:
            group: pa.Table | None = first
            while group is not None:
                file.write_table(group)
                n_rows, n_arrow_bytes = n_rows + group.num_rows, n_arrow_bytes + group.nbytes
                group = None if n_rows >= ROWS_PER_SHARD else next(groups, None)
        sizes.append((n_rows, n_arrow_bytes))
        first = next(groups, None)
    written = {}
    for shard, (n_rows, n_arrow_bytes) in enumerate(sizes):
        name = f"data/{split}-{shard:05d}-of-{len(sizes):05d}.parquet"
        path = _shard(directory, split, shard).rename(directory / name)
        written[name] = _written(path, split, n_rows, n_arrow_bytes)
    return written


def _shard(directory: Path, split: str, shard: int) -> Path:
    """What a shard is called until it is known how many there are."""
    return directory / f"data/{split}-{shard:05d}.partial"


def _write_lines(
    batches: Iterable[pa.RecordBatch], directory: Path, split: str
) -> dict[str, Written]:
    """One file: those who take JSONL take one path, and read it line by line."""
    name = f"data/{split}.jsonl"
    n_rows = 0
    with (directory / name).open("w", encoding="utf-8") as file:
        for batch in batches:
            file.writelines(f"{line}\n" for line in batch.column(0).to_pylist())
            n_rows += batch.num_rows
    return {name: _written(directory / name, split, n_rows)}


def _written(path: Path, split: str, n_rows: int, n_arrow_bytes: int = 0) -> Written:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Written(
        split=split,
        rows=n_rows,
        n_bytes=path.stat().st_size,
        n_arrow_bytes=n_arrow_bytes or path.stat().st_size,
        sha256=digest,
    )
