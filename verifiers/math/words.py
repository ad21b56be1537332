"""Answers in words: what they say, apart from case, articles, punctuation and set phrases.

said("\\\\text{The Ellipse.}")        ->  "ellipse"
said("does not exist")             ->  "dne"
spoken_number("twenty-four")       ->  24
choices("What is 2+3? (A) 4 (B) 5")  ->  {"A": "4", "B": "5"}
"""

import re
from fractions import Fraction
from functools import lru_cache

from verifiers.math.notation import plain
from verifiers.math.syntax import Unreadable

SYNONYMS = {
    "dne": ["does not exist", "doesn't exist", "do not exist", "not exist", "limit does not exist",
            "undefined", "not defined"],
    "infinitely many": ["infinite", "infinitely many solutions", "infinite solutions",
                        "infinitely many values", "infinite number of solutions",
                        "there are infinitely many"],
    "empty": ["no solution", "no solutions", "no real solution", "no real solutions", "none",
    "empty set",
              "no such", "no real roots", "no roots", "null set", "nothing", "no values",
              "no solution exists",
              "impossible", "no integer solutions", "\\emptyset", "\\varnothing", "\\{\\}",
              "\\{ \\}", "no answer"],
    "yes": ["yeah", "yep"],
    "all reals": ["all real numbers", "all real", "all real x", "every real number",
    "any real number",
                  "real numbers", "all real values"],
}  # fmt: skip
SYNONYMS |= {
    "monday": ["mon"], "tuesday": ["tue", "tues"], "wednesday": ["wed", "weds"], "friday": ["fri"],
    "thursday": ["thu", "thur", "thurs"], "saturday": ["sat"], "sunday": ["sun"],
}  # fmt: skip
_MEANING = {phrase: word for word, phrases in SYNONYMS.items() for phrase in phrases}

_SMALL = dict(
    zip(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ],
        range(20),
        strict=True,
    )
)
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
_SCALES = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
          "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "hundredth": 100}  # fmt: skip

