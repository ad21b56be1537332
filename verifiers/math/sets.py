"""Sets of real numbers: intervals, unions, inequalities and finite sets in one form.

    real_set(parse("1 < x \\\\le 3"))  ==  real_set(parse("(1, 3]"))
    real_set(parse("x \\\\ne 2"))      ==  real_set(parse("(-\\\\infty,2) \\\\cup (2,\\\\infty)"))

A set is a sorted tuple of pieces that do not touch; a point is a piece from itself to itself.
"""

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import Any, NamedTuple

from verifiers.math.numeric import Undefined, mp, same, value
from verifiers.math.syntax import (
    INFINITY,
    Braces,
    Bracketed,
    Builder,
    Listing,
    NamedSet,
    Number,
    Product,
    Relation,
    SetOperation,
    Sum,
    Symbol,
    Unreadable,
    negative,
    symbols,
)


class NoRealSet(Exception):
    """What is given is no set of real numbers that is known without solving."""


class Piece(NamedTuple):
    """From `low` to `high`, values of fifty digits or infinite, each end closed or open."""

    low: Any
    low_closed: bool
    high: Any
    high_closed: bool


RealSet = tuple[Piece, ...]
Solve = Callable[[Relation, str], RealSet | None]

EVERYTHING: RealSet = (Piece(-mp.inf, False, mp.inf, False),)
_NAMED: dict[str, RealSet] = {
    "R": EVERYTHING,
    "empty": (),
    "R+": (Piece(mp.mpf(0), False, mp.inf, False),),
    "R0+": (Piece(mp.mpf(0), True, mp.inf, False),),
}
FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def real_set(node: Any, solve: Solve = lambda relation, name: None) -> RealSet:
    """The set that a node stands for; raises NoRealSet.

    `solve` gives the solutions of a relation in one variable that is not linear, or None.
    """
    if isinstance(node, Bracketed):
        return _interval(node)
    if isinstance(node, Braces):
        return _united(_point(item) for item in node.items)
    if isinstance(node, NamedSet) and node.name in _NAMED:
        return _NAMED[node.name]
    if isinstance(node, SetOperation):
        return _operated(node, solve)
    if isinstance(node, Relation):
        return _related(node, solve)
    if isinstance(node, Builder):
        return _built(node, solve)
    if isinstance(node, Sum) and _set_difference(node):
        first, second = node.terms
        return _meet(real_set(first, solve), _complement(real_set(second.factors[1], solve)))
    if isinstance(node, Listing):  # x in R, x != 1
        sets = [real_set(item, solve) for item in _excluding(node.items)]
        met = sets[0]
        for other in sets[1:]:
            met = _meet(met, other)
        return met or _united(piece for one in sets for piece in one)
    raise NoRealSet


def equal_sets(left: RealSet, right: RealSet) -> bool:
    """Whether two sets are the same, ends open and closed alike."""
    return len(left) == len(right) and all(
        (a.low_closed, a.high_closed) == (b.low_closed, b.high_closed)
        and _same_end(a.low, b.low)
        and _same_end(a.high, b.high)
        for a, b in zip(left, right, strict=True)
    )


def piece(low: Any, low_closed: bool, high: Any, high_closed: bool) -> Piece:
    """A piece; what is closed at infinity is open."""
    return Piece(low, low_closed and mp.isfinite(low), high, high_closed and mp.isfinite(high))


def variable_of(node: Any) -> str | None:
    """The variable that an inequality restricts, where there is just one."""
    names = symbols(node)
    return next(iter(names)) if len(names) == 1 else None


def _same_end(a: Any, b: Any) -> bool:
    return a == b or (mp.isfinite(a) and mp.isfinite(b) and same(a, b))


def _end(node: Any) -> Any:
    """An end of an interval: a real number or an infinity."""
    if node == INFINITY or node == Sum((INFINITY,)):
        return mp.inf
    if node == negative(INFINITY):
        return -mp.inf
    try:
        number = value(node)
    except Undefined as error:
        raise NoRealSet from error
    except Unreadable as error:
        if str(error).startswith("too_large"):
            raise
        raise NoRealSet from error  # a point, a word
    if not isinstance(number, mp.mpf):
        raise NoRealSet
    return number


def _point(node: Any) -> Piece:
    end = _end(node)
    return Piece(end, True, end, True)


def _interval(node: Bracketed) -> RealSet:
    if len(node.items) != 2 or node.opening not in ("(", "[", "]"):
        raise NoRealSet
    low, high = map(_end, node.items)
    if low > high or (low == high and (node.opening, node.closing) != ("[", "]")):
        raise NoRealSet
    # ]1, 2[ is open at both ends.
    return _united([piece(low, node.opening == "[", high, node.closing == "]")])


def _operated(node: SetOperation, solve: Solve) -> RealSet:
    sets = [real_set(part, solve) for part in node.parts]
    if node.operator == "union":
        return _united(one for pieces in sets for one in pieces)
    result = sets[0]
    for other in sets[1:]:
        result = _meet(result, other if node.operator == "intersection" else _complement(other))
    return result


