"""What makes forks cheap: pages that the fork itself copies."""

import ctypes
import mmap
import os
import sys
from _socket import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
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
        proc = os.open("/proc", os.O_PATH)
        if pinned(touched_by(lambda _: write(), lambda _: None, proc)) is None:
            return 0
        return _in_a_fork(faults_of_a_fork)

    assert _in_a_fork(faults) < PAGES // 10


def _broken(_: object) -> None:
    raise ValueError


def _unread(channel: socket) -> None:
    channel.recv(1)


def test_a_rehearsal_that_fails_finds_nothing_and_leaves_nobody() -> None:
    proc = os.open("/proc", os.O_PATH)
    assert touched_by(_broken, lambda _: None, proc) == []
    assert touched_by(_unread, _broken, proc) == []
    os.close(proc)
    assert _below(os.getpid()) == []


@pytest.mark.parametrize("cell", ["common", "tests"])
def test_the_pages_that_programs_of_a_cell_touch_are_pinned(cell: str) -> None:
    if not _in_a_fork(_can_pin):
        pytest.skip("no io_uring here")
    with Sandbox(least="rlimits") as sandbox:
        sandbox.only("rlimits")
        with sandbox.run("module", Limits(), wall_s=20.0, cell=cell):
            told = [text for pid in _below(os.getpid()) for text in _told_of_descriptors(pid)]
    runs = [int(line.split()[1]) for text in told for line in text if line.startswith("UserBufs")]
    assert runs
    assert min(runs) > 50


def _can_pin() -> int:
    memory = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    return int(pinned([(address, mmap.PAGESIZE, True)]) is not None)


def _below(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [found for child in children for found in (int(child), *_below(int(child)))]


def _told_of_descriptors(pid: int) -> list[list[str]]:
    """What the system tells of each of a process's descriptors, of those that it keeps."""
    told = []
    for path in Path(f"/proc/{pid}/fdinfo").iterdir():
        with suppress(FileNotFoundError):
            told.append(path.read_text().splitlines())
    return told


def test_a_program_holds_no_descriptor_of_its_cell() -> None:
    with (
        Sandbox(least="rlimits") as sandbox,
        sandbox.run("module", Limits(), wall_s=20.0, cell="common") as program,
    ):
        program.send([OPEN_FDS, "", False])
        program.send([1, "call", "f", [], {}, False])
        assert len(program.receive()[2]) == len(["l", *(0, 1, 2), "its channel"])
