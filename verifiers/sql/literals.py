"""Writes the ground truth of a gold query, with the literals that its databases must be seeded by.

    literals_of("SELECT id FROM item WHERE price > 20 AND kind IN ('tool', 'toy')")
    ->  {"kind": ("tool", "toy"), "price": (20,)}
    truth_of(["CREATE TABLE item(...)"], "SELECT ...", seed=1)    ->  '{"kind": "query", ...}'

The literals stand in the ground truth, so that judging does not depend on how a version of DuckDB
writes its syntax trees.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.sql.truth import Databases, Query, Value, Values

RELATING = {"COMPARISON", "BETWEEN", "OPERATOR", "FUNCTION"}
"""Classes of nodes that set columns and constants beside each other."""


def truth_of(
    schema: Sequence[str], query: str, *, seed: int = 0, ordered: bool = False,
    any_column_order: bool = False,
    domains: Mapping[str, Sequence[Value]] | None = None,
) -> str:  # fmt: skip
    """The ground truth of a gold query as JSON; raises VerifierFailed where it is no SELECT."""
    truth = Query(
        schema=tuple(schema),
        query=query,
        databases=Databases(
            seed=seed,
            literals=literals_of(query),
            domains={name: tuple(values) for name, values in (domains or {}).items()},
        ),
        ordered=ordered,
        columns="any order" if any_column_order else "in order",
    )
    return msgspec.json.encode(truth).decode()


def literals_of(query: str) -> Values:
    """The constants that each column is set against; under "" those set against counts."""
    tree = syntax_tree(query)
    aliases = dict(_aliases(tree))
    found: dict[str, list[Value]] = {}
    for node in _nodes(tree):
        if node.get("class") not in RELATING:
            continue
        constants = [*_constants(node)]
        if not constants:
            continue
        named = [name for one in _columns(node) for name in aliases.get(one, (one,))]
        counted = any(each.get("function_name") == "count_star" for each in _below(node))
        for name in named or ([""] if counted else ()):
            found.setdefault(name, []).extend(constants)
    return {name: tuple(dict.fromkeys(found[name])) for name in sorted(found)}


def syntax_tree(query: str) -> Any:
    """DuckDB's own tree of the one SELECT that `query` is; raises VerifierFailed."""
    written = _parser().execute("SELECT json_serialize_sql(?::VARCHAR)", [query]).fetchone()
    tree = msgspec.json.decode(written[0]) if written else {}
    if tree.get("error", True) or len(tree["statements"]) != 1:
        raise VerifierFailed(f"ground_truth: no single SELECT: {tree.get('error_message', query)}")
    return tree


@cache
def _parser() -> Any:
    import duckdb

    return duckdb.connect(":memory:", config={"threads": 1})


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if type(tree) is list else ():
        yield from _nodes(child)


def _below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The node and those below it, subqueries left out."""
    yield node
    for key, value in node.items():
        if key != "subquery":
            for child in value if type(value) is list else [value]:
                if isinstance(child, dict):
                    yield from _below(child)


def _columns(node: dict[str, Any]) -> Iterator[str]:
    for each in _below(node):
        if each.get("class") == "COLUMN_REF":
            yield each["column_names"][-1].lower()


def _aliases(tree: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What each named result is made of: total -> (price,); of a count, the empty name."""
    for node in _nodes(tree):
        for item in node.get("select_list") or ():
            if isinstance(item, dict) and item.get("alias"):
                yield item["alias"].lower(), tuple(_columns(item)) or ("",)


def _constants(node: dict[str, Any]) -> Iterator[Value]:
    for each in _below(node):
        if each.get("class") == "CONSTANT":
            value = _constant(each)
            if value is not None:
                yield value


def _constant(node: dict[str, Any]) -> Value | None:
    if "literal" in node:  # DuckDB 2
        kind, text = node["literal"].get("kind"), node["literal"].get("text")
        is_text = kind == "STRING"
    else:
        text, kind = node["value"].get("value"), node["value"]["type"]["id"]
        is_text = kind == "VARCHAR"
        if kind == "DECIMAL" and type(text) is int:
            return text / 10 ** node["value"]["type"]["type_info"]["scale"]
    if is_text or text is None:
        return text
    if re.fullmatch(r"-?\d{1,18}", str(text)):
        return int(text)
    try:
        return float(text)
    except (TypeError, ValueError):
        return None
