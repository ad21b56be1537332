"""Chooses problems under a budget, and keeps the reason for each choice.

    select(store, "first", "cpu:smollm2-135m", Choice(budget=Budget(problems=50)), run_id=run_id)
    ->  Chosen(n_candidates=1200, n_selected=50, cost_tokens=38211.0, reasons={"chosen": 48, ...})
    gen sql "SELECT reason, gain, preference, weight, discount FROM choices WHERE name = 'first'"

What a benchmark contains and all but the best of a cluster of duplicates are put aside. The rest is
ordered by gain = preference * weight * discount, where the preference is the informativeness (or
what another arm prefers) and the weight that of the domain. The r-th best of its cell (family and
level) has the discount sqrt(r) - sqrt(r - 1), the marginal value under a square root, and so again
the q-th best of its cluster, of which those alike in meaning only are left: a concave utility of
each cell, for which the greedy choice is near optimal (Nemhauser, Wolsey and Fisher 1978). Ranks
depend on nothing that was chosen before, so one sort makes the choice, O(n log n). Ties are broken
by a draw: a hash of the seed and the problem's id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from curation.store import Store
from verifiers.errors import BadInput, UnknownName

DRAW = "(md5_number_lower(concat($seed, ':', problem_id)) / 18446744073709551616.0)"
"""SQL for a number in [0, 1] that is the problem's own under a seed."""

PREFERENCES: dict[str, str] = {
    "informativeness": "informativeness",
    "random": "1.0",
    "uniform": "1.0",
    "hardest": "1.0 - pass_rate",
    "variance": "pass_rate * (1.0 - pass_rate)",
}
"""Arm -> SQL for what it prefers. `variance` is p(1 - p), that of a reward of 0 or 1."""

DISCOUNTS: dict[str, str] = {
    "informativeness": (
        "(sqrt(cell_rank) - sqrt(cell_rank - 1))"
        " * coalesce(sqrt(cluster_rank) - sqrt(cluster_rank - 1), 1.0)"
    ),
    "uniform": "1.0 / level_rank",
}
"""Arm -> SQL for the discount; the others have none. `uniform` takes from each level in turn."""

CANDIDATES = f"""
    WITH contaminated AS (
        SELECT problem_id, first(benchmark || ' row ' || row_number || ' (' || kind || ')'
                                 ORDER BY similarity DESC, benchmark, row_number) AS contaminant
        FROM contaminations GROUP BY problem_id
    ), candidates AS (
        SELECT s.problem_id, p.domain, p.family, p.level, s.pass_rate, s.n_rollouts,
               s.n_correct = 0 AS never, s.n_correct = s.n_rollouts - s.n_undecided AS always,
               s.group_size * s.tokens_per_rollout AS cost_tokens, s.informativeness,
               coalesce($weights[list_position($weighted, p.domain)], 1.0) AS weight,
               {DRAW} AS draw, {{preference}} AS preference,
               c.contaminant, k.cluster_id, k.kind, k.similarity
        FROM scores s
        JOIN problems p USING (problem_id)
        LEFT JOIN contaminated c USING (problem_id)
        LEFT JOIN clusters k USING (problem_id)
        WHERE s.policy = $policy AND s.group_size = $group_size AND p.quarantine IS NULL
    ), best AS (
        SELECT cluster_id, first(problem_id ORDER BY preference * weight DESC, draw) AS problem_id
        FROM candidates
        WHERE cluster_id IS NOT NULL AND kind <> 'semantic' AND contaminant IS NULL
        GROUP BY cluster_id
    ), judged AS (
        SELECT a.*,
               CASE WHEN contaminant IS NOT NULL THEN 'contaminated: ' || contaminant
                    WHEN b.problem_id <> a.problem_id
                    THEN format('duplicate of {{}} ({{}}, {{:.2f}})',
                                b.problem_id, kind, similarity)
               END AS aside
        FROM candidates a LEFT JOIN best b USING (cluster_id)
    )
"""
"""All scored problems, and why one is no candidate; `format` is DuckDB's."""

