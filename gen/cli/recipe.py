"""`gen run`: all stages of a recipe, and the closing table.

$ gen run recipes/quickstart.yaml
"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from gen.cli.options import isolation_option, json_option
from gen.progress import Advance

if TYPE_CHECKING:
    from gen.recipes import Recipe
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
    """Run every stage of a RECIPE; run it again to go on after a stop."""
    import msgspec

    from curation.store import Store
    from gen.progress import Progress
    from gen.recipes import read_recipe
    from gen.run import run_recipe

    plan = read_recipe(recipe)
    if plan.train is not None:
        _check_training(plan)
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
        ("selected", f"{outcome.n_selected}"),
        *([("model", outcome.trained)] if outcome.trained else []),
        *((f"seconds: {stage}", f"{wall_s:.1f}") for stage, wall_s in outcome.seconds.items()),
        ("store", outcome.store),
        ("dataset", outcome.out),
    ]
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        print(f"{name:<{width}}  {value}")


def _train(plan: "Recipe", on_step: Advance) -> str:
    from gen.cli.training import train_model

    return str(train_model(_settings(plan), on_step=on_step).model)


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
        seed=plan.seed,
    )


def _check_training(plan: "Recipe") -> None:
    """Refuse a training that cannot work before hours of sampling, not after them."""
    from gen.cli.training import trainable
    from trainer import check_settings

    trainable(plan.model)
    check_settings(_settings(plan))
