"""Commands around a policy: rollouts, their verdicts, and a training run.

$ gen solutions --model cpu:smollm2-135m --samples 4 -n 100
400 rollouts of 100 problems, 33187 tokens (171 tokens/s) from cpu:smollm2-135m
"""

from pathlib import Path

import click

from gen.cli.options import (
    dry_run_option,
    isolation_option,
    json_option,
    model_option,
    print_rows,
    report,
    seed_option,
    store_option,
    wall_option,
    workers_option,
)

CHOSEN = """
    SELECT * FROM problems
    WHERE quarantine IS NULL AND ($domain IS NULL OR domain = $domain)
        AND ($family IS NULL OR family = $family) AND ($level IS NULL OR level = $level)
    ORDER BY problem_id
    LIMIT $n
"""
"""Ordered by id, which is a hash: the first n are a fixed random sample of all."""


@click.command()
@model_option
@click.option("--samples", type=click.IntRange(1), default=8, show_default=True)
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="Only so many problems.")
@click.option("--domain", help="Only problems of this domain.")
@click.option("--family", help="Only problems of this family.")
@click.option("--level", type=int, help="Only problems of this level.")
@click.option("--template", help="How problems are asked; each verifier's own unless given.")
@click.option("--temperature", type=click.FloatRange(0), default=0.7, show_default=True)
@click.option("--top-p", type=click.FloatRange(0, 1), default=1.0, show_default=True)
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    default=512,
    show_default=True,
    help="Longest completion, in tokens.",
)
@seed_option
@store_option
@json_option
@dry_run_option
def solutions(
    model: str,
    samples: int,
    n: int | None,
    domain: str | None,
    family: str | None,
    level: int | None,
    template: str | None,
    temperature: float,
    top_p: float,
    max_tokens: int,
    seed: int,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Sample rollouts of a policy for problems that lack them."""
    from curation.store import Store
    from gen.backends.base import ModelName, Sampling
    from gen.progress import Progress
    from gen.prompts import template_for
    from gen.runs import running
    from gen.solving import sample_indexes, solve
    from gen.writer import Writer
    from verifiers.errors import BadInput

    policy = ModelName.parse(model).policy
    sampling = Sampling(temperature=temperature, top_p=top_p, max_tokens=max_tokens)
    target = Store(store)
    filters = {"domain": domain, "family": family, "level": level, "n": n}
    problems = target.records("problems", CHOSEN, filters)
    if not problems:
        raise BadInput(f"{store} has no such problems: make some with `gen problems`")
    template_for("", chosen=template)
    have = sample_indexes(target, model=model, sampling=sampling, template=template)
    n_lacking = sum(
        len(set(range(samples)) - have.get(problem.problem_id, set())) for problem in problems
    )
    if dry_run:
        report(
            {
                "problems": len(problems),
                "rollouts": n_lacking,
                "most_tokens": n_lacking * max_tokens,
            },
            as_json=as_json,
            sentence=f"{n_lacking} rollouts of {len(problems)} problems are lacking: at most "
            f"{n_lacking * max_tokens} tokens",
        )
        return
    parameters = {
        **filters,
        "model": policy,
        "samples": samples,
        "sampling": sampling,
        "template": template,
    }
    with (
        target.writing("gen solutions"),
        running(target, "solutions", parameters, seed=seed) as run,
    ):
        with Progress() as progress, Writer(target) as writer:
            sampled = solve(
                problems,
                model=model,
                sampling=sampling,
                template=template,
                samples=samples,
                seed=seed,
                have=have,
                run_id=run.run_id,
                writer=writer,
                on_rollout=progress.bar("rollouts", total=n_lacking),
            )
        run.n_tokens = sampled.n_tokens
    rate = sampled.n_tokens / sampled.sampling_s if sampled.sampling_s else 0.0
    report(
        {
            "model": policy,
            "problems": len(problems),
            "rollouts": sampled.n_rollouts,
            "tokens": sampled.n_tokens,
            "tokens_per_s": rate,
            "loading_s": sampled.loading_s,
            "sampling_s": sampled.sampling_s,
        },
        as_json=as_json,
        sentence=f"{sampled.n_rollouts} rollouts of {len(problems)} problems, {sampled.n_tokens} "
        f"tokens ({rate:.0f} tokens/s) from {policy}",
    )


@click.command()
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="At most so many rollouts.")
@click.option("--verifier-version", help="Judge again what this installed version has judged.")
@click.option(
    "--audit", is_flag=True, help="List the verdicts that may be wrong; judge nothing anew."
)
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
    workers: int | None,
    wall_s: float,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Judge the rollouts that lack a verdict."""
    if audit:
        _audit(store, workers=workers, wall_s=wall_s, limit=n, as_json=as_json)
        return
    from curation.store import Store
    from gen.judging import judge_pending, outcomes, pending_rollouts
    from gen.progress import Progress
    from gen.runs import running
    from verifiers.pool import GradingPool

    target = Store(store)
    pending = sum(map(len, pending_rollouts(target, redo=verifier_version).values()))
    if dry_run:
        sentence = f"{pending} rollouts lack a verdict"
        report({"pending": pending}, as_json=as_json, sentence=sentence)
        return
    parameters = {"limit": n, "verifier_version": verifier_version, "wall_s": wall_s}
    with target.writing("gen verify"), running(target, "verify", parameters) as run:
        with Progress() as progress, GradingPool(workers=workers, wall_s=wall_s) as pool:
            n_judged = judge_pending(
                target,
                pool=pool,
                run_id=run.run_id,
                limit=n,
                redo=verifier_version,
                on_verdict=progress.bar("verdicts", total=min(pending, n or pending)),
            )
        counts = outcomes(target, run.run_id)
    told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
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
