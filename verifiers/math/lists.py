"""Several values: lists of answers and finite sets.

same_values(read("\\\\{1, 2\\\\}"), read("x = 2 or x = 1"), again).equal  ->  True
same_values(read("1, 2"), read("1, 2, 3"), again)
->  Finding(False, "items", "2 values, 3 in the answer")
"""

from typing import Any

from verifiers.math.families import has_family, same_families
from verifiers.math.findings import DIFFERENT, Again, Finding, all_equal, matched
from verifiers.math.labels import assignments, value_of
from verifiers.math.points import same_point
from verifiers.math.solution_sets import same_set
from verifiers.math.syntax import (
    NO_EXPRESSION,
    Braces,
    Bracketed,
    Listing,
    Relation,
    SetOperation,
)


def same_values(gold: Any, answer: Any, again: Again) -> Finding:
    """Compare with several values, in any order unless the prompt asks for one."""
    named, theirs_named = assignments(gold), assignments(answer)
    if theirs_named:
        if not isinstance(gold, Listing):
            return DIFFERENT  # values of several variables are no set
        pairs = zip(gold.items, [value for _, value in sorted(theirs_named.items())], strict=False)
        equal = [again.attempt(one, other) for one, other in pairs]
        return all_equal(equal) if len(gold.items) == len(theirs_named) else DIFFERENT
    if named and isinstance(answer, Bracketed):
        return same_point(
            Bracketed("(", ")", tuple(v for _, v in sorted(named.items()))), answer, again
        )
    if has_family(gold) or has_family(answer):
        return same_families(gold, answer)
    ours, theirs = _values(gold), _values(answer)
    if theirs is None and isinstance(gold, Listing) and isinstance(answer, Bracketed):
        return DIFFERENT
    if ours is not None and theirs is None and isinstance(gold, Braces) and len(ours) == 1:
        if isinstance(answer, NO_EXPRESSION):
            return same_set(gold, answer, again)
        return again(ours[0], value_of(answer))
    if ours is None or theirs is None:
        return same_set(gold, answer, again)
    once = isinstance(gold, Braces) or isinstance(answer, Braces)
    if again.asked.ordered and isinstance(gold, Listing) and isinstance(answer, Listing):
        if len(ours) != len(theirs):
            return DIFFERENT
        return all_equal(
            [again.attempt(one, other) for one, other in zip(ours, theirs, strict=True)]
        )
    return matched(ours, theirs, again, once=once)


def _values(node: Any) -> list[Any] | None:
    """The values of a set or list, whatever names they are given; None where it is neither."""
    if isinstance(node, SetOperation) and node.operator == "union":
        parts = [_values(part) for part in node.parts]
        return None if None in parts else [item for part in parts for item in part or ()]
    if not isinstance(node, Listing | Braces):
        return None
    found = []
    for item in node.items:
        inner = value_of(item)
        more = _values(inner) if isinstance(inner, Braces) and isinstance(item, Relation) else None
        found += more or [inner]
    return found
