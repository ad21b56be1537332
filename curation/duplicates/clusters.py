"""Fills the table `clusters`: which problems of a store are one problem.

    find_clusters(store, run_id=run.run_id)     ->  Clusters(n_problems=1000, n_clusters=4, ...)
    store.rows("SELECT cluster_id, kind, similarity FROM clusters")

A cluster bears the smallest id among its problems. Quarantined problems are left out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import polars as pl
import pyarrow as pa

from curation.arrays import array
from curation.duplicates.grouping import NEAR_JACCARD, SEMANTIC_COSINE, group_texts
from curation.duplicates.near import Links
from curation.schema import TABLES
from curation.store import Store
from curation.texts.embedding import Embed

PROBLEMS = """
    SELECT problem_id, prompt,
           -- A long one is tests of a program, which say little about its problem's being the same.
           CASE WHEN len(ground_truth) <= 200 THEN ground_truth ELSE '' END AS gold
    FROM problems WHERE quarantine IS NULL ORDER BY problem_id
"""

SEMANTIC = """
    WITH places AS (
        SELECT problem_id, row_number() OVER (ORDER BY problem_id) - 1 AS place
        FROM problems WHERE quarantine IS NULL
    )
    SELECT f.place AS first, m.place AS member, c.similarity
    FROM clusters c
    JOIN places m USING (problem_id)
    JOIN places f ON f.problem_id = c.cluster_id
    WHERE c.kind = 'semantic' AND c.problem_id != c.cluster_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """How many problems were looked at, and in how many clusters of two or more they are.

    `n_members` counts the problems in clusters by the kind of link that joined them, `n_surplus`
    what would be left out if one of each cluster were kept.
    """

    n_problems: int
    n_clusters: int
    n_surplus: int
    n_members: dict[str, int]


def _nothing(n: int) -> None:
    """Progress that nobody watches."""


def find_clusters(
    store: Store,
    run_id: UUID,
    *,
    threshold: float = NEAR_JACCARD,
    embed: Embed | None = None,
    cosine: float = SEMANTIC_COSINE,
    advance: Callable[[int], None] = _nothing,
) -> Clusters:
    """Put the clusters of the store's problems in the place of earlier ones.

    `threshold` is the Jaccard similarity of near duplicates. Semantic ones are sought only with an
    `embed`, at `cosine` or above; without one, those found before stay. `advance` is told how many
    more problems have been read.
    """
    problems = store.query(PROBLEMS)
    table = pl.DataFrame(problems.select(["prompt", "gold"]))
    grouping = group_texts(
        table["prompt"],
        table["gold"],
        threshold=threshold,
        embed=embed,
        cosine=cosine,
        remembered=_remembered(store),
        advance=advance,
    )
    members = np.flatnonzero(grouping.kind != "")
    ids = problems["problem_id"].combine_chunks()
    rows = pa.Table.from_arrays(
        [
            ids.take(array(members.tolist(), pa.int64())),
            ids.take(array(grouping.cluster[members].tolist(), pa.int64())),
            array(grouping.kind[members].tolist(), pa.string()),
            array(grouping.similarity[members].tolist(), pa.float64()),
            array([run_id] * len(members), pa.uuid()),
        ],
        schema=TABLES["clusters"].arrow_schema(),
    )
    store.replace("clusters", rows, where={"TRUE": True})
    kinds, counts = np.unique(grouping.kind[members], return_counts=True)
    n_clusters = len(np.unique(grouping.cluster[members]))
    return Clusters(
        n_problems=len(table),
        n_clusters=n_clusters,
        n_surplus=len(members) - n_clusters,
        n_members=dict(zip(kinds.tolist(), counts.tolist(), strict=True)),
    )


def _remembered(store: Store) -> Links:
    """The semantic links of the store, by the places of their problems."""
    found = store.query(SEMANTIC)
    columns = [pl.Series(found[name]).to_numpy() for name in ("first", "member", "similarity")]
    return Links(*columns)
