"""Where further rollouts of a policy change most what is worth training on.

    bought = worth_buying(store, "cpu:smollm2-135m", budget_tokens=50_000)
    bought.more          ->  {problem_id: 4, ...}, best first: rollouts to add
    bought.n_tokens      ->  49_310.0, expected

A problem is worth its informativeness u where it is above the threshold t at which problems are
chosen, and nothing where it is below. What is decided now is worth max(u - t, 0); after m more
rollouts, of which j will be right with the beta-binomial chance P(j), it is decided by the
informativeness u_j of the new posterior. So they are worth

    sum_j P(j) max(u_j - t, 0) - max(u - t, 0)    in signal per token,

which is divided by the m * (mean tokens of a rollout) that they cost. That is the knowledge
gradient (Frazier, Powell and Dayanik 2008, SIAM J. Control Optim. 47(5)), with more than one
measurement at once, since one seldom turns a decision (Frazier and Powell 2010): of m in BATCHES
that of most value per token. It is large for problems near the threshold, of which little is known
and which are cheap.

The threshold is the least informativeness that the newest selection by informativeness has chosen
for it (its tails are not), or, where there is none, what the best quarter of all problems has. A
tenth of the budget at most goes to problems of the audit slice that have fewer than AUDITED
rollouts, whatever they are worth.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from curation.scoring.audit import AUDIT
from curation.scoring.signals import SIGNALS, beta_binomial
from curation.store import Store
from verifiers.errors import BadInput

if TYPE_CHECKING:
    import numpy as np

BATCHES = (2, 4, 8)
AUDITED = 8
AUDIT_SHARE = 0.1
BEST = 0.75
"""Quantile of informativeness that is the threshold where nothing has been selected yet."""

NEWEST = """
    SELECT s.group_size, s.signal, u.started_at, s.run_id
    FROM scores s LEFT JOIN runs u USING (run_id) WHERE s.policy = ?
    ORDER BY u.started_at DESC NULLS LAST LIMIT 1
"""

THRESHOLD = """
    SELECT coalesce(
        (SELECT min(c.informativeness)
         FROM selections s JOIN runs u USING (run_id)
         JOIN scores c USING (problem_id, policy, group_size)
         WHERE s.reason = 'chosen' AND s.arm = 'informativeness'
             AND s.policy = $policy AND s.group_size = $group_size
         GROUP BY u.started_at, s.name ORDER BY u.started_at DESC LIMIT 1),
        (SELECT quantile_cont(informativeness, $best) FROM scores
         WHERE policy = $policy AND group_size = $group_size))
"""

FILTERS = """
    p.quarantine IS NULL AND ($domain IS NULL OR p.domain = $domain)
    AND ($family IS NULL OR p.family = $family) AND ($level IS NULL OR p.level = $level)
"""

CANDIDATES = f"""
    SELECT s.problem_id::VARCHAR AS problem_id, s.alpha, s.beta, s.dispersion, p.confidence,
           s.tokens_per_rollout AS tokens
    FROM scores s JOIN problems p USING (problem_id)
    WHERE s.policy = $policy AND s.group_size = $group_size AND {FILTERS}
    ORDER BY s.problem_id
"""

AUDIT_SLICE = f"""
    SELECT p.problem_id::VARCHAR AS problem_id, $audited - coalesce(s.n_rollouts, 0) AS more,
           coalesce(s.tokens_per_rollout, (SELECT avg(tokens_per_rollout) FROM scores
                                           WHERE policy = $policy)) AS tokens
    FROM problems p LEFT JOIN (
        SELECT * FROM scores WHERE policy = $policy AND group_size = $group_size
    ) s USING (problem_id)
    WHERE p.{AUDIT} AND coalesce(s.n_rollouts, 0) < $audited AND {FILTERS}
    ORDER BY p.problem_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """How many rollouts to add to which problem, the most valuable first; expected tokens.

    `scored_at` is when the scores were made that this rests on, None where that is not known.
    """

    more: dict[UUID, int]
    n_tokens: float
    n_audited: int
    threshold: float
    scored_at: datetime | None


