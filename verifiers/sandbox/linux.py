"""The few calls of Linux that Python's standard library does not have.

    unshare(NEWNS | NEWPID); mount("tmpfs", "/mnt", "tmpfs", NOSUID, "size=1m"); drop_capabilities()

All raise OSError. Constants are the kernel's own, from its public headers.
"""

import ctypes
import os

NEWNS, NEWCGROUP, NEWUTS, NEWIPC = 0x00020000, 0x02000000, 0x04000000, 0x08000000
NEWUSER, NEWPID, NEWNET = 0x10000000, 0x20000000, 0x40000000

RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18

DETACH = 2

SET_PDEATHSIG, SET_DUMPABLE, SET_SECCOMP, SET_CHILD_SUBREAPER, SET_NO_NEW_PRIVS = 1, 4, 22, 36, 38

READ, WRITE, DONTNEED = 1, 2, 4

FILTER_MODE = 2

BPF_INSTRUCTION_BYTES = 8

CAPABILITIES_V3 = 0x20080522


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    _checked(_libc().unshare(flags))


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    """Mount `source` on `target`; `data` are the file system's own options."""
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, data)]
    _checked(_libc().mount(*encoded[:3], ctypes.c_ulong(flags), encoded[3]))


def pivot_root(new_root: str) -> None:
    """Make `new_root` the root, and let go of the old one."""
    os.chdir(new_root)
    library = _libc()
    # Stacked on the old root by ".", ".": no folder of its own is needed (pivot_root(2)).
    _checked(library.syscall(ctypes.c_long(_pivot_root_number()), b".", b"."))
    _checked(library.umount2(b".", DETACH))
    os.chdir("/")


def prctl(option: int, value: int) -> None:
    """Set an attribute of this process."""
    _checked(_libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0))


def make_writable(address: int, n_bytes: int) -> None:
    """Make whole pages of this process readable and writable, and not executable."""
    _checked(_libc().mprotect(ctypes.c_size_t(address), ctypes.c_size_t(n_bytes), READ | WRITE))


def drop_pages(address: int, n_bytes: int) -> None:
    """Forget whole pages of this process: those of a file are read anew when they are used."""
    _checked(_libc().madvise(ctypes.c_size_t(address), ctypes.c_size_t(n_bytes), DONTNEED))


def filter_syscalls(code: bytes) -> None:
    """Install a seccomp filter, given as BPF code, for this process and its children."""
    prctl(SET_NO_NEW_PRIVS, 1)
    buffer = ctypes.create_string_buffer(code, len(code))
    program = _Program(len(code) // BPF_INSTRUCTION_BYTES, ctypes.addressof(buffer))
    _checked(_libc().prctl(SET_SECCOMP, FILTER_MODE, ctypes.byref(program), 0, 0))


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def drop_capabilities() -> None:
    """Give up all capabilities, for good."""
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0)
    _checked(_libc().capset(header, (ctypes.c_uint32 * 6)()))


def _pivot_root_number() -> int:
    numbers = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
    machine = os.uname().machine
    if machine not in numbers:
        raise OSError(f"pivot_root is not known on {machine}")
    return numbers[machine]


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
