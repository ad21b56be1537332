"""Texts of models as HTML: whatever they are, they bring no element, no attribute and no delay."""

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.viewing.mathematics import LONGEST, mathml
from curation.viewing.texts import answer, shown

ELEMENTS = """
    math mi mn mo ms mtext mspace mrow mfrac msqrt mroot mstyle merror mpadded mphantom msub msup
    msubsup munder mover munderover mmultiscripts mprescripts mtable mtr mtd menclose
    code pre span strong b i
"""

INERT = set(ELEMENTS.split())

SCRAPS = r"""
    $ $$ \[ \] \( \) ``` ~~~ ` ** \boxed{ } { \frac \text{ \begin{align*} \end{align*} [asy] [/asy]
    <script> </pre> <img/src=x> onerror= " ' & \color{red} \href{javascript:x}{ \class{a} \left(
    \right) \sqrt ^ _ x 1 \ # % python
"""

MARKS = st.sampled_from([*SCRAPS.split(), "\n"])


class Elements(HTMLParser):
    """Collects what a browser would make of it."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def read(html: str) -> Elements:
    elements = Elements()
    elements.feed(html)
    elements.close()
    return elements


@given(st.lists(MARKS | st.text(max_size=5), max_size=40).map("".join))
def test_no_text_brings_an_element_that_does_something(text: str):
    for made in (shown(text), answer(text), mathml(text, display=True)):
        elements = read(made)
        assert elements.tags <= INERT
        for name, value in elements.attributes:
            assert not name.startswith("on")
            assert name not in ("href", "src", "srcset", "action", "xlink:href")
            assert "url(" not in (value or "")


@given(st.text(st.characters(exclude_characters="$\\`*~[\r\x00", exclude_categories=["Cs"])))
def test_a_text_without_marks_stays_as_it_is(text: str):
    assert read(shown(text)).text == text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("It costs $5 and $6.", "It costs $5 and $6."),
        ("\\$5 and $x$", "\\$5 and x"),
        ("**not bold", "**not bold"),
        ("\\[ no end", "\\[ no end"),
        ("```python\nx = 1", "x = 1\n"),
        ("$$$$", "$$$$"),
    ],
)
def test_marks_without_an_end_are_text(text: str, kept: str):
    assert read(shown(text)).text.strip() == kept.strip()


@pytest.mark.parametrize("latex", ["\\frac{1", "x^" * LONGEST, "{" * 100_000, "\\nonsense{", "<b>"])
def test_a_formula_that_cannot_be_drawn_is_shown_as_source(latex: str):
    assert read(mathml(latex, display=False)).tags <= INERT


@pytest.mark.parametrize(
    "mark",
    ["$", "\\[", "\\(", "[asy]", "\\begin{align}", "`", "**a", "$a", "\\boxed{", "```\n", "[", "{"],
)
def test_marks_that_never_end_cost_no_time(mark: str):
    text = mark * (20_000 // len(mark))
    started = time.process_time()
    shown(text)
    answer(text)
    assert time.process_time() - started < 2
