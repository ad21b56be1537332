"""Finds the texts of a pool that stand in a benchmark: as they are, renumbered, or reworded.

    match_texts(["Omar sells 3 eggs a day ..."], ["Janet sells 16 eggs a day ..."]).pairs
    text  row  kind        similarity
    0     0    "template"  1.0

Kinds, of which the first that holds is told:
canonical   all that the tokens mean is the same (see texts/vocabulary.py)
template    the same but for numbers and names
ngram       of the benchmark problem's runs of eight words, numbers and names being left open, at
            least half are in the text (a containment, as in Brown et al. 2020, arXiv:2005.14165)
semantic    the texts are neighbours: their TF-IDF cosine (neighbours.py) is at least 0.35 where
            their numbers are the same, else 0.55; or that of their embeddings is at least 0.9

What says nothing is left out: runs of words in more than ten rows, and with other numbers templates
such as "Evaluate # + #"; that numbers are the same counts from two numbers on. A generated family
may share its template with a benchmark by nature ("What is the remainder when # is divided by #?"):
what three of its problems or more have in common with a row speaks against those alone whose
numbers are the row's, and is told as `shared`.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation.contamination.index import CANONICAL, EMBEDDED, NGRAM, SEMANTIC, TEMPLATE, Index
from curation.texts.embedding import Embed

KINDS = {
    CANONICAL: "canonical",
    TEMPLATE: "template",
    NGRAM: "ngram",
    SEMANTIC: "semantic",
    EMBEDDED: "semantic",
}

NGRAM_SHARE = 0.5
SAME_NUMBERS_COSINE = 0.35
OTHER_NUMBERS_COSINE = 0.55
EMBEDDING_COSINE = 0.9
FAMILY_SHARES = 3

CHUNK = 25_000
THREADS = 2
SAMPLE = 20_000
"""Texts of the pool by which it is told what is a name, and what is common."""


@dataclass(frozen=True, slots=True)
class Matches:
    """What was found of a pool in benchmarks; texts, rows and families are told by place.

    `pairs` has a row for each text and benchmark row that match: text, row, kind, similarity.
    `shared` has, for generated families and rows whose template they have by nature, the number of
    texts that were let through: family, row, n_texts.
    """

    pairs: pl.DataFrame
    shared: pl.DataFrame


def _nothing(n: int) -> None:
    """Progress that nobody watches."""


def match_texts(
    texts: Sequence[str] | pl.Series,
    rows: Sequence[str] | pl.Series,
    *,
    families: NDArray[np.int64] | None = None,
    embed: Embed | None = None,
    advance: Callable[[int], None] = _nothing,
) -> Matches:
    """Match a pool's texts with the rows of benchmarks.

    `families` numbers the generated family of each text, -1 for a text from elsewhere; without it
    all are from elsewhere. `advance` is told how many more texts are done.
    """
    pool, benchmark = pl.Series(texts, dtype=pl.String), pl.Series(rows, dtype=pl.String)
    index = Index(benchmark, pool.gather_every(max(1, len(pool) // SAMPLE)), embed=embed)

    family = pl.DataFrame(
        {
            "text": np.arange(len(pool)),
            "family": np.full(len(pool), -1) if families is None else families,
        }
    )

    def some(start: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        chunk = pool[start : start + CHUNK]
        pairs, grams = index.hits(chunk)
        place = pl.col("text") + start
        likely = pl.col("similarity") >= SAME_NUMBERS_COSINE
        grams = grams.with_columns(place).join(family, on="text")
        made = pl.col("family") >= 0
        # Of texts from elsewhere the runs are counted at once: a pool may be all copies.
        contained = _contained(grams.filter(~made), index)
        advance(len(chunk))
        return pl.concat([pairs.filter(likely).with_columns(place), contained]), grams.filter(made)

    with ThreadPoolExecutor(THREADS) as threads:
        parts = list(threads.map(some, range(0, max(len(pool), 1), CHUNK)))
    grams = pl.concat([grams for _, grams in parts])
    usual = pl.len().over("family", "entry") >= FAMILY_SHARES
    contained = _contained(grams.filter(~usual), index)
    return _judged(pl.concat([*(pairs for pairs, _ in parts), contained]), family)


def _contained(grams: pl.DataFrame, index: Index) -> pl.DataFrame:
    """Pairs of a text and a row of whose runs of eight words it has enough."""
    entries = pl.DataFrame({"entry": np.arange(len(index.grams.rows)), "row": index.grams.rows})
    sizes = pl.DataFrame(
        {
            "row": np.arange(len(index.grams.row_sizes)),
            "size": index.grams.row_sizes,
            "telling": index.telling,
        }
    )
    return (
        grams.join(entries, on="entry")
        .group_by("text", "row")
        .agg(pl.len().alias("found"))
        .join(sizes, on="row")
        .with_columns(similarity=pl.col("found") / pl.col("size"))
        .filter(pl.col("similarity") >= NGRAM_SHARE)
        .select(
            "text", "row", pl.lit(NGRAM, pl.Int64).alias("kind"), "similarity",
            pl.lit(False).alias("same_numbers"), "telling",
        )
    )  # fmt: skip


def _judged(pairs: pl.DataFrame, family: pl.DataFrame) -> Matches:
    """Keep the pairs that are near enough, each with its first kind."""
    least = (
        pl.when(pl.col("kind") == EMBEDDED)
        .then(EMBEDDING_COSINE)
        .when("same_numbers")
        .then(SAME_NUMBERS_COSINE)
        .otherwise(OTHER_NUMBERS_COSINE)
    )
    says_something = pl.any_horizontal(pl.col("kind") == CANONICAL, "same_numbers", "telling")
    alike = (
        pairs.filter(says_something & ((pl.col("similarity") >= least) | (pl.col("kind") <= NGRAM)))
        .sort("text", "row", "kind", "similarity", descending=[False, False, False, True])
        .unique(["text", "row"], keep="first", maintain_order=True)
        .join(family, on="text", maintain_order="left")
    )
    by_nature = (
        (pl.col("family") >= 0)
        & (pl.col("kind") != CANONICAL)
        & (pl.col("kind") != NGRAM)
        & ~pl.col("same_numbers")
    )
    alike = alike.with_columns(
        idle=by_nature & ((by_nature.sum().over("family", "row")) >= FAMILY_SHARES)
    )
    kind = pl.col("kind").replace_strict(KINDS, return_dtype=pl.String)
    return Matches(
        alike.filter(~pl.col("idle")).select("text", "row", kind, "similarity"),
        alike.filter("idle")
        .group_by("family", "row")
        .agg(pl.len().alias("n_texts"))
        .sort("n_texts", "family", "row", descending=[True, False, False]),
    )
