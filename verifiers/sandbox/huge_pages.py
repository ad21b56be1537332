"""Python's own code in huge pages, which forks share whole.

    into_huge_pages()     # the server, before it forks; True where it could be done

The code of a library is mapped anew in each fork, with a page fault for every sixteen pages that it
runs through, and dropped page by page at its end: a fifth of what a trivial program costs. A copy
in huge pages is there from the start. It takes the place of the original in one step, with the same
content, and cannot be written to either.
"""

from __future__ import annotations

import ctypes
import os

HUGE = 2 << 20

READ, WRITE, EXECUTE = 1, 2, 4

PRIVATE_ANONYMOUS = 0x22

HUGEPAGE = 14

MAYMOVE_FIXED = 3


def into_huge_pages() -> bool:
    """Copy what is read-only of Python's library, as far as it fills huge pages."""
    try:
        if len(os.listdir("/proc/self/task")) > 1:
            return False  # another thread could run in there
        start, end = _code()
    except (OSError, ValueError):
        return False  # no Linux
    library, n = _library(), end - start
    copy = _aligned(library, n) if n > 0 else None
    if copy is None:
        return False
    library.madvise(copy, n, HUGEPAGE)
    ctypes.memmove(copy, start, n)
    done = (
        _huge_bytes(copy) >= n
        and library.mprotect(copy, n, READ | EXECUTE) == 0
        and library.mremap(copy, n, n, MAYMOVE_FIXED, start) == start
    )
    if not done:
        library.munmap(copy, n)
    return done


def _code() -> tuple[int, int]:
    """Where the huge pages begin and end that are read-only, around the interpreter's code."""
    within = ctypes.cast(ctypes.pythonapi.Py_GetVersion, ctypes.c_void_p).value or 0
    with open("/proc/self/maps") as maps:
        lines = [line.split(maxsplit=5) for line in maps]
    places = [(*_ends(place), rights, path) for place, rights, *_, path in map(_padded, lines)]
    path = next(path for start, end, _, path in places if start <= within < end)
    first = last = next(start for start, _, _, its in places if its == path)
    for start, end, rights, its in places:
        if start == last and its == path and "w" not in rights:
            last = end
    return -(-first // HUGE) * HUGE, last // HUGE * HUGE


def _padded(line: list[str]) -> list[str]:
    return line if len(line) == 6 else [*line, ""]


def _ends(place: str) -> tuple[int, int]:
    start, end = place.split("-")
    return int(start, 16), int(end, 16)


def _aligned(library: ctypes.CDLL, n: int) -> int | None:
    """Fresh memory that starts where a huge page does."""
    there = library.mmap(None, n + HUGE, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0)
    if there == ctypes.c_void_p(-1).value:
        return None
    start = -(-there // HUGE) * HUGE
    if start > there:
        library.munmap(there, start - there)
    library.munmap(start + n, there + HUGE - start)
    return start


def _huge_bytes(address: int) -> int:
    """Bytes in huge pages of the mapping that begins there."""
    with open("/proc/self/smaps") as maps:
        found = False
        for line in maps:
            name, *rest = line.split()
            if not name.endswith(":"):
                found = _ends(name)[0] == address
            elif found and name == "AnonHugePages:":
                return int(rest[0]) << 10
    return 0


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    library.mmap.restype = library.mremap.restype = address
    library.mmap.argtypes = [address, size, number, number, number, ctypes.c_long]
    library.mremap.argtypes = [address, size, size, number, address]
    library.madvise.argtypes = library.mprotect.argtypes = [address, size, number]
    library.munmap.argtypes = [address, size]
    return library
