"""Adds up what is known of each problem: a row a problem, made inside the database.

    count_rollouts(connection, trace(store, policy), verdicts="verdicts")
    connection.sql("FROM counts")
    ->  problem_id  cell  n_rollouts  n_correct  n_undecided  n_truncated  n    k    squares  tokens
        0b1e...     0     8           3          0            0            8.0  3.0  3.0      171.5

`n` is the number of decided rollouts, `k` the sum of their rewards, `squares` that of the rewards'
squares, each rollout with the weight of its policy; `tokens` is the mean length. The table `cells`
numbers the families and levels that occur.
"""

from typing import TYPE_CHECKING

from curation.scoring.lineage import LEAST_WEIGHT, Lineage

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

OWN = """
    SELECT r.problem_id,
           count(*) FILTER (w.own) AS n_rollouts,
           count(*) FILTER (w.own AND v.correct) AS n_correct,
           count(*) FILTER (w.own AND v.outcome = 'undecided') AS n_undecided,
           count(*) FILTER (w.own AND r.finish_reason = 'length') AS n_truncated,
           coalesce(sum(w.weight) FILTER (v.reward IS NOT NULL), 0) AS n,
           coalesce(sum(w.weight * v.reward), 0) AS k,
           coalesce(sum(w.weight * v.reward * v.reward), 0) AS squares,
           sum(w.weight) AS weight, sum(w.weight * r.n_tokens) AS tokens
    FROM rollouts r JOIN policies w ON r.model = w.policy JOIN {verdicts} v USING (rollout_id)
    GROUP BY r.problem_id
"""

TRAINED = """
    SELECT problem_id, 0 AS n_rollouts, 0 AS n_correct, 0 AS n_undecided, 0 AS n_truncated,
           sum(w * n_decided) AS n, sum(w * reward_sum) AS k, sum(w * reward_squares) AS squares,
           sum(w * n_rollouts) AS weight, sum(w * n_tokens) AS tokens
    FROM (
        SELECT g.*, pow(2, -(t.distance + abs(t.anchor - (g.step - 1))) / $half_life) AS w
        FROM groups g JOIN trainings t USING (training_run)
    )
    WHERE w >= $least_weight
    GROUP BY problem_id
"""

TOGETHER = """
    SELECT problem_id, sum(n_rollouts)::BIGINT AS n_rollouts, sum(n_correct)::BIGINT AS n_correct,
           sum(n_undecided)::BIGINT AS n_undecided, sum(n_truncated)::BIGINT AS n_truncated,
           sum(n) AS n, sum(k) AS k, sum(squares) AS squares, sum(weight) AS weight,
           sum(tokens) AS tokens
    FROM ({own} UNION ALL BY NAME {trained}) GROUP BY problem_id
"""

# The sums of weights are rounded: threads add in any order, and the last bit would differ.
COUNTS = """
    CREATE TEMP TABLE summed AS
    SELECT s.problem_id, p.domain, p.family, p.level, p.confidence, s.n_rollouts, s.n_correct,
           s.n_undecided, s.n_truncated, round(s.n, 6) AS n, round(s.k, 6) AS k,
           round(s.squares, 6) AS squares,
           greatest(round(s.tokens / s.weight, 6), 1.0) AS tokens
    FROM ({sums}) s JOIN problems p USING (problem_id)
    WHERE p.quarantine IS NULL
"""

CELLS = """
    CREATE TEMP TABLE cells AS
    SELECT domain, family, level,
           (row_number() OVER (ORDER BY domain, family, level) - 1)::INTEGER AS cell,
           (dense_rank() OVER (ORDER BY domain, family) - 1)::INTEGER AS family_number
    FROM (SELECT DISTINCT domain, family, level FROM summed)
"""


def count_rollouts(connection: "DuckDBPyConnection", lineage: Lineage, *, verdicts: str) -> int:
    """Make the temporary tables `counts` and `cells`; gives how many problems there are.

    `verdicts` is the table or view that has one verdict a rollout.
    """
    # Rows of the tables made here have no order, and keeping one would cost a third of the time.
    connection.execute("SET preserve_insertion_order = false")
    connection.execute("CREATE TEMP TABLE policies (policy VARCHAR, weight DOUBLE, own BOOLEAN)")
    connection.executemany(
        "INSERT INTO policies VALUES (?, ?, ?)",
        [(name, weight, name == lineage.policy) for name, weight in lineage.policies.items()],
    )
    sums, settings = OWN.format(verdicts=verdicts), {}
    if lineage.trainings:
        connection.execute(
            "CREATE TEMP TABLE trainings (training_run VARCHAR, anchor BIGINT, distance BIGINT)"
        )
        connection.executemany(
            "INSERT INTO trainings VALUES (?, ?, ?)",
            [(name, *place) for name, place in lineage.trainings.items()],
        )
        sums = TOGETHER.format(own=sums, trained=TRAINED)
        settings = {"half_life": lineage.half_life, "least_weight": LEAST_WEIGHT}
    connection.execute(COUNTS.format(sums=sums), settings)
    connection.execute(CELLS)
    connection.execute(
        "CREATE TEMP TABLE counts AS SELECT s.* EXCLUDE (domain, family, level), c.cell "
        "FROM summed s JOIN cells c USING (domain, family, level)"
    )
    connection.execute("DROP TABLE summed")
    ((n_problems,),) = connection.execute("SELECT count(*) FROM counts").fetchall()
    return n_problems


def one_verdict_each(connection: "DuckDBPyConnection") -> str:
    """Where a rollout has one verdict: the table itself, unless a verifier has had two versions.

    Finding the newest among millions of verdicts takes longer than all the rest.
    """
    ((n_versions,),) = connection.execute(
        "SELECT coalesce(max(n), 0) FROM (SELECT count(DISTINCT verifier_version) AS n "
        "FROM verdicts GROUP BY verifier)"
    ).fetchall()
    return "verdicts" if n_versions <= 1 else "current_verdicts"
