"""Formulas of a family's file: read into a checked tree, worked out twice, never run as code.

    formula = read_formula("m * v**2 / 2", {"m", "v"})
    formula.exact({"m": Rational(3), "v": Rational(4)})           ->  24, by sympy
    formula.measured({"m": 3 * kilogram, "v": 4 * metre/second})  ->  24 kg m^2/s^2, by pint

Numbers, names, + - * / **, comparisons, and/or/not, `a if c else b` and the functions below: all
else is refused, so that a file from anywhere can do nothing but reckon.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

MOST_CHARS = 2_000
MOST_DEPTH = 60
MOST_POWER = 1_000
MOST_ARGUMENT = 10**15
"""Of what has to be known to the unit: rounding and angles of more take digits without end."""
MOST_BITS = 20_000
"""A fraction of more bits goes on as a number of 30 digits."""

FUNCTIONS = (
    "abs", "acos", "asin", "atan", "binomial", "ceil", "cos", "exp", "factorial", "floor", "ln",
    "log", "log10", "max", "min", "sin", "sqrt", "tan",
)  # fmt: skip

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Div: operator.truediv, ast.USub: operator.neg, ast.UAdd: operator.pos,
    ast.Not: operator.not_, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Pow: operator.pow,
}  # fmt: skip


class FormulaError(ValueError):
    """A formula that cannot be read or worked out; the text says why."""


class NoValue(ValueError):
    """A formula has no finite real value for the numbers given."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been checked."""

    text: str
    tree: ast.expr

    def exact(self, values: Mapping[str, Any]) -> Any:
        """The value by sympy, of exact numbers; a truth value of a comparison.

        Raises NoValue where it is infinite or not real, FormulaError where a power is too large or
        a truth value stands for a number.
        """
        try:
            return _Exact(values).value(self.tree)
        except (FormulaError, NoValue):
            raise
        except OverflowError as error:
            raise NoValue(str(error)) from None
        except (TypeError, ValueError, AttributeError) as error:
            raise FormulaError(f"{self.text[:60]!r} cannot be worked out: {error}") from None

    def measured(self, values: Mapping[str, Any]) -> Any:
        """The value by pint, of quantities with floats.

        Raises FormulaError where dimensions do not fit, NoValue as `exact`.
        """
        return _Measured(values).value(self.tree)


def read_formula(text: str, names: set[str]) -> Formula:
    """Parse and check a formula over `names`; raises FormulaError."""
    if len(text) > MOST_CHARS:
        raise FormulaError(f"a formula of {len(text)} characters; at most {MOST_CHARS}")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise FormulaError(f"{text[:60]!r} is no formula: {error}") from None
    _check(tree, names, 0)
    return Formula(text.strip(), tree)


def _check(node: ast.AST, names: set[str], depth: int) -> None:
    if depth > MOST_DEPTH:
        raise FormulaError(f"nested more than {MOST_DEPTH} deep; take derived quantities")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        raise FormulaError("write ** for a power, not ^")
    if isinstance(node, ast.Constant):
        number = node.value if type(node.value) in (int, float) else None
        if not isinstance(number, int | float) or not math.isfinite(number):
            raise FormulaError(f"{node.value!r} is no number")
        return
    if isinstance(node, ast.Name):
        if node.id not in names and node.id not in ("pi", "e"):
            known = ", ".join(sorted(names))
            raise FormulaError(f"nothing is called {node.id!r}; there are {known}, pi and e")
        return
    if isinstance(node, ast.Call):
        if not isinstance(node.func, ast.Name) or node.func.id not in FUNCTIONS or node.keywords:
            called = ast.unparse(node.func)[:40]
            raise FormulaError(f"no function {called!r}; there are {', '.join(FUNCTIONS)}")
        parts: list[ast.AST] = [*node.args]
    elif isinstance(node, ast.BinOp | ast.UnaryOp) and type(node.op) in _OPERATORS:
        parts = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
    elif isinstance(node, ast.Compare) and all(type(one) in _OPERATORS for one in node.ops):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.BoolOp):
        parts = [*node.values]
    elif isinstance(node, ast.IfExp):
        parts = [node.test, node.body, node.orelse]
    else:
        raise FormulaError(f"{ast.unparse(node)[:60]!r} cannot stand in a formula")
    for part in parts:
        _check(part, names, depth + 1)


