"""What a draft must not be, as far as its text alone can tell.

    fault(AnswerDraft(prompt="Prove that 2 is prime.", answer="yes"))    ->  "asks for a proof"
    fault(AnswerDraft(prompt="What is 2 + 3?", answer="5"))              ->  None

Programs are parsed, never run.
"""

import ast
import re
import warnings
from collections.abc import Iterator

from gen.proposing.base import AnswerDraft, Draft, ProgramDraft, TripleDraft
from verifiers.code.literals import NoLiteral, arguments_text
from verifiers.code.syntax import parse

LEAST_PROMPT_CHARS, MOST_PROMPT_CHARS = 8, 6_000
MOST_PROGRAM_CHARS = 10_000
MOST_ANSWER_CHARS = 500
LEAST_INPUTS, MOST_INPUTS = 3, 50

LEAST_TRIPLE_INPUTS = {"deduction": 2, "abduction": 2, "induction": 6}
"""Deduction and abduction ask for one input, and need a second that shows that it matters."""

_DRAWN = r"(?:figure|diagram|picture|image|graph|chart|plot|map|drawing|illustration)"

NEEDS_A_FIGURE = re.compile(
    rf"\b{_DRAWN}s? (?:below|above|shown|depicts?)\b"
    r"|\b(?:shown|depicted|pictured|drawn|see|seen|illustrated)(?: in)? (?:the |this )?"
    rf"(?:following |accompanying )?{_DRAWN}\b"
    r"|\b(?:in|from) (?:the|this) (?:following |accompanying )?(?:figure|diagram|picture|image)\b"
    r"|\b(?:shown|pictured|depicted|drawn|sketched) (?:below|above)(?=\?|\.?\s*\Z)"
    r"|\[asy\]|!\[|\\includegraphics|\\begin\{tikzpicture\}",
    re.IGNORECASE,
)

FOR_ANSWERS = {
    "asks for a proof": re.compile(
        r"\bprove\b(?! to be)|(?:\A|[.!?:;,]\s+|\b(?:and|then|to) )show that\b|\bdisprove\b"
        r"|\b(?:give|write|provide) an? (?:\w+ )?proof\b"
        r"|\bjustify your\b|\bexplain (?:why|how|your)\b",
        re.IGNORECASE,
    ),
    "multiple choice": re.compile(
        r"(?:^|\s)\(?A[).:]\s.{1,400}?\s\(?B[).:]\s.{1,400}?\s\(?C[).:]\s"
        r"|\bwhich of the (?:following|options|choices)\b|\\textbf\{\(A\)",
        re.IGNORECASE | re.DOTALL,
    ),
    "gives its answer away": re.compile(
        r"^\W*(?:answer|solution)\W{0,3}:[^\S\n]*\S|\\boxed\s*\{\s*[^}\s.]",
        re.IGNORECASE | re.MULTILINE,
    ),
}
"""What questions with one answer must not be."""

REFERS = re.compile(
    r"\baccording to (?:the|this) (?:text|passage|document|article|section|excerpt|chapter|paper"
    r"|book|author|table|source|material|reading)\b|\b(?:the|this|given) (?:passage|excerpt)\b"
    r"|\b(?:described|mentioned|stated|discussed|presented|defined|explained|introduced|shown|used)"
    r" in (?:the|this) (?:text|document|article|section|chapter|paper|book)\b"
    r"|\b(?:the|this) (?:text|document|article|section|chapter|paper)"
    r" (?:above|below|states|says|describes|mentions|discusses|explains|gives|uses)\b"
    r"|\b(?:described|mentioned|discussed|stated|explained|defined) (?:above|earlier|previously)\b"
    r"|\bthe authors?\b|\b(?:in|by|from|see) (?:section|chapter|table|figure|theorem|equation|eq\.)"
    r" \(?\d",
    re.IGNORECASE,
)

PURE = frozenset(
    {
        "__future__", "abc", "bisect", "cmath", "collections", "copy", "dataclasses", "decimal",
        "enum", "fractions", "functools", "heapq", "itertools", "math", "numbers", "operator", "re",
        "statistics", "string", "typing",
    }
)  # fmt: skip
"""Modules whose functions give the same for the same arguments, and touch nothing else."""

COMPUTING = PURE | {"mpmath", "networkx", "numpy", "scipy", "sympy"}
"""What a program that computes an answer may use besides."""

BANNED = frozenset(
    {
        "__builtins__", "__import__", "breakpoint", "compile", "eval", "exec", "exit", "globals",
        "hash", "id", "input", "locals", "open", "print", "quit", "random", "vars",
    }
)  # fmt: skip
"""Names that a program has no honest use for, or that differ from run to run."""


