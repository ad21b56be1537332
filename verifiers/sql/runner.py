"""Owns the process that queries are run in (process.py).

    runner = Runner()
    runner.judge(text_of_the_truth, "SELECT 1", wall_s=5.0)    ->  Judged(False, "wrong_rows: ...")
    runner.judge(text_of_the_truth, None, wall_s=5.0)          the ground truth alone is tried

A query that neither ends nor lets itself be interrupted, that fills the memory or that brings
DuckDB down costs this process, which is then started anew. The databases of the last ground truths
stay filled, so that judging many queries by one costs little.
"""

import os
import signal
import subprocess
import sys
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import msgspec

from verifiers.errors import VerifierFailed

PREPARING_S = 10.0
"""Seconds of CPU in which a database must be filled and the gold have run on it."""

WAITING_S = 60.0
"""Seconds that all this may take on a machine that is busy with other things."""

GRACE_S = 1.0
"""Seconds after which a query that does not heed its interruption is killed with its process."""

DONE, FAILED = "done", "failed"

OURS = (-signal.SIGVTALRM, -signal.SIGTERM, -signal.SIGINT)
"""Signals that are no fault of a query's."""


class Runner:
    """Owns the process; not for two threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def judge(self, truth: str, query: str | None, *, wall_s: float) -> tuple[bool, str]:
        """Whether the query is right, and why; raises VerifierFailed."""
        pipe = self._send(msgspec.msgpack.encode((truth, query, wall_s)))
        said = self._receive(pipe, WAITING_S + wall_s)
        if not isinstance(said, int):
            kind, right, reason = said
            if kind == FAILED:
                raise VerifierFailed(reason.decode())
            return right, reason.decode()
        if said == -signal.SIGALRM:
            return False, "timeout"
        if said < 0 and said not in OURS and query is not None:
            return False, f"crash: signal {-said}"
        raise VerifierFailed(f"the process for queries ended, status {said}")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None

    def _send(self, message: bytes) -> Connection:
        for _ in range(2):
            pipe = self._ready()
            try:
                pipe.send_bytes(message)
            except OSError:  # it died while it was idle
                self.close()
            else:
                return pipe
        raise VerifierFailed("the process for queries does not start")

    def _receive(self, pipe: Connection, wait_s: float) -> list[Any] | int:
        """The next message; of a process that died or took too long, the status it ended by."""
        try:
            if pipe.poll(wait_s):
                return msgspec.msgpack.decode(pipe.recv_bytes())
            status = -signal.SIGVTALRM
        except (EOFError, OSError):
            status = self._process.wait() if self._process else 0
        self.close()
        return int(status)

    def _ready(self) -> Connection:
        if self._pipe is None:
            ours, theirs = Pipe()
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "verifiers.sql.process", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
            theirs.close()
            self._pipe = ours
        return self._pipe
