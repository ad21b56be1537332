"""The last layer: sympy, in a process of its own that is killed when it takes too long.

    equal(parse("\\\\sin 2x"), parse("2\\\\sin x\\\\cos x"))          ->  Proof("equal")
    solutions(parse("x^2 < 4"), "x")                             ->  (Piece(-2, False, 2, False),)

sympy outlives signals, so no clock inside its process can be relied on. The child gets a checked
tree (never text) and answers in msgpack; after a timeout it is killed and the next question starts
another.
"""

import atexit
import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from typing import Any

from verifiers.math.numeric import mp
from verifiers.math.questions import Proof, Question, decode, encode
from verifiers.math.sets import Piece, RealSet, piece
from verifiers.math.syntax import Relation

WALL_S = 1.0
"""Seconds for all questions about one pair."""

START_S = 60.0
"""Seconds for sympy to be imported on a cold disk."""


def begin() -> None:
    """Start a new pair, for which sympy has WALL_S seconds in all."""
    _PROVER.left_s = WALL_S


def equal(left: Any, right: Any) -> Proof:
    """Whether two expressions are equal wherever both are defined."""
    return _PROVER.ask(Question("equal", (left, right)))


def proportional(left: Any, right: Any) -> Proof:
    """Whether left = 0 and right = 0 have the same solutions, fractions cleared."""
    return _PROVER.ask(Question("proportional", (left, right)))


def solutions(relation: Relation, name: str) -> RealSet | None:
    """The real numbers that satisfy a relation in one variable; None where sympy cannot tell."""
    proof = _PROVER.ask(Question("solve", (relation,), name))
    if proof.solutions is None:
        return None
    ends = {"oo": mp.inf, "-oo": -mp.inf}
    return tuple(
        piece(ends.get(low) or mp.mpf(low), low_closed, ends.get(high) or mp.mpf(high), high_closed)
        if low != high
        else Piece(mp.mpf(low), True, mp.mpf(high), True)
        for low, low_closed, high, high_closed in proof.solutions
    )


class _Prover:
    """One child process, started at the first question and again after each loss."""

    def __init__(self) -> None:
        self.left_s = WALL_S
        self._lock = threading.Lock()
        self._pid = 0
        self._owner = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._in, self._out = -1, -1

    def ask(self, question: Question) -> Proof:
        """Send a question and wait for its answer, as long as there is time left for the pair."""
        with self._lock:
            if self._owner != os.getpid():
                self._forget()  # forked: the child belongs to the parent
            for _ in range(2):
                if not self._pid and not self._start():
                    return Proof("unknown")
                if self.left_s <= 0:
                    return Proof("timeout")
                asked = time.monotonic()
                try:
                    os.write(self._out, encode(question))
                    answer = self._receive(self.left_s)
                    self.left_s -= time.monotonic() - asked
                except OSError:  # it had died while it was idle
                    self._stop()
                    continue
                if answer is None:
                    self._stop()
                    return Proof("timeout")
                return decode(answer, Proof)
        return Proof("unknown")

    def _receive(self, wall_s: float) -> bytes | None:
        """One message; None where none comes in time or the child has died of the question."""
        waiting = select.poll()  # select() takes no descriptor above 1023
        waiting.register(self._in, select.POLLIN)
        ready = waiting.poll(1000 * wall_s)
        if not ready:
            return None
        head = os.read(self._in, 4)
        if len(head) < 4:
            return None
        length, body = int.from_bytes(head, "big"), b""
        while len(body) < length:
            body += os.read(self._in, length - len(body))
        return body

    def _start(self) -> bool:
        """Fork where this process is a single thread with sympy loaded, else start a new one."""
        self._owner = os.getpid()
        if "sympy" in sys.modules and threading.active_count() == 1 and hasattr(os, "fork"):
            self._fork()
        else:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "verifiers.math.sympy_process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            )
            assert self._process.stdin
            assert self._process.stdout
            self._pid = self._process.pid
            self._out, self._in = self._process.stdin.fileno(), self._process.stdout.fileno()
        if self._receive(START_S) is None:
            self._stop()
            return False
        return True

    def _fork(self) -> None:
        to_child, from_child = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                from verifiers.math.sympy_process import serve

                os.close(to_child[1])
                os.close(from_child[0])
                serve(to_child[0], from_child[1])
            finally:
                os._exit(0)
        os.close(to_child[0])
        os.close(from_child[1])
        self._pid, self._out, self._in = pid, to_child[1], from_child[0]

    def _stop(self) -> None:
        if not self._pid:
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        if self._process is not None:
            assert self._process.stdin
            assert self._process.stdout
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait()
        else:
            os.close(self._out)
            os.close(self._in)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(self._pid, 0)
        self._process, self._pid = None, 0

    def _forget(self) -> None:
        if self._pid and self._process is None:
            os.close(self._out)
            os.close(self._in)
        self._process, self._pid = None, 0

    def close(self) -> None:
        """End the child, if it is this process's own."""
        if self._owner == os.getpid():
            self._stop()


_PROVER = _Prover()
atexit.register(_PROVER.close)
