"""Functions of installed packages, and what the packages' own tests say of them.

    target = targets("mpmath")[17]      ->  Target(path="mpmath/calculus/polynomials.py",
                                                   name="polyval", tests="...test_calculus.py", ...)
    checked(target).tests               ->  ("mpmath/tests/test_calculus.py::test_polyval", ...)
    outcome(target, target.source)      ->  Outcome(failing={}, passing=(...))

A target is a function of a name of its own that one of the package's test files calls. Tests run as
the repository verifier runs them: in the sandbox, over a copy of the package's files.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import NamedTuple

from gen.domains.code.commit_tasks import LARGEST_FILE, needs_of
from verifiers.registry import find_verifier
from verifiers.repository.guard import is_test_side
from verifiers.repository.judging import prepare
from verifiers.repository.running import Ran, run_tests
from verifiers.repository.truth import Options, case_of, function_of
from verifiers.repository.twins import edits_of
from verifiers.repository.verifier import RepositoryVerifier

PACKAGES = ("mpmath", "pint")
"""Written in Python alone, shipped with their tests, and small enough to be carried along."""

SHORTEST, LONGEST = 4, 40
"""Lines of a function's body, the docstring aside."""

LARGEST_TESTS = 60_000
"""Characters of a file of tests."""

MOST_TESTS = 6
"""Functions of tests that a target is judged by: those that call it, and others of their file."""

UNSTEADY = re.compile(r"\b(rand\w*|time|sleep|perf_counter)\b")
"""Words of tests that may not say the same each time, or not everywhere."""

MOST_TWINS = 2
"""Twins of a test that are tried."""

CASE_S, RUN_CPU_S, RUN_WALL_S = 0.5, 15.0, 120.0


class Package(NamedTuple):
    """An installed package: its files by their paths, and what it says of itself."""

    name: str
    version: str
    licence: str
    files: Mapping[str, bytes]


