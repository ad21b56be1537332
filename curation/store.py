"""The DuckDB store: one writer, any number of readers, nothing half written.

    with Store("assay.duckdb").writing("gen problems") as store:
        store.add("problems", [problem])                    # 1: one new row; 0 the second time
    Store("assay.duckdb").rows("SELECT count(*) FROM problems")

DuckDB locks a file for as long as it is open, so it is opened for each transaction and closed
after it; between two transactions of a long run readers get their turn. A writer holds a lock file
beside the store for as long as its command lasts.
"""

import fcntl
import os
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import duckdb
import pyarrow as pa

from curation.errors import BadQuery, DiskFull, ForeignStore, StoreLocked
from curation.migrations import STEPS, VIEWS
from curation.schema import TABLES, from_row, to_arrow
from curation.segments import Segments
from verifiers.errors import AssayError, BadInput

FOREIGN_PATIENCE_S = 2.0
"""How long to wait for a process that is no Assay writer: it may never let go."""

OWN_PATIENCE_S = 120.0
"""How long to wait for an Assay writer's transaction, or for readers to finish."""

LATE_PATIENCE_S = 3600.0
"""How long a writer waits once it has begun: hours of sampling are not lost to a notebook."""

STREAMING_MEMORY = "2 GiB"
"""What a query whose rows are taken one batch after another may keep in memory."""

Parameters = Sequence[Any] | dict[str, Any]

FAST_TO_WRITE = "SET disabled_compression_methods = 'fsst,dict_fsst'"
"""Compressing completions takes half the time of a bulk load; see docs/log.md."""

HOLDER = re.compile(r"Conflicting lock is held in (.+?) \(PID (\d+)\)")


