"""Grading in parallel: pre-started workers that may hang, crash or grow, and are then replaced.

    with GradingPool(workers=2, wall_s=5.0) as pool:
        for verdict in pool.grade([GradingTask(verifier="math", ground_truth="5",
                                               completion="\\\\boxed{5}")]):
            verdict.outcome

The same pool serves `gen grade`, `gen verify`, `gen run` and the trainer's reward. A worker that
exceeds `wall_s` on one task is killed, and so is one that outgrows `memory_mb`. Whose fault it was
is found out by trying the ground truth alone: where that fails too, the outcome is undecided; else
the candidate brought it on itself and is rejected.
"""

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import Any, Self

import msgspec

from verifiers.errors import BadInput
from verifiers.records import Verdict
from verifiers.registry import find_verifier
from verifiers.worker import Failure, GradingTask, Judged, serve

START_S = 120.0
"""Seconds a worker may take to start: a cold disk reads sympy slowly."""

STARTS = 3
"""How often a worker is started in a row before its tasks are given up as undecided."""

MOST_AT_ONCE = 32
"""Tasks handed to a worker in one message; each is still timed on its own."""

MOST_WAITING = 10_000
"""Tasks queued at most: a fast sampler waits for slow verifiers rather than fill the memory."""

__all__ = ["GradingPool", "GradingTask"]


@dataclass(frozen=True, slots=True)
class _Pending:
    task: GradingTask
    future: "Future[Verdict]"


class GradingPool:
    """Verdicts from worker processes; use as a context manager."""

    def __init__(
        self, *, workers: int | None = None, wall_s: float = 5.0, memory_mb: int = 4096
    ) -> None:
        """`wall_s` is wall-clock seconds a task may take, `memory_mb` MiB a worker may map.

        Raises BadInput for a `wall_s` outside 0.01 to 86,400.
        """
        if not 0.01 <= wall_s <= 86_400:
            raise BadInput(f"wall_s is {wall_s:g}: give seconds from 0.01 to 86400")
        self.workers = workers or os.cpu_count() or 1
        self.wall_s = wall_s
        self.memory_mb = memory_mb
        self._context = _process_context()
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        self._queue: SimpleQueue[_Pending | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._supervise, name=f"grader-{n}", daemon=True)
            for n in range(self.workers)
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        while exc[0] is not None:  # interrupted: what is not begun stays undone
            try:
                self._queue.get_nowait()
            except Empty:
                break
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def submit(self, task: GradingTask) -> "Future[Verdict]":
        """Queue one task; its future always gets a verdict, never an exception of the verifier.

        Blocks while thousands wait already. Raises UnknownName where no verifier has its name.
        """
        find_verifier(task.verifier)
        self._room.acquire()
        pending = _Pending(task, Future())
        pending.future.add_done_callback(lambda future: self._room.release())
        self._queue.put(pending)
        return pending.future

    def grade(self, tasks: Iterable[GradingTask]) -> Iterator[Verdict]:
        """Yield one verdict a task in the tasks' order, drawing on `tasks` as room appears."""
        window: deque[Future[Verdict]] = deque()
        for task in tasks:
            window.append(self.submit(task))
            if len(window) >= 4 * MOST_AT_ONCE * self.workers:
                yield window.popleft().result()
        while window:
            yield window.popleft().result()

    def _supervise(self) -> None:
        worker = _Worker(self._context, wall_s=self.wall_s, memory_mb=self.memory_mb)
        while batch := self._next_batch():
            verdicts = worker.verdicts([pending.task for pending in batch])
            try:
                for pending, verdict in zip(batch, verdicts, strict=True):
                    pending.future.set_result(verdict)
            except Exception as error:
                # Nobody may wait for ever on a defect of ours.
                _give_up(batch, error)
                worker.stop()
        worker.stop()

    def _next_batch(self) -> list[_Pending]:
        first = self._queue.get()
        if first is None:
            return []
        batch = [first]
        fair_share = self._queue.qsize() // self.workers
        while len(batch) < min(fair_share, MOST_AT_ONCE):
            try:
                pending = self._queue.get_nowait()
            except Empty:
                break
            if pending is None:
                self._queue.put(None)
                break
            batch.append(pending)
        return batch


