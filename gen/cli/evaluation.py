"""`gen eval`: how a policy does on a benchmark, and whether it does better than another.

$ gen eval families:math/arithmetic.sum --model http://HOST/v1#adder -n 20 --samples 3
families:math/arithmetic.sum, 20 problems x 3: accuracy 0.283 (0.117 to 0.467), pass@2 0.383,
majority 0.317 (0.150 to 0.517); 0.0% cut off, 0.0% without an answer, 0 undecided
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gen.cli.backends import backend_options
from gen.cli.options import (
    dry_run_option,
    isolation_option,
    json_option,
    mapping,
    model_option,
    report,
    seed_option,
    store_option,
    workers_option,
)
from gen.cli.spending import spending_options

if TYPE_CHECKING:
    from curation.records import Evaluation
    from curation.store import Store
    from gen.backends import Backend
    from gen.benchmarks import Benchmark
    from gen.evaluating import BenchmarkAnswers
    from gen.solving import Plan
    from gen.spending import Budget
    from trainer.evaluation import Comparison


@click.command("eval")
@click.argument("benchmark")
@model_option
@click.option("--against", metavar="MODEL", help="Evaluate this one too, and compare the two.")
@click.option("--domain", help="The domain of a file's problems; told by their form unless given.")
@click.option(
    "--field",
    "fields",
    multiple=True,
    metavar="OURS=THEIRS",
    help="Where a file keeps prompt, ground_truth, level or reference; repeatable.",
)
@click.option("-n", "--limit", "n", type=click.IntRange(1), help="Only so many problems.")
@click.option("--samples", type=click.IntRange(1), default=4, show_default=True)
@click.option("--template", help="How problems are asked; each verifier's own unless given.")
@click.option("--temperature", type=click.FloatRange(0), default=0.6, show_default=True)
@click.option("--top-p", type=click.FloatRange(0, 1), default=0.95, show_default=True)
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    default=1024,
    show_default=True,
    help="Longest completion, in tokens.",
)
@click.option("--thinking-tokens", type=click.IntRange(0), help="Of these, for thinking.")
@backend_options
@spending_options
@seed_option
@workers_option
@isolation_option
@store_option
@json_option
@dry_run_option
def evaluate(
    benchmark: str,
    model: str,
    against: str | None,
    domain: str | None,
    fields: tuple[str, ...],
    n: int | None,
    samples: int,
    template: str | None,
    temperature: float,
    top_p: float,
    max_tokens: int,
    thinking_tokens: int | None,
    budget: "Budget",
    open_model: "Callable[[str], Backend]",
    seed: int,
    workers: int | None,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Evaluate a policy on a BENCHMARK: a name, a file, hf:NAME, or families:DOMAIN[/FAMILY].

    Names: math-500, aime-2024, gsm8k, humaneval, mbpp, from the Hub. Problems of families are made
    afresh, and are none that the store has to train on. Sampling is that of DeepSeek-R1's report
    (https://arxiv.org/abs/2501.12948, section 3) unless given.
    """
    import msgspec

    from curation.store import Store
    from gen.backends.base import ModelName, Sampling
    from gen.benchmarks import open_benchmark
    from gen.prompts import template_for
    from gen.solving import Plan

    policies = [model, *([against] if against else [])]
    for one in policies:
        ModelName.parse(one)
    sampling = Sampling(
        temperature=temperature,
        top_p=top_p,
        max_tokens=max_tokens,
        thinking_tokens=thinking_tokens,
    )
    template = template_for("", chosen=template) if template else None
    plans = [
        Plan(model=one, sampling=sampling, template=template, samples=samples, seed=seed)
        for one in policies
    ]
    target = Store(store)
    opened = open_benchmark(
        benchmark, target, domain=domain, fields=mapping(fields), n=n, seed=seed
    )
    if dry_run:
        most = len(opened.problems) * samples * max_tokens * len(plans)
        values = {"problems": len(opened.problems), "samples": samples, "most_tokens": most}
        sentence = f"{len(opened.problems)} problems x {samples}: at most {most} tokens"
        report(values, as_json=as_json, sentence=sentence)
        return
    store.parent.mkdir(parents=True, exist_ok=True)
    with target.writing("gen eval"):
        evaluated = [
            evaluate_on(target, opened, plan, budget, workers=workers, open_model=open_model)
            for plan in plans
        ]
    comparison = _compared(evaluated)
    values: dict[str, Any] = {"evaluations": [_fields(one) for one, _ in evaluated]}
    if comparison is not None:
        values["comparison"] = comparison
    sentences = [
        _told(one, answers.stopped_by, with_model=bool(against)) for one, answers in evaluated
    ]
    if comparison is not None:
        sentences.append(_told_comparison(comparison, plans))
    report(msgspec.to_builtins(values), as_json=as_json, sentence="\n".join(sentences))


