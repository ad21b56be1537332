"""Commands around certificates by consensus: fit the confidence model, weigh problems again.

$ gen calibrate --out calibration.json
320 questions: Brier score 0.071 (bare majority 0.124); written to calibration.json
$ gen certify --min-confidence 0.9
1319 problems weighed: 1287 kept, 32 quarantined
"""

from pathlib import Path

import click

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

FEWEST = 40
"""Labelled questions below which a fit would be noise."""

calibration_option = click.option(
    "--calibration",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="A calibration made by `gen calibrate`, in the place of the one shipped.",
)

min_confidence_option = click.option(
    "--min-confidence",
    type=click.FloatRange(0, 1),
    default=0.9,
    show_default=True,
    help="Problems whose ground truth is less probable to be right are quarantined.",
)


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default="calibration.json",
    show_default=True,
    help="Where the calibration is written.",
)
@click.option("--domain", help="Only problems of this domain.")
@click.option("--family", help="Only problems of this family.")
@workers_option
@isolation_option
@wall_option
@store_option
@json_option
@dry_run_option
def calibrate(
    out: Path,
    domain: str | None,
    family: str | None,
    workers: int | None,
    wall_s: float,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Fit the confidence model to problems whose answer is known and that have rollouts.

    The table tells how often answers of a stated confidence were right, for questions that the fit
    had not seen, and for the share of the majority as the confidence.
    """
    from curation.store import Store
    from gen.consensus.calibration import brier, by_majority, cross_validated, fit, reliability
    from gen.consensus.calibration import scored as scores_of
    from gen.consensus.calibration_file import described, write_calibration
    from gen.consensus.stored import labelled
    from verifiers.errors import BadInput
    from verifiers.pool import GradingPool

    with GradingPool(workers=workers, wall_s=wall_s) as pool:
        found = list(
            labelled(
                Store(store),
                judge=lambda tasks: pool.submit_many(tasks).result(),
                domain=domain,
                family=family,
            )
        )
    if len(found) < FEWEST:
        raise BadInput(
            f"{store} has {len(found)} problems of known answer with rollouts, and {FEWEST} are "
            "needed: sample some with `gen solutions`, also with `--template program-1`"
        )
    if dry_run:
        report({"questions": len(found)}, as_json=as_json, sentence=f"{len(found)} questions")
        return
    told = described(found)
    held_out, majority = cross_validated(found, each_model=True), scores_of(found, by_majority)
    fitted = fit(found, name=out.stem, fitted_on=told, each_model=True)
    write_calibration(fitted, out)
    head = ("confidence", "by", "low", "high", "n", "stated", "right")
    rows = [
        ("model" if scores is held_out else "majority", *(one.low, one.high, one.n), one.stated,
         one.correct)
        for scores in (held_out, majority)
        for one in reliability(scores)
    ]  # fmt: skip
    summary = {
        "questions": len(found),
        "brier": round(brier(held_out), 4),
        "brier_of_majority": round(brier(majority), 4),
        "out": str(out),
    }
    if as_json:
        table = [dict(zip(head[1:], row, strict=True)) for row in rows]
        report({**summary, "reliability": table}, as_json=True, sentence="")
        return
    print_rows(head[1:], rows, as_json=False)
    print(
        f"{told}: Brier score {summary['brier']} (bare majority {summary['brier_of_majority']}); "
        f"written to {out}"
    )


@click.command()
@min_confidence_option
@calibration_option
@click.option("--domain", help="Only problems of this domain.")
@click.option("--family", help="Only problems of this family.")
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="Only so many problems.")
@workers_option
@isolation_option
@wall_option
@store_option
@json_option
@dry_run_option
def certify(
    min_confidence: float,
    calibration: Path | None,
    domain: str | None,
    family: str | None,
    n: int | None,
    workers: int | None,
    wall_s: float,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Weigh again what is known of ground truths; quarantine those below --min-confidence.

    Problems with stored evidence are weighed by it. Imported problems that have rollouts are
    weighed with those: where the solvers agree on another answer than the benchmark's, its
    confidence falls.
    """
    from curation.store import Store
    from gen.consensus.confidence import load_calibration
    from gen.consensus.recertify import reweighed
    from gen.runs import running
    from verifiers.pool import GradingPool

    target = Store(store)
    weights = load_calibration(calibration)
    with GradingPool(workers=workers, wall_s=wall_s) as pool:
        problems = list(
            reweighed(
                target,
                judge=lambda tasks: pool.submit_many(tasks).result(),
                min_confidence=min_confidence,
                calibration=weights,
                domain=domain,
                family=family,
                limit=n,
            )
        )
    quarantined = sum(one.quarantine is not None for one in problems)
    if not dry_run:
        parameters = {"min_confidence": min_confidence, "calibration": weights.name}
        with target.writing("gen certify"), running(target, "certify", parameters):
            target.put("problems", problems)
    report(
        {"problems": len(problems), "quarantined": quarantined},
        as_json=as_json,
        sentence=f"{len(problems)} problems weighed: {len(problems) - quarantined} kept, "
        f"{quarantined} quarantined",
    )
