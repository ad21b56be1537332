"""The judge's side of the sandbox: cells, and programs run in them.

    with Sandbox(least="landlock+seccomp") as sandbox:
        sandbox.level                                        # "namespaces+seccomp"
        with sandbox.run("module", Limits(), wall_s=5.0) as program:
            program.send(["def f(x): return x + 1", "", True])
            program.receive()                                # [0, "value", None, None]
            program.end()                                    # Ended(status=-9, cpu_s=0.001, ...)

The server behind it (server.py) is started at the first use, and again where it was lost. A cell
runs one program at a time; candidates and test code never share one. Not for two threads at once.
"""

import os
import re
import select
import tempfile
import time
from contextlib import suppress
from typing import Any

from verifiers.errors import AssayError, UnknownName
from verifiers.sandbox import wire
from verifiers.sandbox.cell import SCRATCH_MB
from verifiers.sandbox.cgroup import Group, home
from verifiers.sandbox.levels import LEVELS, NAMESPACES, RLIMITS
from verifiers.sandbox.memory import together_mb
from verifiers.sandbox.orders import Ended, Limits
from verifiers.sandbox.remote import Cell, NotHere, NotIsolated, SandboxFailed, Server
from verifiers.sandbox.syscalls import compiled
from verifiers.sandbox.visible import Shown, visible

ANSWER_BYTES = 1 << 20

WATCH_S = 0.1
"""Seconds between looks at the memory of programs that take their time."""

MOST_TOGETHER = 2
"""Processes of a program together may take so many times what one of them may."""

STARTS = 3

CELLS = 3
"""Cells of each name, used in turn: one clears up while the other runs the next program."""

COMMON = "bisect collections copy functools heapq itertools math operator re string typing"
"""What most programs import, and what costs little."""

PRELOADED = {
    "bare": "",
    "common": COMMON,
    "numpy": f"{COMMON} numpy",
    "sympy": f"{COMMON} decimal fractions sympy",
    "wide": f"{COMMON} asyncio concurrent.futures datetime decimal fractions hashlib random "
    "statistics threading",
    "tests": f"{COMMON} verifiers.sandbox.tester",
    "properties": f"{COMMON} hypothesis hypothesis.strategies verifiers.sandbox.properties",
    "suite": f"{COMMON} pytest _hypothesis_pytestplugin hypothesis verifiers.sandbox.suite",
}
"""What is imported before cells of that name are forked; whatever it is, every fork copies it."""

WIDE = re.compile(
    r"\b(asyncio|concurrent|datetime|decimal|fractions|hashlib|random|statistics|thr)"
)


def cell_for(code: str) -> str:
    """The name of the cell in which a candidate's program is run."""
    if "import" not in code:
        return "bare"
    if "sympy" in code:
        return "sympy"
    if "numpy" in code:
        return "numpy"
    return "wide" if WIDE.search(code) else "common"


class Sandbox:
    """Runs programs at the strongest level there is, and never below `least`."""

    def __init__(self, *, least: str, shown: list[Shown] | None = None) -> None:
        """`least` is one of levels.LEVELS, `shown` what programs see of this machine's files.

        Raises UnknownName.
        """
        if least not in LEVELS:
            raise UnknownName("isolation level", least, LEVELS)
        self._levels = list(LEVELS[: LEVELS.index(least) + 1])
        self._least = least
        self._shown = visible() if shown is None else shown
        self._servers: dict[str, Server] = {}
        self._cells: dict[str, Cell] = {}
        self.losses = 0
        """Cells that ended by themselves while a program ran in them."""
        self._turn = 0
        self._owner = os.getpid()

    @property
    def level(self) -> str:
        """The level in force; raises NotIsolated where there is none."""
        if not self._cells:
            self._cell("bare")
        return self._levels[0]

    def run(
        self, role: str, limits: Limits, *, wall_s: float, cell: str = "bare",
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

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _cell(self, name: str) -> Cell:
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

    def _new_cell(self, name: str, *, known: bool) -> Cell:
        failures = []
        for _ in range(STARTS):
            while self._levels:
                try:
                    return self._started_cell(name)
                except NotHere as error:
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

    def _started_cell(self, name: str) -> Cell:
        preloaded = PRELOADED[name]
        server = self._servers.get(preloaded)
        if server is None or server.process.poll() is not None:
            if server is not None:
                server.lose(kill=os.getpid() == self._owner)
            server = self._servers[preloaded] = Server(preloaded)
        level = self._levels[0]
        allowed = _allowed(level)
        scratch = None if level == NAMESPACES else tempfile.mkdtemp(prefix="assay-")
        group = _group()
        joined = "" if group is None else group.path
        order = [level, self._shown, allowed, scratch or "/tmp", joined]
        return Cell(server.cell(order), scratch, group)

    def _lose_servers(self) -> None:
        for server in self._servers.values():
            server.lose(kill=os.getpid() == self._owner)
        self._servers.clear()


class Program:
    """A program while it runs; leaving the `with` block kills it and all that it started."""

    def __init__(
        self, sandbox: Sandbox, cell: Cell, role: str, limits: Limits, wall_s: float,
        fds: tuple[int, ...],
    ) -> None:  # fmt: skip
        self.ended: Ended | None = None
        self.deadline = time.monotonic() + wall_s
        self._sandbox = sandbox
        self._most_mb = MOST_TOGETHER * limits.memory_mb
        self._cell = cell
        cell.limit_memory(self._most_mb)
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
            self._cell.end(self.channel)
            self.ended = self._cell.settle()
            self._sandbox.losses += self._cell.lost
        return self.ended

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *exc: object) -> None:
        if self.ended is None:  # nobody asks how, so nobody waits for it
            self._cell.end(self.channel)


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


def _group() -> Group | None:
    """A control group for a cell, where one can be had."""
    parent = home()
    if parent is None:
        return None
    try:
        return Group(parent)
    except OSError:
        return None


def _allowed(level: str) -> bytes:
    """The filter of system calls for a level; raises NotHere."""
    if level == RLIMITS:
        return b""
    try:
        return compiled(inside=level == NAMESPACES)
    except (ImportError, RuntimeError, OSError) as error:
        raise NotHere(f"no libseccomp ({error})") from None
