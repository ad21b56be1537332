"""Finds every pair of texts that share most of their runs of three words: an exact join, no sketch.

    links = near_links(shingles, bounds, blocks, threshold=0.8)
    links.left, links.right, links.similarity       [0], [7], [0.86]

`shingles` are hashes of runs of words, each text's once and ascending, with the texts' bounds. Two
texts of sizes a >= b with Jaccard similarity t share at least t * a runs; so of the b - ceil(t * b)
+ 1 rarest runs of the smaller one at least one is among those of the larger. Texts that share none
of these few are never looked at, and the rest are counted out: all pairs are found, none wrongly
(prefix filtering: Bayardo, Ma and Srikant, WWW 2007; Xiao et al., WWW 2008). `blocks` are keys of
which both texts of a pair must have the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from curation.texts.hashing import Bounds, Hashes, mix

MOST_COUNTERS = 1 << 24
"""Runs that share a counter are taken for equally frequent: it costs candidates, but no pair."""

WIDEST = 64
"""Texts that share one rare run are paired with at most so many of the next larger ones: a run in
the rarest ones of thousands of texts is in a chain of them, and the chain joins them."""

PAIRS_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Links:
    """Pairs of texts, by place, with a similarity in [0, 1]."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    similarity: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.left)

    def where(self, mask: NDArray) -> "Links":
        """The links under `mask`."""
        return Links(self.left[mask], self.right[mask], self.similarity[mask])


NO_LINKS = Links(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


def near_links(
    shingles: NDArray[np.uint32], bounds: Bounds, blocks: Hashes, *, threshold: float
) -> Links:
    """Link the texts of one block whose Jaccard similarity is at least `threshold`."""
    keys, texts = _rarest(shingles, bounds, blocks, threshold)
    left, right = _candidates(keys, texts, np.diff(bounds), threshold)
    parts = [
        _overlap(shingles, bounds, left[start:end], right[start:end])
        for start, end in _slices(len(left))
    ]
    similarity = np.concatenate([np.empty(0), *parts])
    return Links(left, right, similarity).where(similarity >= threshold)


def _rarest(
    shingles: NDArray[np.uint32], bounds: Bounds, blocks: Hashes, threshold: float
) -> tuple[Hashes, NDArray[np.int64]]:
    """The rarest runs of each text as keys within its block, and the texts they are of."""
    n_counters = min(1 << len(shingles).bit_length(), MOST_COUNTERS)
    frequency = np.bincount(shingles % np.uint32(n_counters), minlength=n_counters)
    sizes = np.diff(bounds)
    lengths = sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1
    keys, owners = [], []
    # A few texts at a time, so that a text's place, a run's rarity and the run fit 64 bits to sort.
    for start in range(0, len(sizes), 1 << 15):
        end = min(start + (1 << 15), len(sizes))
        runs = shingles[bounds[start] : bounds[end]]
        texts = np.repeat(np.arange(end - start, dtype=np.uint64), sizes[start:end])
        rarity = np.minimum(frequency[runs % np.uint32(n_counters)], (1 << 17) - 1)
        # The order must be one for all texts, whatever the rarity says of a run.
        order = np.sort(texts << np.uint64(49) | rarity.astype(np.uint64) << np.uint64(32) | runs)
        place = np.arange(len(order)) - np.repeat(
            bounds[start:end] - bounds[start], sizes[start:end]
        )
        rare = order[place < np.repeat(lengths[start:end], sizes[start:end])]
        texts = (rare >> np.uint64(49)).astype(np.int64) + start
        keys.append(mix((rare & np.uint64(0xFFFFFFFF)) ^ blocks[texts]))
        owners.append(texts)
    return np.concatenate([np.empty(0, np.uint64), *keys]), np.concatenate(
        [np.empty(0, np.int64), *owners]
    )


def _candidates(
    keys: Hashes, texts: NDArray[np.int64], sizes: NDArray[np.int64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of texts with a key in common whose sizes are near enough, each pair once."""
    order = np.argsort(keys, kind="stable")
    keys, texts = keys[order], texts[order]
    shared = np.zeros(len(keys), bool)
    same = keys[1:] == keys[:-1]
    shared[1:] = same
    shared[:-1] |= same
    keys, texts = keys[shared], texts[shared]
    order = np.lexsort((texts, sizes[texts], keys))
    keys, texts = keys[order], texts[order]
    found = [np.empty(0, np.uint64)]
    for step in range(1, WIDEST + 1):
        ahead = np.flatnonzero(keys[step:] == keys[:-step])
        if not len(ahead):
            break
        smaller, larger = texts[ahead], texts[ahead + step]
        fits = sizes[smaller] >= threshold * sizes[larger] - 1e-9
        low, high = np.minimum(smaller, larger)[fits], np.maximum(smaller, larger)[fits]
        found.append(np.unique(low.astype(np.uint64) << np.uint64(32) | high.astype(np.uint64)))
    pairs = np.unique(np.concatenate(found))
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(
        np.int64
    )


def _overlap(
    shingles: NDArray[np.uint32], bounds: Bounds, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The Jaccard similarity of each pair, counted."""
    both = np.concatenate((left, right))
    sizes = bounds[both + 1] - bounds[both]
    ends = np.cumsum(sizes)
    within = np.arange(ends[-1]) - np.repeat(ends - sizes, sizes)
    runs = shingles[within + np.repeat(bounds[both], sizes)]
    pairs = np.repeat(np.tile(np.arange(len(left), dtype=np.uint64), 2), sizes)
    tagged = np.sort(pairs << np.uint64(32) | runs)
    twice = tagged[1:][tagged[1:] == tagged[:-1]]
    shared = np.bincount((twice >> np.uint64(32)).astype(np.int64), minlength=len(left))
    return shared / (sizes[: len(left)] + sizes[len(left) :] - shared)


def _slices(n: int) -> list[tuple[int, int]]:
    return [(start, min(start + PAIRS_AT_ONCE, n)) for start in range(0, n, PAIRS_AT_ONCE)]
