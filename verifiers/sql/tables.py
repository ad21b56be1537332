"""What the generator of rows must know of a table.

Table("line", (Column("id", "INTEGER", False), Column("item_id", "INTEGER", True)),
      unique=(("id",),), references=(Reference(("item_id",), "item", ("id",)),))
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Column:
    """A column, with its type as DuckDB names it."""

    name: str
    type: str
    nullable: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A foreign key: columns here, and the columns of another table (or this one) they show."""

    columns: tuple[str, ...]
    table: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table, the sets of columns that are unique in it, and its foreign keys."""

    name: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...]
    references: tuple[Reference, ...]
