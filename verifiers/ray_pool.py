"""Grading on many machines: a grading worker on each CPU of a Ray cluster.

    with RayPool("auto", wall_s=2.0) as pool:       # "local" starts a cluster on this machine
        pool.submit_many(tasks).result()            # a list of verdicts, in the tasks' order

It stands in for GradingPool where `gen grade` or `gen verify` has more to judge than one machine
can. Each actor has a GradingPool of its own, with one worker; what a lost machine was judging is
judged again by another. Assay must be installed on all of them.
"""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from itertools import islice
from typing import Any, Self

from verifiers.pool import BATCHES_AHEAD, MOST_AT_ONCE, GradingPool
from verifiers.ray_cluster import join
from verifiers.records import Verdict
from verifiers.registry import find_verifier
from verifiers.sandbox.levels import DEFAULT, LEAST_LEVEL
from verifiers.worker import GradingTask


class RayPool:
    """Verdicts from the workers of a Ray cluster; use as a context manager."""

    def __init__(self, address: str, *, wall_s: float = 2.0) -> None:
        """`address` is as in `join`, `wall_s` as in GradingPool."""
        self._ray: Any = None
        self._address = address
        self._wall_s = wall_s
        self._actors: list[Any] = []
        self._pending: list[int] = []
        self._lock = threading.Lock()

    @property
    def workers(self) -> int:
        """How many workers there are."""
        return len(self._actors)

    def __enter__(self) -> Self:
        """Join the cluster; raises BadInput where it cannot be reached, or Ray is not installed."""
        level = os.environ.get(LEAST_LEVEL, DEFAULT)
        self._ray = join(self._address, env_vars={LEAST_LEVEL: level})
        worker = self._ray.remote(num_cpus=1, max_restarts=-1, max_task_retries=-1)(_Worker)
        n = max(1, int(self._ray.cluster_resources().get("CPU", 1)))
        self._actors = [worker.remote(self._wall_s) for _ in range(n)]
        self._pending = [0] * n
        return self

    def __exit__(self, *exc: object) -> None:
        """Leave the cluster; what is not judged is given up."""
        for actor in self._actors:
            self._ray.kill(actor)
        self._ray.shutdown()

    def submit_many(self, tasks: Sequence[GradingTask]) -> "Future[list[Verdict]]":
        """Send tasks to the worker that has least to do; raises UnknownName."""
        for name in {task.verifier for task in tasks}:
            find_verifier(name)
        with self._lock:
            place = self._pending.index(min(self._pending))
            self._pending[place] += len(tasks)
        future = self._actors[place].judge.remote(list(tasks)).future()
        future.add_done_callback(lambda _: self._done(place, len(tasks)))
        return future

    def grade(self, tasks: Iterable[GradingTask]) -> Iterator[Verdict]:
        """Yield one verdict a task in the tasks' order, drawing on `tasks` as room appears."""
        remaining = iter(tasks)
        window: deque[Future[list[Verdict]]] = deque()
        while batch := list(islice(remaining, MOST_AT_ONCE)):
            window.append(self.submit_many(batch))
            if len(window) >= BATCHES_AHEAD * self.workers:
                yield from window.popleft().result()
        while window:
            yield from window.popleft().result()

    def _done(self, place: int, n: int) -> None:
        with self._lock:
            self._pending[place] -= n


class _Worker:
    def __init__(self, wall_s: float) -> None:
        self._pool = GradingPool(workers=1, wall_s=wall_s).__enter__()

    def judge(self, tasks: list[GradingTask]) -> list[Verdict]:
        return self._pool.submit_many(tasks).result()
