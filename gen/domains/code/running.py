"""Runs our own programs, and mutants of them, in this process, for a bounded number of lines.

    call = loaded("def f(x):\\n    return x + 1\\n", "f")
    call((1,))                                                ->  Ran("value", 2)
    loaded("def f(x):\\n    while True: pass\\n", "f")((1,))  ->  Ran("endless", None)

For sources that were written here or come from an installed package, and for nothing that a model
wrote: that belongs into the sandbox.
"""

import sys
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

MOST_LINES = 5_000


class Ran(NamedTuple):
    """What became of a call: its value, the name of its error, or that it did not end."""

    kind: str
    what: Any


Call = Callable[[tuple[Any, ...]], Ran]


class _Endless(BaseException):
    """More lines than a small function runs."""


def loaded(source: str, entry_point: str, given: dict[str, Any] | None = None) -> Call:
    """A function of a program, to be called with a tuple of arguments, which it may not change."""
    names: dict[str, Any] = {"__name__": "loaded", **(given or {})}
    exec(compile(source, f"<{entry_point}>", "exec", dont_inherit=True), names)
    function = names[entry_point]
    return lambda args: _ran(function, deepcopy(args))


def _ran(function: Callable[..., Any], args: tuple[Any, ...]) -> Ran:
    left = MOST_LINES

    def trace(frame: Any, event: str, arg: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise _Endless
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        value = function(*args)
        if hasattr(value, "__next__"):
            value = list(value)
    except _Endless:
        return Ran("endless", None)
    except Exception as error:
        return Ran("raised", type(error).__name__)
    finally:
        sys.settrace(before)
    return Ran("value", value)
