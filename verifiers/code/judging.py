"""What every kind's judge gives back, and how an execution that went wrong is told.

Judged(n_passed=3, n_tests=3, reason="passed: 3 tests")
Judged(n_passed=1, n_tests=3, reason="wrong_answer: test 2 of 3: returned 5, expected 4")
"""

import signal
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from random import Random
from typing import Any

from verifiers.code.truth import Options
from verifiers.sandbox import wire
from verifiers.sandbox.cell import KILLED
from verifiers.sandbox.orders import Ended

SHOWN_CHARS = 80

REASON_CHARS = 400

SIGNALS = {one.value: one.name for one in signal.Signals}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What became of a program: the tests it passed, of how many, and why it failed the first.

    `reward` in [0, 1] is set by kinds that do not count tests; `details` goes into the verdict.
    """

    n_passed: int
    n_tests: int
    reason: str
    reward: float | None = None
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def all_passed(self) -> bool:
        """Whether the program is right."""
        return self.n_passed == self.n_tests

    def as_one(self) -> "Judged":
        """The same, of tests that count as one."""
        return replace(self, n_passed=int(self.all_passed), n_tests=1)


def shuffled(n: int, *texts: str) -> list[int]:
    """The numbers below `n` in an order no candidate can know, the same for the same texts."""
    order = list(range(n))
    if n == 1:
        return order
    Random(blake2b("\0".join(texts).encode(errors="replace")).digest()).shuffle(order)
    return order


def passed(n: int) -> Judged:
    """All `n` tests passed."""
    return Judged(n_passed=n, n_tests=n, reason=f"passed: {n} test{'s' * (n != 1)}")


def ended_badly(ended: Ended, options: Options) -> str:
    """The reason for which a program that ended, or closed its channel, is rejected."""
    if ended.exceeded is not None:
        return ended.exceeded
    if ended.status == -signal.SIGXCPU or ended.cpu_s >= options.cpu_s:
        return f"cpu: more than {options.cpu_s:g} s of CPU time"
    if ended.status == KILLED:
        return "exit: it closed its channel, or ran out of memory"
    if ended.status < 0:
        return f"crash: {SIGNALS.get(-ended.status, f'signal {-ended.status}')}"
    return f"exit: it ended with status {ended.status}"


def too_slow(options: Options) -> str:
    """The reason for which a program that did not answer in time is rejected."""
    return f"timeout: no answer in {options.wall_s:g} s"


def raised(kind: str, text: str) -> str:
    """The reason for which a program that raised is rejected."""
    codes = {"MemoryError": "memory", "RecursionError": "recursion"}
    return f"{codes.get(kind, 'raised')}: {kind}: {text}".rstrip(": ")


def whole(text: str) -> str:
    """Without half characters, which no file and no socket takes."""
    return text.encode(errors="replace").decode()


def shown_tree(tree: Any) -> str:
    """The value of a tree as a reader can bear it; only of a small one is it made."""
    small = type(tree) is not list or (
        len(tree) < SHOWN_CHARS and len(str(tree)) < 10 * SHOWN_CHARS
    )
    return shown(wire.decode(tree)) if small else f"{len(tree) - 1} items"


def shown(value: Any) -> str:
    """The value as a reader can bear it."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of many digits, a deep list
        text = f"a {type(value).__name__}"
    text = whole(text)
    return text if len(text) <= SHOWN_CHARS else text[:SHOWN_CHARS] + "..."