CHOICES = """
    , ranked AS (
        SELECT *, row_number() OVER (PARTITION BY domain, family, level
                                     ORDER BY preference DESC, draw) AS cell_rank,
               CASE WHEN cluster_id IS NOT NULL THEN row_number() OVER (
                   PARTITION BY cluster_id ORDER BY preference DESC, draw) END AS cluster_rank,
               {level_rank}
        FROM judged WHERE aside IS NULL
    ), gained AS (
        SELECT *, {discount} AS discount, preference * weight * ({discount}) AS gain,
               CASE WHEN list_contains($quoted, domain) THEN domain ELSE '' END AS purse,
               CASE WHEN {price} <= {purse} THEN {price} END AS price,
               CASE WHEN n_rollouts = 0 THEN
                        CASE WHEN pass_rate < 0.1 THEN 'hard' WHEN pass_rate > 0.9 THEN 'easy' END
                    WHEN never THEN 'hard' WHEN always THEN 'easy' END AS tail
        FROM ranked
    ), tails AS (
        SELECT problem_id FROM (
            SELECT problem_id, purse,
                   sum(price) OVER (PARTITION BY purse ORDER BY turn, tail, draw
                                    ROWS UNBOUNDED PRECEDING) AS spent
            FROM (SELECT *, row_number() OVER (PARTITION BY purse, tail ORDER BY draw) AS turn
                  FROM gained WHERE tail IS NOT NULL AND price IS NOT NULL AND $tails > 0))
        WHERE spent <= $tails * {purse}
    ), spending AS (
        SELECT g.*, t.problem_id IS NOT NULL AS kept,
               price IS NOT NULL
               AND sum(price) OVER (PARTITION BY purse
                                    ORDER BY t.problem_id IS NULL, gain DESC, draw
                                    ROWS UNBOUNDED PRECEDING) <= {purse} AS within
        FROM gained g LEFT JOIN tails t USING (problem_id)
    ), choices AS (
        SELECT problem_id, within AS selected,
               CASE WHEN NOT within THEN 'over budget'
                    WHEN kept THEN 'tail: ' || CASE tail WHEN 'hard' THEN 'not solved yet'
                                                         ELSE 'always solved' END
                    ELSE 'chosen' END AS reason,
               preference, weight, cell_rank, cluster_rank, discount, gain, cost_tokens, draw
        FROM spending
        UNION ALL BY NAME
        SELECT problem_id, false AS selected, aside AS reason, preference, weight,
               NULL::BIGINT AS cell_rank, NULL::BIGINT AS cluster_rank, 0.0 AS discount,
               0.0 AS gain, cost_tokens, draw
        FROM judged WHERE aside IS NOT NULL
    )
    SELECT $name AS name, problem_id, $policy AS policy, $group_size::BIGINT AS group_size,
           $arm AS arm, selected, reason,
           CASE WHEN selected THEN row_number() OVER (
               PARTITION BY selected ORDER BY gain DESC, draw) END AS position,
           preference, weight, cell_rank, cluster_rank, discount, gain, cost_tokens,
           $run_id::UUID AS run_id
    FROM choices
"""

PURSE = "(CASE WHEN purse = '' THEN $rest ELSE $quotas[list_position($quoted, purse)] END)"
"""SQL for what may be spent on a purse: a domain with a quota, or all others together ('')."""

