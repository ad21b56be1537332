r"""Reads short answers (LaTeX, ASCII, words) into exact values, and compares two of them.

    read(r"\frac{3}{4}")     ->  Answer(kind="fraction", sense="scalar", value=3/4)
    read("1 <= x < 5")       ->  Answer(kind="interval", sense="set of reals", value=Interval(1, 5))
    same(read("3/4"), read("0.75"))   ->  True

Strict on purpose: what it does not know, or could be read in two ways (`1/2x`, `log x`), raises
Unreadable. It shares no code with the verifiers that it helps to measure.
"""

import re
from dataclasses import dataclass, replace
from typing import Any

import sympy

from benchmarks.expressions import Unreadable, all_equal, equal, expression
from benchmarks.real_sets import COMPARISON, OR, same_reals, set_of_reals, split_outside


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says. `kind` is for tables, `sense` is what `same` compares by.

    `value` by sense: scalar, a sympy expression; tuple, set and matrix, sympy expressions in
    tuples; set of reals, a sympy set; equation, its left side less its right one; text, words;
    base, the digits. `unit` is a unit's word, a base or the name on the left of `x = 5`.
    """

    text: str
    kind: str
    sense: str
    value: Any
    unit: str = ""
    name: str = ""


UNITS = {  # name: (dimension, size)
    **dict.fromkeys(("cm", "centimeter", "centimeters"), ("m", 1)),
    **dict.fromkeys(("mm", "millimeter", "millimeters"), ("m", sympy.Rational(1, 10))),
    **dict.fromkeys(("m", "meter", "meters"), ("m", 100)),
    **dict.fromkeys(("km", "kilometers"), ("m", 100_000)),
    **dict.fromkeys(("inches", "inch", "in"), ("in", 1)),
    **dict.fromkeys(("feet", "foot", "ft"), ("in", 12)),
    **dict.fromkeys(("yards", "yd"), ("in", 36)),
    **dict.fromkeys(("s", "sec", "seconds"), ("s", 1)),
    **dict.fromkeys(("min", "minutes"), ("s", 60)),
    **dict.fromkeys(("hr", "hours"), ("s", 3600)),
    **dict.fromkeys(("$", "dollars", "dollar", "USD"), ("money", 100)),
    **dict.fromkeys(("cents", "cent"), ("money", 1)),
    **dict.fromkeys(("degrees", "degree"), ("angle", 1)),
    **dict.fromkeys(("radians", "rad"), ("angle", 180 / sympy.pi)),
}
NO_UNITS = {"or", "and", "million", "billion", "thousand", "hundred", "dozen", "percent", "if"}
WRAPPED = re.compile(
    r"\\(?:text|textbf|textrm|textit|mathrm|mathbf|mbox|emph)\s?\{\s*([^{}]*?)\s*\}"
)
INTEGER = re.compile(r"[+-]?\s?\d+")
DECIMAL = re.compile(r"[+-]?\s?\d*\.\d+")
GROUPED = re.compile(r"([+-]?)\s?(\d{1,3}(?:,\d{3})+)(\.\d+)?")
MIXED = re.compile(r"(-?)\s?(\d+)\s*(?:\\frac\s*\{?(\d+?)\}?\s*\{?(\d+)\}?| (\d+)/(\d+))")
BASE = re.compile(r"\(?(-?[0-9A-F]+)\)?_(?:\{?\(?(\d+)\)?\}?)")
UNIT = re.compile(
    r"(?P<core>.+?)\s*\\(?:text|mbox|mathrm|textrm)\s?\{\s*(?P<unit>[a-zA-Z][a-zA-Z ]*?)\.?\s*\}"
    r"(?:\^\{?(?P<power>[23])\}?)?"
)
PLAIN_UNIT = re.compile(r"(?P<core>-?[\d.,/]+) (?P<unit>[a-zA-Z]+(?: [a-z]+)*)(?P<power>[23])?")
NAMED = re.compile(r"([a-zA-Z])\s?=\s?(.+)")
MATRIX = re.compile(
    r"\\begin\{([pb]matrix|array)\}(?:\{c+\})?(.*)\\end\{\1\}|\[(\[.*\])\]", re.DOTALL
)


def read(text: str) -> Answer:
    """Read one answer; raises Unreadable."""
    t = _tidy(text)
    if not t:
        raise Unreadable("empty")
    for reader in (_text, _matrix, _base, _quantity, _reals, _collection, _equation, _scalar):
        if answer := reader(t):
            return replace(answer, text=text)
    raise Unreadable(text)


def same(one: Answer, other: Answer) -> bool | None:
    """Whether two answers say the same; None where that is arguable or could not be proved."""
    pair = {one.sense, other.sense}
    if pair == {"tuple", "set of reals"}:
        return _point_against_reals(one, other)
    if pair == {"scalar", "named"}:  # `x = 5` for 5, but no `y = 5` for `x = 5`
        return all_equal([one.value], [other.value])
    if len(pair) == 2:
        return None
    if one.sense in ("text", "choice"):
        return one.value.casefold() == other.value.casefold()
    if one.sense == "base":
        if one.unit != other.unit and _in_base(one) == _in_base(other):
            return None
        return (one.value, one.unit) == (other.value, other.unit)
    if one.sense == "named":
        return one.name == other.name and all_equal([one.value], [other.value])
    if one.sense == "scalar":
        return _same_quantity(one, other)
    if one.sense == "set of reals":
        return same_reals(one.value, other.value)
    if one.sense == "set":
        return _same_sets(one.value, other.value)
    if one.sense == "equation":
        return _same_equations(one.value, other.value)
    if one.sense == "matrix":
        shapes = [(len(answer.value), len(answer.value[0])) for answer in (one, other)]
        if shapes[0] != shapes[1]:
            return None if sorted(shapes[0]) == sorted(shapes[1]) else False
        return all_equal(sum(one.value, ()), sum(other.value, ()))
    return all_equal(one.value, other.value)


def _tidy(text: str) -> str:
    """Drop what only sets type."""
    for mark, plain in (("−", "-"), ("∞", r"\infty"), ("∪", r"\cup"), ("≤", r"\le"), ("≥", r"\ge")):
        text = text.replace(mark, f"{plain} " if len(plain) > 1 else plain)
    text = re.sub(r",\\!\s*", ",", text.strip().replace("{,}", ",")).replace("\\!", "")
    text = re.sub(r"\\(?:left|right|displaystyle)(?![a-zA-Z])", "", text)
    text = re.sub(r"\\[dtc]frac", r"\\frac", re.sub(r"(?<!\\)\\[,;: ]|~", " ", text))
    text = re.sub(r"\\(infinity|infty)|\boo\b|\binfinity\b", r"\\infty", text)
    text = re.sub(r"\s+", " ", text).strip().removesuffix(".").removesuffix(",").strip()
    if text.startswith("$") and text.endswith("$") and text.count("$") == 2 and len(text) > 2:
        text = text[1:-1].strip()
    if (whole := WRAPPED.fullmatch(text)) and re.fullmatch(r"[-+\d.,/()^ ]+", whole[1]):
        text = whole[1]
    if text.startswith("{") and text.endswith("}") and "}" not in text[:-1]:
        text = text[1:-1]
    return text


def _text(t: str) -> Answer | None:
    wrapped = WRAPPED.fullmatch(t)
    words = wrapped[1] if wrapped else t
    choice = re.fullmatch(r"\(?(?:\\(?:text|mathrm|textbf)\{)?\(?([A-Z])\)?\}?\)?", t)
    if choice and (wrapped or t != choice[1]):
        return Answer(t, "choice", "choice", choice[1])
    if re.fullmatch(r"[A-Za-z][a-zA-Z]*(?:[ -][a-zA-Z]+)*", words) and len(words) > 2:
        if words == "DNE" or (not wrapped and words in ("infinity", "sin", "cos")):
            return None
        if wrapped or len(words) > 3:
            return Answer(t, "text", "text", words)
    return None


def _matrix(t: str) -> Answer | None:
    if not (
        found := MATRIX.fullmatch(t.removeprefix("[").removesuffix("]") if "array" in t else t)
    ):
        return None
    if found[3]:
        rows = [split_outside(row) for row in re.findall(r"\[([^\[\]]*)\]", found[3])]
    else:
        rows = [row.split("&") for row in re.split(r"\\\\", found[2]) if row.strip()]
    values = tuple(tuple(expression(cell) for cell in row) for row in rows)
    if len({len(row) for row in values}) != 1:
        raise Unreadable(t)
    return Answer(t, "matrix", "matrix", values)


def _base(t: str) -> Answer | None:
    t = t.replace(r"\text{ten}", "10").replace(r"\text{eight}", "8")
    if not (found := BASE.fullmatch(t)):
        return None
    base, digits = int(found[2]), found[1]
    if not 2 <= base <= 16 or any(int(digit, 16) >= base for digit in digits.lstrip("-")):
        raise Unreadable(t)
    return Answer(t, "base", "base", digits, unit=found[2])


def _quantity(t: str) -> Answer | None:
    """A scalar with a unit, a currency's sign, degrees or per cent."""
    if found := re.fullmatch(r"(-?)\\?\$\s?(.+)", t):
        core = _scalar(found[1] + found[2])
        return replace(core, kind="currency", unit="$")
    if found := re.fullmatch(r"(.+?)\s?(?:\\?%|\\text\{\s?percent\}| percent)", t):
        core = _scalar(found[1])
        return replace(core, kind="percent", value=core.value / 100)
    if found := re.fullmatch(r"(.+?)\s?(?:\^\s?\{?\s?\\circ\s?\}?|°|\\degree)", t):
        return replace(_scalar(found[1]), kind="angle", unit="degrees")
    found = UNIT.fullmatch(t) or PLAIN_UNIT.fullmatch(t)
    if found and found["unit"].split()[0] not in NO_UNITS and not COMPARISON.search(t):
        core = _scalar(found["core"])
        if core.value.free_symbols or core.sense != "scalar":
            raise Unreadable(t)
        power = found["power"] or ""
        kind = "currency" if found["unit"] in ("dollars", "dollar", "USD", "cents") else "unit"
        kind = "angle" if found["unit"] in ("degrees", "radians") else kind
        return replace(core, kind=kind, unit=found["unit"].strip() + power)
    return None


