"""The mode `seeds`: a new problem in the manner of a few that are there (few-shot).

mode = Seeds(domain="math", verifier="math", problems=tuple(store's problems), shots=3)
mode.ask(7).lineage    ->  {"seeds": ["0c2f...", "91ab...", "5d07..."]}
"""

from dataclasses import dataclass
from typing import ClassVar

from gen.proposing.asking import Asking
from gen.proposing.base import Ask
from verifiers.errors import BadInput
from verifiers.records import Problem

TASK = """\
Here are examples of problems:

{examples}

Write {subject} that is new. It is in the manner of the examples and about as hard, but about \
something else: another situation, another question, other numbers. It must not be one of them in \
other words."""

MOST_SHOWN_CHARS = 2_000
"""Characters of an example; the rest is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seeds(Asking):
    """Shows `shots` of the `problems`, drawn for each call, and asks for another; never ends."""

    name: ClassVar[str] = "seeds"

    problems: tuple[Problem, ...]
    shots: int = 3

    def __post_init__(self) -> None:
        if not self.problems or self.shots < 1:
            raise BadInput("no seed problems: make or import some first, or widen what is chosen")

    def ask(self, number: int) -> Ask | None:
        """The `number`-th call."""
        chosen = self._rng(number).sample(self.problems, min(self.shots, len(self.problems)))
        examples = "\n\n".join(
            f"Example {place}:\n{shown_problem(one)}" for place, one in enumerate(chosen, start=1)
        )
        task = TASK.format(examples=examples, subject=self.subject)
        return self._ask(number, task, {"seeds": [one.problem_id.hex for one in chosen]})


def shown_problem(problem: Problem) -> str:
    """A problem as a model is shown it: with its answer, where that is not a list of tests."""
    text = problem.prompt.strip()
    if len(text) > MOST_SHOWN_CHARS:
        text = f"{text[:MOST_SHOWN_CHARS]} ..."
    if problem.verifier == "code" or len(problem.ground_truth) > MOST_SHOWN_CHARS:
        return text
    return f"{text}\nAnswer: {problem.ground_truth}"
