"""What a ground truth's tests show of a function: calls with literal arguments, and their values.

    examples(Asserts(entry_point="f", tests=("assert f(1, [2]) == 3",)))    ->  ((1, [2]),)

`None` stands for tests that do not pin every value down: `assert f(f(x)) == x`,
`assert abs(p(f(x))) < 1e-4` and `assert sorted(f(x)) == [1]` are passed by several functions, so
that a value of the reference is not the only right one, and more tests made from it could reject
what is right.
"""

import ast
from typing import Any

from verifiers.code.syntax import literal, parse
from verifiers.code.truth import Asserts, Check, Function, Truth

Args = tuple[Any, ...]

CANDIDATE = "candidate"
"""What HumanEval's `check` calls its argument."""


def examples(truth: Truth) -> tuple[Args, ...] | None:
    """The arguments of the tests' calls; None where the tests leave a value open, or show none."""
    if isinstance(truth, Function):
        return tuple(literal(case.args.strip()) for case in truth.tests)
    if isinstance(truth, Asserts):
        return _calls("\n".join(truth.tests), truth.entry_point)
    if isinstance(truth, Check):
        return _calls(truth.test, CANDIDATE)
    return None


def _calls(text: str, name: str) -> tuple[Args, ...] | None:
    tree = parse(text)
    pinned = [
        call
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and (call := _pinned(node.test, name)) is not None
    ]
    named = [node for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id == name]
    if len(named) != len(pinned):
        return None
    found = [args for call in pinned if (args := _literals(call)) is not None]
    return tuple(found) or None


def _pinned(test: ast.expr, name: str) -> ast.Call | None:
    """The call whose value the assertion fixes: `f(..) == ..`, `f(..)`, `not f(..)`, `isclose`."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test = test.operand
    for one, other in _sides(test):
        names = {node.id for node in ast.walk(other) if isinstance(node, ast.Name)}
        if isinstance(one, ast.Call) and _called(one) == name and name not in names:
            return one
    return None


def _sides(test: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    """The pairs of expressions that are equal, or nearly so, where the test is true."""
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        left, right = test.left, test.comparators[0]
        if isinstance(test.ops[0], ast.Eq | ast.Is):
            return [(left, right), (right, left)]
        if isinstance(test.ops[0], ast.Lt | ast.LtE) and isinstance(left, ast.Call):
            inner = left.args[0] if left.args and _called(left) == "abs" else None
            if isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Sub):
                return [(inner.left, inner.right)]
        return []
    if isinstance(test, ast.Call) and _called(test) == "isclose" and len(test.args) > 1:
        return [(test.args[0], test.args[1])]
    return [(test, ast.Constant(True))]


def _called(call: ast.Call) -> str:
    return getattr(call.func, "id", getattr(call.func, "attr", ""))


def _literals(call: ast.Call) -> Args | None:
    if call.keywords:
        return None
    try:
        return tuple(ast.literal_eval(arg) for arg in call.args)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
