"""What a token is: a word, a number, a sign of mathematics, a bracket, or nothing that matters.

meaning("Janet's")   ->  ("janet", WORD)        meaning("1{,}000")  ->  ("1000", NUMBER)
meaning("three")     ->  ("3", NUMBER)          meaning("\\dfrac")  ->  ("\\frac", SIGN)
meaning("\\left")    ->  ("", DROPPED)          meaning("?")        ->  ("", DROPPED)

Two texts whose tokens mean the same are the same text in another dress: other spaces, dollars,
capitals, LaTeX commands, thousands separators.
"""

import re
from functools import cache

DROPPED, WORD, NUMBER, SIGN, BRACKET = range(5)
"""Kinds of tokens."""

_COUNTING = (
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)

NUMBER_WORDS = {
    word: str(value) for value, word in enumerate(_COUNTING.split(), start=2)
} | {
    "zero": "0", "thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70",
    "eighty": "80", "ninety": "90", "hundred": "100", "thousand": "1000", "million": "1000000",
    "billion": "1000000000", "dozen": "12", "twice": "2", "double": "2", "doubled": "2",
    "thrice": "3", "triple": "3", "tripled": "3", "half": "1/2", "quarter": "1/4", "third": "3rd",
    "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th",
    "ninth": "9th", "tenth": "10th",
}  # fmt: skip
"""`one`, `first` and `second` are left out: they mostly count nothing ("one of them", a time)."""

SAME_SIGN = {
    "\\cdot": "*", "\\times": "*", "×": "*", "·": "*", "⋅": "*", "∗": "*", "\\ast": "*",
    "\\div": "/", "÷": "/", "⁄": "/", "∕": "/", "−": "-", "\\leq": "\\le", "≤": "\\le",
    "\\geq": "\\ge", "≥": "\\ge", "\\neq": "\\ne", "≠": "\\ne", "\\lt": "<", "\\gt": ">",
    "\\dfrac": "\\frac", "\\tfrac": "\\frac", "\\cfrac": "\\frac", "\\%": "%", "percent": "%",
    "\\dots": "\\ldots", "\\cdots": "\\ldots", "…": "\\ldots", "√": "\\sqrt", "π": "\\pi",
    "°": "\\circ", "\\degree": "\\circ", "∞": "\\infty", "\\rightarrow": "\\to", "→": "\\to",
    "\\dbinom": "\\binom", "\\tbinom": "\\binom", "\\lvert": "|", "\\rvert": "|", "\\vert": "|",
    "\\mid": "|", "\\lbrace": "\\{", "\\rbrace": "\\}",
}  # fmt: skip

_LOOKS = r"""
    \left \right \big \Big \bigg \Bigg \bigl \bigr \Bigl \Bigr \, \; \! \: \quad \qquad \hspace
    \displaystyle \textstyle \text \textrm \textbf \textit \mathrm \mathbf \mbox \hbox \emph \rm
    \bf \it \limits \nolimits \phantom \( \) \[ \] \\ \$ \_ \# \& \hline
"""

LOOKS = frozenset((*_LOOKS.split(), "\\ "))
"""Commands that change how a formula looks, and not what it says."""

PUNCTUATION = frozenset("$~,.;:?'\"`´’‘“”„«»–—_#&@*")
BRACKETS = frozenset("(){}[]")

_DIGITS = re.compile(r"(?:\d|\.\d)")
_SEPARATORS = re.compile(r"\{,\}|\\[,!]|,")
_POSSESSIVE = re.compile(r"['’](?:s|S)?$")


@cache
def meaning(token: str) -> tuple[str, int]:
    """The token's normal form and kind; DROPPED ones have no form."""
    if _DIGITS.match(token):
        return _number(token), NUMBER
    if token in SAME_SIGN:
        return SAME_SIGN[token], SIGN
    if token in LOOKS or (token in PUNCTUATION and token != "*"):
        return "", DROPPED
    if token in BRACKETS:
        return token, BRACKET
    if not token[0].isalpha():
        return token, SIGN
    word = _POSSESSIVE.sub("", token).casefold()
    if word in SAME_SIGN:
        return SAME_SIGN[word], SIGN
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word], NUMBER
    return word, WORD


def _number(token: str) -> str:
    """`1,000.50` -> `1000.5`, `.5` -> `0.5`, `007` -> `7`."""
    whole, point, decimals = _SEPARATORS.sub("", token).partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (point + decimals if decimals else "")