class Store:
    """A store at `path`, which need not exist before something is written."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._turn = threading.RLock()
        self._writer_lock: int | None = None
        self._committed = False

    @contextmanager
    def writing(self, command: str) -> Iterator[Self]:
        """Hold the right to write, creating or migrating the store first.

        Raises StoreLocked, naming the process, where another one has it; ForeignStore where the
        file is something else.
        """
        self._writer_lock = self._lock(command)
        try:
            self._migrate()
            self._committed = True
            segments = Segments(self.path)
            segments.commit(self)  # what a killed command left
            segments.remove()
            yield self
        except ForeignStore:
            self._lock_path.unlink()
            raise
        finally:
            # A process that was forked meanwhile has the descriptor too: closing would not do.
            fcntl.flock(self._writer_lock, fcntl.LOCK_UN)
            os.close(self._writer_lock)
            self._writer_lock, self._committed = None, False

    def add(self, table: str, rows: Iterable[Any] | pa.Table) -> int:
        """Add the rows whose keys are new, in one transaction; gives how many were."""
        batch = _as_batch(table, rows)
        if not batch.num_rows:
            return 0
        key = ", ".join(TABLES[table].key)
        with self._connect(read_only=False) as connection:
            connection.register("batch", batch)
            distinct = f"SELECT count(*) = count(DISTINCT ({key})) FROM batch"
            ((all_differ,),) = connection.execute(distinct).fetchall()
            # DISTINCT ON costs more than all the rest, and is seldom needed.
            once = "" if all_differ else f"DISTINCT ON ({key})"
            return connection.execute(
                f"INSERT INTO {table} BY NAME SELECT {once} * FROM batch "
                f"ANTI JOIN {table} USING ({key})"
            ).fetchall()[0][0]

    def put(self, table: str, rows: Iterable[Any] | pa.Table) -> int:
        """Add rows in one transaction, taking the place of those with the same keys."""
        batch = _as_batch(table, rows)
        key = ", ".join(TABLES[table].key)
        with self.transaction() as connection:
            connection.register("batch", batch)
            connection.execute(f"DELETE FROM {table} WHERE ({key}) IN (SELECT ({key}) FROM batch)")
            connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM batch")
        return batch.num_rows

    def replace(self, table: str, rows: Iterable[Any] | pa.Table, *, where: dict[str, Any]) -> int:
        """Put `rows` in the place of those that match `where`, in one transaction."""
        batch = _as_batch(table, rows)
        with self.transaction() as connection:
            connection.register("batch", batch)
            return _refill(connection, table, "SELECT * FROM batch", {}, where)

    def fill(
        self, table: str, sql: str, parameters: dict[str, Any], *, where: dict[str, Any]
    ) -> int:
        """Put the rows of a query in the place of those that match `where`; gives how many.

        One transaction; the rows never leave the database.
        """
        with self.transaction() as connection:
            return _refill(connection, table, sql, parameters, where)

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Several statements, with temporary tables between them: all take effect or none."""
        with self._connect(read_only=False) as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    def query(self, sql: str, parameters: Parameters = ()) -> pa.Table:
        """Run a reading query; ids come as Arrow uuids. Raises BadQuery."""
        with self._connect(read_only=True) as connection:
            connection.execute("SET arrow_lossless_conversion = true")
            return connection.sql(sql, params=parameters).to_arrow_table()

    def batches(
        self,
        sql: str,
        parameters: Parameters = (),
        *,
        tables: Mapping[str, pa.Table] | None = None,
        batch_rows: int = 10_000,
    ) -> Iterator[pa.RecordBatch]:
        """Run a reading query and give its rows as they come, `batch_rows` or fewer at a time.

        Ids come as Arrow uuids. `tables` are Arrow tables that the query may name. The store stays
        open until the last batch has been taken, and what does not fit into memory is put on disk.
        Raises BadQuery.
        """
        with self._connect(read_only=True) as connection:
            connection.execute(f"SET memory_limit = '{STREAMING_MEMORY}'")
            connection.execute("SET arrow_lossless_conversion = true")
            for name, table in (tables or {}).items():
                connection.register(name, table)
            yield from connection.sql(sql, params=parameters).to_arrow_reader(batch_rows)

    def rows(self, sql: str, parameters: Parameters = ()) -> list[tuple]:
        """Run a reading query for a few plain rows. Raises BadQuery."""
        with self._connect(read_only=True) as connection:
            return connection.execute(sql, parameters).fetchall()

    def ask(
        self, sql: str, *, most_rows: int | None = None, wall_s: float | None = None
    ) -> tuple[list[str], list[tuple]]:
        """Run a reader's own query; gives column names and plain rows, no more than `most_rows`.

        Raises BadQuery, also where it took longer than `wall_s`.
        """
        with self.reading(wall_s=wall_s) as connection:
            connection.execute("SET enable_external_access = false")  # it looks, and writes no file
            cursor = connection.execute(sql)
            if cursor is None:
                raise BadQuery("the query is empty: ask for something, such as `SHOW TABLES`")
            names = [column[0] for column in cursor.description or ()]
            return names, cursor.fetchall() if most_rows is None else cursor.fetchmany(most_rows)

    @contextmanager
    def reading(self, *, wall_s: float | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """Several reading queries while the store is open once, for `wall_s` at most.

        Raises BadQuery, also where they took longer.
        """
        with self._connect(read_only=True) as connection:
            timer = threading.Timer(wall_s or 0, connection.interrupt)
            if wall_s is not None:
                timer.start()
            try:
                yield connection
            except duckdb.InterruptException:
                raise BadQuery(f"this takes longer than {wall_s or 0:g} s: ask for less") from None
            finally:
                timer.cancel()

    def records(self, table: str, sql: str, parameters: Parameters = ()) -> list[Any]:
        """Run a query that gives rows of `table`, as its records."""
        record = TABLES[table].record
        return [from_row(record, row) for row in self.query(sql, parameters).to_pylist()]

    @property
    def _lock_path(self) -> Path:
        return self.path.with_name(self.path.name + ".lock")

    def _lock(self, command: str) -> int:
        try:
            descriptor = os.open(self._lock_path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise BadInput(
                f"cannot write {self.path}: {error.strerror}; choose another place with --store"
            ) from None
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 300).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise StoreLocked(
                f"{self.path} is being written by {holder}; wait for it, or stop it"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} ({command})".encode(), 0)
        return descriptor

    def _writer_process(self) -> int | None:
        """The process that holds the right to write, as far as its lock file tells."""
        try:
            found = re.match(r"process (\d+)", self._lock_path.read_text())
        except OSError:
            return None
        return int(found[1]) if found else None

    def _migrate(self) -> None:
        if self.path.is_file() and not self.path.stat().st_size:
            self.path.unlink()  # as mktemp leaves it; DuckDB takes no empty file
        with self._connect(read_only=False, check=False) as connection:
            version = _schema_version(connection, self.path)
            if version == len(STEPS):
                return
            connection.execute("BEGIN")
            for view in re.findall(r"CREATE VIEW (\w+)", VIEWS):
                connection.execute(f"DROP VIEW IF EXISTS {view}")
            for step in STEPS[version:]:
                connection.execute(step)
            connection.execute(VIEWS)
            connection.execute(
                "CREATE OR REPLACE TABLE assay_schema AS SELECT ? AS version", [len(STEPS)]
            )
            connection.execute("COMMIT")

    @contextmanager
    def _connect(
        self, *, read_only: bool, check: bool = True
    ) -> Iterator[duckdb.DuckDBPyConnection]:
        if read_only and not self.path.exists():
            raise BadInput(
                f"there is no store at {self.path}: make one with "
                f"`gen problems --domain math -n 100 --store {self.path}`"
            )
        if not read_only and self._writer_lock is None:
            raise RuntimeError("write inside Store.writing()")
        with self._turn:
            connection = self._open(read_only=read_only)
            try:
                if check:
                    version = _schema_version(connection, self.path)
                    if version < len(STEPS):
                        raise ForeignStore(
                            f"{self.path} has the older schema {version}: any writing command, "
                            "such as `gen verify`, brings it up to date"
                        )
                yield connection
            except duckdb.Error as error:
                raise _explained(error, self.path) from error
            finally:
                connection.close()

    def _open(self, *, read_only: bool) -> duckdb.DuckDBPyConnection:
        started = time.monotonic()
        while True:
            try:
                connection = duckdb.connect(str(self.path), read_only=read_only)
                if not read_only:
                    connection.execute(FAST_TO_WRITE)
                return connection
            except duckdb.Error as error:
                held = HOLDER.search(str(error))
                if not held:
                    raise _explained(error, self.path) from error
                ours = not read_only and "read-only mode" in str(error)
                ours = ours or int(held[2]) == self._writer_process()
                patience_s = OWN_PATIENCE_S if ours else FOREIGN_PATIENCE_S
                if self._committed:
                    patience_s = LATE_PATIENCE_S
                if time.monotonic() - started > patience_s:
                    raise StoreLocked(
                        f"{self.path} is held by process {held[2]} ({held[1]}); "
                        "close it there, or wait for it"
                    ) from None
                time.sleep(0.02)


def _refill(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    sql: str,
    parameters: dict[str, Any],
    where: dict[str, Any],
) -> int:
    condition = " AND ".join(f"{column} = ?" for column in where)
    connection.execute(f"DELETE FROM {table} WHERE {condition}", list(where.values()))
    filled = connection.execute(f"INSERT INTO {table} BY NAME {sql}", parameters)
    return filled.fetchall()[0][0]


def _as_batch(table: str, rows: Iterable[Any] | pa.Table) -> pa.Table:
    return rows if isinstance(rows, pa.Table) else to_arrow(table, rows)


def _schema_version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    try:
        found = connection.execute("SELECT max(version) FROM assay_schema").fetchall()
    except duckdb.CatalogException:
        # Asked only now: SHOW TABLES is a third of what it costs to open a store.
        if not connection.execute("SHOW TABLES").fetchall():
            return 0
        raise ForeignStore(
            f"{path} is a DuckDB database, but no Assay store: choose another with --store"
        ) from None
    ((version,),) = found
    if version > len(STEPS):
        raise ForeignStore(
            f"{path} has schema {version}, made by a newer Assay; this one knows "
            f"{len(STEPS)}: upgrade Assay"
        )
    return version


def _explained(error: duckdb.Error, path: Path) -> AssayError:
    """The user's view of what DuckDB says."""
    text = " ".join(str(error).split())
    if "No space left" in text or "disk is full" in text.lower():
        return DiskFull(f"no room left to write {path}: free some, and run the command again")
    if "not a valid DuckDB database" in text or "not a DuckDB database" in text:
        return ForeignStore(f"{path} is no DuckDB database: choose another store with --store")
    if isinstance(error, duckdb.IOException):
        return BadInput(f"cannot use {path}: {text}")
    return BadQuery(f"the query failed: {text}")
