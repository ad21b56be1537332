"""`gen train`: GRPO on an export, with the verifiers as the reward. `gen distill`: imitation.

$ gen train out/first --model cpu:smollm2-135m --out out/trained --steps 4
4 steps, 64 completions: mean reward 0.250 -> 0.312; model in out/trained/model
$ gen distill out/taught --model cpu:smollm2-135m --out out/student
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gen.cli.options import (
    dry_run_option,
    isolation_option,
    json_option,
    model_option,
    report,
    seed_option,
    workers_option,
)
from gen.progress import Advance

if TYPE_CHECKING:
    from trainer import TrainResult, TrainSettings


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@model_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Directory of the run.")
@click.option("--steps", type=int, default=100, show_default=True)
@click.option("--group-size", type=int, default=8, show_default=True, help="Completions a problem.")
@click.option("--batch-size", type=int, default=32, show_default=True, help="Completions a step.")
@click.option("--learning-rate", type=float, default=1e-6, show_default=True)
@click.option("--max-tokens", type=int, default=256, show_default=True, help="Longest completion.")
@click.option("--temperature", type=float, default=1.0, show_default=True)
@click.option("--lora-rank", type=int, default=0, show_default=True, help="0 trains all weights.")
@click.option("--beta", type=float, default=0.0, show_default=True, help="Weight of the KL term.")
@click.option("--save-steps", type=int, default=50, show_default=True, help="Steps a checkpoint.")
@seed_option
@workers_option
@isolation_option
@json_option
@dry_run_option
def train(
    directory: Path,
    model: str,
    out: Path,
    steps: int,
    group_size: int,
    batch_size: int,
    learning_rate: float,
    max_tokens: int,
    temperature: float,
    lora_rank: int,
    beta: float,
    save_steps: int,
    seed: int,
    workers: int | None,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Train a policy on the export in DIRECTORY; run it again to go on after a stop."""
    import msgspec

    from gen.progress import Progress
    from trainer import TrainSettings

    settings = TrainSettings(
        export=directory,
        model=model,
        out=out,
        steps=steps,
        group_size=group_size,
        batch_size=batch_size,
        learning_rate=learning_rate,
        max_completion_tokens=max_tokens,
        temperature=temperature,
        seed=seed,
        lora_rank=lora_rank,
        beta=beta,
        save_steps=save_steps,
        workers=workers,
    )
    if dry_run:
        most = steps * batch_size * max_tokens
        sentence = f"{steps} steps would sample at most {most} tokens"
        report({"steps": steps, "most_tokens": most}, as_json=as_json, sentence=sentence)
        return
    with Progress() as progress:
        result = train_model(settings, on_step=progress.bar("steps", total=steps))
    if as_json:
        print(msgspec.json.encode(result, enc_hook=str).decode())
        return
    print(
        f"{result.steps} steps, {result.completions} completions: mean reward "
        f"{result.reward_first:.3f} -> {result.reward_last:.3f}; model in {result.model}"
    )
    if result.constant_reward is not None:
        print(f"every reward was {result.constant_reward:g}: nothing was learnt from this data")


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@model_option
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Directory of the run.")
@click.option("--epochs", type=int, default=2, show_default=True)
@click.option(
    "--per-problem", type=int, default=4, show_default=True, help="Responses imitated a problem."
)
@click.option(
    "--max-tokens", type=int, default=2048, show_default=True, help="Longest prompt and response."
)
@click.option("--batch-size", type=int, default=16, show_default=True, help="Responses a step.")
@click.option(
    "--micro-batch-size", type=int, help="Of these, how many at a time; all unless given."
)
@click.option("--learning-rate", type=float, default=1e-5, show_default=True)
@click.option("--lora-rank", type=int, default=0, show_default=True, help="0 trains all weights.")
@click.option("--save-steps", type=int, default=50, show_default=True, help="Steps a checkpoint.")
@seed_option
@json_option
def distill(directory: Path, as_json: bool, **given: Any) -> None:
    """Have a model imitate the verified responses of the `sft` export in DIRECTORY.

    Of each problem the briefest response is taken, then those least like the ones taken already.
    Run it again to go on after a stop.
    """
    from dataclasses import replace

    import msgspec

    from gen.backends.embedded import resolve_weights
    from gen.progress import Progress
    from trainer import DistillSettings, check_distill_settings
    from trainer import distill as distill_into

    settings = DistillSettings(export=directory, **given)
    check_distill_settings(settings)
    weights = resolve_weights(trainable(settings.model))
    with Progress() as progress:
        advance = progress.bar("steps")
        result = distill_into(replace(settings, model=weights), on_step=lambda metrics: advance(1))
    if as_json:
        print(msgspec.json.encode(result, enc_hook=str).decode())
        return
    left_out = f", {result.n_too_long} left out as too long" if result.n_too_long else ""
    print(
        f"{result.steps} steps on {result.n_examples} responses to {result.n_problems} problems"
        f"{left_out}: loss {result.loss_first:.3f} -> {result.loss_last:.3f}; "
        f"model in {result.model}"
    )


def train_model(settings: "TrainSettings", *, on_step: Advance) -> "TrainResult":
    """Run a training whose `model` is named as `--model` is."""
    from dataclasses import replace

    from gen.backends.base import ModelName
    from gen.backends.embedded import resolve_weights
    from trainer import train as train_policy

    weights = resolve_weights(trainable(settings.model))
    policy = ModelName.parse(settings.model).policy
    settings = replace(settings, model=weights, policy=policy)
    return train_policy(settings, on_step=lambda metrics: on_step(1))


def trainable(model: str) -> str:
    """The directory or Hub name behind `--model`; raises BadInput for a server's."""
    from gen.backends.base import ModelName
    from verifiers.errors import BadInput

    name = ModelName.parse(model)
    if name.kind == "http":
        raise BadInput(f"{model}: a server's weights cannot be trained; use cpu: or vllm:")
    return name.name
