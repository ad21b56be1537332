"""What runs inside a grading worker: read a batch of tasks, answer each, never outlive its use.

    serve(pipe, wall_s=2.0, memory_mb=4096)     # runs until the pipe closes

Messages are msgpack: `ready` once, then a list of GradingTask in and Answers out, until each task
has its Judged. An answer goes out at least every 20 ms of work. While a task runs, a timer of the
kernel runs beside it, and ends the process where the task takes more than `wall_s`: no code, in C
or in Python, can hold that up.
"""

import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

import msgspec

from verifiers.errors import AssayError
from verifiers.records import Outcome
from verifiers.registry import find_verifier, limit_s

FLUSH_S = 0.02
"""Seconds of work after which what is judged is sent: what a lost worker costs."""

READY = b"ready"


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


class Failure(msgspec.Struct, frozen=True, array_like=True):
    """A task without a verdict, by the verifier's own fault or (as far as is known) not."""

    code: str
    detail: str
    by_verifier: bool = False


class Judged(msgspec.Struct, frozen=True, array_like=True):
    """What became of one task: a verdict's fields, or a failure."""

    outcome: Outcome | None = None
    reward: float | None = None
    reason: str = ""
    extracted: str | None = None
    details: str = "{}"
    seconds: float = 0.0
    failure: Failure | None = None


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """The next tasks' results, in order; after `retire` the worker is not to be used again."""

    judged: list[Judged]
    retire: bool


def serve(pipe: Connection, wall_s: float, memory_mb: int) -> None:
    """Answer batches until the other end closes; then end, with all child processes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory(memory_mb)
    decoder = msgspec.msgpack.Decoder(list[GradingTask])
    try:
        pipe.send_bytes(READY)
        while True:
            _answer(decoder.decode(pipe.recv_bytes()), pipe, wall_s, memory_mb)
    except (EOFError, OSError):
        os.killpg(0, signal.SIGKILL)


def _answer(tasks: list[GradingTask], pipe: Connection, wall_s: float, memory_mb: int) -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    waiting: list[Judged] = []
    flushed = time.perf_counter()
    last = tasks[-1]
    for task in tasks:
        limit = limit_s(task.verifier, task.params, wall_s)
        signal.setitimer(signal.ITIMER_REAL, limit)
        judged = _judge(task)
        waiting.append(judged)
        now = time.perf_counter()
        # After a failure of its surroundings the process is not to be trusted again.
        spoilt = judged.failure is not None and not judged.failure.by_verifier
        if task is last or spoilt or now - flushed > FLUSH_S:
            signal.setitimer(signal.ITIMER_REAL, 0)
            retire = spoilt or _resident_mb() > memory_mb / 2
            pipe.send_bytes(ENCODER.encode(Answer(waiting, retire)))
            if retire:
                return
            waiting, flushed = [], now


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
            verdict.outcome,
            verdict.reward,
            verdict.reason,
            verdict.extracted,
            verdict.details,
            time.perf_counter() - started,
        )
        # A verifier that gives what it should not is the verifier's failure, found out here.
        return CHECK.decode(ENCODER.encode(judged))
    except MemoryError:
        return _failed("memory", "the worker's memory limit")
    except RecursionError:
        return _failed("recursion", "nested too deeply")
    except AssayError as error:
        return _failed("verifier_failed", str(error), by_verifier=True)
    except Exception as error:
        detail = f"{type(error).__name__}: {error}"[:300]
        return _failed("verifier_failed", detail, by_verifier=True)


ENCODER = msgspec.msgpack.Encoder()
CHECK = msgspec.msgpack.Decoder(Judged)


def _failed(code: str, detail: str, *, by_verifier: bool = False) -> Judged:
    # What an error says may hold half a character, which cannot be sent.
    readable = detail.encode(errors="replace").decode()
    return Judged(failure=Failure(code, readable, by_verifier))


def _limit_memory(memory_mb: int) -> None:
    try:
        resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        pass  # macOS refuses address-space limits; the wall clock remains


def _resident_mb() -> float:
    try:
        with open("/proc/self/statm", "rb", buffering=0) as statm:
            return int(statm.read(64).split()[1]) * resource.getpagesize() / (1 << 20)
    except OSError:  # no /proc: the peak must do
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