def fault(draft: Draft) -> str | None:
    """The first rule that a draft breaks; None where it breaks none."""
    if isinstance(draft, AnswerDraft):
        return _answer_fault(draft)
    least = LEAST_INPUTS
    if isinstance(draft, ProgramDraft):
        if found := _prompt_fault(draft.prompt):
            return found
        program = draft.reference
    else:
        if draft.task not in LEAST_TRIPLE_INPUTS:
            return f"no task {draft.task!r}"
        program, least = draft.program, LEAST_TRIPLE_INPUTS[draft.task]
    banned = BANNED if isinstance(draft, TripleDraft) else BANNED - {"print"}
    return program_fault(program, draft.entry_point, imports=PURE, banned=banned) or _inputs_fault(
        draft.inputs, least
    )


def program_fault(
    program: str, entry_point: str, *, imports: frozenset[str], banned: frozenset[str] = BANNED
) -> str | None:
    """What is wrong with a program by its syntax tree alone."""
    if not program.strip():
        return "no program"
    if len(program) > MOST_PROGRAM_CHARS:
        return f"a program of {len(program)} characters"
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = parse(program)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        return f"the program has a syntax error: {error}"[:200]
    functions = [one for one in tree.body if isinstance(one, ast.FunctionDef)]
    if not entry_point.isidentifier() or entry_point not in {one.name for one in functions}:
        return f"the program has no function {entry_point[:40]!r}"
    for name in _imported(tree):
        if name.partition(".")[0] not in imports or {"random", "_random"} & {*name.split(".")}:
            return f"the program imports {name[:40]}"
    if found := sorted(_free_names(tree) & banned):
        return f"the program uses {found[0]}"
    return None


def refers_to_document(prompt: str) -> bool:
    """Whether a problem speaks of a text that nobody will see who is asked it."""
    return REFERS.search(prompt) is not None


def gives_away(prompt: str, answer: str) -> bool:
    """Whether a problem says its own answer."""
    words = " ".join(prompt.lower().replace("$", "").split())
    return re.search(rf"\banswer is:? {re.escape(answer.lower())}(?![\w.]\w)", words) is not None


def _answer_fault(draft: AnswerDraft) -> str | None:
    if found := _prompt_fault(draft.prompt):
        return found
    for name, pattern in FOR_ANSWERS.items():
        if pattern.search(draft.prompt):
            return name
    if draft.answer is not None:
        if len(draft.answer) > MOST_ANSWER_CHARS or "\n" in draft.answer:
            return "an answer that is more than one line"
        if gives_away(draft.prompt, draft.answer):
            return "gives its answer away"
    if draft.program is None:
        return "neither a program nor an answer" if draft.answer is None else None
    return program_fault(
        draft.program, "answer", imports=COMPUTING, banned=BANNED - {"print"}
    ) or _arguments_fault(draft.program)


def _prompt_fault(prompt: str) -> str | None:
    if not prompt.strip():
        return "an empty problem"
    if len(prompt) < LEAST_PROMPT_CHARS:
        return f"a problem of {len(prompt)} characters"
    if len(prompt) > MOST_PROMPT_CHARS:
        return f"too long: a problem of {len(prompt)} characters"
    return "needs a figure" if NEEDS_A_FIGURE.search(prompt) else None


def _arguments_fault(program: str) -> str | None:
    for one in parse(program).body:
        if isinstance(one, ast.FunctionDef) and one.name == "answer":
            n_needed = len(one.args.posonlyargs + one.args.args) - len(one.args.defaults)
            if n_needed or None in one.args.kw_defaults:
                return "its function answer takes arguments"
    return None


def _inputs_fault(inputs: tuple[str, ...], least: int) -> str | None:
    if not least <= len(inputs) <= MOST_INPUTS:
        return f"{len(inputs)} inputs: {least} to {MOST_INPUTS} are wanted"
    for one in inputs:
        try:
            arguments_text(one)
        except NoLiteral as error:
            return f"an input that cannot be read: {error}"[:200]
    return None


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{one.name}" for one in node.names)


def _free_names(tree: ast.Module) -> set[str]:
    """Names that a program uses and does not bind, and attributes that are called `random`."""
    nodes = [*ast.walk(tree)]
    names = [node for node in nodes if isinstance(node, ast.Name)]
    bound = {one.id for one in names if not isinstance(one.ctx, ast.Load)}
    bound |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    random = {node.attr for node in nodes if isinstance(node, ast.Attribute)} & {"random"}
    return {one.id for one in names} - bound | random
