"""What families share whose answer is a plan, judged by `plan`.

    class Crew(PlanFamily):
        name = "logistics.assignment"

        def draw(self, rng: Random, level: int) -> PlanDraft:
            return PlanDraft("Who does what? ...", {"kind": "assignment", "costs": costs},
                             best={"assignment": [1, 0]}, second=3, near=[{"assignment": [0, 1]}])

The draft brings a best plan, and what a best plan costs by another method; the checker of the
verifier holds them against each other, and sees to it that no near miss is as good as the best.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, ClassVar

import msgspec

from gen.errors import GroundTruthDisagrees
from gen.family import Family
from verifiers.plan import PlanVerifier
from verifiers.plan.truth import Optimised, read_truth
from verifiers.records import Problem


@dataclass(frozen=True, slots=True)
class PlanDraft:
    """A problem in the making: the instance without its best, a best plan, and lesser ones.

    `second` is the best objective as an independent method found it.
    """

    prompt: str
    instance: Mapping[str, Any]
    best: Mapping[str, Any]
    second: float | None = None
    near: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


class PlanFamily(Family):
    """A family that asks for a plan that is as good as the best."""

    domain = "industry"
    levels = (1, 2, 3, 4, 5)
    verifier = "plan"
    methods: ClassVar[str]

    @abstractmethod
    def draw(self, rng: Random, level: int) -> PlanDraft:
        """Make the draft of one problem."""

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw drafts until one has a near miss that is no best plan itself."""
        while True:
            draft = self.draw(rng, level)
            truth = json.dumps({**draft.instance, "best": _objective(draft.instance, draft.best)})
            near = [plan for plan in draft.near if not _accepted(truth, plan)]
            if near:
                return self._completed(level, draft, truth, near)

    def _completed(
        self, level: int, draft: PlanDraft, truth: str, near: Sequence[Mapping[str, Any]]
    ) -> Problem:
        best = _objective(draft.instance, draft.best)
        if draft.second is not None and abs(draft.second - best) > 1e-6 * max(1, abs(best)):
            raise GroundTruthDisagrees(self.name, draft.prompt, best, draft.second)
        second = truth if draft.second is not None else None
        made = self.problem(level, draft.prompt, truth, second=second, methods=self.methods)
        evidence = msgspec.json.decode(made.evidence) | {"plan": draft.best, "near_misses": near}
        return replace(made, evidence=json.dumps(evidence))

    def right(self, problem: Problem) -> tuple[str, ...]:
        """A best plan, in a block, bare, and after a first attempt."""
        evidence = msgspec.json.decode(problem.evidence)
        plan = json.dumps(evidence["plan"])
        return (
            f"```json\n{plan}\n```",
            f"<think>{json.dumps(evidence['near_misses'][0])}</think>\nThe plan is {plan}.",
            f"At first: {json.dumps(evidence['near_misses'][0])}\n\nBetter:\n```json\n{plan}\n```",
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """What a rule of thumb gives, or a plan that forgets a rule."""
        plan = rng.choice(msgspec.json.decode(problem.evidence)["near_misses"])
        return f"```json\n{json.dumps(plan)}\n```"


def _objective(instance: Mapping[str, Any], plan: Mapping[str, Any]) -> float | int:
    """What the plan costs by the verifier's own checker."""
    truth = read_truth(json.dumps({**instance, "best": 1}))
    assert isinstance(truth, Optimised)
    value = truth.objective(plan)
    return value.numerator if value.denominator == 1 else float(value)


def _accepted(truth: str, plan: Mapping[str, Any]) -> bool:
    verdict = PlanVerifier().verify(
        ground_truth=truth, completion=json.dumps(plan), prompt=None, params={}
    )
    return verdict.outcome == "accepted"


def rows(table: Sequence[Sequence[Any]]) -> str:
    """A table of numbers as a prompt shows it."""
    return "\n".join(" ".join(map(str, row)) for row in table)
