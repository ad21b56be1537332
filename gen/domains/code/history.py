"""Reads a git repository's history, and nothing else of it: no checkout, no hook, no lock.

history = History(Path("/home/me/project"))
commit = next(history.commits(most=500))
commit.message, commit.paths      ->  "Sums of nothing are 0\\n", {"sums.py": Touched("M", 2, 1)}
history.files(commit.parent)      ->  {"sums.py": Entry(blob="8f1c...", size=120), ...}
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from verifiers.errors import BadInput

FIELDS = "%x1e%H%x1f%P%x1f%B%x1f"

RAW = re.compile(r":\d+ (?P<mode>\d+) [0-9a-f]+ [0-9a-f]+ (?P<status>[A-Z])")

COUNTED = re.compile(r"(?P<added>\d+|-)\t(?P<removed>\d+|-)\t(?P<path>.+)", re.DOTALL)

PLAIN_FILE = ("100644", "100755")

MUTE = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}

QUIET = ("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "--no-pager")


@dataclass(frozen=True, slots=True)
class Touched:
    """How a commit changes a file: A, M or D, and lines; `binary` where they cannot be counted."""

    status: str
    added: int
    removed: int
    binary: bool


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit with one parent, and what it changes by path; renames are removed and made files."""

    sha: str
    parent: str
    message: str
    paths: dict[str, Touched]


@dataclass(frozen=True, slots=True)
class Entry:
    """A plain file of a tree."""

    blob: str
    size: int


class History:
    """The history behind HEAD; raises BadInput where there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.head = self._git("rev-parse", "--verify", "HEAD").decode().strip()

    def commits(self, *, most: int) -> Iterator[Commit]:
        """The newest `most` commits that are no merges and have a parent, newest first."""
        output = self._git(
            "log", "-z", f"--max-count={most}", "--no-merges", "--raw", "--numstat",
            "--no-renames", "--no-ext-diff", "--no-textconv", "--abbrev=40", f"--format={FIELDS}",
            self.head,
        )  # fmt: skip
        for text in output.decode(errors="replace").split("\x1e")[1:]:
            sha, parents, message, changes = text.split("\x1f", 3)
            if parents:
                yield Commit(sha, parents.split()[0], message, _touched(changes))

    def files(self, commit: str) -> dict[str, Entry]:
        """The plain files of a commit by their paths; no links, no submodules."""
        entries = {}
        for line in (
            self._git("ls-tree", "-r", "-z", "-l", commit).decode(errors="replace").split("\0")
        ):
            if line:
                facts, _, path = line.partition("\t")
                mode, _, blob, size = facts.split()
                if mode in PLAIN_FILE:
                    entries[path] = Entry(blob, int(size))
        return entries

    def contents(self, blobs: Iterable[str]) -> dict[str, bytes]:
        """What stands in blobs, by their names."""
        wanted = sorted(set(blobs))
        output = self._git("cat-file", "--batch", given="\n".join([*wanted, ""]).encode())
        contents, at = {}, 0
        for blob in wanted:
            end = output.index(b"\n", at)
            size = int(output[at:end].split()[2])
            contents[blob] = output[end + 1 : end + 1 + size]
            at = end + size + 2
        return contents

    def diff(self, commit: Commit, paths: Iterable[str]) -> str:
        """The commit's changes to some of its files, as git writes them."""
        arguments = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "-p")
        text = self._git("diff-tree", *arguments, commit.parent, commit.sha, "--", *sorted(paths))
        return text.decode(errors="replace")

    def _git(self, *arguments: str, given: bytes | None = None) -> bytes:
        done = subprocess.run(
            ["git", "-C", str(self._path), *QUIET, *arguments],
            input=given,
            stdin=subprocess.DEVNULL if given is None else None,
            env={**os.environ, **MUTE},
            capture_output=True,
            check=False,
        )
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip().splitlines()
            why = said[-1] if said else f"git ended with status {done.returncode}"
            raise BadInput(f"{self._path} is no git repository with a history to read: {why}")
        return done.stdout


def _touched(changes: str) -> dict[str, Touched]:
    """The part of `git log -z --raw --numstat` behind the message."""
    statuses: dict[str, str] = {}
    touched: dict[str, Touched] = {}
    fields = iter(changes.lstrip("\n\0").split("\0"))
    for field in fields:
        if raw := RAW.match(field.lstrip("\n")):
            plain = raw["mode"] in (*PLAIN_FILE, "000000")
            statuses[next(fields)] = raw["status"] if plain else "T"
        elif counted := COUNTED.fullmatch(field.lstrip("\n")):
            binary = counted["added"] == "-"
            lines = (0, 0) if binary else (int(counted["added"]), int(counted["removed"]))
            touched[counted["path"]] = Touched(statuses[counted["path"]], *lines, binary)
    return touched
