"""`gen grade`: verdicts on completions from anywhere.

$ gen grade answers.jsonl --verifier math --out verdicts.jsonl
3 rows: 2 accepted, 1 rejected, 0 undecided -> verdicts.jsonl
"""

from pathlib import Path

import click

from gen.cli.options import (
    isolation_option,
    json_option,
    report,
    wall_option,
    workers_option,
)

BAD_ROWS = 3
"""Exit status where some row could not be read."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help=".jsonl or .parquet")
@click.option("--verifier", help="For rows that name none.")
@workers_option
@isolation_option
@wall_option
@click.option("--ray", metavar="ADDRESS", help="Grade on a Ray cluster: its address, auto, local.")
@json_option
def grade(
    file: Path,
    out: Path,
    verifier: str | None,
    workers: int | None,
    wall_s: float,
    ray: str | None,
    as_json: bool,
) -> int:
    """Judge the completions of a JSONL or Parquet FILE."""
    from gen.grading import grade_file
    from gen.progress import Progress
    from verifiers.errors import BadInput
    from verifiers.pool import GradingPool
    from verifiers.ray_pool import RayPool

    if ray and workers:
        raise BadInput("--workers is for one machine: a Ray cluster has a worker on each CPU")
    chosen = RayPool(ray, wall_s=wall_s) if ray else GradingPool(workers=workers, wall_s=wall_s)
    with Progress() as progress, chosen as pool:
        counts = grade_file(file, out, verifier=verifier, pool=pool, on_row=progress.bar("rows"))
    names = ("accepted", "rejected", "undecided")
    n_rows = sum(counts[name] for name in names)
    told = ", ".join(f"{counts[name]} {name}" for name in names)
    bad = f" ({counts['bad_row']} of them bad rows)" if counts["bad_row"] else ""
    report(
        {"rows": n_rows, **{name: counts[name] for name in (*names, "bad_row")}, "out": out},
        as_json=as_json,
        sentence=f"{n_rows} rows: {told}{bad} -> {out}",
    )
    return BAD_ROWS if counts["bad_row"] else 0
