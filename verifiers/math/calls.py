"""A function and what it is applied to: `\\sin`, `\\frac`, `\\sqrt`, `\\log_2` and their like.

parse("\\\\sin^2 x")        ->  Power(Call("sin", (Symbol("x"),)), Number(2))
parse("\\\\sqrt[3]{5}")     ->  Call("root", (Number(5), Number(3)))
parse("\\\\log_2 8")        ->  Call("log", (Number(8), Number(2)))
"""

from typing import Any

from verifiers.math.cursor import Grammar
from verifiers.math.lexer import Token
from verifiers.math.syntax import (
    MINUS_ONE,
    Braces,
    Bracketed,
    Call,
    Constant,
    Number,
    Power,
    Product,
    Symbol,
    Unreadable,
    integer,
    negative,
    quotient,
)

_INVERSES = frozenset(["asin", "acos", "atan", "acot", "asec", "acsc", "asinh", "acosh", "atanh"])


def called(parser: Grammar, name: str) -> Any:
    """The tree of a function that has just been named; raises Unreadable."""
    if name == "frac":
        return _fraction(parser)
    if name in ("sqrt", "cbrt", "root"):
        return _root(parser, name)
    if name in ("overline", "dot"):
        return _overlined(parser)
    if name in ("binom", "perm", "gcd", "lcm", "max", "min"):
        return _many(parser, name)
    if name in ("log", "lg"):
        return _logarithm(parser, name)
    if name in ("sum", "int", "lim", "prod", "det", "operatorname", "arg"):
        raise Unreadable(f"unevaluated: {name}")
    exponent = parser.exponent() if parser.take("^") else None
    if exponent == MINUS_ONE and "a" + name in _INVERSES:
        name, exponent = "a" + name, None
    node = Call(name, (_argument(parser),))
    return node if exponent is None else Power(node, exponent)


def _fraction(parser: Grammar) -> Any:
    if parser.at("("):  # frac(1)(2) or frac(1, 2)
        node = parser.atom()
        if isinstance(node, Bracketed) and len(node.items) == 2:
            return quotient(*node.items)
        return quotient(node, _digit(parser))
    numerator = _digit(parser, above=True)
    return quotient(numerator, _digit(parser))


def _digit(parser: Grammar, *, above: bool = False) -> Any:
    """One argument of \\frac: a group, or (as TeX has it) one digit or letter."""
    token = parser.peek()
    if token.kind == "number" and isinstance(token.value, Number):
        text = str(token.value.value)
        if above and token.value.places is None and text.isdigit() and len(text) > 1:
            # \\frac712 is meant as 7/12
            parser.put(Token("number", integer(int(text[1:])), False))
            return integer(int(text[0]))
    if parser.take("-"):
        return negative(parser.atom())
    return parser.atom()


def _root(parser: Grammar, name: str) -> Any:
    index: Any = integer(3) if name == "cbrt" else integer(2)
    if name == "root":
        index = parser.atom()
        if parser.peek().kind == "word" and parser.peek().value == "of":
            parser.next()
    elif parser.take("["):
        index = parser.sum()
        parser.expect("]")
    exponent = parser.exponent() if parser.take("^") else None
    radicand = parser.postfix() if parser.peek().kind == "name" else parser.atom()
    if isinstance(radicand, Bracketed) and len(radicand.items) == 1:
        radicand = radicand.items[0]
    node = Call("root", (radicand, index))
    return node if exponent is None else Power(node, exponent)


def _overlined(parser: Grammar) -> Any:
    node = parser.atom()
    if isinstance(node, Product | Symbol):
        return Symbol("overline:" + "".join(_letters_of(node)))
    raise Unreadable("unparsable: overline")


def _letters_of(node: Any) -> list[str]:
    if isinstance(node, Symbol):
        return [node.name]
    if isinstance(node, Product) and all(isinstance(one, Symbol) for one in node.factors):
        return [one.name for one in node.factors if isinstance(one, Symbol)]
    raise Unreadable("unparsable: overline")


def _many(parser: Grammar, name: str) -> Any:
    if name in ("binom", "perm") and not parser.at("("):
        return Call(name, (_digit(parser), _digit(parser)))
    node = parser.atom()
    if not isinstance(node, Bracketed | Braces) or len(node.items) < 2:
        raise Unreadable(f"unparsable: {name}")
    return Call(name, node.items)


def _logarithm(parser: Grammar, name: str) -> Any:
    base: Any = integer(10) if name == "lg" else None
    exponent = None
    for _ in range(2):
        if parser.take("_"):
            base = parser.atom()
        elif parser.take("^"):
            exponent = parser.exponent()
    argument = _argument(parser)
    if isinstance(argument, Bracketed) and len(argument.items) == 2 and base is None:
        argument, base = argument.items  # log(8, 2)
    node = Call("log", (argument,) if base is None else (argument, base))
    return node if exponent is None else Power(node, exponent)


def _argument(parser: Grammar) -> Any:
    """What a function is applied to: brackets, or the factors up to an operator."""
    if parser.at("(", "["):
        return parser.postfix()
    if parser.at("{"):
        return parser.atom()
    if parser.take("-"):
        return negative(_argument(parser))
    parser.deeper()
    node = parser.power()
    while parser.starts_atom() and (
        parser.peek().kind in ("number", "symbol")
        or (isinstance(node, Number) and parser.peek().value in ("sqrt", "frac"))
    ):
        node = parser.juxtaposed(node)
    if parser.at("/") and parser.peek(1).kind == "number" and node == Constant("pi"):
        parser.next()  # sin pi/6 is meant as it is said
        node = quotient(node, parser.atom())
    parser.depth -= 1
    return node
