"""What Ray's workers do: sample a block of problems, and judge what comes.

    solver = Solver(Job(plan=plan, run_id=run_id))     # on a worker: the model and graders ready
    solver(asked([(problem, (0, 1))]))                 # a block of rollouts with their verdicts

Several blocks are solved at once, in threads; all of them draw on one sampling of the model, which
so never drains between two blocks.
"""

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any
from uuid import UUID

import pyarrow as pa

from gen.backends.base import (
    DEFAULT_OPTIONS,
    BackendOptions,
    Completion,
    Request,
    open_backend,
)
from gen.engines.blocks import Answer, Wanted, answered, wanted_in
from gen.judging import task_of, verdict_on
from gen.solving import Plan, request_for, rollout_of
from verifiers.errors import AssayError
from verifiers.pool import GradingPool
from verifiers.records import Problem, Rollout
from verifiers.sandbox.levels import DEFAULT, LEAST_LEVEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every worker of a run is told; `isolation` is the least level for programs."""

    plan: Plan
    run_id: UUID
    options: BackendOptions = DEFAULT_OPTIONS
    isolation: str = field(default_factory=lambda: os.environ.get(LEAST_LEVEL, DEFAULT))


class Solver:
    """A model and graders on one machine; `__call__` may run in several threads."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._judge = Judge(job)
        self._sampling = _Sampling(job)

    def __call__(self, block: pa.Table) -> pa.Table:
        """Rollouts and verdicts for a block of problems; never raises what a model failed with."""
        wanted = wanted_in(block)
        completions, failure = self._sampling.complete(wanted)
        problems = {problem.problem_id: problem for problem, _ in wanted}
        rollouts = [
            (problem, rollout_of(problem, completion, self._job.plan, self._job.run_id))
            for completion in completions
            for problem in [problems[completion.key]]
        ]
        return answered(self._judge(rollouts), failure=failure)


class Judge:
    """Graders on one machine, one for each CPU that Ray counts there."""

    def __init__(self, job: Job) -> None:
        os.environ[LEAST_LEVEL] = job.isolation
        self._run_id = job.run_id
        self._pool = GradingPool(workers=_n_cpus()).__enter__()

    def __call__(self, rollouts: Sequence[tuple[Problem, Rollout]]) -> list[Answer]:
        """Each rollout with its verdict, in their order; may run in several threads."""
        tasks = [task_of(*one) for one in rollouts if one[1].finish_reason != "error"]
        verdicts = iter(self._pool.submit_many(tasks).result())
        return [
            Answer(rollout, None)
            if rollout.finish_reason == "error"
            else Answer(rollout, verdict_on(rollout, next(verdicts), self._run_id))
            for _, rollout in rollouts
        ]


class _Sampling:
    """One sampling of a model, for several threads: each gets the completions that it asked for."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._askers: dict[tuple[UUID, int], SimpleQueue[Completion | None]] = {}
        self._failure: str | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._run, name="sampling", daemon=True).start()

    def complete(self, wanted: Sequence[Wanted]) -> tuple[list[Completion], str | None]:
        """The completions and, where the model was lost before the last of them, how."""
        mine: SimpleQueue[Completion | None] = SimpleQueue()
        requests = [request_for(problem, indexes, self._job.plan) for problem, indexes in wanted]
        places = [(one.key, index) for one in requests for index in one.sample_indexes]
        with self._lock:
            if self._failure is not None:
                return [], self._failure
            self._askers.update(dict.fromkeys(places, mine))
        for request in requests:
            self._requests.put(request)
        found: list[Completion] = []
        while len(found) < len(places):
            completion = mine.get()
            if completion is None:
                return found, self._failure
            found.append(completion)
        return found, None

    def _run(self) -> None:
        plan = self._job.plan
        try:
            with open_backend(plan.model, self._job.options) as backend:
                for completion in backend.sample(self._drawn(), seed=plan.seed):
                    with self._lock:
                        asker = self._askers.pop((completion.key, completion.sample_index))
                    asker.put(completion)
        except Exception as error:
            told = (
                str(error) if isinstance(error, AssayError) else f"{type(error).__name__}: {error}"
            )
            with self._lock:
                self._failure = told
                for asker in self._askers.values():
                    asker.put(None)

    def _drawn(self) -> Iterator[Request | None]:
        while True:
            try:
                yield self._requests.get_nowait()
            except Empty:
                yield None


def _n_cpus() -> int:
    import ray

    if not ray.is_initialized():
        return 1
    here = ray.get_runtime_context().get_node_id()
    nodes: list[dict[str, Any]] = ray.nodes()
    return max(
        [1, *(int(one["Resources"].get("CPU", 1)) for one in nodes if one["NodeID"] == here)]
    )
