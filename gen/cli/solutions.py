"""`gen solutions`: rollouts of a policy for problems that lack them.

$ gen solutions --model cpu:smollm2-135m --samples 4 -n 100
400 rollouts of 100 problems, 33187 tokens (171 tokens/s) from cpu:smollm2-135m
$ gen solutions --model cpu:smollm2-135m --where-uncertain --budget-tokens 20000
116 rollouts of 29 problems, 19204 tokens (168 tokens/s) from cpu:smollm2-135m
$ gen solutions --model cpu:smollm2-135m --samples 8 --dry-run
800 rollouts are lacking: 66400 tokens expected (64900 to 67900, at most 409600), 388 s, judging by
400 rollouts
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from gen.cli.backends import backend_options
from gen.cli.engines import engine_options
from gen.cli.options import (
    dry_run_option,
    isolation_option,
    json_option,
    model_option,
    report,
    seed_option,
    store_option,
    workers_option,
)
from gen.cli.spending import spending_options

if TYPE_CHECKING:
    from curation.store import Store
    from gen.backends import Backend
    from gen.solving import Plan, Sampled
    from gen.spending import Budget, Meter
    from verifiers.records import Problem

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
@click.option(
    "--samples",
    type=click.IntRange(1),
    default=8,
    show_default=True,
    help="Rollouts a problem; at most so many where --adaptive.",
)
@click.option(
    "--adaptive",
    is_flag=True,
    help="Few rollouts first, more where it is undecided whether a problem teaches; judges them.",
)
@click.option(
    "--where-uncertain",
    is_flag=True,
    help="Add rollouts where they change most what is worth training on, by `gen score`.",
)
@click.option(
    "--budget-tokens",
    type=click.IntRange(1),
    help="With --where-uncertain: sample at most so many tokens, until the next `gen score`.",
)
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
@click.option(
    "--thinking-tokens",
    type=click.IntRange(0),
    help="Of these, how many a reasoning model may think before it must answer.",
)
@click.option(
    "--pilot",
    type=click.IntRange(1),
    help="Sample so many of the problems, forecast the rest, and stop.",
)
@spending_options
@backend_options
@seed_option
@engine_options
@workers_option
@isolation_option
@store_option
@json_option
@dry_run_option
def solutions(
    model: str,
    samples: int,
    adaptive: bool,
    where_uncertain: bool,
    budget_tokens: int | None,
    n: int | None,
    domain: str | None,
    family: str | None,
    level: int | None,
    template: str | None,
    temperature: float,
    top_p: float,
    max_tokens: int,
    thinking_tokens: int | None,
    pilot: int | None,
    budget: "Budget",
    open_model: "Callable[[str], Backend]",
    seed: int,
    ray_address: str | None,
    workers: int | None,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Sample rollouts of a policy for problems that lack them."""
    from curation.store import Store
    from gen.backends.base import ModelName, Sampling
    from gen.prompts import template_for
    from gen.solving import Plan
    from gen.spending import Meter
    from verifiers.errors import BadInput

    ModelName.parse(model)
    plan = Plan(
        model=model,
        sampling=Sampling(
            temperature=temperature,
            top_p=top_p,
            max_tokens=max_tokens,
            thinking_tokens=thinking_tokens,
        ),
        template=template_for("", chosen=template) if template else None,
        samples=samples,
        seed=seed,
        adaptive=adaptive,
    )
    target = Store(store)
    filters = {"domain": domain, "family": family, "level": level, "n": n}
    if where_uncertain or budget_tokens is not None:
        if not where_uncertain or budget_tokens is None:
            raise BadInput("--where-uncertain and --budget-tokens N belong together: give both")
        if adaptive or pilot is not None or ray_address is not None or n is not None:
            raise BadInput(
                "--where-uncertain chooses the problems and their rollouts itself, on one machine: "
                "leave out --adaptive, --pilot, --limit and --engine ray"
            )
        del filters["n"]
        _buy(target, plan, budget_tokens, budget, filters, workers, open_model, as_json, dry_run)
        return
    problems = target.records("problems", CHOSEN, filters)
    if not problems:
        raise BadInput(f"{store} has no such problems: make some with `gen problems`")
    if dry_run:
        _forecast(target, plan, problems, budget, as_json=as_json)
        return
    meter = Meter(budget)
    parameters = {**filters, **asdict(plan), "model": plan.policy, "budget": budget}
    done = _sample(
        target, plan, problems[:pilot], meter, parameters, workers, open_model, ray_address
    )
    if pilot is not None:
        _forecast(target, plan, problems, budget, as_json=as_json)
        return
    _tell(done, meter, plan, len(problems), as_json=as_json)


