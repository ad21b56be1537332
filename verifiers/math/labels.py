"""The name that a value is given: x = 3 where 3 is asked for, f(x) = 2x, x = 1 and y = 2.

unlabelled(read("3"), read("x = 3"), again)     ->  Number(3)
assignments(read("x = 1, y = 2"))               ->  {"x": Number(1), "y": Number(2)}
is_label(read("f(x)")), is_label(read("2x"))    ->  True, False
"""

from typing import Any

from verifiers.math.asked import NOTHING_ASKED, Asked
from verifiers.math.findings import Again
from verifiers.math.normal import exact
from verifiers.math.syntax import (
    Based,
    Braces,
    Bracketed,
    Call,
    Constant,
    Listing,
    Number,
    Percent,
    Power,
    Product,
    Relation,
    Symbol,
    Unreadable,
    integer,
    symbols,
)

FUNCTION_NAMES = frozenset("fghpqruvyasFGHPQRSVALTCN")
"""A product that begins with one of these may be a function of what follows: f x, A b."""


def unlabelled(other: Any, node: Any, again: Again) -> Any:
    """Take `x = 5` for 5 where the other side is no relation itself, and V(1, 2) for (1, 2)."""
    if isinstance(node, Product) and isinstance(other, Bracketed) and len(node.factors) == 2:
        name, point = node.factors
        if isinstance(name, Symbol) and name.name.isupper() and isinstance(point, Bracketed):
            return point
    if not isinstance(node, Relation) or isinstance(other, Relation):
        return node
    if node.operators == ("in",):
        return node.operands[1] if symbols(node.operands[0]) else node
    if not set(node.operators) <= {"=", "~"}:
        return node
    if is_point_relation(node):
        return node.operands[-1]
    first = 1 if is_label(node.operands[0]) and not _mentions(node) else 0
    if not first and len(node.operands) > 2 and not any(map(symbols, node.operands[1:])):
        first = 1  # m + n = 4 + 9 = 13
    sides = list(node.operands[first:])
    operators = node.operators[first:]
    if first == 0 and len(sides) == 2 and is_label(sides[1]) and not symbols(sides[0]):
        return sides[0]  # 5 = x
    if (
        first == 0
        and any(symbols(side) for side in sides)
        and not isinstance(other, Number | Percent)
        and len(sides) == 2
        and not symbols(other)
    ):
        return node
    value = sides[0]
    for operator, side in zip(operators, sides[1:], strict=True):
        if operator == "=":
            if not _same_value(value, side, again):
                raise Unreadable("different: the sides of an equation")
            value = side
        elif not again.asking(Asked(rounded=True)).attempt(side, value).equal:
            raise Unreadable("different: the sides of an approximation")
    return value


def asserted(gold: Relation) -> Any:
    """m/n = 7/12: the one side of a ground truth that is a value."""
    if gold.operators != ("=",):
        return None
    free, value = gold.operands
    names = isinstance(free, Product) and all(
        isinstance(one, Symbol) or (isinstance(one, Power) and isinstance(one.base, Symbol))
        for one in free.factors
    )
    quotient_of_names = names and any(isinstance(one, Power) for one in free.factors)
    return value if quotient_of_names and not symbols(value) else None


def assignments(node: Any) -> dict[str, Any] | None:
    """`x = 1, y = 2` as a mapping, where each name comes once and there are at least two."""
    if is_point_relation(node) and all(isinstance(one, Symbol) for one in node.operands[0].items):
        names = [one.name for one in node.operands[0].items]
        return dict(zip(names, node.operands[1].items, strict=False))
    items = node.items if isinstance(node, Listing | Braces) else ()
    found: dict[str, Any] = {}
    for item in items:
        if not (isinstance(item, Relation) and item.operators == ("=",)):
            return None
        name, value = item.operands
        if not isinstance(name, Symbol) or name.name in found:
            return None
        found[name.name] = value
    stems = {name.partition("_")[0] for name in found}
    return found if len(found) > 1 and len(stems) == len(found) else None


def value_of(item: Any) -> Any:
    """`x = 2`, `x_1 = 2` and `x \\in \\{2\\}` name the value 2."""
    if isinstance(item, Relation) and item.operators in (("=",), ("~",), ("in",)):
        if is_label(item.operands[0]):
            return item.operands[1]
        if isinstance(item.operands[0], Bracketed) and isinstance(item.operands[1], Bracketed):
            return item.operands[1]
    return item


def is_point_relation(node: Any) -> bool:
    """(x, y) = (1, 2)"""
    return (
        isinstance(node, Relation)
        and node.operators == ("=",)
        and all(isinstance(one, Bracketed) for one in node.operands)
        and len(node.operands[0].items) == len(node.operands[1].items)
    )


def is_label(node: Any) -> bool:
    """f(x), AB, or A_1: a name, as the left side of what it is equal to."""
    if isinstance(node, Symbol):
        return True
    if (
        isinstance(node, Product)
        and 2 <= len(node.factors) <= 4
        and isinstance(node.factors[0], Symbol)
    ):
        name, *rest = node.factors
        if isinstance(rest[0], Bracketed) or name.name.rstrip("'") in FUNCTION_NAMES:
            return True
        return all(
            isinstance(one, Symbol | Constant) and one.name.isupper() for one in node.factors
        )
    if isinstance(node, Call) and node.name in ("abs", "det", "max", "min"):
        return all(isinstance(argument, Symbol | Product) for argument in node.arguments)
    return (
        isinstance(node, Power) and isinstance(node.base, Symbol) and node.exponent == integer(-1)
    ) or (
        isinstance(node, Product)
        and isinstance(node.factors[0], Power)
        and is_label(node.factors[0])
    )


def names_value(node: Relation) -> bool:
    """Whether the left side of an equation only names what is on the right."""
    return is_label(node.operands[0]) or len(node.operators) > 1


def _mentions(node: Relation) -> bool:
    """Whether the name on the left occurs on the right: x = 2x - 5 is no value of x."""
    names = symbols(node.operands[0])
    single = isinstance(node.operands[0], Symbol)
    return single and any(names & symbols(operand) for operand in node.operands[1:])


def _same_value(one: Any, other: Any, again: Again) -> bool:
    if isinstance(one, Based) or isinstance(other, Based):
        return exact(one) is not None and exact(one) == exact(other)
    plainly = again.asking(NOTHING_ASKED)
    return plainly.attempt(one, other).equal or plainly.attempt(other, one).equal
