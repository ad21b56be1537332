r"""Other ways to write an answer: same value, same type, another face.

    list(equal_forms(read(r"\frac{3}{2}")))
    ->  [("dfrac", r"\dfrac{3}{2}"), ("slash", "3/2"), ("mixed number", r"1\frac{1}{2}"),
         ("decimal", "1.5"), ...]

Nothing here is trusted: `benchmarks.rewriting` reads each text back and compares it. The kinds in
CHANGES_FORM are left out where a problem asks for a particular form.
"""

import re
from collections.abc import Iterator
from itertools import islice, product
from typing import Any

import sympy

from benchmarks.answer_keys import Answer
from benchmarks.expressions import Unreadable, expression
from benchmarks.notations import (
    Written,
    ascii_text,
    caret_text,
    decimal_text,
    element_forms,
    expression_forms,
    number_forms,
    root_forms,
    tex,
    unicode_text,
)

CHANGES_FORM = {
    "decimal", "fraction", "percent", "mixed number", "improper fraction", "scientific",
    "expand", "factor", "together", "apart", "cancel", "collect", "horner", "common factor",
    "rationalised", "unrationalised", "under the root", "fractional exponent", "trig identity",
    "log identity", "decimal coefficient", "inequality", "set builder", "all but", "scaled",
    "moved terms", "negated", "both of plus-minus", "value of elements", "evaluated",
}  # fmt: skip

SHORT_UNITS = {
    "feet": "ft", "inches": "in", "cm": "centimeters", "centimeters": "cm", "meters": "m",
    "minutes": "min", "seconds": "s", "hours": "hr", "kilometers": "km",
}  # fmt: skip
HOW_MANY = re.compile(
    r"[Hh]ow many ((?!does|has|was|this|its|times|hundreds|thousands|millions|dozens|pairs)"
    r"[a-z]{2,}[a-rt-z]s)\b(?! per)"
)


def equal_forms(answer: Answer, prompt: str | None = None) -> Iterator[Written]:
    """Yield (kind, text) of each rewriting that its type has."""
    yield from _typography(answer.text)
    if answer.unit and answer.sense == "scalar":
        yield from _with_unit(answer)
    elif answer.kind == "percent":
        yield from _percents(answer.value)
    elif answer.sense == "scalar":
        yield from _scalars(answer)
        if answer.kind in ("integer", "decimal") and prompt:
            yield from _with_asked_unit(answer.value, prompt)
    elif answer.sense == "named":
        for kind, text in number_forms(answer.value, answer.kind):
            yield kind, f"{answer.name} = {text}"
        yield "swapped sides", f"{tex(answer.value)} = {answer.name}"
    else:
        writers = {
            "tuple": _tuples, "set": _lists, "set of reals": _reals, "matrix": _matrices,
            "equation": _equations, "text": _words, "choice": _choices, "base": _bases,
        }  # fmt: skip
        yield from writers[answer.sense](answer)


def _typography(text: str) -> Iterator[Written]:
    for old, new in ((r"\frac", r"\dfrac"), (r"\frac", r"\tfrac"), (r"\dfrac", r"\frac")):
        if old in text:
            yield new[1:], text.replace(old, new)
    short = re.sub(r"\\[dt]?frac\{(\d)\}\{(\d)\}", r"\\frac\1\2", text)
    if short != text:
        yield "frac without braces", short
    full = re.sub(r"\\[dt]?frac\s*(\d)\s*(\d)", r"\\frac{\1}{\2}", text)
    if full != text:
        yield "frac with braces", full
    if re.search(r"\\sqrt\{\d\}", text):
        yield "sqrt without braces", re.sub(r"\\sqrt\{(\d)\}", r"\\sqrt\1", text)
    if r"\left" in text:
        yield "no left right", re.sub(r"\\(?:left|right)(?![a-z])\s?", "", text)
    elif re.fullmatch(r"\(.*\)|[(\[][^()]*[)\]]", text) and text.count("(") < 2:
        yield "left right", rf"\left{text[0]} {text[1:-1]} \right{text[-1]}"
    tight = re.sub(r"\s*([-+=,&])\s*", r"\1", text)
    if tight != text and r"\!" not in text:
        yield "no spaces", tight
    wide = re.sub(r"(?<=[\w})])\s*([-+=])\s*(?=[\w\\(])", r"\\,\1\\,", text)
    if wide != text and r"\begin" not in text and "text" not in text:
        yield "thin spaces", wide
    if re.search(r"[\\^]", text) and not text.startswith("\\$"):
        yield "displaystyle", rf"\displaystyle {text}"


