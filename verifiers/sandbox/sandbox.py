"""The judge's side of the sandbox: cells, and programs run in them.

    with Sandbox(least="landlock+seccomp") as sandbox:
        sandbox.level                                        # "namespaces+seccomp"
        with sandbox.run("module", Limits(), wall_s=5.0) as program:
            program.send(["def f(x): return x + 1", ""])     # [source, setup]
            program.receive()                                # [0, "value", None, None]
            program.end()                                    # Ended(status=-9, cpu_s=0.001, ...)

The server behind it (server.py) is started at the first use, and again where it was lost. A cell
runs one program at a time; candidates and test code never share one. Not for two threads at once.
"""

import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from shutil import rmtree
from types import TracebackType
from typing import Any

from verifiers.errors import AssayError, UnknownName
from verifiers.sandbox import wire
from verifiers.sandbox.cell import KILLED, SCRATCH_MB, Ended
from verifiers.sandbox.levels import LEVELS, NAMESPACES, RLIMITS
from verifiers.sandbox.limits import Limits
from verifiers.sandbox.memory import together_mb
from verifiers.sandbox.syscalls import compiled
from verifiers.sandbox.visible import visible

START_S = 60.0
"""Seconds that the server may take to load, and a cell to close itself in."""

END_S = 10.0
"""Seconds in which a cell must have killed a program."""

ANSWER_BYTES = 1 << 20

WATCH_S = 0.1
"""Seconds between looks at the memory of programs that take their time."""

MOST_TOGETHER = 2
"""Processes of a program together may take so many times what one of them may."""

STARTS = 3

CELLS = 3
"""Cells of each name, used in turn: one clears up while the other runs the next program."""

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

PRELOADED = {
    "numpy": "numpy",
    "properties": "hypothesis hypothesis.strategies",
    "wide": "asyncio collections concurrent.futures datetime decimal fractions hashlib random "
    "statistics threading",
}
"""What else is imported before cells of that name are forked; the others stay small and quick."""

WIDE = re.compile(
    r"\b(asyncio|concurrent|datetime|decimal|fractions|hashlib|random|statistics|thr)"
)


def cell_for(code: str) -> str:
    """The name of the cell in which a candidate's program is run."""
    if "numpy" in code:
        return "numpy"
    return "wide" if WIDE.search(code) else "candidate"


class NotIsolated(AssayError):
    """This machine cannot shut programs in as well as was demanded; nothing was run."""


class SandboxFailed(AssayError):
    """The sandbox itself broke."""


class Sandbox:
    """Runs programs at the strongest level there is, and never below `least`."""

    def __init__(self, *, least: str) -> None:
        """`least` is one of levels.LEVELS; raises UnknownName."""
        if least not in LEVELS:
            raise UnknownName("isolation level", least, LEVELS)
        self._levels = list(LEVELS[: LEVELS.index(least) + 1])
        self._least = least
        self._servers: dict[str, _Server] = {}
        self._cells: dict[str, _Cell] = {}
        self.losses = 0
        """Cells that ended by themselves while a program ran in them."""
        self._turn = 0
        self._owner = os.getpid()

    @property
    def level(self) -> str:
        """The level in force; raises NotIsolated where there is none."""
        if not self._cells:
            self._cell("candidate")
        return self._levels[0]

    def run(
        self, role: str, limits: Limits, *, wall_s: float, cell: str = "candidate",
        fds: tuple[int, ...] = (),
    ) -> "Program":  # fmt: skip
        """Fork a program in a cell; it gets `fds` behind its own channel.

        It must have answered everything `wall_s` seconds from now. Raises NotIsolated,
        SandboxFailed.
        """
        for _ in range(CELLS):
            with suppress(SandboxFailed):  # the cell was lost while it was idle
                return Program(self, self._cell(cell), role, limits, wall_s, fds)
        return Program(self, self._cell(cell), role, limits, wall_s, fds)

    def memory_mb(self) -> float:
        """MiB that all programs take together."""
        return sum(together_mb(server.process.pid) for server in self._servers.values())

    def only(self, level: str) -> None:
        """Take this level or none, from here on."""
        self._levels = [level]

    def close(self) -> None:
        """Kill all programs and end the server."""
        for cell in self._cells.values():
            cell.close()
        self._cells.clear()
        self._lose_servers()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _cell(self, name: str) -> "_Cell":
        """A cell that is idle: the one that is clearing up after a program is left to do so."""
        self._turn += 1
        place = f"{name}/{self._turn % CELLS}"
        cell = self._cells.get(place)
        if cell is not None:
            cell.settle()
            if cell.usable:
                return cell
        self._cells[place] = cell = self._new_cell(name, known=cell is not None)
        return cell

    def _new_cell(self, name: str, *, known: bool) -> "_Cell":
        failures = []
        for _ in range(STARTS):
            while self._levels:
                try:
                    return self._started_cell(name)
                except _NotHere as error:
                    failures.append(f"{self._levels[0]}: {error}")
                    if known:  # it could be had before: that is no lack
                        break
                    self._levels.pop(0)
                except OSError as error:
                    failures.append(str(error))
                    break
            if not self._levels:
                raise NotIsolated(
                    f"no isolation of level {self._least!r} to be had here "
                    f"({'; '.join(failures)}); see `gen doctor`, or allow less with --isolation"
                )
            self._lose_servers()
        raise SandboxFailed(f"no cell could be started: {'; '.join(failures[-STARTS:])}")

    def _started_cell(self, name: str) -> "_Cell":
        preloaded = PRELOADED.get(name, "")
        server = self._servers.get(preloaded)
        if server is None or server.process.poll() is not None:
            if server is not None:
                server.lose(kill=os.getpid() == self._owner)
            server = self._servers[preloaded] = _Server(preloaded)
        level = self._levels[0]
        allowed = _allowed(level)
        scratch = None if level == NAMESPACES else tempfile.mkdtemp(prefix="assay-")
        ours, theirs = socket.socketpair()
        with theirs:
            message = wire.pack([level, visible(), allowed, scratch or "/tmp"])
            wire.send_with_fds(server.control, message, [theirs.fileno()])
        return _Cell(ours, scratch)

    def _lose_servers(self) -> None:
        for server in self._servers.values():
            server.lose(kill=os.getpid() == self._owner)
        self._servers.clear()


