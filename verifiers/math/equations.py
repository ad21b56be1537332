"""Whether two equations or inequalities say the same.

    same_equation(parse("y = 2x + 1"), parse("4x - 2y + 2 = 0"))  ->  Finding(True, "normal form")
    same_equation(parse("x + y < 5"), parse("5 > x + y"))         ->  Finding(True, "normal form")
    same_equation(parse("xy = 6"), parse("y = 6/x"))              ->  Finding(True, "sympy")

Each is brought to the form F = 0; two say the same where one F is a constant multiple of the other
(positive for an inequality), or where their numerators have the same factors.
"""

from typing import Any

from verifiers.math import numeric, symbolic
from verifiers.math.expressions import same_expression
from verifiers.math.findings import Finding
from verifiers.math.normal import normal
from verifiers.math.numeric import Undefined, mp
from verifiers.math.polynomials import TooBig
from verifiers.math.syntax import (
    Number,
    Product,
    Relation,
    Sum,
    Unreadable,
    integer,
    negative,
    symbols,
)

DIRECTION = {"=": "=", "~": "=", "<": "<", ">": "<", "<=": "<=", ">=": "<=", "!=": "!="}


def same_equation(gold: Relation, answer: Relation) -> Finding:
    """Compare two relations of one operator, or chains of equal ones; raises Unreadable."""
    if len(gold.operators) != len(answer.operators):
        return Finding(False, "form")
    if len(gold.operators) > 1:
        return _chains(gold, answer)
    operator, other_operator = "".join(gold.operators), "".join(answer.operators)
    if DIRECTION.get(operator) is None or DIRECTION[operator] != DIRECTION.get(other_operator):
        return Finding(False, "form", "another relation")
    if symbols(gold) != symbols(answer):
        return Finding(False, "form", "other variables")
    ours, theirs = _zero_form(gold), _zero_form(answer)
    if not symbols(gold):
        return Finding(False, "form", "no variable")
    ratio = _ratio(ours, theirs)
    if ratio is None:
        return _by_factors(ours, theirs) if operator == "=" else Finding(False, "numeric")
    if operator not in ("=", "!=") and ratio < 0:
        return Finding(False, "numeric", "the other direction")
    # Proved where the constant is known exactly; else the values at the points must do.
    proof = same_expression(ours, Product((theirs, _constant(ours, theirs))))
    return (
        proof if proof.equal else Finding(True, "numeric", "not confirmed: proportional at points")
    )


def _chains(gold: Relation, answer: Relation) -> Finding:
    operators, operands = answer.operators, answer.operands
    if gold.operators[0][0] != operators[0][0]:
        flip = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        operators = tuple(flip.get(one, one) for one in reversed(operators))
        operands = tuple(reversed(operands))
    if gold.operators != operators:
        return Finding(False, "form", "another relation")
    for one, other in zip(gold.operands, operands, strict=True):
        if not (finding := same_expression(one, other)).equal:
            return finding
    return Finding(True, "numeric")


def _zero_form(relation: Relation) -> Any:
    """F of F = 0 or F < 0."""
    left, right = relation.operands
    if relation.operators[0] in (">", ">="):
        left, right = right, left
    return Sum((left, negative(right)))


def _ratio(ours: Any, theirs: Any) -> Any:
    """The constant that the values of the two have to each other at points, or None."""
    names = sorted(symbols(ours))
    ratios = []
    for turn in range(8):
        point = numeric.point(names, turn)
        try:
            above, below = numeric.value(ours, point), numeric.value(theirs, point)
        except Undefined:
            continue
        if not isinstance(above, mp.mpf) or not isinstance(below, mp.mpf):
            continue
        if below == 0 or above == 0:
            return None
        ratios.append(above / below)
    if len(ratios) < 3 or not all(numeric.same(ratio, ratios[0]) for ratio in ratios):
        return None
    return ratios[0]


def _constant(ours: Any, theirs: Any) -> Any:
    """The exact ratio of the coefficients of one monomial, where both are polynomials."""
    try:
        left, right = normal(ours), normal(theirs)
    except TooBig:
        return integer(1)
    shared = set(left.top) & set(right.top)
    if not shared:
        return integer(1)
    monomial = min(shared)
    return Number(left.top[monomial] / right.top[monomial])


def _by_factors(ours: Any, theirs: Any) -> Finding:
    if not all(map(_has_denominator, (ours, theirs))) and not any(
        map(_has_denominator, (ours, theirs))
    ):
        return Finding(False, "numeric")
    proof = symbolic.proportional(ours, theirs)
    note = "sympy took too long" if proof.outcome == "timeout" else ""
    return Finding(proof.outcome == "equal", "sympy", note)


def _has_denominator(node: Any) -> bool:
    try:
        return (
            any(
                atom[0] == "s" and power < 0
                for monomial in normal(node).top
                for atom, power in monomial
            )
            or len(normal(node).bottom) > 1
        )
    except (TooBig, Unreadable):
        return False