Evaluated = tuple["Evaluation", "BenchmarkAnswers"]


def evaluate_on(
    store: "Store",
    benchmark: "Benchmark",
    plan: "Plan",
    budget: "Budget",
    *,
    workers: int | None = None,
    open_model: "Callable[[str], Backend]",
) -> Evaluated:
    """Have a policy answer the benchmark, and keep how it did; `store` must be writing."""
    import msgspec

    from curation.records import Evaluation
    from gen.evaluating import answer_benchmark
    from gen.progress import Progress
    from gen.runs import running
    from gen.spending import Meter
    from trainer.evaluation import measure

    meter = Meter(budget)
    parameters = {
        "benchmark": benchmark.name,
        "model": plan.policy,
        "sampling": plan.sampling.canonical(),
        "template": plan.template,
        "samples": plan.samples,
    }
    with (
        running(store, "eval", parameters, seed=plan.seed, meter=meter) as run,
        Progress() as progress,
    ):
        answers = answer_benchmark(
            store,
            benchmark,
            plan,
            run_id=run.run_id,
            meter=meter,
            workers=workers,
            open_model=open_model,
            progress=progress,
        )
        found = measure(_attempts(answers))
        accuracy, majority = found.accuracy, found.majority
        evaluation = Evaluation(
            benchmark=benchmark.name,
            model=plan.policy,
            sampling=plan.sampling.canonical(),
            template=plan.template,
            n_problems=len(benchmark.problems),
            samples=plan.samples,
            accuracy=accuracy and accuracy.value,
            accuracy_low=accuracy and accuracy.low,
            accuracy_high=accuracy and accuracy.high,
            pass_at=msgspec.json.encode(found.pass_at).decode(),
            majority=majority and majority.value,
            majority_low=majority and majority.low,
            majority_high=majority and majority.high,
            n_rollouts=answers.n_rollouts,
            n_truncated=answers.n_truncated,
            n_no_answer=answers.n_no_answer,
            n_undecided=answers.n_undecided,
            n_tokens=answers.n_tokens,
            n_trainable=benchmark.n_trainable,
            run_id=run.run_id,
        )
        store.put("evaluations", [evaluation])
    return evaluation, answers


def _attempts(answers: "BenchmarkAnswers") -> list[Any]:
    from trainer.evaluation import Attempts

    return [Attempts(correct=one.correct, answers=one.answers) for one in answers.problems]


def _compared(evaluated: list[Evaluated]) -> "Comparison | None":
    from trainer.evaluation import compare

    if len(evaluated) < 2:
        return None
    first, second = (_attempts(answers) for _, answers in evaluated)
    return compare(first, second)


def _fields(evaluation: "Evaluation") -> dict[str, Any]:
    import msgspec

    return msgspec.to_builtins(evaluation) | {"pass_at": msgspec.json.decode(evaluation.pass_at)}


def _told(one: "Evaluation", stopped_by: str | None, *, with_model: bool) -> str:
    import msgspec

    head = f"{one.benchmark}, {one.n_problems} problems x {one.samples}"
    head = f"{one.model} on {head}" if with_model else head
    stopped = f"; stopped by the budget of {stopped_by}" if stopped_by else ""
    warning = (
        f"\n{one.n_trainable} of these problems are in the store to be trained on: run "
        "`gen decontaminate`" if one.n_trainable else ""
    )  # fmt: skip
    if one.accuracy is None:
        return f"{head}: nothing was decided ({one.n_rollouts} completions){stopped}{warning}"
    tries = msgspec.json.decode(one.pass_at, type=dict[int, float])
    most = max(tries)
    parts = [_interval("accuracy", one.accuracy, one.accuracy_low, one.accuracy_high)]
    parts += [f"pass@{most} {tries[most]:.3f}"] if most > 1 else []
    if one.majority is not None and one.samples > 1:
        parts.append(_interval("majority", one.majority, one.majority_low, one.majority_high))
    shares = f"{one.n_truncated / one.n_rollouts:.1%} cut off, "
    shares += f"{one.n_no_answer / one.n_rollouts:.1%} without an answer, "
    return f"{head}: {', '.join(parts)}; {shares}{one.n_undecided} undecided{stopped}{warning}"


def _told_comparison(found: "Comparison", plans: "list[Plan]") -> str:
    first, second = (plan.policy for plan in plans)
    interval = _interval(
        "difference", found.difference.value, found.difference.low, found.difference.high, "+.3f"
    )
    return (
        f"{first} less {second}, {found.n_problems} problems: {interval}, "
        f"better in {found.p_better:.1%} of resamples"
    )


def _interval(
    name: str, value: float, low: float | None, high: float | None, form: str = ".3f"
) -> str:
    return f"{name} {value:{form}} ({low:{form}} to {high:{form}})"
