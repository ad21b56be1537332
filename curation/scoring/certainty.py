"""How certain a policy is of its answers, before it has given any: what is known, whom to ask next.

    worth_asking(store, "cpu:base", n=200)       ->  the problems to ask about, the best first
    find_certainties(connection, trace(store, "cpu:base"))
    connection.sql("FROM certain")               ->  problem_id, certainty

A policy that must answer at once, without a word of reasoning, is the surer of its first tokens
the easier it finds the problem: models know in advance much of what they will get right (Kadavath
et al. 2022, arXiv:2207.05221). It takes a token or a few for a problem, where a group of rollouts
takes thousands. What it is worth is not assumed but learnt from the problems that have rollouts
(`prediction`). The certainty is the logit of the chance, log(c / (1 - c)), in standard deviations
from the mean of all that were asked with the same opening and number of tokens.
"""

from typing import TYPE_CHECKING, Any
from uuid import UUID

from curation.scoring.lineage import Lineage
from curation.store import Store

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SUREST = 1e-6
"""Chances are held this far from 1: beyond it they are rounding."""

LEAST_DEVIATION = 0.1
"""Logits that differ less are all the same."""

NEAR = """
    CREATE TEMP TABLE near AS
    SELECT policy, min(distance) AS distance
    FROM (
        SELECT unnest($policies) AS policy, -log2(unnest($weights)) * $half_life AS distance
        UNION ALL
        SELECT c.policy, t.distance + t.anchor - c.step
        FROM checkpoints c JOIN (
            SELECT unnest($runs) AS training_run, unnest($anchors) AS anchor,
                   unnest($distances) AS distance
        ) t USING (training_run)
        WHERE c.step <= t.anchor
    )
    GROUP BY policy
"""
"""The policies on the way to this one, and how many optimizer steps before it."""

CERTAIN = f"""
    CREATE TEMP TABLE certain AS
    WITH nearest AS (
        SELECT problem_id, opening, n_tokens,
               log_chance - ln(1 - least(exp(log_chance), 1 - {SUREST})) AS logit
        FROM certainties JOIN near USING (policy)
        QUALIFY row_number() OVER (PARTITION BY problem_id ORDER BY distance, policy) = 1
    )
    SELECT problem_id, (logit - avg(logit) OVER alike)
                       / greatest(stddev_pop(logit) OVER alike, {LEAST_DEVIATION}) AS certainty
    FROM nearest
    WINDOW alike AS (PARTITION BY opening, n_tokens)
"""

WORTH_ASKING = """
    WITH newest AS (
        SELECT s.problem_id, s.informativeness, s.predicted
        FROM scores s LEFT JOIN runs u USING (run_id) WHERE s.policy = $policy
        QUALIFY s.group_size = first_value(s.group_size) OVER (
            ORDER BY u.started_at DESC NULLS LAST, s.group_size)
    ), candidates AS (
        SELECT p.problem_id, p.domain, p.family, p.level, s.informativeness,
               r.problem_id IS NOT NULL AS sampled
        FROM problems p
        LEFT JOIN newest s USING (problem_id)
        LEFT JOIN (SELECT DISTINCT problem_id FROM rollouts WHERE model = $policy) r
            USING (problem_id)
        ANTI JOIN (SELECT problem_id FROM certainties WHERE policy = $policy) USING (problem_id)
        WHERE p.quarantine IS NULL AND (sampled OR s.predicted IS DISTINCT FROM false)
            AND ($domain IS NULL OR p.domain = $domain)
            AND ($family IS NULL OR p.family = $family) AND ($level IS NULL OR p.level = $level)
    ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY sampled, domain, family, level
                                     ORDER BY informativeness DESC NULLS LAST, problem_id) AS rank
        FROM candidates
    )
    SELECT problem_id FROM ranked
    ORDER BY sampled DESC, CASE WHEN sampled THEN 0.0
                                ELSE informativeness * (sqrt(rank) - sqrt(rank - 1)) END
             DESC NULLS LAST, problem_id
    LIMIT $n
"""


def find_certainties(connection: "DuckDBPyConnection", lineage: Lineage) -> None:
    """Make the temporary table `certain`, a row a problem that a policy of the lineage was asked.

    Of several the one counts that is fewest optimizer steps away.
    """
    connection.execute(
        NEAR,
        {
            "policies": list(lineage.policies),
            "weights": list(lineage.policies.values()),
            "half_life": lineage.half_life,
            "runs": list(lineage.trainings),
            "anchors": [anchor for anchor, _ in lineage.trainings.values()],
            "distances": [distance for _, distance in lineage.trainings.values()],
        },
    )
    connection.execute(CERTAIN)


def worth_asking(
    store: Store, policy: str, *, n: int | None = None, filters: dict[str, Any] | None = None
) -> list[UUID]:
    """The problems whose certainty to ask of a policy that has not said it, at most `n`.

    Those with rollouts of its own come first, all of them, whatever came of them: from these it is
    learnt what a certainty means. Then those that nobody has sampled, by the policy's newest scores
    the most informative first, families and levels taking turns as `select` has them; what has no
    score comes last, at random. `filters` may give a domain, family and level.
    """
    wanted = {"domain": None, "family": None, "level": None} | (filters or {})
    rows = store.rows(WORTH_ASKING, {"policy": policy, "n": n, **wanted})
    return [problem_id for (problem_id,) in rows]