def _tell(done: "Sampled", meter: "Meter", plan: "Plan", n_problems: int, *, as_json: bool) -> None:
    rate = done.n_tokens / done.sampling_s if done.sampling_s else 0.0
    stopped = f"; stopped by the budget of {done.stopped_by}" if done.stopped_by else ""
    cost = "" if meter.cost is None else f", cost {meter.cost:.4g}"
    report(
        {
            "model": plan.policy,
            "problems": n_problems,
            "rollouts": done.n_rollouts,
            "truncated": done.n_truncated,
            "tokens": done.n_tokens,
            "tokens_per_s": rate,
            "loading_s": done.loading_s,
            "sampling_s": done.sampling_s,
            "cost": meter.cost,
            "stopped_by": done.stopped_by,
        },
        as_json=as_json,
        sentence=f"{done.n_rollouts} rollouts of {n_problems} problems, {done.n_tokens} "
        f"tokens ({rate:.0f} tokens/s) from {plan.policy}{cost}{stopped}",
    )


def _buy(
    store: "Store",
    plan: "Plan",
    budget_tokens: int,
    budget: "Budget",
    filters: dict[str, Any],
    workers: int | None,
    open_model: "Callable[[str], Backend]",
    as_json: bool,
    dry_run: bool,
) -> None:
    """Sample what is worth most by the newest scores, less what has been sampled of it before."""
    from dataclasses import replace

    from gen.buying import plan_purchase
    from gen.solving import lacking, sampled
    from gen.spending import Meter
    from verifiers.errors import BadInput

    order = plan_purchase(store, plan, budget_tokens=budget_tokens, filters=filters)
    left = budget_tokens - order.n_tokens_spent
    if dry_run:
        n_rollouts = lacking(order.problems, plan, sampled(store, plan), order.targets)
        report(
            {
                "problems": len(order.problems),
                "rollouts": n_rollouts,
                "n_tokens": order.purchase.n_tokens,
                "audited": order.purchase.n_audited,
                "threshold": order.purchase.threshold,
                "spent": order.n_tokens_spent,
            },
            as_json=as_json,
            sentence=f"{n_rollouts} rollouts of {len(order.problems)} problems are worth buying, "
            f"{order.purchase.n_audited} of these for the audit: {order.purchase.n_tokens:.0f} "
            f"tokens expected, {order.n_tokens_spent} of them spent already",
        )
        return
    if left < plan.sampling.max_tokens:
        raise BadInput(
            f"{left} tokens of the budget are left, and one answer may take "
            f"{plan.sampling.max_tokens}: run `gen verify` and `gen score`, raise --budget-tokens, "
            "or lower --max-tokens"
        )
    tokens = min(left, budget.tokens) if budget.tokens is not None else left
    meter = Meter(replace(budget, tokens=tokens))
    parameters = {
        **filters,
        **asdict(plan),
        "model": plan.policy,
        "budget": budget,
        "budget_tokens": budget_tokens,
        "where_uncertain": True,
    }
    done = _sample(
        store, plan, order.problems, meter, parameters, workers, open_model, None, order.targets
    )
    _tell(done, meter, plan, len(order.problems), as_json=as_json)


def _sample(
    store: "Store",
    plan: "Plan",
    problems: "list[Problem]",
    meter: "Meter",
    parameters: dict[str, Any],
    workers: int | None,
    open_model: "Callable[[str], Backend]",
    ray_address: str | None,
    targets: "Mapping[UUID, int] | None" = None,
) -> "Sampled":
    from contextlib import ExitStack
    from functools import partial

    from gen.cli.engines import judge_left_over, options_of
    from gen.engines.ray_engine import solve_on_ray
    from gen.judging import judge_pending
    from gen.progress import Progress
    from gen.runs import running
    from gen.solving import lacking, sampled, solve
    from gen.writer import Writer
    from verifiers.pool import GradingPool

    with (
        store.writing("gen solutions"),
        running(store, "solutions", parameters, seed=plan.seed, meter=meter) as run,
        ExitStack() as stack,
    ):
        writer = stack.enter_context(Writer(store))
        pool = None
        if ray_address is not None:
            judge_left_over(store, ray_address, run.run_id)
        elif plan.adaptive:  # left before the writer is: the last verdicts are kept
            pool = stack.enter_context(GradingPool(workers=workers))
            judge_pending(store, pool=pool, run_id=run.run_id)
        have = sampled(store, plan)
        progress = stack.enter_context(Progress())
        engine = partial(solve, pool=pool, open_model=open_model, targets=targets)
        if ray_address is not None:
            options = options_of(open_model)
            engine = partial(solve_on_ray, address=ray_address, options=options)
        done = engine(
            problems,
            plan=plan,
            have=have,
            run_id=run.run_id,
            writer=writer,
            meter=meter,
            on_rollout=progress.bar("rollouts", total=lacking(problems, plan, have, targets)),
        )
    return done


def _forecast(
    store: "Store", plan: "Plan", problems: "list[Problem]", budget: "Budget", *, as_json: bool
) -> None:
    from gen.forecast import forecast, told
    from gen.solving import sampled

    found = forecast(store, plan, problems, have=sampled(store, plan), prices=budget.prices)
    report({"problems": len(problems), **asdict(found)}, as_json=as_json, sentence=told(found))
