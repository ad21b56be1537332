"""`gen train`: GRPO on an export, with the verifiers as the reward. `gen distill`: imitation.

$ gen train out/first --model cpu:smollm2-135m --out out/trained --steps 4
step 1: reward 0.250, 50% of groups flat, entropy 0.81, 57 tokens a completion, 11 tokens/s
4 steps, 64 completions: mean reward 0.250 -> 0.312; model in out/trained/model
$ gen distill out/taught --model cpu:smollm2-135m --out out/student
"""

from collections.abc import Callable
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

if TYPE_CHECKING:
    from trainer import ImitationMetrics, StepMetrics, TrainResult, TrainSettings

tensorboard_option = click.option(
    "--tensorboard", is_flag=True, help="Write event files to the run's directory too."
)


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
@click.option(
    "--loss",
    default="dapo",
    show_default=True,
    help="dapo, grpo, dr_grpo, bnpo, cispo, sapo, luspo or vespo, as TRL has them.",
)
@click.option(
    "--scale-rewards",
    help="What divides an advantage: group, batch or none; by default as the loss's paper has it.",
)
@click.option("--beta", type=float, default=0.0, show_default=True, help="Weight of the KL term.")
@click.option("--save-steps", type=int, default=50, show_default=True, help="Steps a checkpoint.")
@click.option(
    "--constant-steps",
    type=int,
    default=10,
    show_default=True,
    help="Stop after so many steps in which all rewards were alike.",
)
@click.option(
    "--vllm", help="Sample with vLLM on a GPU: colocate (in this process) or server (--vllm-url)."
)
@click.option(
    "--vllm-url",
    default="http://127.0.0.1:8000",
    show_default=True,
    help="The server of --vllm server; docs/training.md says how to start it.",
)
@tensorboard_option
@seed_option
@workers_option
@isolation_option
@json_option
@dry_run_option
def train(
    directory: Path,
    steps: int,
    batch_size: int,
    max_tokens: int,
    as_json: bool,
    dry_run: bool,
    **given: Any,
) -> None:
    """Train a policy on the export in DIRECTORY; run it again to go on after a stop.

    On several GPUs: accelerate launch -m gen train DIRECTORY ...
    """
    import msgspec

    from gen.progress import Progress
    from trainer import TrainSettings, check_settings
    from trainer.processes import is_main

    settings = TrainSettings(
        export=directory,
        steps=steps,
        batch_size=batch_size,
        max_completion_tokens=max_tokens,
        **given,
    )
    check_settings(settings)
    if dry_run:
        most = steps * batch_size * max_tokens
        sentence = f"{steps} steps would sample at most {most} tokens"
        report({"steps": steps, "most_tokens": most}, as_json=as_json, sentence=sentence)
        return
    if not is_main():
        train_model(settings, on_step=lambda metrics: None)
        return
    with Progress() as progress:
        advance = progress.bar("steps", total=steps)

        def tell(metrics: "StepMetrics") -> None:
            advance(1)
            progress.say(step_line(metrics))

        result = train_model(settings, on_step=tell)
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
@tensorboard_option
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
    from trainer.processes import is_main

    settings = DistillSettings(export=directory, **given)
    check_distill_settings(settings)
    settings = replace(settings, model=resolve_weights(trainable(settings.model)))
    if not is_main():
        distill_into(settings)
        return
    with Progress() as progress:
        advance = progress.bar("steps")

        def tell(metrics: "ImitationMetrics") -> None:
            advance(1)
            progress.say(step_line(metrics))

        result = distill_into(settings, on_step=tell)
    if as_json:
        print(msgspec.json.encode(result, enc_hook=str).decode())
        return
    left_out = f", {result.n_too_long} left out as too long" if result.n_too_long else ""
    print(
        f"{result.steps} steps on {result.n_examples} responses to {result.n_problems} problems"
        f"{left_out}: loss {result.loss_first:.3f} -> {result.loss_last:.3f}; "
        f"model in {result.model}"
    )


def train_model(
    settings: "TrainSettings", *, on_step: Callable[["StepMetrics"], None]
) -> "TrainResult":
    """Run a training whose `model` is named as `--model` is."""
    from dataclasses import replace

    from gen.backends.base import ModelName
    from gen.backends.embedded import resolve_weights
    from trainer import train as train_policy

    weights = resolve_weights(trainable(settings.model))
    policy = ModelName.parse(settings.model).policy
    settings = replace(settings, model=weights, policy=policy)
    return train_policy(settings, on_step=on_step)


def trainable(model: str) -> str:
    """The directory or Hub name behind `--model`; raises BadInput for a server's."""
    from gen.backends.base import ModelName
    from verifiers.errors import BadInput

    name = ModelName.parse(model)
    if name.kind == "http":
        raise BadInput(f"{model}: a server's weights cannot be trained; use cpu: or vllm:")
    return name.name


def step_line(metrics: "StepMetrics | ImitationMetrics") -> str:
    """What a step's line on the terminal says; all of it stands in metrics.jsonl."""
    from trainer import StepMetrics

    told = [f"{metrics.tokens_per_s:.0f} tokens/s"]
    if metrics.entropy is not None:
        told.insert(0, f"entropy {metrics.entropy:.2f}")
    if isinstance(metrics, StepMetrics):
        reward = "none" if metrics.reward_mean is None else f"{metrics.reward_mean:.3f}"
        told.insert(0, f"reward {reward}, {metrics.zero_spread:.0%} of groups flat")
        told.insert(-1, f"{metrics.completion_length:.0f} tokens a completion")
    else:
        told.insert(0, f"loss {metrics.loss:.3f}")
    return f"step {metrics.step}: {', '.join(told)}"
