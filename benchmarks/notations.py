r"""Notations of one value: what sympy prints, restyled; decimals, mixed numbers, roots.

list(number_forms(Rational(3, 2), "fraction"))
->  [("slash", "3/2"), ("dfrac", r"\dfrac{3}{2}"), ("mixed number", r"1\frac{1}{2}"), ...]
caret_text(2 * x**2 + sqrt(5))   ->  "2x^2 + sqrt(5)"
"""

import re
from collections.abc import Iterator
from typing import Any

import sympy

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
VULGAR = {"1/2": "½", "1/4": "¼", "3/4": "¾"}

Written = tuple[str, str]
"""A kind and a text."""


def tex(value: Any, **options: Any) -> str:
    return sympy.latex(value, ln_notation=True, **options)


def ascii_text(value: Any) -> str:
    """As Python writes it: `2*x**2 + sqrt(5)`."""
    text = re.sub(r"\bI\b", "i", re.sub(r"\blog\(", "ln(", str(value)))
    return re.sub(r"\bE\b", "e", text)


def caret_text(value: Any) -> str:
    """As people type it: `2x^2 + sqrt(5)`."""
    return re.sub(r"(\d)\*(?=[a-z(])", r"\1", ascii_text(value).replace("**", "^"))


def unicode_text(value: Any) -> str:
    """As people paste it: `2x² + √5`."""
    text = re.sub(r"\^(\d+)", lambda found: found[1].translate(SUPERSCRIPTS), caret_text(value))
    text = re.sub(r"sqrt\((\d+)\)", r"√\1", text).replace("pi", "π")
    return text.replace("*", "·").replace("-", "−")


def decimal_text(value: Any, places: int = 8) -> str | None:
    """The exact decimal of a rational that has a short one."""
    value = sympy.nsimplify(value)
    if not value.is_Rational or value.is_Integer:
        return None
    for digits in range(1, places + 1):
        scaled = abs(value) * 10**digits
        if scaled.is_Integer:
            whole = str(int(scaled)).rjust(digits + 1, "0")
            return f"{'-' if value < 0 else ''}{whole[:-digits]}.{whole[-digits:]}"
    return None


def scientific_text(value: Any, times: str = r" \times ") -> str | None:
    digits = str(abs(value) if value.is_Integer else decimal_text(abs(value)))
    if digits == "None":
        return None
    whole, _, rest = digits.partition(".")
    significant = (whole + rest).strip("0")
    if not significant or len(significant) > 5:
        return None
    power = len(whole) - 1 if whole.strip("0") else -(len(rest) - len(rest.lstrip("0")) + 1)
    if abs(power) < 3:
        return None
    mantissa = significant[0] + (f".{significant[1:]}" if significant[1:] else "")
    return f"{'-' if value < 0 else ''}{mantissa}{times}10^{{{power}}}"


