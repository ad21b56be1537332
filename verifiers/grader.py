"""One worker as the pool sees it: tasks in, verdicts out, whatever becomes of the process.

    grader = Grader(server, wall_s=2.0)
    grader.verdicts(tasks)      # as many verdicts as tasks, in order

Tasks travel together. Where the worker is lost, those it had not answered are judged again one at
a time, so that exactly the one that takes too long or crashes has to bear it; a crash is tried once
more, for something else may have killed the worker. Whether the candidate or the ground truth was
to blame is found out by trying the ground truth alone: where that fails too, the verdict is
undecided.
"""

import signal
from contextlib import suppress
from dataclasses import replace

import msgspec

from verifiers.forkserver import ForkServer, Worker
from verifiers.records import Verdict
from verifiers.registry import find_verifier, limit_s
from verifiers.worker import READY, Answer, Failure, GradingTask, Judged

START_S = 120.0
"""Seconds a worker may take to start: a cold disk reads sympy slowly."""

STARTS = 3
"""How often a worker is started in a row before its tasks are given up as undecided."""

GRACE_S = 5.0
"""Seconds beyond its wall limit after which a worker that its timer did not end is killed."""


class Grader:
    """Owns a worker, and replaces it where it is lost or asks for it; not for two threads."""

    def __init__(self, server: ForkServer, *, wall_s: float) -> None:
        """`wall_s` is the seconds a task may take, as the server was told."""
        self.starts = 0
        self._server = server
        self._wall_s = wall_s
        self._worker: Worker | None = None
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(Answer)

    def verdicts(self, tasks: list[GradingTask]) -> list[Verdict]:
        """Judge the tasks; where no worker can be had, all that is left is undecided."""
        verdicts: list[Verdict] = []
        try:
            while len(verdicts) < len(tasks):
                judged, lost = self._exchange(tasks[len(verdicts) :])
                for one in judged:
                    verdicts.append(self._verdict(tasks[len(verdicts)], one))
                if lost is not None:
                    break
            for task in tasks[len(verdicts) :]:
                verdicts.append(self._verdict(task, self._alone(task)))
        except _NotStarted as error:
            for task in tasks[len(verdicts) :]:
                verdicts.append(undecided(task, f"verifier_failed: {error}"))
        return verdicts

    def start(self) -> None:
        """Have a worker ready; one that does not start is found out at the first task."""
        with suppress(_NotStarted):
            self._ready()

    def stop(self) -> None:
        """Have the worker killed."""
        if self._worker is not None:
            self._worker.stop()
            self._worker = None

    def _alone(self, task: GradingTask) -> Judged:
        judged, lost = self._exchange([task])
        if lost is not None and lost.code == "crash":
            judged, lost = self._exchange([task])
        return judged[0] if lost is None else Judged(failure=lost)

    def _exchange(self, tasks: list[GradingTask]) -> tuple[list[Judged], Failure | None]:
        """Results of the first tasks, and what the next one was lost to; None: a new worker is due.

        Raises _NotStarted.
        """
        try:
            message = self._encoder.encode(tasks)
        except (TypeError, ValueError) as error:  # half a character, which cannot be sent
            return [], Failure("verifier_failed", f"{type(error).__name__}: {error}"[:200], True)
        worker = self._send(message)
        judged: list[Judged] = []
        asked = {(task.verifier, task.params) for task in tasks}
        longest_s = max(limit_s(*one, self._wall_s) for one in asked)
        while len(judged) < len(tasks):
            try:
                if not worker.pipe.poll(longest_s + GRACE_S):
                    self.stop()
                    return judged, self._timeout()
                answer = self._decoder.decode(worker.pipe.recv_bytes())
            except (EOFError, OSError):
                status = worker.status()
                self.stop()
                if status == -signal.SIGALRM:
                    return judged, self._timeout()
                return judged, Failure("crash", f"worker status {status}")
            judged += answer.judged
            if answer.retire:
                self.stop()
                break
        return judged, None

    def _send(self, message: bytes) -> Worker:
        for _ in range(STARTS):
            worker = self._ready()
            try:
                worker.pipe.send_bytes(message)
            except OSError:  # it died while it was idle: nothing of this batch was begun
                self.stop()
            else:
                return worker
        raise _NotStarted("the grading workers end while they are idle")

    def _ready(self) -> Worker:
        if self._worker is not None:
            return self._worker
        for _ in range(STARTS):
            try:
                worker = self._server.fork()
            except OSError:
                continue
            self.starts += 1
            if _is_ready(worker):
                self._worker = worker
                return worker
            worker.stop()
        raise _NotStarted("the grading worker did not start")

    def _verdict(self, task: GradingTask, judged: Judged) -> Verdict:
        if judged.failure is not None:
            return self._failed(task, judged.failure)
        try:
            return Verdict(
                verifier=task.verifier,
                verifier_version=find_verifier(task.verifier).version,
                outcome=judged.outcome or "undecided",
                reward=judged.reward,
                reason=judged.reason,
                extracted=judged.extracted,
                details=judged.details,
                seconds=judged.seconds,
            )
        except ValueError as error:
            return undecided(task, f"verifier_failed: {error}")

    def _failed(self, task: GradingTask, failure: Failure) -> Verdict:
        reason = f"{failure.code}: {failure.detail}"
        seconds = self._wall_s if failure.code == "timeout" else 0.0
        if failure.by_verifier or self._fails_alone(task):
            return undecided(task, reason, seconds=seconds)
        return Verdict(
            verifier=task.verifier,
            verifier_version=find_verifier(task.verifier).version,
            outcome="rejected",
            reward=0.0,
            reason=reason,
            seconds=seconds,
        )

    def _fails_alone(self, task: GradingTask) -> bool:
        """Whether the ground truth does to the verifier what the candidate was suspected of."""
        return self._alone(replace(task, completion=None)).failure is not None

    def _timeout(self) -> Failure:
        return Failure("timeout", f"no verdict in {self._wall_s:g} s")


def undecided(task: GradingTask, reason: str, *, seconds: float = 0.0) -> Verdict:
    """The verdict on a task that could not be judged, which is nobody's mistake but ours."""
    return Verdict(
        verifier=task.verifier,
        verifier_version=find_verifier(task.verifier).version,
        outcome="undecided",
        reward=None,
        reason=reason,
        seconds=seconds,
    )


def _is_ready(worker: Worker) -> bool:
    try:
        return worker.pipe.poll(START_S) and worker.pipe.recv_bytes() == READY
    except (EOFError, OSError):
        return False


class _NotStarted(Exception):
    pass