def _scalars(answer: Answer) -> Iterator[Written]:
    value, kind = answer.value, answer.kind
    if value.is_Rational:
        yield from number_forms(value, kind)
        if kind in ("integer", "decimal", "fraction"):
            for name in ("x", "n"):
                yield "named", f"{name} = {answer.text}"
            if kind != "fraction" and "\\" not in answer.text and "{" not in answer.text:
                yield "text wrapper", rf"\text{{{answer.text}}}"
                yield "bold", rf"\mathbf{{{answer.text}}}"
        return
    yield "latex", tex(value)
    yield "ascii", ascii_text(value)
    yield "caret", caret_text(value)
    yield "unicode", unicode_text(value)
    if not value.free_symbols:
        yield "named", f"x = {answer.text}"
        yield from root_forms(value)
    for name, other in expression_forms(value):
        if tex(other, order="none") == tex(value):
            continue
        yield name, tex(other, order="none")
        yield name, caret_text(other)
        yield name, ascii_text(other)


def _percents(value: Any) -> Iterator[Written]:
    number = decimal_text(value * 100) or str(value * 100)
    for sign in ("%", r"\%", r"\ \%", " percent", r"\text{ percent}"):
        yield "percent sign", number + sign
    if decimal := decimal_text(value):
        yield "decimal", decimal
    yield "fraction", tex(value)


def _with_unit(answer: Answer) -> Iterator[Written]:
    value, unit = answer.value, answer.unit
    number = decimal_text(value) or tex(value)
    if unit == "$":
        exact = f"{int(value):,}" + (f".{int(value * 100) % 100:02d}" if value % 1 else "")
        yield from (
            ("currency sign", rf"\${exact}"), ("currency sign", f"${exact}"),
            ("unit text", f"{exact} dollars"), ("unit text", rf"{exact}\text{{ dollars}}"),
            ("unit text", f"{exact} USD"), ("cents shown", rf"\${int(value):,}.00"),
        )  # fmt: skip
    elif unit == "degrees":
        for sign in (r"^\circ", r"^{\circ}", "°", " degrees", r"\text{ degrees}", r"\degree"):
            yield "degree sign", number + sign
    else:
        power = unit[-1] if unit[-1].isdigit() else ""
        name = unit.rstrip("23")
        raised = f"^{{{power}}}" if power else ""
        yield "unit text", rf"{number}\ \mathrm{{{name}}}{raised}"
        yield "unit text", rf"{number} \text{{ {name}}}{raised}"
        yield "unit text", rf"{number}\mbox{{ {name}}}{raised}"
        if short := SHORT_UNITS.get(name):
            yield "unit abbreviated", rf"{number}\text{{ {short}}}{raised}"
        for word, exponent in (("square ", "2"), ("cubic ", "3")):
            if name.startswith(word) and (short := SHORT_UNITS.get(name.removeprefix(word))):
                yield "unit abbreviated", rf"{number}\text{{ {short}}}^{exponent}"
        if not power and value.is_Rational and (value.is_Integer or decimal_text(value)):
            yield "unit plain", f"{number} {name}"


