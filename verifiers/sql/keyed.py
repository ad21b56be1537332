"""The gold query, rewritten so that its rows show what its ORDER BY sorts them by.

    keyed("SELECT name FROM t ORDER BY age DESC LIMIT 3", connection)
    ->  Keyed(text="SELECT name, age FROM t ORDER BY age DESC", keys=(1,), n_hidden=1,
              offset=0, limit=3)

So that rows which tie may change places, and any of them may be cut off by the LIMIT. A gold that
cannot be rewritten (a LIMIT that is computed) must be met row by row.
"""

from dataclasses import dataclass
from typing import Any

import duckdb
import msgspec

MOST_KEPT = 10**6


@dataclass(frozen=True, slots=True)
class Keyed:
    """The gold without its LIMIT, and where its rows show their sort keys.

    The last `n_hidden` columns are keys only, and no part of the result.
    """

    text: str
    keys: tuple[int, ...]
    n_hidden: int
    offset: int
    limit: int | None


def keyed(query: str, connection: duckdb.DuckDBPyConnection) -> Keyed:
    """Rewrite a gold query by its syntax tree; raises duckdb.Error."""
    written = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
    tree = msgspec.json.decode(written[0]) if written else {}
    if tree.get("error", True) or len(tree["statements"]) != 1:
        raise duckdb.ParserException(tree.get("error_message", "it is no single SELECT"))
    node = tree["statements"][0]["node"]
    limit = next((one for one in node["modifiers"] if one["type"] == "LIMIT_MODIFIER"), None)
    order = next((one for one in node["modifiers"] if one["type"] == "ORDER_MODIFIER"), None)
    offset, most = 0, None
    if limit is not None:
        numbers = [_number(limit.get(name)) for name in ("offset", "limit")]
        if None in numbers or order is None:
            return Keyed(query, (), 0, 0, None)
        offset, most = numbers[0] or 0, numbers[1] if limit["limit"] else None
        node["modifiers"].remove(limit)
    keys, n_hidden = _show_keys(node, order["orders"] if order else ())
    if limit is not None and not keys:
        return Keyed(query, (), 0, 0, None)
    text = connection.execute(
        "SELECT json_deserialize_sql(?::JSON)", [msgspec.json.encode(tree).decode()]
    ).fetchone()
    return Keyed(text[0] if text else query, keys, n_hidden, offset, most)


def _show_keys(node: dict[str, Any], orders: Any) -> tuple[tuple[int, ...], int]:
    """Put the sort keys that are no column of the result behind its columns, if that can be."""
    items = _select_list(node)
    starred = any(item.get("class") == "STAR" for item in items)
    names = [] if starred else [_name(item) for item in items]
    # More columns would change what DISTINCT, GROUP BY ALL or a UNION do.
    fixed = (
        node["type"] != "SELECT_NODE"
        or any(one["type"] == "DISTINCT_MODIFIER" for one in node["modifiers"])
        or node.get("aggregate_handling") != "STANDARD_HANDLING"
    )
    keys: list[int | None] = []
    hidden: list[Any] = []
    for one in orders:
        expression = one["expression"]
        is_column = expression.get("class") == "COLUMN_REF"
        if expression.get("class") == "CONSTANT":
            number = _number(expression)
            if starred or not number:
                return (), 0
            keys.append(number - 1)
        elif is_column and len(expression["column_names"]) == 1 and _name(expression) in names:
            keys.append(names.index(_name(expression)))
        elif fixed:
            return (), 0
        else:
            keys.append(None)
            hidden.append({**expression, "alias": f"sort_key_{len(hidden)}"})
    if hidden:
        node["select_list"] = [*items, *hidden]
    from_end = iter(range(-len(hidden), 0))
    return tuple(next(from_end) if key is None else key for key in keys), len(hidden)


def _select_list(node: dict[str, Any]) -> list[dict[str, Any]]:
    """The columns of the result; of a UNION, those of its first part."""
    while "select_list" not in node:
        parts = node.get("children") or [node["left"]]
        node = parts[0]
    return node["select_list"]


def _name(item: dict[str, Any]) -> str:
    return (item.get("alias") or (item.get("column_names") or [""])[-1]).lower()


def _number(node: dict[str, Any] | None) -> int | None:
    """The whole number that a constant is; 0 for none, None for anything else."""
    if node is None:
        return 0
    if node.get("class") != "CONSTANT":
        return None
    shown = node["literal"].get("text") if "literal" in node else node["value"].get("value")
    text = str(shown)
    return int(text) if text.isdigit() and int(text) <= MOST_KEPT else None
