"""Splits a selection into train and test so that no problem of one has a relative in the other.

    plan = split(store, "first", PROBLEMS["problems"], test_size=2)
    plan.to_pylist()
    ->  [{"problem_id": UUID(...), "split": "train", "place": 0}, ...]

Relatives are the members of a cluster of like problems (table `clusters`), a problem and what was
made from it (`parent` in the lineage, over any number of generations), and problems made from one
passage of a document. Whole groups of relatives go to test, in the order of the MD5 of the smallest
id in each, until it is full: the same problems and relations always give the same split, and it
favours no family or level.
"""

import numpy as np
import polars as pl
import pyarrow as pa

from curation.store import Store
from verifiers.errors import BadInput

TIES = """
    SELECT problem_id::VARCHAR AS problem, 'cluster ' || cluster_id AS tie FROM clusters
    UNION ALL
    SELECT problem_id::VARCHAR, 'made from ' || replace(lineage->>'parent', '-', '') FROM problems
    WHERE lineage LIKE '%"parent"%' AND lineage->>'parent' IS NOT NULL
    UNION ALL
    SELECT problem_id::VARCHAR, 'made from ' || replace(problem_id::VARCHAR, '-', '') FROM problems
    WHERE replace(problem_id::VARCHAR, '-', '') IN (
        SELECT replace(lineage->>'parent', '-', '') FROM problems WHERE lineage LIKE '%"parent"%')
    UNION ALL
    SELECT problem_id::VARCHAR, 'passage ' || (lineage->>'document') || ' ' || (lineage->>'chunk')
    FROM problems WHERE lineage LIKE '%"document"%' AND lineage->>'chunk' IS NOT NULL
"""
"""A row for each thing that a problem may share with others, chosen or not."""

PLAN = """
    WITH members AS (
        SELECT problem_id, position, coalesce(kin, problem_id::VARCHAR) AS kin
        FROM ({problems}) LEFT JOIN relatives ON problem = problem_id::VARCHAR
    ), groups AS (
        SELECT kin, count(*) AS n FROM members GROUP BY kin
    ), filled AS (
        SELECT kin, sum(n) OVER (ORDER BY md5(kin), kin) AS through FROM groups WHERE n <= $n_test
    ), sides AS (
        SELECT problem_id, position,
               CASE WHEN through <= $n_test THEN 'test' ELSE 'train' END AS split
        FROM members LEFT JOIN filled USING (kin)
    )
    SELECT problem_id, split,
           row_number() OVER (PARTITION BY split ORDER BY position) - 1 AS place
    FROM sides ORDER BY position
"""


def split(
    store: Store,
    name: str,
    problems: str,
    *,
    eval_fraction: float | None = None,
    test_size: int | None = None,
) -> pa.Table:
    """A row a problem: `problem_id`, `split` (train or test) and its `place` there, from 0.

    `problems` is a query of problem_id and position over the selection `$name`. The test split has
    at most `test_size` problems, or that fraction of all. Raises BadInput where that leaves one of
    the two empty.
    """
    ((n_problems,),) = store.rows(f"SELECT count(*) FROM ({problems})", {"name": name})
    n_test = _n_test(n_problems, eval_fraction, test_size)
    relatives = _relatives(store) if n_test else NO_RELATIVES
    batches = store.batches(
        PLAN.format(problems=problems),
        {"name": name, "n_test": n_test},
        tables={"relatives": relatives},
    )
    plan = pa.Table.from_batches(list(batches))
    if n_test and len(set(plan["split"].unique().to_pylist())) < 2:
        raise BadInput(
            f"{n_problems} problems cannot be split with {n_test} for testing: relatives stay "
            "together; give another --test-size or --eval-fraction, or select more"
        )
    return plan


def _n_test(n_problems: int, eval_fraction: float | None, test_size: int | None) -> int:
    if eval_fraction is not None and test_size is not None:
        raise BadInput("give one of --eval-fraction and --test-size")
    if eval_fraction is not None:
        if not 0 <= eval_fraction < 1:
            raise BadInput(f"--eval-fraction {eval_fraction} is outside [0, 1)")
        return max(1, int(n_problems * eval_fraction)) if eval_fraction else 0
    if test_size is not None and not 0 <= test_size < n_problems:
        raise BadInput(
            f"--test-size {test_size} is not below the {n_problems} problems there are to split"
        )
    return test_size or 0


def _relatives(store: Store) -> pa.Table:
    """Problem -> `kin`, the smallest id among its relatives, for every problem that has any."""
    ties = pl.DataFrame(store.query(TIES)).drop_nulls()
    problems, names = ties["problem"].unique().sort(), ties["tie"].unique().sort()
    if problems.is_empty():
        return NO_RELATIVES
    node = problems.search_sorted(ties["problem"]).to_numpy()
    tie = names.search_sorted(ties["tie"]).to_numpy()
    labels = connected(node, tie)
    return pl.DataFrame({"problem": problems, "kin": problems.gather(labels)}).to_arrow()


NO_RELATIVES = pl.DataFrame(schema={"problem": pl.String, "kin": pl.String}).to_arrow()


def connected(node: np.ndarray, tie: np.ndarray) -> np.ndarray:
    """Label each node by the smallest that it is connected with over ties; both count from 0.

    `node[i]` has the tie `tie[i]`. Each round a node takes the smallest label that a tie of its
    brings, and then its label's label, so that rounds grow with the logarithm of the longest chain.
    """
    labels = np.arange(node.max() + 1)
    while True:
        lowest = np.full(tie.max() + 1, len(labels))
        np.minimum.at(lowest, tie, labels[node])
        better = labels.copy()
        np.minimum.at(better, node, lowest[tie])
        better = better[better]
        if np.array_equal(better, labels):
            return labels
        labels = better
