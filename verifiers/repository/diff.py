"""Reads unified diffs and applies them strictly.

    change, = read_diff("--- a/x.py\\n+++ b/x.py\\n@@ -1 +1 @@\\n-a = 1\\n+a = 2\\n")
    applied(change, "a = 1\\n")     ->  "a = 2\\n"

Each hunk's context and removed lines must stand in the file as they are, after the last hunk's.
Where they stand several times, the place nearest to the line that the header names is taken; the
numbers are otherwise not held against anybody, since models count badly.
"""

import re
from dataclasses import dataclass

HEADER = re.compile(r"@@(?: -(?P<line>\d{1,7})(?:,\d{1,7})? \+\d{1,7}(?:,\d{1,7})? @@.*)?")

NO_FILE = "/dev/null"

NO_NEWLINE = "\\ No newline at end of file"

MOST_LINES = 50_000

MOST_HUNKS = 400

MOST_COMPARED = 5_000_000
"""Lines that are looked at for the place of one hunk."""


class NoDiff(ValueError):
    """A text that is no unified diff, or one that does not apply."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines as they are and as they shall be, and the line they are said to begin at (from 1)."""

    old: tuple[str, ...]
    new: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to one file; `old` is None where it is made, `new` where it is removed."""

    old: str | None
    new: str | None
    hunks: tuple[Hunk, ...]

    @property
    def path(self) -> str:
        """The file's path, before any renaming."""
        return self.old or self.new or ""


def read_diff(text: str) -> list[Change]:
    """The changes of a unified diff, git's own lines among it or not; raises NoDiff."""
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        raise NoDiff(f"more than {MOST_LINES} lines")
    while lines and not lines[-1].strip():
        lines.pop()
    changes, at = [], 0
    while at < len(lines):
        if lines[at].startswith(("rename ", "copy ", "GIT binary", "Binary files", "new mode")):
            raise NoDiff(f"{lines[at][:60]!r}: write such a change as removed and made files")
        if lines[at].startswith("--- ") and at + 1 < len(lines):
            change, at = _change(lines, at)
            changes.append(change)
        elif lines[at].startswith(("@@", "+", "-")):
            raise NoDiff(f"line {at + 1} belongs to no file: {lines[at][:60]!r}")
        else:
            at += 1
    if not changes:
        raise NoDiff("no file is named: write --- a/PATH and +++ b/PATH")
    return changes


def applied(change: Change, before: str) -> str:
    """The file's text after the change; raises NoDiff where a hunk is not found in it."""
    lines = before.split("\n")
    position, moved = 0, 0
    for number, hunk in enumerate(change.hunks, start=1):
        if not hunk.old and not before:
            return "\n".join([*hunk.new, ""])
        if not hunk.old:
            raise NoDiff(f"{change.path}: hunk {number} has no line that says where it belongs")
        start = _found(lines, hunk.old, position, max(0, hunk.line - 1) + moved)
        if start is None:
            raise NoDiff(f"{change.path}: hunk {number} is not found: {hunk.old[0][:60]!r} ...")
        lines[start : start + len(hunk.old)] = hunk.new
        position = start + len(hunk.new)
        moved += len(hunk.new) - len(hunk.old)
    return "\n".join(lines)


def _change(lines: list[str], at: int) -> tuple[Change, int]:
    old = _path(lines[at], "--- ", "a/")
    new = _path(lines[at + 1], "+++ ", "b/")
    if old is None and new is None:
        raise NoDiff("a change of /dev/null to /dev/null")
    if old is not None and new is not None and old != new:
        raise NoDiff(f"{old!r:.80} becomes {new!r:.80}: write it as removed and made files")
    at += 2
    hunks = []
    while at < len(lines) and (header := HEADER.fullmatch(lines[at])):
        hunk, at = _hunk(lines, at + 1, int(header["line"] or 1))
        hunks.append(hunk)
    if not hunks and new is not None:
        raise NoDiff(f"{new!r:.80}: no hunk follows")
    return Change(old, new, tuple(hunks)), at


def _path(line: str, mark: str, prefix: str) -> str | None:
    if not line.startswith(mark):
        raise NoDiff(f"{line[:60]!r} where a line {mark.strip()!r} should be")
    path = line[len(mark) :].split("\t")[0].strip()
    return None if path == NO_FILE else path.removeprefix(prefix)


def _hunk(lines: list[str], at: int, line: int) -> tuple[Hunk, int]:
    old, new = [], []
    while at < len(lines):
        text = lines[at]
        if text.startswith("--- ") and at + 1 < len(lines) and lines[at + 1].startswith("+++ "):
            break
        kind, rest = (text[0], text[1:]) if text else (" ", "")
        if kind not in " +-" and text != NO_NEWLINE:
            break
        at += 1
        if text == NO_NEWLINE:
            continue
        if kind in " -":
            old.append(rest)
        if kind in " +":
            new.append(rest)
    if not old and not new:
        raise NoDiff(f"an empty hunk before line {at + 1}")
    return Hunk(tuple(old), tuple(new), line), at


def _found(lines: list[str], old: tuple[str, ...], least: int, stated: int) -> int | None:
    """Where `old` stands at or after `least`, nearest to `stated`; raises NoDiff."""
    starts = [start for start in range(least, len(lines) - len(old) + 1) if lines[start] == old[0]]
    if len(starts) * len(old) > MOST_COMPARED:
        raise NoDiff(f"a hunk of {len(old)} lines has {len(starts)} places to begin at")
    places = [start for start in starts if tuple(lines[start : start + len(old)]) == old]
    return min(places, key=lambda start: abs(start - stated), default=None)
