"""One way of writing: unicode,
LaTeX layout and markdown become plain notation that the lexer reads.

    plain("$\\\\dfrac{3}{4}\\\\,\\\\text{cm}^2$")  ->  "\\\\frac{3}{4} cm ^2"
    plain("x² ≤ 4½")                      ->  "x^{2} \\\\le  4\\\\frac{1}{2}"
    plain("**4,\\\\!989**.")                ->  "4989"

Nothing is evaluated here, and every step takes time linear in the text.
"""

import re
from functools import lru_cache
from html import unescape

from verifiers.math.syntax import Unreadable

LONGEST = 2_000
"""Characters of an answer; a longer one is none, and would only keep the parser busy."""

_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿⁱˣ", "0123456789+-()nix", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₙₖₐₓᵢ", "0123456789+-()nkaxi", strict=True))
_VULGAR = {
    "½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5),
    "⅗": (3, 5), "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅐": (1, 7), "⅛": (1, 8), "⅜": (3, 8),
    "⅝": (5, 8), "⅞": (7, 8), "⅑": (1, 9), "⅒": (1, 10),
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "ζ": "zeta", "η": "eta",
    "θ": "theta", "ι": "iota", "κ": "kappa", "λ": "lambda", "ν": "nu", "ξ": "xi", "π": "pi",
    "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "ϕ": "phi", "χ": "chi", "ψ": "psi",
    "ω": "omega", "Δ": "Delta", "Γ": "Gamma", "Ω": "Omega", "Σ": "Sigma", "Φ": "Phi", "Λ": "Lambda",
    "𝜋": "pi", "𝛼": "alpha", "𝛽": "beta", "𝜃": "theta",
}  # fmt: skip
_OPERATORS = {
    "×": "\\times ", "·": "\\cdot ", "⋅": "\\cdot ", "∙": "\\cdot ", "•": "\\cdot ", "∗": "*",
    "÷": "/", "⁄": "/", "∕": "/", "−": "-", "–": "-", "—": "-", "‐": "-", "‑": "-", "﹣": "-",
    "＋": "+", "±": "\\pm ", "∓": "\\mp ", "≤": "\\le ", "⩽": "\\le ", "≦": "\\le ", "≥": "\\ge ",
    "⩾": "\\ge ", "≧": "\\ge ", "≠": "\\ne ", "≈": "\\approx ", "≅": "\\approx ", "≡": "\\equiv ",
    "∞": "\\infty ", "∪": "\\cup ", "∩": "\\cap ", "∈": "\\in ", "∅": "\\emptyset ",
    "Ø": "\\emptyset ", "∖": "\\setminus ", "ℝ": "\\mathbb{R}", "ℤ": "\\mathbb{Z}",
    "ℚ": "\\mathbb{Q}", "ℕ": "\\mathbb{N}", "ℂ": "\\mathbb{C}", "∨": "\\lor ", "∧": "\\land ",
    "°": "^\\circ ", "º": "^\\circ ", "˚": "^\\circ ", "′": "'", "’": "'", "‘": "'", "″": "''",
    "“": '"', "”": '"', "…": "\\ldots ", "⟨": "\\langle ", "⟩": "\\rangle ", "〈": "\\langle ",
    "〉": "\\rangle ", "⌊": "\\lfloor ", "⌋": "\\rfloor ", "⌈": "\\lceil ", "⌉": "\\rceil ",
    "。": ".", "、": ",", "→": "\\to ", "⇒": "\\Rightarrow ", "∣": "|", "｜": "|", "（": "(",
    "）": ")", "，": ",",
    "．": ".", "：": ":", "；": ";", "％": "%", "＝": "=", "＜": "<", "＞": ">", "∶": ":",
    "𝑥": "x", "𝑦": "y", "𝑛": "n", "µ": "μ", "∛": "\\sqrt[3]", "∜": "\\sqrt[4]", "ⅈ": "i", "ℯ": "e",
}  # fmt: skip
_SPACES = dict.fromkeys(
    "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\t\n\r\v\f", " "
)
_INVISIBLE = dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u2061\u2062\u2063\u2064\u00ad", "")
_DIGITS = {chr(0xFF10 + digit): str(digit) for digit in range(10)}

