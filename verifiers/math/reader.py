"""An answer as it was written becomes a syntax tree, with its unit, currency, base, date or words.

read("$5\\\\text{ cm}^2$")       ->  Quantity(Number(5), "cm ^2")
read("8:34 \\\\text{ p.m.}")     ->  Moment(second=74040)
read("\\\\text{Tuesday}")        ->  Text("tuesday")
read("\\\\frac\\\\pi6 + 2\\\\pi n, n \\\\in \\\\mathbb{Z}")  ->  Family(Sum(...), ("n",))
"""

import re
from fractions import Fraction
from functools import lru_cache
from typing import Any

from verifiers.math.moments import moment
from verifiers.math.notation import plain
from verifiers.math.parser import parse
from verifiers.math.syntax import (
    Based,
    Braces,
    Bracketed,
    Call,
    Family,
    Listing,
    NamedSet,
    Number,
    Percent,
    Piecewise,
    Power,
    Product,
    Quantity,
    Relation,
    SetOperation,
    Sum,
    Symbol,
    Text,
    Unreadable,
    integer,
    negative,
    symbols,
)
from verifiers.math.units import MULTIPLES, factor, split_unit
from verifiers.math.words import said, spoken_number

HEDGE = re.compile(
    r"^(?:\\approx|~|approximately|approx\.?|about|roughly|exactly|equals?|is|=|\\equiv(?=\s*\d+$)|\\therefore"
    r"|therefore|so)(?![a-z])\s*",
    re.IGNORECASE,
)
PERCENT = re.compile(r"\s*(?:per\s?cent|percentage points?|pct)(?:age)?\b", re.IGNORECASE)
MARKS = {
    "\\dollar": "dollar", "€": "euro", "\\euro": "euro", "EUR": "euro", "£": "sterling",
    "\\pounds": "sterling", "GBP": "sterling", "¥": "yen", "₹": "rupee", "USD": "dollar",
    "¢": "cent", "\\cent": "cent", "\\textcent": "cent", "Rs": "rupee",
}  # fmt: skip
_MARK = "|".join(re.escape(mark) for mark in MARKS)
MONEY_BEFORE = re.compile(
    rf"(?P<sign>[-+]?)\s*(?:US|U\.S\.)?\s?(?P<mark>{_MARK})\s*(?P<value>[-+\d.\\(].*)"
)
MONEY_AFTER = re.compile(rf"(?P<value>.*[\d}})])\s*(?P<mark>{_MARK})")
MULTIPLE = re.compile(
    rf"(?P<value>.*[\d}}])\s*(?P<many>{'|'.join(MULTIPLES)})s?\b\s*(?P<rest>.*)", re.IGNORECASE
)
TEMPERATURE = re.compile(
    r"(?P<value>.+?)\s*(?:(?:\^\s?\{?\s?\\(?:circ|degree)\s?\}?|\\degree|degrees?)\s*"
    r"(?P<scale>C|F|Celsius|Fahrenheit)|(?P<word>Celsius|Fahrenheit))",
    re.IGNORECASE,
)
DEGREES = re.compile(r"(?P<value>.*[\d})])\s*(?:degrees?|deg)\b", re.IGNORECASE)
ARC = re.compile(
    r"(?P<degrees>\d+)\s?\^\s?\{?\s?\\circ\s?\}?\s?(?P<minutes>\d+)\s?'(?:\s?(?P<seconds>\d+)\s?'')?"
)
COMPOUND = re.compile(r"(\d[\d.,/ ]*?)\s*([A-Za-z]{1,12})\.?(?:\s*,?\s*(?:and\s+)?|$)")
BASES = {
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "sixteen": 16,
    "binary": 2,
    "octal": 8,
    "hex": 16,
}
_BASE_NAME = "|".join(BASES)
BASED = re.compile(
    r"(?P<sign>-?)\s*\(?(?P<digits>[0-9A-Za-z][0-9A-Za-z ]{0,40}?(?:\.[0-9A-Za-z]{1,20})?)\)?\s*"
    r"(?:_\s?\{?\s*\(?(?P<number>\d{1,2})\)?\s*\}?"
    rf"|_\s?\{{?\s*(?P<sub>{_BASE_NAME})\s*\}}?"
    r"|_\s?\{\s*base\s*(?P<named>\d+)\s*\}"
    rf"|,?\s*(?:\(|in )?\s*base[- ](?P<base>\d+|{_BASE_NAME})\)?)"
)
MODULO = re.compile(
    r"(?:(?P<name>[a-zA-Z])\s*(?:\\equiv|=)\s*)?(?P<value>[^=]+?)\s*\(?\s*(?:\\pmod|\\bmod|\\mod|mod)\s*"
    r"\{?\s*(?P<modulus>\d+)\s*\}?\s*\)?"
)
_WHO = (
    r"(?:(?:[,;|(]|\s)\s*\(?\s*(?:(?:where|for|with|and|as)\s+)?"
    r"(?:(?:all|any|some|every|each|an|arbitrary)\s+)?"
)
_WHOLE = r"\s*\\in\s*(?:\\mathbb\{Z\}(?![\^_])|(?:Z|Integers|integers)\b)\s*\)?)"
DECLARATIONS = (
    re.compile(_WHO.replace(r"|\s)", ")") + r"(?P<names>[a-zA-Z](?:\s*,\s*[a-zA-Z])*)" + _WHOLE),
    re.compile(_WHO + r"(?P<names>[a-zA-Z])" + _WHOLE),
    re.compile(_WHO + r"integers?\s+(?P<names>[a-zA-Z])(?![a-zA-Z])\s*\)?)"),
    re.compile(
        _WHO + r"(?P<names>[a-zA-Z])\s+(?:is|are|being|an|any)"
        r"\s*(?:an|any|some)?\s*integers?\s*\)?)"
    ),
    re.compile(r"(?:[,;]\s*(?P<names>[a-zA-Z])\s*=\s*0\s*,\s*\\pm\s?1\s*,(?:\s*\\pm\s?2\s*,?)?\s*(?:\\[lc]?dots|\.\.\.))"),
)  # fmt: skip
LABEL = re.compile(r"[^=<>\d]{1,80}(?:=|:|\bis\b|\bare\b)\s*(?P<value>[^=]+)")
WORDS = re.compile(r"[^\W\d_][^\d=<>\\^_{}+*/|]*")
MIXED = re.compile(
    r"(?P<whole>\d{1,6}) and (?:\\frac\{)?(?P<above>\d{1,4})(?:/|\}\{)(?P<below>\d{1,4})\}?"
)
EXCEPT = re.compile(
    r"(?:all |the |any )?(?:real numbers?|reals|real|\\mathbb\{R\}|numbers)(?:"
    r" [a-z])?\s*,?\s*(?:except|other than|but|excluding)"
    r"(?: for)?\s*(?P<left_out>.+)",
    re.IGNORECASE,
)
INDIAN = re.compile(r"-?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?")
EUROPEAN = re.compile(r"-?\d{1,3}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})")
OUTWARD = re.compile(
    r"\s*(?:(?P<low>[\]\[(])(?=.*\[\s*$)|(?P<low_out>\])(?=.*[\])]\s*$))"
    r"(?P<inside>[^\[\]()]+[,;][^\[\]()]+)(?P<high>[\])\[])\s*"
)
UPPERCASE = re.compile(r"[A-Z]{2,12}")
SHORT_WORDS = frozenset(
    [
        "odd",
        "may",
        "red",
        "up",
        "sun",
        "mon",
        "tue",
        "wed",
        "thu",
        "fri",
        "sat",
        "jan",
        "feb",
        "mar",
        "apr",
        "jun",
        "jul",
        "aug",
        "sep",
        "oct",
        "nov",
        "dec",
        "yes",
        "no",
        "one",
        "two",
        "six",
        "ten",
        "hot",
        "dry",
        "wet",
        "low",
        "big",
        "old",
        "new",
        "boy",
        "man",
        "son",
        "pen",
        "hat",
        "bus",
        "car",
        "tax",
        "gas",
        "oil",
        "ice",
        "sea",
        "sky",
        "war",
        "god",
        "left",
        "all",
        "any",
        "none",
        "true",
        "cone",
        "line",
        "tie",
        "win",
        "loss",
        "day",
        "cat",
        "dog",
        "and",
        "the",
        "row",
    ]
)
_NAMED_SETS = {"all reals": NamedSet("R"), "empty": NamedSet("empty")}
OPEN, CLOSE = "([{", ")]}"
MOST_ITEMS = 60


