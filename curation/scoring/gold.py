"""Puts aside problems whose gold a stronger policy contradicts, where the policy never meets it.

    put_aside(connection, policy="cpu:small")    ->  SuspectCounts(put_aside=2, lifted=0)
    problems.quarantine
    ->  "wrong_gold: 0 of 8 by cpu:small, but cpu:big says 42 in 5 of 6"

Among the problems that a policy never solves the wrong golds gather: nobody can meet them. So a
problem without a right rollout of the policy is suspected where a stronger one, which is right more
often on the problems that both have been asked, gives one and the same rejected answer in at least
AGREEING of its rollouts and in more than half of them. Ground truths by construction are never
suspected. Nothing is lost: the problem stays, the reason says what spoke against it, and scoring
again lifts it where that no longer holds.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

AGREEING = 3
"""Rollouts of the stronger policy that must give the same answer."""

# Judged rollouts of problems that are in use, or are not because of an earlier suspicion.
JUDGED = """
    CREATE TEMP VIEW judged AS
    SELECT r.problem_id, r.model, v.correct, trim(v.extracted) AS answer
    FROM rollouts r JOIN {verdicts} v USING (rollout_id)
    JOIN problems p USING (problem_id)
    WHERE v.correct IS NOT NULL AND p.certificate <> 'construction'
        AND (p.quarantine IS NULL OR starts_with(p.quarantine, 'wrong_gold: '))
"""

SUSPECTS = """
    CREATE TEMP TABLE suspects AS
    WITH tried AS (
        SELECT problem_id, model, count(*) AS n, count(*) FILTER (correct) AS k
        FROM judged GROUP BY problem_id, model
    ), ours AS (
        SELECT problem_id, n, k FROM tried WHERE model = $policy
    ), stronger AS (
        SELECT t.model FROM tried t JOIN ours o USING (problem_id)
        WHERE t.model <> $policy
        GROUP BY t.model HAVING avg(t.k / t.n) > avg(o.k / o.n)
    ), answers AS (
        SELECT problem_id, model, answer, count(*) AS n_agree
        FROM judged SEMI JOIN stronger USING (model)
        WHERE NOT correct AND answer <> ''
            AND problem_id IN (SELECT problem_id FROM ours WHERE k = 0)
        GROUP BY problem_id, model, answer
    )
    SELECT problem_id, 'wrong_gold: 0 of ' || o.n || ' by ' || $policy || ', but ' || model
           || ' says ' || answer[:80] || ' in ' || n_agree || ' of ' || t.n AS reason
    FROM answers JOIN tried t USING (problem_id, model) JOIN ours o USING (problem_id)
    WHERE n_agree >= $agreeing AND 2 * n_agree > t.n
    QUALIFY row_number() OVER (PARTITION BY problem_id ORDER BY n_agree DESC, model) = 1
"""

PUT_ASIDE = """
    UPDATE problems SET quarantine = s.reason FROM suspects s
    WHERE problems.problem_id = s.problem_id
"""

LIFT = """
    UPDATE problems SET quarantine = NULL
    WHERE starts_with(quarantine, 'wrong_gold: ')
        AND contains(quarantine, ' by ' || $policy || ', but ')
        AND problem_id NOT IN (SELECT problem_id FROM suspects)
"""


@dataclass(frozen=True, slots=True)
class SuspectCounts:
    """Problems that are suspected of a wrong gold, and those of which it is no longer so."""

    put_aside: int = 0
    lifted: int = 0


def put_aside(
    connection: "DuckDBPyConnection", *, policy: str, verdicts: str, suspect: bool = True
) -> SuspectCounts:
    """Quarantine the suspects of a policy; unless `suspect`, lift those of earlier times.

    `verdicts` is the table or view that has one verdict a rollout.
    """
    settings = {"policy": policy, "agreeing": AGREEING}
    if suspect and _has_others(connection, policy):
        connection.execute(JUDGED.format(verdicts=verdicts))
        connection.execute(SUSPECTS, settings)
    else:
        connection.execute("CREATE TEMP TABLE suspects (problem_id UUID, reason VARCHAR)")
    ((n_suspects,),) = connection.execute(PUT_ASIDE).fetchall()
    ((n_lifted,),) = connection.execute(LIFT, {"policy": policy}).fetchall()
    return SuspectCounts(n_suspects, n_lifted)


def _has_others(connection: "DuckDBPyConnection", policy: str) -> bool:
    return bool(
        connection.execute("SELECT 1 FROM rollouts WHERE model <> ? LIMIT 1", [policy]).fetchall()
    )
