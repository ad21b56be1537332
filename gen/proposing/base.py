"""What a mode of proposing is: it asks a model for new problems and reads what comes back.

ask = mode.ask(0)
ask.messages    ->  (Message(role="user", content="Write one new problem in the manner of ..."),)
mode.read(ask, '{"problem": "What is 2 + 3?", "program": "def answer(): return 2 + 3"}')
    ->  AnswerDraft(prompt="What is 2 + 3?", program="def answer(): return 2 + 3", answer=None)
mode.read(ask, "I cannot help with that.")    ->  Unusable("refused")

A mode is a pure function of its settings and a call's number, so a killed run asks again exactly
what it had asked. Nothing that a model writes is run here: see truth.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from uuid import UUID

from gen.backends import Message
from verifiers.records import CertificateKind, content_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The `number`-th call of the model: for one new problem.

    `template` names how it is put, with a number that goes up whenever its wording changes;
    `lineage` says what it was made from; `schema` is the JSON schema that the answer must follow.
    """

    number: int
    messages: tuple[Message, ...]
    template: str
    lineage: Mapping[str, Any] = field(default_factory=dict)
    schema: str | None = None

    @property
    def key(self) -> UUID:
        """Identifies what is asked, by its words and its number."""
        words = [part for one in self.messages for part in (one.role, one.content)]
        return content_id("ask", self.number, self.template, *words)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDraft:
    """A question with one answer: `program` defines `answer()`, `answer` is what the model says."""

    prompt: str
    program: str | None = None
    answer: str | None = None
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDraft:
    """A programming problem: `reference` solves it, `inputs` are literal tuples of arguments."""

    prompt: str
    entry_point: str
    reference: str
    inputs: tuple[str, ...]
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TripleDraft:
    """A triple of self-play (Absolute Zero, arXiv:2505.03335): a program and inputs for it.

    `task` is what will be asked: "deduction" (the output), "abduction" (an input that gives the
    output) or "induction" (the program, from examples and `message`, a hint in words).
    """

    task: str
    program: str
    entry_point: str
    inputs: tuple[str, ...]
    message: str = ""
    level: int = 0


Draft = AnswerDraft | ProgramDraft | TripleDraft


@dataclass(frozen=True, slots=True)
class Unusable:
    """An answer that is no draft; `reason` is a code, with detail after a colon.

    Codes: `refused`, `truncated`, `malformed`, `invalid` (well formed, but breaks a rule).
    """

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """An answer that is not a solver's: of the proposer's `program`, or as it was `stated`."""

    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A draft that can be asked.

    `ground_truth` is there where running the draft gave it (programs, triples); where it is None,
    solvers are asked and the claims are weighed with their answers. `confidence` is the ground
    truth's before any solver was asked. `needs_solvers` is False where execution settles it.
    """

    prompt: str
    verifier: str
    params: str = "{}"
    level: int = 0
    claims: tuple[Claim, ...] = ()
    ground_truth: str | None = None
    certificate: CertificateKind = "consensus"
    confidence: float = 0.0
    evidence: Mapping[str, Any] = field(default_factory=dict)
    needs_solvers: bool = True

    @property
    def question_id(self) -> UUID:
        """Under which its solvers' rollouts are kept, whatever ground truth they will lead to."""
        return content_id("question", self.verifier, self.params, self.prompt)


class Mode(Protocol):
    """A way of asking for problems of one domain."""

    name: ClassVar[str]

    @property
    def domain(self) -> str:
        """The domain of its problems."""
        ...

    @property
    def verifier(self) -> str:
        """The verifier of its problems' answers."""
        ...

    def ask(self, number: int) -> Ask | None:
        """The `number`-th call, from 0; None where there is nothing more to ask."""
        ...

    def read(self, ask: Ask, text: str) -> Draft | Unusable:
        """Read the model's answer strictly."""
        ...
