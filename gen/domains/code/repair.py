"""Real functions of installed packages with one fault put into them, to be repaired.

    This function of httpx has a fault:

    def normalize_path(path): ...

    It gives, for example, normalize_path('/a/../b') == '/a/b', which should be '/b'.

The tests are what the function as it is published gives: those that fail before the repair, and
those that must go on passing. Only functions of packages are used that a program in the sandbox
cannot import, for else `from httpx ...` would be a repair.
"""

import ast
import inspect
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from importlib.metadata import metadata
from random import Random
from textwrap import dedent
from typing import Any, NamedTuple

from gen.domains.code.base import CodeFamily, truth_text, until
from gen.domains.code.functions import shown
from gen.domains.code.running import loaded
from gen.domains.code.testing import Example, agrees
from gen.family import Card
from verifiers.code.equality import same
from verifiers.code.mutants import mutants
from verifiers.code.truth import Case, Function, read_case
from verifiers.errors import VerifierFailed
from verifiers.records import Problem

N_INPUTS = 40
MOST_FAIL, MOST_PASS = 4, 5


class Source(NamedTuple):
    """A function of an installed package, with how its arguments are drawn."""

    package: str
    module: str
    name: str
    draw: Callable[[Random], tuple[Any, ...]]
    level: int


class Real(NamedTuple):
    """A function as it stands in its package, without annotations and docstring."""

    source: Source
    program: str
    package: str
    licence: str


