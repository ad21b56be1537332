"""The process that cells are forked from: a Python of its own, with some imports done.

    main(control_fd, "math numpy")      # until the judge closes the control socket

It never sees a program or a test. The judge sends the arguments of `cell.serve` with a cell's
control socket; the rest is between the judge and the cell.
"""

from __future__ import annotations

import _signal  # pyright: ignore[reportMissingImports]
import _socket
import gc
import os
import sys

UNTIL_WARM = 32
"""Python makes code that is run so often faster, and writes to it until then."""


def main(control_fd: int, preloaded: str) -> None:
    """Fork a cell for each message, until the control socket closes.

    `preloaded` names modules, apart by white space; one that is not installed is left out.
    """
    from verifiers.sandbox.heap import fill_holes

    fill_holes()
    from verifiers.sandbox import wire
    from verifiers.sandbox.cell import serve
    from verifiers.sandbox.linux import SET_CHILD_SUBREAPER, prctl
    from verifiers.sandbox.mappings import enlarge_data, join_data, share_code
    from verifiers.sandbox.program import rehearse
    from verifiers.sandbox.rehearsal import source_for

    for name in preloaded.split():
        try:
            __import__(name)
        except ImportError:
            pass
    source = source_for(preloaded.split())
    for _ in range(UNTIL_WARM):
        rehearse(source)  # what is loaded by it is loaded for all
    gc.collect()
    fill_holes()
    gc.freeze()  # or each cell would look through it all, and so have a copy of it all
    try:
        join_data()
        share_code()
        rehearse(source)  # the code that programs use is mapped again
        enlarge_data()
    except OSError:
        pass  # no Linux, or one that keeps processes from it
    try:
        prctl(SET_CHILD_SUBREAPER, 1)  # cells fork once more, and should stay below this process
    except (OSError, AttributeError):
        pass  # no Linux
    _signal.signal(_signal.SIGINT, _signal.SIG_IGN)  # an interrupt is the judge's business
    _signal.signal(_signal.SIGCHLD, _signal.SIG_IGN)  # cells tell by their sockets
    control = _socket.socket(-1, -1, -1, control_fd)
    while True:
        try:
            order, fds = wire.receive_with_fds(control, 1)
        except wire.Closed:
            return
        if os.fork() == 0:
            os.close(control.detach())
            _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
            _quiet()
            serve(_socket.socket(-1, -1, -1, fds[0]), preloaded.split(), *wire.unpack(order))
        os.close(fds[0])


def _quiet() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.close(null)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115
