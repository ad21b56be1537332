"""General solutions: the values that an expression takes for every integer of its parameters.

    same_families(read("\\\\frac\\\\pi2 + \\\\pi n, n \\\\in \\\\mathbb{Z}"),
    read("\\\\frac{(2k+1)\\\\pi}{2}"))
    ->  Finding(True, "numeric", "on the integers from -40 to 40")

Two are the same where they reach the same values in a window around zero, so the name of the
parameter, a shift of it, and how the solutions are divided among several expressions do not matter.
"""

from itertools import product
from typing import Any

from verifiers.math.expressions import same_expression
from verifiers.math.findings import Finding
from verifiers.math.numeric import Undefined, mp, value
from verifiers.math.signs import signs_expanded
from verifiers.math.syntax import (
    Braces,
    Bracketed,
    Call,
    Constant,
    Family,
    Listing,
    Relation,
    Symbol,
    replaced,
    symbols,
    walk,
)

REACH = 40
"""The parameter runs from -REACH to REACH; values count within a third of what that covers."""

PARAMETERS = frozenset("nkmljNKMt")


def has_family(node: Any) -> bool:
    """Whether a family, or what is written like one, is among the values."""
    return any(isinstance(one, Family) or looks_periodic(_unnamed(one)) for one in _parts(node))


def looks_periodic(node: Any) -> bool:
    """Whether an expression is linear in n, k or m with a multiple of pi or of degrees."""
    names = symbols(node)
    if not names or not names <= PARAMETERS:
        return False
    return any(
        one == Constant("pi") or (isinstance(one, Call) and one.name == "degree")
        for one in walk(node)
    )


def parametric(node: Bracketed) -> bool:
    """Whether a point runs with one parameter: (3 + 7t, 2 - 5t)."""
    names = symbols(node)
    return len(names) == 1 and names <= PARAMETERS


def same_families(gold: Any, answer: Any) -> Finding:
    """Compare two general solutions by the values that they reach."""
    ours, theirs = _families(gold), _families(answer)
    if not any(one.parameters for one in ours):
        ours = [Family(one.value, tuple(sorted(symbols(one.value) & PARAMETERS))) for one in ours]
    if not any(one.parameters for one in theirs):
        theirs = [
            Family(one.value, tuple(sorted(symbols(one.value) & PARAMETERS))) for one in theirs
        ]
    if not any(one.parameters for one in ours) or not any(one.parameters for one in theirs):
        return Finding(False, "form", "no integer parameter")
    if any(symbols(one.value) - set(one.parameters) for one in (*ours, *theirs)):
        if len(ours) == len(theirs) == 1:
            return _renamed(ours[0], theirs[0])
        return Finding(False, "form", "free variables in a general solution")
    try:
        reached, theirs_reached = _reached(ours), _reached(theirs)
    except Undefined:
        return Finding(False, "numeric", "no values")
    limit = min(_limit(reached), _limit(theirs_reached))
    same = _within(reached, limit) == _within(theirs_reached, limit)
    return Finding(same, "numeric", f"on the integers from {-REACH} to {REACH}")


def _renamed(ours: Family, theirs: Family) -> Finding:
    if len(ours.parameters) != len(theirs.parameters):
        return Finding(False, "form")
    names = {old: Symbol(new) for old, new in zip(theirs.parameters, ours.parameters, strict=True)}
    value_ = replaced(
        theirs.value, lambda one: names.get(one.name) if isinstance(one, Symbol) else None
    )
    return same_expression(ours.value, value_)


def _parts(node: Any) -> tuple[Any, ...]:
    return node.items if isinstance(node, Listing | Braces) else (node,)


def _unnamed(node: Any) -> Any:
    """`x = ...` names what follows."""
    if isinstance(node, Relation) and node.operators == ("=",):
        return node.operands[1]
    return node


def _families(node: Any) -> list[Family]:
    named = [one for one in _parts(node) if isinstance(one, Relation)]
    names = [str(one.operands[0]) for one in named]
    if (
        isinstance(node, Listing)
        and len(named) == len(node.items) > 1
        and len(set(names)) == len(names)
    ):
        ordered = sorted(named, key=lambda one: str(one.operands[0]))
        return [_family(Bracketed("(", ")", tuple(one.operands[-1] for one in ordered)))]
    found = []
    for one in _parts(node):
        inner = _unnamed(one)
        for sign in _signs(inner):
            found.append(_family(sign))
    return found


def _signs(node: Any) -> list[Any]:
    expanded = signs_expanded(node)
    return (
        list(expanded.items) if isinstance(expanded, Listing) and expanded != node else [expanded]
    )


def _family(node: Any) -> Family:
    if isinstance(node, Family):
        return Family(_unnamed(node.value), node.parameters)
    return Family(node, ())


def _reached(families: list[Family]) -> set[tuple[str, ...]]:
    values = set()
    for family in families:
        reach = REACH if len(family.parameters) < 2 else 8
        for numbers in product(range(-reach, reach + 1), repeat=len(family.parameters)):
            at = dict(zip(family.parameters, map(mp.mpf, numbers), strict=True))
            items = family.value.items if isinstance(family.value, Bracketed) else (family.value,)
            values.add(tuple(_rounded(value(item, at)) for item in items))
    return values


def _rounded(number: Any) -> str:
    if isinstance(number, mp.mpc):
        return f"{_rounded(number.real)}+{_rounded(number.imag)}i"
    return mp.nstr(number, 20) if abs(number) > mp.mpf(10) ** -25 else "0.0"


def _size(values: tuple[str, ...]) -> Any:
    if "i" in values[0]:
        return max(abs(mp.mpf(part)) for part in values[0].rstrip("i").split("+") if part)
    return abs(mp.mpf(values[0]))


def _limit(values: set[tuple[str, ...]]) -> Any:
    return max(map(_size, values)) / 3


def _within(values: set[tuple[str, ...]], limit: Any) -> set[tuple[str, ...]]:
    return {one for one in values if _size(one) <= limit}
