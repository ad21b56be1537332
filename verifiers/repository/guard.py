"""What a change may not do, told from its text before anything of it runs.

    refused({"tests/test_a.py": ""}, files)                   ->  "protected: tests/test_a.py"
    refused({"a.py": "import gc\\n" + before}, files)          ->  "guarded: a.py: import of gc"

Tests and what configures them are not the candidate's to change. In other files nothing may be
added that reaches into the test framework, other people's frames or the interpreter: what a file
had before it may keep, and no more of it. This is a net for what is plainly written, and no proof.
"""

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from os import listdir
from pathlib import PurePosixPath
from sysconfig import get_path

from verifiers.code.syntax import parse
from verifiers.repository.answer import Changes, text_of
from verifiers.repository.tree import is_plain

MOST_FILES = 50

TEST_FOLDER = re.compile(r"(?:\w+[_-])?tests?(?:[_-]\w+)?|testing|testsuite", re.IGNORECASE)

TEST_FILE = re.compile(r"test_.*\.py|.*_tests?\.py|tests?\.py|conftest\.py")

CONFIGURATION = frozenset({
    ".coveragerc", ".pytest.ini", "noxfile.py", "pyproject.toml", "pytest.ini", "pytest.toml",
    "setup.cfg", "setup.py", "sitecustomize.py", "tox.ini", "usercustomize.py",
})  # fmt: skip

NO_TEXT = (".pth", ".pyc", ".pyd", ".so", ".egg-link")

MODULES = frozenset({
    "_ctypes", "_frozen_importlib", "_frozen_importlib_external", "_imp", "_io", "_pickle",
    "_posixsubprocess", "_pytest", "_thread", "atexit", "bdb", "builtins", "cProfile", "cffi",
    "code", "codeop", "ctypes", "doctest", "faulthandler", "gc", "imp", "importlib", "inspect",
    "linecache", "marshal", "multiprocessing", "nose", "pdb", "pickle", "pkgutil", "pluggy",
    "posix", "profile", "pty", "py", "pytest", "resource", "runpy", "signal", "site", "socket",
    "subprocess", "sysconfig", "timeit", "trace", "traceback", "tracemalloc", "unittest",
})  # fmt: skip

NAMES = frozenset({
    "__builtins__", "__import__", "__loader__", "breakpoint", "compile", "eval", "exec",
    "globals",
})  # fmt: skip

ATTRIBUTES = frozenset({
    "__bases__", "__builtins__", "__class__", "__closure__", "__code__", "__defaults__",
    "__dict__", "__getattribute__", "__globals__", "__loader__", "__mro__", "__self__",
    "__spec__", "__subclasses__", "__traceback__", "_current_frames", "_exit", "_getframe",
    "_getframemodulename", "_pytest", "abort", "addaudithook", "ag_frame", "attrgetter",
    "cr_frame", "currentframe", "displayhook", "dup", "dup2", "exc_info", "excepthook", "f_back",
    "f_builtins", "f_code", "f_globals", "f_locals", "fdopen", "findCaller", "fork", "forkpty",
    "gi_frame", "kill", "killpg", "meta_path", "methodcaller", "modules", "path_hooks",
    "path_importer_cache", "pipe", "pwrite", "setprofile", "setswitchinterval", "settrace",
    "tb_frame", "tb_next", "unraisablehook", "writev",
})  # fmt: skip

LOOKING_UP = frozenset({"delattr", "getattr", "setattr", "vars"})

ALWAYS = frozenset({"__eq__", "__ne__", "__instancecheck__", "__subclasscheck__"})
"""Methods that must look at what they are given."""


def refused(changes: Changes, files: Mapping[str, bytes]) -> str | None:
    """The reason for which a change is not tried at all; None: it is."""
    if len(changes) > MOST_FILES:
        return f"too_many_files: {len(changes)}, more than {MOST_FILES}"
    for path, after in changes.items():
        if not is_plain(path):
            return f"bad_path: {path!r:.80}"
        if is_protected(path):
            return f"protected: {path}"
        if path not in files and (name := _shadowed(path)) is not None:
            return f"protected: {path} would stand before the module {name}"
        if after is not None and path.endswith(".py"):
            try:
                if found := _added(text_of(files.get(path)) or "", after):
                    return f"guarded: {path}: {found}"
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                return f"syntax: {path}: {error}"
    for path in changes:
        if any(str(above) in {*files, *changes} for above in PurePosixPath(path).parents):
            return f"bad_path: {path!r:.80} lies below a file"
    return None


