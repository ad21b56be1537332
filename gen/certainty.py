"""Asks a policy how certain it is of answers that it must give at once, without a word before.

    plan = Asking(model="cpu:smollm2-135m", n_tokens=4)
    done = ask(problems, plan=plan, writer=writer, run_id=run.run_id)
    done.n_problems, done.mean_chance, done.n_tokens        # 200, 0.31, 800

The answer is begun for the policy (`gen.prompts.OPENINGS`), which goes on with the likeliest
tokens; the chance of these is kept. What it is worth is in `curation/scoring/certainty.py`.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from math import exp, isfinite
from uuid import UUID

from curation.records import Certainty
from curation.scoring.certainty import worth_asking
from curation.store import Store
from gen.backends import Backend, Completion, ModelName, Request, Sampling, open_backend
from gen.progress import Advance
from gen.prompts import OPENINGS, begun, template_for
from gen.spending import Meter
from gen.writer import Writer
from verifiers.records import Problem

SAMPLED = "SELECT problem_id, bool_or(model = ?) FROM rollouts GROUP BY problem_id"
FORESEEN = """
    SELECT count(*) FROM certainties ANTI JOIN rollouts USING (problem_id) WHERE policy = ?
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """How it is asked: `n_tokens` tokens, after `opening`, or what each template has unless given.

    `template` is the one chosen for all problems, None where each verifier has its own.
    """

    model: str
    n_tokens: int = 4
    template: str | None = None
    opening: str | None = None

    @property
    def policy(self) -> str:
        """The name under which the certainties are kept."""
        return ModelName.parse(self.model).policy

    def opening_for(self, problem: Problem) -> str:
        """What the answer to a problem begins with."""
        return OPENINGS[self._template(problem)] if self.opening is None else self.opening

    def request_for(self, problem: Problem) -> Request:
        """What a model is asked."""
        return Request(
            key=problem.problem_id,
            messages=begun(
                problem.prompt,
                template=self._template(problem),
                opening=self.opening_for(problem),
            ),
            sample_indexes=(0,),
            sampling=Sampling(temperature=0.0, max_tokens=self.n_tokens),
            log_chance=True,
        )

    def _template(self, problem: Problem) -> str:
        return template_for(problem.verifier, chosen=self.template)


@dataclass(slots=True)
class Asked:
    """What a stage of asking did; seconds are wall time.

    `n_refused` problems got no answer (the prompt is too long, above all), and are none of the
    `n_problems`. `mean_chance` is None where there are none. `stopped_by` is the bound of the
    budget that left something undone.
    """

    n_problems: int = 0
    n_refused: int = 0
    n_tokens: int = 0
    mean_chance: float | None = None
    loading_s: float = 0.0
    asking_s: float = 0.0
    stopped_by: str | None = None


def load(store: Store, problem_ids: Sequence[UUID]) -> list[Problem]:
    """The problems, in the order of their ids as given."""
    query = "SELECT * FROM problems WHERE problem_id IN (SELECT unnest(?))"
    found = {one.problem_id: one for one in store.records("problems", query, (list(problem_ids),))}
    return [found[one] for one in problem_ids]


def to_foresee(store: Store, policy: str, *, n: int) -> list[UUID]:
    """The problems to ask about so that, with those asked already, `n` are that nobody has sampled.

    Before them come all that the policy was sampled on, to learn from.
    """
    own = dict(store.rows(SAMPLED, (policy,)))
    waiting = worth_asking(store, policy)
    others = [one for one in waiting if one not in own]
    ((n_asked,),) = store.rows(FORESEEN, (policy,))
    return [one for one in waiting if own.get(one)] + others[: max(n - n_asked, 0)]


def ask(
    problems: Sequence[Problem],
    *,
    plan: Asking,
    writer: Writer,
    run_id: UUID,
    meter: Meter | None = None,
    on_answer: Advance = lambda step: None,
    open_model: Callable[[str], Backend] = open_backend,
) -> Asked:
    """Ask about each problem once.

    Raises BackendFailed where the model cannot be had, is lost, or tells no chances; what was
    answered before is kept.
    """
    meter = meter or Meter()
    done, under_way = Asked(), _UnderWay()
    requests = _requests(problems, plan, meter, under_way)
    first = next(requests, None)
    if first is None:
        done.stopped_by = meter.stopped_by
        return done
    started, chances = time.monotonic(), 0.0
    with open_model(plan.model) as backend:
        done.loading_s = time.monotonic() - started
        for completion in backend.sample(chain([first], requests), seed=0):
            problem = under_way.problems.pop(completion.key)
            meter.spend(
                reserved=plan.n_tokens,
                n_prompt_tokens=completion.n_prompt_tokens,
                n_tokens=completion.n_tokens,
            )
            done.n_tokens += completion.n_tokens
            row = _certainty(problem, completion, plan, run_id)
            if row is None:
                done.n_refused += 1
            else:
                writer.put("certainties", row)
                writer.check()
                done.n_problems += 1
                chances += exp(row.log_chance)
            on_answer(1)
        done.asking_s = time.monotonic() - started - done.loading_s
    if done.n_problems:
        done.mean_chance = chances / done.n_problems
    done.stopped_by = meter.stopped_by if under_way.unpaid else None
    return done


@dataclass(slots=True)
class _UnderWay:
    """What was asked and is not answered; `unpaid` where the budget might not hold the rest."""

    problems: dict[UUID, Problem] = field(default_factory=dict)
    unpaid: bool = False


def _requests(
    problems: Sequence[Problem], plan: Asking, meter: Meter, under_way: _UnderWay
) -> Iterator[Request | None]:
    """Requests, and None while room in the budget must be waited for."""
    for problem in problems:
        while not meter.reserve(plan.n_tokens):
            if not under_way.problems:
                under_way.unpaid = True
                return
            yield None
        under_way.problems[problem.problem_id] = problem
        yield plan.request_for(problem)


def _certainty(
    problem: Problem, completion: Completion, plan: Asking, run_id: UUID
) -> Certainty | None:
    log_chance = completion.log_chance
    if log_chance is None or not isfinite(log_chance):
        return None
    return Certainty(
        problem_id=problem.problem_id,
        policy=plan.policy,
        opening=plan.opening_for(problem),
        n_tokens=plan.n_tokens,  # also where the answer ended before: it was asked like the others
        log_chance=log_chance,
        run_id=run_id,
    )
