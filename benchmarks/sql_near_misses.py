"""How many near misses of real queries the SQL verifier accepts, against one plain database.

python -m benchmarks.sql_near_misses shared/data/sql -n 100
->  {"queries": 100, "near_misses": 612, "different": 500, "accepted": 0.02, "plain": 0.61,
     "ratio": 0.03}

The queries are those of Spider's development set, on its schemas. A near miss counts as different
where those or any of 24 other databases tell it from the gold; of those `accepted` is
the share that the verifier's twelve databases let pass, and `plain` what one database of 60 rows
does that knows nothing of the query.
"""

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import click
import msgspec

from verifiers.errors import VerifierFailed
from verifiers.sql import SqlVerifier, truth_of
from verifiers.sql.mutants import mutants
from verifiers.sql.truth import Databases, Query, read_truth

TYPES = {"number": "INTEGER", "text": "VARCHAR", "boolean": "BOOLEAN", "time": "VARCHAR"}


class Case(NamedTuple):
    """A gold query and the ground truths by which its near misses are judged."""

    query: str
    verifier: str
    plain: str
    others: str


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, exists=True))
@click.option("-n", "n", default=100, show_default=True, help="How many queries.")
@click.option("--mutants", "n_mutants", default=8, show_default=True, help="Of each query.")
@click.option("--seed", default=0, show_default=True)
@click.option("--show", is_flag=True, help="Write what is accepted wrongly to stderr.")
def main(directory: Path, n: int, n_mutants: int, seed: int, show: bool) -> None:
    """Measure; one line of JSON."""
    verifier = SqlVerifier()
    result = {"queries": 0, "near_misses": 0, "different": 0, "accepted": 0, "plain": 0}
    for case in _cases(directory, seed):
        if result["queries"] == n:
            break
        try:
            near = mutants(case.query, n_mutants, seed)
            right = verifier.right(case.verifier, [case.query, *near])
            others = verifier.right(case.others, near)
            plain = verifier.right(case.plain, near)
        except VerifierFailed:
            continue
        if not right[0]:
            sys.stderr.write(f"the gold is rejected: {case.query}\n")
            continue
        result["queries"] += 1
        result["near_misses"] += len(near)
        for text, accepted, plainly, same in zip(near, right[1:], plain, others, strict=True):
            different = not (accepted and same)
            result["different"] += different
            result["accepted"] += different and accepted
            result["plain"] += different and plainly
            if show and different and accepted:
                sys.stderr.write(f"{case.query}\n  {text}\n")
    print(json.dumps(_rates(result)))


def _rates(result: dict[str, int]) -> dict[str, Any]:
    different = max(result["different"], 1)
    return {
        **result,
        "accepted": round(result["accepted"] / different, 4),
        "plain": round(result["plain"] / different, 4),
        "ratio": round(result["accepted"] / max(result["plain"], 1), 4),
    }


def _cases(directory: Path, seed: int) -> Iterator[Case]:
    lines = (directory / "spider_tables.jsonl").read_text().splitlines()
    schemas = {one["db_id"]: one for one in map(json.loads, lines)}
    pairs = [json.loads(one) for one in (directory / "spider_dev_pairs.jsonl").open()]
    Random(seed).shuffle(pairs)
    for pair in pairs:
        query = re.sub(r'"([^"]*)"', r"'\1'", pair["query"])
        ordered = bool(re.search(r"\border\s+by\b[^)]*\Z", query, re.IGNORECASE))
        try:
            truth = truth_of(_statements(schemas[pair["db_id"]]), query, ordered=ordered)
        except VerifierFailed:
            continue
        yield Case(
            query,
            truth,
            _with(truth, seed=101, count=1, rows=60, literals={}),
            _with(truth, seed=202, count=24),
        )


def _with(truth: str, **changes: Any) -> str:
    """The same ground truth with other databases."""
    query: Query = read_truth(truth)
    databases: Databases = msgspec.structs.replace(query.databases, **changes)
    return msgspec.json.encode(msgspec.structs.replace(query, databases=databases)).decode()


def _statements(schema: dict[str, Any]) -> list[str]:
    """CREATE TABLE statements, without foreign keys that go round in a circle."""
    columns: dict[int, list[tuple[int, str]]] = {}
    for number, (table, name) in enumerate(schema["column_names_original"]):
        if table >= 0:
            columns.setdefault(table, []).append((number, name))
    home = {number: table for table, some in columns.items() for number, _ in some}
    keys = set(schema["primary_keys"])
    links = [
        (here, there)
        for here, there in schema["foreign_keys"]
        if there in keys and home[here] != home[there]
    ]
    made: list[int] = []
    while len(made) < len(columns):
        free = [
            table
            for table in columns
            if table not in made
            and all(home[there] in made for here, there in links if home[here] == table)
        ]
        if not free:
            links = [one for one in links if home[one[1]] in made or home[one[0]] in made]
            free = [next(table for table in columns if table not in made)]
            links = [one for one in links if home[one[0]] != free[0] or home[one[1]] in made]
        made.append(free[0])
    names, types = schema["table_names_original"], schema["column_types"]
    by_number = {number: name for some in columns.values() for number, name in some}
    statements = []
    for table in made:
        parts = [
            f'"{name}" {TYPES.get(types[number], "VARCHAR")}'
            + (" PRIMARY KEY" if number in keys else "")
            for number, name in columns[table]
        ]
        for here, there in links:
            if home[here] == table and types[here] == types[there]:
                target = f'"{names[home[there]]}"("{by_number[there]}")'
                parts.append(f'FOREIGN KEY ("{by_number[here]}") REFERENCES {target}')
        statements.append(f'CREATE TABLE "{names[table]}" ({", ".join(parts)})')
    return statements


if __name__ == "__main__":
    main()
