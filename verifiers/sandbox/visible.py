"""What of this machine's files a program can see: Python itself, and the packages it may import.

    visible()   ->  [("/usr/lib/python3.11", ["site-packages"]),
                     ("/usr/lib/python3.11/site-packages/numpy", []), ...]

The rest of site-packages stays hidden: it may hold benchmarks with their answers, or the user's
code.
"""

import sysconfig
from functools import cache
from pathlib import Path

PACKAGES = (
    "attr", "dateutil", "hypothesis", "mpmath", "networkx", "numpy", "numpy.libs", "pandas", "pytz",
    "scipy", "scipy.libs", "six.py", "sortedcontainers", "sympy", "tzdata",
)  # fmt: skip
"""Packages that a program finds where they are installed here."""

LIBRARIES = ("lib/*-linux-*", "lib64", "usr/lib/*-linux-*", "usr/lib64", "usr/share/zoneinfo")
"""The system's shared libraries, which extension modules load, and its time zones."""

OTHERS = ("python*", "site-packages", "dist-packages")
"""What to hide in these folders: other people's packages."""

Shown = tuple[str, list[str]]
"""A folder or file to show read-only, and the names in it that stay hidden."""


@cache
def visible() -> list[Shown]:
    """All that is shown and exists here; what lies inside another stands behind it."""
    standard = [Path(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")]
    # A virtual environment's own "standard library" holds nothing but packages.
    paths = [path for path in standard if any((path / name).exists() for name in REAL)]
    for pattern in LIBRARIES:
        paths += [path.resolve() for path in Path("/").glob(pattern)]
    for name in SITES:
        paths += [Path(sysconfig.get_path(name)) / package for package in PACKAGES]
    shown: dict[str, list[str]] = {}
    for path in paths:
        if path.exists():
            hidden = {found.name for pattern in OTHERS for found in path.glob(pattern)}
            shown.setdefault(str(path.absolute()), sorted(hidden))
    return sorted(shown.items())


def with_all_packages(hidden: frozenset[str]) -> list[Shown]:
    """What is visible, and all of site-packages but what is `hidden` in it.

    For the tests of a repository, which is `hidden` itself: another version of it may be installed.
    """
    sites = sorted({str(Path(sysconfig.get_path(name)).absolute()) for name in SITES})
    rest = [one for one in visible() if not one[0].startswith(tuple(f"{at}/" for at in sites))]
    return sorted([*rest, *((at, sorted(hidden)) for at in sites)])


SITES = ("purelib", "platlib")

REAL = ("os.py", "lib-dynload")
