r"""Reads one expression, LaTeX or ASCII, into sympy, and proves two of them equal or different.

    expression(r"\frac{x}{2} + \sqrt3")   ->  x/2 + sqrt(3)
    equal(expression("(x+1)^2"), expression("x^2+2x+1"))   ->  True

A grammar of a page, so that what is read is certain: two readings (`1/2x`, `2 3`, `f(x)`, `log x`)
raise Unreadable. Letters are variables, but e and i are the constants.
"""

import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import sympy

POINTS = 8
"""Places at which two expressions are compared, to 50 digits."""

FUNCTIONS = {
    name: getattr(sympy, name) for name in ("sin", "cos", "tan", "cot", "sec", "csc", "exp")
} | {"ln": sympy.log, "arctan": sympy.atan, "arcsin": sympy.asin, "arccos": sympy.acos}
GREEK = {"alpha", "beta", "gamma", "theta", "phi", "omega", "lambda", "mu"}
TOKEN = re.compile(
    r"\s*(\d+\.\d+|\.\d+|\d+|\\[a-zA-Z]+|sqrt|pi|arctan|arcsin|arccos|sin|cos|tan|cot|sec|csc|exp"
    r"|ln|theta|alpha|beta|\*\*|[a-zA-Z]|[-+*/^(){}\[\]])"
)
UNICODE = {
    "π": r"\pi ", "√": r"\sqrt ", "×": r"\times ", "·": r"\cdot ", "−": "-", "θ": r"\theta ",
    "²": "^2", "³": "^3", "⁴": "^4", "⁵": "^5", "½": r"\frac12", "¼": r"\frac14", "¾": r"\frac34",
}  # fmt: skip


WORDS = {*FUNCTIONS, *GREEK, "sqrt"}


class Unreadable(ValueError):
    """An answer that this reader does not know, or that could be read in two ways."""


def expression(text: str) -> sympy.Expr:
    """Read a whole expression; raises Unreadable."""
    latex = "\\" in text
    for mark, plain in UNICODE.items():
        text = text.replace(mark, plain)
    text = re.sub(r"\\(?:left|right)(?![a-zA-Z])|\\!", "", text)
    text = re.sub(r"\\[dt]frac", r"\\frac", re.sub(r"\\[,;: ]|~", " ", text))
    tokens, place = [], 0
    text = text.strip()
    if any(word not in WORDS for word in re.findall(r"(?<!\\)\b[a-zA-Z]{4,}", text)):
        raise Unreadable(text)
    while place < len(text):
        found = TOKEN.match(text, place)
        if not found:
            raise Unreadable(text)
        tokens.append(found[1])
        place = found.end()
    reader = _Reader(tokens, latex=latex)
    try:
        value = reader.sum()
    except (IndexError, ZeroDivisionError, RecursionError):
        raise Unreadable(text) from None
    if reader.place != len(tokens) or value.has(sympy.zoo, sympy.nan, sympy.oo):
        raise Unreadable(text)
    return value


def equal(one: Any, other: Any) -> bool | None:
    """Equal at 50 digits everywhere tried (True), clearly different somewhere (False), or None."""
    if one == other:
        return True
    if one.is_Rational and other.is_Rational:
        return False
    names = sorted(one.free_symbols | other.free_symbols, key=str)
    agreed = 0
    for point in range(1, 3 * POINTS if names else 2):
        # Fixed irregular places on both sides of zero, some of them near.
        where = {
            name: sympy.Rational((-1) ** (point + n) * (7 * point + 3 * n + 1), 5 + n + point % 3)
            for n, name in enumerate(names)
        }
        a, b = (value.xreplace(where).evalf(50, maxn=200) for value in (one, other))
        if not (a.is_number and b.is_number) or a.has(sympy.zoo, sympy.nan, sympy.oo):
            continue
        if b.has(sympy.zoo, sympy.nan, sympy.oo):
            return None
        gap, size = abs(complex(a - b)), max(1.0, abs(complex(a)))
        if gap > 1e-4 * min(1.0, size) and gap > 1e-7 * size:
            return False
        if gap > 1e-15 * size or abs(sympy.re(a - b)) + abs(sympy.im(a - b)) > size * 1e-30:
            return None
        agreed += 1
        if agreed >= POINTS:
            break
    return True if agreed >= (POINTS if names else 1) else None


def all_equal(ones: Sequence[Any], others: Sequence[Any]) -> bool | None:
    """As `equal`, of two sequences element by element."""
    if len(ones) != len(others):
        return False
    verdicts = [equal(one, other) for one, other in zip(ones, others, strict=True)]
    if False in verdicts:
        return False
    return None if None in verdicts else True


