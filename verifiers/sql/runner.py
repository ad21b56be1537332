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

PREPARING_S = 20.0
"""Seconds in which a ground truth's databases must be filled and its query have run."""

GRACE_S = 1.0
"""Seconds after which a query that does not heed its interruption is killed with its process."""

READY, DONE, FAILED = "ready", "done", "failed"


class Runner:
    """Owns the process; not for two threads."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def judge(self, truth: str, query: str | None, *, wall_s: float) -> tuple[bool, str]:
        """Whether the query is right, and why; raises VerifierFailed."""
        message = msgspec.msgpack.encode((truth, query, wall_s))
        pipe = self._send(message)
        said = self._receive(pipe, PREPARING_S)
        if isinstance(said, int):
            raise VerifierFailed(f"ground_truth: preparing it ended the process, status {said}")
        if said[0] == FAILED:
            raise VerifierFailed(said[2])
        if query is None:
            return True, ""
        said = self._receive(pipe, wall_s + 2 * GRACE_S)
        if said == -signal.SIGALRM:
            return False, "timeout"
        if isinstance(said, int) and said < 0:
            return False, f"crash: signal {-said}"
        if isinstance(said, int) or said[0] == FAILED:
            raise VerifierFailed(f"judging failed: {said if isinstance(said, int) else said[2]}")
        return said[1], said[2]

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
        """The next message; of a process that is dead or took too long, the status it ended by."""
        try:
            if pipe.poll(wait_s):
                return msgspec.msgpack.decode(pipe.recv_bytes())
            status = -signal.SIGALRM
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
