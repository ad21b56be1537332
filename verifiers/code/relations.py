"""What holds in all of a function's examples, and is kept in inputs made after them.

    keep_relations(([9, 4, 6], 0), [([1, 2], 2), ([3, 5, 8], 3)])    ->  ([4, 6, 9], 3)

There the lists are sorted and without repeats, and the number is the length of the list. A relation
that can be made to hold is made to; of the others, an input that breaks one is refused.
"""

from collections.abc import Callable, Sequence
from typing import Any

Args = tuple[Any, ...]


def keep_relations(args: Args, seen: Sequence[Args]) -> Args | None:
    """The input with what held in all of `seen`, or None where that cannot be had."""
    made = list(args)
    try:
        for place in range(len(made)):
            made[place] = _alone(made[place], [one[place] for one in seen])
        for holds, mend in MENDABLE:
            for first, second in _pairs(len(made)):
                if all(_safely(holds, one[first], one[second]) for one in seen):
                    made[first], made[second] = mend(made[first], made[second])
        for holds in REFUSED:
            for first, second in _pairs(len(made)):
                if all(_safely(holds, one[first], one[second]) for one in seen) and not holds(
                    made[first], made[second]
                ):
                    return None
    except (TypeError, ValueError, IndexError, ZeroDivisionError):
        return None
    return None if any(map(_too_short, made, zip(*seen, strict=True))) else tuple(made)


def _too_short(value: Any, column: Sequence[Any]) -> bool:
    """Whether a list has become shorter than all that were seen, and no longer has two elements."""
    lengths = [len(one) for one in column if isinstance(one, list | tuple)]
    return isinstance(value, list | tuple) and len(value) < min([2, *lengths])


def _alone(value: Any, column: list[Any]) -> Any:
    """Make a list sorted, or without repeats, where all of its kind were."""
    lists = [one for one in column if isinstance(one, list | tuple)]
    if not isinstance(value, list | tuple) or len(lists) != len(column):
        return value
    long = [one for one in lists if len(one) > 1]
    if not long:
        return value
    if all(len({*map(repr, one)}) == len(one) for one in long) and sum(map(len, long)) > 3:
        value = type(value)({repr(element): element for element in value}.values())
    for reverse in (False, True):
        if all(_safely(_is_sorted, one, reverse) for one in long):
            return type(value)(sorted(value, reverse=reverse))
    return value


def _is_sorted(values: Any, reverse: bool) -> bool:
    return list(values) == sorted(values, reverse=reverse)


def _is_length(sized: Any, number: Any) -> bool:
    return type(number) is int and isinstance(sized, SIZED) and number == len(sized)


def _is_last_place(sized: Any, number: Any) -> bool:
    return type(number) is int and isinstance(sized, SIZED) and number == len(sized) - 1


def _same_length(first: Any, second: Any) -> bool:
    return isinstance(first, SIZED) and isinstance(second, SIZED) and len(first) == len(second)


def _cut(first: Any, second: Any) -> tuple[Any, Any]:
    shorter = min(len(first), len(second))
    return first[:shorter], second[:shorter]


def _contains(group: Any, item: Any) -> bool:
    return isinstance(group, list | tuple | dict | set | str) and len(group) > 0 and item in group


def _taken(group: Any, item: Any) -> tuple[Any, Any]:
    if item in group:
        return group, item
    members = list(group)
    return group, members[len(repr(item)) * 7 % len(members)]


SIZED = (list, tuple, str)

Holds = Callable[[Any, Any], bool]
Mend = Callable[[Any, Any], tuple[Any, Any]]

MENDABLE: tuple[tuple[Holds, Mend], ...] = (
    (_same_length, _cut),
    (_is_length, lambda sized, number: (sized, len(sized))),
    (_is_last_place, lambda sized, number: (sized, len(sized) - 1)),
    (_contains, _taken),
)

REFUSED: tuple[Holds, ...] = (
    lambda sized, number: type(number) is int and isinstance(sized, SIZED) and number < len(sized),
    lambda sized, number: type(number) is int and isinstance(sized, SIZED) and number <= len(sized),
    lambda first, second: _numbers(first, second) and first < second,
    lambda first, second: _numbers(first, second) and first <= second,
    lambda first, second: _numbers(first, second) and second != 0 and first % second == 0,
)


def _numbers(first: Any, second: Any) -> bool:
    return type(first) in (int, float) and type(second) in (int, float)


def _safely(holds: Callable[..., bool], *values: Any) -> bool:
    try:
        return bool(holds(*values))
    except (TypeError, ValueError):
        return False


def _pairs(n: int) -> list[tuple[int, int]]:
    return [(first, second) for first in range(n) for second in range(n) if first != second]
