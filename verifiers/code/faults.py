"""The mutation operators: what each makes of a node of a syntax tree.

    [ast.unparse(node) for node in OPERATORS["boundary"](parsed("x < 3"))]    ->  ["x <= 3"]
    [ast.unparse(node) for node in OPERATORS["constant"](parsed("7"))]        ->  ["8", "6", "0"]

An operator takes any node and yields those that could stand in its place, none where it does not
apply. It never changes the node it is given.
"""

import ast
from collections.abc import Callable, Iterator
from copy import copy
from typing import Any

Operator = Callable[[ast.AST], Iterator[ast.AST]]

COMPARISONS = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE,
    ast.GtE: ast.Lt, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
BOUNDARIES = {
    ast.Lt: (ast.LtE,), ast.LtE: (ast.Lt, ast.Eq), ast.Gt: (ast.GtE,), ast.GtE: (ast.Gt, ast.Eq),
    ast.Eq: (ast.LtE, ast.GtE),
}  # fmt: skip
ARITHMETIC = {
    ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.Mult, ast.FloorDiv), ast.FloorDiv: (ast.Mult, ast.Div), ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
}  # fmt: skip
BITWISE = {
    ast.BitAnd: (ast.BitOr,), ast.BitOr: (ast.BitAnd, ast.BitXor), ast.BitXor: (ast.BitOr,),
    ast.LShift: (ast.RShift,), ast.RShift: (ast.LShift,),
}  # fmt: skip
COUSINS = {
    "min": "max", "any": "all", "floor": "ceil", "upper": "lower", "startswith": "endswith",
    "lstrip": "rstrip", "find": "rfind", "index": "rindex", "union": "intersection",
    "isdigit": "isalpha", "isupper": "islower", "keys": "values", "append": "extend",
    "add": "discard", "split": "rsplit", "sin": "cos", "bisect_left": "bisect_right",
}  # fmt: skip
COUSINS |= {second: first for first, second in COUSINS.items()}


def comparison(node: ast.AST) -> Iterator[ast.AST]:
    """Turn a comparison into its opposite."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield _with(node, ops=_put(node.ops, place, COMPARISONS[type(operator)]()))


def boundary(node: ast.AST) -> Iterator[ast.AST]:
    """Take a comparison's boundary in, or leave it out."""
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            for other in BOUNDARIES.get(type(operator), ()):
                yield _with(node, ops=_put(node.ops, place, other()))


def arithmetic(node: ast.AST) -> Iterator[ast.AST]:
    """Swap an arithmetic operator, also that of an assignment; drop a minus."""
    yield from _other_operators(node, ARITHMETIC)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node.operand


def bitwise(node: ast.AST) -> Iterator[ast.AST]:
    """Swap an operator on bits or sets; drop a tilde."""
    yield from _other_operators(node, BITWISE)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        yield node.operand


def assignment(node: ast.AST) -> Iterator[ast.AST]:
    """Make `x += y` of `x = y`'s kind: what was there before is forgotten."""
    if isinstance(node, ast.AugAssign):
        yield ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)


def constant(node: ast.AST) -> Iterator[ast.AST]:
    """Change a number by one or to 0, a string to none or another, a truth value to the other."""
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int | float):
        for other in (value + 1, value - 1, type(value)(0), -value):
            if other != value:
                yield ast.Constant(other)
    elif isinstance(value, str):
        if value:
            yield ast.Constant("")
            yield ast.Constant(value.swapcase() if value.swapcase() != value else value + value)
        else:
            yield ast.Constant(" ")


