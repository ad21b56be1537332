"""Cuts documents into pieces that a model can be shown: Markdown, plain text, PDF.

read_documents(["handbook.md", "papers/"], most_chars=4000)
->  (Chunk(document="handbook.md", number=0, heading="Loans > Interest", text="..."),
     Chunk(document="tides.pdf", number=0, pages=(1, 3), text="..."), ...)

Sections and paragraphs are joined up to about `most_chars`, never cut in their middle unless one
alone is longer. A document that cannot be read is an error that says so, in a line.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gen.proposing.pages import pdf_pages
from verifiers.errors import BadInput

MARKDOWN, TEXT, PDF = (".md", ".markdown"), (".txt", ".text", ".rst"), (".pdf",)

MOST_CHARS = 4_000

LEAST_SHARE = 0.25
"""A piece shorter than this share of the most goes with the one before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """A piece of a document: its name, which piece, and where it stands there."""

    document: str
    number: int
    text: str
    heading: str | None = None
    pages: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Block:
    """What is not to be torn: a paragraph, a list, a block of code."""

    text: str
    heading: str | None = None
    page: int | None = None


def read_documents(
    paths: Iterable[str | Path], *, most_chars: int = MOST_CHARS
) -> tuple[Chunk, ...]:
    """All pieces of the files, and of those in the folders, in order; raises BadInput."""
    if most_chars < 200:
        raise BadInput(f"pieces of {most_chars} characters are too short: give 200 or more")
    chunks = []
    for path in _files(map(Path, paths)):
        chunks += _chunks(path.name, _blocks(path, most_chars), most_chars)
    return tuple(chunks)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    known = (*MARKDOWN, *TEXT, *PDF)
    for path in paths:
        if not path.is_dir():
            if path.suffix.lower() not in known:
                raise BadInput(f"{path} is of no kind that can be read: give {', '.join(known)}")
            yield path
            continue
        found = [one for one in sorted(path.rglob("*")) if one.suffix.lower() in known]
        if not found:
            raise BadInput(f"no documents in {path}: files are read that end in {', '.join(known)}")
        yield from found


def _blocks(path: Path, most_chars: int) -> Iterator[Block]:
    if path.suffix.lower() in PDF:
        blocks = _pdf_blocks(path)
    else:
        text = _text_of(path)
        blocks = _markdown_blocks(text) if path.suffix.lower() in MARKDOWN else _text_blocks(text)
    n_blocks = 0
    for block in blocks:
        for part in _parts(block.text, most_chars):
            n_blocks += 1
            yield Block(part, block.heading, block.page)
    if not n_blocks:
        hint = ": its pages may be scanned; run OCR on it" if path.suffix.lower() in PDF else ""
        raise BadInput(f"{path} has no text in it{hint}")


def _text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig").replace("\r\n", "\n").replace("\f", "\n\n")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is no UTF-8 text: convert it first") from None
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from None


def _text_blocks(text: str) -> Iterator[Block]:
    for part in re.split(r"\n[ \t]*\n", text):
        if part.strip():
            yield Block(part.strip("\n").rstrip())


HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<words>.+?)[ \t#]*")
FENCE = re.compile(r"[ \t]*(?P<mark>`{3,}|~{3,})")


def _markdown_blocks(text: str) -> Iterator[Block]:
    """Paragraphs with the headings above them; a fenced block stays whole."""
    text = re.sub(r"\A---\n.*?\n---\n", "", text, count=1, flags=re.DOTALL)
    text = re.sub(r"^(?=\S)(.+)\n=+[ \t]*$", r"# \1", text, flags=re.MULTILINE)
    text = re.sub(r"^(?=[^\s#>|-])(.+)\n--+[ \t]*$", r"## \1", text, flags=re.MULTILINE)
    above: list[str] = []
    lines: list[str] = []
    fence = ""

    def block() -> Iterator[Block]:
        if "".join(lines).strip():
            yield Block(
                "\n".join(lines).strip("\n"), " > ".join(one for one in above if one) or None
            )
        lines.clear()

    for line in text.split("\n"):
        marked = FENCE.match(line)
        if fence:
            lines.append(line)
            if marked and marked["mark"].startswith(fence) and not line.strip(" \t`~"):
                fence = ""
        elif marked:
            fence = marked["mark"]
            lines.append(line)
        elif heading := HEADING.fullmatch(line):
            yield from block()
            depth = len(heading["marks"])
            above = [*[*above, *[""] * depth][: depth - 1], heading["words"]]
        elif not line.strip():
            yield from block()
        else:
            lines.append(line)
    yield from block()


def _pdf_blocks(path: Path) -> Iterator[Block]:
    """Each page's text in lines joined to paragraphs, without what stands on most pages."""
    pages = [[line.strip() for line in page.strip().split("\n")] for page in pdf_pages(path)]
    edges = Counter(
        re.sub(r"\d+", "0", line) for lines in pages for line in {*lines[:1], *lines[-1:]} if line
    )
    for number, lines in enumerate(pages, start=1):
        kept = [
            line
            for place, line in enumerate(lines)
            if not (
                place in (0, len(lines) - 1)
                and len(pages) > 3
                and edges[re.sub(r"\d+", "0", line)] > len(pages) / 2
            )
        ]
        text = re.sub(r"(?<=[a-z])-\n(?=[a-z])", "", "\n".join(kept))
        for part in re.split(r"\n{2,}", text):
            if part.strip():
                yield Block(re.sub(r"\s*\n\s*", " ", part.strip()), page=number)


def _parts(text: str, most_chars: int) -> Iterator[str]:
    """The text, or where it is too long its parts, between lines, sentences or words."""
    while len(text) > most_chars:
        head = text[:most_chars]
        cuts = (head.rfind("\n"), head.rfind(". ") + 1, head.rfind(" "))
        cut = next((one for one in cuts if one > most_chars // 2), most_chars)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _chunks(document: str, blocks: Iterable[Block], most_chars: int) -> Iterator[Chunk]:
    groups: list[list[Block]] = []
    size = most_chars
    for block in blocks:
        least = LEAST_SHARE * most_chars
        moved = bool(groups) and block.heading != groups[-1][-1].heading and size >= least
        if size + len(block.text) > most_chars or moved:
            groups.append([])
            size = 0
        groups[-1].append(block)
        size += len(block.text) + 2
    if len(groups) > 1 and sum(len(one.text) for one in groups[-1]) < LEAST_SHARE * most_chars:
        groups[-2:] = [groups[-2] + groups[-1]]
    for number, group in enumerate(groups):
        pages = [one.page for one in group if one.page is not None]
        yield Chunk(
            document=document,
            number=number,
            text=_joined(group),
            heading=group[0].heading,
            pages=(min(pages), max(pages)) if pages else None,
        )


def _joined(group: list[Block]) -> str:
    parts, heading = [], group[0].heading
    for block in group:
        if block.heading != heading:
            heading = block.heading
            parts.append(f"## {heading}")
        parts.append(block.text)
    return "\n\n".join(parts)
