"""What makes forks cheap: programs' new objects lie together, not in holes between old ones."""

import json
import os
import subprocess
import sys

import pytest

FILLED = """
import json, sys
from verifiers.sandbox.heap import POOL_BYTES, fill_holes

SIZES = range(48, 513, 80)

def pools(size):
    new = [bytes(size - 33) for _ in range(16)]
    return len({id(one) // POOL_BYTES for one in new})

old = {size: [bytes(size - 33) for _ in range(40_000 // size * 16)] for size in SIZES}
for objects in old.values():
    del objects[::50]
if "filled" in sys.argv:
    fill_holes()
print(json.dumps([pools(size) for size in SIZES]))
"""


def _pools(*arguments: str, **environment: str) -> list[int]:
    done = subprocess.run(
        [sys.executable, "-c", FILLED, *arguments], capture_output=True, text=True,
        env={**os.environ, **environment}, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="pools are CPython's")
def test_new_objects_of_a_size_lie_together_once_all_holes_are_filled() -> None:
    assert min(_pools()) >= 3
    assert _pools("filled") == [1] * 6


def test_filling_ends_where_python_has_no_pools() -> None:
    assert len(_pools("filled", PYTHONMALLOC="malloc")) == 6
