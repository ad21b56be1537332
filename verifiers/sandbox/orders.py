"""What the judge orders of a cell, and what it is told: the messages between them, as data.

    wire.dump([role, Limits(cpu_s=5.0, memory_mb=1024)])     # the order of a program
    wire.dump(Tests(entry_point="f", ...))                   # what test code is told

On the other side they arrive as lists, in the fields' order: cells import as little as they can.
"""

from typing import NamedTuple


class Limits(NamedTuple):
    """Limits of each of a program's processes.

    `cpu_s` is in seconds and rounded up, `memory_mb` in MiB of address space beyond what Python
    itself has.
    """

    cpu_s: float = 5.0
    memory_mb: int = 1024


class Tests(NamedTuple):
    """Test code, a text each, and what it needs: `helpers` is code that the prompt shows.

    With `check`, the text defines a function `check` that takes the candidate.
    """

    entry_point: str
    setup: str
    helpers: str | None
    texts: list[str]
    check: bool
    stop_at_failure: bool


class Properties(NamedTuple):
    """Expressions that must be true for all values that hypothesis draws.

    `strategies` gives each variable's strategy, an expression in which `st` is
    `hypothesis.strategies`; `examples` is how many are drawn for each property.
    """

    entry_point: str
    setup: str
    helpers: str | None
    strategies: dict[str, str]
    properties: list[str]
    examples: int
    stop_at_failure: bool


class Suite(NamedTuple):
    """A repository's test suite: `n_files` files follow; pytest runs those at `paths`.

    Of their tests only the functions named in `wanted` run, or all where it is None. A test may
    take `case_s` seconds of CPU time (0: as long as it likes). `traced` tells which of the files
    were opened. `options` are more arguments of pytest's.
    """

    n_files: int
    paths: list[str]
    wanted: list[str] | None
    case_s: float
    traced: bool
    options: list[str]


class Ended(NamedTuple):
    """How the program ended: an exit status, or minus a signal, KILLED where it still ran.

    `cpu_s` is the CPU time of all its processes, in seconds. A cell that is not `clean` holds
    something that could not be removed, and must not be used again. `exceeded` is what the
    judge ended it for, who sees all its processes and files.
    """

    status: int
    cpu_s: float
    clean: bool
    exceeded: str | None = None
