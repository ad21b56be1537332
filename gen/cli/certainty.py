"""`gen certainty`: how certain a policy is of its answers, before it has given any.

$ gen certainty --model cpu:smollm2-135m -n 200
200 problems asked, mean chance 0.218 of the first 4 tokens, 800 tokens from cpu:smollm2-135m
$ gen certainty --model cpu:smollm2-135m -n 200 --dry-run
200 problems to ask of cpu:smollm2-135m: at most 800 tokens, after some 14210 of prompts
"""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gen.cli.backends import backend_options
from gen.cli.options import dry_run_option, json_option, model_option, report, store_option
from gen.cli.spending import spending_options

if TYPE_CHECKING:
    from curation.store import Store
    from gen.backends import Backend
    from gen.certainty import Asked, Asking
    from gen.spending import Budget, Meter

MATCHING = """
    SELECT count(*) FROM problems
    WHERE quarantine IS NULL AND ($domain IS NULL OR domain = $domain)
        AND ($family IS NULL OR family = $family) AND ($level IS NULL OR level = $level)
"""

MEAN_PROMPT = "SELECT avg(n_prompt_tokens) FROM rollouts WHERE model = ? AND n_prompt_tokens > 0"


@click.command()
@model_option
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="Only so many problems.")
@click.option(
    "--tokens",
    "n_tokens",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="Tokens of the answer whose chance is asked for.",
)
@click.option("--domain", help="Only problems of this domain.")
@click.option("--family", help="Only problems of this family.")
@click.option("--level", type=int, help="Only problems of this level.")
@click.option("--template", help="How problems are asked; each verifier's own unless given.")
@click.option("--opening", help="What the answer begins with; the template's own unless given.")
@spending_options
@backend_options
@store_option
@json_option
@dry_run_option
def certainty(
    model: str,
    n: int | None,
    n_tokens: int,
    domain: str | None,
    family: str | None,
    level: int | None,
    template: str | None,
    opening: str | None,
    budget: "Budget",
    open_model: "Callable[[str], Backend]",
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Ask a policy how certain it is of answers that it must give at once.

    Problems with rollouts are asked first, then those that are most worth knowing of by the newest
    scores. `gen score` learns from it which of the others the policy will solve.
    """
    from curation.scoring.certainty import worth_asking
    from curation.store import Store
    from gen.certainty import Asking, ask, load
    from gen.progress import Progress
    from gen.prompts import template_for
    from gen.runs import running
    from gen.spending import Meter
    from gen.writer import Writer
    from verifiers.errors import BadInput

    plan = Asking(
        model=model,
        n_tokens=n_tokens,
        template=template_for("", chosen=template) if template else None,
        opening=opening,
    )
    policy = plan.policy
    target = Store(store)
    filters = {"domain": domain, "family": family, "level": level}
    ((n_matching,),) = target.rows(MATCHING, filters)
    if not n_matching:
        raise BadInput(f"{store} has no such problems: make some with `gen problems`")
    problem_ids = worth_asking(target, policy, n=n, filters=filters)
    if dry_run:
        _foretell(target, len(problem_ids), plan, budget, as_json=as_json)
        return
    problems = load(target, problem_ids)
    meter = Meter(budget)
    parameters = {**filters, "n": n, **asdict(plan), "model": policy, "budget": budget}
    with (
        target.writing("gen certainty"),
        running(target, "certainty", parameters, meter=meter) as run,
        Writer(target) as writer,
        Progress() as progress,
    ):
        done = ask(
            problems,
            plan=plan,
            writer=writer,
            run_id=run.run_id,
            meter=meter,
            on_answer=progress.bar("certainties", total=len(problems)),
            open_model=open_model,
        )
    _tell(done, meter, plan, as_json=as_json)


def _foretell(
    store: "Store", n_problems: int, plan: "Asking", budget: "Budget", *, as_json: bool
) -> None:
    """Prompts are as long as those of the policy's rollouts were; without these nothing is said."""
    ((mean,),) = store.rows(MEAN_PROMPT, (plan.policy,))
    n_tokens, n_prompt_tokens = plan.n_tokens * n_problems, mean and round(mean * n_problems)
    cost = None
    if budget.prices.known and n_prompt_tokens is not None:
        cost = budget.prices.cost(n_prompt_tokens=n_prompt_tokens, n_tokens=n_tokens, seconds=0)
    report(
        {
            "model": plan.policy,
            "problems": n_problems,
            "n_tokens": n_tokens,
            "n_prompt_tokens": n_prompt_tokens,
            "cost": cost,
        },
        as_json=as_json,
        sentence=f"{n_problems} problems to ask of {plan.policy}: at most {n_tokens} tokens"
        + ("" if n_prompt_tokens is None else f", after some {n_prompt_tokens} of prompts")
        + ("" if cost is None else f", cost {cost:.4g}"),
    )


def _tell(done: "Asked", meter: "Meter", plan: "Asking", *, as_json: bool) -> None:
    chance = ""
    if done.mean_chance is not None:
        first = "first token" if plan.n_tokens == 1 else f"first {plan.n_tokens} tokens"
        chance = f"mean chance {done.mean_chance:.3f} of the {first}, "
    refused = f", {done.n_refused} refused" if done.n_refused else ""
    cost = "" if meter.cost is None else f", cost {meter.cost:.4g}"
    stopped = f"; stopped by the budget of {done.stopped_by}" if done.stopped_by else ""
    report(
        {
            "model": plan.policy,
            "problems": done.n_problems,
            "refused": done.n_refused,
            "mean_chance": done.mean_chance,
            "tokens": done.n_tokens,
            "prompt_tokens": meter.n_prompt_tokens,
            "loading_s": done.loading_s,
            "asking_s": done.asking_s,
            "cost": meter.cost,
            "stopped_by": done.stopped_by,
        },
        as_json=as_json,
        sentence=f"{done.n_problems} problems asked{refused}, {chance}"
        f"{done.n_tokens} tokens from {plan.policy}{cost}{stopped}",
    )
