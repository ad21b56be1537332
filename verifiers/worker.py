"""What runs inside a grading worker: read a batch of tasks, answer each, never outlive its use.

    serve(pipe, wall_s=5.0, memory_mb=4096)     # runs until the pipe closes

Messages are msgpack of plain structures (GradingTask in, Judged out), one answer a task.
"""

import resource
import signal
import sys
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection

import msgspec

from verifiers.errors import AssayError
from verifiers.records import Outcome, Verdict
from verifiers.registry import find_verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class GradingTask:
    """A completion to judge, or None: the ground truth alone is tried.

    `params` is a JSON object for the verifier.
    """

    verifier: str
    ground_truth: str
    completion: str | None
    prompt: str | None = None
    params: str = "{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A task without a verdict, by the verifier's own fault or (as far as is known) not."""

    code: str
    detail: str
    by_verifier: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of one task; `retire` says that the worker ends after it."""

    outcome: Outcome | None = None
    reward: float | None = None
    reason: str = ""
    extracted: str | None = None
    details: str = "{}"
    seconds: float = 0.0
    failure: Failure | None = None
    retire: bool = False

    def verdict(self, *, verifier: str, verifier_version: str) -> Verdict:
        """The verdict, where there is one."""
        assert self.outcome is not None
        return Verdict(
            verifier=verifier,
            verifier_version=verifier_version,
            outcome=self.outcome,
            reward=self.reward,
            reason=self.reason,
            extracted=self.extracted,
            details=self.details,
            seconds=self.seconds,
        )


def serve(pipe: Connection, wall_s: float, memory_mb: int) -> None:
    """Answer batches until the other end closes; the first message sent says that it is ready."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit_memory(memory_mb)
    decoder = msgspec.msgpack.Decoder(list[GradingTask])
    encoder = msgspec.msgpack.Encoder()
    pipe.send_bytes(b"ready")
    while True:
        try:
            tasks = decoder.decode(pipe.recv_bytes())
        except (EOFError, OSError):
            return
        for task in tasks:
            # Ends a hung worker whose parent was killed and can no longer do it.
            signal.setitimer(signal.ITIMER_REAL, wall_s + 5)
            judged = _judge(task)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if task is tasks[-1] and _resident_mb() > memory_mb / 2:
                judged = replace(judged, retire=True)
            pipe.send_bytes(encoder.encode(judged))


def _judge(task: GradingTask) -> Judged:
    started = time.perf_counter()
    try:
        verifier = find_verifier(task.verifier)
        if task.completion is None:
            verifier.validate(task.ground_truth)
            return Judged(outcome="accepted", reward=1.0)
        verdict = verifier.verify(
            ground_truth=task.ground_truth,
            completion=task.completion,
            prompt=task.prompt,
            params=msgspec.json.decode(task.params),
        )
        judged = Judged(
            outcome=verdict.outcome,
            reward=verdict.reward,
            reason=verdict.reason,
            extracted=verdict.extracted,
            details=verdict.details,
            seconds=time.perf_counter() - started,
        )
        # A verifier that gives what it should not is the verifier's failure, found out here.
        return msgspec.convert(msgspec.to_builtins(judged), Judged)
    except MemoryError:
        return Judged(failure=Failure(code="memory", detail="the worker's memory limit"))
    except RecursionError:
        return Judged(failure=Failure(code="recursion", detail="nested too deeply"))
    except AssayError as error:
        return Judged(failure=Failure(code="verifier_failed", detail=str(error), by_verifier=True))
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        return Judged(failure=Failure(code="verifier_failed", detail=detail, by_verifier=True))


def _limit_memory(memory_mb: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        pass  # macOS refuses address-space limits; the wall clock remains


def _resident_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
