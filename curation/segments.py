"""Rows on their way into the store: Arrow files beside it, each there whole or not at all.

    segments = Segments(Path("assay.duckdb"))
    segments.write("rollouts", [rollout, ...])      # assay.duckdb.segments/...-add-rollouts.arrow
    segments.commit(store)                          # {"rollouts": 1}: in the store, the file gone

Writing a segment takes a millisecond, a transaction of the store many times that: so what is made
is safe at once and committed in large batches. What a killed command left is committed by the next
one that writes (`Store.writing`). Committing a segment twice adds nothing twice.
"""

import os
import time
from collections import defaultdict
from collections.abc import Sequence
from errno import ENOSPC
from itertools import count
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa

from curation.errors import DiskFull, ForeignStore
from curation.schema import TABLES, to_arrow

ORDER = ("problems", "proposals", "rollouts", "verdicts", "certainties")
"""Tables in the order in which they are committed: nothing refers to what is not there yet."""

ADD, PUT = "add", "put"
"""Whether a row whose key is there already is left out, or takes the other's place."""


class Target(Protocol):
    """What segments are committed to: a store that is being written."""

    def add(self, table: str, rows: pa.Table) -> int:
        """Add the rows whose keys are new."""
        ...

    def put(self, table: str, rows: pa.Table) -> int:
        """Add rows, taking the place of those with the same keys."""
        ...


class Segments:
    """The segments of one store; several threads and processes may write them at once."""

    def __init__(self, store_path: Path) -> None:
        self.directory = store_path.with_name(store_path.name + ".segments")
        self._numbers = count()

    def write(self, table: str, rows: Sequence[Any] | pa.Table, *, how: str = ADD) -> int:
        """Keep rows of `table` in a file of their own; gives how many; raises DiskFull."""
        batch: pa.Table = rows if isinstance(rows, pa.Table) else to_arrow(table, rows)
        if not batch.num_rows:
            return 0
        # Names sort by time, so that of two versions of a row the later one is the later file.
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(self._numbers)}-{how}-{table}"
        partial = self.directory / f"{name}.partial"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as file:
                file.write_table(batch)
            partial.rename(partial.with_suffix(".arrow"))
        except OSError as error:
            partial.unlink(missing_ok=True)
            if error.errno != ENOSPC:
                raise
            raise DiskFull(
                f"no room left to write {self.directory}: free some, and run the command again"
            ) from None
        return batch.num_rows

    def commit(self, store: Target) -> dict[str, int]:
        """Move what is there into the store; gives the rows of each table.

        Raises ForeignStore for a segment that another version of Assay left.
        """
        found: dict[tuple[str, str], list[Path]] = defaultdict(list)
        for path in sorted(self.directory.glob("*.arrow")):
            *_, how, table = path.stem.split("-")
            found[table, how].append(path)
        n_rows: dict[str, int] = {}
        for table, how in sorted(found, key=lambda key: (ORDER.index(key[0]), key[1])):
            paths = found[table, how]
            batch = pa.concat_tables([_read(path, table) for path in paths])
            if how == PUT:
                store.put(table, _latest(table, batch))
            else:
                store.add(table, batch)
            n_rows[table] = n_rows.get(table, 0) + batch.num_rows
            for path in paths:
                path.unlink()
        return n_rows

    def remove(self) -> None:
        """Take the directory away once it is empty; what a kill left half written goes with it."""
        for path in self.directory.glob("*.partial"):
            path.unlink(missing_ok=True)
        if self.directory.is_dir() and not any(self.directory.iterdir()):
            self.directory.rmdir()


def _read(path: Path, table: str) -> pa.Table:
    with pa.OSFile(str(path), "rb") as source:
        batch = pa.ipc.open_file(source).read_all()
    if batch.schema != TABLES[table].arrow_schema():
        raise ForeignStore(
            f"{path} was left by another version of Assay: finish with that version, or delete it"
        )
    return batch


def _latest(table: str, batch: pa.Table) -> pa.Table:
    """Of rows with the same key the last one alone."""
    keys = zip(*(batch[name].to_pylist() for name in TABLES[table].key), strict=True)
    last = {key: place for place, key in enumerate(keys)}
    return batch.take(sorted(last.values()))
