"""The rows of one generated database: keys, foreign keys, NULLs, ties, groups without rows.

    fill([item, line], Databases(seed=1, rows=300, literals={"price": (20,)}), number=0)
    ->  {"item": [[4, 1, 9], ["oak", "fir", "oak"], ...], "line": [...]}      columns of a table

Full databases take turns with small ones; the last of twelve is empty. Every third is tight: its
values are so few that sums and averages tie.
"""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from verifiers.errors import VerifierFailed
from verifiers.sql.tables import Column, Reference, Table
from verifiers.sql.truth import Databases, Value, Values
from verifiers.sql.values import NULL_SHARES, WORDS, draw_distinct, draw_values

SIZES = (1.0, 0.2, 1.0, 0.5, 1.0, 0.06, 1.0, 0.03, 1.0, 1.0, 0.06, 0.0)
"""Rows of the largest tables in each database of twelve, as shares of those asked for."""

PARENTS = (0.03, 0.1, 0.3, 0.6)
"""Rows of a table that others refer to, as shares: groups are large in some databases, few in
others."""

Columns = list[list[Any]]


def fill(tables: Sequence[Table], databases: Databases, number: int) -> dict[str, Columns]:
    """The columns of each table of the database called `number`; raises VerifierFailed.

    A table must come after those it refers to.
    """
    rng = Random(f"{databases.seed}:{number}")
    words = rng.sample(WORDS, rng.choice((3, 8, 20)))
    sizes = _sizes(databases)
    most = round(databases.rows * SIZES[number % len(SIZES)])
    if databases.count == 1:
        most = databases.rows
    elif sizes and number % 2 == 1:
        # So few rows that groups by any column may have about as many as the query asks for.
        most = min(databases.rows, rng.choice(sizes) * rng.choice((2, 3, 5)) + rng.randint(0, 3))
    tight = number % 3 == 2 and databases.count > 1
    parents = {one.table for table in tables for one in table.references}
    filled: dict[str, Columns] = {}
    for table in tables:
        n = most
        if table.name in parents:
            n = _groups(most, sizes, rng, tight=tight)
        drawn = Random(f"{databases.seed}:{number}:{table.name}")
        filled[table.name] = _Filling(table, tables, filled, databases, words, tight).columns(
            n, drawn
        )
    return filled


def _sizes(databases: Databases) -> list[int]:
    """What the query sets counts against."""
    given = databases.literals.get("", ())
    return [one for one in given if isinstance(one, int) and 1 <= one <= 40]


def _groups(most: int, sizes: Sequence[int], rng: Random, *, tight: bool) -> int:
    """How many rows a table gets that others refer to, so that their number for each is telling."""
    if not most:
        return 0
    if sizes and rng.random() < 0.6:
        return max(2, round(most / (rng.choice(sizes) + rng.choice((-0.5, 0.5)))))
    return max(2, round(most * (0.6 if tight else rng.choice(PARENTS))))


class _Filling:
    """One table in the making."""

    def __init__(
        self, table: Table, tables: Sequence[Table], filled: Mapping[str, Columns],
        databases: Databases, words: Sequence[str], tight: bool,
    ) -> None:  # fmt: skip
        self.table, self.tables, self.filled = table, tables, filled
        self.databases, self.words, self.tight = databases, words, tight

    def columns(self, n: int, rng: Random) -> Columns:
        drawn: dict[str, list[Any]] = {}
        alone = {columns[0] for columns in self.table.unique if len(columns) == 1}
        referring = {name for one in self.table.references for name in one.columns}
        for column in self.table.columns:
            if column.name in alone and column.name not in referring:
                drawn[column.name] = self._distinct(column, n, rng)
                n = min(n, len(drawn[column.name]))
        for column in self.table.columns:
            if column.name not in drawn and column.name not in referring:
                drawn[column.name] = self._values(column, n, rng)
        for reference in self.table.references:
            drawn |= self._references(reference, n, rng, drawn)
        rows = zip(*(drawn[column.name] for column in self.table.columns), strict=False)
        kept = self._unique(rows)
        return [list(column) for column in zip(*kept, strict=True)] or [
            [] for _ in self.table.columns
        ]

    def _values(self, column: Column, n: int, rng: Random) -> list[Any]:
        if domain := self._of(self.databases.domains, column):
            missing = rng.choice(NULL_SHARES) if column.nullable else 0.0
            known = rng.sample(domain, max(1, len(domain) - rng.choice((0, 0, 0, 1))))
            return [None if rng.random() < missing else rng.choice(known) for _ in range(n)]
        near = self._of(self.databases.literals, column)
        return draw_values(column, n, rng, near=near, words=self.words, tight=self.tight)

    def _distinct(self, column: Column, n: int, rng: Random) -> list[Any]:
        if domain := self._of(self.databases.domains, column):
            return rng.sample(domain, min(n, len(domain)))
        near = self._of(self.databases.literals, column)
        return draw_distinct(column, n, rng, near=near, words=self.words)

    def _of(self, values: Values, column: Column) -> Sequence[Value]:
        named = values.get(f"{self.table.name}.{column.name}".lower())
        return named or values.get(column.name.lower(), ())

    def _references(
        self, reference: Reference, n: int, rng: Random, drawn: Mapping[str, list[Any]]
    ) -> dict[str, list[Any]]:
        keys = self._keys(reference, drawn)
        # Some rows of the other table stay without any here, and some have most of them.
        known = (
            rng.sample(keys, max(1, round(len(keys) * rng.choice((0.6, 0.8, 1.0))))) if keys else []
        )
        heavy = known[: rng.choice((0, 0, max(1, len(known) // 8)))]
        nullable = {one.name: one.nullable for one in self.table.columns}
        may_miss = all(nullable[name] for name in reference.columns)
        missing = rng.choice(NULL_SHARES) if may_miss else 0.0
        chosen: list[tuple[Any, ...]] = []
        for _ in range(n):
            if may_miss and (not known or rng.random() < missing):
                chosen.append((None,) * len(reference.columns))
            elif known:
                chosen.append(rng.choice(heavy if heavy and rng.random() < 0.5 else known))
        return {
            name: [key[place] for key in chosen] for place, name in enumerate(reference.columns)
        }

    def _keys(self, reference: Reference, drawn: Mapping[str, list[Any]]) -> list[tuple[Any, ...]]:
        if reference.table == self.table.name:
            return list(zip(*(drawn[name] for name in reference.targets), strict=True))
        other = next((one for one in self.tables if one.name == reference.table), None)
        if other is None or other.name not in self.filled:
            raise VerifierFailed(f"ground_truth: {self.table.name} refers to a later table")
        names = [column.name for column in other.columns]
        places = [names.index(name) for name in reference.targets]
        return list(zip(*(self.filled[other.name][place] for place in places), strict=True))

    def _unique(self, rows: Any) -> list[tuple[Any, ...]]:
        """Without the rows that would break a constraint."""
        names = [column.name for column in self.table.columns]
        sets = [[names.index(name) for name in columns] for columns in self.table.unique]
        seen: list[set[tuple[Any, ...]]] = [set() for _ in sets]
        kept = []
        for row in rows:
            keys = [tuple(row[place] for place in places) for places in sets]
            if any(key in before for key, before in zip(keys, seen, strict=True)):
                continue
            for key, before in zip(keys, seen, strict=True):
                if None not in key:
                    before.add(key)
            kept.append(row)
        return kept
