r"""Wrong answers that look right: what a model that slipped, or a reward hacker, would write.

    list(near_misses(read("(2, 5]"), random.Random(0)))
    ->  [("end opened or closed", "[2, 5]"), ("end changed", "(3, 5]"), ("complement", ...), ...]

Nothing here is trusted: `benchmarks.rewriting` keeps a text only where it is proved different.
Left out are those a careful grader might let pass: a dropped unit or per cent sign, rounding.
"""

import re
from collections.abc import Iterator
from random import Random
from typing import Any

import sympy

from benchmarks.answer_keys import Answer
from benchmarks.notations import Written, caret_text, decimal_text, tex

OTHER_UNITS = {
    "cm": "m", "m": "km", "meters": "kilometers", "inches": "feet", "feet": "inches",
    "minutes": "hours", "hours": "minutes", "seconds": "minutes", "centimeters": "millimeters",
    "kilometers": "meters", "square inches": "square feet", "square feet": "square inches",
    "square cm": "square mm", "cubic inches": "cubic feet", "cubic feet": "cubic inches",
}  # fmt: skip
OPPOSITES = {"even": "odd", "odd": "even", "Yes": "No", "No": "Yes"}
SWAPS = (
    (sympy.sin, sympy.cos), (sympy.cos, sympy.sin), (sympy.tan, sympy.cot), (sympy.cot, sympy.tan),
    (sympy.sec, sympy.csc), (sympy.csc, sympy.sec),
)  # fmt: skip


def near_misses(answer: Answer, rng: Random) -> Iterator[Written]:
    """Yield (kind, text) of each slip that its type has."""
    if answer.sense == "scalar" and (answer.unit or answer.kind == "percent"):
        yield from _quantities(answer)
    elif answer.sense == "scalar":
        yield from _scalars(answer.value, answer.kind)
    elif answer.sense == "named":
        for kind, text in _scalars(answer.value, answer.kind):
            yield kind, f"{answer.name} = {text}"
        if answer.name in ("x", "y"):  # two lines; other names are only names
            other = "y" if answer.name == "x" else "x"
            yield "renamed variable", f"{other} = {tex(answer.value)}"
    else:
        makers = {
            "tuple": _tuples, "set": _lists, "set of reals": _reals, "matrix": _matrices,
            "equation": _equations, "text": _words, "choice": _choices, "base": _bases,
        }  # fmt: skip
        yield from makers[answer.sense](answer, rng)


