"""What a program is told in its life, or test code, without a judge: to see what it touches.

    judge_one(channel, ["numpy"])      # to a process that serves a program behind it

It goes the way of every program: its order, its limits, its source, one call.
"""

from __future__ import annotations

import _socket
import os
import sys

from verifiers.sandbox import wire
from verifiers.sandbox.program import serve_module

SOURCE = "def f(x):\n    return x + 1\n"

SOURCES = {
    "numpy": "import numpy as np\n\ndef f(x):\n    return int(np.array([x, 2, 3]).sum() + 1)\n",
    "sympy": "import sympy\n\ndef f(x):\n    return int(sympy.Integer(x) + 1)\n",
}
"""What programs do with what they all import, where a cell has it."""

TEST = "def check(candidate):\n    assert candidate(1) in (2,)\n"

LIMITS = [5.0, 1024]

TESTER = "verifiers.sandbox.tester"


def judge_one(channel: _socket.socket, imported: list[str]) -> None:
    """Send what a program is sent, in a cell in which these modules are imported; then no more.

    What it says is left unread. For test code a process of the candidate's is started too, which
    ends when the program has.
    """
    if TESTER in sys.modules:
        candidate = _candidate()
        wire.send_with_fds(channel, wire.dump(["tests", LIMITS]), (candidate.fileno(),))
        candidate.close()
        messages = [["f", "", None, [TEST], True, True]]
    else:
        wire.send_with_fds(channel, wire.dump(["module", LIMITS]))
        messages = [[source_for(imported), "", False], [1 << 59, "call", "f", [1], {}, False]]
    for message in messages:
        wire.send(channel.fileno(), wire.dump(message))
    channel.shutdown(_socket.SHUT_WR)


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
