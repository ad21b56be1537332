"""Grading in parallel: pre-started workers that may hang, crash or grow, and are then replaced.

    with GradingPool(workers=2, wall_s=2.0) as pool:
        for verdict in pool.grade([GradingTask(verifier="math", ground_truth="5",
                                               completion="\\\\boxed{5}")]):
            verdict.outcome
        pool.submit_many(tasks).result()     # a list of verdicts, in the tasks' order

The same pool serves `gen grade`, `gen verify`, `gen run`, the reward server and the trainer. A
worker that exceeds `wall_s` on one task is killed, and so is one that outgrows `memory_mb`; whose
fault it was is found out in grader.py. A thread a worker takes tasks from one queue, in chunks that
fill a message where many wait and that all workers share where few do.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple, Self

from verifiers.errors import BadInput
from verifiers.forkserver import ForkServer
from verifiers.grader import Grader, undecided
from verifiers.records import Verdict
from verifiers.registry import find_verifier
from verifiers.worker import GradingTask

MOST_AT_ONCE = 256
"""Tasks handed to a worker in one message; each is still timed on its own."""

CHUNK_S = 0.1
"""Seconds of work handed to a worker in one message, by what its tasks took of late."""

MOST_WAITING = 10_000
"""Tasks waiting at which a submitter is made to wait: a fast sampler must not fill the memory."""

BATCHES_AHEAD = 8
"""Batches a worker that `grade` draws on its input ahead of the verdicts it gives."""

__all__ = ["GradingPool", "GradingTask"]


class GradingPool:
    """Verdicts from worker processes; use as a context manager."""

    def __init__(
        self, *, workers: int | None = None, wall_s: float = 2.0, memory_mb: int = 4096
    ) -> None:
        """`wall_s` is wall-clock seconds a task may take, `memory_mb` MiB a worker may map.

        Raises BadInput for a `wall_s` outside 0.01 to 86,400.
        """
        if not 0.01 <= wall_s <= 86_400:
            raise BadInput(f"wall_s is {wall_s:g}: give seconds from 0.01 to 86400")
        self.workers = workers or os.cpu_count() or 1
        self._server = ForkServer(wall_s=wall_s, memory_mb=memory_mb)
        self._graders = [Grader(self._server, wall_s=wall_s) for _ in range(self.workers)]
        self._threads = [
            threading.Thread(target=self._supervise, args=(grader,), name="grader", daemon=True)
            for grader in self._graders
        ]
        self._queue: deque[_Batch] = deque()
        self._n_waiting = 0
        self._open = False
        self._interrupted = False
        lock = threading.Lock()
        self._work, self._room = threading.Condition(lock), threading.Condition(lock)

    def __enter__(self) -> Self:
        self._open = True
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        """Judge what waits; after an error, kill the workers and cancel what is not judged."""
        with self._work:
            self._open = False
            self._interrupted = exc[0] is not None
            self._work.notify_all()
            self._room.notify_all()
        if self._interrupted:
            self._server.close()
        for thread in self._threads:
            thread.join()
        self._server.close()
        for batch in self._queue:
            if not batch.future.done() and not batch.future.cancel():
                batch.future.set_exception(CancelledError("the grading pool was interrupted"))

    @property
    def restarts(self) -> int:
        """How many workers have been replaced."""
        return sum(max(0, grader.starts - 1) for grader in self._graders)

    def submit_many(self, tasks: Sequence[GradingTask]) -> "Future[list[Verdict]]":
        """Queue tasks; the future always gets a verdict for each, never a verifier's exception.

        Blocks while thousands wait already. A future may be cancelled until its tasks are begun,
        and is where the pool's block ends by an error. Raises UnknownName where no verifier has a
        task's name, RuntimeError outside the pool's block.
        """
        return self._enqueue(tasks, list)

    def submit(self, task: GradingTask) -> "Future[Verdict]":
        """Queue one task, as `submit_many` does."""
        return self._enqueue([task], itemgetter(0))

    def grade(self, tasks: Iterable[GradingTask]) -> Iterator[Verdict]:
        """Yield one verdict a task in the tasks' order, drawing on `tasks` as room appears."""
        remaining = iter(tasks)
        window: deque[Future[list[Verdict]]] = deque()
        try:
            while batch := list(islice(remaining, MOST_AT_ONCE)):
                window.append(self.submit_many(batch))
                if len(window) >= BATCHES_AHEAD * self.workers:
                    yield from window.popleft().result()
            while window:
                yield from window.popleft().result()
        finally:
            for future in window:  # the caller wants no more
                future.cancel()

    def _enqueue(
        self, tasks: Sequence[GradingTask], pick: Callable[[list[Verdict]], Any]
    ) -> "Future[Any]":
        for name in {task.verifier for task in tasks}:
            find_verifier(name)
        batch = _Batch(tasks, pick)
        if not tasks:
            batch.future.set_result(pick([]))
            return batch.future
        with self._room:
            while self._open and self._n_waiting >= MOST_WAITING:
                self._room.wait()
            if not self._open:
                raise RuntimeError("the grading pool is used outside its with block")
            self._queue.append(batch)
            self._n_waiting += len(tasks)
            self._work.notify(len(tasks))
        return batch.future

    def _supervise(self, grader: Grader) -> None:
        grader.start()
        n_most = MOST_AT_ONCE // 8
        while slices := self._take(n_most):
            started = time.monotonic()
            tasks = [task for part in slices for task in part.tasks()]
            try:
                verdicts = grader.verdicts(tasks)
            except Exception as error:
                # Nobody may wait for ever on a defect of ours.
                grader.stop()
                reason = f"verifier_failed: {type(error).__name__}: {error}"[:300]
                verdicts = [undecided(task, reason) for task in tasks]
            self._deliver(slices, verdicts)
            task_s = (time.monotonic() - started) / len(tasks)
            n_most = min(MOST_AT_ONCE, 1 + int(CHUNK_S / task_s))
        grader.stop()

    def _take(self, n_most: int) -> "list[_Slice]":
        """The next tasks to judge together, at most `n_most`; none where the pool has ended."""
        with self._work:
            while True:
                while self._open and not self._queue:
                    self._work.wait()
                if self._interrupted or not self._queue:
                    return []
                # Half of a fair share, so that all workers end at the same time.
                n_most = min(n_most, -(-self._n_waiting // (2 * self.workers)))
                if slices := self._cut(n_most):
                    return slices

    def _cut(self, n_left: int) -> "list[_Slice]":
        slices = []
        while self._queue and n_left:
            batch = self._queue[0]
            n = len(batch.tasks) - batch.begun
            if batch.begun or batch.future.set_running_or_notify_cancel():
                n = min(n, n_left)
                n_left -= n
                slices.append(_Slice(batch, batch.begun, batch.begun + n))
            batch.begun += n
            self._n_waiting -= n
            if batch.begun == len(batch.tasks):
                self._queue.popleft()
        if self._n_waiting < MOST_WAITING:
            self._room.notify_all()
        return slices

    def _deliver(self, slices: "list[_Slice]", verdicts: list[Verdict]) -> None:
        remaining = iter(verdicts)
        complete = []
        with self._work:
            if self._interrupted:  # they tell of killed workers
                self._queue.extend(part.batch for part in slices)
                return
            for batch, start, stop in slices:
                batch.verdicts[start:stop] = islice(remaining, stop - start)
                batch.n_missing -= stop - start
                if not batch.n_missing:
                    complete.append(batch)
        for batch in complete:
            batch.future.set_result(batch.pick(batch.verdicts))


class _Batch:
    """What was submitted together: `begun` tasks were handed out, `n_missing` lack a verdict."""

    def __init__(self, tasks: Sequence[GradingTask], pick: Callable[[list[Verdict]], Any]) -> None:
        self.tasks = tasks
        self.pick = pick
        self.future: Future[Any] = Future()
        self.verdicts: list[Any] = [None] * len(tasks)
        self.begun = 0
        self.n_missing = len(tasks)


class _Slice(NamedTuple):
    batch: _Batch
    start: int
    stop: int

    def tasks(self) -> Sequence[GradingTask]:
        return self.batch.tasks[self.start : self.stop]