def logic(node: ast.AST) -> Iterator[ast.AST]:
    """Swap `and` and `or`, drop one of their operands, drop a `not`."""
    if isinstance(node, ast.BoolOp):
        yield _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And())
        for place in range(len(node.values)):
            rest = node.values[:place] + node.values[place + 1 :]
            yield rest[0] if len(rest) == 1 else _with(node, values=rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand


def condition(node: ast.AST) -> Iterator[ast.AST]:
    """Negate a condition, drop a comprehension's, or take a branch never or always."""
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    if isinstance(node, ast.If | ast.IfExp):
        yield _with(node, test=ast.Constant(True))
        yield _with(node, test=ast.Constant(False))
    if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
        for place, part in enumerate(node.generators):
            if part.ifs:
                negated = [ast.UnaryOp(ast.Not(), part.ifs[0]), *part.ifs[1:]]
                for ifs in (negated, part.ifs[1:]):
                    yield _with(node, generators=_put(node.generators, place, _with(part, ifs=ifs)))


def returned(node: ast.AST) -> Iterator[ast.AST]:
    """Return nothing, or an empty value."""
    if isinstance(node, ast.Return) and node.value is not None:
        for value in (ast.Constant(None), ast.Constant(0), ast.List([], ast.Load())):
            yield _with(node, value=value)


def deletion(node: ast.AST) -> Iterator[ast.AST]:
    """Leave a statement out; not what assigns a plain name, without which all fails."""
    if isinstance(node, ast.Expr | ast.AugAssign | ast.For | ast.While | ast.If | ast.Assert) or (
        isinstance(node, ast.Assign) and all(isinstance(one, ast.Subscript) for one in node.targets)
    ):
        yield ast.Pass()
    if isinstance(node, ast.If) and node.orelse:
        yield _with(node, orelse=[])


def off_by_one(node: ast.AST) -> Iterator[ast.AST]:
    """Shift a range's end, a slice's bound or an index by one."""
    if isinstance(node, ast.Call) and _called(node) == "range" and node.args:
        for place in range(min(2, len(node.args))):
            for shifted in _shifted(node.args[place]):
                yield _with(node, args=_put(node.args, place, shifted))
        if len(node.args) == 1:
            yield _with(node, args=[ast.Constant(1), *node.args])
    if not isinstance(node, ast.Subscript):
        return
    if isinstance(node.slice, ast.Slice):
        for name in ("lower", "upper"):
            bound = getattr(node.slice, name)
            for shifted in _shifted(bound) if bound is not None else ():
                yield _with(node, slice=_with(node.slice, **{name: shifted}))
            if bound is not None:
                yield _with(node, slice=_with(node.slice, **{name: None}))
        if node.slice.step is not None:
            yield _with(node, slice=_with(node.slice, step=None))
    elif not isinstance(node.slice, ast.Tuple) and isinstance(node.ctx, ast.Load):
        for shifted in _shifted(node.slice):
            yield _with(node, slice=shifted)


def loop(node: ast.AST) -> Iterator[ast.AST]:
    """Swap `break` and `continue`."""
    if isinstance(node, ast.Break):
        yield ast.Continue()
    elif isinstance(node, ast.Continue):
        yield ast.Break()


def order(node: ast.AST) -> Iterator[ast.AST]:
    """Sort the other way, without the key, or not at all."""
    if not isinstance(node, ast.Call):
        return
    name = _called(node)
    words = {word.arg: word.value for word in node.keywords}
    if name in ("sorted", "sort"):
        turned = ast.Constant(True)
        if "reverse" in words:
            turned = ast.UnaryOp(ast.Not(), words["reverse"])
        for other in (words | {"reverse": turned}, {**words, "key": None}):
            kept = [ast.keyword(key, value) for key, value in other.items() if value is not None]
            yield _with(node, keywords=kept)
    if name == "sorted" and node.args:
        yield ast.Call(ast.Name("list", ast.Load()), node.args[:1], [])
    if name == "reversed" and node.args:
        yield node.args[0]


def cousin(node: ast.AST) -> Iterator[ast.AST]:
    """Call the function that is taken for this one: `max` for `min`, `rfind` for `find`."""
    if isinstance(node, ast.Call) and (other := COUSINS.get(_called(node))):
        if isinstance(node.func, ast.Name):
            yield _with(node, func=ast.Name(other, ast.Load()))
        else:
            yield _with(node, func=_with(node.func, attr=other))


def arguments(node: ast.AST) -> Iterator[ast.AST]:
    """Swap two neighbouring arguments, or drop one."""
    if not isinstance(node, ast.Call) or any(isinstance(one, ast.Starred) for one in node.args):
        return
    for place in range(len(node.args) - 1):
        first, second = node.args[place : place + 2]
        yield _with(node, args=_put(_put(node.args, place, second), place + 1, first))
    if len(node.args) > 1:
        yield _with(node, args=node.args[:-1])
    for place in range(len(node.keywords)):
        yield _with(node, keywords=node.keywords[:place] + node.keywords[place + 1 :])


def operand(node: ast.AST) -> Iterator[ast.AST]:
    """Keep one side of an operation only, or the argument of a call of one argument."""
    if isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and len(node.args) == 1
        and not isinstance(node.args[0], ast.Starred)
        and not node.keywords
    ):
        yield node.args[0]


OPERATORS: dict[str, Operator] = {
    "comparison": comparison, "boundary": boundary, "arithmetic": arithmetic, "bitwise": bitwise,
    "assignment": assignment, "constant": constant, "logic": logic, "condition": condition,
    "return": returned, "deletion": deletion, "off_by_one": off_by_one, "loop": loop,
    "order": order, "cousin": cousin, "arguments": arguments, "operand": operand,
}  # fmt: skip


def _other_operators(node: ast.AST, table: dict[Any, Any]) -> Iterator[ast.AST]:
    if isinstance(node, ast.BinOp | ast.AugAssign):
        for other in table.get(type(node.op), ()):
            yield _with(node, op=other())


def _shifted(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Constant):
        if type(node.value) is int:
            yield ast.Constant(node.value + 1)
            yield ast.Constant(node.value - 1)
    else:
        yield ast.BinOp(node, ast.Add(), ast.Constant(1))
        yield ast.BinOp(node, ast.Sub(), ast.Constant(1))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "id", getattr(node.func, "attr", ""))


def _with(node: Any, **fields: Any) -> Any:
    changed = copy(node)
    for name, value in fields.items():
        setattr(changed, name, value)
    return changed


def _put(items: list[Any], place: int, item: Any) -> list[Any]:
    return [*items[:place], item, *items[place + 1 :]]
