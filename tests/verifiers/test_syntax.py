"""Python's parser among threads."""

import gc
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from verifiers.code.syntax import literal, parse

SOURCE = "def answer():\n" + "".join(f"    x{i} = [1, 2, (3, 4 + {i})]\n" for i in range(100))


def _parses_from(depth: int) -> int:
    if depth:
        return _parses_from(depth - 1)
    return sum(len(parse(SOURCE).body) for _ in range(20))


def test_threads_parse_while_garbage_is_collected() -> None:
    def let_others_run(phase: str, info: dict[str, int]) -> None:
        time.sleep(1e-4)

    before = gc.get_threshold()
    gc.callbacks.append(let_others_run)
    gc.set_threshold(10)
    try:
        with ThreadPoolExecutor(4) as threads:
            parsed = list(threads.map(_parses_from, range(0, 80, 10)))
    finally:
        gc.set_threshold(*before)
        gc.callbacks.remove(let_others_run)
    assert parsed == [20] * 8


def test_what_is_no_python_is_told_as_python_tells_it() -> None:
    with pytest.raises(SyntaxError):
        parse("def f(:")
    with pytest.raises(ValueError, match="malformed"):
        literal("f(1)")
    assert literal(" \t[1, (2, {3})]") == [1, (2, {3})]
