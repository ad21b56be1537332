"""Rewrites a file of tests: random names, and beside each test twins that must fail.

    rewritten(source, {"test_sum": [0]}, rng)
    ->  Rewritten(source="def test_3f1c...(): assert add(2, 2) == 11\\n"
                         "def test_a90b...(): assert add(2, 2) == 4\\n", tests={...})

A twin is the test with one assertion made false: a literal that is compared to is another (edit
`literal`), a comparison is turned round (`turned`), or, where there is no assertion, an error is
raised behind the test (`raised`). Only assertions that every passing run reaches are taken. So
where a test passes its twin fails, unless somebody makes tests pass who should not be able to.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any

from verifiers.code.syntax import parse

MOST_EDITS = 3

TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Variant:
    """What a random name stands for: a test, and the edit that makes it a twin (None: itself)."""

    test: str
    edit: int | None


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A file's new text, and what the functions in it stand for, by their new names."""

    source: str
    variants: Mapping[str, Variant]


def edits_of(source: str) -> dict[str, int]:
    """How many edits each test of a file has, by `name` or `Class::name`; raises SyntaxError."""
    return {name: len(_edits(node)) for name, _, node in _tests(parse(source))}


def rewritten(source: str, edits: Mapping[str, Sequence[int]], rng: Random) -> Rewritten:
    """Rename the tests named in `edits`, and put a twin for each edit of theirs beside them.

    Raises SyntaxError, and LookupError where a test or an edit is not there.
    """
    tree = parse(source)
    tests = {name: (body, node) for name, body, node in _tests(tree)}
    if missing := {*edits} - {*tests}:
        raise LookupError(f"no test {min(missing)!r}")
    variants: dict[str, Variant] = {}
    for name, numbers in edits.items():
        body, node = tests[name]
        twins = [(number, _twin(node, number, rng)) for number in numbers]
        group = [(None, node), *twins]
        rng.shuffle(group)
        place = next(at for at, one in enumerate(body) if one is node)
        for edit, one in group:
            one.name = f"test_{rng.getrandbits(48):012x}"
            variants[one.name] = Variant(name, edit)
        body[place : place + 1] = [one for _, one in group]
    return Rewritten(ast.unparse(tree), variants)


def _tests(tree: ast.Module) -> list[tuple[str, list[Any], Function]]:
    """All tests with their names, and the body each stands in; none that is defined twice."""
    found = list(_in_body(tree.body, ""))
    names = [name for name, _, _ in found]
    return [one for one in found if names.count(one[0]) == 1]


def _in_body(body: list[Any], scope: str) -> Iterator[tuple[str, list[Any], Function]]:
    for node in body:
        if isinstance(node, Function) and node.name.startswith("test"):
            yield f"{scope}{node.name}", body, node
        elif isinstance(node, ast.ClassDef):
            yield from _in_body(node.body, f"{scope}{node.name}::")


def _edits(node: Function) -> list[tuple[str, int]]:
    """Kind and place of each edit, at most MOST_EDITS: literals first, since they show least."""
    if any(isinstance(one, ast.Return) for one in _own(node)):
        return []
    reached = list(_reached(node.body))
    literal = [("literal", at) for at, one in enumerate(reached) if _literal(one) is not None]
    turned = [("turned", at) for at, one in enumerate(reached) if isinstance(one, ast.Assert)]
    return [*literal[-2:], *turned[-1:], ("raised", 0)][:MOST_EDITS]


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below, but not those of functions inside."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own(child)


def _reached(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements that a run which passes must come by."""
    for statement in body:
        if isinstance(statement, ast.With | ast.AsyncWith):
            if not any(_may_swallow(item.context_expr) for item in statement.items):
                yield from _reached(statement.body)
        else:
            yield statement


def _may_swallow(context: ast.expr) -> bool:
    text = ast.unparse(context)
    return any(word in text for word in ("raises", "Raises", "suppress", "subTest", "warns"))


def _literal(statement: ast.stmt) -> tuple[ast.AST, str, int] | None:
    """Where a literal stands that must be equal to something: its owner, field and index."""
    if isinstance(statement, ast.Assert) and isinstance(statement.test, ast.Compare):
        compare = statement.test
        if len(compare.ops) == 1 and isinstance(compare.ops[0], ast.Eq):
            if _is_literal(compare.comparators[0]) and not _is_near(compare.left):
                return compare, "comparators", 0
            if _is_literal(compare.left) and not _is_near(compare.comparators[0]):
                return compare, "left", -1
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        named = isinstance(call.func, ast.Attribute) and call.func.attr == "assertEqual"
        if named and len(call.args) >= 2:
            return next(((call, "args", at) for at in (1, 0) if _is_literal(call.args[at])), None)
    return None


def _is_near(node: ast.expr) -> bool:
    """Whether it may be equal to what it is not: approx(...), ANY."""
    return any(
        isinstance(one, ast.Name | ast.Attribute)
        and (one.id if isinstance(one, ast.Name) else one.attr) in ("approx", "ANY", "isclose")
        for one in ast.walk(node)
    )


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError):
        return False
    return True


def _twin(node: Function, number: int, rng: Random) -> Function:
    twin = deepcopy(node)
    edits = _edits(twin)
    if not 0 <= number < len(edits):
        raise LookupError(f"{node.name!r} has no edit {number}")
    kind, at = edits[number]
    if kind == "raised":
        twin.body.append(ast.parse("raise AssertionError").body[0])
        return twin
    statement = list(_reached(twin.body))[at]
    if kind == "literal":
        _change_literal(statement, rng)
    elif isinstance(statement, ast.Assert):
        statement.test = _negated(statement.test)
    return twin


def _change_literal(statement: ast.stmt, rng: Random) -> None:
    place = _literal(statement)
    assert place is not None
    owner, field, index = place
    held = getattr(owner, field)
    old = held if index < 0 else held[index]
    new = ast.parse(repr(changed(ast.literal_eval(old), rng)), mode="eval").body
    if index < 0:
        setattr(owner, field, new)
    else:
        held[index] = new


def _negated(test: ast.expr) -> ast.expr:
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        test.ops = [TURNED[type(test.ops[0])]()]
        return test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        return test.operand
    return ast.UnaryOp(ast.Not(), test)


def changed(value: Any, rng: Random) -> Any:
    """Another value of the same kind, well away from the first."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float | complex):
        other = 2 * value + rng.randrange(3, 9)
        return other if other != value else -value - 1
    if isinstance(value, str):
        at = rng.randrange(len(value) + 1)
        return value[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + value[at:]
    if isinstance(value, bytes):
        return value + bytes([rng.randrange(97, 123)])
    if isinstance(value, list | tuple):
        items = list(value)
        at = rng.randrange(len(items)) if items else 0
        items[at : at + 1] = [changed(items[at], rng)] if items else [0]
        return type(value)(items)
    if isinstance(value, dict):
        if not value:
            return {0: 0}
        key = rng.choice(list(value))
        return {**value, key: changed(value[key], rng)}
    if isinstance(value, set):
        return value ^ {rng.randrange(1_000, 9_999)}
    return 0 if value is None else None
