"""What a ground truth of SQL is.

    {"kind": "query",
     "schema": ["CREATE TABLE item(id INTEGER PRIMARY KEY, price DOUBLE, kind VARCHAR)"],
     "query": "SELECT id FROM item WHERE price > 20 AND kind = 'tool'",
     "ordered": false, "columns": "in order",
     "databases": {"seed": 1, "count": 12, "rows": 300,
                   "literals": {"price": [20], "kind": ["tool"]}, "domains": {}}}

`literals` are the values of the query's own conditions: rows get them and values next to them.
`domains` are the only values of a column, NULL apart. A column is named alone or with its table
(`item.kind`); the literals under the empty name are sizes, such as that of `HAVING count(*) > 3`.
"""

from functools import lru_cache
from typing import Annotated, Literal

import msgspec

from verifiers.errors import VerifierFailed

LONGEST_QUERY = 20_000
"""Characters of a query; nobody writes a longer one."""

Value = int | float | str | bool

Values = dict[str, tuple[Value, ...]]


class Databases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the databases are generated: `count` of them, `rows` rows in the largest tables."""

    seed: int = 0
    count: Annotated[int, msgspec.Meta(ge=1, le=64)] = 12
    rows: Annotated[int, msgspec.Meta(ge=1, le=2000)] = 300
    literals: Values = {}
    domains: Values = {}


class Query(msgspec.Struct, frozen=True, tag="query", tag_field="kind", forbid_unknown_fields=True):
    """A gold query over a schema, its CREATE TABLE statements with the referenced tables first."""

    schema: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=64)]
    query: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_QUERY)]
    databases: Databases = Databases()
    ordered: bool = False
    columns: Literal["in order", "any order"] = "in order"


@lru_cache(maxsize=256)
def read_truth(text: str) -> Query:
    """Check a ground truth's form; raises VerifierFailed with what is wrong in it."""
    try:
        return msgspec.json.decode(text, type=Query)
    except msgspec.DecodeError as error:
        raise VerifierFailed(f"ground_truth: {error}") from None