TRANSLATION = str.maketrans(
    {
        **{letter: f"\\{name} " for letter, name in _GREEK.items()},
        **_OPERATORS,
        **_SPACES,
        **_INVISIBLE,
        **_DIGITS,
        **{sign: f"\\frac{{{up}}}{{{down}}}" for sign, (up, down) in _VULGAR.items()},
    }
)
SCRIPTS = re.compile(rf"(?P<up>[{''.join(_SUPERSCRIPTS)}]+)|(?P<down>[{''.join(_SUBSCRIPTS)}]+)")
ROOT = re.compile(
    "√(?=(?P<bare>\\s*(?:\\d+(?:\\.\\d+)?|[A-Za-z]))?)(?(bare)\\s*([\\d.]+|[A-Za-z]))"
)

DOUBLED = re.compile(r"\\\\(?=[a-zA-Z]{2,}|[{}$%])")
LAYOUT = re.compile(
    r"\\(?:left|right|bigl?|bigr|Bigl?|Bigr|biggl?|biggr|Biggl?|Biggr|middle|displaystyle|textstyle"
    r"|scriptstyle|limits|nolimits|rm|bf|it|mathstrut|strut|null|allowbreak|nobreak|normalsize)"
    r"(?![a-zA-Z])\s?(?:\.(?!\d))?|\\!|\\phantom\s?(?:\{[^{}]*\}|.)|\\[hv]?space\*?\{[^{}]*\}"
)
GROUPED = re.compile(r"(?<![\d.])\d{1,3}(?:(?:\{,\}|,\\!\s?|\\,|\\ |~|\\:|\\;|,\\,)\d{3})+(?!\d)")
SEPARATOR = re.compile(r"\{,\}|,\\!\s?|,?\\[,: ;]|~")
THIN = re.compile(r"(?<=\d)\\,(?=\d)")
SPACING = re.compile(
    r"(?<!\\)\\[,:; >]|\\(?:quad|qquad|enspace|enskip|thinspace)(?![a-zA-Z])|~|&nbsp;"
)
WRAPPER = re.compile(
    r"\\(?:text(?:bf|rm|it|sf|tt|sc|up|normal|md)?|mathrm|mathit|mathsf|mathtt|mathop|mathnormal"
    r"|mbox|hbox|operatorname\*?|boldsymbol|bm|pmb|emph|underline|cancel|mathbf|bold|textcolor"
    r"\{\w+\}|color\{\w+\}|vec|overrightarrow|mathcal|fbox|boxed)\s?\{((?:[^{}]|\{[^{}]*\})*)\}"
)
UNIT_VECTOR = re.compile(
    r"\\(?:mathbf|hat|vec|boldsymbol|widehat|bm|overrightarrow)(?:\\mathbf)?\s?\{\s?\\?(?P<name>[ijk])"
    r"(?:math)?\s?\}|\\hat\s?\\?(?P<bare>[ijk])(?:math)?\b|(?P<marked>[ijk])\u0302"
)
CHOOSING = re.compile(
    r"(?:\{\s?\})?\s?[_^]\s?\{?(?P<n>\w+)\}?\s?\{?(?P<kind>[CP])\}?\s?_\s?\{?(?P<k>\w+)\}?"
)
ALIGNED = re.compile(
    r"\\begin\{(?P<kind>aligned|align\*?|split|gathered|gather\*?|equation\*?|eqnarray\*?)\}(?P<lines>.*[^\s&\\].*)"
    r"\\end\{(?P=kind)\}",
    re.DOTALL,
)
PICTURES = re.compile("[\u2600-\u27bf\U0001f300-\U0001faff\ufe0f]")
ENTITY = re.compile(r"&(?:lt|gt|le|ge|ne|amp|nbsp|times|minus|pi|infin|radic|deg);")
TIMES = re.compile(r"(?<=\d) ?[xX] ?(?=10 ?\^)|(?<=\d) [xX] (?=\d)")
BLACKBOARD = re.compile(r"\\(?:mathbb|Bbb|mathbf|mathds)\s?\{?\s?([RZQNC])\s?\}?(?![a-zA-Z])")
STYLED_FRACTION = re.compile(r"\\[dtc]frac(?![a-zA-Z])")
EMPHASIS = re.compile(r"^(\*\*|__|\*|`+)(?P<inner>[^*`]+)\1$")
BAR = re.compile("((?:\\d\u0305|\\d\u0304)+)")


