"""A cell: the process that forks programs from itself, one at a time, and clears up after each.

    serve(control, ["numpy"], NAMESPACES, visible(), code, "/tmp", "")   # until control is closed

It tells `ready`, with a channel to the process of a program that is forked ahead and waits for its
order, `[role, limits]`. The judge sends a byte when the program is to end: then all its processes
are killed and reaped, its files removed, the next process is forked, and `ended STATUS CPU_S CLEAN`
told with a channel to that one. The cell itself never reads what a program is told or says: nothing
of it can be left for the next one. It does little between two forks, since every page that it
touches after one has to be copied.
"""

from __future__ import annotations

# `signal` and `socket` go through enums, which is a hundred pages to copy after each fork.
import _signal  # pyright: ignore[reportMissingImports]
import _socket
import gc
import os
import sys

from verifiers.sandbox import landlock, namespaces, wire
from verifiers.sandbox.levels import LANDLOCK, NAMESPACES
from verifiers.sandbox.limits import address_space, apply, apply_common
from verifiers.sandbox.linux import (
    SET_CHILD_SUBREAPER,
    SET_NO_NEW_PRIVS,
    SET_PDEATHSIG,
    filter_syscalls,
    prctl,
)
from verifiers.sandbox.pages import pinned, touched_by
from verifiers.sandbox.program import rehearse
from verifiers.sandbox.rehearsal import judge_one

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from verifiers.sandbox.visible import Shown

ROLES = {
    "module": ("verifiers.sandbox.program", "serve_module"),
    "script": ("verifiers.sandbox.program", "serve_script"),
    "tests": ("verifiers.sandbox.tester", "serve_tests"),
    "properties": ("verifiers.sandbox.properties", "serve_properties"),
    "suite": ("verifiers.sandbox.suite", "serve_suite"),
}
"""What a forked process does with its descriptors: the server has imported the module."""

SCRATCH_MB = 64

MOST_FDS = 4

KILL = int(_signal.SIGKILL)

KILLED = -KILL


def serve(
    control: Any, imported: list[str], level: str, visible: list[Shown], allowed: bytes,
    scratch: str, group: str,
) -> NoReturn:  # fmt: skip
    """Close this process in and fork programs, or tell `failed WHY`.

    `imported` names what was imported for its programs; `allowed` is the code of the filter of
    system calls; see syscalls.py. `scratch` is the folder that programs may write to, which is
    another's to make, except in namespaces; `group` is a control group to join, or empty.
    """
    try:
        if group:
            _join(group)
        cell = _close_in(imported, level, visible, allowed, scratch)
        apply_common()
    except Exception as error:
        why = f"{type(error).__name__}: {error}"[:300]
        wire.send_with_fds(control, f"failed {why}".encode())
        os._exit(1)
    try:
        cell.loop(control)
    except (EOFError, OSError):
        pass
    finally:
        cell.leave()
        os._exit(0)