def _related(node: Relation, solve: Solve) -> RealSet:
    if node.operators in (("in",), ("notin",)):
        inside = real_set(node.operands[1], solve)
        return inside if node.operators == ("in",) else _complement(inside)
    names = symbols(node)
    label = _label(node)
    if label is None and len(names) != 1:
        raise NoRealSet
    result = EVERYTHING
    for n, operator in enumerate(node.operators):
        left, right = node.operands[n], node.operands[n + 1]
        single = Relation((left, right), (operator,))
        result = _meet(result, _ray(single, label, solve))
    return result


def _label(node: Relation) -> Any:
    """The operand, like x or g(x), that stands alone between numbers."""
    free = [operand for operand in node.operands if symbols(operand)]
    if len(free) == 1 and (
        isinstance(free[0], Symbol)
        or (isinstance(free[0], Product) and all(isinstance(f, Symbol) for f in free[0].factors))
    ):
        return free[0]
    return None


def _ray(node: Relation, label: Any, solve: Solve) -> RealSet:
    (operator,) = node.operators
    left, right = node.operands
    if operator not in (*FLIPPED, "=", "!="):
        raise NoRealSet
    if label in (left, right):
        operator = FLIPPED.get(operator, operator) if label == right else operator
        return _half(operator, _end(right if label == left else left))
    return _linear(node, operator, solve)


def _linear(node: Relation, operator: str, solve: Solve) -> RealSet:
    left, right = node.operands
    name = variable_of(node)
    if name is None:
        raise NoRealSet
    difference = Sum((left, negative(right)))
    try:
        at = [value(difference, {name: mp.mpf(x)}) for x in (0, 1, 2, -3)]
    except Undefined:
        at = []
    slopes = [at[1] - at[0], at[2] - at[1], (at[0] - at[3]) / 3] if at else []
    straight = bool(at) and all(abs(s - slopes[0]) < mp.mpf(10) ** -30 for s in slopes)
    if not straight or slopes[0] == 0:
        if operator == "=":
            raise NoRealSet  # an equation that is left to the reader to solve
        solved = solve(node, name)
        if solved is None:
            raise NoRealSet
        return solved
    operator = FLIPPED.get(operator, operator) if slopes[0] < 0 else operator
    return _half(operator, -at[0] / slopes[0])


def _half(operator: str, end: Any) -> RealSet:
    if operator in ("<", "<="):
        return _united([piece(-mp.inf, False, end, operator == "<=")])
    if operator in (">", ">="):
        return _united([piece(end, operator == ">=", mp.inf, False)])
    point = (Piece(end, True, end, True),)
    return point if operator == "=" else _complement(point)


def _built(node: Builder, solve: Solve) -> RealSet:
    element = node.element
    if isinstance(element, Relation) and element.operators == ("in",):
        return _meet(real_set(element.operands[1], solve), real_set(node.condition, solve))
    if not isinstance(element, Symbol):
        raise NoRealSet
    return real_set(node.condition, solve)


def _excluding(items: tuple[Any, ...]) -> list[Any]:
    """x != 2, 4 excludes both."""
    found: list[Any] = []
    for item in items:
        before = found[-1] if found else None
        if (
            isinstance(before, Relation)
            and before.operators == ("!=",)
            and not isinstance(item, Relation)
        ):
            item = Relation((before.operands[0], item), ("!=",))
        found.append(item)
    return found


def _set_difference(node: Sum) -> bool:
    second = node.terms[1]
    return (
        len(node.terms) == 2
        and isinstance(node.terms[0], NamedSet | Bracketed)
        and isinstance(second, Product)
        and second.factors[0] == Number(Fraction(-1))
        and isinstance(second.factors[1], Braces | Bracketed)
    )


def _united(pieces: Iterable[Piece]) -> RealSet:
    """Sort and join what touches; an empty piece goes."""
    found = [
        p for p in pieces if p.low < p.high or (p.low == p.high and p.low_closed and p.high_closed)
    ]
    joined: list[Piece] = []
    for one in sorted(found, key=lambda p: (p.low, not p.low_closed)):
        last = joined[-1] if joined else None
        if last is not None and _touches(last, one):
            ends = [(last.high, last.high_closed), (one.high, one.high_closed)]
            high, closed = (
                max(ends)
                if not _same_end(last.high, one.high)
                else (
                    last.high,
                    last.high_closed or one.high_closed,
                )
            )
            joined[-1] = Piece(last.low, last.low_closed, high, closed)
        else:
            joined.append(one)
    return tuple(joined)


def _touches(left: Piece, right: Piece) -> bool:
    if _same_end(left.high, right.low):
        return left.high_closed or right.low_closed
    return right.low < left.high


def _complement(pieces: RealSet) -> RealSet:
    low, low_closed, gaps = -mp.inf, False, []
    for one in pieces:
        if one.low != -mp.inf:
            gaps.append(Piece(low, low_closed, one.low, not one.low_closed))
        low, low_closed = one.high, not one.high_closed
    if low != mp.inf:
        gaps.append(Piece(low, low_closed, mp.inf, False))
    return _united(gaps)


def _meet(left: RealSet, right: RealSet) -> RealSet:
    both = []
    for a in left:
        for b in right:
            low = max((a.low, not a.low_closed), (b.low, not b.low_closed))
            high = min((a.high, a.high_closed), (b.high, b.high_closed))
            both.append(Piece(low[0], not low[1], high[0], high[1]))
    return _united(both)
