"""Shuts a process in namespaces of its own, with an empty read-only file system.

    enter(visible(), scratch_mb=64)      # returns in a new process, which is pid 1 in there

In there are Python and some packages (visible.py), /dev/null and the like, and a small /tmp. There
is no /proc: nothing to peek at. The process has no capabilities and cannot get any. Root becomes a
user id that nothing else runs under, so that limits on processes count for it alone; others make a
user namespace first, which is what gives them the right to the rest.
"""

from __future__ import annotations

import _socket
import os

from verifiers.sandbox.linux import (
    BIND,
    NEWCGROUP,
    NEWIPC,
    NEWNET,
    NEWNS,
    NEWPID,
    NEWUSER,
    NEWUTS,
    NODEV,
    NOEXEC,
    NOSUID,
    PRIVATE,
    RDONLY,
    REC,
    REMOUNT,
    SET_NO_NEW_PRIVS,
    drop_capabilities,
    mount,
    pivot_root,
    prctl,
    unshare,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from verifiers.sandbox.visible import Shown

ALL = NEWNS | NEWPID | NEWNET | NEWIPC | NEWUTS | NEWCGROUP

DEVICES = ("full", "null", "random", "urandom", "zero")

FIRST_UID = 1_879_048_192
"""Far above any that a user has or that containers are given."""

NOBODY = 65_534
"""Where a container has no such high ids."""

ROOT = "/tmp"
"""Covered by the new root while it is built; nobody outside this mount namespace sees it."""


def enter(visible: list[Shown], *, scratch_mb: int) -> None:
    """Go on as pid 1 of new namespaces; the calling process ends. Raises OSError."""
    root = os.geteuid() == 0
    if root:
        try:
            unshare(ALL)
        except PermissionError:  # root of a container, without the right
            root = False
    if not root:
        uid, gid = os.geteuid(), os.getegid()
        unshare(NEWUSER | ALL)
        _map_ids(uid, gid)
    if os.fork():
        os._exit(0)
    _socket.sethostname("sandbox")
    _build(visible, scratch_mb)
    pivot_root(ROOT)
    if root:
        _become_nobody()
    prctl(SET_NO_NEW_PRIVS, 1)
    drop_capabilities()


def _map_ids(uid: int, gid: int) -> None:
    for name, text in (
        ("setgroups", "deny"), ("uid_map", f"1000 {uid} 1"), ("gid_map", f"1000 {gid} 1")
    ):  # fmt: skip
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)


def _become_nobody() -> None:
    os.setgroups([])
    for uid in (FIRST_UID + int.from_bytes(os.urandom(3), "little"), NOBODY):
        try:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        except OSError:
            continue
        return
    raise OSError("no user id to become")


def _build(visible: list[Shown], scratch_mb: int) -> None:
    mount("none", "/", None, REC | PRIVATE)
    shown = [(path, hidden, os.path.isdir(path), _open(path)) for path, hidden in visible]
    devices = [(f"/dev/{name}", _open(f"/dev/{name}")) for name in DEVICES]
    mount("tmpfs", ROOT, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    os.mkdir(f"{ROOT}/tmp")
    options = f"size={scratch_mb}m,nr_inodes=4096,mode=1777"
    mount("tmpfs", f"{ROOT}/tmp", "tmpfs", NOSUID | NODEV | NOEXEC, options)
    covers = [cover for one in shown for cover in _show(*one)]
    for cover in covers:
        mount("none", cover, None, REMOUNT | BIND | RDONLY | NOSUID | NODEV)
    _link_short_names()
    os.mkdir(f"{ROOT}/dev")
    for path, source in devices:
        os.close(os.open(ROOT + path, os.O_CREAT | os.O_WRONLY))
        _bind(source, ROOT + path, NOSUID | NOEXEC)
    os.symlink("/tmp/stdin", f"{ROOT}/dev/stdin")
    os.symlink("/tmp", f"{ROOT}/dev/shm")
    mount("none", ROOT, None, REMOUNT | BIND | RDONLY | NOSUID | NODEV)


def _show(path: str, hidden: list[str], is_folder: bool, source: int) -> list[str]:
    """Mount it and cover what is hidden in it; gives the covers, still to be closed."""
    target = ROOT + path
    if is_folder:
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY))
    _bind(source, target, RDONLY | NOSUID | NODEV)
    places = [f"{target}/{name}" for name in hidden]
    covers = [place for place in places if os.path.isdir(place) and not os.path.islink(place)]
    for cover in covers:  # writable for now: a package that is shown may have its place in there
        mount("tmpfs", cover, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    return covers


def _open(path: str) -> int:
    return os.open(path, os.O_PATH | os.O_CLOEXEC)


def _bind(source: int, target: str, flags: int) -> None:
    # By descriptor, since the new root may hide the place it came from.
    mount(f"/proc/self/fd/{source}", target, None, BIND)
    os.close(source)
    inherited = os.statvfs(target).f_flag & (RDONLY | NOSUID | NODEV | NOEXEC)
    mount("none", target, None, REMOUNT | BIND | flags | inherited)


def _link_short_names() -> None:
    """/lib and /lib64 are links on most systems, and libraries are looked for there."""
    for name in ("lib", "lib64"):
        if os.path.islink(f"/{name}") and not os.path.lexists(f"{ROOT}/{name}"):
            os.symlink(os.readlink(f"/{name}"), f"{ROOT}/{name}")
