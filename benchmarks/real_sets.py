r"""Reads sets of real numbers, as intervals and inequalities write them, and compares them.

set_of_reals(r"[1, 5) \cup (7, \infty)")   ->  Union(Interval.Ropen(1, 5), Interval.open(7, oo))
set_of_reals("1 <= x < 5")                ->  Interval.Ropen(1, 5)
set_of_reals("3x + 1")                    ->  None
"""

import re
from typing import Any

import sympy

from benchmarks.expressions import Unreadable, all_equal, expression

COMPARISON = re.compile(r"\\leq?(?![a-z])|\\geq?(?![a-z])|<=|>=|<|>")
OR = re.compile(r"\\(?:text|mbox)\s?\{\s*(?:or|and)\s*\}|\s(?:or|and)\s|\\cup|∪| U ")


def set_of_reals(t: str) -> sympy.Set | None:
    """Read intervals, unions, inequalities in one letter, and all numbers but some; else None."""
    body, name = t, ""
    if found := re.fullmatch(r"\\\{\s?([a-z])\s?(?::|\\mid|\|)\s?(.+)\\\}", body):
        name, body = found[1], found[2]
    if found := re.fullmatch(r"([a-z])\s?(?:\\in|∈)(?![a-z])\s?(.+)", body):
        name, body = found[1], found[2]
    if found := re.fullmatch(r"([a-z])\s?(?:\\neq?|≠)\s?(.+)", body):
        return _checked(t, sympy.S.Reals - sympy.FiniteSet(_real(found[2])))
    if found := re.fullmatch(r"\\mathbb\{R\}\s?(?:\\setminus|\\backslash|-)\s?\\\{(.+)\\\}", body):
        points = [_real(part) for part in split_outside(found[1])]
        return _checked(t, sympy.S.Reals - sympy.FiniteSet(*points))
    pieces = OR.split(body)
    if COMPARISON.search(body):
        names, sets = zip(*(_inequality(piece.strip()) for piece in pieces), strict=True)
        if len({*names, name or names[0]}) != 1:
            raise Unreadable(t)
        return _checked(t, sympy.Union(*sets))
    if not name and not re.search(r"\\infty|\\cup|∪| U |^\[|\]$", body):
        return None
    if re.search(r"\\text\{\s*and", body):
        raise Unreadable(t)
    return _checked(t, sympy.Union(*(_interval(piece.strip()) for piece in pieces)))


def same_reals(one: Any, other: Any) -> bool | None:
    """Whether two sets of reals have the same parts with the same ends, open or closed alike."""
    ours, theirs = (
        sorted(value.args if isinstance(value, sympy.Union) else [value], key=_place)
        for value in (one, other)
    )
    if len(ours) != len(theirs):
        return False
    for a, b in zip(ours, theirs, strict=True):
        if (a.left_open, a.right_open) != (b.left_open, b.right_open):
            return False
    ends = [[end for part in parts for end in (part.start, part.end)] for parts in (ours, theirs)]
    infinite = [[end if end.is_infinite else 0 for end in side] for side in ends]
    if infinite[0] != infinite[1]:
        return False
    finite = [[end for end in side if not end.is_infinite] for side in ends]
    return all_equal(finite[0], finite[1])


def split_outside(text: str, separator: str = ",") -> list[str]:
    """Split at separators that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == separator and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]


def _checked(t: str, value: sympy.Set) -> sympy.Set:
    parts = value.args if isinstance(value, sympy.Union) else (value,)
    if not all(isinstance(part, sympy.Interval) for part in parts):
        raise Unreadable(t)
    return value


def _interval(t: str) -> sympy.Set:
    found = re.fullmatch(r"([(\[])(.+)([)\]])", t)
    ends = split_outside(found[2]) if found else []
    if found is None or len(ends) != 2:
        raise Unreadable(t)
    low, high = (_real(end) for end in ends)
    if not bool(low < high):
        raise Unreadable(t)
    return sympy.Interval(low, high, found[1] == "(", found[3] == ")")


def _inequality(t: str) -> tuple[str, sympy.Set]:
    sides = [side.strip() for side in COMPARISON.split(t)]
    signs = ["<" if "l" in s or "<" in s else ">" for s in COMPARISON.findall(t)]
    strict = [s in "<>" for s in COMPARISON.findall(t)]
    if len(sides) == 2 and re.fullmatch("[a-z]", sides[1]):
        sides, signs = sides[::-1], [">" if signs[0] == "<" else "<"]
    if len(sides) == 2 and re.fullmatch("[a-z]", sides[0]):
        end = _real(sides[1])
        if signs == ["<"]:
            return sides[0], sympy.Interval(-sympy.oo, end, True, strict[0])
        return sides[0], sympy.Interval(end, sympy.oo, strict[0], True)
    if len(sides) == 3 and re.fullmatch("[a-z]", sides[1]) and len(set(signs)) == 1:
        ends = [_real(sides[0]), _real(sides[2])]
        if signs[0] == ">":
            ends, strict = ends[::-1], strict[::-1]
        if bool(ends[0] < ends[1]):
            return sides[1], sympy.Interval(ends[0], ends[1], strict[0], strict[1])
    raise Unreadable(t)


def _real(t: str) -> sympy.Expr:
    value = {r"\infty": sympy.oo, r"+\infty": sympy.oo, r"-\infty": -sympy.oo}.get(
        t.replace(" ", "")
    )
    value = expression(t) if value is None else value
    if value.free_symbols or value.is_extended_real is not True:
        raise Unreadable(t)
    return value


def _place(part: Any) -> float:
    return float(part.start)
