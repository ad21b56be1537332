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
    """How much is done: for a GPU, for a CPU, and the least that goes through every part."""

    problems: int
    held_out: int
    samples: int
    budget_problems: int
    steps: int
    group_size: int
    batch_size: int
    save_steps: int
    teacher_samples: int
    per_problem: int
    distill_batch: int
    max_tokens: int


SCALES = {
    "gpu": Scale(
        problems=400, held_out=300, samples=4, budget_problems=300, steps=24, group_size=16,
        batch_size=256, save_steps=8, teacher_samples=4, per_problem=2, distill_batch=32,
        max_tokens=32,
    ),
    "cpu": Scale(
        problems=100, held_out=200, samples=2, budget_problems=100, steps=4, group_size=8,
        batch_size=32, save_steps=1, teacher_samples=4, per_problem=1, distill_batch=8,
        max_tokens=32,
    ),
    "smallest": Scale(
        problems=10, held_out=5, samples=2, budget_problems=6, steps=2, group_size=4,
        batch_size=8, save_steps=1, teacher_samples=2, per_problem=1, distill_batch=4,
        max_tokens=24,
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
    parser.add_argument(
        "--teacher",
        metavar="MODEL",
        help="a stronger model, named as for `gen solutions`, such as cpu:DIRECTORY with its "
        "weights; it is distilled in place of the policy that GRPO makes, and there is no GRPO",
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
    commands = Commands(out)
    _publish(_embedded(), out / "models" / BASE)
    with Served(out / "models", out / "server.log") as served:
        run = Experiment(options, scale, commands, served)
        commands.gen(
            *("problems", "--domain", "math", "--family", options.family, "-n", scale.problems),
            *("--seed", 1, "--store", out / "base.duckdb"),
        )
        shutil.copy(out / "base.duckdb", out / "taught.duckdb")
        if options.teacher is None:
            grpo = run.reinforced()
            # Chosen by what was seen in training: the held-out problems choose nothing.
            best = max(grpo, key=lambda rate: sum(grpo[rate]["rewards"][-8:]))
            teacher = f"grpo-{best}"
            distilled = run.distilled(served.name(teacher))
        else:
            grpo, teacher = {}, options.teacher
            run.evaluate(BASE)
            distilled = run.distilled(teacher)
    return {
        "device": _device(),
        "family": options.family,
        "scale": asdict(scale),
        "teacher": teacher,
        "evaluations": run.evaluations,
        "grpo": grpo,
        "distilled": distilled,
        "seconds": commands.seconds,
    }


class Experiment:
    """The parts of the experiment; `evaluations` has what `gen eval` told of each model."""

    def __init__(
        self, options: argparse.Namespace, scale: Scale, commands: Commands, served: Served
    ) -> None:
        self._options, self._scale = options, scale
        self._commands, self._served = commands, served
        self._out: Path = options.out
        self.evaluations: dict[str, Any] = {}

    def evaluate(self, name: str) -> None:
        """Measure a model that is served; all but the first against that one."""
        served, scale = self._served, self._scale
        against = () if name == BASE else ("--against", served.name(BASE))
        told = self._commands.gen(
            *("eval", f"families:math/{self._options.family}", "--model", served.name(name)),
            *(*against, "-n", scale.held_out, "--samples", scale.samples, "--seed", 7),
            *("--template", TEMPLATE, "--max-tokens", scale.max_tokens),
            *("--store", self._out / "base.duckdb"),
        )
        print(json.dumps(told), file=sys.stderr, flush=True)
        self.evaluations[name] = told

    def reinforced(self) -> dict[str, Any]:
        """Train a policy by GRPO for each learning rate, side by side, and evaluate each."""
        out, rates = self._out, self._options.rates or ["1e-5"]
        sample_and_choose(self._commands, out / "base.duckdb", self._served.name(BASE), self._scale)
        self._commands.gen(
            *("export", "chosen", "--format", "trl", "--out", out / "to-train"),
            *("--store", out / "base.duckdb"),
        )
        workers = max(1, (os.cpu_count() or 1) // max(2, len(rates)))
        with ThreadPoolExecutor() as pool:
            trainings = {rate: pool.submit(self._trained, rate, workers) for rate in rates}
            # The store is free while the policies train.
            self.evaluate(BASE)
            grpo = {rate: training.result() for rate, training in trainings.items()}
        for rate in rates:
            self.evaluate(f"grpo-{rate}")
        return grpo

    def _trained(self, rate: str, workers: int) -> dict[str, Any]:
        out, scale = self._out, self._scale
        result = self._commands.train(
            *(out / "to-train", "--model", "cpu:smollm2-135m", "--out", out / f"grpo-{rate}"),
            *("--group-size", scale.group_size, "--batch-size", scale.batch_size),
            *("--learning-rate", rate, "--max-tokens", scale.max_tokens),
            *("--save-steps", scale.save_steps, "--workers", workers),
            steps=self._options.steps or scale.steps,
            run=out / f"grpo-{rate}",
            seconds=self._options.train_seconds,
        )
        _publish(out / f"grpo-{rate}" / "model", out / "models" / f"grpo-{rate}")
        return result | {"rewards": _rewards(out / f"grpo-{rate}")}

    def distilled(self, teacher: str) -> dict[str, Any]:
        """Have the model imitate a teacher's verified responses, and evaluate it."""
        out, scale = self._out, self._scale
        judged = sample_and_choose(
            self._commands, out / "taught.duckdb", teacher, scale, samples=scale.teacher_samples
        )
        self._commands.gen(
            *("export", "chosen", "--format", "sft", "--out", out / "to-imitate"),
            *("--store", out / "taught.duckdb"),
        )
        result = self._commands.gen(
            *("distill", out / "to-imitate", "--model", "cpu:smollm2-135m"),
            *("--out", out / "distilled", "--per-problem", scale.per_problem),
            *("--batch-size", scale.distill_batch),
            *("--learning-rate", self._options.distill_rate, "--save-steps", 100_000),
        )
        _publish(out / "distilled" / "model", out / "models" / "distilled")
        self.evaluate("distilled")
        return result | {"judged": judged}


def sample_and_choose(
    commands: Commands, store: Path, model: str, scale: Scale, *, samples: int = SAMPLES_PRICED
) -> dict[str, Any]:
    """Sample a policy on a store's problems, judge, score and select; tells the verdicts."""
    commands.gen(
        *("solutions", "--model", model, "--samples", samples, *SAMPLING, "--temperature", "1.0"),
        *("--max-tokens", scale.max_tokens, "--store", store),
    )
    judged = commands.gen("verify", "--store", store)
    commands.gen("score", "--group-size", scale.group_size, "--store", store)
    commands.gen(
        *("select", "--name", "chosen", "--budget-problems", scale.budget_problems),
        *("--group-size", scale.group_size, "--store", store),
    )
    return judged


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
