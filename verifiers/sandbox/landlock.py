"""Closes the file system for a process that may make no namespaces, by Landlock.

    enter(scratch="/tmp/assay-x1")      # for this process and all that it will fork

What stays readable is what visible.py names; what stays writable is the scratch folder. Landlock
also keeps signals and abstract sockets inside, where the kernel knows how to (ABI 6).
"""

import os

from verifiers.sandbox.visible import OTHERS, visible

SIGNAL_ABI = 6


def enter(*, scratch: str) -> bool:
    """Close the rest of the file system; gives whether signals cannot leave. Raises OSError."""
    from landlockpy import AccessFS, Ruleset, Scope, abi_version

    read = AccessFS.READ_FILE | AccessFS.READ_DIR
    write = (
        read | AccessFS.WRITE_FILE | AccessFS.REMOVE_DIR | AccessFS.REMOVE_FILE | AccessFS.MAKE_DIR
        | AccessFS.MAKE_REG | AccessFS.MAKE_SYM | AccessFS.REFER | AccessFS.TRUNCATE
    )  # fmt: skip
    with Ruleset(scoped=Scope.ABSTRACT_UNIX_SOCKET | Scope.SIGNAL) as rules:
        for folder in visible():
            if not folder.hidden:
                whole = read if os.path.isdir(folder.path) else AccessFS.READ_FILE
                rules.allow_path(folder.path, whole)
                continue
            rules.allow_path(folder.path, AccessFS.READ_DIR)  # names only: imports look for them
            for entry in os.scandir(folder.path):
                if entry.name not in folder.hidden:
                    rules.allow_path(entry.path, read if entry.is_dir() else AccessFS.READ_FILE)
        for site in {os.path.dirname(folder.path) for folder in visible()}:
            if os.path.basename(site) in OTHERS:
                rules.allow_path(site, AccessFS.READ_DIR)
        rules.allow_path("/dev/null", AccessFS.READ_FILE | AccessFS.WRITE_FILE)
        for name in ("random", "urandom", "zero"):
            rules.allow_path(f"/dev/{name}", AccessFS.READ_FILE)
        rules.allow_path(scratch, write)
        rules.restrict()
    return abi_version() >= SIGNAL_ABI
