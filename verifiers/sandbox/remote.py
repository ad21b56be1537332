"""What the judge holds of processes beyond it: a cell's control socket, and the server's.

server = Server("numpy")
cell = Cell(server.cell([level, visible(), code, "/tmp", ""]), scratch=None)
channel = cell.take(wire.dump(["module", [5.0, 1024]]), ())      # to a program forked ahead
cell.end(); cell.settle()                                        # Ended(status=-9, ...)
"""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress
from shutil import rmtree
from typing import Any

from verifiers.errors import AssayError
from verifiers.sandbox import wire
from verifiers.sandbox.cell import KILLED
from verifiers.sandbox.cgroup import Group
from verifiers.sandbox.orders import Ended

START_S = 60.0
"""Seconds that the server may take to load, and a cell to close itself in."""

END_S = 10.0
"""Seconds in which a cell must have killed a program."""

ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",  # its threads would not outlive a fork
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",  # the same program gives the same output
    "PYTHONIOENCODING": "utf-8",
    "PYTHONDONTWRITEBYTECODE": "1",
}
"""All that programs see of the environment."""

KEPT = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH", "TMPDIR")
"""What the machine may need to be told as it is here."""

BOOT = """
import sys
sys.path[:] = sys.argv[3:]
from verifiers.sandbox.server import main
main(int(sys.argv[1]), sys.argv[2])
"""


class NotIsolated(AssayError):
    """This machine cannot shut programs in as well as was demanded; nothing was run."""


class SandboxFailed(AssayError):
    """The sandbox itself broke."""


class NotHere(Exception):
    """A level cannot be had on this machine."""


class Server:
    """The process that cells are forked from, with what is imported in it."""

    def __init__(self, preloaded: str) -> None:
        self.control, theirs = socket.socketpair()
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", BOOT, str(theirs.fileno()), preloaded, *sys.path],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={**ENVIRONMENT, **kept},
            )

    def cell(self, order: list[Any]) -> socket.socket:
        """Have a cell forked, with the arguments of `cell.serve`; gives its control socket."""
        ours, theirs = socket.socketpair()
        with theirs:
            wire.send_with_fds(self.control, wire.pack(order), [theirs.fileno()])
        return ours

    def lose(self, *, kill: bool) -> None:
        """Let go of it, and kill it where it is this process's own."""
        self.control.close()
        if kill:  # it is not this process's to kill where this one is a fork of who started it
            self.process.kill()
            self.process.wait()


class Cell:
    """A cell's control socket, and the channel to the program that it has forked ahead."""

    def __init__(
        self, control: socket.socket, scratch: str | None, group: Group | None = None
    ) -> None:
        self.usable = True
        self.lost = False
        self._scratch = scratch
        self._group = group
        self._ending = False
        self._control = control
        self._next: socket.socket | None = None
        self._last: socket.socket | None = None
        control.setblocking(False)
        kind, _, why = self._hear(START_S).partition(" ")
        if kind != "ready":
            self.close()
            raise NotHere(why) if kind == "failed" else OSError("a cell did not start")

    def take(self, order: bytes, fds: tuple[int, ...]) -> socket.socket:
        """The channel to the next program, which is told its order; raises SandboxFailed."""
        channel, self._next = self._next, None
        try:
            assert channel is not None
            wire.send_with_fds(channel, order, fds)
        except OSError as error:
            self._lose()
            raise SandboxFailed(f"a cell was lost: {error}") from None
        return channel

    def end(self, channel: socket.socket) -> None:
        """Have the program killed; `settle` tells how it ended.

        Its channel is closed only then: it would wake up to see it, and end by itself at length.
        """
        self._last = channel
        if self.usable:
            try:
                self._control.send(b"e")
                self._ending = True
            except OSError:
                self._lose()

    def settle(self) -> Ended:
        """Wait until the last program has ended; the cell is closed where it cannot go on."""
        last, self._last = self._last, None
        if not self._ending:
            return LOST
        self._ending = False
        kind, *rest = self._hear(END_S).split()
        if last is not None:
            last.close()
        if kind != "ended":
            self._lose()
            return LOST
        status, cpu_s, clean = rest
        if clean != "1":
            self.close()
        return Ended(int(status), float(cpu_s), clean == "1")

    def limit_memory(self, memory_mb: int) -> None:
        """Have the kernel limit what all processes take together, where it can."""
        if self._group is not None:
            self._group.limit_memory(memory_mb)

    def scratch_mb(self) -> float:
        """MiB of the files that programs have made, where nothing else limits them."""
        if self._scratch is None:
            return 0.0
        total = 0
        for folder, _, names in os.walk(self._scratch):
            for name in names:
                with suppress(OSError):
                    total += os.lstat(f"{folder}/{name}").st_size
        return total / (1 << 20)

    def close(self) -> None:
        """Let go of it: it ends with all that runs in it."""
        self.usable = False
        self._control.close()
        for channel in (self._next, self._last):
            if channel is not None:
                channel.close()
        if self._scratch is not None:
            rmtree(self._scratch, ignore_errors=True)
        if self._group is not None:
            self._group.close()

    def _lose(self) -> None:
        self.lost = True
        self.close()

    def _hear(self, seconds: float) -> str:
        """What the cell tells, with the channel to its next program kept; `lost` where nothing."""
        try:
            told, fds = wire.receive_with_fds(self._control, 1, time.monotonic() + seconds)
        except (wire.Closed, wire.TooLong, TimeoutError):
            return "lost"
        if fds:
            self._next = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fds[0])
            self._next.setblocking(False)
        return told.decode(errors="replace")


LOST = Ended(KILLED, 0.0, False)
