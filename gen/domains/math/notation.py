"""Values written as the LaTeX that prompts show and that the math verifier reads back.

tex(Fraction(-3, 4))             -\\frac{3}{4}
polynomial([1, -2, 0, 3])        x^3 - 2x^2 + 3
pair(2, Fraction(1, 2))          (2, \\frac{1}{2})
finite_set([3, -1])              \\{-1, 3\\}
matrix([[1, 2], [3, 4]])         \\begin{pmatrix}1 & 2 \\\\ 3 & 4\\end{pmatrix}
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any


def tex(value: Any) -> str:
    """Write an integer, a fraction or a sympy expression."""
    if isinstance(value, (int, str)):
        return str(value)
    if getattr(value, "is_Rational", False):
        value = Fraction(int(value.p), int(value.q))
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return str(value.numerator)
        sign = "-" if value < 0 else ""
        return f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}"
    from sympy import latex

    return latex(value, ln_notation=True)


def combination(coefficients: Sequence[int | Fraction], symbols: Sequence[str]) -> str:
    """Write a sum of multiples of `symbols`; an empty symbol stands for a constant."""
    text = ""
    for coefficient, symbol in zip(coefficients, symbols, strict=True):
        if coefficient == 0:
            continue
        size = "" if abs(coefficient) == 1 and symbol else tex(abs(coefficient))
        if text:
            text += " - " if coefficient < 0 else " + "
        elif coefficient < 0:
            text = "-"
        text += size + symbol
    return text or "0"


def polynomial(coefficients: Sequence[int | Fraction], variable: str = "x") -> str:
    """Write a polynomial from its coefficients, the highest first."""
    degree = len(coefficients) - 1
    powers = [power(variable, degree - place) for place in range(degree + 1)]
    return combination(coefficients, powers)


def power(base: str, exponent: int) -> str:
    """Write a power; nothing where the exponent is 0, the base alone where it is 1."""
    if exponent in (0, 1):
        return base * exponent
    return f"{base}^{exponent}" if 0 < exponent < 10 else f"{base}^{{{exponent}}}"


def operand(value: int | Fraction) -> str:
    """Write a number so that it can follow an operator: a negative one in brackets."""
    return f"({tex(value)})" if value < 0 else tex(value)


def pair(*values: Any) -> str:
    """Write an ordered pair, triple or longer list."""
    return f"({', '.join(map(tex, values))})"


def finite_set(values: Iterable[Any]) -> str:
    """Write a set of real numbers in increasing order."""
    return f"\\{{{', '.join(map(tex, sorted(values)))}\\}}"


def matrix(rows: Iterable[Iterable[Any]]) -> str:
    """Write a matrix row by row."""
    body = " \\\\ ".join(" & ".join(map(tex, row)) for row in rows)
    return f"\\begin{{pmatrix}}{body}\\end{{pmatrix}}"


def column(values: Iterable[Any]) -> str:
    """Write a column vector."""
    return matrix([value] for value in values)