LABEL = re.compile(
    r"(?:(?:option|choice|answer|case)\s*:?\s*)?[(\[]?\s*(?P<letter>[A-Za-z])\s*(?P<close>[)\].:]|$)\s*[:.)]?"
    r"\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
CHOICE_MARK = re.compile(
    r"(?:\\(?:textbf|text|mathrm|mathbf|textrm)\s?\{\s?)?"
    r"(?:\((?P<bracketed>[A-J])\)"
    r"|(?<![A-Za-z0-9$\\])(?P<marked>[A-J])\s?[.):](?=\s))\}?(?:\\ |~|\s)*"
)


@lru_cache(maxsize=8192)
def said(text: str) -> str:
    """What a text says, casefolded, in one way of writing."""
    try:
        text = plain(text)
    except Unreadable:
        return text[:100]
    text = re.sub(r"[\"'`*_]|\\ ", "", text.replace("-", " ")).casefold()
    text = re.sub(r"\s+", " ", text).strip(" .,;:!")
    text = re.sub(r"^(?:(?:the|a|an|it is|it's|is|they are|are)\s+)+", "", text)
    if re.fullmatch(r"(?:[a-z] ){1,11}[a-z]", text):
        text = text.replace(" ", "")  # C G G
    return _MEANING.get(text, text)


def same_words(gold: str, answer: str) -> bool:
    """Whether two texts say the same, or the answer only adds what the thing is (a noun)."""
    one, other = said(gold), said(answer)
    if one == other:
        return True
    if not one or not other or _denies(one) != _denies(other):
        return False
    if verb := list(_VERB.finditer(other)):
        rest = said(other[verb[-1].end() :])
        if rest == one and not _denies(other):
            return True
    # `isosceles triangle` for `isosceles`: a noun that names the kind of thing may follow.
    longer, shorter = sorted((one, other), key=len, reverse=True)
    rest = longer.removeprefix(shorter + " ")
    return rest != longer and rest in _KINDS


_VERB = re.compile(r"\b(?:is|are|be|was|were|it's|its|on|equals|becomes|called|named|it is)\s")
_KINDS = frozenset(
    [
        "triangle",
        "triangles",
        "function",
        "number",
        "numbers",
        "series",
        "curve",
        "line",
        "lines",
        "shape",
        "figure",
        "angle",
        "graph",
        "matrix",
        "set",
        "solutions",
        "solution",
        "sequence",
        "street",
        "day",
        "month",
        "student",
        "team",
        "person",
        "group",
    ]
)


def _denies(text: str) -> bool:
    return bool(re.search(r"\b(?:not|no|never|neither|non|isn|cannot)\b", text))


@lru_cache(maxsize=4096)
def spoken_number(text: str) -> Fraction | None:
    """A number in English words, `two thirds` and `one and a half` among them; None otherwise."""
    words = re.sub(r"[-,]", " ", text.casefold()).split()
    words = [word for word in words if word != "and"]
    if not words or len(words) > 12:
        return None
    if words[0] in ("minus", "negative"):
        rest = spoken_number(" ".join(words[1:]))
        return None if rest is None else -rest
    part = _PARTS.get(words[-1].removesuffix("s") if words[-1] != "halves" else "half")
    if part:
        above = [word for word in words[:-1] if word not in ("a", "an")]
        if not above:
            return Fraction(1, part)
        for cut in range(len(above) - 1, -1, -1):
            top = _whole(above[cut:]) if above[cut:] else None
            if top is not None and cut == 0 and words[-2] not in ("a", "an"):
                return Fraction(top, part)
        whole = _whole(above)
        return None if whole is None or words[-2] not in ("a", "an") else whole + Fraction(1, part)
    whole = _whole(["one" if word == "a" else word for word in words])
    return None if whole is None else Fraction(whole)


def _whole(words: list[str]) -> int | None:
    total = current = 0
    seen = False
    for word in words:
        if word in _SMALL or word in _TENS:
            current += _SMALL.get(word, 0) + _TENS.get(word, 0)
        elif word == "dozen":
            current = max(current, 1) * 12
        elif word == "hundred":
            current = max(current, 1) * 100
        elif word in _SCALES:
            total += max(current, 1) * _SCALES[word]
            current = 0
        else:
            return None
        seen = True
    return total + current if seen else None


@lru_cache(maxsize=1024)
def choices(prompt: str) -> dict[str, str]:
    """The lettered choices that a prompt offers, at least two, from A on; else none."""
    marks = list(CHOICE_MARK.finditer(prompt))
    for start, first in enumerate(marks):
        if (first["bracketed"] or first["marked"]) != "A":
            continue
        found: dict[str, str] = {}
        for mark, following in zip(marks[start:], [*marks[start + 1 :], None], strict=True):
            letter = mark["bracketed"] or mark["marked"]
            if letter != chr(ord("A") + len(found)):
                break
            end = following.start() if following else len(prompt)
            content = prompt[mark.end() : end].split("\n\n")[0]
            found[letter] = re.sub(r"\\qquad|\\quad|\\\\\s*$|[,;]\s*$", " ", content).strip(
                " $\n\t,;"
            )
        if len(found) >= 2:
            return found
    return {}


def chosen(text: str) -> tuple[str, str] | None:
    """The letter and the content of a choice like `(B) 5`; None where it is none."""
    try:
        text = plain(text)
    except Unreadable:
        return None
    match = LABEL.fullmatch(text)
    if match is None:
        return None
    letter, rest = match["letter"], match["rest"].strip()
    bare = not match["close"] or (
        text.lstrip("([ ").startswith(letter) and not text.startswith(("(", "["))
    )
    if rest and bare and match["close"] in ("", None):
        return None
    if letter in "eixy" and not match["close"]:
        return None  # the number e, the imaginary unit, a variable
    return letter.upper(), rest
