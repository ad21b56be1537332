"""Solving on a Ray cluster: the store says what is lacking, Ray Data has it sampled and judged.

    done = solve_on_ray(problems, plan=plan, have=sampled(store, plan), run_id=run.run_id,
                        writer=writer, address="auto", meter=Meter())

This process alone writes. It hands problems out in passes, and stores rollouts and verdicts as
their blocks come back, so a killed driver goes on where it was. What a lost machine had not given
back, Ray has done again by another; what a pass did not bring, the next one asks for.

A pass is as large as the budget allows: every answer in it is paid for with its longest before any
is begun. An adaptive plan takes a pass for each of its stages. Each pass loads a `vllm:` or `cpu:`
model anew.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Self
from uuid import UUID

from gen.backends.base import (
    DEFAULT_OPTIONS,
    BackendOptions,
    Completion,
    ModelName,
    Request,
)
from gen.engines.blocks import Answer, Wanted, answers_in, asked
from gen.engines.ray_workers import Job, Solver
from gen.errors import BackendFailed
from gen.progress import Advance
from gen.solving import Outcomes, Plan, Sampled, Solving
from gen.spending import Meter
from gen.writer import Writer
from verifiers.errors import BadInput
from verifiers.ray_cluster import join
from verifiers.records import Problem, Rollout

log = logging.getLogger(__name__)

SAMPLES_A_BLOCK = 64
"""What a worker takes at a time, and gives back at once: what a lost machine can cost."""

BLOCKS_AT_ONCE = 4
"""Blocks that a machine works on: 256 samples are under way, as in one process."""

REQUESTS_A_PASS = 20_000
"""Bounds the driver's memory; large, because machines idle at the end of a pass."""

FRUITLESS_PASSES = 3
"""So many in a row that bring nothing are the end: the cluster is lost."""

Place = tuple[UUID, int]
"""A problem and the index of a sample."""


def solve_on_ray(
    problems: Sequence[Problem],
    *,
    plan: Plan,
    have: Outcomes,
    run_id: UUID,
    writer: Writer,
    address: str,
    meter: Meter,
    options: BackendOptions = DEFAULT_OPTIONS,
    on_rollout: Advance = lambda step: None,
    open_cluster: "Callable[[str, Job], Cluster] | None" = None,
) -> Sampled:
    """Give each problem the rollouts that it lacks, with their verdicts, as `solve` does.

    `address` is as in verifiers.ray_cluster.join; no cluster is joined where nothing is lacking.
    Raises BadInput for a cluster that is not there or options that mean one machine, BackendFailed
    where the model or the cluster is lost; what came back before is kept.
    """
    if options.batch is not None:
        raise BadInput("--batch and --engine ray exclude each other: a batch needs one machine")
    by_id = {problem.problem_id: problem for problem in problems}
    solving = Solving(problems, plan, have, adaptive=plan.adaptive)
    requests = solving.requests(meter)
    done = Sampled()
    job = Job(plan=plan, run_id=run_id, options=options)
    started = time.monotonic()
    with ExitStack() as stack:
        cluster: Cluster | None = None
        while wanted := [(by_id[one.key], one.sample_indexes) for one in _next_pass(requests)]:
            cluster = cluster or stack.enter_context((open_cluster or Cluster)(address, job))
            for answer in _all_of(wanted, cluster):
                rollout = answer.rollout
                solving.completed(_as_completion(rollout))
                meter.spend(
                    reserved=plan.sampling.max_tokens,
                    n_prompt_tokens=rollout.n_prompt_tokens,
                    n_tokens=rollout.n_tokens,
                )
                writer.put("rollouts", rollout)
                if answer.verdict is not None:
                    writer.put("verdicts", answer.verdict)
                    solving.judged(rollout, lambda step: None)(answer.verdict)
                writer.check()
                done.n_rollouts += 1
                done.n_tokens += rollout.n_tokens
                done.n_truncated += rollout.finish_reason == "length"
                on_rollout(1)
                if not meter.reserve(0):  # the time is up, or it has become too dear
                    done.stopped_by = meter.stopped_by
                    return done
                done.sampling_s = time.monotonic() - started
    done.stopped_by = meter.stopped_by if solving.unpaid else None
    return done


def _next_pass(requests: Iterator[Request | None]) -> list[Request]:
    """Requests until they must wait for what these bring; none where nothing is left."""
    found: list[Request] = []
    for request in requests:
        if request is not None:
            found.append(request)
        if len(found) == REQUESTS_A_PASS or (request is None and found):
            break
    return found