@lru_cache(maxsize=8192)
def plain(text: str) -> str:
    """Rewrite an answer in plain notation; raises Unreadable where it is too long."""
    if len(text) > LONGEST:
        raise Unreadable("too_long")
    text = text.strip()
    while emphasised := EMPHASIS.match(text):
        text = emphasised["inner"].strip()
    if not text.isascii():
        text = _ascii(text)
    text = re.sub(r"\s+", " ", text)
    if "&" in text and ENTITY.search(text):
        text = unescape(text).translate(TRANSLATION)
    text = TIMES.sub("\\\\times ", text)
    if "\\" in text or re.search(r"\{[,.:]\}", text) or CHOOSING.search(text):
        text = _without_layout(text)
    text = _without_dollars(text)
    return _trimmed(text)


def _ascii(text: str) -> str:
    text = PICTURES.sub("", text)
    text = BAR.sub(lambda bar: f"\\overline{{{re.sub(r'[^0-9]', '', bar[0])}}}", text)
    text = UNIT_VECTOR.sub(_unit_vector, text)
    text = ROOT.sub(lambda root: f"\\sqrt{{{root[2]}}}" if root[2] else "\\sqrt ", text)
    return SCRIPTS.sub(_script, text).translate(TRANSLATION)


def _script(match: re.Match[str]) -> str:
    if raised := match["up"]:
        return "^{" + "".join(_SUPERSCRIPTS[one] for one in raised) + "}"
    return "_{" + "".join(_SUBSCRIPTS[one] for one in match["down"]) + "}"


def _unit_vector(match: re.Match[str]) -> str:
    return f"\\unit{match['name'] or match['bare'] or match['marked']} "


def _choosing(match: re.Match[str]) -> str:
    name = "\\binom" if match["kind"] == "C" else "\\nPr"
    return f"{name}{{{match['n']}}}{{{match['k']}}}"


def _without_layout(text: str) -> str:
    if "\\begin" not in text:
        text = DOUBLED.sub(r"\\", text)
        text = re.sub(r"\\\\", " ", text)
    text = re.sub(r"\{([.:,])\}", r"\1", text) if re.search(r"\d\{[.:]\}\d", text) else text
    if "\\begin" in text and (lines := ALIGNED.search(text)):
        last = [line for line in re.split(r"\\\\", lines["lines"]) if line.strip(" &")][-1]
        text = text[: lines.start()] + last.replace("&", " ").strip() + text[lines.end() :]
    text = GROUPED.sub(lambda number: SEPARATOR.sub("", number[0]), text)
    text = THIN.sub("", LAYOUT.sub("", text))
    text = SPACING.sub(" ", text)
    text = STYLED_FRACTION.sub(r"\\frac", text)
    text = UNIT_VECTOR.sub(_unit_vector, text)
    text = BLACKBOARD.sub(r"\\mathbb{\1}", text)
    for _ in range(8):
        flatter = WRAPPER.sub(r" \1 ", text)
        if flatter == text:
            break
        text = flatter
    text = re.sub(r"(?<!\\)\\[()\[\]]", " ", text)
    text = CHOOSING.sub(_choosing, text)
    if "\\begin" in text:
        text = re.sub(r"[.,;]\s*(?=\\\\|\\end|&)", " ", text)
    return re.sub(r"\{,\}", ",", text)


def _without_dollars(text: str) -> str:
    """A dollar sign is a currency when it is escaped or stands alone, else a formula's border."""
    if "$" not in text:
        return text
    text = text.replace("\\$", "\\dollar ")
    if re.fullmatch(r"[^$]*\$\s?-?\s?[\d.][^$]*", text) and "\\dollar" not in text:
        return text.replace("$", "\\dollar ")
    return text.replace("$", " ")


def _trimmed(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    if text.endswith("\\") and not text.endswith("\\\\"):
        text = text[:-1].rstrip()  # what is left of a spacing command at the end
    while text and text[-1] in ".,;:" and not text.endswith(("...", "\\,", "\\;", "\\:")):
        text = text[:-1].rstrip()
    while len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        text = text[1:-1].strip()
    return text.lstrip(":;, ").strip()