class Target(NamedTuple):
    """A function of a package as it stands from line `start` to `end` of its file.

    `source` is the same without comments, its docstring cut to the first paragraph; `tests` the
    file of tests, `functions` those tests in it that count.
    """

    package: str
    path: str
    name: str
    start: int
    end: int
    source: str
    lines: int
    tests: str
    functions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """The tests of a target that pass, their twins that fail, and the files that they need."""

    tree: dict[str, bytes]
    tests: tuple[str, ...]
    tripwires: dict[str, list[int]]
    needs: list[str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the tests say of a version of a function; of those that fail, how."""

    failing: dict[str, str]
    passing: tuple[str, ...]


@cache
def package(name: str) -> Package | None:
    """An installed package with its tests; None where there is none."""
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return None
    root = Path(spec.submodule_search_locations[0])
    files = {
        str(path.relative_to(root.parent)): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".pyc" and path.stat().st_size <= LARGEST_FILE
    }
    if not any(_is_tests(path) for path in files):
        return None
    named = [about[key] for key in ("License-Expression", "License") if key in about]
    licence = next(filter(None, named), "see the package").splitlines()[0][:60]
    return Package(name, f"{name} {about['Version']}", licence, files)


@cache
def targets(name: str) -> tuple[Target, ...]:
    """The functions of a package that its tests call, in the order of their files."""
    found = package(name)
    if found is None:
        return ()
    calls = dict(_calls(found))
    defined = [
        (path, node)
        for path, data in found.files.items()
        if path.endswith(".py") and not is_test_side(path)
        for node in ast.parse(data).body
        if isinstance(node, ast.FunctionDef)
    ]
    times = Counter(node.name for _, node in defined)
    return tuple(
        target
        for path, node in defined
        if times[node.name] == 1 and (target := _target(found, path, node, calls)) is not None
    )


def _target(
    found: Package, path: str, node: ast.FunctionDef, calls: Mapping[str, Mapping[str, set[str]]]
) -> Target | None:
    by_file = {tests: _calling(node.name, called) for tests, called in calls.items()}
    tests = max(sorted(by_file), key=lambda one: len(by_file[one]), default=None)
    if tests is None or not by_file[tests]:
        return None
    source, lines = _shown(node)
    others = [one for one in calls[tests] if one not in by_file[tests]]
    functions = tuple([*by_file[tests][: MOST_TESTS // 2], *others][:MOST_TESTS])
    if not SHORTEST <= lines <= LONGEST or len(functions) < 2:
        return None
    start = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    assert node.end_lineno is not None
    return Target(
        found.name, path, node.name, start, node.end_lineno, source, lines, tests, functions
    )


def _calling(name: str, called: Mapping[str, set[str]]) -> list[str]:
    return [test for test, names in called.items() if name in names]


def _shown(node: ast.FunctionDef) -> tuple[str, int]:
    """The function as it is shown, and the lines of its body without the docstring."""
    shown = ast.parse(ast.unparse(node)).body[0]
    assert isinstance(shown, ast.FunctionDef)
    doc = ast.get_docstring(shown)
    body = shown.body[1:] if doc is not None else shown.body
    lines = len(ast.unparse(ast.Module(body, [])).splitlines())
    if doc is not None and body:
        paragraph = " ".join(doc.partition("\n\n")[0].split())
        shown.body = [ast.Expr(ast.Constant(paragraph)), *body]
    return ast.unparse(ast.fix_missing_locations(shown)), lines


def _calls(found: Package) -> Iterator[tuple[str, dict[str, set[str]]]]:
    """The names that each test of each file calls."""
    for path, data in found.files.items():
        if _is_tests(path) and len(data) <= LARGEST_TESTS:
            known = edits_of(data.decode())
            called = {
                name: {_called(one) for one in ast.walk(node) if isinstance(one, ast.Call)}
                for name, node in _functions(ast.parse(data).body, "")
                if name in known and not UNSTEADY.search(ast.unparse(node))
            }
            yield path, called


def _is_tests(path: str) -> bool:
    name = path.rpartition("/")[2]
    return is_test_side(path) and name.startswith("test_") and name.endswith(".py")


def _functions(body: list[ast.stmt], scope: str) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield f"{scope}{node.name}", node
        elif isinstance(node, ast.ClassDef):
            yield from _functions(node.body, f"{scope}{node.name}::")


def _called(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def with_function(target: Target, source: str) -> str:
    """The text of the target's file with the function written in another way."""
    found = package(target.package)
    assert found is not None
    lines = found.files[target.path].decode().replace("\r\n", "\n").splitlines()
    lines[target.start - 1 : target.end] = source.splitlines()
    return "\n".join(lines) + "\n"


@cache
def checked(target: Target) -> Checked | None:
    """Run the target's tests with their twins, on the function as it is; None: none passes."""
    found = package(target.package)
    assert found is not None
    folder = target.tests.rpartition("/")[0]
    source = only(found.files[target.tests].decode(), target.functions)
    files = {path: data for path, data in found.files.items() if not _is_tests(path)}
    files[target.tests] = source.encode()
    edits = {
        f"{target.tests}::{name}": list(range(min(n, MOST_TWINS)))
        for name, n in edits_of(source).items()
    }
    prepared = prepare(files, edits, Random(target.name))
    ran = _run(prepared.files, target.tests, prepared.wanted, traced=True)
    said: dict[str, dict[str, set[str]]] = {}
    for case, one in ran.cases.items():
        said.setdefault(function_of(case), {}).setdefault(one.outcome, set()).add(case_of(case))
    tests, tripwires = [], {}
    for function, places in prepared.places.items():
        passed = said.get(places[None], {}).get("passed", set())
        twins = [edit for edit in edits[function] if {*said.get(places[edit], ())} == {"failed"}]
        if passed and twins:
            tests += [function + case for case in passed]
            tripwires[function] = twins
    tree = {
        path: data
        for path, data in files.items()
        if path in ran.used or (path.endswith(".py") and not path.startswith(f"{folder}/"))
    }
    whole = ran.fault is None and tests
    return Checked(tree, tuple(sorted(tests)), tripwires, needs_of(tree, ran)) if whole else None


def only(source: str, tests: Iterable[str]) -> str:
    """The source of a file of tests without its other tests."""
    tree = ast.parse(source)
    others = {name: node for name, node in _functions(tree.body, "") if name not in {*tests}}
    for owner in ast.walk(tree):
        if isinstance(owner, ast.Module | ast.ClassDef):
            kept = [node for node in owner.body if not any(node is one for one in others.values())]
            owner.body = kept or [ast.Pass()]
    return ast.unparse(tree)


@cache
def outcome(target: Target, source: str) -> Outcome | None:
    """What the tests say of the function written otherwise; None: they do not come to an end."""
    known = checked(target)
    if known is None:
        return None
    tree = known.tree | {target.path: with_function(target, source).encode()}
    functions = dict.fromkeys(map(function_of, known.tests), ())
    prepared = prepare(tree, functions, Random(f"{target.name}:{source}"))
    ran = _run(prepared.files, target.tests, prepared.wanted)
    said = {
        test: ran.cases.get(prepared.places[function_of(test)][None] + case_of(test))
        for test in known.tests
    }
    failing = {test: one.text for test, one in said.items() if one and one.outcome == "failed"}
    passing = tuple(test for test, one in said.items() if one and one.outcome == "passed")
    whole = len(failing) + len(passing) == len(said)
    if ran.fault is not None or not whole or any("TookTooLong" in one for one in failing.values()):
        return None
    return Outcome(failing, passing)


def _run(files: Mapping[str, bytes], path: str, wanted: list[str], *, traced: bool = False) -> Ran:
    verifier = find_verifier("repository")
    assert isinstance(verifier, RepositoryVerifier)
    options = Options(wall_s=RUN_WALL_S, cpu_s=RUN_CPU_S)
    ran, _ = verifier.in_repository(
        files,
        lambda sandbox: run_tests(
            files, [path], options, sandbox, wanted=wanted, case_s=CASE_S, traced=traced
        ),
    )
    return ran