def _reals(t: str) -> Answer | None:
    if (value := set_of_reals(t)) is None:
        return None
    kind = "union" if isinstance(value, sympy.Union) else "interval"
    return Answer(t, kind, "set of reals", value)


def _collection(t: str) -> Answer | None:
    """Tuples and points `(1, 2)`, sets `{1, 2}`, and lists `1, 2` or `1 or 2` or `1 +- 2`."""
    if GROUPED.fullmatch(t):
        return None
    if (found := re.fullmatch(r"\((.+)\)", t)) and len(split_outside(t)) == 1:
        parts = split_outside(found[1])
        if len(parts) > 1:
            return Answer(t, "tuple", "tuple", tuple(expression(part) for part in parts))
        return None
    braced = re.fullmatch(r"\\\{(.+)\\\}", t)
    parts = [
        part for piece in OR.split(braced[1] if braced else t) for part in split_outside(piece)
    ]
    parts = [part for part in parts if part]
    names = {found[1] for part in parts if (found := NAMED.fullmatch(part))}
    if names and len(names) == 1 and len(parts) > 1:
        parts = [part.partition("=")[2] for part in parts]
    if len(parts) == 1 and not braced and not re.search(r"\\pm|±", t):
        return None
    if re.search("=", " ".join(parts)):
        raise Unreadable(t)
    values = tuple(value for part in parts for value in _with_both_signs(part))
    return Answer(t, "set" if braced else "list", "set", values)


