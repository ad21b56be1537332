"""Trains the embedded model on a family and measures what that was worth, with gen's own commands.

    $ python -m benchmarks.learning --out out/learning
    model          accuracy                 less the base            cut off
    base           0.310 (0.281 to 0.339)                            0.4%
    ...

See README.md for what is done in which order.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.learning.commands import BenchmarkFailed, Commands, Served

BASE = "base"
TEMPLATE = "math-shown-1"
SAMPLING = ("--template", TEMPLATE, "--top-p", "1.0")
SAMPLES_PRICED = 4
"""Rollouts a problem from which `gen score` learns what is worth training on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is done: for a GPU, and the least that goes through every part."""

    problems: int
    held_out: int
    samples: int
    budget_problems: int
    steps: int
    group_size: int
    batch_size: int
    teacher_samples: int
    per_problem: int
    distill_batch: int
    max_tokens: int


SCALES = {
    "gpu": Scale(
        problems=400, held_out=300, samples=4, budget_problems=300, steps=24, group_size=16,
        batch_size=256, teacher_samples=4, per_problem=2, distill_batch=32, max_tokens=32,
    ),
    "smallest": Scale(
        problems=10, held_out=5, samples=2, budget_problems=6, steps=2, group_size=4,
        batch_size=8, teacher_samples=2, per_problem=1, distill_batch=4, max_tokens=24,
    ),
}  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description="What training is worth.")
    parser.add_argument("--out", type=Path, default=Path("out/learning"))
    parser.add_argument("--scale", choices=SCALES, default="gpu")
    parser.add_argument("--family", default="arithmetic.sum")
    parser.add_argument("--steps", type=int, help="optimizer steps of GRPO; the scale's own")
    parser.add_argument(
        "--learning-rate", dest="rates", action="append", help="of GRPO; several train at once"
    )
    parser.add_argument("--distill-rate", default="1e-5")
    parser.add_argument(
        "--train-seconds", type=float, default=600.0, help="GRPO is ended early after that"
    )
    options = parser.parse_args()
    shutil.rmtree(options.out, ignore_errors=True)
    options.out.mkdir(parents=True)
    try:
        results = experiment(options, SCALES[options.scale])
    except BenchmarkFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    (options.out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    print(table(results))
    return 0


def experiment(options: argparse.Namespace, scale: Scale) -> dict[str, Any]:
    """Everything but the printing; the store, the models and the logs are left in `out`."""
    out: Path = options.out
    rates: list[str] = options.rates or ["1e-5"]
    commands = Commands(out)
    family, models = options.family, out / "models"
    workers = max(1, (os.cpu_count() or 1) // max(2, len(rates)))
    _publish(_embedded(), models / BASE)
    with Served(models, out / "server.log") as served:
        commands.gen(
            *("problems", "--domain", "math", "--family", family, "-n", scale.problems),
            *("--seed", 1, "--store", out / "base.duckdb"),
        )
        shutil.copy(out / "base.duckdb", out / "taught.duckdb")
        sample_and_choose(commands, out / "base.duckdb", served.name(BASE), scale)
        commands.gen(
            *("export", "chosen", "--format", "trl", "--out", out / "to-train"),
            *("--store", out / "base.duckdb"),
        )

        def evaluated(name: str) -> dict[str, Any]:
            against = () if name == BASE else ("--against", served.name(BASE))
            told = commands.gen(
                *("eval", f"families:math/{family}", "--model", served.name(name), *against),
                *("-n", scale.held_out, "--samples", scale.samples, "--seed", 7),
                *("--template", TEMPLATE, "--max-tokens", scale.max_tokens),
                *("--store", out / "base.duckdb"),
            )
            print(json.dumps(told), file=sys.stderr, flush=True)
            return told

        def trained(rate: str) -> dict[str, Any]:
            result = commands.train(
                *(out / "to-train", "--model", "cpu:smollm2-135m", "--out", out / f"grpo-{rate}"),
                *("--group-size", scale.group_size, "--batch-size", scale.batch_size),
                *("--learning-rate", rate, "--max-tokens", scale.max_tokens, "--save-steps", 8),
                *("--workers", workers),
                steps=options.steps or scale.steps,
                run=out / f"grpo-{rate}",
                seconds=options.train_seconds,
            )
            _publish(out / f"grpo-{rate}" / "model", models / f"grpo-{rate}")
            return result | {"rewards": _rewards(out / f"grpo-{rate}")}

        evaluations: dict[str, Any] = {}
        with ThreadPoolExecutor() as pool:
            trainings = {rate: pool.submit(trained, rate) for rate in rates}
            # The store is free while the policies train.
            evaluations[BASE] = evaluated(BASE)
            grpo = {rate: training.result() for rate, training in trainings.items()}
        for rate in rates:
            evaluations[f"grpo-{rate}"] = evaluated(f"grpo-{rate}")

        # Chosen by what was seen in training: the held-out problems choose nothing.
        best = max(rates, key=lambda rate: sum(grpo[rate]["rewards"][-8:]))
        teacher = served.name(f"grpo-{best}")
        sample_and_choose(
            commands, out / "taught.duckdb", teacher, scale, samples=scale.teacher_samples
        )
        commands.gen(
            *("export", "chosen", "--format", "sft", "--out", out / "to-imitate"),
            *("--store", out / "taught.duckdb"),
        )
        distilled = commands.gen(
            *("distill", out / "to-imitate", "--model", "cpu:smollm2-135m"),
            *("--out", out / "distilled", "--per-problem", scale.per_problem),
            *("--batch-size", scale.distill_batch, "--learning-rate", options.distill_rate),
            *("--save-steps", 100_000),
        )
        _publish(out / "distilled" / "model", models / "distilled")
        evaluations["distilled"] = evaluated("distilled")
    return {
        "device": _device(),
        "family": family,
        "scale": asdict(scale),
        "teacher": f"grpo-{best}",
        "evaluations": evaluations,
        "grpo": grpo,
        "distilled": distilled,
        "seconds": commands.seconds,
    }


def sample_and_choose(
    commands: Commands, store: Path, model: str, scale: Scale, *, samples: int = SAMPLES_PRICED
) -> None:
    """Sample a policy on a store's problems, judge, score and select."""
    commands.gen(
        *("solutions", "--model", model, "--samples", samples, *SAMPLING, "--temperature", "1.0"),
        *("--max-tokens", scale.max_tokens, "--store", store),
    )
    commands.gen("verify", "--store", store)
    commands.gen("score", "--group-size", scale.group_size, "--store", store)
    commands.gen(
        *("select", "--name", "chosen", "--budget-problems", scale.budget_problems),
        *("--group-size", scale.group_size, "--store", store),
    )


