"""The process that cells are forked from: a Python of its own, with the usual imports done.

    main(control_fd, "numpy")      # until the judge closes the control socket

It never sees a program or a test. The judge sends the arguments of `cell.serve` with a cell's
control socket; the rest is between the judge and the cell.
"""

import _socket
import os
import signal
import sys
from contextlib import suppress
from importlib import import_module

COMMON = "bisect collections copy functools heapq itertools math operator re string typing"
"""Imported once for all programs, apart by white space: what most use and what costs little."""


def main(control_fd: int, more: str) -> None:
    """Fork a cell for each message, until the control socket closes; `more` is imported too."""
    from verifiers.sandbox import wire
    from verifiers.sandbox.cell import serve
    from verifiers.sandbox.linux import SET_CHILD_SUBREAPER, prctl
    from verifiers.sandbox.program import rehearse

    for name in f"{COMMON} {more}".split():
        with suppress(ImportError):  # not installed
            import_module(name)
    rehearse()  # what is loaded by it is loaded for all
    with suppress(OSError, AttributeError):  # no Linux
        prctl(SET_CHILD_SUBREAPER, 1)  # cells fork once more, and should stay below this process
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the judge's business
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for cells: their sockets tell
    control = _socket.socket(-1, -1, -1, control_fd)
    while True:
        try:
            order, fds = wire.receive_with_fds(control, 1)
        except wire.Closed:
            return
        if os.fork() == 0:
            os.close(control.detach())
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _quiet()
            serve(_socket.socket(-1, -1, -1, fds[0]), *wire.unpack(order))
        os.close(fds[0])


def _quiet() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
