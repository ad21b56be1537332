"""Has a policy answer a benchmark, and tells what became of each completion.

    answered = answer_benchmark(store, benchmark, plan, run_id=run.run_id, meter=meter)
    answered.attempts[0].correct, answered.n_truncated

Completions are rollouts like any other, kept under the policy, its sampling and the template: an
evaluation that was killed goes on where it was, and one that was finished costs nothing again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from curation.store import Store
from gen.backends import Backend, open_backend
from gen.benchmarks import Benchmark
from gen.judging import TRUNCATED, judge_pending
from gen.progress import Progress
from gen.prompts import BY_VERIFIER, template_for
from gen.solving import Plan, lacking, sampled, solve
from gen.spending import Meter
from gen.writer import Writer
from verifiers.pool import GradingPool

WITHOUT_VOTE = ("code", "sql", "simulation", "repository")
"""Verifiers whose answers are programs: two that do the same are seldom written alike."""

COMPLETIONS = """
    SELECT problem_id, sample_index, correct, extracted, reason, finish_reason, n_tokens
    FROM results
    WHERE model = $model AND sampling = $sampling AND list_contains($templates, template)
        AND sample_index < $samples AND problem_id IN (SELECT unnest($ids::UUID[]))
    ORDER BY problem_id, sample_index
"""


@dataclass(slots=True)
class Answered:
    """One problem's completions, in the order of their samples: see `trainer.evaluation`."""

    correct: list[bool | None] = field(default_factory=list)
    answers: list[str | None] | None = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class BenchmarkAnswers:
    """What a policy did on a benchmark; `problems` are in the benchmark's order.

    `n_no_answer` counts rejected completions that came to their end and answered nothing.
    `stopped_by` is the bound of the budget that left completions out, None where nothing was.
    """

    problems: list[Answered]
    n_rollouts: int = 0
    n_truncated: int = 0
    n_no_answer: int = 0
    n_undecided: int = 0
    n_tokens: int = 0
    stopped_by: str | None = None


def answer_benchmark(
    store: Store,
    benchmark: Benchmark,
    plan: Plan,
    *,
    run_id: UUID,
    meter: Meter,
    workers: int | None = None,
    open_model: Callable[[str], Backend] = open_backend,
    progress: Progress,
) -> BenchmarkAnswers:
    """Sample and judge what is lacking; `store` must be writing. Raises BackendFailed."""
    store.add("problems", benchmark.stored(run_id))
    have = sampled(store, plan)
    n_lacking = lacking(benchmark.problems, plan, have)
    # The pool is left before the writer is: the last verdicts are kept.
    with Writer(store) as writer, GradingPool(workers=workers) as pool:
        judge_pending(store, pool=pool, run_id=run_id)
        done = solve(
            benchmark.problems,
            plan=plan,
            have=have,
            run_id=run_id,
            writer=writer,
            pool=pool,
            meter=meter,
            open_model=open_model,
            on_rollout=progress.bar("rollouts", total=n_lacking),
        )
    return _answers(store, benchmark, plan, done.stopped_by)


def _answers(
    store: Store, benchmark: Benchmark, plan: Plan, stopped_by: str | None
) -> BenchmarkAnswers:
    templates = [plan.template] if plan.template else [*BY_VERIFIER.values(), template_for("")]
    rows = store.rows(
        COMPLETIONS,
        {
            "model": plan.policy,
            "sampling": plan.sampling.canonical(),
            "templates": templates,
            "samples": plan.samples,
            "ids": [str(one.problem_id) for one in benchmark.problems],
        },
    )
    by_id = {one.problem_id: Answered() for one in benchmark.problems}
    found = BenchmarkAnswers(problems=list(by_id.values()), stopped_by=stopped_by)
    for problem_id, _, correct, extracted, reason, finish_reason, n_tokens in rows:
        answered = by_id[problem_id]
        answered.correct.append(correct)
        assert answered.answers is not None
        answered.answers.append(extracted)
        found.n_rollouts += 1
        found.n_tokens += n_tokens
        found.n_truncated += finish_reason == "length"
        found.n_undecided += correct is None
        silent = correct is False and extracted is None
        found.n_no_answer += silent and not (reason or "").startswith(TRUNCATED)
    for problem in benchmark.problems:
        if problem.verifier in WITHOUT_VOTE:
            by_id[problem.problem_id].answers = None
    return found
