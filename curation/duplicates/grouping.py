"""Joins problems that are alike into clusters, and says which link joined each.

    grouping = group_texts(["What is 2 + 3?", "what is $2+3$", "What is 2 + 4?"], ["5", "5", "6"])
    grouping.cluster      [0, 0, 2]                  the place of the cluster's first member
    grouping.kind         ["exact", "exact", ""]     "" where nothing is alike
    grouping.similarity   [1.0, 1.0, 0.0]

Kinds in the order in which they are sought, each among what is left of the one before:
exact       all that the tokens mean is the same (see texts/vocabulary.py)
parametric  one template and the same numbers in another order
near        Jaccard similarity of runs of three words at least 0.8, numbers and signs being the same
semantic    cosine of embeddings at least 0.95, numbers being the same; only where one is given

All but exact ones must have the same ground truth as well: a template with other numbers is another
problem, and so is one that asks for the smallest in place of the largest.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation.duplicates.fingerprints import Fingerprints, fingerprint
from curation.duplicates.near import NO_LINKS, Links, near_links
from curation.duplicates.semantic import semantic_links
from curation.texts.embedding import Embed
from curation.texts.hashing import Hashes, mix

NEAR_JACCARD = 0.8
SEMANTIC_COSINE = 0.95

KINDS = ("exact", "parametric", "near", "semantic")


@dataclass(frozen=True, slots=True)
class Grouping:
    """For each text its cluster (the place of its first member), and the link that joined it.

    `kind` is the weakest link on the best way to the cluster's first member, and of that one the
    strongest link that it has; "" where a text is alone.
    """

    cluster: NDArray[np.int64]
    kind: NDArray[np.str_]
    similarity: NDArray[np.float64]


def _nothing(n: int) -> None:
    """Progress that nobody watches."""


def group_texts(
    prompts: Sequence[str] | pl.Series,
    ground_truths: Sequence[str] | pl.Series,
    *,
    threshold: float = NEAR_JACCARD,
    embed: Embed | None = None,
    cosine: float = SEMANTIC_COSINE,
    remembered: Links = NO_LINKS,
    advance: Callable[[int], None] = _nothing,
) -> Grouping:
    """Group problems by their prompts and ground truths; `threshold` is that of near ones.

    Semantic links are sought with an `embed`; without one those `remembered` stand.
    """
    prompts = pl.Series(prompts, dtype=pl.String)
    golds = pl.Series(ground_truths, dtype=pl.String)
    prints = fingerprint(prompts, golds, advance=advance)
    stages = [_equal(prints.exact), _parametric(prints)]
    firsts = _firsts(len(prints), stages)
    stages.append(_near(prints, firsts, threshold))
    if embed is not None:
        firsts = _firsts(len(prints), stages)
        blocks = (mix(prints.numbers) ^ prints.gold)[firsts]
        links = semantic_links(prompts[firsts], blocks, embed=embed, threshold=cosine)
        stages.append(_at(links, firsts))
    else:
        stages.append(remembered)
    return _explained(len(prints), stages)


def _equal(*keys: Hashes) -> Links:
    """Link texts that agree in all keys to the first of them."""
    key = keys[0]
    for another in keys[1:]:
        key = mix(key) ^ another
    _, first, places = np.unique(key, return_index=True, return_inverse=True)
    left = first[places]
    right = np.arange(len(key))
    return Links(left, right, np.ones(len(key))).where(left != right)


def _parametric(prints: Fingerprints) -> Links:
    # Without a ground truth nothing says that the order of the numbers does not matter.
    gold = np.where(prints.gold == 0, prints.exact, prints.gold)
    return _equal(prints.template, prints.numbers, gold)


def _near(prints: Fingerprints, firsts: NDArray[np.int64], threshold: float) -> Links:
    counts = np.diff(prints.bounds)[firsts]
    bounds = np.concatenate(([0], np.cumsum(counts)))
    within = np.arange(bounds[-1]) - np.repeat(bounds[:-1] - prints.bounds[firsts], counts)
    blocks = (mix(mix(prints.numbers) ^ prints.signs) ^ prints.gold)[firsts]
    return _at(near_links(prints.shingles[within], bounds, blocks, threshold=threshold), firsts)


def _at(links: Links, places: NDArray[np.int64]) -> Links:
    """Links between those at `places`, as links between all."""
    return Links(places[links.left], places[links.right], links.similarity)


def _firsts(n: int, stages: Sequence[Links]) -> NDArray[np.int64]:
    """The first of each component: what a text that is linked already is compared by."""
    return np.unique(_joined(n, stages))


def _joined(n: int, stages: Sequence[Links]) -> NDArray[np.int64]:
    """The first member of each text's connected component."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    left = np.concatenate([links.left for links in stages])
    right = np.concatenate([links.right for links in stages])
    graph = coo_array((np.ones(len(left), np.int8), (left, right)), shape=(n, n))
    n_components, labels = connected_components(graph, directed=False)
    first = np.full(n_components, n)
    np.minimum.at(first, labels, np.arange(n))
    return first[labels]


def _explained(n: int, stages: Sequence[Links]) -> Grouping:
    """Say of every text at which stage it came to be with the first member of its cluster."""
    steps = [_joined(n, stages[: count + 1]) for count in range(len(stages))]
    cluster = steps[-1]
    kind = np.full(n, "", "<U10")
    similarity = np.zeros(n)
    open_ = np.ones(n, bool)
    for name, joined, links in zip(KINDS, steps, stages, strict=False):
        grown = np.bincount(joined, minlength=n)[joined] > 1
        # The first member is at home from the start: it has company as soon as anybody joins it.
        fresh = open_ & grown & (joined == cluster)
        best = np.zeros(n)
        np.maximum.at(best, links.left, links.similarity)
        np.maximum.at(best, links.right, links.similarity)
        # A twin has no link of its own to what its first one is near to: it shares that one's.
        earlier = steps[KINDS.index(name) - 1] if name != "exact" else np.arange(n)
        np.maximum.at(best, earlier, best)
        kind[fresh] = name
        similarity[fresh] = np.maximum(best, best[earlier])[fresh]
        open_ &= ~fresh
    return Grouping(cluster, kind, np.where(kind == "", 0.0, similarity))