def slips(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (kind, another value) of what a scalar or an expression becomes by one slip."""
    yield "sign", -value
    if value != sympy.S.Zero:
        yield "reciprocal", 1 / value
    yield "off by one", value + 1
    yield "off by one", value - 1
    yield "doubled", 2 * value
    if not value.is_Integer or value % 2 == 0:
        yield "halved", value / 2
    number, rest = value.as_coeff_Mul()
    if number != sympy.S.One and rest != sympy.S.One:
        yield "dropped factor", rest
        yield "coefficient off by one", (number + 1) * rest
    if isinstance(value, sympy.Mul) and sympy.pi in value.args:
        yield "dropped factor", value / sympy.pi
        yield "wrong exponent", value * sympy.pi
    if isinstance(value, sympy.Add):
        for term in value.args[:4]:
            yield "dropped term", value - term
            yield "sign of a term", value - 2 * term
        if value.has(sympy.I):
            yield "parts swapped", sympy.im(value) + sympy.I * sympy.re(value)
    for power in sorted(value.atoms(sympy.Pow), key=str)[:3]:
        if power.exp.is_Integer and power.exp > 1:
            yield "wrong exponent", value.xreplace({power: power.base ** (power.exp + 1)})
            yield "wrong exponent", value.xreplace({power: power.base ** (power.exp - 1)})
        elif power.exp == sympy.Rational(1, 2):
            yield "radicand off by one", value.xreplace({power: sympy.sqrt(power.base + 1)})
            yield "dropped root", value.xreplace({power: power.base})
    for one, other in SWAPS:
        if value.has(one):
            yield f"{other.__name__} for {one.__name__}", value.replace(one, other)
    for name in sorted(value.free_symbols, key=str)[:2]:
        for new in ("x", "y", "n", "t"):
            if sympy.Symbol(new) not in value.free_symbols:
                yield "renamed variable", value.xreplace({name: sympy.Symbol(new)})
                break
    if len(names := sorted(value.free_symbols, key=str)) == 2:
        yield "variables swapped", value.xreplace({names[0]: names[1], names[1]: names[0]})


def _scalars(value: Any, kind: str) -> Iterator[Written]:
    as_decimal = kind == "decimal"
    for name, other in slips(value):
        if as_decimal and name in ("reciprocal", "halved"):
            continue
        yield name, (decimal_text(other) if as_decimal else None) or tex(other)
        if not as_decimal and not other.is_Integer:
            yield name, caret_text(other)
    if kind == "integer":
        yield from _digits(str(value))
    elif as_decimal:
        text = decimal_text(value) or str(value)
        yield from _digits(text)
        yield "truncated decimals", text[:-1].rstrip(".")
        if value != sympy.S.Zero:
            yield "wrong power of ten", decimal_text(value / 10) or str(value / 10)
            yield "wrong power of ten", decimal_text(value * 10) or str(value * 10)
    elif value.is_Rational and not value.is_Integer:
        top, bottom = value.p, value.q
        for a, b in ((top + 1, bottom), (top - 1, bottom), (top, bottom + 1), (top, bottom - 1)):
            if b:
                yield "fraction off by one", rf"\frac{{{a}}}{{{b}}}"
                yield "fraction off by one", f"{a}/{b}"
        if abs(top) > bottom:
            yield "dropped whole part", tex(sympy.sign(value) * (abs(value) % 1))
            yield "digits run together", f"{abs(top) // bottom}{abs(top) % bottom}/{bottom}"
    if kind != "decimal" and not value.free_symbols and value.is_real and not value.is_Integer:
        for places in (2, 3):
            if (text := _truncated(value, places)) is not None:
                yield "truncated decimals", text


def _digits(text: str) -> Iterator[Written]:
    swapped = [
        text[:n] + text[n + 1] + text[n] + text[n + 2 :]
        for n in range(len(text) - 1)
        if text[n : n + 2].isdigit() and text[n] != text[n + 1]
    ]
    for other in swapped:
        if not re.match(r"-?0\d", other):
            yield "swapped digits", other
    if text.endswith("0") and len(text) > 1 and "." not in text:
        yield "dropped zero", text[:-1]
    if "." not in text and text != "0":
        yield "added zero", f"{text}0"
    if len(text.lstrip("-")) > 2 and "." not in text:
        yield "dropped digit", text[:-2] + text[-1]


def _truncated(value: Any, places: int) -> str | None:
    """The decimals cut off where rounding would have given others, so that nobody lets it pass."""
    exact = sympy.Rational(sympy.nsimplify(value.evalf(40), rational=True))
    scaled = abs(exact) * 10**places
    cut = int(scaled)
    if scaled - cut < sympy.Rational(6, 10) or abs(exact) > 1000:
        return None
    digits = str(cut).rjust(places + 1, "0")
    return f"{'-' if exact < 0 else ''}{digits[:-places]}.{digits[-places:]}"


def _quantities(answer: Answer) -> Iterator[Written]:
    value = answer.value * 100 if answer.kind == "percent" else answer.value
    others: list[tuple[str, Any]] = [
        ("sign", -value), ("off by one", value + 1), ("off by one", value - 1),
        ("doubled", 2 * value), ("wrong power of ten", value / 10),
        ("wrong power of ten", value * 10),
    ]  # fmt: skip
    if answer.unit == "degrees":
        others += [("supplement", 180 - value), ("complement", 90 - value)]
    if answer.kind == "percent":
        others += [("complement", 100 - value), ("wrong unit scale", value / 100)]
    texts = [(kind, decimal_text(other) or tex(other)) for kind, other in others]
    written = decimal_text(value) or tex(value)
    if value.is_Rational and (value.is_Integer or decimal_text(value)):
        texts += [one for one in _digits(written) if one[0] == "swapped digits"]
    for kind, text in texts:
        yield kind, _in_unit(text, answer)
    if answer.unit == "$":
        yield "wrong unit scale", f"{written} cents"
    elif answer.unit == "degrees":
        yield "wrong unit scale", rf"{written} \text{{ radians}}"
    elif (name := answer.unit.rstrip("23")) in OTHER_UNITS:
        yield "wrong unit scale", _in_unit(written, answer, OTHER_UNITS[name])


def _in_unit(number: str, answer: Answer, name: str | None = None) -> str:
    if answer.kind == "percent":
        return rf"{number}\%"
    if answer.unit == "$":
        return rf"-\${number[1:]}" if number.startswith("-") else rf"\${number}"
    if answer.unit == "degrees":
        return rf"{number}^\circ"
    power = answer.unit[-1] if answer.unit[-1].isdigit() else ""
    raised = f"^{power}" if power else ""
    return rf"{number} \text{{ {name or answer.unit.rstrip('23')}}}{raised}"


def _changed_elements(values: Any, rng: Random) -> Iterator[tuple[str, list[Any]]]:
    place = rng.randrange(len(values))
    for kind, other in slips(values[place]):
        if kind in ("sign", "off by one", "reciprocal", "sign of a term", "dropped factor"):
            yield f"{kind} in an element", [*values[:place], other, *values[place + 1 :]]


def _tuples(answer: Answer, rng: Random) -> Iterator[Written]:
    values = list(answer.value)
    changed = [*_changed_elements(values, rng)]
    changed.append(("swapped tuple", values[::-1]))
    changed.append(("swapped tuple", [*values[1:], values[0]]))
    if len(values) > 2:
        changed.append(("dropped element", values[:-1]))
    changed.append(("added element", [*values, values[0]]))
    for kind, others in changed:
        yield kind, f"({', '.join(tex(other) for other in others)})"
    if len(values) == 2 and answer.text.strip().startswith(("(", r"\left(", r"\left (")):
        first, second = map(tex, values)
        yield "end opened or closed", f"[{first}, {second})"
        yield "end opened or closed", f"({first}, {second}]"


def _lists(answer: Answer, rng: Random) -> Iterator[Written]:
    values = list(answer.value)
    changed = [*_changed_elements(values, rng)]
    place = rng.randrange(len(values))
    if len(values) > 1:
        changed.append(("dropped element", values[:place] + values[place + 1 :]))
    extra = values[place] + 1 if values[place] + 1 not in values else values[place] + 7
    changed.append(("added element", [*values, extra]))
    for kind, others in changed:
        body = ", ".join(tex(other) for other in others)
        yield kind, rf"\{{{body}\}}" if answer.kind == "set" else body


def _reals(answer: Answer, rng: Random) -> Iterator[Written]:
    union = isinstance(answer.value, sympy.Union)
    parts: list[Any] = list(answer.value.args) if union else [answer.value]
    place = rng.randrange(len(parts))

    def written(kind: str, new: list[Any]) -> Written:
        return kind, r" \cup ".join(_interval(*one) for one in new)

    whole = [(one.start, one.end, one.left_open, one.right_open) for one in parts]
    start, end, left, right = whole[place]

    def replaced(*new: Any) -> list[Any]:
        return [*whole[:place], new, *whole[place + 1 :]]

    if start.is_finite:
        yield written("end opened or closed", replaced(start, end, not left, right))
        yield written("end changed", replaced(start - 1, end, left, right))
        yield written("sign of an end", replaced(-start, end, left, right))
    if end.is_finite:
        yield written("end opened or closed", replaced(start, end, left, not right))
        yield written("end changed", replaced(start, end + 1, left, right))
    if start.is_finite and end.is_finite:
        yield written("unbounded", replaced(start, sympy.oo, left, True))
    if union:
        yield written("dropped part", whole[:place] + whole[place + 1 :])
        yield written("gap closed", [(parts[0].start, parts[-1].end, left, right)])
    outside = sympy.S.Reals - answer.value
    outer: list[Any] = list(outside.args) if isinstance(outside, sympy.Union) else [outside]
    if all(isinstance(one, sympy.Interval) for one in outer):
        yield written(
            "complement", [(one.start, one.end, one.left_open, one.right_open) for one in outer]
        )
    if start.is_infinite != end.is_infinite:
        limit, open_ = (end, right) if start.is_infinite else (start, left)
        less = start.is_infinite
        if not union:
            sign = ("<" if not less else ">") if open_ else (r"\le" if not less else r"\ge")
            yield "inequality turned", f"x {sign} {tex(limit)}"
            sign = ("<" if less else ">") if not open_ else (r"\le" if less else r"\ge")
            yield "end opened or closed", f"x {sign} {tex(limit)}"
    elif start.is_finite and not union:
        signs = [r"\le" if open_ else "<" for open_ in (left, right)]
        yield "end opened or closed", f"{tex(start)} {signs[0]} x {signs[1]} {tex(end)}"


def _interval(start: Any, end: Any, left_open: bool, right_open: bool) -> str:
    return f"{'(' if left_open else '['}{tex(start)}, {tex(end)}{')' if right_open else ']'}"


def _matrices(answer: Answer, rng: Random) -> Iterator[Written]:
    rows = [list(row) for row in answer.value]
    n_columns = len(rows[0])
    flat = [value for row in rows for value in row]
    for kind, changed in _changed_elements(flat, rng):
        yield kind, _matrix([changed[n : n + n_columns] for n in range(0, len(flat), n_columns)])
    yield "sign", _matrix([[-value for value in row] for row in rows])
    if len(rows) > 1:
        yield "rows swapped", _matrix([rows[1], rows[0], *rows[2:]])
        yield "dropped row", _matrix(rows[:-1])
    if len(rows) == n_columns > 1:
        yield "transposed", _matrix([list(row) for row in zip(*rows, strict=True)])


def _matrix(rows: list[list[Any]]) -> str:
    body = r" \\ ".join(" & ".join(tex(value) for value in row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def _equations(answer: Answer, rng: Random) -> Iterator[Written]:
    value = sympy.expand(answer.value)
    left = answer.text.split("=")[0].strip()
    changed = [
        one for one in slips(value)
        if one[0] not in ("sign", "reciprocal", "doubled", "halved", "dropped factor")
    ]  # fmt: skip
    for kind, other in changed:
        other = sympy.expand(other)
        yield kind, f"{tex(other)} = 0"
        name = sympy.Symbol(left)
        if re.fullmatch("[a-z]", left) and other.coeff(name).is_number and other.coeff(name) != 0:
            rest = sympy.expand(name - other / other.coeff(name))
            if name not in rest.free_symbols:
                yield kind, f"{left} = {tex(rest)}"


def _words(answer: Answer, rng: Random) -> Iterator[Written]:
    word = answer.value
    yield "negated", rf"\text{{not {word}}}"
    if word in OPPOSITES:
        yield "opposite", rf"\text{{{OPPOSITES[word]}}}"
    yield "word cut short", rf"\text{{{word[:-2]}}}" if len(word) > 4 else rf"\text{{{word[::-1]}}}"


def _choices(answer: Answer, rng: Random) -> Iterator[Written]:
    letters = [letter for letter in "ABCDEFGH" if letter != answer.value]
    for letter in rng.sample(letters, 3):
        yield "another letter", rf"\text{{({letter})}}"
        yield "another letter", letter
        yield "another letter", rf"\textbf{{({letter})}}"


def _bases(answer: Answer, rng: Random) -> Iterator[Written]:
    digits, base = answer.value, answer.unit
    yield "wrong base", f"{digits}_{{{int(base) + 1}}}"
    for kind, text in _digits(digits):
        yield kind, f"{text}_{{{base}}}"
    place = rng.randrange(len(digits.lstrip("-")))
    for step in (1, -1):
        changed = list(digits.lstrip("-"))
        other = int(changed[place], 16) + step
        if 0 <= other < int(base) and (other or place):
            changed[place] = f"{other:X}"
            yield "digit changed", f"{''.join(changed)}_{{{base}}}"