class _Cell:
    def __init__(self, level: str, scratch: str, allowed: bytes) -> None:
        self.level = level
        self.scratch = scratch
        self._allowed = allowed
        self._rehearses = False
        self._ring: int | None = None
        self._kept = os.listdir(scratch)  # where Python itself is installed below it
        self._base_bytes = 0
        self._program = 0

    def pin(self, imported: list[str], proc: int | None) -> None:
        """Have all later forks copy what programs touch (pages.py), where that can be had.

        `proc` is a descriptor of /proc, where there is one.
        """
        os.chdir(self.scratch)
        # No handler of Python's: the kernel then keeps such signals from pid 1.
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        gc.collect()
        gc.freeze()
        if proc is None:
            return
        try:
            touched = touched_by(self._become_program, lambda to: judge_one(to, imported), proc)
            self._ring = pinned(touched)
        except OSError:
            pass
        finally:
            os.close(proc)

    def loop(self, control: Any) -> None:
        self._rehearses = self._ring is None
        self._base_bytes = address_space()
        told = b"ready"
        while True:
            channel, theirs = _socket.socketpair()
            self._program = os.fork()
            if self._program == 0:
                try:
                    channel.close()
                    if self._ring is not None:
                        os.close(self._ring)
                    os.close(control.detach())
                    self._become_program(theirs)
                finally:
                    os._exit(70)
            theirs.close()
            if self.level != NAMESPACES:
                try:
                    os.setpgid(self._program, self._program)
                except OSError:
                    pass  # whoever of the two comes first
            wire.send_with_fds(control, told, (channel.fileno(),))
            channel.close()
            if not control.recv(1):
                raise EOFError
            told = self._end()

    def leave(self) -> None:
        """Kill what still runs and remove its files; in namespaces the kernel does."""
        if self.level != NAMESPACES and self._program:
            self._end()

    def _become_program(self, channel: Any) -> None:
        _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        if self.level != NAMESPACES:
            try:
                os.setpgid(0, 0)
            except OSError:
                pass
        if self.level == LANDLOCK:
            prctl(SET_PDEATHSIG, KILL)  # in namespaces all end with pid 1
            # Here, not in the cell: from now on nobody can leave the process group.
            filter_syscalls(self._allowed)
        if self._rehearses:
            rehearse()
        order, fds = wire.receive_with_fds(channel, MOST_FDS)
        role, limits = wire.load(order)
        apply(*limits, base_bytes=self._base_bytes)
        module, function = ROLES[role]
        getattr(sys.modules[module], function)(channel.detach(), *fds)

    def _end(self) -> bytes:
        """Kill and reap everybody, remove all files; gives what the judge is told."""
        inside = self.level == NAMESPACES
        _kill(self._program if inside else -self._program)
        status, cpu_s, options = KILLED, 0.0, 0
        while True:
            try:
                reaped, how, used = os.wait4(-1, options)
            except ChildProcessError:
                break
            if reaped == 0:  # somebody is left, who may just have been forked: kill again
                _kill(-1 if inside else -self._program)
                options = 0
                continue
            options = os.WNOHANG
            cpu_s += used.ru_utime + used.ru_stime
            if reaped == self._program:
                status = os.waitstatus_to_exitcode(how)
        self._program = 0
        return b"ended %d %.6f %d" % (status, cpu_s, self._clear())

    def _clear(self) -> bool:
        try:
            names = os.listdir(self.scratch)
        except PermissionError:
            names = None
        if names == self._kept:
            return True
        try:
            os.chmod(self.scratch, 0o1777)
            for name in {*os.listdir(self.scratch)} - {*self._kept}:
                _remove(f"{self.scratch}/{name}")
        except (OSError, RecursionError):
            return False
        return True


def _join(group: str) -> None:
    """Become part of a control group (cgroup.py), with all that will be forked, if it can be."""
    try:
        with open(f"{group}/cgroup.procs", "w") as file:
            file.write("0")
    except OSError:
        pass


def _close_in(
    imported: list[str], level: str, visible: list[Shown], allowed: bytes, scratch: str
) -> _Cell:
    proc = _proc()
    if level == NAMESPACES:
        namespaces.enter(visible, scratch_mb=SCRATCH_MB)
        os.setsid()  # `kill(0)` is for the process group, which must not be the judge's
        cell = _Cell(level, "/tmp", allowed)
        cell.pin(imported, proc)
        filter_syscalls(allowed)
        return cell
    os.setsid()
    os.environ["TMPDIR"] = scratch
    cell = _Cell(level, scratch, allowed)
    cell.pin(imported, proc)
    if level == LANDLOCK:
        prctl(SET_NO_NEW_PRIVS, 1)
        prctl(SET_CHILD_SUBREAPER, 1)
        landlock.enter(visible, scratch=scratch)
    return cell


def _proc() -> int | None:
    try:
        return os.open("/proc", os.O_PATH | os.O_DIRECTORY)
    except (OSError, AttributeError):  # no Linux
        return None


def _kill(whom: int) -> None:
    try:
        os.kill(whom, KILL)
    except (ProcessLookupError, PermissionError):
        pass


def _remove(path: str) -> None:
    if os.path.islink(path) or not os.path.isdir(path):
        os.unlink(path)
        return
    os.chmod(path, 0o700)  # a program may have taken away its own right to remove it
    for name in os.listdir(path):
        _remove(f"{path}/{name}")
    os.rmdir(path)