@lru_cache(maxsize=8192)
def read(text: str, *, grouped: bool = True) -> Any:
    """The tree of an answer; raises Unreadable with a reason where it is none.

    `grouped` reads 1,234 as one number; without it, and in brackets without another comma, the
    comma
    parts two.
    """
    shown = plain(text)
    return _read(shown, grouped, 0)


def _read(text: str, grouped: bool, depth: int) -> Any:
    if not text:
        raise Unreadable("no_answer: empty")
    if depth > 4:
        raise Unreadable("nested_too_deeply")
    text = PERCENT.sub("%", HEDGE.sub("", text, count=1))
    for rule in (
        _words,
        _except,
        _prose_cases,
        _mixed,
        _european,
        _outward,
        _moment,
        _modulo,
        _family,
        _money,
        _based,
        _multiple,
        _measured,
    ):
        if (node := rule(text, grouped, depth)) is not None:
            return node
    try:
        if re.search(r"\\frac\s?\{\s?d\s?\}\s?\{\s?d", text):
            raise Unreadable("unevaluated: derivative")
        return parse(text, grouped=grouped)
    except Unreadable as error:
        for fallback in (_listed, _labelled):
            if (node := fallback(text, grouped, depth)) is not None:
                return node
        if re.search(r"[A-Za-z]{2}", text) and _prose(text):
            return Text(said(text))
        raise error


