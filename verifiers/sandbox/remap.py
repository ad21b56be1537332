"""Pages of this process, mapped anew from a copy of themselves, while Python lies in them.

    fd = large_file(4 << 20)                   # in memory, in pages of 2 MiB
    map_copy(first, n_bytes, "rw-p", fd, 0)    # first: where whole pages of this process begin
    seal(fd)

Python writes to its memory all the time: what it wrote between the copy and the mapping would be
lost. So one call does both, and none of Python runs in it: the C library jumps to a context that
copies, behind which comes one that maps, and behind that the caller. What the first of them returns
nobody sees, so the copy is made once before, to know that it can be. All raise OSError, also where
the system has no such thing; but where it refuses a mapping the old one stays, and nothing is told.
(Python's own `mmap` and `fcntl` would be ten mappings more to fork.)
"""

from __future__ import annotations

import ctypes
import os
import struct

from verifiers.sandbox.linux import READ, WRITE

EXECUTE = 4

PROTECTION = {"rw-p": READ | WRITE, "r-xp": READ | EXECUTE, "r--p": READ}

SHARED, PRIVATE, FIXED, ANONYMOUS = 1, 2, 16, 32

COLLAPSE = 25
"""Of madvise: make huge pages of these now, whatever the system's settings are (Linux 6.1)."""

HUGE_BYTES = 2 << 20

CLOSED_BY_EXEC, SEALABLE, ADD_SEALS, ALL_SEALS = 1, 2, 1033, 15

MACHINES = ("x86_64", "aarch64")
"""Where glibc's makecontext takes arguments of 64 bits."""

NEEDED = ("memfd_create", "makecontext")
"""Of the C library; some builds of Python lack `os.memfd_create` where it is there."""

CONTEXT_BYTES = 8192
"""More than a `ucontext_t` has; what it links to and its stack are its second to fifth words."""

STACK_BYTES = 1 << 16

ROOM_BYTES = 64 << 20
"""What a file is longer by: memory that the C library enlarges in its place goes on into the file.

It takes none until it is used, and is zero for everybody, but is not given back.
"""


def large_file(n_bytes: int) -> int:
    """A file in memory of at least so many bytes in huge pages, and room; gives its descriptor.

    Forks copy the entries of page tables for one huge page in one go, wherever it is mapped.
    """
    library = _library()
    if os.uname().machine not in MACHINES or not all(hasattr(library, name) for name in NEEDED):
        raise OSError(f"not all of {', '.join(NEEDED)} on this machine")
    size = -(-n_bytes // HUGE_BYTES) * HUGE_BYTES
    fd = library.memfd_create(b"programs", CLOSED_BY_EXEC | SEALABLE)
    _checked(min(fd, 0))
    room = None
    try:
        os.posix_fallocate(fd, 0, size)
        room = _mapped(0, size + HUGE_BYTES, PRIVATE | ANONYMOUS)
        first = _mapped(-(-room // HUGE_BYTES) * HUGE_BYTES, size, SHARED | FIXED, fd)
        _checked(library.madvise(*_words(first, size, COLLAPSE)))
        os.ftruncate(fd, size + ROOM_BYTES)
    except OSError:
        os.close(fd)
        raise
    finally:
        if room is not None:
            library.munmap(*_words(room, size + HUGE_BYTES))
    return fd


def map_copy(first: int, n_bytes: int, rights: str, fd: int, offset: int) -> None:
    """Copy whole pages to a large file, and map that in their place, privately, with these rights.

    `rights` are as /proc/self/maps has them.
    """
    library = _library()
    copied = _words(fd, first, n_bytes, offset)
    library.pwrite.restype = ctypes.c_ssize_t
    n_copied = library.pwrite(*copied)
    _checked(min(n_copied, 0))
    if n_copied != n_bytes:
        raise OSError(f"{n_copied} of {n_bytes} bytes could be copied")
    caller, copying, mapping = (ctypes.create_string_buffer(CONTEXT_BYTES) for _ in range(3))
    # Not among what is copied: they are written to meanwhile.
    stacks = _mapped(0, 2 * STACK_BYTES, PRIVATE | ANONYMOUS)
    for number, (context, then) in enumerate(((copying, mapping), (mapping, caller))):
        library.getcontext(context)
        stack = stacks + number * STACK_BYTES
        struct.pack_into("=4Q", context, 8, ctypes.addressof(then), stack, 0, STACK_BYTES)
    mapped = _words(first, n_bytes, PROTECTION[rights], PRIVATE | FIXED, fd, offset)
    library.makecontext(copying, library.pwrite, len(copied), *copied)
    library.makecontext(mapping, library.mmap, len(mapped), *mapped)
    try:
        _checked(library.swapcontext(caller, copying))
    finally:
        library.munmap(*_words(stacks, 2 * STACK_BYTES))


def seal(fd: int) -> None:
    """Let nobody write to the file any more, and close it: only its mappings are left."""
    try:
        _checked(_library().fcntl(fd, ADD_SEALS, ALL_SEALS))
    finally:
        os.close(fd)


def _mapped(address: int, n_bytes: int, flags: int, fd: int = -1) -> int:
    """Map memory for reading and writing; gives its address."""
    library = _library()
    library.mmap.restype = ctypes.c_ssize_t
    found = library.mmap(*_words(address, n_bytes, READ | WRITE, flags), fd, *_words(0))
    _checked(min(found, 0))
    return found


def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _words(*numbers: int) -> list[ctypes.c_size_t]:
    return [ctypes.c_size_t(number) for number in numbers]


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
