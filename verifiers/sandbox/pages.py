"""Pages that every program touches: copied by the fork itself, not one by one after it.

    proc = os.open("/proc", os.O_PATH)
    ring = pinned(touched_by(program, judge, proc))     # programs must close it, or None

A page that a fork shares with its parent is copied when one of them first writes to it: a page
fault of some 2 microseconds, of which a trivial program and its cell have 300. The kernel copies
pages that are pinned for a device in the fork itself, at less than half of that. An io_uring pins
what is registered as its buffers, and is used for nothing else here. Where none can be had
(containers that forbid it, other systems) forks are as they always are.

A page that is copied for nothing costs as much. So a program is rehearsed in a process that does
nothing else, and others send it what it is sent, and look at its pages.
"""

from __future__ import annotations

import _signal  # pyright: ignore[reportMissingImports]
import _socket
import ctypes
import os
import struct

from verifiers.sandbox import wire
from verifiers.sandbox.linux import SET_DUMPABLE, prctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Run = tuple[int, int, bool]
    """The address of some pages, their bytes, and whether no file on a disk is behind them."""

EXCLUSIVE = 1 << 56
"""The bit of an entry in /proc/self/pagemap: the page is mapped by this process alone."""

OF_FILE = 1 << 61
"""The bit of a page that is a file's, and no copy of it: nobody has written to it."""

IO_URING_SETUP, IO_URING_REGISTER, REGISTER_BUFFERS = 425, 427, 0
"""The same numbers on all machines."""

PARAMETERS_BYTES = 120

LINES_BYTES = 4096
"""The kernel gives no more of /proc/self/maps at once, and whole lines."""

KILL = int(_signal.SIGKILL)

LONGEST_S = 10.0
"""Seconds that a rehearsal may take."""

MOST_RUNS = 1024
"""Buffers that a ring takes on every kernel that has rings."""


def touched_by(
    program: Callable[[_socket.socket], None], judge: Callable[[_socket.socket], None], proc: int
) -> list[Run]:
    """The pages that are copied for `program`, in a fork of this process.

    It and `judge` have the ends of a channel; a process that `judge` starts must end when the
    program has. `proc` is a descriptor of /proc, whatever is mounted there by now. Raises OSError.
    """
    reading, writing = os.pipe()
    # Told by a fork, and not by this process: what either would write to is no program's.
    telling = os.fork()
    if telling == 0:
        try:
            wire.send(writing, wire.dump(_told(program, judge, proc)))
        finally:
            os._exit(0)
    os.close(writing)
    try:
        return wire.load(wire.receive(reading))
    except wire.Closed:
        return []
    finally:
        os.close(reading)
        os.waitpid(telling, 0)


def _told(program: Any, judge: Any, proc: int) -> list[list[int]]:
    prctl(SET_DUMPABLE, 1)  # or it may not look into its forks, once it has changed its user
    maps = os.open("self/maps", os.O_RDONLY, dir_fd=proc)
    text = b""
    while lines := os.read(maps, LINES_BYTES):
        text += lines
    channel, theirs = _socket.socketpair()
    done, telling = _socket.socketpair()
    rehearsing = os.fork()
    if rehearsing == 0:
        try:
            channel.close()
            done.close()
            program(theirs)
            telling.send(b".")
            telling.recv(1)
        finally:
            os._exit(0)
    theirs.close()
    telling.close()
    try:
        own = os.readlink("self", dir_fd=proc)
        (name,) = _children(own, proc)  # it may have another number outside of its namespace
        judge(channel)
        done.settimeout(LONGEST_S)
        runs = []
        if done.recv(1):
            pagemap = os.open(f"{name}/pagemap", os.O_RDONLY, dir_fd=proc)
            places = map(str.split, text.decode().splitlines())
            runs = [run for place in places for run in _copied(pagemap, *place)]
    finally:
        os.kill(rehearsing, KILL)
        os.waitpid(rehearsing, 0)
    while _children(own, proc):  # of the judge's, which end with what it told them of
        os.wait()
    return runs


def pinned(runs: list[Run]) -> int | None:
    """Pin these pages, or at least those of no file on a disk, while the descriptor is open."""
    library = ctypes.CDLL(None, use_errno=True)
    ring = library.syscall(IO_URING_SETUP, 1, ctypes.create_string_buffer(PARAMETERS_BYTES))
    if ring < 0:
        return None
    # Before Linux 6.5 it refuses pages with a file behind them.
    for chosen in (runs, [run for run in runs if run[2]]):
        n = min(len(chosen), MOST_RUNS)
        buffers = (ctypes.c_size_t * (2 * n))(*(one for run in chosen[:n] for one in run[:2]))
        if library.syscall(IO_URING_REGISTER, ring, REGISTER_BUFFERS, buffers, n) == 0:
            return ring
    os.close(ring)
    return None


def _children(pid: str, proc: int) -> list[str]:
    children = os.open(f"{pid}/task/{pid}/children", os.O_RDONLY, dir_fd=proc)
    try:
        return os.read(children, LINES_BYTES).decode().split()
    finally:
        os.close(children)


def _copied(pagemap: int, place: str, rights: str, *others: str) -> list[list[int]]:
    """The runs among one line of /proc/self/maps; `others` end with the file's name."""
    if not rights.startswith("rw-p"):
        return []
    size = os.sysconf("SC_PAGE_SIZE")
    first, end = (int(address, 16) for address in place.split("-"))
    entries = os.pread(pagemap, (end - first) // size * 8, first // size * 8)
    in_memory = len(others) < 4 or others[3].startswith("/memfd:")
    runs: list[list[int]] = []
    for number, (entry,) in enumerate(struct.iter_unpack("=Q", entries)):
        if entry & EXCLUSIVE and not entry & OF_FILE:
            address = first + number * size
            if runs and sum(runs[-1][:2]) == address:
                runs[-1][1] += size
            else:
                runs.append([address, size, in_memory])
    return runs
