"""DuckDB for one ground truth: its databases, filled; the gold's rows; and judging a query by them.

    engine = Engine(read_truth(text))          # raises VerifierFailed
    engine.judge("SELECT id FROM item WHERE price >= 20")    ->  Judged(False, "wrong_rows: ...")

A judged query sees the generated rows and nothing else: no files, no network, no extensions, no
variables of Python, a locked configuration, and a transaction that can only read.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple, Protocol

import duckdb

from verifiers.errors import VerifierFailed
from verifiers.sql.comparing import Expected, Row, difference, orders, plain
from verifiers.sql.keyed import keyed
from verifiers.sql.rows import fill
from verifiers.sql.tables import Column, Reference, Table
from verifiers.sql.truth import LONGEST_QUERY, Query

MEMORY_MB = 256
MOST_ROWS = 20_000
"""Rows of a gold's result; more are no problem that anybody should be asked."""

CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": 1,
    "memory_limit": f"{MEMORY_MB}MB",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


CRASH = "crash"
"""The reason of a query that broke DuckDB, which then refuses all others on the same data."""

LOCKS = ("temp_directory = ''", "enable_external_access = false", "lock_configuration = true")
"""Set in this order; without a directory for it, nothing is written where memory runs out."""


class Judged(NamedTuple):
    """Whether a query is right, and why."""

    right: bool
    reason: str


class _Refused(Exception):
    """Why a query is rejected before or while it runs."""


class Clock(Protocol):
    """Ends the process where DuckDB does not heed its interruption, and tells whose time it was."""

    def ours(self) -> None:
        """From now on databases are filled, and the gold runs."""
        ...

    def theirs(self, seconds: float) -> None:
        """From now on the judged query runs, for so many seconds at most."""
        ...


class Engine:
    """The databases of one ground truth in one process, each filled at its first use.

    Not for two threads.
    """

    def __init__(self, truth: Query) -> None:
        if truth.ordered and "order by" not in " ".join(truth.query.lower().split()):
            raise VerifierFailed("ground_truth: ordered, and the query has no ORDER BY")
        self._truth = truth
        self._tables: list[Table] = []
        self._root = duckdb.connect(":memory:", config=CONFIG)
        for setting in LOCKS:
            self._root.execute(f"SET {setting}")
        self._databases: list[tuple[duckdb.DuckDBPyConnection, Expected]] = []
        try:
            self._gold = keyed(truth.query, self._root)
        except duckdb.Error as error:
            raise VerifierFailed(f"ground_truth: query: {_line(error)}") from None

    def close(self) -> None:
        """Free the databases."""
        self._root.close()

    def prepare(self, n: int | None = None) -> None:
        """Fill the first `n` databases (None: all), and run the gold on them."""
        n = self._truth.databases.count if n is None else n
        for number in range(len(self._databases), n):
            try:
                cursor = self._database(number)
                self._databases.append((cursor, self._expected(cursor)))
            except (_Refused, MemoryError) as error:
                raise VerifierFailed(f"ground_truth: query: {_line(error)}") from None

    def informative(self) -> int:
        """In how many databases the gold gives any row that is not all NULL or zero."""
        self.prepare()
        return sum(
            any(any(row) for row in one.rows[one.first : one.last]) for _, one in self._databases
        )

    def judge(self, query: str, *, wall_s: float, clock: Clock | None = None) -> Judged:
        """Run a query on one database after the other until one tells it from the gold."""
        try:
            return self._judge(query, wall_s, clock)
        except _Refused as refused:
            return Judged(False, str(refused))

    def _judge(self, query: str, left_s: float, clock: Clock | None) -> Judged:
        text = _one_select(query)
        truth, possible, n = self._truth, None, self._truth.databases.count
        for number in range(n):
            if clock is not None:
                clock.ours()
            self.prepare(number + 1)
            cursor, expected = self._databases[number]
            if clock is not None:
                clock.theirs(left_s)
            started = time.monotonic()
            with _only_reading(cursor), _interrupted(left_s, cursor):
                rows, n_columns = _rows(cursor, text, expected.n + 1)
            left_s = max(left_s - (time.monotonic() - started), 0.01)
            if n_columns != expected.n_columns:
                return Judged(False, f"wrong_columns: {n_columns}, {expected.n_columns} expected")
            if len(rows) > expected.n:
                return Judged(False, f"wrong_rows: more than {expected.n} in database {number}")
            if truth.columns == "in order":
                fault = difference(expected, rows, ordered=truth.ordered)
            else:
                possible, fault = self._narrowed(possible, expected, rows)
            if fault is not None:
                return Judged(False, f"wrong_rows: {fault} in database {number}")
        return Judged(True, f"equal: on {n} databases")

    def _narrowed(
        self, before: list[tuple[int, ...]] | None, expected: Expected, rows: list[Row]
    ) -> tuple[list[tuple[int, ...]], str | None]:
        """The column orders left of those `before` (None: all), and the fault where none is."""
        if len(rows) != expected.n:
            return [], f"{len(rows)} rows, {expected.n} expected"
        left = [
            order
            for order in orders(expected, rows)
            if (before is None or order in before)
            and difference(
                expected,
                [tuple(row[place] for place in order) for row in rows],
                ordered=self._truth.ordered,
            )
            is None
        ]
        return left, None if left else "other rows"

    def _database(self, number: int) -> duckdb.DuckDBPyConnection:
        """A cursor whose tables are those of the database called `number`."""
        truth, name = self._truth, f"d{number}"
        try:
            self._root.execute(f"CREATE SCHEMA {name}")
            cursor = self._root.cursor()
            cursor.execute(f"USE {name}")
            for statement in truth.schema:
                cursor.execute(statement)
            self._tables = self._tables or _tables(cursor, name)
            filled = fill(self._tables, truth.databases, number)
            for table in self._tables:
                _insert(cursor, table, filled[table.name])
        except duckdb.Error as error:
            raise VerifierFailed(f"ground_truth: schema: {_line(error)}") from None
        return cursor

    def _expected(self, cursor: duckdb.DuckDBPyConnection) -> Expected:
        gold = self._gold
        with _only_reading(cursor):
            found, n_columns = _rows(cursor, gold.text, MOST_ROWS + 1)
        if len(found) > MOST_ROWS:
            raise VerifierFailed(f"ground_truth: query: gives more than {MOST_ROWS} rows")
        rows = [tuple(map(plain, row)) for row in found]
        groups: list[int] = []
        for place, row in enumerate(rows):
            if place and _key(rows[place - 1], gold.keys) == _key(row, gold.keys):
                groups[-1] += 1
            else:
                groups.append(1)
        if not gold.keys:
            groups = [1] * len(rows) if self._truth.ordered else [len(rows)]
        width = n_columns - gold.n_hidden
        first = min(gold.offset, len(rows))
        last = len(rows) if gold.limit is None else min(first + gold.limit, len(rows))
        return Expected([row[:width] for row in rows], tuple(groups), first, last, width)