def _with_asked_unit(value: Any, prompt: str) -> Iterator[Written]:
    """The unit that the question's last sentence asks for."""
    question = prompt.strip().split(". ")[-1]
    number = decimal_text(value) or str(value)
    if found := HOW_MANY.search(question):
        yield "unit asked for", f"{number} {found[1]}"
        yield "unit asked for", rf"{number} \text{{ {found[1]}}}"
    elif "in dollars" in question:
        yield "unit asked for", f"{number} dollars"
        yield "unit asked for", rf"\${number}"


def _rows_of_forms(values: Any) -> Iterator[tuple[str, list[str]]]:
    """Yield (kind, texts of all the elements): as they are first, then in other forms."""
    tables = [element_forms(value) for value in values]
    yield "restyled", [forms[0] for forms in tables]
    for n in range(1, max(map(len, tables))):
        yield "value of elements", [forms[n] if n < len(forms) else forms[0] for forms in tables]


def _tuples(answer: Answer) -> Iterator[Written]:
    for kind, texts in _rows_of_forms(answer.value):
        yield kind, f"({', '.join(texts)})"
        yield kind, rf"\left({','.join(texts)}\right)"


def _lists(answer: Answer) -> Iterator[Written]:
    braced = answer.kind == "set"
    for kind, texts in _rows_of_forms(answer.value):
        body = ", ".join(texts)
        turned = ", ".join(reversed(texts))
        yield "reordered", rf"\{{{turned}\}}" if braced else turned
        yield kind, rf"\left\{{{body}\right\}}" if braced else body
        yield "braces", rf"\{{{body}\}}"
        if not braced:
            yield "named", ", ".join(f"x = {text}" for text in texts)
            if len(texts) == 2:
                yield "and", r" \text{ and } ".join(texts)
                yield "or", r"x = " + r" \text{ or } x = ".join(texts)
    if r"\pm" in answer.text:
        yield "both of plus-minus", ", ".join(tex(value) for value in answer.value)


def _reals(answer: Answer) -> Iterator[Written]:
    union = isinstance(answer.value, sympy.Union)
    parts: Any = answer.value.args if union else [answer.value]
    intervals = [_interval_texts(part) for part in parts]
    if all(part.end.is_infinite for part in parts if not part.start.is_infinite):
        yield (
            "plus infinity",
            r" \cup ".join(one[0].replace(r", \infty", r", +\infty") for one in intervals),
        )
    for sign, n in product((r" \cup ", r"\cup", " ∪ "), range(2)):
        yield "restyled", sign.join(one[n] for one in intervals)
    if len(parts) > 1:
        yield "reordered", r" \cup ".join(one[0] for one in reversed(intervals))
    plain = " U ".join(one[0] for one in intervals)
    plain = plain.replace(r"\infty", "infinity")
    if "\\" not in plain:
        yield "ascii", plain
    yield "unicode", " ∪ ".join(one[0].replace(r"\infty", "∞") for one in intervals)
    yield "belongs to", r"x \in " + r" \cup ".join(one[0] for one in intervals)
    for n in range(3):
        sides = [_inequalities(part)[n] for part in parts]
        yield "inequality", r" \text{ or } ".join(sides)
        if n < 2 and len(parts) == 1:
            yield "set builder", rf"\{{x \mid {sides[0]}\}}"
    holes = sympy.S.Reals - answer.value
    if isinstance(holes, sympy.FiniteSet):
        points = ", ".join(tex(point) for point in holes)
        yield "all but", rf"\mathbb{{R}} \setminus \{{{points}\}}"
        if len(holes) == 1:
            yield "all but", rf"x \neq {points}"
            yield "all but", f"x ≠ {points}"


def _interval_texts(part: Any) -> list[str]:
    opening, closing = "(["[not part.left_open], ")]"[not part.right_open]
    start, end = tex(part.start), tex(part.end)
    return [f"{opening}{start}, {end}{closing}", rf"\left{opening}{start},{end}\right{closing}"]


