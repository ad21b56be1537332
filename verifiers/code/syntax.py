"""Python's own parser, for threads.

    parse("x = 1")               # ast.Module, as ast.parse gives it
    literal("[1, (2, 3)]")       # [1, (2, 3)], as ast.literal_eval gives it

CPython 3.11 counts how deep a tree is for all threads together: where the collector of garbage lets
another thread parse meanwhile, parsing fails with a SystemError.
"""

from __future__ import annotations

import ast
from threading import RLock
from typing import Any

ONE_AT_A_TIME = RLock()

MOST_TRIES = 10
"""What others parse in their threads, libraries among them, knows no lock."""


def parse(source: str, mode: str = "exec") -> Any:
    """The tree of `source`. Raises as `ast.parse` does."""
    with ONE_AT_A_TIME:
        for _ in range(MOST_TRIES - 1):
            try:
                return ast.parse(source, mode=mode)
            except SystemError:
                pass
        return ast.parse(source, mode=mode)


def literal(text: str) -> Any:
    """The value of a literal. Raises as `ast.literal_eval` does."""
    return ast.literal_eval(parse(text.lstrip(" \t"), "eval"))