class _Worker:
    """One process and its pipe; started when first needed, and again after each loss."""

    def __init__(self, context: Any, *, wall_s: float, memory_mb: int) -> None:
        self._context = context
        self._wall_s = wall_s
        self._memory_mb = memory_mb
        self._process: Any = None
        self._pipe: Any = None
        self._decoder = msgspec.msgpack.Decoder(Judged)

    def verdicts(self, tasks: list[GradingTask]) -> Iterator[Verdict]:
        """Yield a verdict a task, in order; a lost worker costs only the task it was at."""
        for task, judged in zip(tasks, self._judge(tasks), strict=True):
            if judged.failure is not None and judged.failure.code == "crash":
                # Something else may have killed it (the kernel, short of memory): once more, alone.
                (judged,) = self._judge([task])
            yield self._verdict(task, judged)

    def stop(self) -> None:
        """Kill the process and reap it."""
        if self._process is not None:
            self._pipe.close()
            self._process.kill()
            self._process.join()
            self._process = None

    def _judge(self, tasks: list[GradingTask]) -> Iterator[Judged]:
        done = 0
        while done < len(tasks):
            if self._process is None and (failure := self._start()):
                yield from [Judged(failure=failure)] * (len(tasks) - done)
                return
            try:
                self._pipe.send_bytes(msgspec.msgpack.encode(tasks[done:]))
            except OSError:  # it died while it was idle: nothing of this batch was begun
                self.stop()
                continue
            lost = False
            while done < len(tasks) and not lost:
                judged = self._receive()
                # After a failure of its surroundings the process is not to be trusted again.
                lost = judged.retire or (
                    judged.failure is not None and not judged.failure.by_verifier
                )
                if lost:
                    self.stop()
                done += 1
                yield judged

    def _receive(self) -> Judged:
        try:
            if self._pipe.poll(self._wall_s):
                return self._decoder.decode(self._pipe.recv_bytes())
            failure = Failure(code="timeout", detail=f"no verdict in {self._wall_s:g} s")
        except (EOFError, OSError):
            self._process.join()
            failure = Failure(code="crash", detail=f"worker status {self._process.exitcode}")
        return Judged(failure=failure)

    def _start(self) -> Failure | None:
        for _ in range(STARTS):
            self._pipe, child = self._context.Pipe()
            self._process = self._context.Process(
                target=serve, args=(child, self._wall_s, self._memory_mb), daemon=True
            )
            self._process.start()
            child.close()
            try:
                if self._pipe.poll(START_S) and self._pipe.recv_bytes() == b"ready":
                    return None
            except (EOFError, OSError):
                pass
            self.stop()
        return Failure(
            code="verifier_failed", detail="the grading worker did not start", by_verifier=True
        )

    def _verdict(self, task: GradingTask, judged: Judged) -> Verdict:
        version = find_verifier(task.verifier).version
        if judged.failure is None:
            return judged.verdict(verifier=task.verifier, verifier_version=version)
        undecided = judged.failure.by_verifier or self._fails_alone(task)
        return Verdict(
            verifier=task.verifier,
            verifier_version=version,
            outcome="undecided" if undecided else "rejected",
            reward=None if undecided else 0.0,
            reason=f"{judged.failure.code}: {judged.failure.detail}",
            seconds=self._wall_s if judged.failure.code == "timeout" else judged.seconds,
        )

    def _fails_alone(self, task: GradingTask) -> bool:
        """Whether the ground truth does to the verifier what the candidate was suspected of."""
        (judged,) = self._judge([replace(task, completion=None)])
        return judged.failure is not None


def _give_up(batch: list[_Pending], error: Exception) -> None:
    for pending in batch:
        if not pending.future.done():
            pending.future.set_result(
                Verdict(
                    verifier=pending.task.verifier,
                    verifier_version=find_verifier(pending.task.verifier).version,
                    outcome="undecided",
                    reward=None,
                    reason=f"verifier_failed: {type(error).__name__}: {error}"[:300],
                )
            )


def _process_context() -> Any:
    """A fork server holds sympy ready, so that a lost worker is replaced in milliseconds."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["verifiers.worker", "verifiers.warm"])
    return context
