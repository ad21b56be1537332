"""Problems with planted rollouts and verdicts.

plant(store, problem("What is 2 + 3?"), "aaru")           # accepted, accepted, rejected, undecided
plant(store, problem("p"), [0.2, 0.7])                    # graded rewards
"""

from collections.abc import Sequence
from typing import Any

from curation.store import Store
from verifiers.records import Problem, Rollout, Verdict

POLICY = "cpu:tiny"

OUTCOMES = {
    "a": ("accepted", 1.0),
    "r": ("rejected", 0.0),
    "u": ("undecided", None),
}


def problem(prompt: str, family: str = "f", confidence: float = 1.0, **fields: Any) -> Problem:
    standard = {"level": 1, "ground_truth": "1", "certificate": "construction"}
    return Problem(
        domain="math",
        family=family,
        prompt=prompt,
        verifier="math",
        confidence=confidence,
        **{**standard, **fields},
    )


def rollouts_of(
    one: Problem,
    outcomes: str | Sequence[float],
    *,
    policy: str = POLICY,
    n_tokens: int = 10,
    version: str = "1",
    extracted: str | None = None,
) -> tuple[list[Rollout], list[Verdict]]:
    """A rollout and a verdict for each letter, or each reward."""
    rollouts, verdicts = [], []
    for index, given in enumerate(outcomes):
        rollout = Rollout(
            problem_id=one.problem_id,
            model=policy,
            sampling="{}",
            template="math-1",
            sample_index=index,
            completion="\\boxed{1}",
            finish_reason="stop",
            n_prompt_tokens=5,
            n_tokens=n_tokens,
        )
        if isinstance(given, str):
            outcome, reward = OUTCOMES[given]
        else:
            outcome, reward = ("accepted" if given >= 0.5 else "rejected"), given
        rollouts.append(rollout)
        verdicts.append(
            Verdict(
                rollout_id=rollout.rollout_id,
                verifier="math",
                verifier_version=version,
                outcome=outcome,
                reward=reward,
                reason="planted",
                extracted=extracted,
            )
        )
    return rollouts, verdicts


def plant(store: Store, one: Problem, outcomes: str | Sequence[float], **options: Any) -> None:
    """Store a problem with its rollouts and verdicts."""
    plant_all(store, [(one, outcomes)], **options)


def plant_all(
    store: Store, planted: Sequence[tuple[Problem, str | Sequence[float]]], **options: Any
) -> None:
    """Store many problems at once."""
    made = [rollouts_of(one, outcomes, **options) for one, outcomes in planted]
    store.add("problems", [one for one, _ in planted])
    store.add("rollouts", [one for rollouts, _ in made for one in rollouts])
    store.add("verdicts", [one for _, verdicts in made for one in verdicts])
