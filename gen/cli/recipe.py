"""`gen run`: all stages of a recipe, and the closing table.

$ gen run recipes/quickstart.yaml
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gen.cli.options import isolation_option, json_option
from gen.progress import Advance

if TYPE_CHECKING:
    from curation.records import Evaluation
    from curation.store import Store
    from gen.backends import Backend
    from gen.recipes import EvaluateSection, Recipe
    from gen.rounds import Round
    from trainer import TrainSettings


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option(
    "--store",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="ASSAY_STORE",
    help="The DuckDB store; the recipe's unless given.",
)
@isolation_option
@json_option
def run(recipe: Path, store: Path | None, as_json: bool) -> None:
    """Run every stage of a RECIPE, or round after round; run it again to go on after a stop."""
    import msgspec

    from curation.store import Store
    from gen.progress import Progress
    from gen.recipes import read_recipe
    from gen.run import run_recipe

    plan = read_recipe(recipe)
    if plan.train is not None:
        _check_training(plan)
    if plan.rounds is not None:
        _run_rounds(plan, Store(store or plan.store_path), as_json=as_json)
        return
    with Progress() as progress:
        outcome = run_recipe(
            plan, store=Store(store or plan.store_path), train=_train, progress=progress
        )
    if as_json:
        print(msgspec.json.encode(outcome).decode())
        return
    rows = [
        ("problems", f"{outcome.n_problems}"),
        ("rollouts", f"{outcome.n_rollouts} ({outcome.sampled.n_rollouts} sampled now)"),
        ("tokens", f"{outcome.sampled.n_tokens}"),
        ("tokens/s", f"{outcome.tokens_per_s:.0f}"),
        ("verdicts", f"{outcome.n_verdicts} ({outcome.n_undecided} undecided)"),
        ("pass rate", "none decided" if outcome.pass_rate is None else f"{outcome.pass_rate:.3f}"),
        ("truncated", "none sampled" if outcome.truncated is None else f"{outcome.truncated:.1%}"),
        *(
            [("certainties", f"{outcome.asked.n_problems} ({outcome.asked.n_tokens} tokens)")]
            if outcome.asked
            else []
        ),
        ("selected", f"{outcome.n_selected}"),
        *([("model", outcome.trained)] if outcome.trained else []),
        *((f"seconds: {stage}", f"{wall_s:.1f}") for stage, wall_s in outcome.seconds.items()),
        ("store", outcome.store),
        ("dataset", outcome.out),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")


def _run_rounds(plan: "Recipe", store: "Store", *, as_json: bool) -> None:
    """Tell each round as it ends, so that a long loop can be watched."""
    from gen.progress import Progress
    from gen.rounds import run_rounds

    done = []
    with Progress() as progress:
        for one in run_rounds(
            plan,
            store=store,
            train=_train,
            evaluate=partial(_evaluate, plan, store),
            progress=progress,
        ):
            done.append(one)
            if not as_json:
                print(_told(one), flush=True)
    if as_json:
        import msgspec

        print(msgspec.json.encode(done).decode())


def _told(one: "Round") -> str:
    found, outcome = one.evaluation, one.outcome
    made = ""
    if outcome is not None:
        levels = "all" if one.levels is None else ",".join(map(str, one.levels))
        rate = "nothing" if outcome.pass_rate is None else f"{outcome.pass_rate:.3f}"
        made = f"levels {levels}, {rate} correct, {outcome.n_selected} selected; "
    if found.accuracy is None:
        return f"round {one.number}: {made}nothing was decided of {found.benchmark}"
    return (
        f"round {one.number}: {made}{found.benchmark} {found.accuracy:.3f} "
        f"({found.accuracy_low:.3f} to {found.accuracy_high:.3f}) by {one.policy}"
    )


def _evaluate(
    plan: "Recipe",
    store: "Store",
    section: "EvaluateSection",
    model: str,
    open_model: "Callable[[str], Backend]",
) -> "Evaluation":
    from gen.benchmarks import open_benchmark
    from gen.cli.evaluation import evaluate_on
    from gen.solving import Plan
    from gen.spending import Budget

    benchmark = open_benchmark(
        section.benchmark, store, domain=section.domain, n=section.n, seed=plan.seed
    )
    how = Plan(
        model=model,
        sampling=section.sampling(),
        template=plan.solutions.template,
        samples=section.samples,
        seed=plan.seed,
    )
    with store.writing(f"gen run {plan.name}"):
        evaluation, _ = evaluate_on(store, benchmark, how, Budget(), open_model=open_model)
    return evaluation


def _train(plan: "Recipe", on_step: Advance) -> str:
    from gen.cli.training import train_model

    return str(train_model(_settings(plan), on_step=lambda metrics: on_step(1)).model)


def _settings(plan: "Recipe") -> "TrainSettings":
    from trainer import TrainSettings

    assert plan.train is not None
    return TrainSettings(
        export=plan.export_path,
        model=plan.model,
        out=plan.train_path,
        steps=plan.train.steps,
        group_size=plan.train.group_size,
        batch_size=plan.train.batch_size,
        learning_rate=plan.train.learning_rate,
        max_completion_tokens=plan.train.max_tokens,
        loss=plan.train.loss,
        scale_rewards=plan.train.scale_rewards,
        seed=plan.seed,
    )


def _check_training(plan: "Recipe") -> None:
    """Refuse a training that cannot work before hours of sampling, not after them."""
    from gen.cli.training import trainable
    from trainer import check_settings

    trainable(plan.model)
    check_settings(_settings(plan))
