"""The mode `selfplay`: programs with inputs, proposed for their own sake (Absolute Zero).

mode = SelfPlay(domain="code", verifier="code", references=(TripleDraft(...), ...))
mode.ask(1).lineage    ->  {"task": "abduction", "references": ["51ce...", ...]}
mode.read(mode.ask(1), '{"program": "def f(x): ...", "inputs": ["(1,)"], "message": "..."}')
    ->  TripleDraft(task="abduction", program="def f(x): ...", entry_point="f", ...)

arXiv:2505.03335. The tasks take turns; a model sees earlier triples and is asked for something
else. The earlier ones are a setting, not what this run has made: what a call asks does not depend
on what came back before it.
"""

from dataclasses import dataclass
from typing import ClassVar

import msgspec

from gen.proposing.asking import Asking
from gen.proposing.base import Ask, TripleDraft
from gen.proposing.forms import Kind
from gen.proposing.rules import PURE
from verifiers.errors import UnknownName
from verifiers.records import Problem, content_id

TASKS = ("deduction", "abduction", "induction")

TASK = """\
Invent a Python function f that is worth thinking about. {wish}
{references}
f has at least one argument, and takes and returns plain data only: numbers, strings, lists, \
tuples, sets and dicts of them. It is deterministic and quick, changes nothing outside, reads and \
prints nothing. It may import only {modules}.
{inputs}"""

WISHES = {
    "deduction": "Others will be shown f and an input, and must say what f returns without running "
    "it. That should take several steps of careful reasoning, and still be possible by hand.",
    "abduction": "Others will be shown f and a value, and must find an input for which f returns "
    "it. That should take insight into f, and not be possible by guessing.",
    "induction": "Others will be shown some inputs with what f returns, and a hint, and must write "
    "f. The rule should be one that can be found, but not at first sight.",
}

INPUTS = {
    "deduction": "Give three different inputs, for which f returns different values.",
    "abduction": "Give three different inputs, for which f returns different values.",
    "induction": "Give ten different inputs that together show what f does, also in special cases.",
}

REFERENCES = """
Here are functions that are there already. Write one that differs from them in what it does:

{shown}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfPlay(Asking):
    """Asks for triples, the `tasks` in turn, showing `shots` of the `references`; never ends."""

    name: ClassVar[str] = "selfplay"

    tasks: tuple[str, ...] = TASKS
    references: tuple[TripleDraft, ...] = ()
    shots: int = 3

    def __post_init__(self) -> None:
        for task in self.tasks or ("",):
            if task not in TASKS:
                raise UnknownName("task of self-play", task, TASKS)
        if self.verifier != "code":
            raise UnknownName("verifier of self-play", self.verifier, ("code",))

    @property
    def kind(self) -> Kind:
        """What is asked for."""
        return "triple"

    def ask(self, number: int) -> Ask | None:
        """The `number`-th call."""
        task = self.tasks[number % len(self.tasks)]
        n_shown = min(self.shots, len(self.references))
        places = self._rng(number).sample(range(len(self.references)), n_shown)
        shown = "\n\n".join(f"```python\n{self.references[one].program}\n```" for one in places)
        content = TASK.format(
            wish=WISHES[task],
            references=REFERENCES.format(shown=shown) if shown else "",
            modules=", ".join(sorted(PURE - {"__future__"})),
            inputs=INPUTS[task],
        )
        ids = [content_id("triple", self.references[one].program).hex for one in places]
        return self._ask(number, content, {"task": task, "references": ids})


def triple_of(problem: Problem) -> TripleDraft | None:
    """The triple that a problem of self-play was made from; None where it was made otherwise."""
    evidence = msgspec.json.decode(problem.evidence)
    if evidence.get("task") not in TASKS or "program" not in evidence:
        return None
    return TripleDraft(
        task=evidence["task"],
        program=evidence["program"],
        entry_point=evidence["entry_point"],
        inputs=tuple(evidence["inputs"]),
        message=evidence["message"],
        level=problem.level,
    )
