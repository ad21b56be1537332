"""Samples a policy on problems, and judges each rollout while the next ones are sampled.

    plan = Plan(model="cpu:smollm2-135m", samples=8)
    done = solve(problems, plan=plan, have=sampled(store, plan), run_id=run.run_id,
                 writer=writer, pool=pool, meter=Meter())
    done.n_rollouts, done.n_tokens, done.stopped_by

Problems may be an iterator that is still being filled: the model is loaded at the first problem
that lacks a rollout, so generation, loading, sampling, judging and storing overlap.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from curation.store import Store
from gen.adaptive import wanted
from gen.backends import Backend, Completion, ModelName, Request, Sampling, open_backend
from gen.judging import Judging
from gen.progress import Advance
from gen.prompts import BY_VERIFIER, chat, template_for
from gen.spending import Meter
from gen.writer import Writer
from verifiers.pool import GradingPool
from verifiers.records import Problem, Rollout, Verdict

Outcomes = Mapping[UUID, Mapping[int, bool | None]]
"""Problem -> sample index -> whether the rollout there is correct, None where that is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How rollouts are drawn: `samples` a problem or, where `adaptive`, at most so many.

    `template` is the one chosen for all problems, None where each verifier has its own.
    """

    model: str
    sampling: Sampling = field(default_factory=Sampling)
    template: str | None = None
    samples: int = 8
    seed: int = 0
    adaptive: bool = False

    @property
    def policy(self) -> str:
        """The name under which the rollouts are kept."""
        return ModelName.parse(self.model).policy


@dataclass(slots=True)
class Sampled:
    """What a stage of sampling did; seconds are wall time.

    `stopped_by` is the bound of the budget that left something undone, None where nothing was.
    """

    n_rollouts: int = 0
    n_tokens: int = 0
    n_truncated: int = 0
    loading_s: float = 0.0
    sampling_s: float = 0.0
    stopped_by: str | None = None


def sampled(store: Store, plan: Plan) -> Outcomes:
    """What each problem has already from a policy under these settings."""
    templates = [plan.template] if plan.template else [*BY_VERIFIER.values(), template_for("")]
    rows = store.rows(
        "SELECT r.problem_id, r.sample_index, v.correct FROM rollouts r "
        "LEFT JOIN current_verdicts v USING (rollout_id) "
        "WHERE r.model = ? AND r.sampling = ? AND list_contains(?, r.template)",
        (plan.policy, plan.sampling.canonical(), templates),
    )
    found: dict[UUID, dict[int, bool | None]] = {}
    for problem_id, sample_index, correct in rows:
        found.setdefault(problem_id, {})[sample_index] = correct
    return found


def lacking(
    problems: Iterable[Problem],
    plan: Plan,
    have: Outcomes,
    targets: Mapping[UUID, int] | None = None,
) -> int:
    """How many rollouts the problems lack, at most where the plan is adaptive."""
    targets = targets or {}
    return sum(
        len(set(range(targets.get(problem.problem_id, plan.samples))) - set(known))
        for problem in problems
        if problem.quarantine is None
        for known in [have.get(problem.problem_id, ())]
    )


def solve(
    problems: Iterable[Problem],
    *,
    plan: Plan,
    have: Outcomes,
    run_id: UUID,
    writer: Writer,
    pool: GradingPool | None = None,
    meter: Meter | None = None,
    on_rollout: Advance = lambda step: None,
    on_verdict: Advance = lambda step: None,
    open_model: Callable[[str], Backend] = open_backend,
    targets: Mapping[UUID, int] | None = None,
) -> Sampled:
    """Give each problem the rollouts that it lacks; with a pool, their verdicts too.

    `targets` is how many a problem is to have, where that is not the plan's number of samples.
    An adaptive plan needs the pool, and a verdict in `have` for each rollout that can have one.
    Raises BackendFailed where the model cannot be had or is lost; what was sampled is kept.
    """
    adaptive = plan.adaptive and pool is not None
    solving = Solving(problems, plan, have, adaptive=adaptive, targets=targets)
    meter = meter or Meter()
    done = Sampled()
    requests = solving.requests(meter)
    first = next(requests, None)
    if first is None:
        done.stopped_by = meter.stopped_by
        return done
    judging = None if pool is None else Judging(pool, writer=writer, run_id=run_id)

    def drawn() -> Iterator[Request | None]:
        for request in chain([first], requests):
            if request is None and judging is not None:
                judging.flush()  # what is sampled next may depend on it
            yield request

    started = time.monotonic()
    with open_model(plan.model) as backend:
        done.loading_s = time.monotonic() - started
        for completion in backend.sample(drawn(), seed=plan.seed):
            problem = solving.completed(completion)
            meter.spend(
                reserved=plan.sampling.max_tokens,
                n_prompt_tokens=completion.n_prompt_tokens,
                n_tokens=completion.n_tokens,
            )
            rollout = rollout_of(problem, completion, plan, run_id)
            writer.put("rollouts", rollout)
            writer.check()
            if judging is not None:
                judging.put(problem, rollout, solving.judged(rollout, on_verdict))
            done.n_rollouts += 1
            done.n_tokens += rollout.n_tokens
            done.n_truncated += rollout.finish_reason == "length"
            on_rollout(1)
    if judging is not None:
        judging.flush()
    done.sampling_s = time.monotonic() - started - done.loading_s
    done.stopped_by = meter.stopped_by if solving.unpaid else None
    return done


@dataclass(slots=True)
class _UnderWay:
    """A problem, the outcomes that it has, and how many rollouts it is to have for now."""

    problem: Problem
    outcomes: dict[int, bool | None]
    n_wanted: int
    n_open: int = 0


class Solving:
    """Which rollout is sampled next; fed by completions and, for an adaptive plan, verdicts."""

    def __init__(
        self,
        problems: Iterable[Problem],
        plan: Plan,
        have: Outcomes,
        *,
        adaptive: bool,
        targets: Mapping[UUID, int] | None = None,
    ) -> None:
        self._problems = iter(problems)
        self._plan, self._have, self._adaptive = plan, have, adaptive
        self._targets = targets or {}
        self._under_way: dict[UUID, _UnderWay] = {}
        self._verdicts: deque[tuple[UUID, int, bool | None]] = deque()
        self._n_open = 0
        self.unpaid = False
        """Whether a request was left out because the budget might not hold it."""

    def requests(self, meter: Meter) -> Iterator[Request | None]:
        """Requests, and None where verdicts or room in the budget must be waited for."""
        for one in self._due():
            if one is None:
                yield None
                continue
            n_samples = len(one.sample_indexes)
            while not meter.reserve(n_samples * self._plan.sampling.max_tokens):
                if not self._n_open:
                    self.unpaid = True
                    return
                yield None
            self._n_open += n_samples
            yield one

    def completed(self, completion: Completion) -> Problem:
        """Take note of a completion; gives its problem."""
        self._n_open -= 1
        under_way = self._under_way[completion.key]
        if not self._adaptive:
            under_way.n_open -= 1
            if not under_way.n_open:
                del self._under_way[completion.key]
        elif completion.finish_reason == "error":  # it gets no verdict
            self._verdicts.append((completion.key, completion.sample_index, None))
        return under_way.problem

    def judged(self, rollout: Rollout, on_verdict: Advance) -> Callable[[Verdict], None]:
        """What to call, from any thread, with the rollout's verdict."""

        def note(verdict: Verdict) -> None:
            if self._adaptive:
                place = (rollout.problem_id, rollout.sample_index)
                self._verdicts.append((*place, verdict.correct))
            on_verdict(1)

        return note

    def _due(self) -> Iterator[Request | None]:
        for problem in self._problems:
            yield from self._follow_ups()
            if problem.quarantine is None:
                yield from self._begin(problem)
        while self._adaptive and self._under_way:
            yield None
            yield from self._follow_ups()

    def _begin(self, problem: Problem) -> Iterator[Request]:
        outcomes = dict(self._have.get(problem.problem_id, {}))
        target = self._targets.get(problem.problem_id, self._plan.samples)
        n_wanted = 0 if self._adaptive else target
        under_way = _UnderWay(problem, outcomes, n_wanted)
        if self._adaptive:
            yield from self._extend(under_way)
        else:
            yield from self._ask(under_way)

    def _follow_ups(self) -> Iterator[Request]:
        while self._verdicts:
            key, sample_index, correct = self._verdicts.popleft()
            under_way = self._under_way[key]
            under_way.outcomes[sample_index] = correct
            under_way.n_open -= 1
            if not under_way.n_open:
                yield from self._extend(under_way)

    def _extend(self, under_way: _UnderWay) -> Iterator[Request]:
        """Decide by the outcomes of the rollouts wanted so far, and of no others."""
        while not under_way.n_open:
            n = under_way.n_wanted
            known = [under_way.outcomes.get(index) for index in range(n)]
            n_correct = sum(one is True for one in known)
            n_decided = sum(one is not None for one in known)
            # Undecided rollouts say nothing, but count as asked for: they might be so again.
            more = wanted(n=n_decided, n_correct=n_correct, most=self._plan.samples) - n_decided
            under_way.n_wanted = min(n + more, self._plan.samples)
            if under_way.n_wanted == n:
                self._under_way.pop(under_way.problem.problem_id, None)
                return
            yield from self._ask(under_way)

    def _ask(self, under_way: _UnderWay) -> Iterator[Request]:
        problem = under_way.problem
        missing = [one for one in range(under_way.n_wanted) if one not in under_way.outcomes]
        if not missing:
            return
        under_way.n_open = len(missing)
        self._under_way[problem.problem_id] = under_way
        yield request_for(problem, tuple(missing), self._plan)


def request_for(problem: Problem, sample_indexes: tuple[int, ...], plan: Plan) -> Request:
    """What a model is asked for these samples of a problem."""
    template = template_for(problem.verifier, chosen=plan.template)
    return Request(
        key=problem.problem_id,
        messages=chat(problem.prompt, template=template),
        sample_indexes=sample_indexes,
        sampling=plan.sampling,
    )


def rollout_of(problem: Problem, completion: Completion, plan: Plan, run_id: UUID) -> Rollout:
    """The record of a completion."""
    return Rollout(
        problem_id=problem.problem_id,
        model=plan.policy,
        sampling=plan.sampling.canonical(),
        template=template_for(problem.verifier, chosen=plan.template),
        sample_index=completion.sample_index,
        completion=completion.text,
        thinking=completion.thinking,
        finish_reason=completion.finish_reason,
        n_prompt_tokens=completion.n_prompt_tokens,
        n_tokens=completion.n_tokens,
        n_thinking_tokens=completion.n_thinking_tokens,
        run_id=run_id,
    )
