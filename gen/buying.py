"""Turns what is worth buying into what a policy is asked, the same however often it is resumed.

    order = plan_purchase(store, plan, budget_tokens=50_000, filters={"domain": "math"})
    solve(order.problems, plan=plan, have=sampled(store, plan), targets=order.targets, ...)

A purchase is fixed by the scores that it rests on: asked for again, it is the same, less what has
been sampled since. With new scores there is a new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from curation.scoring.buying import Purchase, worth_buying
from curation.store import Store
from gen.prompts import BY_VERIFIER, template_for
from gen.solving import Plan
from verifiers.records import Problem

SINCE = """
    SELECT coalesce(sum(r.n_tokens), 0)::BIGINT FROM rollouts r JOIN runs u USING (run_id)
    WHERE r.model = ? AND u.started_at > ? AND u.parameters->>'where_uncertain' = 'true'
"""

BEFORE = """
    SELECT r.problem_id, max(r.sample_index) + 1
    FROM rollouts r LEFT JOIN runs u USING (run_id)
    WHERE r.model = $policy AND r.sampling = $sampling AND list_contains($templates, r.template)
        AND r.problem_id IN (SELECT unnest($ids)) AND ($since IS NULL OR u.started_at <= $since)
    GROUP BY r.problem_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Problems, the most valuable first, and how many rollouts each is to have.

    `n_tokens_spent` of the budget have been sampled for this order before.
    """

    problems: list[Problem]
    targets: Mapping[UUID, int]
    purchase: Purchase
    n_tokens_spent: int


def plan_purchase(
    store: Store, plan: Plan, *, budget_tokens: int, filters: dict[str, Any]
) -> Order:
    """Raises BadInput where the policy has no scores."""
    bought = worth_buying(store, plan.policy, budget_tokens=budget_tokens, filters=filters)
    ids = list(bought.more)
    templates = [plan.template] if plan.template else [*BY_VERIFIER.values(), template_for("")]
    had = dict(
        store.rows(
            BEFORE,
            {
                "policy": plan.policy,
                "sampling": plan.sampling.canonical(),
                "templates": templates,
                "ids": ids,
                "since": bought.scored_at,
            },
        )
    )
    found = store.records(
        "problems", "SELECT * FROM problems WHERE problem_id IN (SELECT unnest(?))", (ids,)
    )
    by_id = {problem.problem_id: problem for problem in found}
    spent = 0
    if bought.scored_at is not None:
        ((spent,),) = store.rows(SINCE, (plan.policy, bought.scored_at))
    return Order(
        problems=[by_id[one] for one in ids],
        targets={one: had.get(one, 0) + more for one, more in bought.more.items()},
        purchase=bought,
        n_tokens_spent=spent,
    )
