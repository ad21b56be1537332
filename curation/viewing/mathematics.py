"""LaTeX as MathML, which browsers draw themselves; what cannot be converted stays source.

mathml("x^2", display=False)   # <math><msup><mi>x</mi><mn>2</mn></msup></math>
mathml("\\\\frac{1", display=True)   # <code class="latex">\\frac{1</code>

The source comes from models. The converter escapes what is in it, and what comes out is let through
only where every tag and attribute is one of those listed here.
"""

import re
from functools import cache, lru_cache

from markupsafe import Markup, escape

LONGEST = 3_000
"""Characters of a formula: the converter is recursive, and its stack holds some 7,000 levels."""

DEEPEST = 60
"""Braces within braces."""

MACROS = {"dotsm": "\\cdots", "dotso": "\\ldots", "mbox": "\\text{#1}", "hbox": "\\text{#1}"}
"""Commands of old papers and of MATH that the converter has not."""

_ATTRIBUTE = (
    r" (?:accent|accentunder|columnalign|display|displaystyle|fence|form|height|linethickness"
    r"|lspace|mathvariant|maxsize|minsize|movablelimits|notation|rspace|scriptlevel|separator|stretchy"
    r'|symmetric|width|depth|class|style)="[\w\s:;.,%#-]*"'
)
_TAG = re.compile(
    r"</?(?:math|merror|menclose|mfrac|mi|mmultiscripts|mn|mo|mover|mpadded|mphantom|mprescripts"
    r"|mroot|mrow|ms|mspace|msqrt|mstyle|msub|msubsup|msup|mtable|mtd|mtext|mtr|munder|munderover"
    rf"|b|i|span)(?:{_ATTRIBUTE})*/?>"
)


@lru_cache(maxsize=8_192)
def mathml(latex: str, *, display: bool) -> Markup:
    """The formula, on a line of its own where `display`."""
    if len(latex) <= LONGEST and _depth(latex) <= DEEPEST:
        from math_core import LatexError

        try:
            markup = _converter().convert_with_local_state(latex, displaystyle=display)
        except LatexError:
            markup = "<"
        if not re.search("[<>]", _TAG.sub("", markup)):
            return Markup(markup)
    return Markup('<code class="latex">{}</code>').format(escape(latex.strip()))


@cache
def _converter():
    from math_core import LatexToMathML

    return LatexToMathML(macros=MACROS, ignore_unknown_commands=True, fancy_error=False)


def _depth(latex: str) -> int:
    deepest = depth = 0
    for character in latex:
        if character == "{":
            depth += 1
            deepest = max(deepest, depth)
        elif character == "}":
            depth -= 1
    return deepest
