"""Small faults put into a program, one at a time, to see whether its tests notice.

    mutants("def f(x):\\n    return x + 1\\n", 3, seed=0)
    ->  [Mutant(source="def f(x):\\n    return x - 1", operator="arithmetic", line=2),
         Mutant(source="def f(x):\\n    return x + 2", operator="constant", line=2), ...]

An operator is a function that gives a node's faulty versions. Docstrings, imports, annotations,
decorators, what is raised and what stands under `if __name__ == "__main__"` are left alone.
"""

import ast
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, zip_longest
from random import Random
from typing import Any
from warnings import catch_warnings

from verifiers.code.faults import OPERATORS
from verifiers.code.syntax import parse


@dataclass(frozen=True, slots=True)
class Mutant:
    """A whole program with one fault, the operator that made it, and the line of the source."""

    source: str
    operator: str
    line: int


def mutants(source: str, n: int, seed: int, *, entry_point: str | None = None) -> list[Mutant]:
    """Give at most `n` distinct mutants, operators and their places taking turns.

    With an entry point, only what it uses of the program is touched, by the names in it.
    The same for the same arguments, and fewer are a prefix of more. Each compiles, and none has the
    syntax tree of the source or of another. Raises SyntaxError for a source that does not parse.
    """
    return list(islice(_all_mutants(source, seed, entry_point), n))


@dataclass(frozen=True, slots=True)
class _Site:
    """Where a node hangs in its tree."""

    parent: Any
    field: str
    place: int | None
    node: Any

    def hang(self, node: ast.AST) -> None:
        if self.place is None:
            setattr(self.parent, self.field, node)
        else:
            getattr(self.parent, self.field)[self.place] = node


def _all_mutants(source: str, seed: int, entry_point: str | None) -> Iterator[Mutant]:
    tree = parse(source)
    used = tree.body if entry_point is None else _used(tree, entry_point)
    seen = {ast.dump(tree)}
    for operator, site, node in _in_turn(tree, used, seed):
        site.hang(node)
        made = _written(tree)
        site.hang(site.node)
        if made is not None and made[1] not in seen:
            seen.add(made[1])
            yield Mutant(made[0], operator, site.node.lineno)


def _written(tree: ast.Module) -> tuple[str, str] | None:
    """The tree's source, and the dump that tells it from others; None where it cannot be."""
    try:
        source = ast.unparse(tree)
        with catch_warnings(action="ignore"):  # `1 is not x` has a warning of its own
            compile(source, "<mutant>", "exec", dont_inherit=True)
        return source, ast.dump(parse(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _in_turn(
    tree: ast.Module, used: list[ast.stmt], seed: int
) -> Iterator[tuple[str, _Site, ast.AST]]:
    touched = [statement for statement in used if not _left_alone(statement)]
    sites = [site for statement in touched for site in _sites(statement)]
    queues = deque()
    for operator, faults in OPERATORS.items():
        rng = Random(f"{seed}:{operator}")
        variants = [[(operator, site, node) for node in faults(site.node)] for site in sites]
        for one in variants:
            rng.shuffle(one)
        rng.shuffle(variants)
        # The first fault of every place comes before the second of any.
        rounds = zip_longest(*variants)
        queues.append(iter([fault for one in rounds for fault in one if fault is not None]))
    Random(f"{seed}:operators").shuffle(queues)
    while queues:
        fault = next(queues[0], None)
        if fault is None:
            queues.popleft()
        else:
            queues.rotate(-1)
            yield fault


def _used(tree: ast.Module, entry_point: str) -> list[ast.stmt]:
    """The statements at the top that bind a name which the entry point needs, directly or not."""
    needed, used = [entry_point], []
    for name in needed:
        for statement in tree.body:
            if statement not in used and name in _bound(statement):
                used.append(statement)
                needed += {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    return [statement for statement in tree.body if statement in used] or tree.body


def _bound(statement: ast.stmt) -> set[str]:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    return {
        node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


LEFT_ALONE = (ast.Import, ast.ImportFrom, ast.Raise, ast.Global, ast.Nonlocal)

SKIPPED_FIELDS = {"annotation", "returns", "decorator_list", "format_spec", "msg", "type_params"}


def _sites(parent: ast.AST) -> Iterator[_Site]:
    for field, value in ast.iter_fields(parent):
        if field in SKIPPED_FIELDS:
            continue
        nodes = enumerate(value) if isinstance(value, list) else [(None, value)]
        for place, node in nodes:
            if not isinstance(node, ast.AST) or _left_alone(node):
                continue
            if isinstance(node, ast.expr | ast.stmt):
                yield _Site(parent, field, place, node)
            yield from _sites(node)


def _left_alone(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return True
    if isinstance(node, ast.If) and "__name__" in ast.unparse(node.test):
        return True
    return isinstance(node, LEFT_ALONE)
