"""Sets of numbers however they are written: intervals, inequalities, unions, conditions, names.

same_set(read("[1, 3)"), read("1 \\\\le x < 3"), again)   ->  Finding(True, "sets of reals")
same_set(read("(0, \\\\infty)"), read("\\\\{x \\\\mid x > 0\\\\}"), again).equal  ->  True
same_named_set(NamedSet("empty"), read("no solution"), again).equal   ->  True
"""

from typing import Any

from verifiers.math.equations import same_equation
from verifiers.math.findings import DIFFERENT, Again, Finding, all_equal, matched
from verifiers.math.sets import NoRealSet, equal_sets, real_set, variable_of
from verifiers.math.symbolic import solutions
from verifiers.math.syntax import (
    Builder,
    NamedSet,
    Relation,
    SetOperation,
    Text,
)


def same_set(gold: Any, answer: Any, again: Again) -> Finding:
    """Compare what may be sets of reals by their pieces, else by their parts."""
    restricted = [
        variable_of(node) for node in (gold, answer) if isinstance(node, Relation | SetOperation)
    ]
    if len(restricted) == 2 and None not in restricted and restricted[0] != restricted[1]:
        return Finding(False, "form", "other variables")
    try:
        left, right = real_set(gold, solutions), real_set(answer, solutions)
    except NoRealSet:
        return _other_sets(gold, answer, again)
    return Finding(equal_sets(left, right), "sets of reals")


def same_named_set(gold: NamedSet, answer: Any, again: Again) -> Finding:
    """Compare with a set that has a name: R, Z, Q, N, C or the empty one."""
    if isinstance(answer, Text):
        phrases = {"empty": ("empty",), "R": ("all reals",)}.get(gold.name, ())
        return Finding(answer.words in phrases, "words")
    if isinstance(answer, NamedSet):
        return Finding(gold.name == answer.name, "form")
    if gold.name == "R" and isinstance(answer, Relation):
        return Finding(answer.operands[-1] == gold and answer.operators == ("in",), "form")
    return same_set(gold, answer, again)


def _other_sets(gold: Any, answer: Any, again: Again) -> Finding:
    if isinstance(gold, Relation) and isinstance(answer, Relation):
        return same_equation(gold, answer)
    if isinstance(gold, SetOperation) and isinstance(answer, SetOperation):
        if gold.operator == answer.operator and gold.operator != "minus":
            return matched(list(gold.parts), list(answer.parts), again, once=True)
        if len(gold.parts) == len(answer.parts) and gold.operator == answer.operator:
            pairs = zip(gold.parts, answer.parts, strict=True)
            return all_equal([again(one, other) for one, other in pairs])
    if isinstance(gold, Builder) and isinstance(answer, Builder):
        return all_equal(
            [
                again(gold.element, answer.element),
                again(gold.condition, answer.condition),
            ]
        )
    return DIFFERENT
