"""The mode `evolve`: a problem made harder, easier, or other (Evol-Instruct, arXiv:2304.12244).

mode = Evolve(domain="math", verifier="math", problems=parents)
mode.ask(0).lineage    ->  {"parent": "0c2f...", "direction": "harder", "level": 3}
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from gen.proposing.asking import Asking
from gen.proposing.base import Ask
from gen.proposing.seeds import shown_problem
from verifiers.errors import BadInput, UnknownName
from verifiers.records import Problem

Direction = Literal["harder", "easier", "varied"]

TASK = """\
Here is {subject}:

{parent}

{wish}
The new problem stands alone: who reads it does not know the one above."""

WISHES: dict[str, str] = {
    "harder": "Write a harder problem from it: one that needs a further step of reasoning, an "
    "additional condition, a more general case, or the reverse question. Larger numbers alone do "
    "not make it harder.",
    "easier": "Write an easier problem from it: one that needs the same idea with fewer steps, "
    "fewer conditions, or a special case.",
    "varied": "Write a different problem from it, as hard as this one: it needs the same ideas in "
    "another situation, with another question and other numbers.",
}

STEPS = {"harder": 1, "easier": -1, "varied": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolve(Asking):
    """Goes through the `problems` in their order, `rounds` times, the `directions` in turn.

    After as many rounds as there are directions each problem has been evolved in each of them.
    A child's level is its parent's, one up or down; none where the parent has none.
    """

    name: ClassVar[str] = "evolve"

    problems: tuple[Problem, ...]
    directions: tuple[Direction, ...] = ("harder", "varied", "easier")
    rounds: int = 3

    def __post_init__(self) -> None:
        if not self.problems:
            raise BadInput("no problems to evolve: make or import some, or widen what is chosen")
        for direction in self.directions or ("",):
            if direction not in WISHES:
                raise UnknownName("direction", direction, WISHES)

    def ask(self, number: int) -> Ask | None:
        """The `number`-th call; None after the last round."""
        turn, place = divmod(number, len(self.problems))
        if turn >= self.rounds:
            return None
        parent = self.problems[place]
        direction = self.directions[(place + turn) % len(self.directions)]
        lineage = {"parent": parent.problem_id.hex, "direction": direction}
        level = max(1, parent.level + STEPS[direction]) if parent.level else 0
        task = TASK.format(
            subject=self.subject, parent=shown_problem(parent), wish=WISHES[direction]
        )
        return self._ask(number, task, {**lineage, "level": level})
