"""Options that several commands take, and how results are printed.

@click.command()
@store_option
@json_option
def score(store: Path, as_json: bool) -> None: ...
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

import click

from verifiers.sandbox.levels import DEFAULT, LEAST_LEVEL, LEVELS

store_option = click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    default="assay.duckdb",
    envvar="ASSAY_STORE",
    show_default=True,
    help="The DuckDB store.",
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Say what would be done, and do nothing."
)

model_option = click.option(
    "--model",
    required=True,
    help="vllm:NAME_OR_DIR, cpu:NAME_OR_DIR (cpu:smollm2-135m is embedded) or http://HOST/v1#NAME.",
)

workers_option = click.option(
    "--workers", type=click.IntRange(1), help="Grading processes; one a core unless given."
)

seed_option = click.option(
    "--seed",
    type=click.IntRange(-(2**63), 2**63 - 1),
    default=0,
    show_default=True,
    help="Same seed, same outcome.",
)

wall_option = click.option(
    "--wall-s",
    type=click.FloatRange(0.01, 86_400),
    default=2.0,
    show_default=True,
    help="Seconds a verdict may take before its worker is killed; for code, params say it.",
)


def _demand_isolation(context: click.Context, option: click.Parameter, level: str) -> None:
    os.environ[LEAST_LEVEL] = level  # for the workers, wherever they are started


isolation_option = click.option(
    "--isolation",
    type=click.Choice(LEVELS),
    default=DEFAULT,
    envvar=LEAST_LEVEL,
    show_default=True,
    expose_value=False,
    callback=_demand_isolation,
    help="The least isolation at which programs are run; see `gen doctor`.",
)


def mapping(fields: Sequence[str]) -> dict[str, str]:
    """Read `--field OURS=THEIRS` options; raises BadInput."""
    from verifiers.errors import BadInput

    pairs = [field.partition("=") for field in fields]
    for field, (_, equals, _) in zip(fields, pairs, strict=True):
        if not equals:
            raise BadInput(f"--field {field!r} is no mapping: write --field prompt=question")
    return {ours: theirs for ours, _, theirs in pairs}


def report(values: Mapping[str, Any], *, as_json: bool, sentence: str) -> None:
    """Print a command's result: one JSON object, or one sentence."""
    print(json.dumps(dict(values), default=str) if as_json else sentence)


def print_rows(head: Sequence[str], rows: Sequence[Sequence[Any]], *, as_json: bool) -> None:
    """Print rows: a JSON array of objects, a table on a terminal, tab-separated lines in a pipe."""
    if as_json:
        print_object([dict(zip(head, row, strict=True)) for row in rows])
    elif sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table

        table = Table(*head)
        for row in rows:
            table.add_row(*(_cell(value) for value in row))
        Console().print(table)
    else:
        for row in (head, *rows):
            print("\t".join(_cell(value).replace("\t", " ").replace("\n", "\\n") for value in row))


def print_object(value: Any) -> None:
    """Print JSON, which has no NaN and no infinity: null stands for them."""
    print(json.dumps(_finite(value), default=_plain))


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not isfinite(value) else value


def _plain(value: Any) -> Any:
    """DuckDB's sums and literals are decimals, which JSON has no other word for than numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