class Program:
    """A program while it runs; leaving the `with` block kills it and all that it started."""

    def __init__(
        self, sandbox: Sandbox, cell: "_Cell", role: str, limits: Limits, wall_s: float,
        fds: tuple[int, ...],
    ) -> None:  # fmt: skip
        self.ended: Ended | None = None
        self.deadline = time.monotonic() + wall_s
        self._sandbox = sandbox
        self._most_mb = MOST_TOGETHER * limits.memory_mb
        self._cell = cell
        self.channel = cell.take(wire.dump([role, limits]), fds)

    def send(self, tree: Any) -> None:
        """Send a message; raises wire.Closed, wire.NotData, wire.TooLong, TimeoutError."""
        self.send_bytes(wire.dump(tree))

    def send_bytes(self, message: bytes) -> None:
        """Send a message that is packed already."""
        wire.send(self.channel.fileno(), message, self.deadline)

    def receive(self, most: int = ANSWER_BYTES) -> Any:
        """The next message's tree; raises wire.Closed, wire.NotData, wire.TooLong, TimeoutError.

        A message of more than `most` bytes is not read: its tree may take a hundred times as many.
        """
        while not self._heard(WATCH_S):
            if exceeded := self._exceeded():
                self.ended = self.end()._replace(exceeded=exceeded)
                raise wire.Closed(exceeded)
        return wire.load(wire.receive(self.channel.fileno(), self.deadline, most))

    def _exceeded(self) -> str | None:
        if self._sandbox.memory_mb() > self._most_mb:
            return f"memory: its processes took more than {self._most_mb} MiB together"
        if self._cell.scratch_mb() > SCRATCH_MB:
            return f"output: its files took more than {SCRATCH_MB} MiB together"
        return None

    def _heard(self, seconds: float) -> bool:
        """Wait so long for a message to begin; also over at the deadline."""
        left_s = self.deadline - time.monotonic()
        waiting = select.poll()
        waiting.register(self.channel.fileno(), select.POLLIN)
        return bool(waiting.poll(max(0.0, min(seconds, left_s)) * 1000)) or left_s <= seconds

    def end(self) -> Ended:
        """Kill it; tells how it ended."""
        if self.ended is None:
            self.channel.close()
            self._cell.end()
            self.ended = self._cell.settle()
            self._sandbox.losses += self._cell.lost
        return self.ended

    def __enter__(self) -> "Program":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.ended is None:  # nobody asks how, so nobody waits for it
            self.channel.close()
            self._cell.end()


def probe() -> dict[str, str | None]:
    """Try every level here: why it cannot be had, None where it can."""
    reasons: dict[str, str | None] = {}
    for level in LEVELS:
        with Sandbox(least=level) as sandbox:
            sandbox.only(level)
            try:
                reasons[level] = None if sandbox.level == level else "not tried"
            except AssayError as error:
                reasons[level] = str(error)
    return reasons


def _allowed(level: str) -> bytes:
    """The filter of system calls for a level; raises _NotHere."""
    if level == RLIMITS:
        return b""
    try:
        return compiled(inside=level == NAMESPACES)
    except (ImportError, RuntimeError, OSError) as error:
        raise _NotHere(f"no libseccomp ({error})") from None


class _NotHere(Exception):
    pass


class _Cell:
    """A cell's control socket, and the channel to the program that it has forked ahead."""

    def __init__(self, control: socket.socket, scratch: str | None) -> None:
        self.usable = True
        self.lost = False
        self._scratch = scratch
        self._ending = False
        self._control = control
        self._next: socket.socket | None = None
        control.setblocking(False)
        kind, _, why = self._hear(START_S).partition(" ")
        if kind != "ready":
            self.close()
            raise _NotHere(why) if kind == "failed" else OSError("a cell did not start")

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

    def end(self) -> None:
        """Have the program killed; `settle` tells how it ended."""
        if self.usable:
            try:
                self._control.send(b"e")
                self._ending = True
            except OSError:
                self._lose()

    def settle(self) -> Ended:
        """Wait until the last program has ended; the cell is closed where it cannot go on."""
        if not self._ending:
            return LOST
        self._ending = False
        kind, *rest = self._hear(END_S).split()
        if kind != "ended":
            self._lose()
            return LOST
        status, cpu_s, clean = rest
        if clean != "1":
            self.close()
        return Ended(int(status), float(cpu_s), clean == "1")

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
        self.usable = False
        self._control.close()
        if self._next is not None:
            self._next.close()
        if self._scratch is not None:
            rmtree(self._scratch, ignore_errors=True)

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
            self._next = socket.socket(fileno=fds[0])
            self._next.setblocking(False)
        return told.decode(errors="replace")


LOST = Ended(KILLED, 0.0, False)


class _Server:
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

    def lose(self, *, kill: bool) -> None:
        self.control.close()
        if kill:  # it is not this process's to kill where this one is a fork of who started it
            self.process.kill()
            self.process.wait()
