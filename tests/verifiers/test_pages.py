"""What makes forks cheap: pages that the fork itself copies."""

import os
import sys
from collections.abc import Callable
from resource import RUSAGE_SELF, getrusage

import pytest

from verifiers.sandbox.orders import Limits
from verifiers.sandbox.pages import pinned, touched_by
from verifiers.sandbox.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="io_uring and /proc are Linux's")

PAGES = 400

OPEN_FDS = """
import os

def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True

def f():
    return [fd for fd in range(256) if is_open(fd)]
"""


def _in_a_fork(work: Callable[[], int]) -> int:
    """What `work` gives in a process of its own."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        try:
            os.write(writing, str(work()).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as answer:
        text = answer.read()
    os.wait()
    return int(text)


def test_pinned_pages_are_not_copied_one_by_one() -> None:
    def faults() -> int:
        memory = bytearray(PAGES * 4096)

        def write() -> None:
            for page in range(PAGES):
                memory[page * 4096] += 1

        def faults_of_a_fork() -> int:
            before = getrusage(RUSAGE_SELF).ru_minflt
            write()
            return getrusage(RUSAGE_SELF).ru_minflt - before

        write()
        assert _in_a_fork(faults_of_a_fork) >= PAGES
        if pinned(touched_by(write, os.open("/proc", os.O_PATH))) is None:
            return 0
        return _in_a_fork(faults_of_a_fork)

    assert _in_a_fork(faults) < PAGES // 10


def test_a_program_holds_no_descriptor_of_its_cell() -> None:
    with (
        Sandbox(least="rlimits") as sandbox,
        sandbox.run("module", Limits(), wall_s=20.0, cell="common") as program,
    ):
        program.send([OPEN_FDS, "", False])
        program.send([1, "call", "f", [], {}, False])
        assert len(program.receive()[2]) == len(["l", *(0, 1, 2), "its channel"])