def _with_both_signs(t: str) -> list[sympy.Expr]:
    t = t.replace("±", r"\pm ")
    if r"\pm" not in t:
        return [_scalar(t).value]
    if t.count(r"\pm") > 1:
        raise Unreadable(t)
    return [expression(t.replace(r"\pm", sign)) for sign in "+-"]


def _equation(t: str) -> Answer | None:
    sides = t.split("=")
    if len(sides) == 1:
        return None
    if len(sides) != 2 or COMPARISON.search(t):
        raise Unreadable(t)
    for name, other in (sides, sides[::-1]):
        if re.fullmatch(r"[a-zA-Z]", name.strip()):
            answer = _scalar(other.strip())
            if not answer.value.free_symbols:
                return replace(answer, kind="named value", sense="named", name=name.strip())
    if any(re.fullmatch(r"[A-Z]{2,}", side.strip()) for side in sides):
        raise Unreadable(t)  # the length AB
    left, right = (expression(side) for side in sides)
    if not (left - right).free_symbols:
        raise Unreadable(t)
    return Answer(t, "equation", "equation", left - right)


def _scalar(t: str) -> Answer:
    t = t.strip()
    if found := GROUPED.fullmatch(t):
        t = found[1] + found[2].replace(",", "") + (found[3] or "")
    if found := MIXED.fullmatch(t):
        top, bottom = int(found[3] or found[5]), int(found[4] or found[6])
        if 0 < top < bottom:
            value = int(found[2]) + sympy.Rational(top, bottom)
            return Answer(t, "mixed number", "scalar", -value if found[1] else value)
    if re.fullmatch(r"[A-Z]{2,}", t):
        raise Unreadable(t)  # the side CD, or the product
    value = expression(t)
    return Answer(t, _scalar_kind(t, value), "scalar", value)


