"""Closes the file system for a process that may make no namespaces, by Landlock.

    enter(visible(), scratch="/tmp/assay-x1")      # for this process and all that it will fork

What stays readable is what visible.py names; what stays writable is the scratch folder. Landlock
also keeps signals and abstract sockets inside, where the kernel knows how to (ABI 6).
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from verifiers.sandbox.visible import Shown


def enter(visible: list[Shown], *, scratch: str) -> None:
    """Close the rest of the file system; raises OSError."""
    from landlockpy import AccessFS, Ruleset, Scope

    read = AccessFS.READ_FILE | AccessFS.READ_DIR
    write = (
        read | AccessFS.WRITE_FILE | AccessFS.REMOVE_DIR | AccessFS.REMOVE_FILE | AccessFS.MAKE_DIR
        | AccessFS.MAKE_REG | AccessFS.MAKE_SYM | AccessFS.REFER | AccessFS.TRUNCATE
    )  # fmt: skip
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for path, hidden in visible:
            if not hidden:
                rules.allow_path(path, read if os.path.isdir(path) else AccessFS.READ_FILE)
                continue
            rules.allow_path(path, AccessFS.READ_DIR)  # names only: imports look for them
            for entry in os.scandir(path):
                if entry.name not in hidden:
                    rules.allow_path(entry.path, read if entry.is_dir() else AccessFS.READ_FILE)
        for site in {os.path.dirname(path) for path, _ in visible}:
            if os.path.basename(site) in ("site-packages", "dist-packages"):
                rules.allow_path(site, AccessFS.READ_DIR)
        rules.allow_path("/dev/null", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        for name in ("random", "urandom", "zero"):
            rules.allow_path(f"/dev/{name}", AccessFS.READ_FILE)
        rules.allow_path(scratch, write)
        rules.restrict()
