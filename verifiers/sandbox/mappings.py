"""Mappings of libraries, made such that forks and what runs in them have less to do.

    join_data()      # in the server, when all is imported: cells and programs are forked from it
    share_code()
    rehearse()       # the code that programs use is mapped again

**Data.** The loader maps a library's data in one piece, relocates it, and makes the front of it
read-only. That splits the mapping, and each half has pages of its own by then, for which every fork
and every exit keeps books. All writable, the two are one again: 135 mappings with numpy for 164.
What is lost is a hardening of a process against its own memory faults, and nothing here rests on
it: a program can run native code, and could make these pages writable itself.

**Code.** A fork does not copy the page table of a mapping without pages of its own, so that each
program with numpy had 70 page faults on code that its parent has mapped. A mapping that once had
such a page is copied, for good: so one byte is written over itself, and the copy of its page
dropped again. Nothing becomes writable.
"""

from __future__ import annotations

import os
from itertools import pairwise

from verifiers.sandbox.linux import drop_pages, make_writable

MUCH_KB = 256
"""What is mapped of a library's code by its import, where programs are likely to use it."""


def join_data() -> None:
    """Make writable what lies right before a library's writable data, in memory and in its file."""
    for front, back in pairwise(_mappings()):
        if front.rights == "r--p" and back.rights == "rw-p" and front.goes_on_in(back):
            make_writable(front.first, front.end - front.first)


def share_code() -> None:
    """Have forks copy the page tables of code, which are empty after it."""
    for one in _mappings():
        if one.rights in ("r-xp", "r--p") and not one.own_kb and one.resident_kb >= MUCH_KB:
            with open("/proc/self/mem", "r+b", buffering=0) as memory:
                byte = os.pread(memory.fileno(), 1, one.first)
                os.pwrite(memory.fileno(), byte, one.first)
            drop_pages(one.first, one.end - one.first)


class _Mapping:
    """A paragraph of /proc/self/smaps."""

    resident_kb = own_kb = 0

    def __init__(self, place: str, rights: str, offset: str, *file: str) -> None:
        self.first, self.end = (int(address, 16) for address in place.split("-"))
        self.rights = rights
        self._offset = int(offset, 16)
        self._file = file

    def goes_on_in(self, other: _Mapping) -> bool:
        follows = other.first - self.first == other._offset - self._offset == self.end - self.first
        return follows and self._file == other._file


def _mappings() -> list[_Mapping]:
    """Those of this process; none where the system does not tell."""
    found: list[_Mapping] = []
    with open("/proc/self/smaps") as lines:
        for name, *words in map(str.split, lines):
            if name == "Rss:":
                found[-1].resident_kb = int(words[0])
            elif name == "Anonymous:":
                found[-1].own_kb = int(words[0])
            elif not name.endswith(":"):
                found.append(_Mapping(name, *words))
    return found
