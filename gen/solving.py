"""Samples a policy on problems, and judges each rollout while the next ones are sampled.

    counts = solve(problems, model="cpu:smollm2-135m", sampling=Sampling(), samples=8, seed=0,
                   have=sampled(store, ...), run_id=run.run_id, writer=writer, pool=pool)

Problems may be an iterator that is still being filled: the model is loaded at the first problem
that lacks a rollout, so generation, loading, sampling, judging and storing overlap.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from curation.store import Store
from gen.backends import Completion, ModelName, Request, Sampling, open_backend
from gen.judging import judge_later
from gen.progress import Advance
from gen.prompts import BY_VERIFIER, chat, template_for
from gen.writer import Writer
from verifiers.pool import GradingPool
from verifiers.records import Problem, Rollout


@dataclass(slots=True)
class Sampled:
    """What a stage of sampling did; seconds are wall time."""

    n_rollouts: int = 0
    n_tokens: int = 0
    loading_s: float = 0.0
    sampling_s: float = 0.0


def sample_indexes(
    store: Store, *, model: str, sampling: Sampling, template: str | None
) -> dict[UUID, set[int]]:
    """The sample indexes that each problem already has from a policy under these settings.

    `template` is the one chosen for all problems, None where each verifier has its own.
    """
    templates = [template] if template else [*BY_VERIFIER.values(), template_for("")]
    rows = store.rows(
        "SELECT problem_id, list(sample_index) FROM rollouts "
        "WHERE model = ? AND sampling = ? AND list_contains(?, template) GROUP BY problem_id",
        (ModelName.parse(model).policy, sampling.canonical(), templates),
    )
    return {problem_id: set(indexes) for problem_id, indexes in rows}


def solve(
    problems: Iterable[Problem],
    *,
    model: str,
    sampling: Sampling,
    template: str | None,
    samples: int,
    seed: int,
    have: Mapping[UUID, set[int]],
    run_id: UUID,
    writer: Writer,
    pool: GradingPool | None = None,
    on_rollout: Advance = lambda step: None,
    on_verdict: Advance = lambda step: None,
) -> Sampled:
    """Give each problem the rollouts that it lacks of `samples`; with a pool, their verdicts too.

    Raises BackendFailed where the model cannot be had or is lost; what was sampled is kept.
    """
    done = Sampled()
    waiting: dict[UUID, tuple[Problem, int]] = {}

    def requests() -> Iterator[Request]:
        for problem in problems:
            present = have.get(problem.problem_id, ())
            missing = tuple(index for index in range(samples) if index not in present)
            if missing and problem.quarantine is None:
                waiting[problem.problem_id] = (problem, len(missing))
                yield Request(
                    key=problem.problem_id,
                    messages=chat(
                        problem.prompt, template=template_for(problem.verifier, chosen=template)
                    ),
                    sample_indexes=missing,
                    sampling=sampling,
                )

    lacking = requests()
    first = next(lacking, None)
    if first is None:
        return done
    started = time.monotonic()
    with open_backend(model) as backend:
        done.loading_s = time.monotonic() - started
        for completion in backend.sample(chain([first], lacking), seed=seed):
            problem, n_left = waiting.pop(completion.key)
            if n_left > 1:
                waiting[completion.key] = (problem, n_left - 1)
            rollout = _rollout(problem, completion, model, sampling, template, run_id)
            writer.put("rollouts", rollout)
            writer.check()
            if pool is not None:
                judge_later(
                    problem,
                    rollout,
                    pool=pool,
                    writer=writer,
                    run_id=run_id,
                    on_verdict=on_verdict,
                )
            done.n_rollouts += 1
            done.n_tokens += rollout.n_tokens
            on_rollout(1)
    done.sampling_s = time.monotonic() - started - done.loading_s
    return done


def _rollout(
    problem: Problem,
    completion: Completion,
    model: str,
    sampling: Sampling,
    template: str | None,
    run_id: UUID,
) -> Rollout:
    return Rollout(
        problem_id=problem.problem_id,
        model=ModelName.parse(model).policy,
        sampling=sampling.canonical(),
        template=template_for(problem.verifier, chosen=template),
        sample_index=completion.sample_index,
        completion=completion.text,
        thinking=completion.thinking,
        finish_reason=completion.finish_reason,
        n_prompt_tokens=completion.n_prompt_tokens,
        n_tokens=completion.n_tokens,
        n_thinking_tokens=completion.n_thinking_tokens,
        run_id=run_id,
    )
