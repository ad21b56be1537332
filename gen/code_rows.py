"""Rows of well-known sets of programming problems, as prompt, ground truth and reference.

code_row({"prompt": "def f(x):\\n    ...", "entry_point": "f", "canonical_solution": "    return x",
          "test": "def check(candidate): ..."})                          # HumanEval
->  CodeRow(prompt="def f(x):...", ground_truth='{"kind": "check", ...}', reference="def f(x):...")

code_row({"text": "Write a function to ...", "code": "def f(x): ...",
          "test_list": ["assert f(1) == 2"], "test_setup_code": ""})     # MBPP
->  CodeRow(prompt="Write a function to ...\\n\\nCall it `f(x)`.",
            ground_truth='{"kind": "asserts", ...}', reference="def f(x): ...")
"""

import ast
import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from verifiers.code.extract import complete
from verifiers.code.syntax import parse
from verifiers.code.truth import Asserts, Check


@dataclass(frozen=True, slots=True)
class CodeRow:
    """What a row says; `reference` is a whole program, None where the row has none."""

    prompt: str
    ground_truth: str
    reference: str | None


def code_row(row: Mapping[str, Any]) -> CodeRow | None:
    """Read a row of HumanEval's or MBPP's shape; None for any other."""
    if _texts(row, "prompt", "entry_point", "test"):
        return _humaneval(row)
    if isinstance(row.get("test_list"), list) and all(map(_is_text, row["test_list"])):
        return _mbpp(row)
    return None


def whole_program(reference: str, prompt: str, ground_truth: str) -> str:
    """The reference with its prompt before it, where it only goes on from there."""
    try:
        name = msgspec.json.decode(ground_truth).get("entry_point")
    except (msgspec.DecodeError, AttributeError):
        return reference
    return complete(reference, prompt, name) if isinstance(name, str) else reference


def _humaneval(row: Mapping[str, Any]) -> CodeRow:
    truth = Check(entry_point=row["entry_point"].strip(), test=row["test"])
    solution = row.get("canonical_solution")
    reference = None
    if isinstance(solution, str) and solution.strip():
        reference = complete(solution, row["prompt"], truth.entry_point)
    return CodeRow(row["prompt"], msgspec.json.encode(truth).decode(), reference)


def _mbpp(row: Mapping[str, Any]) -> CodeRow | None:
    prompt = next((row[name] for name in ("text", "prompt") if _is_text(row.get(name))), None)
    code = row["code"] if _is_text(row.get("code")) else None
    defined = _defined(code or "")
    entry_point = _tested(row["test_list"], defined)
    if prompt is None or entry_point is None:
        return None
    imports = row.get("test_imports")
    setup = [row.get("test_setup_code") or "", *(imports if isinstance(imports, list) else ())]
    truth = Asserts(
        entry_point=entry_point,
        tests=tuple(row["test_list"]),
        setup="\n".join(part for part in setup if _is_text(part)),
    )
    # The text alone does not say what the tests call.
    call = f"{entry_point}({defined[entry_point]})" if entry_point in defined else entry_point
    prompt = f"{prompt.strip()}\n\nCall it `{call}`."
    return CodeRow(prompt, msgspec.json.encode(truth).decode(), code)


def _tested(tests: list[str], defined: Mapping[str, str]) -> str | None:
    """The name that the assertions call: one that the reference defines, else no built-in."""
    called = [
        node.func.id
        for text in tests
        for node in ast.walk(_parsed(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    known = [name for name in called if name in defined]
    strange = [name for name in called if not hasattr(builtins, name)]
    return next(iter(known + strange), None)


def _defined(code: str) -> dict[str, str]:
    """The functions at the top of a program, with their parameters as they are written."""
    return {
        node.name: ast.unparse(node.args)
        for node in _parsed(code).body
        if isinstance(node, ast.FunctionDef)
    }


def _parsed(code: str) -> ast.Module:
    try:
        return parse(code.replace("\r\n", "\n"))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _texts(row: Mapping[str, Any], *names: str) -> bool:
    return all(_is_text(row.get(name)) for name in names)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())
