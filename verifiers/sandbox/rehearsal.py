"""A whole program's life, or that of test code, without a judge: to see what it touches.

    rehearse_all(["numpy"])      # in a process of its own, which is changed by it

It takes the way of every program: its order, its limits, its source, one call.
"""

from __future__ import annotations

import _socket
import os
import sys

from verifiers.sandbox import wire
from verifiers.sandbox.limits import apply
from verifiers.sandbox.program import serve_module

SOURCE = "def f(x):\n    return x + 1\n"

SOURCES = {
    "numpy": "import numpy as np\n\ndef f(x):\n    return int(np.array([x, 2, 3]).sum() + 1)\n",
    "sympy": "import sympy\n\ndef f(x):\n    return int(sympy.Integer(x) + 1)\n",
}
"""What programs do with what they all import, where a cell has it."""

TEST = "def check(candidate):\n    assert candidate(1) in (2,)\n"

TESTER = "verifiers.sandbox.tester"


def rehearse_all(imported: list[str]) -> None:
    """Do what the programs of a cell do, in which these modules are imported."""
    ours, theirs = _socket.socketpair()
    candidate = _candidate() if TESTER in sys.modules else None
    if candidate is not None:
        wire.send_with_fds(ours, wire.dump(["tests", [5.0, 1024]]), (candidate.fileno(),))
        messages = [["f", "", None, [TEST], True, True]]
    else:
        wire.send_with_fds(ours, wire.dump(["module", [5.0, 1024]]))
        messages = [[source_for(imported), "", False], [1 << 59, "call", "f", [1], {}, False]]
    for message in messages:
        wire.send(ours.fileno(), wire.dump(message))
    ours.shutdown(_socket.SHUT_WR)
    order, fds = wire.receive_with_fds(theirs, 1)
    _, limits = wire.load(order)
    apply(*limits, base_bytes=0)
    if candidate is not None:
        sys.modules[TESTER].serve_tests(theirs.detach(), *fds)
        os.close(fds[0])
        candidate.close()
        os.wait()
    else:
        serve_module(theirs.detach())


def source_for(imported: list[str]) -> str:
    """A program like those that are run where these modules are imported."""
    used = [name for name in SOURCES if name in imported and name in sys.modules]
    return SOURCES[used[0]] if used else SOURCE


def _candidate() -> _socket.socket:
    """The channel to a process that has the program loaded; it ends when that closes."""
    ours, theirs = _socket.socketpair()
    wire.send(ours.fileno(), wire.dump([SOURCE, "", True]))
    if os.fork() == 0:
        try:
            ours.close()
            serve_module(theirs.fileno())
        finally:
            os._exit(0)
    return ours
