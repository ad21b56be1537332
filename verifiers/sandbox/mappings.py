"""Mappings of libraries and of data, made such that forks and what runs in them have less to do.

    join_data()      # in the server, when all is imported: cells and programs are forked from it
    share_code()
    rehearse()       # the code that programs use is mapped again
    enlarge_data()   # and nothing more is imported

**Data.** The loader maps a library's data in one piece, relocates it, and makes the front of it
read-only. That splits the mapping, and each half has pages of its own by then, for which every fork
and every exit keeps books. All writable, the two are one again: 135 mappings with numpy for 164.
What is lost is a hardening of a process against its own memory faults, and nothing here rests on
it: a program can run native code, and could make these pages writable itself.

**Code.** A fork does not copy the page table of a mapping without pages of its own, so that each
program with numpy had 70 page faults on code that its parent has mapped. A mapping that once had
such a page is copied, for good: so one byte is written over itself, and the copy of its page
dropped again. Nothing becomes writable.

**Large pages.** With numpy a fork copies 5,000 entries of page tables, and the exit looks at each
of them again: together more than half of a trivial execution. Entries for parts of one huge page
are dealt with in one go. So the code that is used, and all data, move to files in huge pages
(remap.py), of which each process has a private mapping as before: what it writes to is copied for
it, in small pages. Huge pages in the data's place would be split by that. A list of 16,000
items or more, which malloc maps by itself, grows in its place and so on into the file: it has
another 64 MiB there, and what grows by more than that would crash. No module here brings one along.
"""

from __future__ import annotations

import os
from itertools import pairwise

from verifiers.sandbox.linux import drop_pages, make_writable
from verifiers.sandbox.remap import large_file, map_copy, seal

MUCH_KB = 256
"""What is mapped of a library's code by its import, where programs are likely to use it."""

LEAST_USED = 1 / 8
"""Of a mapping that is moved, since it is copied whole."""

NOT_FOR_FORKS = {"wf", "dc"}
"""Flags of memory that a fork finds empty, or not at all: copied, it would find it as it is.

Since glibc 2.41 all random numbers come from such memory: forks would draw the same ones.
"""


def join_data() -> None:
    """Make writable what lies right before a library's writable data, in memory and in its file."""
    for front, back in pairwise(_mappings()):
        if front.rights == "r--p" and back.rights == "rw-p" and front.goes_on_in(back):
            make_writable(front.first, front.end - front.first)


def share_code() -> None:
    """Have forks copy the page tables of much-used code, in huge pages where there are any."""
    used = [one for one in _mappings() if one.is_code and one.resident_kb >= MUCH_KB]
    _enlarge([one for one in used if one.is_used])
    for one in used:
        with open("/proc/self/mem", "r+b", buffering=0) as memory:
            byte = os.pread(memory.fileno(), 1, one.first)
            os.pwrite(memory.fileno(), byte, one.first)
        drop_pages(one.first, one.end - one.first)


def enlarge_data() -> None:
    """Move data to huge pages, where there are any; of what is written later, small pages."""
    _enlarge([one for one in _mappings() if one.is_data and one.is_used])


def _enlarge(chosen: list[_Mapping]) -> None:
    """Make them mappings of a file in huge pages, or leave them where there are no such pages."""
    if len(os.listdir("/proc/self/task")) > 1:  # somebody else may be writing to them
        return
    try:
        fd = large_file(sum(one.end - one.first for one in chosen))
    except OSError:
        return
    offset = 0
    try:
        for one in chosen:  # neighbours in memory are neighbours in the file, and so become one
            map_copy(one.first, one.end - one.first, one.rights, fd, offset)
            offset += one.end - one.first
    except OSError:
        pass  # it and those after it stay where they are
    finally:
        seal(fd)


class _Mapping:
    """A paragraph of /proc/self/smaps."""

    resident_kb = own_kb = 0
    flags: frozenset[str] = frozenset()

    def __init__(self, place: str, rights: str, offset: str, *file: str) -> None:
        self.first, self.end = (int(address, 16) for address in place.split("-"))
        self.rights = rights
        self._offset = int(offset, 16)
        self._file = file

    @property
    def is_code(self) -> bool:
        """Or constants beside it."""
        return self.rights in ("r-xp", "r--p") and not self.own_kb and self._file[1] != "0"

    @property
    def is_data(self) -> bool:
        memory = self.rights == "rw-p" and "[stack]" not in self._file
        return memory and not self.flags & NOT_FOR_FORKS

    @property
    def is_used(self) -> bool:
        return self.resident_kb << 10 >= LEAST_USED * (self.end - self.first)

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
            elif name == "VmFlags:":
                found[-1].flags = frozenset(words)
            elif not name.endswith(":"):
                found.append(_Mapping(name, *words))
    return found
