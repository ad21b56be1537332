"""Writes the prompt of a commit task: the wish in words, the files, and the form of the answer.

    issue_text("Sums of nothing are 0\\n\\nSigned-off-by: A B <a@b.c>")  ->  "Sums of nothing are 0"
    interface(before, after, tests)  ->  ["def total(xs, *, start=0)"]

A message keeps its prose. What would give the change away goes: lines of a diff, fenced code,
hashes, links; and so do trailers, which say nothing of the wish.
"""

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from verifiers.code.syntax import parse

FENCED = re.compile(r"^(`{3,}|~{3,}).*?(^\1[ \t]*$|\Z)", re.MULTILINE | re.DOTALL)

TRAILER = re.compile(r"[A-Z][A-Za-z]*(?:-[A-Za-z]+)+: .*|(?:Fixes|Closes|Refs|Bug|Issue): .*")

DIFF_LINE = re.compile(
    r"(?:diff --git|index [0-9a-f]{7}|@@ |\+\+\+ |--- |[+-](?![ ]|$)|[+-] {2,}).*"
)

HASH = re.compile(r"\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{7,64}\b")

LINK = re.compile(r"<?https?://\S+")

NUMBER = re.compile(
    r"\s*\((?:(?:closes|fixes|resolves|see)?\s*#\d+(?:,\s*)?)+\)|#\d+\b", re.IGNORECASE
)

REVERTED = re.compile(r"\s*This reverts commit.*", re.IGNORECASE)

FEWEST_WORDS = 3

MOST_PATHS = 60


def issue_text(message: str) -> str | None:
    """What a commit's message says of the wish; None where that is next to nothing."""
    kept = []
    for line in FENCED.sub("", message).splitlines():
        if TRAILER.fullmatch(line.strip()) or DIFF_LINE.match(line) or REVERTED.match(line):
            continue
        for pattern in (LINK, NUMBER, HASH):
            line = pattern.sub("", line)
        kept.append(line.rstrip())
    text = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return text if len(re.findall(r"[^\W\d]{2,}", text)) >= FEWEST_WORDS else None


def interface(before: str, after: str, tests: Sequence[str]) -> list[str]:
    """Heads of the functions and classes that a change adds or turns, and tests name."""
    named = {word for text in tests for word in re.findall(r"[^\W\d]\w*", text)}
    had = dict(_heads(before))
    return [
        head
        for name, head in _heads(after)
        if name.rpartition(".")[2] in named and had.get(name) != head
    ]


def _heads(source: str) -> Iterator[tuple[str, str]]:
    try:
        tree = parse(source)
    except (SyntaxError, ValueError):
        return
    yield from _in_body(tree.body, "")


def _in_body(body: Sequence[ast.stmt], scope: str) -> Iterator[tuple[str, str]]:
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
            gives = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            yield (
                f"{scope}{node.name}",
                f"{kind} {scope}{node.name}({ast.unparse(node.args)}){gives}",
            )
        elif isinstance(node, ast.ClassDef):
            bases = ", ".join(map(ast.unparse, node.bases))
            yield (
                f"{scope}{node.name}",
                f"class {scope}{node.name}" + (f"({bases})" if bases else ""),
            )
            yield from _in_body(node.body, f"{scope}{node.name}.")


def prompt_of(
    issue: str, shown: Mapping[str, str | None], others: Sequence[str], heads: Sequence[str]
) -> str:
    """The whole prompt; `shown` are files to be changed, None those to be made."""
    parts = [
        "A Python repository is to be changed so that its tests, which you do not see, pass. "
        "What is wanted:",
        issue,
    ]
    if heads:
        parts += ["The tests call what is to be there afterwards:", _listed(heads)]
    if made := [path for path, text in shown.items() if text is None]:
        parts += ["Files to be made:", _listed(made)]
    parts.append("The files to be changed:")
    for path, text in shown.items():
        if text is not None:
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
            parts.append(f"{path}\n{fence}\n{text.rstrip()}\n{fence}")
    if others:
        more = f"\n- and {len(others) - MOST_PATHS} more" if len(others) > MOST_PATHS else ""
        parts += ["Other files beside them:", _listed(others[:MOST_PATHS]) + more]
    parts.append(
        "Answer with the change as a unified diff in one ```diff block, with lines "
        "`--- a/PATH` and `+++ b/PATH` before the hunks of each file, or with each changed file as "
        "a whole, in a block of its own whose first line is `# file: PATH`. Tests and their "
        "configuration may not be changed."
    )
    return "\n\n".join(parts)


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
