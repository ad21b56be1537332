"""Takes the program out of a completion.

program("Here:\\n```python\\nx = 1\\n```\\nDone.")       ->  "x = 1\\n"
complete("    return x\\n", "def f(x):\\n", "f")    ->  "def f(x):\\n    return x\\n"
"""

import ast
import re

from verifiers.code.syntax import parse

FENCE = re.compile(
    r"^[ \t]*(?P<mark>`{3,}|~{3,})[^\n`]*\n(?P<code>.*?)(?:^[ \t]*(?P=mark)[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)


def program(completion: str) -> str | None:
    """The last fenced block outside <think>, or all text where there is none; None: nothing."""
    # What precedes a closing tag was thinking, and so is what follows one that was never closed.
    text = completion.rpartition("</think>")[2].partition("<think>")[0]
    blocks = [found["code"] for found in FENCE.finditer(text.replace("\r\n", "\n"))]
    code = (blocks[-1] if blocks else text).removeprefix("\ufeff")
    return code if code.strip() else None


def complete(code: str, prompt: str | None, entry_point: str) -> str:
    """A body that only goes on from its prompt, as HumanEval's solutions do, with the prompt."""
    if prompt is None or re.search(rf"^(?:async\s+)?(?:def|class)\s+{entry_point}\b", code, re.M):
        return code
    whole = prompt + code
    if prompt_code(prompt) is not None and _compiles(whole):
        return whole
    return code


def prompt_code(prompt: str | None) -> str | None:
    """The Python code that a prompt shows: all of it, or its fenced blocks; None where none is."""
    if prompt is None:
        return None
    blocks = [found["code"] for found in FENCE.finditer(prompt)]
    code = "\n".join(blocks) if blocks else prompt
    if not _compiles(code):
        return None
    defined = any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in parse(code).body)
    return code if defined else None


def _compiles(code: str) -> bool:
    try:
        parse(code)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True