def _scalar_kind(t: str, value: sympy.Expr) -> str:
    if value.free_symbols:
        return "expression"
    if value.has(sympy.I):
        return "complex"
    if INTEGER.fullmatch(t):
        return "integer"
    if DECIMAL.fullmatch(t):
        return "decimal"
    if value.is_Rational:
        return "fraction" if re.fullmatch(r"-?\s?(\\frac.*|\d+/\d+)", t) else "power"
    return "radical" if not value.has(sympy.pi, sympy.E, sympy.Function) else "constant"


def _same_quantity(one: Answer, other: Answer) -> bool | None:
    if one.unit == other.unit or not one.unit:
        return equal(one.value, other.value)
    ours, theirs = (_size(answer.unit) for answer in (one, other))
    if ours is None or theirs is None or ours[0] != theirs[0]:
        return None
    return equal(one.value * ours[1], other.value * theirs[1])


def _in_base(answer: Answer) -> int:
    return int(answer.value, int(answer.unit))


def _size(unit: str) -> tuple[str, Any] | None:
    power = int(unit[-1]) if unit[-1:].isdigit() else 1
    name = unit.rstrip("23")
    for word, exponent in (("square ", 2), ("cubic ", 3)):
        if name.startswith(word):
            name, power = name.removeprefix(word), exponent
    if name not in UNITS:
        return None
    dimension, size = UNITS[name]
    return f"{dimension}{power}", size**power


def _same_sets(ones: Any, others: Any) -> bool | None:
    """Equal where each has an equal one there; a repeated element makes it arguable."""
    table = [[equal(one, other) for other in others] for one in ones]
    rows = [*table, *map(list, zip(*table, strict=True))]
    if any(not any(cell is not False for cell in row) for row in rows):
        return False
    if any(None in row or row.count(True) != 1 for row in rows):
        return None
    return True


def _point_against_reals(one: Answer, other: Answer) -> bool | None:
    """`(1, 2)` may be an open interval: never a closed one, nor one with other ends."""
    pair, reals = (one, other) if one.sense == "tuple" else (other, one)
    if len(pair.value) != 2 or not all(end.is_extended_real for end in pair.value):
        return False
    if not bool(pair.value[0] < pair.value[1]):
        return False
    found = same_reals(sympy.Interval.open(*pair.value), reals.value)
    return False if found is False else None


def _same_equations(one: Any, other: Any) -> bool | None:
    """Equal where one is a multiple; different where a root of one is none of the other."""
    if one.free_symbols == other.free_symbols:
        ratio = sympy.cancel(sympy.together(one / other))
        if not ratio.free_symbols and ratio != 0:
            return True
    for name in sorted(one.free_symbols, key=str):
        top: Any = sympy.numer(sympy.together(one))
        if not top.is_polynomial(name) or sympy.Poly(top, name).degree() != 1:
            continue
        (root,) = sympy.solve(one, name) or [None]
        if root is None:
            continue
        left = other.subs(name, root)
        if equal(left, sympy.Integer(0)) is False:
            return False
    return None
