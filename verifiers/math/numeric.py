"""High-precision values: what the expressions are worth, at random points where they have
variables.

    compare(parse("\\\\sin^2 x + \\\\cos^2 x"), parse("1"))     ->  Agreement("equal", points=5)
    compare(parse("\\\\ln x^2"), parse("2 \\\\ln x"))           ->  Agreement("equal", ...)
    compare(parse("x + 1"), parse("y + 1"))                 ->  Agreement("different", ...)

Fifty digits by mpmath, in a context of its own. Two values are the same where they agree in thirty
digits. An expression that would take for ever is refused before it is evaluated.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import mpmath
from mpmath.libmp import NoConvergence

from verifiers.math.syntax import (
    Based,
    Call,
    Constant,
    Number,
    Percent,
    Power,
    Product,
    Ratio,
    Sum,
    Symbol,
    Unreadable,
    symbols,
    walk,
)

DIGITS = 50
AGREEING = 30
"""Digits in which equal values agree; the rest is room for cancellation."""

mp: Any = mpmath.MPContext()
mp.dps = DIGITS
TOLERANCE = mp.mpf(10) ** -AGREEING
DOUBTFUL = mp.mpf(10) ** -9
VANISHING = mp.mpf(10) ** -(DIGITS - 8)
LARGEST_EXPONENT = 1_000_000
"""Of two, in a result; 9^(9^9) is refused."""

Env = Mapping[str, Any]


class Undefined(Exception):
    """No value at this point."""


class Agreement(NamedTuple):
    """How two expressions compare; `close` says that they differ suspiciously little."""

    outcome: Literal["equal", "different", "unknown"]
    close: bool = False
    note: str = ""


def value(node: Any, env: Env = MappingProxyType({}), *, log_base: int | None = None) -> Any:
    """The value of an expression, an mpf or mpc of fifty digits.

    `env` gives the variables, `log_base` what `log` without a base means (None: natural). Raises
    Undefined where there is none, Unreadable where it is too large or no expression.
    """
    try:
        return _real(_value(node, env, log_base))
    except (ZeroDivisionError, ValueError, OverflowError, NoConvergence) as error:
        raise Undefined(str(error)) from None


def same(left: Any, right: Any) -> bool:
    """Whether two values agree in thirty digits."""
    if not (mp.isfinite(left) and mp.isfinite(right)):
        return bool(left == right)
    gap, size = abs(left - right), max(abs(left), abs(right))
    return gap <= TOLERANCE * size or size < VANISHING


def compare(left: Any, right: Any) -> Agreement:
    """Compare two expressions by value."""
    verdict = Agreement("different")
    # \log means the natural or the decimal logarithm, but the same one throughout.
    bases = (None, 10) if any(_bare_log(node) for node in (left, right)) else (None,)
    for base in bases:
        verdict = _compare(left, right, base)
        if verdict.outcome != "different":
            return verdict
    return verdict


def _bare_log(node: Any) -> bool:
    return any(
        isinstance(n, Call) and n.name == "log" and len(n.arguments) == 1 for n in walk(node)
    )


def _compare(left: Any, right: Any, base: int | None) -> Agreement:
    names = sorted(symbols(left) | symbols(right))
    if not names:
        try:
            one, other = value(left, log_base=base), value(right, log_base=base)
        except Undefined:
            return Agreement("unknown", note="no value")
        return _judged([(one, other)], needed=1)
    found = _at_points(left, right, base, [point(names, turn) for turn in range(8)])
    if found.outcome == "different" and _of_integers(left, right):
        whole = [{name: mp.mpf(5 + turn + n) for n, name in enumerate(names)} for turn in range(6)]
        if _at_points(left, right, base, whole).outcome == "equal":
            return Agreement("equal", note="at integers only")
    return found


def _at_points(left: Any, right: Any, base: int | None, points: Sequence[Env]) -> Agreement:
    pairs = []
    for env in points:
        try:
            pairs.append((value(left, env, log_base=base), value(right, env, log_base=base)))
        except Undefined:
            continue
    real = [pair for pair in pairs if not any(isinstance(one, mp.mpc) for one in pair)]
    return _judged(real if len(real) >= 2 else pairs, needed=2)


def _judged(pairs: list[tuple[Any, Any]], *, needed: int) -> Agreement:
    if len(pairs) < needed:
        return Agreement("unknown", note="no common domain")
    unequal = [(one, other) for one, other in pairs if not same(one, other)]
    if not unequal:
        return Agreement("equal")
    close = all(abs(a - b) <= DOUBTFUL * max(abs(a), abs(b)) for a, b in unequal)
    return Agreement("different", close=close)


def point(names: list[str], turn: int) -> dict[str, Any]:
    """Irrational-looking values: at three points positive, at one large, then of both signs."""
    at = {}
    for name in names:
        draw = Random(f"{turn}:{name}").uniform(0.13, 1.0)
        size = mp.mpf(draw) * (3 if turn < 3 else 20 if turn == 3 else 5)
        negative = turn > 3 and Random(f"{name}:{turn}").random() < (1.0 if turn == 4 else 0.5)
        at[name] = -size if negative else size
    return at


def _of_integers(*nodes: Any) -> bool:
    """Whether a variable can only be meant to be an integer."""
    for node in nodes:
        for one in walk(node):
            if isinstance(one, Call) and one.name in (
                "factorial",
                "factorial2",
                "binom",
                "perm",
                "mod",
            ):
                return True
            if isinstance(one, Power) and symbols(one.exponent) and _negative(one.base):
                return True
    return False


def _negative(node: Any) -> bool:
    try:
        return not symbols(node) and mp.re(value(node)) < 0
    except (Undefined, Unreadable):
        return False


def _real(number: Any) -> Any:
    if isinstance(number, mp.mpc) and abs(number.imag) <= TOLERANCE * abs(number):
        return number.real
    return number


def _value(node: Any, env: Env, base: int | None) -> Any:
    if isinstance(node, Number):
        return _quotient(node.value)
    if isinstance(node, Sum):
        return mp.fsum(_value(term, env, base) for term in node.terms)
    if isinstance(node, Product):
        product = mp.mpf(1)
        for factor in node.factors:
            product *= _value(factor, env, base)
        return product
    if isinstance(node, Power):
        return _power(_value(node.base, env, base), node.exponent, env, base)
    if isinstance(node, Symbol):
        if node.name in env:
            return env[node.name]
        raise Undefined(node.name)
    if isinstance(node, Constant):
        return _CONSTANTS[node.name]
    if isinstance(node, Call):
        return _called(node, env, base)
    if isinstance(node, Percent):
        return _value(node.value, env, base) / 100
    if isinstance(node, Ratio) and len(node.parts) == 2:
        return _value(node.parts[0], env, base) / _value(node.parts[1], env, base)
    if isinstance(node, Based):
        return _quotient(node.value)
    raise Unreadable(f"unparsable: {type(node).__name__} within an expression")


_CONSTANTS = {"pi": +mp.pi, "e": +mp.e, "i": mp.mpc(0, 1), "oo": mp.inf}


def _quotient(fraction: Fraction) -> Any:
    return mp.mpf(fraction.numerator) / fraction.denominator


def _power(base: Any, exponent_node: Any, env: Env, log_base: int | None) -> Any:
    if isinstance(exponent_node, Number):
        fraction = exponent_node.value
        if fraction.denominator == 1:
            _bounded(base, fraction)
            return base ** int(fraction)
        if fraction.denominator % 2 and isinstance(_real(base), mp.mpf) and mp.re(base) < 0:
            return _odd_root(mp.re(base), fraction)
    exponent = _value(exponent_node, env, log_base)
    _bounded(base, mp.re(exponent))
    if base == 0 and mp.re(exponent) <= 0 and exponent != 0:
        raise Undefined("zero to a negative power")
    return mp.power(base, exponent)


def _odd_root(base: Any, exponent: Fraction) -> Any:
    size = mp.power(-base, _quotient(exponent))
    return -size if exponent.numerator % 2 else size


def _bounded(base: Any, exponent: Any) -> None:
    size = abs(base)
    if size in (0, 1) or not mp.isfinite(size):
        return
    if abs(mp.mag(size)) * abs(float(exponent)) > LARGEST_EXPONENT:
        raise Unreadable("too_large: it would take for ever")


def _called(node: Call, env: Env, base: int | None) -> Any:
    arguments = [_value(argument, env, base) for argument in node.arguments]
    if node.name == "root":
        index = arguments[1]
        if index == 0:
            raise Undefined("a root of index 0")
        radicand = _real(arguments[0])
        if isinstance(radicand, mp.mpf) and radicand < 0 and mp.isint(index) and int(index) % 2:
            return -mp.root(-radicand, int(index))
        return mp.power(radicand, 1 / index)
    if node.name == "log":
        below = arguments[1] if len(arguments) == 2 else mp.mpf(base) if base else None
        if arguments[0] == 0:
            raise Undefined("the logarithm of 0")
        return mp.ln(arguments[0]) if below is None else mp.ln(arguments[0]) / mp.ln(below)
    function = _FUNCTIONS.get(node.name)
    if function is None:
        raise Unreadable(f"unevaluated: {node.name}")
    if node.name in _EXPLOSIVE and max(abs(mp.re(one)) for one in arguments) > 100_000:
        raise Unreadable("too_large: it would take for ever")
    return function(*arguments)


def _ln(x: Any) -> Any:
    if x == 0:
        raise Undefined("the logarithm of 0")
    return mp.ln(x)


def _mod(a: Any, b: Any) -> Any:
    return a - b * mp.floor(a / b)


def _perm(n: Any, k: Any) -> Any:
    return mp.gamma(n + 1) / mp.gamma(n - k + 1)


_EXPLOSIVE = (
    "exp",
    "factorial",
    "factorial2",
    "binom",
    "perm",
    "sinh",
    "cosh",
    "tanh",
    "gamma",
    "zeta",
)
_FUNCTIONS = {
    "sin": mp.sin, "cos": mp.cos, "tan": mp.tan, "cot": mp.cot, "sec": mp.sec, "csc": mp.csc,
    "asin": mp.asin, "acos": mp.acos, "atan": mp.atan, "acot": mp.acot, "asec": mp.asec,
    "acsc": mp.acsc, "sinh": mp.sinh, "cosh": mp.cosh, "tanh": mp.tanh, "coth": mp.coth,
    "asinh": mp.asinh, "acosh": mp.acosh, "atanh": mp.atanh, "exp": mp.exp, "ln": _ln,
    "abs": abs, "floor": mp.floor, "ceil": mp.ceil, "sgn": mp.sign, "factorial": mp.factorial,
    "factorial2": mp.fac2, "binom": mp.binomial, "perm": _perm, "mod": _mod, "re": mp.re,
    "im": mp.im,
    "max": lambda *values: max(values), "min": lambda *values: min(values),
    "degree": lambda x: x * mp.pi / 180, "cis": lambda x: mp.expj(x), "gamma": mp.gamma,
    "det": lambda x: x, "zeta": mp.zeta,
}  # fmt: skip
