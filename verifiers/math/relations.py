"""Equations and inequalities as ground truths.

same_relation(read("y = 2x + 1"), read("4x - 2y + 2 = 0"), again).equal  ->  True
same_relation(read("x = 2 + y"), read("2 + y"), again).equal             ->  True
same_relation(read("x < 3"), read("(-\\\\infty, 3)"), again).layer          ->  "sets of reals"
"""

from typing import Any

from verifiers.math.equations import same_equation
from verifiers.math.findings import DIFFERENT, Again, Finding
from verifiers.math.functions import same_up_to_constants
from verifiers.math.labels import is_label, names_value
from verifiers.math.solution_sets import same_set
from verifiers.math.syntax import (
    SETLIKE,
    Listing,
    NamedSet,
    Relation,
    Symbol,
    Text,
    symbols,
)


def same_relation(gold: Relation, answer: Any, again: Again) -> Finding:
    """Compare with a relation: as an equation, by the value it names, or by its solutions."""
    if set(gold.operators) <= {"=", "~"}:
        if isinstance(answer, Relation) and set(answer.operators) <= {"=", "~"}:
            return _equations(gold, answer, again)
        if names_value(gold) and not isinstance(answer, Relation):
            return again(gold.operands[-1], answer)
        if isinstance(answer, SETLIKE) and len(gold.operators) == 1:
            return same_set(gold, answer, again)
        return DIFFERENT
    if isinstance(answer, Text) and answer.words == "all reals":
        return again.attempt(NamedSet("R"), answer)
    if isinstance(answer, Listing | SETLIKE | Relation):
        return same_set(gold, answer, again)
    return DIFFERENT


def _equations(gold: Relation, answer: Relation, again: Again) -> Finding:
    ours, theirs = gold.operands[0], answer.operands[0]
    if isinstance(ours, Symbol) and isinstance(theirs, Symbol) and ours != theirs:
        return same_equation(gold, answer)
    single = len(gold.operators) == len(answer.operators) == 1
    if ours == theirs or (single and is_label(ours) and is_label(theirs)):
        finding = again.attempt(gold.operands[-1], answer.operands[-1])
        if finding.equal or len(symbols(gold)) < 2:
            return finding
        renamed = same_up_to_constants(gold.operands[-1], answer.operands[-1])
        if renamed.equal:
            return renamed
    return same_equation(gold, answer)
