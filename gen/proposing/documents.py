"""The mode `documents`: problems from what the user's own documents say.

mode = Documents(domain="finance", verifier="math", chunks=read_documents(["handbook.md"]))
mode.ask(0).lineage    ->  {"document": "handbook.md", "chunk": 0, "heading": "Loans > Interest"}
mode.read(mode.ask(0), '{"problem": "According to the text, ..."}')
    ->  Unusable("invalid: refers to the document")
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from gen.proposing.asking import Asking
from gen.proposing.base import AnswerDraft, Ask, Draft, ProgramDraft, Unusable
from gen.proposing.chunks import Chunk
from gen.proposing.rules import refers_to_document
from verifiers.errors import BadInput

TASK = """\
Here is a piece of a document:

<document>
{heading}{text}
</document>

Write {subject} from what it says: {angle}.
Who is asked the problem never sees the document, and does not know that there is one. So the \
problem says everything that is needed, numbers, rules and definitions, and does not speak of a \
text, a passage, a section or an author. What the document does not settle must not be asked. If \
nothing in it will do, write a problem about its subject."""

ANGLES = {
    "answer": (
        "a case in which a rule or a formula of it is applied to numbers of your own",
        "a question whose answer is computed from several numbers or facts in it",
        "a question that needs two of its statements together, or one of them the other way round",
    ),
    "program": (
        "a function that carries out a rule or a computation which it describes",
        "a function that decides for given data whether something it describes is the case",
        "a function that summarises records of the kind which it is about",
    ),
}
"""Kind of draft -> what is asked for, in turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents(Asking):
    """Goes through the `chunks` in their order, `per_chunk` times, each time from another angle."""

    name: ClassVar[str] = "documents"

    chunks: tuple[Chunk, ...]
    per_chunk: int = 3

    def __post_init__(self) -> None:
        if not self.chunks or self.per_chunk < 1:
            raise BadInput("no documents to make problems from: name files or folders")

    def ask(self, number: int) -> Ask | None:
        """The `number`-th call; None after the last chunk's last."""
        turn, place = divmod(number, len(self.chunks))
        if turn >= self.per_chunk:
            return None
        chunk = self.chunks[place]
        angles = ANGLES[self.kind]
        task = TASK.format(
            heading=f"{chunk.heading}\n\n" if chunk.heading else "",
            text=chunk.text,
            subject=self.subject,
            angle=angles[(place + turn) % len(angles)],
        )
        lineage: dict[str, Any] = {"document": chunk.document, "chunk": chunk.number}
        if chunk.heading:
            lineage["heading"] = chunk.heading
        if chunk.pages:
            lineage["pages"] = list(chunk.pages)
        return self._ask(number, task, lineage)

    def read(self, ask: Ask, text: str) -> Draft | Unusable:
        """Read the model's answer strictly; a problem must not speak of its document."""
        draft = Asking.read(self, ask, text)
        if isinstance(draft, AnswerDraft | ProgramDraft) and refers_to_document(draft.prompt):
            return Unusable("invalid: refers to the document")
        return draft