def table(results: dict[str, Any]) -> str:
    """The accuracies with their intervals, each trained model's less the base's."""
    lines = [f"{'model':<14} {'accuracy':<24} {'less the base':<26} cut off"]
    for name, told in results["evaluations"].items():
        one = told["evaluations"][0]
        difference = told.get("comparison", {}).get("difference")
        shown = _interval(difference.values(), "+.3f") if difference else ""
        accuracy = _interval([one["accuracy"], one["accuracy_low"], one["accuracy_high"]], ".3f")
        cut = one["n_truncated"] / one["n_rollouts"]
        lines.append(f"{name:<14} {accuracy:<24} {shown:<26} {cut:.1%}")
    return "\n".join([results["device"], *lines])


def _interval(values: Any, form: str) -> str:
    value, low, high = values
    return f"{value:{form}} ({low:{form}} to {high:{form}})"


def _rewards(run: Path) -> list[float]:
    lines = (run / "metrics.jsonl").read_text().splitlines()
    return [json.loads(line)["reward_mean"] or 0.0 for line in lines]


def _publish(weights: Path, place: Path) -> None:
    """Let the server have a model, under the name of `place`."""
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(weights.resolve(), target_is_directory=True)


def _embedded() -> Path:
    """The embedded model's directory; converted in a process of its own, torch being heavy."""
    code = "from gen.backends.embedded import resolve_weights as r; print(r('smollm2-135m'))"
    command: Sequence[str] = (sys.executable, "-c", code)
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip())


def _device() -> str:
    try:
        told = subprocess.run(
            ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"],
            capture_output=True,
            text=True,
        )
        return told.stdout.strip() or platform.processor()
    except FileNotFoundError:
        return f"{platform.machine()} CPU"


if __name__ == "__main__":
    started = time.monotonic()
    status = main()
    print(f"{time.monotonic() - started:.0f} s", file=sys.stderr)
    raise SystemExit(status)
