"""What one program may use.

Limits(cpu_s=5, memory_mb=1024).apply(base_bytes=0)     # for this process and its children
"""

import resource

OUTPUT_MB = 16
"""MiB of each file that a program writes, standard output among them."""

OPEN_FILES = 256

PROCESSES = 64
"""Processes and threads of a program, the cell's own included."""

STACK_MB = 64


def apply(cpu_s: float, memory_mb: int, *, base_bytes: int) -> None:
    """Set what differs from program to program, for this process and its children.

    `base_bytes` of address space are there already.
    """
    whole = int(cpu_s)  # without `//`, for which each fork would look up libm's fmod
    cpu = max(1, whole + (whole < cpu_s))
    _set(resource.RLIMIT_CPU, cpu, cpu + 1)  # SIGXCPU can be caught, what comes after it not
    _set(resource.RLIMIT_AS, base_bytes + (memory_mb << 20))


def apply_common() -> None:
    """Set what is the same for all programs, for good; the cell can live with them too."""
    _set(resource.RLIMIT_FSIZE, OUTPUT_MB << 20)
    _set(resource.RLIMIT_NOFILE, OPEN_FILES)
    _set(resource.RLIMIT_NPROC, PROCESSES)
    _set(resource.RLIMIT_STACK, STACK_MB << 20)
    _set(resource.RLIMIT_CORE, 0)


def address_space() -> int:
    """Bytes of address space that this process has now; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0


def _set(limit: int, soft: int, hard: int | None = None) -> None:
    wanted = (soft, soft if hard is None else hard)
    _, most = resource.getrlimit(limit)
    if most != resource.RLIM_INFINITY:  # it cannot be raised, and need not be
        wanted = (min(wanted[0], most), min(wanted[1], most))
    try:
        resource.setrlimit(limit, wanted)
    except (ValueError, OSError):
        if limit != resource.RLIMIT_AS:  # macOS refuses it
            raise