def _prose(text: str) -> bool:
    """Whether the text is words, perhaps with a number among them, rather than broken notation."""
    return len(re.findall(r"[A-Za-z]{2,}", text)) > len(re.findall(r"[\\^_=+*/<>]", text))


def _words(text: str, grouped: bool, depth: int) -> Any:
    if UPPERCASE.fullmatch(text) and text != "OO":
        return Text(said(text))
    if not WORDS.fullmatch(text):
        return None
    if (named := _NAMED_SETS.get(said(text))) is not None:
        return named
    if text.casefold() in SHORT_WORDS:
        number = spoken_number(text)
        return Text(said(text)) if number is None else Number(number)
    if (number := spoken_number(text)) is not None and len(text) > 3:
        return Number(number)
    return None


def _except(text: str, grouped: bool, depth: int) -> Any:
    """`all real numbers except 2 and 3`."""
    match = EXCEPT.fullmatch(text)
    if match is None:
        return None
    node = _read(re.sub(r"\b[a-z]\s*=", "", match["left_out"]), grouped, depth + 1)
    items = node.items if isinstance(node, Listing) else (node,)
    return SetOperation("minus", (NamedSet("R"), Braces(items)))


def _prose_cases(text: str, grouped: bool, depth: int) -> Any:
    """`1 if x > 0, 0 if x = 0, and -1 if x < 0`."""
    if depth or len(re.findall(r"\bif\b", text)) < 2 or "\\begin" in text:
        return None
    parts = [part for part in re.split(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+", text) if part.strip()]
    cases = []
    for part in parts:
        value, _, condition = part.partition(" if ")
        if not condition:
            if not re.fullmatch(r".+\s(?:otherwise|else)", part):
                return None
            cases.append((_read(part.rsplit(" ", 1)[0], grouped, depth + 1), None))
            continue
        words = re.search(r"[A-Za-z]{3,}", condition)
        test = (
            Text(re.sub(r"\s+", " ", condition.replace(" is ", " ")).strip())
            if words
            else parse(condition)
        )
        cases.append((_read(value.strip(), grouped, depth + 1), test))
    return Piecewise(tuple(cases))


def _european(text: str, grouped: bool, depth: int) -> Any:
    """1.234.567 and 1.234,5 can only be European; 1,00,000 is Indian."""
    if INDIAN.fullmatch(text):
        return parse(text.replace(",", ""))
    if EUROPEAN.fullmatch(text) is None:
        return None
    return parse(text.replace(".", "").replace(",", "."))


def _outward(text: str, grouped: bool, depth: int) -> Any:
    """]1, 2[ and [1, 2[ are open where the bracket turns outward."""
    if depth or not ("]" in text or "[" in text):
        return None
    parts = re.split(r"(\\cup|\bU\b)", text)
    if not any(OUTWARD.fullmatch(part) for part in parts):
        return None
    turned = [OUTWARD.sub(_turned, part) if OUTWARD.fullmatch(part) else part for part in parts]
    return _read("".join(turned), grouped, depth + 1)


def _turned(match: re.Match[str]) -> str:
    low = match["low"] or match["low_out"]
    low = "(" if low == "]" else low
    high = ")" if match["high"] == "[" else match["high"]
    return f" {low}{match['inside'].replace(';', ',')}{high} "


def _mixed(text: str, grouped: bool, depth: int) -> Any:
    """`8 and 2/5` is one number."""
    match = MIXED.fullmatch(text)
    if match is None or int(match["above"]) >= int(match["below"]):
        return None
    return Number(int(match["whole"]) + Fraction(int(match["above"]), int(match["below"])))


def _moment(text: str, grouped: bool, depth: int) -> Any:
    if len(text) > 60 or not re.search(r"\d|noon|midnight|past|quarter|half", text, re.IGNORECASE):
        return None
    return moment(text)


def _modulo(text: str, grouped: bool, depth: int) -> Any:
    if "mod" not in text or (match := MODULO.fullmatch(text)) is None:
        return None
    if match["name"] is None and not re.search(r"pmod|\(", text):
        return None  # 17 mod 5 is a value
    values = parse(match["value"].strip().strip(",(").strip(), grouped=grouped)
    step = Product((integer(int(match["modulus"])), Symbol("k")))
    items = values.items if isinstance(values, Listing) else (values,)
    families = tuple(Family(Sum((value, step)), ("k",)) for value in items)
    return families[0] if len(families) == 1 else Listing(families)


def _family(text: str, grouped: bool, depth: int) -> Any:
    names: list[str] = []
    for declaration in DECLARATIONS:
        while match := declaration.search(text):
            if not (text[: match.start()] + text[match.end() :]).strip():
                return None
            names += re.findall(r"[a-zA-Z]", match["names"])
            text = text[: match.start()] + " " + text[match.end() :]
    if not names or depth:
        return None
    text = re.sub(r"\s+", " ", text).strip(" ,;:|")
    node = _read(text, grouped, depth + 1)
    items = node.items if isinstance(node, Listing) else (node,)
    if len({str(one.operands[0]) for one in items if isinstance(one, Relation)}) == len(items) > 1:
        # x = ..., y = ... is one point for each integer
        ordered = sorted(items, key=lambda one: str(one.operands[0]))
        return _with_parameters(
            Bracketed("(", ")", tuple(one.operands[-1] for one in ordered)), names
        )
    families = tuple(_with_parameters(item, names) for item in items)
    return families[0] if len(families) == 1 else Listing(families)


def _with_parameters(node: Any, names: list[str]) -> Any:
    value = (
        node.operands[-1] if isinstance(node, Relation) and set(node.operators) == {"="} else node
    )
    used = tuple(name for name in names if name in symbols(value))
    return Family(value, used) if used else value


def _money(text: str, grouped: bool, depth: int) -> Any:
    marks = re.findall(_MARK, text)
    if len(marks) > 1 and len(set(marks)) == 1:
        if "=" in text or "approx" in text or "," in text:
            inner = _read(text.replace(marks[0], " ").strip(), grouped, depth + 1)
            return _with_unit(inner, MARKS[marks[0]])
        return None
    match = MONEY_BEFORE.fullmatch(text) or MONEY_AFTER.fullmatch(text)
    if match is None or len(marks) != 1:
        return None
    value = match["value"].strip()
    unit = MARKS[match["mark"]]
    if parted := split_unit(value):  # $20 USD, $5 per hour
        value, more = parted
        if re.match(r"(?:per|an?)\b|/", more):
            unit = f"{unit} per {re.sub(r'^(?:per|an?|/)', '', more).strip()}"
    node = _read(value, grouped, depth + 1)
    if match.groupdict().get("sign") == "-":
        node = negative(node)
    return _with_unit(node, unit)


def _with_unit(node: Any, unit: str) -> Any:
    """The unit of a chain or a list belongs to each value in it."""
    if isinstance(node, Relation):
        operands = (*node.operands[:-1], Quantity(node.operands[-1], unit))
        return Relation(operands, node.operators)
    if isinstance(node, Listing):
        return Listing(tuple(_with_unit(item, unit) for item in node.items))
    if isinstance(node, Quantity | Text):
        raise Unreadable("unparsable: two units")
    return Quantity(node, unit)


def _based(text: str, grouped: bool, depth: int) -> Any:
    if (match := BASED.fullmatch(text)) is None:
        return None
    word = match["number"] or match["sub"] or match["named"] or match["base"]
    base = BASES.get(word) or int(word)
    if not any(one.isdigit() for one in match["digits"]) and base <= 10:
        return None  # a variable with an index
    whole, _, places = match["digits"].replace(" ", "").partition(".")
    try:
        value = Fraction(int(whole + places, base), base ** len(places))
    except ValueError:
        return None
    return Based(-value if match["sign"] else value, base)


def _multiple(text: str, grouped: bool, depth: int) -> Any:
    if (match := MULTIPLE.fullmatch(text)) is None:
        return None
    value = _read(match["value"].strip(), grouped, depth + 1)
    times = MULTIPLES[match["many"].casefold()]
    if not isinstance(value, Number):
        return None
    node = Number(value.value * times)
    rest = match["rest"].strip()
    if not rest:
        return node
    if re.fullmatch(r"[A-Za-z][A-Za-z ]{0,40}", rest):
        return Quantity(node, rest)
    return None


def _measured(text: str, grouped: bool, depth: int) -> Any:
    if match := ARC.fullmatch(text):
        minutes = Fraction(int(match["minutes"]), 60) + Fraction(int(match["seconds"] or 0), 3600)
        return Call("degree", (Number(int(match["degrees"]) + minutes),))
    if match := TEMPERATURE.fullmatch(text):
        scale = (match["scale"] or match["word"])[0].upper()
        value = re.sub(r"\s*\^?\s*\{?\\circ\}?\s*$|\s*degrees?\s*$", "", match["value"])
        return Quantity(_read(value, grouped, depth + 1), "°" + scale)
    if match := DEGREES.fullmatch(text):
        return Call("degree", (_read(match["value"].strip(), grouped, depth + 1),))
    if (node := _compound(text)) is not None:
        return node
    if (parted := split_unit(text)) is None:
        return None
    value, unit = parted
    if "," in value and not re.fullmatch(r"[\d,.]+", value):
        return None
    try:
        node = _read(value, grouped, depth + 1)
    except Unreadable:
        return None
    if isinstance(node, Relation) and not (set(node.operators) <= {"=", "~"}):
        return None
    if isinstance(node, Text | Piecewise | Quantity):
        return None
    return _with_unit(node, unit)


def _compound(text: str) -> Any:
    """`2 hours 30 minutes` in the smaller unit."""
    parts = COMPOUND.findall(text)
    if len(parts) < 2 or COMPOUND.sub("", text).strip():
        return None
    last = parts[-1][1]
    total = Fraction(0)
    smallest = None
    for number, unit in parts:
        ratio = factor(unit, last)
        value = parse(number.strip().rstrip(",")) if ratio else None
        if ratio is None or not isinstance(value, Number):
            return None
        if smallest is not None and ratio >= smallest:
            return None  # 3 cm and 4 cm are two lengths
        smallest = ratio
        total += value.value * ratio
    return Quantity(Number(total), last)


def _listed(text: str, grouped: bool, depth: int) -> Any:
    """Items that are no formulas when taken together, such as quantities and words."""
    parts = _split(text)
    if not 2 <= len(parts) <= MOST_ITEMS:
        return None
    try:
        items = tuple(_read(part, grouped, depth + 1) for part in parts)
    except Unreadable:
        return None
    if any(isinstance(item, Text) and len(item.words.split()) > 4 for item in items):
        return None
    return Listing(items)


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[(\[{]|[)\]}]|[,;]|\b(?:and|or)\b", text):
        if match[0] in OPEN:
            depth += 1
        elif match[0] in CLOSE:
            depth -= 1
        elif depth == 0:
            parts.append(text[start : match.start()])
            start = match.end()
    parts.append(text[start:])
    return [part.strip() for part in parts if part.strip()]


def _labelled(text: str, grouped: bool, depth: int) -> Any:
    """`Area = 25`, `m \\angle A = 30`: a label that is no formula, then the value."""
    if "=" in text and re.search(
        r"\\frac\s?\{\s?d\s?\}|\\(?:sum|int|lim|prod|iint|oint|[lc]?dots)|\.\.\.", text
    ):
        # What was to be worked out, then what it is.
        match = re.fullmatch(r".*=\s*(?P<value>[^=]+)", text)
    else:
        match = LABEL.fullmatch(text)
    if match is None or re.search(r"\b(?:not|never|n't|or|and|if)\b", text[: match.start("value")]):
        return None
    try:
        return _read(match["value"].strip(), grouped, depth + 1)
    except Unreadable:
        return None


__all__ = ["Percent", "Power", "read"]