def _key(row: Row, places: Sequence[int]) -> Row:
    """What a row is sorted by; sums of fractions that differ in their last digits are ties."""
    values = [row[place] for place in places]
    return tuple(float(f"{one:.9g}") if type(one) is float else one for one in values)


def _one_select(query: str) -> str:
    """The query, where it is one SELECT statement and not too long; raises _Refused."""
    if len(query) > LONGEST_QUERY:
        raise _Refused(f"too_long: {len(query)} characters")
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as error:
        raise _Refused(f"syntax: {_line(error)}") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        kinds = ", ".join(one.type.name for one in statements[:5]) or "nothing"
        raise _Refused(f"not_one_select: {kinds}")
    return statements[0].query


def _rows(cursor: duckdb.DuckDBPyConnection, text: str, most: int) -> tuple[list[Row], int]:
    """At most so many rows of a query, and the number of its columns; raises _Refused."""
    try:
        cursor.execute(text)
        if cursor.description is None:
            raise _Refused("not_one_select: no rows")
        return cursor.fetchmany(most), len(cursor.description)
    except duckdb.InterruptException:
        raise _Refused("timeout") from None
    except (duckdb.OutOfMemoryException, MemoryError):
        raise _Refused(f"memory: over {MEMORY_MB} MiB") from None
    except (duckdb.FatalException, duckdb.InternalException) as error:
        raise _Refused(f"{CRASH}: {_line(error)}") from None
    except (duckdb.Error, RuntimeError, ValueError, OverflowError) as error:
        raise _Refused(f"sql_error: {_line(error)}") from None


@contextmanager
def _interrupted(wall_s: float, cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt what the cursor runs after so many seconds, and nothing that it runs later."""
    stop = threading.Timer(wall_s, cursor.interrupt)
    stop.start()
    try:
        yield
    finally:
        stop.cancel()
        stop.join()


@contextmanager
def _only_reading(cursor: duckdb.DuckDBPyConnection) -> Iterator[None]:
    cursor.execute("BEGIN TRANSACTION READ ONLY")
    try:
        yield
    finally:
        with suppress(duckdb.Error):
            cursor.execute("ROLLBACK")


def _tables(cursor: duckdb.DuckDBPyConnection, schema: str) -> list[Table]:
    """The tables as DuckDB understood their statements, in the order they were made."""
    columns: dict[str, list[Column]] = {}
    for table, name, kind, nullable in cursor.execute(
        "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE schema_name = ? ORDER BY table_oid, column_index",
        [schema],
    ).fetchall():
        columns.setdefault(table, []).append(Column(name, kind, nullable))
    unique: dict[str, list[tuple[str, ...]]] = {}
    references: dict[str, list[Reference]] = {}
    for table, kind, names, other, targets in cursor.execute(
        "SELECT table_name, constraint_type, constraint_column_names, referenced_table, "
        "referenced_column_names FROM duckdb_constraints() WHERE schema_name = ? "
        "ORDER BY table_oid, constraint_index",
        [schema],
    ).fetchall():
        if kind in ("PRIMARY KEY", "UNIQUE"):
            unique.setdefault(table, []).append(tuple(names))
        elif kind == "FOREIGN KEY":
            references.setdefault(table, []).append(Reference(tuple(names), other, tuple(targets)))
    return [
        Table(name, tuple(one), tuple(unique.get(name, ())), tuple(references.get(name, ())))
        for name, one in columns.items()
    ]


def _insert(cursor: duckdb.DuckDBPyConnection, table: Table, columns: list[list[Any]]) -> None:
    if columns and columns[0]:
        values = ", ".join(
            f"unnest(${place}::{column.type}[])" for place, column in enumerate(table.columns, 1)
        )
        cursor.execute(f'INSERT INTO "{table.name}" SELECT {values}', columns)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
