"""A cell: the process that forks programs from itself, one at a time, and clears away after each.

    serve(control, level="namespaces+seccomp")      # until the judge closes the control socket

The judge sends `["run", role, limits]` with the program's descriptors, and `["end"]`, upon which all
processes of the program are killed and reaped, its files removed, and `["ended", status, cpu_s,
clean]` answered. The cell itself never reads what a program is told or says: nothing of it can be
left for the next one to find.
"""

import contextlib
import gc
import os
import resource
import shutil
import signal
import socket
import stat
import tempfile
from collections.abc import Callable
from typing import NoReturn

import msgspec

from verifiers.sandbox import landlock, namespaces
from verifiers.sandbox.levels import LANDLOCK, NAMESPACES
from verifiers.sandbox.limits import Limits, address_space
from verifiers.sandbox.linux import SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS, prctl
from verifiers.sandbox.program import serve_module, serve_script
from verifiers.sandbox.properties import serve_properties
from verifiers.sandbox.syscalls import restrict
from verifiers.sandbox.tester import serve_tests

ROLES: dict[str, Callable[..., None]] = {
    "module": serve_module,
    "script": serve_script,
    "tests": serve_tests,
    "properties": serve_properties,
}
"""What a forked process does with its descriptors."""

SCRATCH_MB = 64

CONTROL_BYTES = 4096
"""More than any control message has."""


class Run(msgspec.Struct, frozen=True, tag="run", array_like=True):
    """Fork a program."""

    role: str
    limits: Limits


class End(msgspec.Struct, frozen=True, tag="end", array_like=True):
    """Kill it and all that it started."""


class Ready(msgspec.Struct, frozen=True, tag="ready", array_like=True):
    """The cell is closed, and takes programs."""


class Failed(msgspec.Struct, frozen=True, tag="failed", array_like=True):
    """The cell cannot be had at this level here."""

    why: str


class Ended(msgspec.Struct, frozen=True, tag="ended", array_like=True):
    """How the program ended: an exit status, or minus a signal; None: it was killed.

    `cpu_s` is the CPU time of all its processes, in seconds. A cell that is not `clean` holds
    something that could not be removed, and must not be used again.
    """

    status: int | None
    cpu_s: float
    clean: bool


def serve(control: socket.socket, level: str) -> NoReturn:
    """Close this process in, then fork programs until the control socket closes."""
    scratch = None
    try:
        cell = _close_in(level)
        scratch = cell.scratch
    except Exception as error:
        _tell(control, Failed(f"{type(error).__name__}: {error}"[:300]))
        os._exit(1)
    try:
        _tell(control, Ready())
        cell.loop(control)
    except (EOFError, OSError):
        pass
    finally:
        if level != NAMESPACES and scratch:
            shutil.rmtree(scratch, ignore_errors=True)
        os._exit(0)


class _Cell:
    def __init__(self, level: str, scratch: str, signals_stay_inside: bool) -> None:
        self.level = level
        self.scratch = scratch
        self._signals = signals_stay_inside
        self._base_bytes = address_space()
        self._program: int | None = None

    def loop(self, control: socket.socket) -> None:
        os.chdir(self.scratch)
        tempfile.tempdir = self.scratch
        gc.collect()
        gc.freeze()
        # No handler of Python's: the kernel then keeps such signals from pid 1.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        while True:
            data, fds, _, _ = socket.recv_fds(control, CONTROL_BYTES, 4)
            if not data:
                raise EOFError
            message = COMMANDS.decode(data)
            if isinstance(message, Run):
                self._fork(message, fds, control)
            else:
                _tell(control, self._end())

    def _fork(self, run: Run, fds: list[int], control: socket.socket) -> None:
        pid = os.fork()
        if pid == 0:
            try:
                os.close(control.detach())
                self._become(run, fds)
            finally:
                os._exit(70)
        self._program = pid
        for fd in fds:
            os.close(fd)
        if self.level != NAMESPACES:
            with contextlib.suppress(OSError):  # whoever of the two comes first
                os.setpgid(pid, pid)

    def _become(self, run: Run, fds: list[int]) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if self.level != NAMESPACES:
            with contextlib.suppress(OSError):
                os.setpgid(0, 0)
        if self.level == LANDLOCK:
            restrict(signals=False)
        run.limits.apply(base_bytes=self._base_bytes)
        ROLES[run.role](*fds)

    def _end(self) -> Ended:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        status = self._kill() if self._program is not None else None
        self._program = None
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return Ended(status, cpu_s, self._clear())

    def _kill(self) -> int | None:
        program = self._program
        assert program is not None
        everybody = -1 if self.level == NAMESPACES else -program
        ended = None
        while True:
            # Again after each reaping: what was being forked may have been missed.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(everybody, signal.SIGKILL)
            try:
                reaped, status = os.waitpid(-1, 0)
            except ChildProcessError:
                return ended
            if reaped == program and os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                ended = os.waitstatus_to_exitcode(status)  # it was ending by itself

    def _clear(self) -> bool:
        if stat.S_IMODE(os.stat(self.scratch).st_mode) & 0o700 != 0o700:
            return False
        for entry in os.listdir(self.scratch):
            path = os.path.join(self.scratch, entry)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path, onerror=_insist)
            else:
                os.unlink(path)
        return not os.listdir(self.scratch)


def _close_in(level: str) -> _Cell:
    if level == NAMESPACES:
        namespaces.enter(scratch_mb=SCRATCH_MB)
        restrict(signals=True)
        return _Cell(level, "/tmp", True)
    scratch = tempfile.mkdtemp(prefix="assay-")
    if level == LANDLOCK:
        prctl(SET_NO_NEW_PRIVS, 1)
        prctl(SET_CHILD_SUBREAPER, 1)
        return _Cell(level, scratch, landlock.enter(scratch=scratch))
    return _Cell(level, scratch, False)


def _insist(function: Callable[..., object], path: str, _: object) -> None:
    """A program may have taken away its own right to remove what it made."""
    with contextlib.suppress(OSError):
        os.chmod(os.path.dirname(path), 0o700)
        os.chmod(path, 0o700, follow_symlinks=False)
        function(path)


def _tell(control: socket.socket, message: msgspec.Struct) -> None:
    control.send(ENCODER.encode(message))


ENCODER = msgspec.msgpack.Encoder()
COMMANDS = msgspec.msgpack.Decoder(Run | End)
ANSWERS = msgspec.msgpack.Decoder(Ready | Failed | Ended)
