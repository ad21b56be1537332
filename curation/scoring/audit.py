"""The audit slice: a random hundredth of all problems, which no prediction and no choice may touch.

    in_audit(problem.problem_id)                       ->  False for 99 of 100 problems
    store.rows(f"SELECT * FROM problems WHERE {AUDIT}")

Problems that are sampled because they look informative are no fair sample: the estimates of those
that were not sampled could drift, and nobody would see it. The slice is fixed by the ids, which are
hashes: the last hundredth of them. The first n problems by id, which `gen solutions -n` takes, are
chosen independently of it.
"""

from uuid import UUID

FIRST_AUDITED = UUID(int=2**128 * 99 // 100)

AUDIT = f"problem_id >= '{FIRST_AUDITED}'::UUID"
"""SQL over a column `problem_id`."""


def in_audit(problem_id: UUID) -> bool:
    """Whether the problem is of the audit slice."""
    return problem_id >= FIRST_AUDITED
