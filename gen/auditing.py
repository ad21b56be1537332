"""Which verdicts a person should look at: `gen verify --audit`.

    for suspect in audit(store, pool=pool):
        suspect.suspicion    ->  "not confirmed by sympy"
                                 "Math-Verify accepts it"
                                 "3 of 4 rollouts give this answer"

Three kinds of suspicion: a verdict that says itself that it is in doubt; a rejection of a policy
that
is usually right on that family, where a second, independent verifier disagrees; and an answer
that most
rollouts of a problem share, but that the ground truth denies (then it may be the ground truth
that is
wrong). Nothing is changed in the store.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from curation.store import Store
from gen.progress import Advance
from verifiers.pool import GradingPool, GradingTask

STRONG = 0.5
"""Pass rate on a family from which a policy's rejections are checked a second time."""

FEWEST = 4
"""Verdicts that a pass rate needs."""

SECOND_OPINIONS = {"math": "math-verify"}

COLUMNS = """
    v.rollout_id, p.problem_id, p.family, r.model AS policy, p.ground_truth, v.extracted, v.outcome,
    v.reason
"""

DOUBTFUL = f"""
    SELECT {COLUMNS}, json_extract_string(v.details, '$.doubt') AS suspicion
    FROM current_verdicts v JOIN rollouts r USING (rollout_id) JOIN problems p USING (problem_id)
    WHERE json_extract_string(v.details, '$.doubt') IS NOT NULL
    ORDER BY v.rollout_id
"""

REJECTED_OF_STRONG = f"""
    WITH strong AS (
        SELECT p.family, r.model
        FROM current_verdicts v JOIN rollouts r USING (rollout_id) JOIN problems p USING
        (problem_id)
        WHERE v.correct IS NOT NULL
        GROUP BY ALL HAVING count(*) >= $fewest AND avg(v.correct::INT) >= $strong
    )
    SELECT {COLUMNS}, v.verifier, p.prompt, p.params, r.completion
    FROM current_verdicts v JOIN rollouts r USING (rollout_id) JOIN problems p USING (problem_id)
    JOIN strong s ON s.family = p.family AND s.model = r.model
    WHERE v.outcome = 'rejected' AND v.extracted IS NOT NULL
    ORDER BY v.rollout_id
"""

AGREED = f"""
    WITH judged AS (
        SELECT p.problem_id, r.model, trim(v.extracted) AS answer, v.outcome, v.rollout_id,
               count(*) OVER (PARTITION BY p.problem_id, r.model) AS n_all
        FROM current_verdicts v JOIN rollouts r USING (rollout_id) JOIN problems p USING
        (problem_id)
    ), answers AS (
        SELECT problem_id, count(*) AS n, any_value(n_all) AS n_all, min(rollout_id) AS rollout_id
        FROM judged WHERE answer IS NOT NULL
        GROUP BY problem_id, model, answer HAVING bool_and(outcome = 'rejected')
    )
    SELECT {COLUMNS}, a.n || ' of ' || a.n_all || ' rollouts give this answer' AS suspicion
    FROM answers a JOIN current_verdicts v USING (rollout_id)
    JOIN rollouts r USING (rollout_id) JOIN problems p ON p.problem_id = a.problem_id
    WHERE a.n >= 2 AND 2 * a.n > a.n_all
    ORDER BY v.rollout_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A verdict that may be wrong, and why."""

    rollout_id: str
    problem_id: str
    family: str
    policy: str
    ground_truth: str
    extracted: str | None
    outcome: str
    reason: str
    suspicion: str


def audit(
    store: Store, *, pool: GradingPool, on_check: Advance = lambda step: None
) -> Iterator[Suspect]:
    """Yield the suspects: doubtful verdicts, disputed rejections, agreed answers."""
    for row in store.query(DOUBTFUL).to_pylist():
        yield _suspect(row, row["suspicion"])
    rows = store.query(REJECTED_OF_STRONG, {"fewest": FEWEST, "strong": STRONG}).to_pylist()
    rows = [row for row in rows if row["verifier"] in SECOND_OPINIONS]
    tasks = (
        GradingTask(
            verifier=SECOND_OPINIONS[row["verifier"]],
            ground_truth=row["ground_truth"],
            completion=row["completion"],
            prompt=row["prompt"],
            params=row["params"],
        )
        for row in rows
    )
    for row, second in zip(rows, pool.grade(tasks), strict=True):
        on_check(1)
        if second.correct:
            yield _suspect(row, f"{second.verifier} {second.verifier_version} accepts it")
    for row in store.query(AGREED).to_pylist():
        yield _suspect(row, row["suspicion"])


def _suspect(row: dict, suspicion: str) -> Suspect:
    return Suspect(
        rollout_id=str(row["rollout_id"]),
        problem_id=str(row["problem_id"]),
        family=row["family"],
        policy=row["policy"],
        ground_truth=row["ground_truth"],
        extracted=row["extracted"],
        outcome=row["outcome"],
        reason=row["reason"],
        suspicion=suspicion,
    )
