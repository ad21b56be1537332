"""What runs in the sympy process: read a question, answer it, until the pipe closes.

    python -m verifiers.math.sympy_process      # questions on stdin, answers on stdout

It trusts no clock of its own: who asks, kills. The kernel ends it when its asker has died, and
bounds its memory.
"""

import os
import resource
import signal
from contextlib import suppress
from typing import Any

import sympy

from verifiers.math.questions import Proof, Question, decode, encode
from verifiers.math.syntax import (
    Based,
    Call,
    Constant,
    Number,
    Percent,
    Power,
    Product,
    Sum,
    Symbol,
)
from verifiers.sandbox.limits import address_space

MEMORY_MB = 2_048
"""MiB of address space beyond what it begins with."""

LAST_S = 30
"""Seconds after which the kernel ends a question that nobody waits for any more."""


def serve(questions: int, answers: int) -> None:
    """Answer on file descriptors; the first message says that sympy is loaded."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A process that this one was forked from may have mapped more than that by itself.
    most = address_space() + (MEMORY_MB << 20)
    with suppress(ValueError, OSError):  # macOS refuses; the wall clock remains
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    os.write(answers, encode("ready"))
    while head := os.read(questions, 4):
        length, body = int.from_bytes(head, "big"), b""
        while len(body) < length:
            body += os.read(questions, length - len(body))
        signal.alarm(LAST_S)
        try:
            proof = answer(decode(body, Question))
        except Exception:
            proof = Proof("unknown")  # sympy raises anything
        signal.alarm(0)
        os.write(answers, encode(proof))


def answer(question: Question) -> Proof:
    """What sympy says to a question; raises whatever sympy raises."""
    if question.kind == "solve":
        return _solved(question.nodes[0], question.name)
    left, right = (to_sympy(node) for node in question.nodes)
    if question.kind == "equal":
        return Proof(_difference(left - right))
    return Proof(_same_zeros(left, right))


def _difference(difference: Any) -> Any:
    if difference == 0:
        return "equal"
    for simplify in (
        sympy.expand,
        sympy.radsimp,
        lambda e: sympy.expand(sympy.expand_log(sympy.expand_trig(e), force=True)),
        sympy.trigsimp,
        sympy.simplify,
        lambda e: sympy.simplify(sympy.expand_func(e.rewrite(sympy.gamma))),
        lambda e: sympy.simplify(e.rewrite(sympy.exp)),
        sympy.nsimplify,
    ):
        simple = simplify(difference)
        if simple == 0:
            return "equal"
    verdict = difference.equals(0)
    return {True: "equal", False: "different", None: "unknown"}[verdict]


def _same_zeros(left: Any, right: Any) -> Any:
    """Compare the factors of the numerators, each once."""
    factors = []
    for side in (left, right):
        numerator, _ = sympy.fraction(sympy.together(side))
        parts = sympy.factor_list(numerator)[1]
        factors.append({sympy.expand(part[0] / sympy.LC(part[0])) for part in parts})
    return "equal" if factors[0] == factors[1] else "different"


def _solved(relation: Any, name: str) -> Proof:
    symbol = sympy.Symbol(name, real=True)
    result = sympy.S.Reals
    for n, operator in enumerate(relation.operators):
        left = to_sympy(relation.operands[n], real=True)
        right = to_sympy(relation.operands[n + 1], real=True)
        single = _RELATIONS[operator](left, right)
        result = result.intersect(sympy.solveset(single, symbol, sympy.S.Reals))
    return Proof("unknown", _pieces(result))


def _pieces(found: Any) -> Any:
    if isinstance(found, sympy.Union):
        parts = [_pieces(part) for part in found.args]
        return (
            None
            if None in parts
            else tuple(sorted((one for part in parts for one in part), key=_low))
        )
    if found is sympy.S.EmptySet:
        return ()
    if isinstance(found, sympy.FiniteSet):
        return tuple((_digits(point), True, _digits(point), True) for point in found)
    if isinstance(found, sympy.Interval) or found is sympy.S.Reals:
        found = sympy.Interval(-sympy.oo, sympy.oo) if found is sympy.S.Reals else found
        ends = (_digits(found.start), not found.left_open, _digits(found.end), not found.right_open)
        return (ends,)
    return None


def _low(ends: tuple[str, bool, str, bool]) -> float:
    return float(ends[0].replace("oo", "inf"))


def _digits(number: Any) -> str:
    return str(number) if number.is_infinite else str(sympy.N(number, 50))


_RELATIONS = {
    "<": sympy.Lt, "<=": sympy.Le, ">": sympy.Gt, ">=": sympy.Ge, "=": sympy.Eq, "!=": sympy.Ne,
}  # fmt: skip
_CONSTANTS = {"pi": sympy.pi, "e": sympy.E, "i": sympy.I, "oo": sympy.oo}
_FUNCTIONS = {
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "cot": sympy.cot, "sec": sympy.sec,
    "csc": sympy.csc, "asin": sympy.asin, "acos": sympy.acos, "atan": sympy.atan,
    "acot": sympy.acot,
    "asec": sympy.asec, "acsc": sympy.acsc, "sinh": sympy.sinh, "cosh": sympy.cosh,
    "tanh": sympy.tanh,
    "coth": sympy.coth, "asinh": sympy.asinh, "acosh": sympy.acosh, "atanh": sympy.atanh,
    "exp": sympy.exp, "ln": sympy.log, "log": sympy.log, "abs": sympy.Abs, "floor": sympy.floor,
    "ceil": sympy.ceiling, "sgn": sympy.sign, "factorial": sympy.factorial,
    "factorial2": sympy.factorial2, "binom": sympy.binomial, "perm": sympy.ff, "mod": sympy.Mod,
    "gcd": sympy.gcd, "lcm": sympy.lcm, "max": sympy.Max, "min": sympy.Min, "re": sympy.re,
    "im": sympy.im, "gamma": sympy.gamma, "zeta": sympy.zeta,
    "cis": lambda x: sympy.cos(x) + sympy.I * sympy.sin(x),
}  # fmt: skip


def to_sympy(node: Any, *, real: bool = False) -> Any:
    """A checked tree as a sympy expression."""
    if isinstance(node, Number):
        return sympy.Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, Symbol):
        return (
            sympy.Symbol(node.name, real=True) if real else sympy.Symbol(node.name, positive=True)
        )
    if isinstance(node, Constant):
        return _CONSTANTS[node.name]
    if isinstance(node, Sum):
        return sympy.Add(*(to_sympy(term, real=real) for term in node.terms))
    if isinstance(node, Product):
        return sympy.Mul(*(to_sympy(factor, real=real) for factor in node.factors))
    if isinstance(node, Power):
        base, exponent = to_sympy(node.base, real=real), to_sympy(node.exponent, real=real)
        if exponent.is_Rational and exponent.q % 2 and base.is_negative:
            return (-1) ** exponent.p * (-base) ** exponent
        return base**exponent
    if isinstance(node, Percent):
        return to_sympy(node.value, real=real) / 100
    if isinstance(node, Based):
        return sympy.Rational(node.value.numerator, node.value.denominator)
    if isinstance(node, Call):
        return _called(node.name, [to_sympy(argument, real=real) for argument in node.arguments])
    raise TypeError(f"{type(node).__name__} has no counterpart in sympy")


def _called(name: str, arguments: list[Any]) -> Any:
    if name == "root":
        if arguments[0].is_negative and arguments[1].is_odd:
            return -sympy.root(-arguments[0], arguments[1])
        return sympy.root(*arguments)
    if name == "degree":
        return arguments[0] * sympy.pi / 180
    return _FUNCTIONS[name](*arguments)


if __name__ == "__main__":
    serve(0, 1)
