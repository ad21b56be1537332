"""In which form a model is to answer: what it is told of it, the schema, and how it is read.

    form_of("answer", "json").read('{"problem": "2 + 3?", "program": "", "answer": "5"}')
    ->  AnswerDraft(prompt="2 + 3?", program=None, answer="5")
    form_of("answer", "tagged").read("Problem: 2 + 3?\\nAnswer: 5")
    ->  AnswerDraft(prompt="2 + 3?", program=None, answer="5")

Two forms of each kind of draft. `json` is one JSON object with exactly the fields that are known;
a server that can be held to a schema gives nothing else. `tagged`, labels and a fenced block of
Python, is for small models that cannot write JSON and are held to nothing.
"""

from dataclasses import dataclass
from typing import Literal

import msgspec

from gen.proposing.base import AnswerDraft, Draft, ProgramDraft, TripleDraft, Unusable
from gen.proposing.reading import is_refusal, read_json, read_tagged, shown
from verifiers.code.extract import FENCE

Kind = Literal["answer", "program", "triple"]
FormName = Literal["json", "tagged"]

ENTRY_POINT = "f"
"""The function of a triple."""

INSTRUCTIONS: dict[tuple[Kind, FormName], str] = {
    ("answer", "json"): """\
Answer with one JSON object and nothing else:
{"problem": "...", "program": "...", "answer": "..."}
problem: the whole text of the problem, which must be clear without anything else. It asks for \
exactly one answer, and does not give it away.
program: Python code that defines a function answer() without arguments. It computes the answer \
from the numbers in the problem and returns it: an exact number (int, fractions.Fraction, a sympy \
expression), a string, or a tuple of these.
answer: the final answer alone, without a sentence around it.""",
    ("answer", "tagged"): """\
Answer in exactly this form:

Problem: the whole text of the problem, which asks for exactly one answer
```python
def answer():
    return ...  # computes the answer
```
Answer: the final answer alone""",
    ("program", "json"): """\
Answer with one JSON object and nothing else:
{"problem": "...", "entry_point": "...", "program": "...", "inputs": ["...", "..."]}
problem: the whole task, which must be clear without anything else: the name of the function, what \
its arguments are and which values they may have, what it returns, also for empty and extreme \
arguments, and one example.
entry_point: the name of the function.
program: a correct solution, Python code that defines this function. It reads no input, prints \
nothing, and gives the same value each time.
inputs: eight to twelve different arguments for it, each a string with a Python tuple of literals, \
such as "([3, 1, 2], 5)" or "('abc',)". Among them are small, empty and extreme ones.""",
    ("program", "tagged"): """\
Answer in exactly this form:

Problem: the whole task: the function's name, its arguments, what it returns, and one example
Function: the name of the function
```python
def name(xs, n):
    return ...  # a correct solution
```
Inputs:
([3, 1, 2], 5)
([], 0)
and so on: eight to twelve lines, each a Python tuple with the arguments of one call""",
    ("triple", "json"): """\
Answer with one JSON object and nothing else:
{"program": "...", "inputs": ["...", "..."], "message": "..."}
program: Python code that defines a function f.
inputs: arguments for it, each a string with a Python tuple of literals, such as "([3, 1, 2], 5)" \
or "('abc',)".
message: one or two sentences that say what f does, without giving its code.""",
    ("triple", "tagged"): """\
Answer in exactly this form:

```python
def f(xs, n):
    return ...
```
Inputs:
([3, 1, 2], 5)
([], 0)
and so on: one line for each, a Python tuple with the arguments of one call
Message: one sentence that says what f does""",
}


class AnswerFields(msgspec.Struct, forbid_unknown_fields=True):
    """A question as a model writes it."""

    problem: str
    program: str = ""
    answer: str = ""


class ProgramFields(msgspec.Struct, forbid_unknown_fields=True):
    """A programming problem as a model writes it."""

    problem: str
    entry_point: str
    program: str
    inputs: list[str]


class TripleFields(msgspec.Struct, forbid_unknown_fields=True):
    """A triple of self-play as a model writes it."""

    program: str
    inputs: list[str]
    message: str = ""


FIELDS = {"answer": AnswerFields, "program": ProgramFields, "triple": TripleFields}


@dataclass(frozen=True, slots=True)
class Form:
    """How a draft of a kind is to be written."""

    kind: Kind
    name: FormName

    @property
    def instructions(self) -> str:
        """What the model is told of it."""
        return INSTRUCTIONS[self.kind, self.name]

    @property
    def schema(self) -> str | None:
        """The JSON schema of one flat object with all fields; None where it is not JSON."""
        if self.name != "json":
            return None
        (schema,) = msgspec.json.schema(FIELDS[self.kind])["$defs"].values()
        properties = {
            name: {key: value for key, value in one.items() if key != "default"}
            for name, one in schema["properties"].items()
        }
        flat = {
            "type": "object",
            "properties": properties,
            "required": [*properties],
            "additionalProperties": False,
        }
        return msgspec.json.encode(flat).decode()

    def read(self, text: str, *, task: str = "deduction", level: int = 0) -> Draft | Unusable:
        """What a model has written, not held against the rules yet; `task` is a triple's."""
        text = shown(text)
        if is_refusal(text):
            return Unusable("refused")
        read = read_json if self.name == "json" else read_tagged
        try:
            fields = read(text, FIELDS[self.kind])
        except (msgspec.MsgspecError, RecursionError) as error:
            return Unusable(f"malformed: {error}"[:200])
        return _draft(fields, task, level)


def _draft(fields: msgspec.Struct, task: str, level: int) -> Draft | Unusable:
    if isinstance(fields, TripleFields):
        return TripleDraft(
            task=task,
            program=_code(fields.program),
            entry_point=ENTRY_POINT,
            inputs=_stripped(fields.inputs),
            message=fields.message.strip(),
            level=level,
        )
    assert isinstance(fields, AnswerFields | ProgramFields)
    if is_refusal(fields.problem.strip()):
        return Unusable("refused")
    if isinstance(fields, AnswerFields):
        return AnswerDraft(
            prompt=fields.problem.strip(),
            program=_code(fields.program) or None,
            answer=_bare(fields.answer) or None,
            level=level,
        )
    return ProgramDraft(
        prompt=fields.problem.strip(),
        entry_point=fields.entry_point.strip(),
        reference=_code(fields.program),
        inputs=_stripped(fields.inputs),
        level=level,
    )


def _stripped(texts: list[str]) -> tuple[str, ...]:
    return tuple(one.strip() for one in texts)


def _code(text: str) -> str:
    """A program without the fence that a model has put around it."""
    blocks = [one["code"] for one in FENCE.finditer(text)]
    return (blocks[0] if len(blocks) == 1 else text).strip("\n").rstrip()


def _bare(answer: str) -> str:
    """An answer without its dollars and its box."""
    answer = answer.strip().strip("$").strip()
    if answer.startswith("\\boxed{") and answer.endswith("}"):
        answer = answer[len("\\boxed{") : -1].strip()
    return answer
