"""Finds pairs of texts that mean nearly the same, by the cosine of their embeddings.

    links = semantic_links(prompts, blocks, embed=embedding("wordllama"), threshold=0.95)

Only texts of one block, which have the same numbers, are compared: most blocks are small, and their
pairs are all looked at. In a block of more than some thousands, texts are ordered by their place
on the block's main axis, and each is compared with its neighbours there.
"""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation.duplicates.near import NO_LINKS, Links
from curation.texts.embedding import Embed
from curation.texts.hashing import Hashes

TILE = 2_048
"""Texts of a large block that are compared with each other at once, and with the next as many."""


def semantic_links(prompts: pl.Series, blocks: Hashes, *, embed: Embed, threshold: float) -> Links:
    """Link texts of one block whose cosine is at least `threshold`."""
    order = np.argsort(blocks, kind="stable")
    starts = np.flatnonzero(np.diff(blocks[order], prepend=~blocks[order][:1]))
    ends = np.append(starts[1:], len(order))
    several = np.flatnonzero(ends - starts > 1)
    starts, ends = starts[several], ends[several]
    members = [order[start:end] for start, end in zip(starts, ends, strict=True)]
    chosen = np.concatenate([np.empty(0, np.int64), *members])
    vectors = embed(prompts[chosen]) if len(chosen) else np.empty((0, 1), np.float32)
    sizes = ends - starts
    found = [NO_LINKS]
    for end, size in zip(np.cumsum(sizes), sizes, strict=True):
        found.append(_within(vectors[end - size : end], chosen[end - size : end], threshold))
    return Links(
        np.concatenate([links.left for links in found]),
        np.concatenate([links.right for links in found]),
        np.concatenate([links.similarity for links in found]),
    )


def _within(vectors: NDArray[np.float32], texts: NDArray[np.int64], threshold: float) -> Links:
    if len(texts) > TILE:
        middle = vectors - vectors.mean(axis=0)
        axis = np.linalg.eigh(middle.T @ middle)[1][:, -1]
        order = np.argsort(middle @ axis, kind="stable")
        vectors, texts = vectors[order], texts[order]
    left, right, cosines = [], [], []
    for start in range(0, len(texts), TILE):
        mine = vectors[start : start + TILE]
        cosine = mine @ vectors[start : start + 2 * TILE].T
        one, other = np.nonzero(np.triu(cosine >= threshold, k=1))
        left.append(texts[start + one])
        right.append(texts[start + other])
        cosines.append(np.minimum(cosine[one, other], 1.0).astype(np.float64))
    return Links(np.concatenate(left), np.concatenate(right), np.concatenate(cosines))