def _inequalities(part: Any) -> list[str]:
    texts = []
    for strict, weak in (("<", r"\le"), ("<", r"\leq"), ("<", "<=")):
        left, right = (strict if open_ else weak for open_ in (part.left_open, part.right_open))
        start, end = tex(part.start), tex(part.end)
        if part.start.is_infinite:
            texts.append(f"x {right} {end}")
        elif part.end.is_infinite:
            turned = {"<": ">", r"\le": r"\ge", r"\leq": r"\geq", "<=": ">="}[left]
            texts.append(f"x {turned} {start}" if strict != weak else f"{start} {left} x")
        else:
            texts.append(f"{start} {left} x {right} {end}")
    return texts


def _matrices(answer: Answer) -> Iterator[Written]:
    n_columns = len(answer.value[0])
    for kind, texts in _rows_of_forms(sum(answer.value, ())):
        rows = [texts[n : n + n_columns] for n in range(0, len(texts), n_columns)]
        body = r" \\ ".join(" & ".join(row) for row in rows)
        for name in ("pmatrix", "bmatrix"):
            named = "bmatrix" if kind == "restyled" and name == "bmatrix" else kind
            yield named, rf"\begin{{{name}}} {body} \end{{{name}}}"
        yield "tight", r"\begin{pmatrix}" + body.replace(" ", "") + r"\end{pmatrix}"
        yield "array", (rf"\left[\begin{{array}}{{{'c' * n_columns}}} {body} \end{{array}}\right]")
        listed = ", ".join("[" + ", ".join(row) + "]" for row in rows)
        yield "nested lists", f"[{listed}]"


def _equations(answer: Answer) -> Iterator[Written]:
    left, right = (part.strip() for part in answer.text.split("="))
    yield "swapped sides", f"{right} = {left}"
    try:
        sides = [expression(left), expression(right)]
    except Unreadable:
        return
    yield "caret", " = ".join(caret_text(side) for side in sides)
    yield "ascii", " = ".join(ascii_text(side) for side in sides)
    for factor in (2, -1, 3):
        scaled = [sympy.expand(factor * side) for side in sides]
        yield "scaled", " = ".join(tex(side) for side in scaled)
    yield "moved terms", f"{tex(sympy.expand(answer.value))} = 0"
    for name in islice(sorted(answer.value.free_symbols, key=str), 2):
        if answer.value.is_polynomial(name) and sympy.degree(answer.value, name) == 1:
            coefficient = answer.value.coeff(name)
            if coefficient.is_number:
                rest = sympy.expand(coefficient * name - answer.value)
                yield "moved terms", f"{tex(coefficient * name)} = {tex(rest)}"
    for side in sides:
        for kind, form in expression_forms(side):
            if kind in ("permuted terms", "factor", "expand"):
                other = sides[1] if side is sides[0] else sides[0]
                yield kind, f"{tex(other)} = {tex(form, order='none')}"


def _words(answer: Answer) -> Iterator[Written]:
    yield "bare word", answer.value
    for wrapper in ("text", "textbf", "mathrm", "mbox"):
        yield f"{wrapper} wrapper", rf"\{wrapper}{{{answer.value}}}"
    if answer.value.islower():
        yield "capital", rf"\text{{{answer.value.capitalize()}}}"


def _choices(answer: Answer) -> Iterator[Written]:
    letter = answer.value
    yield from (
        ("letter", letter), ("letter", f"({letter})"), ("text wrapper", rf"\text{{{letter}}}"),
        ("text wrapper", rf"\text{{({letter})}}"), ("textbf wrapper", rf"\textbf{{({letter})}}"),
        ("textbf wrapper", rf"\textbf{{{letter}}}"), ("mathrm wrapper", rf"\mathrm{{({letter})}}"),
    )  # fmt: skip


def _bases(answer: Answer) -> Iterator[Written]:
    digits, base = answer.value, answer.unit
    for text in (f"{digits}_{{{base}}}", f"({digits})_{{{base}}}", f"{digits}_{{({base})}}"):
        yield "base", text
    if len(base) == 1:
        yield "base", f"{digits}_{base}"
