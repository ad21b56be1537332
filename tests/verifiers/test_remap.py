"""Memory that Python lies in, moved to huge pages while it runs."""

import json
import os
import subprocess
import sys

import pytest

from verifiers.sandbox.remap import MACHINES, large_file, seal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory files are Linux's")

MOVED = """
import ctypes, json, mmap, os, resource, sqlite3, sys, threading
from verifiers.sandbox import mappings
from verifiers.sandbox.program import rehearse

def told(name):
    with open("/proc/self/smaps") as lines:
        return sum(int(line.split()[1]) for line in lines if line.startswith(name))

def moved():
    with open("/proc/self/maps") as maps:
        return [line.split()[:2] for line in maps if "/memfd:programs" in line]

def in_a_fork(work):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, json.dumps(work()).encode())
        os._exit(0)
    os.close(writing)
    os.wait()
    return json.loads(os.read(reading, 1000))

def changed():
    kept[:] = [kept[0], *map(str, range(50_000))]  # more than there was room for
    page[0] = 7
    return [len(kept), kept[-1], page[0]]

def grown():
    rows.extend(range(2_000_000))  # beyond the end of all that was moved
    return [rows[0], rows[99_999], rows[100_000], rows[-1], len(rows)]

def forged():
    # The file can be opened by root through its mapping, and must not be written to.
    for place, _ in moved():
        first, end = (hex(int(address, 16))[2:] for address in place.split("-"))
        try:
            fd = os.open(f"/proc/self/map_files/{first}-{end}", os.O_RDWR)
            os.pwrite(fd, b"x", 0)
        except OSError:
            continue
        return True
    return False

WIPE_ON_FORK = 18

rehearse()
rows = [5] * 100_000
wiped = mmap.mmap(-1, 8192, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
wiped.madvise(WIPE_ON_FORK)
wiped[:] = b"x" * 8192
kept, page = ["text", *map(str, range(20_000))], bytearray(1 << 20)
before = hash(tuple(kept)), told("Anonymous:"), len(os.listdir("/proc/self/fd"))
if "threads" in sys.argv:
    stop = threading.Event()
    threading.Thread(target=stop.wait).start()
if "room" in sys.argv:
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
mappings.join_data()
mappings.share_code()
mappings.enlarge_data()
if "threads" in sys.argv:
    stop.set()
after = hash(tuple(kept)), told("Anonymous:"), len(os.listdir("/proc/self/fd"))
rehearse()
print(json.dumps({
    "rights": sorted({rights for _, rights in moved()}), "before": before, "after": after,
    "forks": [in_a_fork(changed), in_a_fork(changed)], "here": [len(kept), kept[-1], page[0]],
    "grown": in_a_fork(grown), "forged": in_a_fork(forged),
    "wiped": [wiped[0], in_a_fork(lambda: wiped[0])],
}))
"""

HOLED = """
import ctypes, mmap, tempfile
from verifiers.sandbox.remap import map_copy

size = mmap.PAGESIZE
memory = mmap.mmap(-1, 3 * size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
memory[-1:] = b"x"
first = ctypes.addressof(ctypes.c_char.from_buffer(memory))
ctypes.CDLL(None).munmap(ctypes.c_size_t(first + size), ctypes.c_size_t(size))
with tempfile.TemporaryFile() as file:
    file.truncate(3 * size)
    try:
        map_copy(first, 3 * size, "rw-p", file.fileno(), 0)
    except OSError as error:
        print(error, memory[-1:])
"""


def _told(*arguments: str) -> dict:
    done = subprocess.run([sys.executable, "-c", MOVED, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def told() -> dict:
    told = _told()
    if not told["rights"]:
        pytest.skip("no huge pages for memory files here")
    return told


def test_data_and_code_move_and_keep_their_rights_and_contents(told: dict) -> None:
    assert told["rights"] == ["r--p", "r-xp", "rw-p"]
    assert told["after"][0] == told["before"][0]
    assert told["after"][1] < told["before"][1] / 2


def test_no_descriptor_of_the_file_is_left(told: dict) -> None:
    assert told["after"][2] == told["before"][2]


def test_each_fork_has_its_own_copy_of_what_it_writes(told: dict) -> None:
    assert told["forks"] == [[50_001, "49999", 7]] * 2
    assert told["here"] == [20_001, "19999", 0]


def test_memory_that_grows_in_its_place_beyond_what_was_moved_can_be_used(told: dict) -> None:
    assert told["grown"] == [5, 5, 0, 1_999_999, 2_100_000]


def test_nobody_can_write_to_the_file(told: dict) -> None:
    assert not told["forged"]
    fd = large_file(1)
    other = os.dup(fd)
    seal(fd)
    with open(other, "r+b", buffering=0) as file, pytest.raises(PermissionError):
        file.write(b"x")


def test_what_each_fork_must_find_empty_stays_so(told: dict) -> None:
    """The C library keeps its random numbers in such memory: forks may not draw the same ones."""
    assert told["wiped"] == [ord("x"), 0]


@pytest.mark.skipif(os.uname().machine not in MACHINES, reason="memory is moved nowhere else")
def test_memory_that_cannot_all_be_copied_is_left_as_it_is() -> None:
    done = subprocess.run([sys.executable, "-c", HOLED], capture_output=True, text=True)
    assert done.stdout == "4096 of 12288 bytes could be copied b'x'\n", done.stderr


@pytest.mark.parametrize("lack", ["threads", "room"])
def test_nothing_moves_beside_other_threads_or_where_no_file_can_be_had(lack: str) -> None:
    told = _told(lack)
    assert told["rights"] == []
    assert told["after"][0] == told["before"][0]
    assert told["after"][2] == told["before"][2]
