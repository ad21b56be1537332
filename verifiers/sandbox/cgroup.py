"""Control groups (version 2) around cells, where this process may make them.

    home()                            ->  "/sys/fs/cgroup/user.slice/.../app.slice", or None
    group = Group("/sys/fs/cgroup")
    group.path                        ->  "/sys/fs/cgroup/assay-4f1e..."; the cell joins it
    group.limit_memory(2048)

What RLIMIT_AS and the watch over memory do a process and a tenth of a second at a time, the kernel
then does for all of a cell's processes at once. A group is a help and no condition: most containers
and version 1 have none.
"""

import os
import time
from contextlib import suppress
from functools import cache

from verifiers.sandbox.limits import PROCESSES

CONTROLLERS = {"memory", "pids"}

REMOVE_S = 1.0
"""Seconds to wait for killed processes to leave a group."""


@cache
def home() -> str | None:
    """The nearest group at or above this process's own in which limited ones can be made."""
    try:
        mount = _mount_point()
        own = next(line for line in _lines("/proc/self/cgroup") if line.startswith("0::"))
    except (OSError, StopIteration):
        return None
    path = os.path.normpath(f"{mount}/{own[3:]}")
    while path.startswith(mount):
        with suppress(OSError):
            given = set(" ".join(_lines(f"{path}/cgroup.subtree_control")).split())
            if given >= CONTROLLERS and os.access(path, os.W_OK):
                return path
        path = os.path.dirname(path)
    return None


class Group:
    """One cell's group; raises OSError where it cannot be made."""

    def __init__(self, parent: str) -> None:
        self.path = f"{parent}/assay-{os.urandom(8).hex()}"
        self._memory_mb = 0
        os.mkdir(self.path)
        self._set("pids.max", PROCESSES)
        self._set("memory.swap.max", 0)

    def limit_memory(self, memory_mb: int) -> None:
        """Limit what its processes take together, in MiB; the kernel ends the largest of them."""
        if memory_mb != self._memory_mb:
            self._set("memory.max", memory_mb << 20)
            self._memory_mb = memory_mb

    def close(self) -> None:
        """Kill what is left in it, and remove it."""
        self._set("cgroup.kill", 1)
        deadline = time.monotonic() + REMOVE_S
        while True:
            try:
                os.rmdir(self.path)
            except FileNotFoundError:
                return
            except OSError:  # somebody is still ending
                if time.monotonic() > deadline:
                    return
                time.sleep(0.01)
            else:
                return

    def _set(self, name: str, value: int) -> None:
        with suppress(OSError), open(f"{self.path}/{name}", "w") as file:
            file.write(str(value))


def _mount_point() -> str:
    for line in _lines("/proc/self/mountinfo"):
        before, _, after = line.partition(" - ")
        if after.startswith("cgroup2 "):
            return before.split()[4]
    raise OSError("no cgroup2 mount")


def _lines(path: str) -> list[str]:
    with open(path) as file:
        return file.read().splitlines()
