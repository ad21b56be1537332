"""Functions: piecewise ones by their values, and solutions that hold up to an arbitrary constant.

same_function(parse("\\\\begin{cases}x & x \\\\ge 0 \\\\\\\\ -x & x < 0\\\\end{cases}"),
parse("|x|"))
->  Finding(True, "numeric", ...)
same_up_to_constants(parse("Ce^{2x}"), parse("Ae^{2x}"))   ->  Finding(True, ...)
"""

from itertools import pairwise, permutations
from typing import Any

from verifiers.math import numeric
from verifiers.math.expressions import same_expression
from verifiers.math.findings import Finding
from verifiers.math.numeric import Undefined, mp, value
from verifiers.math.sets import NoRealSet, Piece, RealSet, real_set
from verifiers.math.syntax import (
    Listing,
    Piecewise,
    Relation,
    SetOperation,
    Sum,
    Symbol,
    Text,
    negative,
    replaced,
    symbols,
    walk,
)

ARBITRARY = frozenset(["A", "B", "C", "D", "K", "c", "k", "a", "b"]) | {
    "C_1",
    "C_2",
    "c_1",
    "c_2",
    "C_0",
    "c_0",
}


def same_function(gold: Any, answer: Any) -> Finding:
    """Compare two functions of one variable at the ends of all their pieces and at points between.

    Other variables take one value throughout. Cases told apart by words (`n even`) are compared
    by them.
    """
    if any(isinstance(one, Text) for node in (gold, answer) for one in walk(node)):
        return _by_words(gold, answer)
    varying = _varying(gold) or _varying(answer)
    names = symbols(gold) | symbols(answer)
    if len(varying) != 1:
        return Finding(False, "form", "piecewise in other than one variable")
    (name,) = varying
    fixed = {other: mp.mpf("1.2371") + n for n, other in enumerate(sorted(names - varying))}
    try:
        parts = [_parts(node) for node in (gold, answer)]
    except NoRealSet:
        return Finding(False, "form", "conditions that are no intervals")
    for point in _points(parts):
        ours, theirs = (_at(one, {**fixed, name: point}, point) for one in parts)
        if (ours is None) != (theirs is None):
            return Finding(False, "numeric", f"only one is defined at {mp.nstr(point, 6)}")
        if ours is not None and not numeric.same(ours, theirs):
            return Finding(False, "numeric", f"they differ at {mp.nstr(point, 6)}")
    return Finding(True, "numeric", "at points of every piece")


def same_up_to_constants(gold: Any, answer: Any) -> Finding:
    """Compare what holds up to arbitrary constants: renamed ones, and antiderivatives."""
    ours, theirs = symbols(gold) & ARBITRARY, symbols(answer) & ARBITRARY
    only, their_only = sorted(ours - symbols(answer)), sorted(theirs - symbols(gold))
    if len(only) == len(their_only) <= 2 and only:
        for order in permutations(only):
            new = dict(zip(their_only, order, strict=True))
            renamed = replaced(answer, lambda one, new=new: _renamed(one, new))
            if (finding := same_expression(gold, renamed)).equal:
                return finding
    added, their_added = _added_constant(gold), _added_constant(answer)
    if added and their_added:
        return _differ_by_constant(_without(gold, added), _without(answer, their_added))
    return Finding(False, "form", "other variables" if only or their_only else "")


def _renamed(node: Any, names: dict[str, str]) -> Any:
    return Symbol(names[node.name]) if isinstance(node, Symbol) and node.name in names else None


def _added_constant(node: Any) -> str | None:
    """The C of F(x) + C."""
    if not isinstance(node, Sum):
        return None
    names = [term.name for term in node.terms if isinstance(term, Symbol) and term.name in "CcKk"]
    return names[0] if len(names) == 1 else None


def _without(node: Sum, name: str) -> Any:
    return Sum(tuple(term for term in node.terms if term != Symbol(name)))


def _differ_by_constant(gold: Any, answer: Any) -> Finding:
    difference = Sum((gold, negative(answer)))
    names = sorted(symbols(difference))
    values = []
    for turn in range(6):
        try:
            values.append(value(difference, numeric.point(names, turn)))
        except Undefined:
            continue
    scale = max([mp.mpf(1), *map(abs, values)])
    constant = len(values) > 2 and all(
        abs(one - values[0]) <= numeric.TOLERANCE * scale for one in values
    )
    return Finding(constant, "numeric", "up to a constant" if constant else "")


def _by_words(gold: Any, answer: Any) -> Finding:
    if not isinstance(gold, Piecewise) or not isinstance(answer, Piecewise):
        return Finding(False, "form")
    theirs = {_said(condition): case for case, condition in answer.cases}
    if len(theirs) != len(gold.cases) or {_said(c) for _, c in gold.cases} != set(theirs):
        return Finding(False, "form", "other conditions")
    for case, condition in gold.cases:
        if not (finding := same_expression(case, theirs[_said(condition)])).equal:
            return finding
    return Finding(True, "words")


def _said(condition: Any) -> str:
    return condition.words if isinstance(condition, Text) else str(condition)


def _varying(node: Any) -> frozenset[str]:
    """The variable that the conditions are about."""
    if not isinstance(node, Piecewise):
        return frozenset()
    return frozenset(name for _, one in node.cases if one is not None for name in symbols(one))


Parts = list[tuple[Any, RealSet]]


def _parts(node: Any) -> Parts:
    """Each value with the set on which it holds; "otherwise" holds where nothing before does."""
    if not isinstance(node, Piecewise):
        return [(node, (Piece(-mp.inf, False, mp.inf, False),))]
    found: Parts = []
    for case, condition in node.cases:
        if condition is None:
            found.append((case, (Piece(-mp.inf, False, mp.inf, False),)))
        elif isinstance(condition, Relation | SetOperation | Listing):
            found.append((case, real_set(condition)))
        else:
            raise NoRealSet
    return found


def _points(parts: list[Parts]) -> list[Any]:
    ends = sorted(
        {
            end
            for part in parts
            for _, pieces in part
            for one in pieces
            for end in (one.low, one.high)
            if mp.isfinite(end)
        }
    ) or [mp.mpf(0)]
    between = [(a + b) / 2 for a, b in pairwise(ends)]
    between += [a + (b - a) * mp.mpf("0.2371") for a, b in pairwise(ends)]
    outside = [ends[0] - mp.mpf("1.37"), ends[0] - mp.mpf("7.91")]
    outside += [ends[-1] + mp.mpf("1.61"), ends[-1] + mp.mpf("8.23")]
    return [*ends, *between, *outside]


def _at(parts: Parts, env: dict[str, Any], point: Any) -> Any:
    for node, pieces in parts:
        if any(_holds(one, point) for one in pieces):
            try:
                return value(node, env)
            except Undefined:
                return None
    return None


def _holds(one: Piece, point: Any) -> bool:
    above = point > one.low or (one.low_closed and point == one.low)
    below = point < one.high or (one.high_closed and point == one.high)
    return above and below
