"""Runs a job: proposals are asked for, run, solved, weighed and stored, all at the same time.

    made = make(store, job, writer=writer, pool=pool, meter=Meter(), run_id=run.run_id)
    made.n_accepted, made.outcomes     # 100, Counter({"accepted": 100, "quarantined": 31, ...})

One thread (this one) decides, and never waits for a verifier: models are sampled in threads of
their own (samplers.py), programs run and answers are compared in the grading pool. Everything that
is decided depends on outcomes in the order of the proposals' numbers (window.py), and everything
that was sampled is kept: a killed job that goes on ends as one that was not killed.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import msgspec

from curation.records import Proposal
from curation.store import Store
from gen.backends import Backend, Completion, Request, open_backend
from gen.pipeline.job import Job, Made
from gen.pipeline.samplers import Answered, Failed, Samplers
from gen.pipeline.solvers import Solvers, Weighed
from gen.pipeline.window import Window
from gen.progress import Advance
from gen.proposing.base import Ask, Question, Unusable
from gen.proposing.truth import establish
from gen.spending import Meter
from gen.writer import Writer
from verifiers.pool import GradingPool, GradingTask
from verifiers.records import NIL, Problem, Rollout, Verdict

DUPLICATE = "duplicate: another problem has its words"

BEFORE = """
    SELECT r.* FROM rollouts r
    WHERE r.problem_id IN (SELECT question_id FROM proposals WHERE job_id = $job)
