"""What of this machine's files a program can see: Python itself, and the packages it may import.

    visible()   ->  (Folder("/usr/lib/python3.11", hidden=("site-packages",)),
                     Folder("/usr/lib/python3.11/site-packages/numpy"), ...)

The rest of site-packages stays hidden: it may hold benchmarks with their answers, or the user's code.
"""

import sysconfig
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGES = (
    "attr", "dateutil", "hypothesis", "mpmath", "msgspec", "networkx", "numpy", "numpy.libs",
    "pandas", "pytz", "scipy", "scipy.libs", "six.py", "sortedcontainers", "sympy", "tzdata",
)  # fmt: skip
"""Packages that a program finds where they are installed here."""

LIBRARIES = ("/lib/*-linux-*", "/lib64", "/usr/lib/*-linux-*", "/usr/lib64", "/usr/share/zoneinfo")
"""The system's shared libraries, which extension modules load, and its time zones."""

OTHERS = ("python*", "site-packages", "dist-packages")
"""What to hide in these folders: other people's packages."""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder (or a file) to show read-only, and the names in it that stay hidden."""

    path: str
    hidden: tuple[str, ...] = ()


@cache
def visible() -> tuple[Folder, ...]:
    """All folders to show that exist here; one inside another stands behind it."""
    paths = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    # A virtual environment's own "standard library" holds nothing but packages.
    folders = [
        path for path in paths if (path / "os.py").exists() or (path / "lib-dynload").exists()
    ]
    for pattern in LIBRARIES:
        folders += [path.resolve() for path in Path("/").glob(pattern.lstrip("/"))]
    for name in ("purelib", "platlib"):
        folders += [Path(sysconfig.get_path(name)) / package for package in PACKAGES]
    seen: dict[str, Folder] = {}
    for folder in folders:
        if folder.exists():
            path = str(folder.absolute())
            hidden = sorted({found.name for one in OTHERS for found in folder.glob(one)})
            seen.setdefault(path, Folder(path, tuple(hidden)))
    return tuple(seen[path] for path in sorted(seen))