class _Reader:
    def __init__(self, tokens: list[str], *, latex: bool) -> None:
        self.tokens = tokens
        self.place = 0
        self.latex = latex

    def next(self) -> str:
        return self.tokens[self.place] if self.place < len(self.tokens) else ""

    def take(self, expected: str = "") -> str:
        token = self.tokens[self.place]
        if expected and token != expected:
            raise Unreadable(f"{token} for {expected}")
        self.place += 1
        return token

    def sum(self) -> sympy.Expr:
        sign = self.take() if self.next() in ("+", "-") else "+"
        value = self.product() if sign == "+" else -self.product()
        while self.next() in ("+", "-"):
            value = value + self.product() if self.take() == "+" else value - self.product()
        return value

    def product(self) -> sympy.Expr:
        value, divided = self.power(), False
        while True:
            token = self.next()
            if token in ("*", "\\cdot", "\\times"):
                self.take()
                value *= self.power()
            elif token == "/":
                if divided:
                    raise Unreadable("a/b/c")
                self.take()
                value, divided = value / self._divisor(), True
            elif token and self._begins_atom(token):
                if divided or token[0].isdigit() or token[0] == ".":
                    raise Unreadable("two readings")
                if self.tokens[self.place - 1][-1].isdigit() and token == "\\frac":
                    raise Unreadable("mixed number or product")
                value *= self.power()
            else:
                return value

    def _divisor(self) -> sympy.Expr:
        value = self.power()
        if value == 0:
            raise Unreadable("division by zero")
        return value

    def power(self) -> sympy.Expr:
        value = self.atom()
        if self.next() in ("^", "**"):
            value = value ** self.exponent()
        return value

    def exponent(self) -> sympy.Expr:
        if self.take() == "**" or not self.latex:
            negative = self.next() == "-" and bool(self.take())
            value = self.atom()
            value = -value if negative else value
        elif self.next() in ("{", "("):
            value = self.atom()
        else:
            value = self._single()
        if self.next() in ("^", "**") or (value.is_number and abs(value) > 200):
            raise Unreadable("a tower")
        return value

    def _single(self) -> sympy.Expr:
        """One digit, letter or group, as LaTeX takes an argument without braces."""
        token = self.next()
        if token == "{":
            return self.atom()
        if len(token) > 1 and token.isdigit():  # \frac34 is 3/4
            self.tokens[self.place : self.place + 1] = list(token)
            token = token[0]
        if not re.fullmatch(r"\d|[a-zA-Z]|\\pi|\\theta", token):
            raise Unreadable(token)
        return self.atom()

    def _begins_atom(self, token: str) -> bool:
        return (
            token in ("(", "{", "sqrt", "pi")
            or token in FUNCTIONS
            or bool(re.match(r"[\d.a-zA-Z]|\\(?!cdot|times)", token))
        )

    def atom(self) -> sympy.Expr:
        token = self.take()
        name = token.lstrip("\\")
        if re.fullmatch(r"[\d.]+", token):
            return sympy.Rational(Fraction(token))
        if token in ("(", "{", "["):
            value = self.sum()
            self.take({"(": ")", "{": "}", "[": "]"}[token])
            return value
        if token == "\\frac":
            top = self._single()
            bottom = self._single()
            if bottom == 0:
                raise Unreadable("division by zero")
            return top / bottom
        if name == "sqrt":
            return self._root(token)
        if name == "pi":
            return sympy.pi
        if name in FUNCTIONS:
            return self._function(name)
        if token == "e":
            return sympy.E
        if token == "i":
            return sympy.I
        if name in GREEK:
            return sympy.Symbol(name)
        if re.fullmatch(r"[a-zA-Z]", token):
            if token in "fghP" and self.next() == "(":
                raise Unreadable("a function of unknown rule")
            return sympy.Symbol(token)
        raise Unreadable(token)

    def _root(self, token: str) -> sympy.Expr:
        index = sympy.Integer(2)
        if token == "\\sqrt" and self.next() == "[":
            index = self.atom()
        if self.next() == "(":
            value = self.atom()
        elif token == "sqrt":
            raise Unreadable("sqrt without brackets")
        else:
            value = self._single()
        return value ** (1 / index)

    def _function(self, name: str) -> sympy.Expr:
        power = self.exponent() if self.next() == "^" else sympy.Integer(1)
        if power.is_negative:
            raise Unreadable("an inverse function or a reciprocal")
        if self.next() in ("(", "{"):
            argument = self.atom()
        else:
            argument = self.power()
            while re.fullmatch(r"[a-zA-Z]|\\(?:theta|pi|alpha|frac)", self.next()):
                argument *= self.power()
        return FUNCTIONS[name](argument) ** power
