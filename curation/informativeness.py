"""How much a policy can learn from a problem, per token that learning from it costs.

    score(store, policy="cpu:smollm2-135m", group_size=8, run_id=run.run_id)
    store.rows("SELECT problem_id, p_mixed, informativeness FROM scores")

A group-relative trainer (GRPO, Shao et al. 2024, arXiv:2402.03300) learns nothing from a group
whose rewards are all equal. With k of n rollouts right, the pass rate's posterior under a uniform
prior is Beta(a, b), a = 1 + k, b = 1 + n - k. For a group of G further rollouts the chance of both
right and wrong ones is, by the beta-binomial distribution,

    p_mixed = 1 - B(a + G, b) / B(a, b) - B(a, b + G) / B(a, b)

and informativeness = confidence * p_mixed / (G * mean completion tokens), in signal per token,
where confidence is that of the ground truth. Undecided verdicts count neither way.
"""

from uuid import UUID

from curation.store import Store
from verifiers.errors import BadInput, UnknownName

LOG_BETA = "(lgamma({0}) + lgamma({1}) - lgamma({0} + {1}))"

P_MIXED = "1 - exp({all_right} - {base}) - exp({all_wrong} - {base})".format(
    base=LOG_BETA.format("alpha", "beta"),
    all_right=LOG_BETA.format("(alpha + $group_size)", "beta"),
    all_wrong=LOG_BETA.format("alpha", "(beta + $group_size)"),
)
"""SQL for the chance of a mixed group, over columns `alpha` and `beta`."""

SCORES = f"""
    WITH counts AS (
        SELECT problem_id, any_value(confidence) AS confidence, count(correct) AS n_decided,
               count(*) AS n_rollouts,
               count(*) FILTER (correct) AS n_correct,
               count(*) FILTER (outcome = 'undecided') AS n_undecided,
               count(*) FILTER (truncated) AS n_truncated,
               greatest(avg(n_tokens), 1.0) AS tokens_per_rollout
        FROM results
        WHERE model = $policy AND outcome IS NOT NULL AND quarantine IS NULL
        GROUP BY problem_id
    ), posterior AS (
        SELECT *, 1.0 + n_correct AS alpha, 1.0 + n_decided - n_correct AS beta FROM counts
    ), mixed AS (
        SELECT *, greatest({P_MIXED}, 0.0) AS p_mixed FROM posterior
    )
    SELECT problem_id, $policy AS policy, $group_size::BIGINT AS group_size, n_rollouts, n_correct,
           n_undecided, n_truncated, alpha, beta, alpha / (alpha + beta) AS pass_rate, p_mixed,
           tokens_per_rollout,
           confidence * p_mixed / ($group_size * tokens_per_rollout) AS informativeness,
           $run_id::UUID AS run_id
    FROM mixed
    ORDER BY problem_id
"""


def score(store: Store, *, policy: str, group_size: int, run_id: UUID) -> int:
    """Score every judged problem of `policy` anew; gives how many there are.

    Raises BadInput where nothing is judged yet or the group is smaller than 2.
    """
    if group_size < 2:
        raise BadInput(f"a group of {group_size} has no spread: use --group-size 2 or more")
    scores = store.query(
        SCORES, {"policy": policy, "group_size": group_size, "run_id": str(run_id)}
    )
    if not scores.num_rows:
        raise BadInput(f"no verdicts on rollouts of {policy!r}: run `gen verify` first")
    store.replace("scores", scores, where={"policy": policy, "group_size": group_size})
    return scores.num_rows


def known_policy(store: Store, policy: str | None) -> str:
    """The policy meant: the one named, else the only one; raises BadInput where that is unclear."""
    policies = [name for (name,) in store.rows("SELECT DISTINCT model FROM rollouts ORDER BY 1")]
    if not policies:
        raise BadInput("the store has no rollouts: run `gen solutions` first")
    if policy is None and len(policies) == 1:
        return policies[0]
    if policy is None:
        raise BadInput(f"say which --policy: {', '.join(policies)}")
    if policy not in policies:
        raise UnknownName("policy", policy, policies)
    return policy