SUMMARY = """
    SELECT regexp_replace(reason, '(:| of) .*', '') AS reason, count(*),
           coalesce(sum(cost_tokens) FILTER (selected), 0), count(*) FILTER (selected)
    FROM {choices} GROUP BY 1 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """At most so many problems, or expected completion tokens of one group each."""

    problems: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        if (self.problems is None) == (self.tokens is None):
            raise BadInput("give one budget: --budget-problems N or --budget-tokens N")
        if (self.problems or self.tokens or 0) < 1:
            raise BadInput("a budget must be at least 1")

    @property
    def amount(self) -> int:
        """Problems or tokens, whichever it counts."""
        return self.problems or self.tokens or 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How problems are chosen.

    `quotas` are shares of the budget in [0, 1] that go to a domain, no more and, as far as it has
    problems, no less; the other domains share the rest. `weights` multiply a domain's gains.
    `tails` is the share that goes to problems that the policy has never or always solved, hard and
    easy in turn, drawn at random: their scores are the least certain, and both ends move as the
    policy learns. An `arm` other than informativeness is for comparison, and keeps no tails.
    """

    budget: Budget
    group_size: int = 8
    arm: str = "informativeness"
    quotas: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    tails: float = 0.05
    seed: int = 0

    def __post_init__(self) -> None:
        if self.arm not in PREFERENCES:
            raise UnknownName("arm", self.arm, PREFERENCES)
        if not 0 <= self.tails < 1:
            raise BadInput(f"--tails {self.tails} is no share of the budget: use 0 up to below 1")
        for domain, share in self.quotas.items():
            if not 0 <= share <= 1:
                raise BadInput(f"--quota {domain}={share:g} is no share: use 0 to 1")
        if sum(self.quotas.values()) > 1 + 1e-9:
            raise BadInput(
                f"the quotas come to {sum(self.quotas.values()):g} of the budget: at most 1"
            )
        for domain, weight in self.weights.items():
            if not weight > 0:
                raise BadInput(f"--weight {domain}={weight:g}: a weight is more than 0")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a selection came to; `reasons` counts problems by what became of them."""

    n_candidates: int
    n_selected: int
    cost_tokens: float
    reasons: dict[str, int]


def select(store: Store, name: str, policy: str, choice: Choice, *, run_id: UUID) -> Chosen:
    """Store the selection `name` in the place of an older one.

    Raises BadInput where `policy` has no scores for the group size, or a domain is none of theirs.
    """
    _check(store, policy, choice)
    sql, parameters = _query(policy, choice)
    parameters |= {"name": name, "run_id": str(run_id)}
    store.fill("selections", sql, parameters, where={"name": name})
    return _chosen(store.rows(SUMMARY.format(choices="(FROM selections WHERE name = ?)"), (name,)))


def preview(store: Store, policy: str, choice: Choice) -> Chosen:
    """What `select` would choose, with the clusters and contaminations known by now."""
    _check(store, policy, choice)
    sql, parameters = _query(policy, choice)
    parameters |= {"name": "", "run_id": str(UUID(int=0))}
    return _chosen(store.rows(SUMMARY.format(choices=f"({sql})"), parameters))


def _query(policy: str, choice: Choice) -> tuple[str, dict[str, Any]]:
    whole = choice.budget.amount
    discount = DISCOUNTS.get(choice.arm, "1.0")
    level_rank = "row_number() OVER (PARTITION BY level ORDER BY draw) AS level_rank"
    sql = CANDIDATES.replace("{preference}", PREFERENCES[choice.arm]) + (
        CHOICES.replace(
            "{level_rank}", level_rank if choice.arm == "uniform" else "1 AS level_rank"
        )
        .replace("{discount}", discount)
        .replace("{price}", "1" if choice.budget.problems is not None else "cost_tokens")
        .replace("{purse}", PURSE)
    )
    quotas = {domain: share * whole for domain, share in choice.quotas.items()}
    if choice.budget.problems is not None:
        quotas = {domain: float(round(amount)) for domain, amount in quotas.items()}
    return sql, {
        "policy": policy,
        "group_size": choice.group_size,
        "arm": choice.arm,
        "seed": choice.seed,
        "tails": choice.tails if choice.arm == "informativeness" else 0.0,
        "weighted": list(choice.weights),
        "weights": list(choice.weights.values()),
        "quoted": list(quotas),
        "quotas": list(quotas.values()),
        "rest": float(whole) - sum(quotas.values()),
    }


def _check(store: Store, policy: str, choice: Choice) -> None:
    domains = [
        domain
        for (domain,) in store.rows(
            "SELECT DISTINCT domain FROM scores JOIN problems USING (problem_id) "
            "WHERE policy = ? AND group_size = ? ORDER BY 1",
            (policy, choice.group_size),
        )
    ]
    if not domains:
        raise BadInput(
            f"no scores of {policy!r} for groups of {choice.group_size}: "
            f"run `gen score --policy {policy} --group-size {choice.group_size}` first"
        )
    for domain in (*choice.quotas, *choice.weights):
        if domain not in domains:
            raise UnknownName("domain", domain, domains)


def _chosen(rows: list[tuple]) -> Chosen:
    return Chosen(
        n_candidates=sum(n for _, n, _, _ in rows),
        n_selected=sum(n for _, _, _, n in rows),
        cost_tokens=float(sum(cost for _, _, cost, _ in rows)),
        reasons={reason: n for reason, n, _, _ in rows},
    )
