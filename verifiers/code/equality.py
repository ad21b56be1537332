"""When what a candidate gave is what was expected.

same(3.0000000001, 3.0)    ->  True      floats within 1e-6 relative
same(True, 1)              ->  False     values of different types differ, as their literals do
same_output("3  4\\n", "3 4")   ->  True   token by token
"""

import math
from typing import Any

from verifiers.sandbox import wire

RELATIVE = 1e-6

AT_ZERO = 1e-9
"""How near to an expected 0.0 a float must be, where no relative error exists."""


def same(value: Any, expected: Any) -> bool:
    """Whether plain data are equal by value and type, in depth; raises RecursionError."""
    if type(value) is not type(expected):
        return False
    if type(value) is float:
        return same_float(value, expected)
    if type(value) is complex:
        return same_float(value.real, expected.real) and same_float(value.imag, expected.imag)
    if type(value) in (list, tuple):
        return len(value) == len(expected) and all(map(same, value, expected))
    if type(value) is dict:
        return len(value) == len(expected) and all(
            key in value and same(value[key], one) for key, one in expected.items()
        ) and {*map(_typed, value)} == {*map(_typed, expected)}  # fmt: skip
    if type(value) in (set, frozenset):
        return {*map(_typed, value)} == {*map(_typed, expected)} or _same_floats(value, expected)
    return value == expected


def same_shape(tree: Any, expected: Any) -> bool:
    """Whether a value's tree (sandbox/wire.py) has the kinds and sizes of an expected value.

    Looked at before a set or dict is made of it: members of one hash would take for ever.
    """
    kind = type(expected)
    if kind not in wire.SEQUENCES and kind is not dict:
        return type(tree) is not list or tree[:1] not in NESTED
    if type(tree) is not list or tree[:1] != [TAGS[kind]]:
        return False
    if kind is dict:
        return len(tree) == 1 + 2 * len(expected)
    if len(tree) != 1 + len(expected):
        return False
    return kind not in (list, tuple) or all(map(same_shape, tree[1:], expected))


TAGS = {**wire.SEQUENCES, dict: "d"}

NESTED = [[tag] for tag in TAGS.values()]


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


def _typed(key: Any) -> tuple[type, Any]:
    return type(key), key


def _same_floats(value: Any, expected: Any) -> bool:
    """Sets of floats, which need not be equal to the last digit."""
    if len(value) != len(expected) or not all(type(one) is float for one in (*value, *expected)):
        return False
    return all(map(same_float, sorted(value), sorted(expected)))
