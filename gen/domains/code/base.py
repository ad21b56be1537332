"""What the code families share: a task whose reference has run, and tests that its mutants fail.

    class Doubles(CodeFamily):
        name, card = "functions.doubles", generated()

        def generate(self, rng, level):
            tests = hardened("def f(x):\\n    return 2 * x\\n", "f", [(1,), (5,), (0,)], rng)
            return self.coded(level, "Write f(x) that ...", function_truth("f", tests), tests)

The reference and a mutant that the tests reject go into the evidence; `right` and `wrong` read them
from there.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, TypeVar

import msgspec

from gen.domains.code.testing import Tests
from gen.family import Card, Family
from verifiers.code.truth import Case, Function, Truth
from verifiers.records import CertificateKind, Problem

T = TypeVar("T")

ATTEMPTS = 200


class CodeFamily(Family):
    """A family whose answers are programs, judged by tests they do not see."""

    domain = "code"
    verifier = "code"
    certificate: CertificateKind = "execution"
    levels = (1, 2, 3, 4, 5)

    def coded(
        self, level: int, prompt: str, ground_truth: str, reference: str, wrong: str,
        *, evidence: Mapping[str, Any], params: Mapping[str, Any] | None = None,
    ) -> Problem:  # fmt: skip
        """A problem; `reference` and `wrong` are whole answers, without their fence."""
        known = {**evidence, "reference": reference, "wrong": wrong}
        return Problem(
            domain=self.domain,
            family=self.name,
            level=level,
            prompt=prompt,
            ground_truth=ground_truth,
            verifier=self.verifier,
            params=msgspec.json.encode(params or {}).decode(),
            certificate=self.certificate,
            evidence=msgspec.json.encode(known).decode(),
        )

    def size(self, problem: Problem) -> float:
        """The characters of prompt and reference; how long the tests are says nothing."""
        return len(problem.prompt) + len(known(problem, "reference"))

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The reference, alone and with text and thinking before it."""
        answer = fenced(known(problem, "reference"))
        return (
            answer,
            f"<think>\n{fenced(known(problem, 'wrong'))}\nNo.</think>\n\nHere it is.\n\n{answer}",
        )

    def wrong(self, problem: Problem, rng: Random) -> str | None:
        """A mutant of the reference that the tests reject."""
        return fenced(known(problem, "wrong"))

    def trivial(self) -> Mapping[str, str]:
        """Programs that give their argument back, or always the same."""
        return {
            f"always {value}": fenced(f"def f(*arguments):\n    return {value}\n")
            for value in ("arguments[0]", "0", "[]", "True", "''")
        }


def fenced(program: str) -> str:
    """A program as a response."""
    return f"```python\n{program.rstrip()}\n```\n"


def function_truth(entry_point: str, tests: Tests) -> str:
    """The ground truth of a function that must give the tests' values."""
    cases = tuple(Case(repr(args), repr(value)) for args, value in tests.hidden)
    return truth_text(Function(entry_point=entry_point, tests=cases))


def truth_text(truth: Truth) -> str:
    """A ground truth as JSON."""
    return msgspec.json.encode(truth).decode()


def generated(*pitfalls: str, chance_level: float = 0.0) -> Card:
    """The card of a family that is made here, from nothing but a seed."""
    return Card(
        licence="Apache-2.0", source="generated", chance_level=chance_level, pitfalls=pitfalls
    )


def until(draw: Callable[[], T | None]) -> T:
    """What `draw` gives the first time that it gives anything; raises LookupError."""
    for _ in range(ATTEMPTS):
        if (found := draw()) is not None:
            return found
    raise LookupError(f"nothing usable in {ATTEMPTS} draws")


def known(problem: Problem, key: str) -> str:
    """What a problem's evidence says under a key."""
    return msgspec.json.decode(problem.evidence)[key]
