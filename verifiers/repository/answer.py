"""Takes the changed files out of a completion.

    changed('```diff\\n--- a/x.py\\n+++ b/x.py\\n@@ -1 +1 @@\\n-a = 1\\n+a = 2\\n```', files)
    changed("```python\\n# file: x.py\\na = 2\\n```", files)
    ->  {"x.py": "a = 2\\n"}

All ```diff blocks outside the thinking count, together; where there is none, all blocks whose first
line is `# file: PATH`, each a whole file. What a file becomes is its text, or None where it is
removed.
"""

import re
from collections.abc import Mapping

from verifiers.repository.diff import (
    MOST_HUNKS,
    MOST_LINES,
    NO_FILE,
    NoDiff,
    applied,
    read_diff,
)

FENCE = re.compile(
    r"^(?P<mark>`{3,}|~{3,})[ \t]*(?P<language>[\w+-]*)[ \t]*\n"
    r"(?P<text>.*?)(?:^(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)

FILE = re.compile(r"\A#[ \t]*file:[ \t]*(?P<path>[^\n]{1,240}?)[ \t]*\n")

MOST_CHARS = 1_000_000


class NoAnswer(ValueError):
    """A completion without a change that can be made; `str` is the reason."""


Changes = dict[str, str | None]


def changed(completion: str, files: Mapping[str, bytes]) -> Changes:
    """What each changed file becomes; raises NoAnswer with a reason."""
    text = completion.rpartition("</think>")[2].partition("<think>")[0].replace("\r\n", "\n")
    if len(text) > MOST_CHARS:
        raise NoAnswer(f"no_answer: more than {MOST_CHARS} characters")
    blocks = [(found["language"].lower(), found["text"]) for found in FENCE.finditer(text)]
    diffs = [block for language, block in blocks if language in ("diff", "patch")]
    if diffs:
        try:
            return _of_diffs(diffs, files)
        except NoDiff as error:
            raise NoAnswer(f"no_patch: {error}") from None
    changes: Changes = {}
    for _, block in blocks:
        if found := FILE.match(block):
            changes[found["path"]] = block[found.end() :]
    if not changes:
        raise NoAnswer("no_answer: neither a diff block nor a block that begins with # file: PATH")
    return _real(changes, files)


def _of_diffs(diffs: list[str], files: Mapping[str, bytes]) -> Changes:
    if sum(text.count("\n") for text in diffs) > MOST_LINES:
        raise NoDiff(f"more than {MOST_LINES} lines")
    read = [change for text in diffs for change in read_diff(text)]
    if sum(len(change.hunks) for change in read) > MOST_HUNKS:
        raise NoDiff(f"more than {MOST_HUNKS} hunks")
    changes: Changes = {}
    for change in read:
        path = change.path
        if path == NO_FILE:
            raise NoDiff(f"{NO_FILE} is no file of the repository")
        before = changes[path] if path in changes else text_of(files.get(path))
        if change.old is None and before is not None:
            raise NoDiff(f"{path!r:.80} is there already")
        if change.old is not None and before is None:
            raise NoDiff(f"{path!r:.80} is no text file of the repository")
        changes[path] = None if change.new is None else applied(change, before or "")
    return _real(changes, files)


def text_of(content: bytes | None) -> str | None:
    """A file's text; None where it is not there, or no text."""
    try:
        return None if content is None else content.decode()
    except UnicodeDecodeError:
        return None


def _real(changes: Changes, files: Mapping[str, bytes]) -> Changes:
    real = {path: new for path, new in changes.items() if new != text_of(files.get(path))}
    if not real:
        raise NoAnswer("no_change: every file stays as it is")
    return real
