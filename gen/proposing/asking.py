"""What all modes have in common: for which domain they ask, in which form, and how they read.

class Wishes(Asking):                                # a mode of its own, in four lines
    name = "wishes"
    def ask(self, number): return self._ask(number, "Write one new problem about sheep.", {})

Wishes(domain="math", verifier="math").ask(0).template    ->  "wishes-answer-json-1"
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from gen.backends import Message
from gen.proposing.base import Ask, Draft, Unusable
from gen.proposing.forms import Form, FormName, Kind
from gen.proposing.rules import fault

WORDING = 1
"""Goes up whenever anything that a model is told changes its wording."""

SUBJECTS = {
    "math": "a mathematics problem",
    "code": "a programming problem for Python",
}

LEVELS = {
    1: "very easy: one step",
    2: "easy: two or three steps",
    3: "of middling difficulty: several steps that build on each other",
    4: "hard: it needs an idea that is not in the problem's words",
    5: "very hard: for those who win competitions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking(ABC):
    """Settings of every mode; the same ones ask the same, call for call.

    `form` is "json" (also held to a schema, where a server can be) or "tagged" (forms.py).
    """

    name: ClassVar[str]

    domain: str
    verifier: str
    seed: int = 0
    form: FormName = "json"

    @property
    def kind(self) -> Kind:
        """What is asked for: a program is judged by tests, all else by its answer."""
        return "program" if self.verifier == "code" else "answer"

    @property
    def subject(self) -> str:
        """What a problem of the domain is called, with its article."""
        return SUBJECTS.get(self.domain, f"a problem from the domain of {self.domain}")

    @abstractmethod
    def ask(self, number: int) -> Ask | None:
        """The `number`-th call, from 0; None where there is nothing more to ask."""

    def read(self, ask: Ask, text: str) -> Draft | Unusable:
        """Read the model's answer strictly."""
        form = Form(self.kind, self.form)
        task, level = ask.lineage.get("task", "deduction"), ask.lineage.get("level", 0)
        draft = form.read(text, task=task, level=level)
        if isinstance(draft, Unusable):
            return draft
        found = fault(draft)
        return draft if found is None else Unusable(f"invalid: {found}")

    def _ask(self, number: int, task: str, lineage: Mapping[str, Any]) -> Ask:
        form = Form(self.kind, self.form)
        content = f"{task.strip()}\n\n{form.instructions}"
        return Ask(
            number=number,
            messages=(Message(role="user", content=content),),
            template=f"{self.name}-{self.kind}-{self.form}-{WORDING}",
            lineage=lineage,
            schema=form.schema,
        )

    def _rng(self, number: int) -> Random:
        """The stream that belongs to one call."""
        return Random(f"{self.seed}:{number}")
