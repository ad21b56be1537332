"""Documents as the source of problems: how they are cut, what is asked, what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_files import write_pdf

from gen.proposing.base import AnswerDraft, Unusable
from gen.proposing.chunks import Chunk, read_documents
from gen.proposing.documents import Documents
from gen.proposing.modes import MODES
from verifiers.errors import BadInput

MATH: dict[str, Any] = {"domain": "finance", "verifier": "math"}

MARKDOWN = """\
---
title: Loans
---
# Loans

Interest is paid once a year.

## Simple interest

It is the principal times the rate times the years.

```
# no heading
i = p * r * t
```

Early repayment
---------------

Who repays early pays one percent of what is left.
"""


def chunk(number: int, **more: Any) -> Chunk:
    text = f"The {number}. rule says {number} percent."
    return Chunk(document="a.md", number=number, text=text, **more)


def test_markdown_keeps_its_headings_and_its_code(tmp_path: Path):
    path = tmp_path / "loans.md"
    path.write_text(MARKDOWN)
    (whole,) = read_documents([path])
    assert (whole.document, whole.number, whole.heading) == ("loans.md", 0, "Loans")
    assert "title:" not in whole.text
    assert "# no heading\ni = p * r * t" in whole.text
    assert "## Loans > Simple interest" in whole.text
    path.write_text("\n\n".join(MARKDOWN.replace("paid", "paid " * 40) for _ in range(3)))
    cut = read_documents([path], most_chars=300)
    assert {one.heading for one in cut} >= {"Loans", "Loans > Simple interest"}
    assert [one.number for one in cut] == list(range(len(cut)))


def test_a_pdf_has_pages(tmp_path: Path):
    path = tmp_path / "tides.pdf"
    lines = [f"Tides {n} rise twice a day and fall as often in a har-" for n in range(8)]
    write_pdf(
        path, [["Tides today", *lines, "bour nearby.", f"Page {n}"] for n in range(1, 6)]
    )  # fmt: skip
    first, *rest = read_documents([path], most_chars=1000)
    assert rest
    assert first.pages is not None
    assert first.pages[0] == 1
    assert [*rest][-1].pages[1] == 5  # pyright: ignore
    text = " ".join(one.text for one in (first, *rest))
    assert "in a harbour nearby." in text
    assert "Tides today" not in text
    assert "Page 3" not in text


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path):
    (tmp_path / "inner").mkdir()
    (tmp_path / "b.txt").write_text("The second.")
    (tmp_path / "a.md").write_text("The first.")
    (tmp_path / "inner" / "c.txt").write_text("The third.")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    assert [one.document for one in read_documents([tmp_path])] == ["a.md", "b.txt", "c.txt"]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.md", b"", "no text"),
        ("latin.txt", "Zürich".encode("latin-1"), "no UTF-8 text"),
        ("broken.pdf", b"%PDF-1.4\nnothing", "cannot read"),
        ("picture.png", b"\x89PNG", "of no kind that can be read"),
        ("folder", None, "no documents in"),
        ("absent.txt", None, "cannot read"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_line(tmp_path: Path, name: str, data: Any, why: str):
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    elif name == "folder":
        path.mkdir()
    with pytest.raises(BadInput) as told:
        read_documents([path])
    assert why in str(told.value)
    assert name in str(told.value)
    assert "\n" not in str(told.value)


def test_a_scanned_pdf_is_said_to_be_one(tmp_path: Path):
    path = tmp_path / "scan.pdf"
    write_pdf(path, [[], []])
    with pytest.raises(BadInput, match="run OCR"):
        read_documents([path])


@given(text=st.text(), most_chars=st.integers(200, 400), suffix=st.sampled_from([".md", ".txt"]))
def test_no_text_is_lost_and_no_piece_too_long(
    tmp_path_factory: pytest.TempPathFactory, text: str, most_chars: int, suffix: str
):
    words = [f"word{number}" for number in range(200)]
    path = tmp_path_factory.mktemp("texts") / f"a{suffix}"
    path.write_text(text + "\n\n" + "\n\n".join(words), "utf-8", "replace")
    chunks = read_documents([path], most_chars=most_chars)
    joined = " ".join(one.text for one in chunks).split()
    if not text.startswith("---") and "```" not in text and "~~~" not in text:
        assert [one for one in joined if one in words] == words
    headings = 10 + 2 * max((len(one.heading or "") for one in chunks), default=0)
    assert all(len(one.text) <= 1.3 * most_chars + 50 * headings for one in chunks)


def test_every_chunk_is_asked_about_as_often_as_said():
    mode = Documents(**MATH, chunks=(chunk(0), chunk(1, pages=(2, 3))), per_chunk=3)
    asks = [mode.ask(number) for number in range(7)]
    assert asks.pop() is None
    assert [ask.lineage["chunk"] for ask in asks if ask] == [0, 1] * 3
    assert len({ask.messages[0].content for ask in asks if ask}) == 6
    last = mode.ask(5)
    assert last is not None
    assert last.lineage == {"document": "a.md", "chunk": 1, "pages": [2, 3]}
    assert "The 1. rule says 1 percent." in last.messages[0].content
    assert mode.ask(5) == last
    assert MODES["documents"] is Documents


@pytest.mark.parametrize(
    "problem",
    [
        "According to the passage, how much is the fee on 1000 dollars?",
        "How much is the fee that is described in the text for 1000 dollars?",
        "What does the author charge for 1000 dollars?",
        "As explained above, the fee is one percent. What is it of 1000 dollars?",
        "By Table 3, how much is the fee on 1000 dollars?",
    ],
)
def test_a_problem_that_speaks_of_its_document_is_invalid(problem: str):
    mode = Documents(**MATH, chunks=(chunk(0),))
    ask = mode.ask(0)
    assert ask is not None
    found = mode.read(ask, json.dumps({"problem": problem, "program": "", "answer": "10"}))
    assert found == Unusable("invalid: refers to the document")
    good = {"problem": "A fee of one percent is due on 1000 dollars. How much?", "answer": "10"}
    assert isinstance(mode.read(ask, json.dumps(good)), AnswerDraft)


def test_without_documents_nothing_can_be_asked():
    with pytest.raises(BadInput):
        Documents(**MATH, chunks=())