def _all_of(wanted: Sequence[Wanted], cluster: "Cluster") -> Iterator[Answer]:
    """Each answer once, asking again for those that did not come, while any come."""
    left = {(problem.problem_id, index) for problem, indexes in wanted for index in indexes}
    n_fruitless = 0
    while left:
        n_left = len(left)
        reason = "nothing came back"
        try:
            for answer in cluster.answers(_only(wanted, left)):
                place = (answer.rollout.problem_id, answer.rollout.sample_index)
                if place in left:
                    left.remove(place)
                    yield answer
        except cluster.errors as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[-1]
            log.warning("the cluster failed, going on with what is left: %s", reason)
        n_fruitless = n_fruitless + 1 if len(left) == n_left else 0
        if n_fruitless == FRUITLESS_PASSES:
            raise BackendFailed(
                f"the cluster at {cluster.address!r} is lost ({reason}); run the command again, "
                "finished completions are kept"
            )


def _only(wanted: Sequence[Wanted], left: set[Place]) -> Iterator[Wanted]:
    for problem, indexes in wanted:
        kept = tuple(index for index in indexes if (problem.problem_id, index) in left)
        if kept:
            yield problem, kept


def blocks_of(wanted: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """Problems by the block, of SAMPLES_A_BLOCK samples or a few more."""
    block: list[Wanted] = []
    n_samples = 0
    for one in wanted:
        block.append(one)
        n_samples += len(one[1])
        if n_samples >= SAMPLES_A_BLOCK:
            yield block
            block, n_samples = [], 0
    if block:
        yield block


class Cluster:
    """A Ray cluster that solves; use as a context manager."""

    def __init__(self, address: str, job: Job) -> None:
        self.address = address
        self._job = job

    def __enter__(self) -> Self:
        """Join the cluster; raises BadInput where it cannot be had, or has nothing to work with."""
        self._ray = join(self.address)
        from ray.data import DataContext
        from ray.exceptions import RayError

        self.errors = (RayError,)
        logging.getLogger("ray.data").setLevel(logging.CRITICAL)
        context = DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        return self

    def __exit__(self, *exc: object) -> None:
        self._ray.shutdown()

    def answers(self, wanted: Iterable[Wanted]) -> Iterator[Answer]:
        """One pass: answers as their blocks come; raises BackendFailed in a worker's words."""
        blocks = [asked(block) for block in blocks_of(wanted)]
        dataset = self._solved(self._ray.data.from_arrow(blocks), n_blocks=len(blocks))
        for block in dataset.iter_batches(batch_size=None, batch_format="pyarrow"):
            for answer in answers_in(block):
                if isinstance(answer, str):
                    raise BackendFailed(answer)
                yield answer

    def _solved(self, dataset: Any, *, n_blocks: int) -> Any:
        if ModelName.parse(self._job.plan.model).kind == "vllm":
            from gen.engines.ray_vllm import sampled_by_vllm

            return sampled_by_vllm(dataset, self._job, n_engines=self._n_engines())
        n_workers = min(self._n_machines(), n_blocks)
        return dataset.map_batches(
            Solver,
            fn_constructor_args=(self._share(n_workers),),
            batch_size=None,
            batch_format="pyarrow",
            # A pool that may shrink: an actor that has nothing left to do makes room for one
            # whose machine was lost.
            compute=self._ray.data.ActorPoolStrategy(
                min_size=1,
                max_size=n_workers,
                initial_size=n_workers,
                max_concurrent_calls_per_actor=BLOCKS_AT_ONCE,
                enable_true_multi_threading=True,
            ),
            num_cpus=1,
        )

    def _share(self, n_workers: int) -> Job:
        """The job with each worker's share of what a server allows."""
        options = self._job.options
        return replace(
            self._job,
            options=replace(
                options,
                requests_per_minute=_part(options.requests_per_minute, n_workers),
                tokens_per_minute=_part(options.tokens_per_minute, n_workers),
            ),
        )

    def _n_machines(self) -> int:
        nodes = [one for one in self._ray.nodes() if one["Alive"]]
        n = sum(one["Resources"].get("CPU", 0) >= 1 for one in nodes)
        if not n:
            raise BadInput(f"the Ray cluster at {self.address!r} has no CPUs to work on")
        return n

    def _n_engines(self) -> int:
        n_gpus = int(self._ray.cluster_resources().get("GPU", 0))
        n_each = self._job.options.tensor_parallel or 1
        if n_gpus < n_each:
            raise BadInput(
                f"{self._job.plan.model} needs {n_each} GPUs and the Ray cluster at "
                f"{self.address!r} has {n_gpus}: add machines, or use http:// or cpu:"
            )
        return n_gpus // n_each


def _part(rate: float | None, n: int) -> float | None:
    return None if rate is None else rate / n


def _as_completion(rollout: Rollout) -> Completion:
    return Completion(
        key=rollout.problem_id,
        sample_index=rollout.sample_index,
        text="",
        finish_reason=rollout.finish_reason,
        n_prompt_tokens=rollout.n_prompt_tokens,
        n_tokens=rollout.n_tokens,
    )
