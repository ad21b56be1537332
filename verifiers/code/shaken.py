"""Iterates a program's sets the other way: an order that nothing promises must not show.

    shaken("def f(xs): return [*{*xs}]")    ->  "def f(xs):\\n    return [*set([*xs])]"

With SHAKEN as its setup. Programs are forked from one server, whose hashes are the same for all: to
run one twice is not enough.
"""

import ast

from verifiers.code.syntax import parse

SHAKEN = """
class _Shaken(set):
    def __iter__(self):
        return reversed([*super().__iter__()])
    def pop(self):
        for item in self:
            self.remove(item)
            return item
        return super().pop()
for _name in ("__and__", "__or__", "__sub__", "__xor__",
              "__rand__", "__ror__", "__rsub__", "__rxor__",
              "union", "intersection", "difference", "symmetric_difference", "copy"):
    def _shaking(*args, _method=getattr(set, _name)):
        made = _method(*args)
        return made if made is NotImplemented else _Shaken(made)
    setattr(_Shaken, _name, _shaking)
set = _Shaken
"""
"""Sets as another run, or another Python, might iterate them."""


def shaken(program: str) -> str:
    """The program with its sets made by the name `set`, which SHAKEN gives another meaning."""
    try:
        return ast.unparse(ast.fix_missing_locations(_Sets().visit(parse(program))))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return program


class _Sets(ast.NodeTransformer):
    def visit_Set(self, node: ast.Set) -> ast.AST:
        self.generic_visit(node)
        return _call_set(ast.List(node.elts, ast.Load()))

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return _call_set(ast.ListComp(node.elt, node.generators))


def _call_set(argument: ast.expr) -> ast.Call:
    return ast.Call(ast.Name("set", ast.Load()), [argument], [])
