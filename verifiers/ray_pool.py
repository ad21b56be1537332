"""Grading on many machines: a grading worker on each CPU of a Ray cluster.

    with RayPool("auto", wall_s=2.0) as pool:       # "local" starts a cluster on this machine
        pool.submit_many(tasks).result()            # a list of verdicts, in the tasks' order

It stands in for GradingPool where `gen grade` has more to judge than one machine can. Each actor
has a GradingPool of its own, with one worker; what a lost machine was judging is judged again by
another. Assay must be installed on all of them.
"""

import logging
import os
import socket
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Self

from verifiers.errors import BadInput
from verifiers.pool import GradingPool
from verifiers.records import Verdict
from verifiers.registry import find_verifier
from verifiers.sandbox.levels import DEFAULT, LEAST_LEVEL
from verifiers.worker import GradingTask

LOCAL = "local"

REACH_S = 10.0


class RayPool:
    """Verdicts from the workers of a Ray cluster; use as a context manager."""

    def __init__(self, address: str, *, wall_s: float = 2.0) -> None:
        """`address` is a cluster's, `auto` for the one that this machine is in, or `local`.

        `wall_s` is as in GradingPool. Raises BadInput where Ray is not installed.
        """
        try:
            import ray
        except ImportError:
            raise BadInput("grading on a cluster needs Ray: install assay[ray]") from None
        self._ray = ray
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
        """Join the cluster; raises BadInput where it cannot be reached."""
        level = os.environ.get(LEAST_LEVEL, DEFAULT)
        try:
            _reach(self._address)
            self._ray.init(
                None if self._address == LOCAL else self._address,
                log_to_driver=False,
                logging_level=logging.ERROR,
                include_dashboard=False if self._address == LOCAL else None,
                runtime_env={"env_vars": {LEAST_LEVEL: level}},
            )
        except (OSError, ValueError) as error:
            raise BadInput(f"no Ray cluster at {self._address!r}: {error}") from None
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

    def _done(self, place: int, n: int) -> None:
        with self._lock:
            self._pending[place] -= n


def _reach(address: str) -> None:
    """Raise OSError where nobody listens at HOST:PORT; Ray would try for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=REACH_S).close()


class _Worker:
    def __init__(self, wall_s: float) -> None:
        self._pool = GradingPool(workers=1, wall_s=wall_s).__enter__()

    def judge(self, tasks: list[GradingTask]) -> list[Verdict]:
        return self._pool.submit_many(tasks).result()
