"""When what a candidate gave is what was expected.

    same_value(3.0000000001, 3.0)        ->  True     floats within 1e-6 relative
    same_value(True, 1)                  ->  False    values of different types differ
    equal_value(True, 1)                 ->  True     as `True == 1` is
    same_output("3  4\\n", "3 4")        ->  True     token by token

A candidate's value comes as a tree (sandbox/wire.py). Its kinds and sizes are compared before a set
or dict is made of it: one whose members all have the same hash would take for ever to make.
"""

import math
from typing import Any

from verifiers.sandbox import wire

RELATIVE = 1e-6

AT_ZERO = 1e-9
"""How near to an expected 0.0 a float must be, where no relative error exists."""

TAGS = {**{kind: (tag,) for kind, tag in wire.SEQUENCES.items()}, dict: ("d",)}

LOOSE_TAGS = {**TAGS, set: ("e", "f"), frozenset: ("e", "f")}
"""A set equals a frozenset."""

NESTED = {tag for tags in TAGS.values() for tag in tags}


def same_value(tree: Any, expected: Any) -> bool:
    """Whether a tree's value equals the expected one in value and type, in depth."""
    try:
        return _fits(tree, expected, TAGS) and same(wire.decode(tree), expected)
    except (RecursionError, wire.NotData):
        return False


def equal_value(tree: Any, expected: Any) -> bool:
    """Whether a tree's value equals the expected one as Python's `==` has it."""
    try:
        return _fits(tree, expected, LOOSE_TAGS) and bool(wire.decode(tree) == expected)
    except (RecursionError, wire.NotData):
        return False


def same(value: Any, expected: Any) -> bool:
    """Whether plain data are equal by value and type, in depth; raises RecursionError."""
    kind = type(expected)
    if type(value) is not kind:
        return False
    if kind is float:
        return same_float(value, expected)
    if kind is complex:
        return same_float(value.real, expected.real) and same_float(value.imag, expected.imag)
    if kind in (list, tuple):
        return len(value) == len(expected) and all(map(same, value, expected))
    if kind is dict:
        return _same_members(value, expected) and all(
            same(value[key], one) for key, one in expected.items()
        )
    if kind in (set, frozenset):
        return _same_members(value, expected) or _same_floats(value, expected)
    return value == expected


def same_float(value: float, expected: float) -> bool:
    """Whether two floats agree to 1e-6 relative; NaN agrees with NaN."""
    if math.isnan(value) or math.isnan(expected):
        return math.isnan(value) and math.isnan(expected)
    if expected == 0.0:
        return abs(value) <= AT_ZERO
    return math.isclose(value, expected, rel_tol=RELATIVE)


def same_output(output: str, expected: str) -> bool:
    """Whether two outputs have the same tokens."""
    return output.split() == expected.split()


def _fits(tree: Any, expected: Any, tags: dict[type, tuple[str, ...]]) -> bool:
    kind = type(expected)
    if kind not in tags:
        return type(tree) is not list or tree[0] not in NESTED
    if type(tree) is not list or tree[0] not in tags[kind]:
        return False
    if len(tree) != 1 + (2 if kind is dict else 1) * len(expected):
        return False
    if kind not in (list, tuple):
        return True
    return all(_fits(one, other, tags) for one, other in zip(tree[1:], expected, strict=True))


def _same_members(value: Any, expected: Any) -> bool:
    return {(type(one), one) for one in value} == {(type(one), one) for one in expected}


def _same_floats(value: Any, expected: Any) -> bool:
    """Sets of floats, which need not be equal to the last digit."""
    if len(value) != len(expected) or not all(type(one) is float for one in (*value, *expected)):
        return False
    return all(map(same_float, sorted(value), sorted(expected)))
