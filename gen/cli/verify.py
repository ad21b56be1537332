"""`gen verify`: verdicts on the store's rollouts, and a second look at them.

$ gen verify
400 verdicts: 3 accepted, 397 rejected, 0 undecided, 177 truncated
"""

from pathlib import Path

import click

from gen.cli.engines import engine_options
from gen.cli.options import (
    dry_run_option,
    isolation_option,
    json_option,
    print_rows,
    report,
    store_option,
    wall_option,
    workers_option,
)


@click.command()
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="At most so many rollouts.")
@click.option("--verifier-version", help="Judge again what this installed version has judged.")
@click.option(
    "--audit", is_flag=True, help="List the verdicts that may be wrong; judge nothing anew."
)
@engine_options
@workers_option
@isolation_option
@wall_option
@store_option
@json_option
@dry_run_option
def verify(
    n: int | None,
    verifier_version: str | None,
    audit: bool,
    ray_address: str | None,
    workers: int | None,
    wall_s: float,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Judge the rollouts that lack a verdict."""
    from verifiers.errors import BadInput

    if audit:
        if ray_address is not None:
            raise BadInput("--audit is for one machine: leave --engine ray out")
        _audit(store, workers=workers, wall_s=wall_s, limit=n, as_json=as_json)
        return
    from curation.store import Store
    from gen.judging import judge_pending, outcomes, pending_rollouts
    from gen.progress import Progress
    from gen.runs import running
    from verifiers.pool import GradingPool
    from verifiers.ray_pool import RayPool

    target = Store(store)
    pending = sum(map(len, pending_rollouts(target, redo=verifier_version).values()))
    if dry_run:
        sentence = f"{pending} rollouts lack a verdict"
        report({"pending": pending}, as_json=as_json, sentence=sentence)
        return
    parameters = {"limit": n, "verifier_version": verifier_version, "wall_s": wall_s}
    with target.writing("gen verify"), running(target, "verify", parameters) as run:
        chosen = GradingPool(workers=workers, wall_s=wall_s)
        if ray_address is not None:
            chosen = RayPool(ray_address, wall_s=wall_s)
        with Progress() as progress, chosen as pool:
            n_judged = judge_pending(
                target,
                pool=pool,
                run_id=run.run_id,
                limit=n,
                redo=verifier_version,
                on_verdict=progress.bar("verdicts", total=min(pending, n or pending)),
            )
        counts = outcomes(target, run.run_id)
    told = ", ".join(f"{count} {what}" for what, count in counts.items())
    report(
        {"verdicts": n_judged, **counts}, as_json=as_json, sentence=f"{n_judged} verdicts: {told}"
    )


def _audit(
    store: Path, *, workers: int | None, wall_s: float, limit: int | None, as_json: bool
) -> None:
    from dataclasses import astuple, fields
    from itertools import islice

    from curation.store import Store
    from gen.auditing import Suspect, audit
    from gen.progress import Progress
    from verifiers.pool import GradingPool

    with Progress() as progress, GradingPool(workers=workers, wall_s=wall_s) as pool:
        suspects = list(
            islice(audit(Store(store), pool=pool, on_check=progress.bar("second checks")), limit)
        )
    head = [field.name for field in fields(Suspect)]
    print_rows(head, [astuple(one) for one in suspects], as_json=as_json)
