"""Test code that is nothing but calls with literal arguments and literal results.

    plain_calls(Asserts(entry_point="f", tests=("assert f(1, [2]) == 3",)))
    ->  [Call(args=[1, ["l", 2]], expected=3, equal=equal_value)]

Most of MBPP's and HumanEval's tests are. Nothing of them has to be executed: they are judged like
the kind `function`, with equality as `==` has it. `None` stands for all other test code.
"""

import ast
from functools import lru_cache
from typing import Any

from verifiers.code.calls import Call
from verifiers.code.equality import equal_value
from verifiers.code.syntax import parse
from verifiers.code.truth import Asserts, Check
from verifiers.sandbox import wire


@lru_cache(maxsize=512)
def plain_calls(truth: Asserts | Check) -> list[Call] | None:
    """The calls of the test code, in its order; None where it is more than calls."""
    if isinstance(truth, Asserts):
        if truth.setup.strip():
            return None
        statements = [node for test in truth.tests for node in parse(test).body]
        calls = [_call(node, truth.entry_point) for node in statements]
        return None if None in calls or len(calls) != len(truth.tests) else calls  # type: ignore[return-value]
    return _calls_of_check(parse(truth.test))


def _calls_of_check(module: ast.Module) -> list[Call] | None:
    functions = [node for node in module.body if isinstance(node, ast.FunctionDef)]
    others = [node for node in module.body if not isinstance(node, ast.FunctionDef)]
    if len(functions) != 1 or functions[0].name != "check" or not all(map(_says_nothing, others)):
        return None
    check = functions[0]
    if len(check.args.args) != 1 or len(ast.unparse(check.args)) != len(check.args.args[0].arg):
        return None
    calls = []
    for node in check.body:
        if not _says_nothing(node):
            call = _call(node, check.args.args[0].arg)
            if call is None:
                return None
            calls.append(call)
    return calls or None


def _says_nothing(node: ast.stmt) -> bool:
    """A docstring, `pass`, `assert True`, or a constant that is given a name."""
    if isinstance(node, ast.Pass):
        return True
    if isinstance(node, ast.Assign):
        names = all(isinstance(target, ast.Name) for target in node.targets)
        return names and _literal(node.value) is not None
    if isinstance(node, ast.Assert):
        return isinstance(node.test, ast.Constant) and bool(node.test.value)
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _call(node: ast.stmt, name: str) -> Call | None:
    if not isinstance(node, ast.Assert) or not isinstance(node.test, ast.Compare):
        return None
    called, (operator, *more), (right, *_) = node.test.left, node.test.ops, node.test.comparators
    if more or not isinstance(operator, ast.Eq) or not isinstance(called, ast.Call):
        return None
    if not isinstance(called.func, ast.Name) or called.func.id != name or called.keywords:
        return None
    if not (node.msg is None or isinstance(node.msg, ast.Constant)):
        return None
    args, expected = [_literal(arg) for arg in called.args], _literal(right)
    if expected is None or None in args:
        return None
    try:
        return Call([wire.encode(one[0]) for one in args if one], expected[0], equal_value)
    except wire.NotData:
        return None


def _literal(node: ast.expr) -> tuple[Any] | None:
    """The value, in a tuple of its own; None where it is no literal."""
    try:
        return (ast.literal_eval(node),)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
