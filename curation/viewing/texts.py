"""What a model or a file wrote, as HTML that does nothing: formulas drawn, code coloured.

shown("Let $x=1$.\\n```python\\nprint(1)\\n```")
->  Let <math>...</math>.<pre class="code">...</pre>

All text is escaped; only formulas, fenced code, `code` and **bold** are marked up, the rest is left
as it was written, its line breaks too.
"""

import json
import re
from functools import cache, lru_cache

from markupsafe import Markup, escape

from curation.viewing.mathematics import mathml
from curation.viewing.pieces import Piece, pieces

LONGEST = 20_000
"""Characters that are marked up; what comes after them is shown as it is."""


def shown(text: str) -> Markup:
    """The text, marked up."""
    head, tail = text[:LONGEST], text[LONGEST:]
    parts, place = [], 0
    for piece in pieces(head):
        before = head[place : piece.start]
        place = piece.end
        if piece.block:  # the breaks around it would be empty lines
            before = before.removesuffix("\n")
            place += head.startswith("\n", place)
            place += head.startswith("\n", place)
        parts += [escape(before), _marked_up(piece)]
    return Markup("").join([*parts, escape(head[place:]), escape(tail)])


def answer(text: str) -> Markup:
    """A ground truth or an extracted answer: JSON laid out, a formula drawn, else plain text."""
    laid_out = pretty_json(text)
    if laid_out is not None:
        return laid_out
    if re.search(r"\\[a-zA-Z]|[\^_]", text) and "$" not in text:
        return mathml(text, display=False)
    return shown(text)


def pretty_json(text: str) -> Markup | None:
    """A JSON object or array, laid out and coloured; nothing where the text is not one."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not value:
        return None
    return highlighted(json.dumps(value, indent=2, ensure_ascii=False), "json")


def highlighted(code: str, language: str) -> Markup:
    """Code with its words coloured, by Pygments."""
    from pygments import highlight

    if len(code) > LONGEST:
        return Markup('<pre class="code">{}</pre>').format(code)
    spans = Markup(highlight(code, _lexer(language.lower()), _formatter()))
    return Markup('<pre class="code">{}</pre>').format(spans)


def code_style() -> str:
    """The style sheet of highlighted code, for light and dark."""
    from pygments.formatters import HtmlFormatter

    light = HtmlFormatter(style="friendly").get_style_defs(".code")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".code")
    return f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _marked_up(piece: Piece) -> Markup:
    match piece.kind:
        case "code":
            return highlighted(piece.text, piece.language)
        case "drawing":
            return highlighted(piece.text, "asymptote")
        case "inline":
            return Markup("<code>{}</code>").format(piece.text)
        case "bold":
            return Markup("<strong>{}</strong>").format(piece.text)
        case "formula" | "display":
            return mathml(piece.text, display=piece.kind == "display")


@cache
def _formatter():
    from pygments.formatters import HtmlFormatter

    return HtmlFormatter(nowrap=True)


@lru_cache(maxsize=64)
def _lexer(language: str):
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language or "text", stripnl=False)
    except ClassNotFound:
        return get_lexer_by_name("text", stripnl=False)