class RepairMutant(CodeFamily):
    """Repair a real function that a fault was put into."""

    name = "repair.mutant"
    levels = (1, 2, 3)
    card = Card(
        licence="of the package (MIT, BSD or Apache-2.0); named with each problem",
        source="functions of installed packages: fsspec, httpx, huggingface_hub, markdown-it-py, "
        "packaging, pint, pygments, rich",
        chance_level=0.0,
        pitfalls=(
            "The functions are public, and a model may know them by heart.",
            "Faults are single small ones, made by a program.",
            "The functions, and with them the problems, change with the packages' versions.",
        ),
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a function, a fault that its tests notice, and the tests."""
        real, faulty, failing, passing = until(lambda: self._attempt(rng, level))
        name = real.source.name
        faults = "\n".join(_complaint(name, faulty, one) for one in failing[:2])
        fine = shown(passing[:1], name)
        prompt = (
            f"This function, of the package {real.package}, has a fault:\n\n```python\n{faulty}\n"
            f"```\n\n{faults}\nThis is right, and must stay so: `{fine}`.\n\nWrite the whole "
            "function "
            f"`{name}` without the fault."
        )
        hidden = [*failing[2:], *passing[1:]]
        truth = Function(
            entry_point=name,
            tests=tuple(Case(repr(args), repr(value)) for args, value in hidden),
        )
        return self.coded(
            level, prompt, truth_text(truth), real.program, faulty,
            evidence={
                "package": real.package, "licence": real.licence, "function": real.source.module,
                "fail_to_pass": len(failing[2:]), "pass_to_pass": len(passing[1:]),
            },
        )  # fmt: skip

    def _attempt(
        self, rng: Random, level: int
    ) -> tuple[Real, str, list[Example], list[Example]] | None:
        real = rng.choice([one for one in real_functions() if one.source.level == level])
        name = real.source.name
        call = loaded(real.program, name)
        inputs = [real.source.draw(rng) for _ in range(N_INPUTS)]
        ran = [(args, call(args)) for args in inputs]
        known = [(args, one.what) for args, one in ran if one.kind == "value"]
        known = [one for place, one in enumerate(known) if one not in known[:place]]
        faulty = rng.choice(mutants(real.program, 24, rng.randrange(2**32), entry_point=name))
        broken = loaded(faulty.source, name)
        failing = [one for one in known if not agrees(broken(one[0]), one[1])]
        passing = [one for one in known if one not in failing and _told(one)]
        failing = [one for one in failing if _told(one)]
        if len(failing) < 4 or len(passing) < 3:
            return None
        return real, faulty.source, failing[: MOST_FAIL + 2], passing[: MOST_PASS + 1]


def _complaint(name: str, faulty: str, example: Example) -> str:
    args, value = example
    ran = loaded(faulty, name)(args)
    call = f"{name}({', '.join(map(repr, args))})"
    gives = {
        "value": f"gives {ran.what!r}",
        "raised": f"raises {ran.what}",
        "endless": "does not end",
    }[ran.kind]
    return f"`{call}` {gives}; it must give {value!r}."


def _told(example: Example) -> bool:
    """Whether the literals that a test is written as say what it is."""
    args, value = example
    try:
        _, read = read_case(Case(repr(args), repr(value)))
    except VerifierFailed:
        return False
    return len(repr(example)) < 400 and same(read, value)


@cache
def real_functions() -> tuple[Real, ...]:
    """The functions that the installed packages have as they are expected."""
    found = []
    for source in SOURCES:
        try:
            function = getattr(import_module(source.module), source.name)
            program = bare(inspect.getsource(function))
            call = loaded(program, source.name)
        except (ImportError, AttributeError, OSError, SyntaxError, NameError):
            continue  # another version of the package, which lacks it
        trial = [call(source.draw(Random(f"{source.name}:{number}"))) for number in range(20)]
        if sum(one.kind == "value" for one in trial) >= 10:
            about = metadata(source.package)
            named = [about[key] for key in ("License-Expression", "License") if key in about]
            named += [
                one.rpartition(" :: ")[2]
                for one in about.get_all("Classifier") or ()
                if one.startswith("License")
            ]
            licence = next(filter(None, named), "see the package")
            version = f"{source.package} {about['Version']}"
            found.append(Real(source, program, version, licence.splitlines()[0][:60]))
    return tuple(found)


def bare(source: str) -> str:
    """A function's source with the imports it needs, without annotations and docstrings."""
    tree = ast.parse(dedent(source))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.returns = None
            for argument in (*node.args.args, *node.args.kwonlyargs, *node.args.posonlyargs):
                argument.annotation = None
            if node.args.vararg is not None:
                node.args.vararg.annotation = None
            if ast.get_docstring(node) is not None and len(node.body) > 1:
                node.body = node.body[1:]
        for field in ("body", "orelse"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                setattr(node, field, [_unannotated(one) for one in statements])
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    imports = [line for name, line in IMPORTS.items() if name in used]
    return "\n".join([*imports, ast.unparse(ast.fix_missing_locations(tree))]) + "\n"


def _unannotated(statement: ast.stmt) -> ast.stmt:
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        return ast.Assign([statement.target], statement.value, lineno=statement.lineno)
    return statement


IMPORTS = {
    "re": "import re", "deque": "from collections import deque", "ceil": "from math import ceil",
    "defaultdict": "from collections import defaultdict",
}  # fmt: skip


def _path(rng: Random) -> tuple[Any, ...]:
    parts = [
        rng.choice(("a", "b", "c", "..", ".", "", "..", "x.y")) for _ in range(rng.randint(1, 6))
    ]
    return (rng.choice(("/", "", "../")) + "/".join(parts),)


def _ratios(rng: Random) -> tuple[Any, ...]:
    n = rng.randint(1, 5)
    ratios = [rng.randint(0, 4) for _ in range(n)]
    ratios[0] = ratios[0] or 1
    values = [rng.randint(5, 30) for _ in range(n)]
    return rng.randint(0, 40), ratios, [rng.randint(1, 12) for _ in range(n)], values


def _shares(rng: Random) -> tuple[Any, ...]:
    n = rng.randint(1, 5)
    ratios = [rng.randint(1, 5) for _ in range(n)]
    minimums = rng.choice((None, [rng.randint(0, 6) for _ in range(n)]))
    return rng.randint(5, 80), ratios, minimums


def _choices(rng: Random) -> tuple[Any, ...]:
    return tuple(rng.choice((None, None, True, False)) for _ in range(rng.randint(1, 5)))


def _sizes(rng: Random) -> tuple[Any, ...]:
    base = rng.choice((10, 1000, 1024))
    return rng.randint(0, base ** rng.randint(1, 4)), ["bytes", "kB", "MB", "GB", "TB"], base


def _links(rng: Random) -> tuple[Any, ...]:
    some = []
    for _ in range(rng.randint(1, 3)):
        place = f"<http://{rng.choice('abc')}.org/{rng.randint(1, 9)}>"
        keys = rng.sample(("rel=next", 'rel="prev"', 'type="text/html"', "title='x y'", "odd"), 2)
        some.append("; ".join([place, *keys[: rng.randint(0, 2)]]))
    return (rng.choice((", ", ",")).join(some),)


def _graph(rng: Random) -> dict[int, set[int]]:
    """A forest, so that there is one path at most; its nodes are numbers, whose sets have an "
    "order."""
    n = rng.randint(3, 7)
    graph: dict[int, set[int]] = {node: set() for node in range(n)}
    for node in range(1, n):
        if rng.random() < 0.8:
            other = rng.randrange(node)
            graph[node].add(other)
            graph[other].add(node)
    return graph


def _two_nodes(rng: Random) -> tuple[Any, ...]:
    graph = _graph(rng)
    return graph, rng.choice([*graph]), rng.choice([*graph])


def _one_node(rng: Random) -> tuple[Any, ...]:
    graph = _graph(rng)
    return graph, rng.choice([*graph])


def _matrix(rng: Random) -> tuple[Any, ...]:
    n, m = rng.randint(1, 4), rng.randint(1, 4)
    return ([[rng.randint(0, 9) for _ in range(m)] for _ in range(n)],)


def _strings(rng: Random) -> tuple[Any, ...]:
    start = rng.choice(("in", "inter", "int", ""))
    return (
        [
            start + rng.choice(("net", "nal", "o", "", "ter", "er"))
            for _ in range(rng.randint(1, 4))
        ],
    )


def _repeats(rng: Random) -> tuple[Any, ...]:
    return ([rng.randint(0, 5) for _ in range(rng.randint(0, 8))],)


def _release(rng: Random) -> tuple[Any, ...]:
    return (tuple(rng.choice((0, 0, 1, 2)) for _ in range(rng.randint(1, 5))),)


def _lines(rng: Random) -> tuple[Any, ...]:
    words = [rng.choice(("alpha", "be", "c", "delta-x", "omega")) for _ in range(rng.randint(0, 9))]
    return rng.choice(("NAMES", "X")), words


def _index(rng: Random) -> tuple[Any, ...]:
    sizes = [rng.randint(1, 6) for _ in range(rng.randint(1, 4))]
    return [rng.randrange(size) for size in sizes], sizes


def _code_point(rng: Random) -> tuple[Any, ...]:
    near = (0, 8, 9, 0xB, 0xE, 0x1F, 0x7F, 0x9F, 0xD800, 0xDFFF, 0xFDD0, 0xFDEF, 0xFFFE, 0x10FFFF)
    return (max(0, rng.choice(near) + rng.choice((-1, 0, 0, 1))) if rng.random() < 0.8 else 65,)


def _suffix(rng: Random) -> tuple[Any, ...]:
    return (rng.randint(0, 10 ** rng.randint(1, 11)),)


SOURCES: Sequence[Source] = (
    Source("rich", "rich._pick", "pick_bool", _choices, 1),
    Source("rich", "rich.filesize", "pick_unit_and_suffix", _sizes, 1),
    Source("pygments", "pygments.util", "duplicates_removed", _repeats, 1),
    Source("pygments", "pygments.regexopt", "commonprefix", _strings, 1),
    Source("packaging", "packaging._ranges", "trim_release", _release, 1),
    Source("fsspec", "fsspec.implementations.reference", "ravel_multi_index", _index, 1),
    Source("pint", "pint.util", "transpose", _matrix, 1),
    Source("huggingface_hub", "huggingface_hub.cli._file_listing", "format_size", _suffix, 1),
    Source("markdown-it-py", "markdown_it.common.utils", "isValidEntityCode", _code_point, 2),
    Source("pygments", "pygments.util", "format_lines", _lines, 2),
    Source("pint", "pint.util", "find_connected_nodes", _one_node, 2),
    Source("rich", "rich._ratio", "ratio_reduce", _ratios, 2),
    Source("rich", "rich._ratio", "ratio_distribute", _shares, 3),
    Source("httpx", "httpx._urlparse", "normalize_path", _path, 2),
    Source("httpx", "httpx._models", "_parse_header_links", _links, 3),
    Source("pint", "pint.util", "find_shortest_path", _two_nodes, 3),
)
