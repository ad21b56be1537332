"""Whether a policy knows outcomes by heart: asks for them with and without what they follow from.

    probed(bare_questions(family, problems), chance_level=family.card.chance_level,
           backend=backend, pool=pool, sampling=Sampling(), seed=0)
    ->  Probed(seen=Side(n=50, n_accepted=4, ...), unseen=Side(n=50, n_accepted=31, ...),
               memorised=True)

A family takes part by a method `probe(problem) -> str | None`: the question without the features,
which leaves only what identifies the case, if anything does; None where nothing is left to ask.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import fmean, stdev
from typing import Protocol, runtime_checkable

from gen.backends.base import Backend, Request, Sampling
from gen.family import Family
from gen.measures import binomial_tail, mean_tail
from gen.prompts import chat, template_for
from verifiers.errors import BadInput
from verifiers.pool import GradingPool, GradingTask
from verifiers.records import Problem, Verdict, content_id

IMPROBABLE = 0.01
"""What is earned without the features, and is less likely than this by chance, is a sign."""


@runtime_checkable
class Probing(Protocol):
    """What a family has that can be probed."""

    def probe(self, problem: Problem) -> str | None:
        """The question without its features."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Answers to one form of the question: accepted ones, and the mean reward with its interval.

    Undecided answers are not counted. The intervals are 95 % ones: of the share accepted by Wilson,
    of the mean reward by twice its standard error, within [0, 1].
    """

    n: int
    n_accepted: int
    share: tuple[float, float]
    mean_reward: float
    reward: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """Both sides; `memorised` where the unseen side is beyond what the family's card allows."""

    seen: Side
    unseen: Side
    chance_level: float
    memorised: bool


Question = tuple[Problem, str]
"""A problem, and what is asked of it without its features."""


def bare_questions(family: Family, problems: Iterable[Problem]) -> list[Question]:
    """What is asked of each problem without its features; raises BadInput where nothing is."""
    if not isinstance(family, Probing):
        raise BadInput(
            f"{family.name} cannot be probed: it does not say (by a method `probe`) what its "
            "problems are without their features"
        )
    found = [(one, text) for one in problems if (text := family.probe(one)) is not None]
    if not found:
        raise BadInput(f"{family.name} has no question left without its features")
    return found


def probed(
    questions: Sequence[Question],
    *,
    chance_level: float,
    backend: Backend,
    pool: GradingPool,
    sampling: Sampling,
    seed: int,
) -> Probed:
    """Ask each problem once with its features and once without; raises BackendFailed.

    `chance_level` is what the family's card allows to lazy strategies.
    """
    asked = [(problem, text) for problem, bare in questions for text in (problem.prompt, bare)]
    completions = _answers(asked, backend, sampling, seed)
    tasks = [
        GradingTask(
            verifier=problem.verifier,
            ground_truth=problem.ground_truth,
            completion=completion,
            prompt=question,
            params=problem.params,
        )
        for (problem, question), completion in zip(asked, completions, strict=True)
    ]
    verdicts = list(pool.grade(tasks))
    unseen = _side(verdicts[1::2])
    likelihood = min(
        binomial_tail(unseen.n, chance_level, unseen.n_accepted),
        mean_tail(unseen.n, chance_level, unseen.mean_reward),
    )
    return Probed(
        seen=_side(verdicts[::2]),
        unseen=unseen,
        chance_level=chance_level,
        memorised=likelihood < IMPROBABLE,
    )


def _answers(
    asked: Sequence[Question], backend: Backend, sampling: Sampling, seed: int
) -> list[str]:
    keys = [content_id(problem.problem_id, question) for problem, question in asked]
    requests = [
        Request(
            key=key,
            messages=chat(question, template=template_for(problem.verifier)),
            sample_indexes=(0,),
            sampling=sampling,
        )
        for key, (problem, question) in zip(keys, asked, strict=True)
    ]
    texts = {one.key: one.text for one in backend.sample(requests, seed=seed)}
    return [texts.get(key, "") for key in keys]


def _side(verdicts: Iterable[Verdict]) -> Side:
    decided = [one for one in verdicts if one.reward is not None]
    rewards = [one.reward or 0.0 for one in decided]
    n, hits = len(decided), sum(one.outcome == "accepted" for one in decided)
    if not n:
        raise BadInput("no answer could be judged: see `gen doctor`")
    mean = fmean(rewards)
    error = 2 * stdev(rewards) / sqrt(n) if n > 1 else 1.0
    return Side(
        n=n,
        n_accepted=hits,
        share=_wilson(hits, n),
        mean_reward=mean,
        reward=(max(mean - error, 0.0), min(mean + error, 1.0)),
    )


def _wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson, Journal of the American Statistical Association 22 (1927)."""
    share = hits / n
    centre, spread = share + z**2 / (2 * n), z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)