def is_test_side(path: str) -> bool:
    """Whether a file belongs to the tests: in a folder of tests, or named as tests are."""
    parts = PurePosixPath(path)
    in_folder = any(map(TEST_FOLDER.fullmatch, parts.parts[:-1]))
    return in_folder or TEST_FILE.fullmatch(parts.name) is not None


def is_protected(path: str) -> bool:
    """Whether a candidate may not touch it: tests, their configuration, what is hidden, no text."""
    parts = PurePosixPath(path)
    return (
        is_test_side(path)
        or parts.name in CONFIGURATION
        or parts.name.endswith(NO_TEXT)
        or any(part.startswith(".") for part in parts.parts)
    )


def _shadowed(path: str) -> str | None:
    """The module of Python's or of an installed package that a new file would stand before."""
    name = path.removeprefix("src/").partition("/")[0].removesuffix(".py")
    return name if name in sys.stdlib_module_names or name in _installed() else None


@cache
def _installed() -> frozenset[str]:
    return frozenset(name.removesuffix(".py") for name in listdir(get_path("purelib")))


def _added(before: str, after: str) -> str | None:
    had = Counter(_reaches(before)) if before else Counter()
    new = Counter(_reaches(after)) - had
    return min(new, default=None)


def _reaches(source: str) -> Iterator[str]:
    """What in a program reaches beyond it, once for each place."""
    try:
        tree = parse(source)
    except SyntaxError as error:
        raise SyntaxError(f"line {error.lineno}: {error.msg}") from None
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        yield from _of_node(node)
        if isinstance(node, ast.Name) and node.id in LOOKING_UP and id(node) not in called:
            yield f"use of {node.id} under another name"


def _of_node(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _of_import(node)
    elif isinstance(node, ast.Name) and node.id in NAMES:
        yield f"use of {node.id}"
    elif isinstance(node, ast.Attribute):
        if node.attr in ATTRIBUTES:
            yield f"use of .{node.attr}"
        elif node.attr == "write" and isinstance(node.value, ast.Name) and node.value.id == "os":
            yield "use of os.write"
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if node.value in ATTRIBUTES | NAMES and node.value.startswith("_"):
            yield f"the name {node.value!r}"
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield from _of_call(node, node.func.id)
    elif isinstance(node, ast.FunctionDef) and node.name in ALWAYS and not _looks(node):
        yield f"a {node.name} that does not look at its argument"
    elif isinstance(node, ast.ExceptHandler) and _swallows(node):
        yield "an except that takes AssertionError or BaseException"


def _of_import(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    modules = [one.name for one in node.names]
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return
        names = [name for name in modules if name in ATTRIBUTES]
        if node.module == "os" and "write" in modules:
            names.append("write")
        modules = [node.module or "", *names]
        yield from (f"import of {name}" for name in names)
    for module in modules:
        if module.partition(".")[0] in MODULES:
            yield f"import of {module}"


def _of_call(node: ast.Call, name: str) -> Iterator[str]:
    plain = len(node.args) > 1 and isinstance(node.args[1], ast.Constant)
    if name in ("getattr", "setattr", "delattr") and not plain:
        yield f"{name} of a name that is worked out"
    elif name == "vars" or (name == "open" and _is_descriptor(node)):
        yield f"use of {name}"


def _is_descriptor(node: ast.Call) -> bool:
    return (
        bool(node.args)
        and isinstance(node.args[0], ast.Constant | ast.BinOp)
        and not (isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str))
    )


def _looks(node: ast.FunctionDef) -> bool:
    names = [argument.arg for argument in node.args.args[1:2]]
    used = {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}
    return bool(names) and names[0] in used


def _swallows(node: ast.ExceptHandler) -> bool:
    caught = (
        {one.id for one in ast.walk(node.type) if isinstance(one, ast.Name)}
        if node.type
        else {"BaseException"}
    )
    return bool(caught & {"AssertionError", "BaseException"})
