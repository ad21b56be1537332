"""Has questions solved, a few times at first, until their ground truth is sure.

    solvers.begin(7, question)                  # proposal number 7
    solvers.answered(model, completion)
    solvers.weighed(7, result)        ->  the Problem once it is certain enough, or cannot become so

A question keeps its answers under its own id, so that two proposals in the same words share them.
What is asked for and decided depends on a proposal's own claims and on the answers in their order.
"""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gen.backends import Completion, ModelName, Request
from gen.consensus import certify_evidence, load_calibration, read_solution, undecided
from gen.consensus.agreement import agree
from gen.pipeline.job import Job
from gen.prompts import chat, template_for
from gen.proposing.base import Question
from verifiers.pool import GradingTask
from verifiers.records import Problem, Rollout, Verdict

ORIGIN = "proposed"
"""Of these questions in a calibration: more often than others they have no right answer at all."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the answers to a proposal's question come to: a problem, or how many more to ask for."""

    number: int
    result: "Problem | int"


@dataclass(slots=True)
class _Open:
    """A proposal whose question is being solved; `n_wanted` answers it has asked for so far."""

    question: Question
    n_wanted: int = 0
    weighing: bool = False


@dataclass(slots=True)
class _Answers:
    """The answers to a question, by sample index, and the proposals that have to do with it."""

    rollouts: dict[int, Rollout] = field(default_factory=dict)
    asked: set[int] = field(default_factory=set)
    numbers: set[int] = field(default_factory=set)
    users: int = 0


class Solvers:
    """The questions of one job that are open."""

    def __init__(
        self,
        job: Job,
        *,
        run_id: UUID,
        before: dict[UUID, list[Rollout]],
        judge: Callable[[Sequence[GradingTask]], list[Verdict]],
        submit: Callable[[Callable[[], Any]], None],
        ask: Callable[[str, Request], None],
    ) -> None:
        """`before` are earlier runs' answers; `submit` works elsewhere, `ask` asks a model."""
        self._job, self._run_id, self._before = job, run_id, before
        self._judge, self._submit, self._ask = judge, submit, ask
        self._calibration = load_calibration(job.calibration)
        self._open: dict[int, _Open] = {}
        self._answers: dict[UUID, _Answers] = {}
        self._expiring: deque[tuple[int, UUID]] = deque()
        self.n_solutions = 0

    def begin(self, number: int, question: Question) -> None:
        """Take up a proposal's question."""
        answers = self._answers.setdefault(question.question_id, _Answers())
        answers.numbers.add(number)
        answers.users += 1
        for rollout in self._before.pop(question.question_id, ()):
            if rollout.sampling == self._job.solving.canonical():
                answers.rollouts[rollout.sample_index] = rollout
                answers.asked.add(rollout.sample_index)
        self._open[number] = _Open(question)
        self._weigh_when_complete(number)

    def answered(self, model: str, completion: Completion) -> Rollout:
        """Take note of an answer; gives it as the rollout to keep."""
        answers = self._answers[completion.key]
        number = next(iter(answers.numbers))
        rollout = Rollout(
            problem_id=completion.key,
            model=ModelName.parse(model).policy,
            sampling=self._job.solving.canonical(),
            template=self._template(self._open[number].question),
            sample_index=completion.sample_index,
            completion=completion.text,
            thinking=completion.thinking,
            finish_reason=completion.finish_reason,
            n_prompt_tokens=completion.n_prompt_tokens,
            n_tokens=completion.n_tokens,
            n_thinking_tokens=completion.n_thinking_tokens,
            run_id=self._run_id,
        )
        answers.rollouts[rollout.sample_index] = rollout
        self.n_solutions += 1
        for number in sorted(answers.numbers):
            self._weigh_when_complete(number)
        return rollout

    def weighed(self, number: int, result: "Problem | int") -> Problem | None:
        """Ask for more answers, or give the problem that the question has become."""
        one = self._open[number]
        one.weighing = False
        answers = self._answers[one.question.question_id]
        if isinstance(result, Problem):
            answers.numbers.remove(number)
            del self._open[number]
            return result
        one.n_wanted += result
        for index in range(one.n_wanted):
            if index not in answers.asked:
                answers.asked.add(index)
                request = Request(
                    key=one.question.question_id,
                    messages=chat(one.question.prompt, template=self._template(one.question)),
                    sample_indexes=(index,),
                    sampling=self._job.solving,
                )
                self._ask(self._job.solvers[index % len(self._job.solvers)], request)
        self._weigh_when_complete(number)
        return None

    def release(self, question_id: UUID, *, until: int, prefix: int) -> None:
        """A proposal is done; its answers are kept `until` that many are, and then given up."""
        self._expiring.append((until, question_id))
        while self._expiring and self._expiring[0][0] <= prefix:
            _, expired = self._expiring.popleft()
            answers = self._answers[expired]
            answers.users -= 1
            if not answers.users:
                del self._answers[expired]

    def _weigh_when_complete(self, number: int) -> None:
        one = self._open[number]
        rollouts = self._answers[one.question.question_id].rollouts
        if not one.weighing and all(index in rollouts for index in range(one.n_wanted)):
            one.weighing = True
            # Those that it asked for, and not what others have had of the next ones: so each
            # decision is taken on the same answers, whatever was killed in between.
            mine = [rollouts[index] for index in range(one.n_wanted)]
            self._submit(lambda: Weighed(number, self._weigh(one.question, mine)))

    def _weigh(self, question: Question, rollouts: Sequence[Rollout]) -> "Problem | int":
        """In a thread of its own: put the answers together and weigh them."""
        job = self._job
        answers = [
            read_solution(
                one.completion,
                model=one.model,
                verifier=question.verifier,
                truncated=one.finish_reason == "length",
            )
            for one in rollouts
            if one.finish_reason != "error"
        ]
        evidence = agree(question, answers, judge=self._judge, origin=ORIGIN)
        if question.needs_solvers and job.solvers:
            n_more = undecided(
                evidence,
                n_max=job.most_solutions,
                min_confidence=job.min_confidence,
                calibration=self._calibration,
            )
            # Answers that failed count as asked for: they would fail again.
            n_more = min(n_more, job.most_solutions - len(rollouts))
            if n_more > 0:
                return n_more
        certified = certify_evidence(
            evidence,
            ground_truth=question.ground_truth,
            certificate=question.certificate,
            min_confidence=job.min_confidence,
            calibration=self._calibration,
        )
        return Problem(
            domain=job.mode.domain,
            family=job.mode.name,
            level=question.level,
            prompt=question.prompt,
            ground_truth=certified.ground_truth,
            verifier=question.verifier,
            params=question.params,
            certificate=certified.certificate,
            confidence=certified.confidence,
            evidence=certified.evidence,
            source=f"model:{job.policy}",
            quarantine=certified.quarantine,
            run_id=self._run_id,
        )

    def _template(self, question: Question) -> str:
        return template_for(question.verifier, chosen=self._job.template)