"""


def make(
    store: Store,
    job: Job,
    *,
    writer: Writer,
    pool: GradingPool,
    meter: Meter,
    run_id: UUID,
    on_asked: Advance = lambda step: None,
    on_accepted: Advance = lambda step: None,
    open_model: Callable[[str], Backend] = open_backend,
) -> Made:
    """Make the job's problems, going on where an earlier run of it was stopped.

    Raises BackendFailed where a model cannot be had or is lost; what was sampled is kept.
    """
    with Samplers(seed=job.seed, open_model=open_model) as samplers:
        making = _Making(store, job, samplers, writer, pool, meter, run_id, on_asked, on_accepted)
        try:
            return making.run()
        finally:
            making.executor.shutdown(wait=False, cancel_futures=True)


@dataclass(slots=True)
class _Item:
    """A proposal under way."""

    ask: Ask
    proposal: Proposal
    question_id: UUID | None = None
    result: Problem | Unusable | None = None


@dataclass(frozen=True, slots=True)
class _Established:
    number: int
    result: Question | Unusable


class _Making:
    def __init__(
        self,
        store: Store,
        job: Job,
        samplers: Samplers,
        writer: Writer,
        pool: GradingPool,
        meter: Meter,
        run_id: UUID,
        on_asked: Advance,
        on_accepted: Advance,
    ) -> None:
        self.job, self.samplers, self.writer, self.meter = job, samplers, writer, meter
        self.pool, self.run_id = pool, run_id
        self.on_asked, self.on_accepted = on_asked, on_accepted
        self.executor = ThreadPoolExecutor(4 * pool.workers, thread_name_prefix="establishing")
        self.made = Made()
        self.window = Window(job.n, give_up_after=job.give_up_after)
        self.items: dict[int, _Item] = {}
        self.numbers: dict[UUID, int] = {}
        self.waiting: deque[tuple[str, Request]] = deque()
        self.n_sampling = self.n_working = 0
        self.proposals = {
            one.proposal_id: one
            for one in store.records(
                "proposals", "SELECT * FROM proposals WHERE job_id = ?", (str(job.job_id),)
            )
        }
        self.problems = {
            one.problem_id: one
            for one in store.records(
                "problems", "SELECT * FROM problems WHERE lineage->>'job' = ?", (str(job.job_id),)
            )
        }
        before: dict[UUID, list[Rollout]] = {}
        for rollout in store.records("rollouts", BEFORE, {"job": str(job.job_id)}):
            before.setdefault(rollout.problem_id, []).append(rollout)
        self.solvers = Solvers(
            job,
            run_id=run_id,
            before=before,
            judge=self.judge,
            submit=self.submit,
            ask=lambda solver, request: self.waiting.append((solver, request)),
        )
        # Prompts that are taken, and by which proposal; -1 for what the store had before the job.
        self.prompts = {
            _plain(prompt): -1
            for (prompt,) in store.rows(
                "SELECT prompt FROM problems WHERE lineage->>'job' IS DISTINCT FROM ?",
                (str(job.job_id),),
            )
        }

    def run(self) -> Made:
        started = time.monotonic()
        while True:
            self.writer.check()
            self.issue()
            if self.window.done:
                break
            if not self.n_sampling and not self.n_working:
                break  # what is open cannot be paid for
            self.handle(self.samplers.events.get())
            while not self.samplers.events.empty():
                self.handle(self.samplers.events.get())
        self.made.n_accepted = min(self.window.n_accepted, self.job.n)
        self.made.short_because = self.why_short()
        self.made.n_solutions = self.solvers.n_solutions
        self.made.seconds = time.monotonic() - started
        return self.made

    def why_short(self) -> str:
        if self.window.n_accepted >= self.job.n:
            return ""
        if not self.window.done:
            return f"the budget of {self.meter.stopped_by} is used up"
        if self.window.gave_up:
            return f"none of the last {self.window.fruitless} proposals was accepted"
        return f"{self.job.mode.name} has nothing more to ask for"

    def issue(self) -> None:
        """Ask for what may be asked for, as far as the budget goes."""
        self.pay()
        while not self.waiting and (number := self.window.next_number()) is not None:
            ask = self.job.mode.ask(number)
            if ask is None:
                self.window.exhaust()
                break
            self.begin(number, ask)
            self.pay()

    def begin(self, number: int, ask: Ask) -> None:
        sampling = replace(self.job.asking, schema=ask.schema)
        proposal = Proposal(
            ask_id=ask.key,
            job_id=self.job.job_id,
            number=number,
            mode=self.job.mode.name,
            domain=self.job.mode.domain,
            model=self.job.policy,
            sampling=sampling.canonical(),
            template=ask.template,
            lineage=_json(ask.lineage),
            completion="",
            finish_reason="error",
            n_prompt_tokens=0,
            n_tokens=0,
            run_id=self.run_id,
        )
        self.items[number] = _Item(ask, proposal)
        self.made.n_asked += 1
        self.on_asked(1)
        if (known := self.proposals.get(proposal.proposal_id)) is not None:
            self.items[number].proposal = known
            self.read(number)
            return
        self.numbers[ask.key] = number
        request = Request(
            key=ask.key, messages=ask.messages, sample_indexes=(0,), sampling=sampling
        )
        self.waiting.append((self.job.model, request))

    def pay(self) -> None:
        """Hand requests to their models while the budget holds them."""
        while self.waiting and self.meter.reserve(self.waiting[0][1].sampling.max_tokens):
            model, request = self.waiting.popleft()
            self.n_sampling += 1
            self.samplers.ask(model, request)

    def handle(self, event: Any) -> None:
        match event:
            case Failed(error):
                self.keep_finished()
                raise error
            case Answered(model, completion):
                self.n_sampling -= 1
                self.answered(model, completion)
            case _Established(number, result):
                self.n_working -= 1
                self.established(number, result)
            case Weighed(number, result):
                self.n_working -= 1
                problem = self.solvers.weighed(number, result)
                if problem is not None:
                    self.settle(number, problem)

    def keep_finished(self) -> None:
        """Of what has happened since, store the completions."""
        while not self.samplers.events.empty():
            event = self.samplers.events.get()
            if isinstance(event, Answered):
                self.answered(event.model, event.completion)

    def answered(self, model: str, completion: Completion) -> None:
        number = self.numbers.pop(completion.key, None)
        sampling = self.job.solving if number is None else self.job.asking
        self.meter.spend(
            reserved=sampling.max_tokens,
            n_prompt_tokens=completion.n_prompt_tokens,
            n_tokens=completion.n_tokens,
        )
        if number is None:
            self.writer.put("rollouts", self.solvers.answered(model, completion))
            return
        item = self.items[number]
        item.proposal = replace(
            item.proposal,
            completion=completion.text,
            thinking=completion.thinking,
            finish_reason=completion.finish_reason,
            n_prompt_tokens=completion.n_prompt_tokens,
            n_tokens=completion.n_tokens,
        )
        self.keep(item.proposal)
        self.read(number)

    def read(self, number: int) -> None:
        """Make a draft of what the model wrote, and find out what running it tells."""
        item = self.items[number]
        if item.proposal.finish_reason == "error":
            self.settle(number, Unusable("refused: the server gave no answer"))
            return
        draft = self.job.mode.read(item.ask, item.proposal.completion)
        if isinstance(draft, Unusable):
            cut = item.proposal.finish_reason == "length"
            self.settle(number, Unusable(f"truncated: {draft.reason}") if cut else draft)
            return
        mode = self.job.mode

        def work() -> _Established:
            result = establish(
                draft,
                verifier=mode.verifier,
                judge=self.judge,
                seed=self.job.seed,
                min_kill_rate=self.job.min_kill_rate,
            )
            return _Established(number, result)

        self.submit(work)

    def established(self, number: int, result: Question | Unusable) -> None:
        if isinstance(result, Unusable):
            self.settle(number, result)
            return
        item = self.items[number]
        if self.prompts.get(_plain(result.prompt), number) < self.window.born(number):
            self.settle(number, Unusable(DUPLICATE))
            return
        item.proposal = replace(item.proposal, question_id=result.question_id)
        self.keep(item.proposal)  # so that a later run finds the answers of its solvers
        item.question_id = result.question_id
        self.solvers.begin(number, result)

    def settle(self, number: int, result: Problem | Unusable) -> None:
        self.items[number].result = result
        self.window.settle(number)
        while (first := self.window.settled()) is not None:
            accepted = self.finish(self.items.pop(first))
            self.window.advance(accepted=accepted)

    def finish(self, item: _Item) -> bool:
        """Store what became of a proposal, in the order of the numbers; says if it counts."""
        result, proposal = item.result, item.proposal
        problem: Problem | None = None
        if isinstance(result, Unusable):
            outcome, reason = result.reason.partition(":")[0], result.reason
        else:
            assert result is not None
            problem, outcome, reason = self.placed(result, proposal)
        if item.question_id is not None:
            self.solvers.release(
                item.question_id, until=self.window.limit, prefix=self.window.prefix
            )
        if problem is not None:
            self.store_problem(problem, before=proposal.problem_id)
        problem_id = None if problem is None else problem.problem_id
        self.keep(replace(proposal, outcome=outcome, reason=reason, problem_id=problem_id))
        self.made.outcomes[outcome] = self.made.outcomes.get(outcome, 0) + 1
        if outcome == "accepted":
            self.on_accepted(1)
        return outcome in ("accepted", "surplus")

    def keep(self, proposal: Proposal) -> None:
        if self.proposals.get(proposal.proposal_id) != proposal:
            self.writer.put("proposals", proposal, replace=True)

    def store_problem(self, problem: Problem, *, before: UUID | None) -> None:
        """Store what is new; another ground truth that an earlier run had found is put aside."""
        known = self.problems.get(problem.problem_id)
        if known is None or replace(known, run_id=self.run_id) != problem:
            self.writer.put("problems", problem, replace=True)
        old = self.problems.get(before or NIL)
        if old is not None and before != problem.problem_id:
            reason = "superseded: more evidence speaks for another ground truth"
            self.writer.put("problems", replace(old, quarantine=reason), replace=True)

    def placed(self, problem: Problem, proposal: Proposal) -> tuple[Problem | None, str, str]:
        """The problem as it is stored, what becomes of the proposal, and why."""
        plain = _plain(problem.prompt)
        if plain in self.prompts:
            return None, "duplicate", DUPLICATE
        self.prompts[plain] = proposal.number
        lineage = msgspec.json.decode(proposal.lineage) | {
            "proposal": str(proposal.proposal_id),
            "job": str(proposal.job_id),
            "number": proposal.number,
        }
        problem = replace(problem, lineage=_json(lineage))
        if problem.quarantine is not None:
            return problem, "quarantined", problem.quarantine
        if self.window.n_accepted >= self.job.n:
            reason = f"surplus: more than the {self.job.n} asked for"
            return replace(problem, quarantine=reason), "surplus", reason
        return problem, "accepted", ""

    def judge(self, tasks: Sequence[GradingTask]) -> list[Verdict]:
        return self.pool.submit_many(tasks).result()

    def submit(self, work: Callable[[], Any]) -> None:
        """Work beside the models; what it gives, or fails with, comes as an event."""
        self.n_working += 1

        def done() -> None:
            try:
                self.samplers.events.put(work())
            except BaseException as error:
                self.samplers.events.put(Failed(error))

        self.executor.submit(done)


def _plain(prompt: str) -> str:
    """A prompt's words, whatever their case and spacing."""
    return " ".join(prompt.casefold().split())


def _json(value: Any) -> str:
    return msgspec.json.encode(value, enc_hook=str).decode()