class _Walk:
    """Works a checked tree out; below it, in two kinds of numbers."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = values

    def value(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            assert isinstance(node.value, int | float)
            return self.number(node.value)
        if isinstance(node, ast.Name):
            return self.values[node.id] if node.id in self.values else self.constant(node.id)
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            return self.call(node.func.id, [self.value(one) for one in node.args])
        if isinstance(node, ast.IfExp):
            return self.value(node.body if self.value(node.test) else node.orelse)
        if isinstance(node, ast.BoolOp):
            every = all if isinstance(node.op, ast.And) else any
            return every(bool(self.value(one)) for one in node.values)
        if isinstance(node, ast.Compare):
            terms = [self.value(one) for one in (node.left, *node.comparators)]
            pairs = zip(node.ops, terms, terms[1:], strict=False)
            return all(bool(_OPERATORS[type(op)](a, b)) for op, a, b in pairs)
        if isinstance(node, ast.UnaryOp):
            return _OPERATORS[type(node.op)](self.value(node.operand))
        assert isinstance(node, ast.BinOp)
        left, right = self.value(node.left), self.value(node.right)
        if isinstance(node.op, ast.Pow):
            return self.power(left, right)
        if isinstance(node.op, ast.Div) and right == 0:
            raise NoValue("a division by zero")
        return self.bounded(_OPERATORS[type(node.op)](left, right))

    def number(self, value: float) -> Any:
        raise NotImplementedError

    def constant(self, name: str) -> Any:
        raise NotImplementedError

    def call(self, name: str, arguments: list[Any]) -> Any:
        raise NotImplementedError

    def power(self, base: Any, exponent: Any) -> Any:
        raise NotImplementedError

    def bounded(self, value: Any) -> Any:
        return value


class _Exact(_Walk):
    def number(self, value: float) -> Any:
        from sympy import Rational

        return Rational(str(value))

    def constant(self, name: str) -> Any:
        from sympy import E, pi

        return {"pi": pi, "e": E}[name]

    def call(self, name: str, arguments: list[Any]) -> Any:
        import sympy

        if name == "log10":
            return sympy.log(*arguments, 10)
        other = {"ceil": "ceiling", "ln": "log", "max": "Max", "min": "Min", "abs": "Abs"}
        if name in ("factorial", "binomial") and any(abs(one) > MOST_POWER for one in arguments):
            raise FormulaError(f"{name} of a number above {MOST_POWER}")
        if name in _TO_THE_UNIT and any(abs(one) > MOST_ARGUMENT for one in arguments):
            raise FormulaError(f"{name} of a number above {MOST_ARGUMENT:.0e}")
        try:
            return self.bounded(getattr(sympy, other.get(name, name))(*arguments))
        except TypeError as error:
            raise FormulaError(f"{name}: {error}") from None

    def power(self, base: Any, exponent: Any) -> Any:
        if abs(exponent) > MOST_POWER:
            raise FormulaError(f"a power above {MOST_POWER}")
        if base.is_Rational:
            n_bits = max(abs(base.p), base.q).bit_length()
            base = base.evalf(30) if n_bits * abs(exponent) > MOST_BITS else base
        if base == 0 and exponent < 0:
            raise NoValue("a division by zero")
        return self.bounded(base**exponent)

    def bounded(self, value: Any) -> Any:
        if value.is_Rational and max(abs(value.p), value.q).bit_length() > MOST_BITS:
            return value.evalf(30)
        if value.is_real is False or value.is_finite is False:
            raise NoValue(f"{value} is no finite real number")
        return value


class _Measured(_Walk):
    """Quantities throughout: a bare number is one without a dimension."""

    def number(self, value: float) -> Any:
        return self.values[""] * float(value)

    def constant(self, name: str) -> Any:
        return self.number({"pi": math.pi, "e": math.e}[name])

    def value(self, node: ast.expr) -> Any:
        import pint

        try:
            return super().value(node)
        except pint.DimensionalityError as error:
            raise FormulaError(f"{ast.unparse(node)}: dimensions do not fit: {error}") from None
        except (OverflowError, ZeroDivisionError) as error:
            raise NoValue(str(error)) from None

    def call(self, name: str, arguments: list[Any]) -> Any:
        if name == "sqrt":
            return self.power(arguments[0], self.number(0.5))
        if name == "abs":
            return abs(arguments[0])
        if name in ("max", "min"):
            return (max if name == "max" else min)(arguments)
        plain = [float(one.to("").magnitude) for one in arguments]
        try:
            return self.number(float((_PLAIN.get(name) or getattr(math, name))(*plain)))
        except (ValueError, TypeError) as error:
            raise NoValue(f"{name}: {error}") from None

    def power(self, base: Any, exponent: Any) -> Any:
        plain = float(exponent.to("").magnitude)
        if float(base.magnitude) < 0 and plain % 1:
            raise NoValue("a root of a negative number")
        whole = Fraction(plain).limit_denominator(12)
        return base ** (whole if math.isclose(whole, plain) else plain)


_TO_THE_UNIT = ("ceil", "cos", "floor", "sin", "tan")

_PLAIN: dict[str, Callable[..., Any]] = {
    "ln": math.log,
    "log": math.log,
    "factorial": lambda n: math.gamma(n + 1),
    "binomial": lambda n, k: math.comb(round(n), round(k)),
}
