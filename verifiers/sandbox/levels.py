"""How well a program can be shut in here, from the strongest level down.

`namespaces+seccomp`: mount, pid, network, ipc and uts namespaces of its own (and a user namespace,
where the caller is not root), an empty read-only file system, an allow-list of system calls.
`landlock+seccomp`: the file system closed by Landlock, the network and signals to others by
seccomp, for containers that allow no namespaces. `rlimits`: limits and a killed process group only;
the file system and the network stay open, so it must be asked for by name. macOS has only this one.
"""

NAMESPACES = "namespaces+seccomp"
LANDLOCK = "landlock+seccomp"
RLIMITS = "rlimits"

LEVELS = (NAMESPACES, LANDLOCK, RLIMITS)

DEFAULT = LANDLOCK
"""The least that closes the network and the file system."""

LEAST_LEVEL = "ASSAY_ISOLATION"
"""Environment variable: the least level at which programs are run."""
