"""Whose rollouts tell of a policy, and how much: its own, and those of the checkpoints around it.

    lineage = trace(store, "cpu:out/run/model", half_life=100)
    lineage.policies   ->  {"cpu:out/run/model": 1.0, "cpu:base": 0.25}      base, 200 steps before
    lineage.trainings  ->  {"1f0c...": (200, 0)}             its training run ended at step 200

A policy that moved is another one: what an earlier checkpoint did counts with the weight

    w = 2^(-distance / half_life)

where the distance is in optimizer steps. The likelihood of those rollouts is raised to that power
(power prior: Ibrahim and Chen 2000, Statistical Science 15(1)), which for a beta prior is the same
as counting each as w rollouts. Groups that the trainer drew on the way count likewise, each from
its own step.
"""

from dataclasses import dataclass, field

from curation.store import Store
from verifiers.errors import BadInput, UnknownName

HALF_LIFE = 100.0
"""Optimizer steps after which a rollout counts half: at learning rates of 1e-6, some tenths of what
a run of GRPO changes."""

LEAST_WEIGHT = 0.01
"""What counts less is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """A policy with all that tells of it.

    `policies` holds the weight of each policy's rollouts. `trainings` holds, for each training run,
    the step at which the way to the policy leaves it, and how many steps the policy is from there.
    """

    policy: str
    half_life: float
    policies: dict[str, float] = field(default_factory=dict)
    trainings: dict[str, tuple[int, int]] = field(default_factory=dict)


def trace(store: Store, policy: str, *, half_life: float = HALF_LIFE) -> Lineage:
    """Follow a policy back through the training runs that led to it, and those that start from it.

    Raises BadInput for a half-life of 0 or less.
    """
    if not half_life > 0:
        raise BadInput(f"a half-life of {half_life} steps: give a number above 0 to --half-life")
    rows = store.rows("SELECT policy, training_run, started_from, step FROM checkpoints")
    origins = {row[0]: row[1:] for row in rows}
    found = Lineage(policy=policy, half_life=half_life, policies={policy: 1.0})
    at, distance = policy, 0
    while at in origins:
        training_run, started_from, step = origins[at]
        found.trainings[training_run] = (step, distance)
        distance += step
        weight = 2.0 ** (-distance / half_life)
        if started_from in found.policies or weight < LEAST_WEIGHT:
            break
        found.policies[started_from] = weight
        at = started_from
    onward = store.rows(
        "SELECT DISTINCT training_run FROM groups WHERE started_from = ?", (policy,)
    )
    for (training_run,) in onward:
        found.trainings.setdefault(training_run, (0, 0))
    return found


def known_policy(store: Store, policy: str | None) -> str:
    """The policy meant: the one named, else the only one; raises BadInput where that is unclear."""
    policies = [
        name
        for (name,) in store.rows(
            "SELECT DISTINCT model FROM rollouts UNION SELECT policy FROM checkpoints "
            "UNION SELECT started_from FROM groups ORDER BY 1"
        )
    ]
    if not policies:
        raise BadInput("the store has no rollouts: run `gen solutions` first")
    if policy is None and len(policies) == 1:
        return policies[0]
    if policy is None:
        raise BadInput(f"say which --policy: {', '.join(policies)}")
    if policy not in policies:
        raise UnknownName("policy", policy, policies)
    return policy
