"""Finds the formulas and the code in a text, each by the mark that opens it.

list(pieces("Let $x$ be \\\\[y\\\\]"))
->  [Piece("formula", "x", 4, 7), Piece("display", "y", 11, 16)]     kind, inside, start, end

Texts come from models, so nothing is searched for twice: the end of a piece is looked for by plain
search, or by patterns that cannot cross the next mark, and a mark without an end is left as it is.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["formula", "display", "code", "drawing", "inline", "bold"]

SPAN = 3_000
"""Characters of a formula."""

_ENVIRONMENTS = r"(?:align|alignat|equation|gather|multline|cases|[bpvBV]?matrix|array)\*?"

_OPENER = re.compile(
    rf"^(?:```|~~~)|\[asy\]|\$\$?|\\\[|\\\(|\\begin\{{{_ENVIRONMENTS}\}}|\\boxed\{{|`|\*\*",
    re.MULTILINE,
)

_FENCE = re.compile(r"(```++|~~~++)[ \t]*+([\w+#.-]*+)[^\n]*+(?:\n|\Z)")
_DOLLAR = re.compile(r"\$(?=\S)((?:[^$\\\n]|\\.|\n(?!\n)){1,3000}+)(?<=\S)\$(?![\w$])")
_INLINE = re.compile(r"`([^`\n]++)`")
_BOLD = re.compile(r"\*\*(?=\S)([^*\n]++)(?<=\S)\*\*")

_LEVEL_4 = r"\{[^{}]*+\}"
_LEVEL_3 = rf"\{{[^{{}}]*+(?:{_LEVEL_4}[^{{}}]*+)*+\}}"
_LEVEL_2 = rf"\{{[^{{}}]*+(?:{_LEVEL_3}[^{{}}]*+)*+\}}"
_BOXED = re.compile(rf"\\boxed\{{[^{{}}]*+(?:{_LEVEL_2}[^{{}}]*+)*+\}}")

_PAIRS: dict[str, tuple[str, Kind]] = {
    "$$": ("$$", "display"),
    "\\[": ("\\]", "display"),
    "\\(": ("\\)", "formula"),
    "[asy]": ("[/asy]", "drawing"),
}

_PATTERNS: dict[str, tuple[re.Pattern[str], int, Kind]] = {
    "$": (_DOLLAR, 1, "formula"),
    "\\boxed{": (_BOXED, 0, "formula"),
    "`": (_INLINE, 1, "inline"),
    "**": (_BOLD, 1, "bold"),
}
"""Opening mark -> pattern of the whole, the group of its inside, and what it is."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What stands between two marks at [start, end); `language` is that of a fenced block."""

    kind: Kind
    text: str
    start: int
    end: int
    language: str = ""

    @property
    def block(self) -> bool:
        """Whether it has lines of its own."""
        return self.kind in ("display", "code", "drawing")


def pieces(text: str) -> Iterator[Piece]:
    """The pieces of a text in order, none within another."""
    place = 0
    while opener := _OPENER.search(text, place):
        piece = _close(text, opener)
        if piece is not None:
            yield piece
        place = opener.end() if piece is None else piece.end


def _close(text: str, opener: re.Match[str]) -> Piece | None:
    mark, start = opener[0], opener.start()
    if mark in ("```", "~~~"):
        return _fenced(text, start)
    if text[start - 1 : start] == "\\" and mark[0] == "$":
        return None  # an amount of money: \$5
    if mark in _PAIRS:
        ending, kind = _PAIRS[mark]
        return _until(text, opener, ending, kind)
    if mark in _PATTERNS:
        pattern, inside, kind = _PATTERNS[mark]
        match = pattern.match(text, start)
        return match and Piece(kind, match[inside], start, match.end())
    ending = mark.replace("begin", "end")
    found = _until(text, opener, ending, "display")
    return found and Piece("display", text[start : found.end], start, found.end)


def _until(text: str, opener: re.Match[str], ending: str, kind: Kind) -> Piece | None:
    longest = SPAN if kind != "drawing" else len(text)
    end = text.find(ending, opener.end(), opener.end() + longest)
    if end <= opener.end():
        return None
    return Piece(kind, text[opener.end() : end], opener.start(), end + len(ending))


def _fenced(text: str, start: int) -> Piece | None:
    """A fenced block; one that is never closed goes on to the end, as a cut-off answer's does."""
    opening = _FENCE.match(text, start)
    if opening is None or "`" in opening[0][len(opening[1]) :]:
        return None
    closing = re.compile(rf"^{opening[1]}[ \t]*+$", re.MULTILINE).search(text, opening.end())
    inside = text[opening.end() : closing.start() if closing else len(text)]
    return Piece("code", inside, start, closing.end() if closing else len(text), opening[2])