def worth_buying(
    store: Store, policy: str, *, budget_tokens: int, filters: dict[str, Any] | None = None
) -> Purchase:
    """Choose what to buy for so many sampled tokens, by the policy's newest scores.

    `filters` may give a domain, family and level. Raises BadInput where the policy has no scores.
    """
    import polars as pl

    newest = store.rows(NEWEST, (policy,))
    if not newest:
        raise BadInput(f"{policy} has no scores to be uncertain about: run `gen score` first")
    group_size, signal, scored_at, _ = newest[0]
    of_scores = {"policy": policy, "group_size": group_size}
    wanted = {"domain": None, "family": None, "level": None} | (filters or {})
    ((threshold,),) = store.rows(THRESHOLD, {**of_scores, "best": BEST})
    audit = pl.DataFrame(
        store.query(AUDIT_SLICE, {**of_scores, **wanted, "audited": AUDITED})
    ).with_columns(pl.col("more").cast(pl.Int64))
    audit = _within(audit, budget_tokens * AUDIT_SHARE)
    left = budget_tokens - float((audit["more"] * audit["tokens"]).sum() or 0.0)
    rows = pl.DataFrame(store.query(CANDIDATES, {**of_scores, **wanted}))
    rows = rows.join(audit, on="problem_id", how="anti", maintain_order="left")
    columns = {name: rows[name].to_numpy() for name in rows.columns if name != "problem_id"}
    value, more = value_of_more(
        **columns, group_size=group_size, signal=signal, threshold=threshold
    )
    ranked = rows.select(
        "problem_id", "tokens", pl.Series("more", more), pl.Series("value", value)
    ).filter(pl.col("value") > 0)
    ranked = ranked.sort(["value", "problem_id"], descending=[True, False])
    bought = pl.concat([audit, _within(ranked, left)], how="diagonal_relaxed")
    return Purchase(
        more={UUID(row[0]): row[1] for row in bought.select("problem_id", "more").iter_rows()},
        n_tokens=float((bought["more"] * bought["tokens"]).sum() or 0.0),
        n_audited=len(audit),
        threshold=float(threshold),
        scored_at=scored_at,
    )


def value_of_more(
    *,
    alpha: "np.ndarray",
    beta: "np.ndarray",
    dispersion: "np.ndarray",
    confidence: "np.ndarray",
    tokens: "np.ndarray",
    group_size: int,
    signal: str,
    threshold: float,
) -> "tuple[np.ndarray, np.ndarray]":
    """The value per token of the best number of further rollouts, and that number."""
    import numpy as np

    weight = confidence / (group_size * tokens)
    # Held above 0: without confidence nothing is worth a token.
    at = threshold / np.maximum(weight, 1e-300)

    def gain(a: "np.ndarray", b: "np.ndarray") -> "np.ndarray":
        found = SIGNALS[signal](alpha=a, beta=b, group_size=group_size, dispersion=dispersion)
        return np.maximum(found - at, 0.0)

    now = gain(alpha, beta)
    best, number = np.zeros_like(alpha), np.full(len(alpha), BATCHES[0])
    for m in BATCHES:
        chances = beta_binomial(alpha=alpha, beta=beta, n=m)
        then = sum(
            (chance * gain(alpha + j, beta + m - j) for j, chance in enumerate(chances)),
            start=np.zeros_like(alpha),
        )
        value = weight * np.maximum(then - now, 0.0) / (m * tokens)
        number = np.where(value > best, m, number)
        best = np.maximum(best, value)
    return best, number


def _within(rows: Any, n_tokens: float) -> Any:
    """The first rows whose expected tokens come to no more than `n_tokens`."""
    import polars as pl

    return rows.filter((pl.col("more") * pl.col("tokens")).cum_sum() <= n_tokens)