def expression_forms(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield (kind, sympy expression) of each equal expression that sympy finds."""
    symbols = sorted(value.free_symbols, key=str)
    if isinstance(value, sympy.Add):
        yield "permuted terms", sympy.Add(*reversed(_terms(value)), evaluate=False)
        yield "permuted terms", sympy.Add(*sorted(value.args, key=str), evaluate=False)
        yield "negated", sympy.Mul(-1, -value, evaluate=False)
        yield "common factor", sympy.factor_terms(value)
    if isinstance(value, sympy.Mul) and sum(not one.is_number for one in value.args) > 1:
        numbers = [one for one in value.args if one.is_number]
        letters = [one for one in value.args if not one.is_number]
        yield "permuted factors", sympy.Mul(*numbers, *reversed(letters), evaluate=False)
    yield "expand", sympy.expand(value)
    yield "together", sympy.together(value)
    yield "rationalised", sympy.radsimp(value)
    if symbols and value.is_rational_function(*symbols):
        yield "factor", sympy.factor(value)
        yield "cancel", sympy.cancel(value)
        yield "collect", sympy.collect(sympy.expand(value), symbols[0])
        if len(symbols) == 1:
            yield "apart", sympy.apart(value, symbols[0])
            if value.is_polynomial(*symbols):
                yield "horner", sympy.horner(value)
    if value.has(sympy.sin, sympy.cos, sympy.tan, sympy.cot, sympy.sec, sympy.csc):
        for rewritten in (
            value.replace(sympy.tan, lambda x: sympy.sin(x) / sympy.cos(x)),
            value.replace(sympy.cot, lambda x: sympy.cos(x) / sympy.sin(x)),
            value.replace(sympy.sec, lambda x: 1 / sympy.cos(x)),
            value.replace(sympy.csc, lambda x: 1 / sympy.sin(x)),
            value.replace(
                lambda x: isinstance(x, sympy.Pow) and x.exp == 2 and isinstance(x.base, sympy.sin),
                lambda x: 1 - sympy.cos(x.base.args[0]) ** 2,
            ),
            sympy.expand_trig(value),
        ):
            yield "trig identity", rewritten
    if value.has(sympy.log):
        yield "log identity", sympy.expand_log(value, force=True)
        yield "log identity", sympy.logcombine(value, force=True)


def root_forms(value: Any) -> Iterator[Written]:
    """Single terms c sqrt(n) and c pi, whose other forms sympy undoes."""
    yield "fractional exponent", tex(value, root_notation=False)
    number, rest = value.as_coeff_Mul()
    if not number.is_Rational:
        return
    top, bottom = number.p, number.q
    sign, top = ("-" if top < 0 else ""), abs(top)
    if rest == sympy.pi:
        if bottom > 1:
            yield "permuted factors", rf"{sign}\frac{{{top}}}{{{bottom}}} \pi"
            yield "slash", rf"{sign}{top if top > 1 else ''}pi/{bottom}"
        if decimal := decimal_text(number, 3):
            yield "decimal coefficient", rf"{decimal}\pi"
    if isinstance(rest, sympy.Pow) and rest.exp == sympy.Rational(1, 2) and rest.base.is_Integer:
        n = int(rest.base)
        if bottom > 1:
            yield "permuted factors", rf"{sign}\frac{{{top}}}{{{bottom}}} \sqrt{{{n}}}"
            yield "slash", f"{sign}{f'{top}*' if top > 1 else ''}sqrt({n})/{bottom}"
            yield "under the root", rf"{sign}\sqrt{{\frac{{{top**2 * n}}}{{{bottom**2}}}}}"
            if (common := sympy.gcd(n, bottom)) == n:
                left = bottom // common
                below = rf"{left if left > 1 else ''}\sqrt{{{n}}}"
                yield "unrationalised", rf"{sign}\frac{{{top}}}{{{below}}}"
        elif top > 1 and top**2 * n < 100_000:
            yield "under the root", rf"{sign}\sqrt{{{top**2 * n}}}"


def number_forms(value: Any, kind: str) -> Iterator[Written]:
    """A rational, as integers, decimals, fractions and mixed numbers are written."""
    if value.is_Integer:
        if kind == "power":
            yield "evaluated", str(value)
            return
        yield "trailing zero", f"{value}.0"
        if abs(value) >= 1000:
            yield from _grouped(f"{value:,}" if isinstance(value, int) else f"{int(value):,}")
            if int(value) % 100 == 0 and (text := scientific_text(value)):
                yield "scientific", text
                yield "scientific", scientific_text(value, "×") or ""
        return
    top, bottom = value.p, value.q
    sign = "-" if top < 0 else ""
    if kind != "decimal":
        yield "slash", f"{top}/{bottom}"
        yield "dfrac", rf"{sign}\dfrac{{{abs(top)}}}{{{bottom}}}"
        if sign:
            yield "sign in the numerator", rf"\frac{{{top}}}{{{bottom}}}"
        if vulgar := VULGAR.get(f"{abs(top)}/{bottom}"):
            yield "unicode", sign + vulgar
    elif bottom <= 1000:
        yield "fraction", rf"{sign}\frac{{{abs(top)}}}{{{bottom}}}"
        yield "fraction", f"{top}/{bottom}"
    if kind == "mixed number":
        yield "improper fraction", rf"{sign}\frac{{{abs(top)}}}{{{bottom}}}"
    if abs(top) > bottom and bottom <= 100:
        whole, left = divmod(abs(top), bottom)
        yield "mixed number", rf"{sign}{whole}\frac{{{left}}}{{{bottom}}}"
        yield "mixed number", f"{sign}{whole} {left}/{bottom}"
        yield "mixed number", rf"{sign}{whole}\,\tfrac{{{left}}}{{{bottom}}}"
    if (decimal := decimal_text(value, 8 if kind == "decimal" else 6)) is not None:
        if kind == "decimal":
            yield "trailing zero", f"{decimal}0"
            if abs(value) < 1:
                yield "leading zero", decimal.replace("0.", ".", 1)
                yield "leading zero", decimal
            whole = decimal.split(".")[0]
            if len(whole.lstrip("-")) > 3:
                yield "separators", f"{int(whole):,}.{decimal.split('.')[1]}"
            if text := scientific_text(value):
                yield "scientific", text
                yield "scientific", scientific_text(value, r" \cdot ") or ""
        else:
            yield "decimal", decimal
        if 0 < value < 1 and (value * 1000).is_Integer:
            hundredth = decimal_text(value * 100) or str(value * 100)
            yield "percent", rf"{hundredth}\%"


def element_forms(value: Any) -> list[str]:
    forms = [tex(value)]
    if value.is_Rational and not value.is_Integer:
        forms += [f"{value.p}/{value.q}", tex(value).replace(r"\frac", r"\dfrac")]
        forms += [text] if (text := decimal_text(value, 4)) else []
    elif not value.is_Rational:
        forms += [caret_text(value), *(text for _, text in root_forms(value))]
    return forms


def _grouped(text: str) -> Iterator[Written]:
    yield "separators", text
    yield "separators", text.replace(",", "{,}")
    yield "separators", text.replace(",", r",\!")


def _terms(value: Any) -> list[Any]:
    return list(value.as_ordered_terms())
