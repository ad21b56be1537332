"""Points, tuples, vectors and intervals: what stands in brackets.

same_point(read("(1, 2)"), read("x = 1, y = 2"), again)    ->  Finding(True, "normal form")
same_point(read("(1, 2)"), read("[1, 2]"), again).note     ->  "other brackets"
same_point(read("(1, 2, 3)"), read("[1, 2, 3]"), again)    ->  Finding(True, "normal form")
"""

from typing import Any

from verifiers.math.families import has_family, parametric, same_families
from verifiers.math.findings import DIFFERENT, Again, Finding, all_equal
from verifiers.math.labels import assignments
from verifiers.math.matrices import as_matrix, same_matrix
from verifiers.math.solution_sets import same_set
from verifiers.math.syntax import (
    INFINITY,
    Braces,
    Bracketed,
    Builder,
    Family,
    Listing,
    Matrix,
    NamedSet,
    Relation,
    SetOperation,
    Sum,
    walk,
)

_TUPLE_BRACKETS = (("(", ")"), ("[", "]"), ("<<", ">>"))


def same_point(gold: Bracketed, answer: Any, again: Again) -> Finding:
    """Compare with what stands in brackets, entry by entry or as an interval."""
    if has_family(answer) or isinstance(answer, Family):
        return same_families(gold, answer)
    if isinstance(answer, Matrix):
        flat = Matrix((tuple(cell for row in answer.rows for cell in row),))
        return same_matrix(
            Matrix((gold.items,)),
            flat if 1 in (len(answer.rows), len(answer.rows[0])) else answer,
            again,
        )
    if named := assignments(answer):
        answer = Bracketed("(", ")", tuple(value for _, value in sorted(named.items())))
    elif isinstance(answer, Sum) and (vector := as_matrix(answer)) is not None:
        return same_matrix(Matrix((gold.items,)), vector, again)
    elif isinstance(answer, Relation | SetOperation | Builder | NamedSet | Braces):
        if (
            again.asked.point
            and (gold.opening, gold.closing) == ("(", ")")
            and INFINITY not in walk(gold)
        ):
            return DIFFERENT
        return same_set(gold, answer, again)
    elif isinstance(answer, Listing) and (gold.opening, gold.closing) == ("(", ")"):
        if any(isinstance(item, Bracketed | Relation) for item in answer.items):
            return DIFFERENT
        answer = Bracketed("(", ")", answer.items)
    if not isinstance(answer, Bracketed) or len(answer.items) != len(gold.items):
        return DIFFERENT
    if not _brackets_agree(gold, answer):
        return Finding(False, "form", "other brackets")
    pairs = zip(gold.items, answer.items, strict=True)
    finding = all_equal([again.attempt(one, other) for one, other in pairs])
    if not finding.equal and parametric(gold) and parametric(answer):
        return same_families(gold, answer)
    return finding


def _brackets_agree(gold: Bracketed, answer: Bracketed) -> bool:
    """Two items may be an interval, whose ends matter; more or fewer are a tuple."""
    if (gold.opening, gold.closing) == (answer.opening, answer.closing):
        return True
    reversed_open = {("]", "["): ("(", ")"), ("[", "["): ("[", ")"), ("]", "]"): ("(", "]")}
    ours = reversed_open.get((gold.opening, gold.closing), (gold.opening, gold.closing))
    theirs = reversed_open.get((answer.opening, answer.closing), (answer.opening, answer.closing))
    if ours == theirs:
        return True
    return (len(gold.items) != 2 or "<<" in (gold.opening, answer.opening)) and (
        ours in _TUPLE_BRACKETS and theirs in _TUPLE_BRACKETS
    )
