"""How alike two templates are, by the cosine of their rare words and runs of words (TF-IDF).

    weights = Weights.of([benchmark, sample])
    cosines(pool, benchmark, texts, rows, weights)      [0.83, 0.12, ...]   one a pair

A text is the set of its words, pairs and triples of words; a feature in d of N texts weighs
log(1 + N / d), squared in the cosine. One word changed costs a word, two pairs and three triples;
another order of the sentences costs next to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from curation.contamination.lookup import packed
from curation.texts import Tokens, totals, windows
from curation.texts.hashing import Bounds, Hashes

RUNS = (1, 2, 3)

PAIRS_AT_ONCE = 50_000


def features(tokens: Tokens) -> tuple[Hashes, Bounds]:
    """The words, pairs and triples of each text, once."""
    parts = [
        (tokens.ids, tokens.bounds),
        *(windows(tokens.ids, tokens.bounds, n) for n in RUNS[1:]),
    ]
    owners = np.concatenate([np.repeat(np.arange(len(tokens)), np.diff(b)) for _, b in parts])
    runs = np.concatenate([values for values, _ in parts])
    order = np.lexsort((runs, owners))
    runs, owners = runs[order], owners[order]
    once = np.ones(len(runs), bool)
    once[1:] = (runs[1:] != runs[:-1]) | (owners[1:] != owners[:-1])
    counts = np.bincount(owners[once], minlength=len(tokens))
    return runs[once], np.concatenate(([0], np.cumsum(counts)))


@dataclass(frozen=True, slots=True)
class Weights:
    """The weight of every feature seen in some texts; what was never seen weighs most."""

    keys: Hashes
    values: NDArray[np.float64]
    unseen: float

    @classmethod
    def of(cls, samples: Sequence[Tokens]) -> Self:
        """Weigh features by how few texts of the samples have them."""
        seen = np.concatenate([features(tokens)[0] for tokens in samples])
        keys, counts = np.unique(seen, return_counts=True)
        n_texts = sum(map(len, samples))
        return cls(keys, np.log1p(n_texts / counts) ** 2, float(np.log1p(n_texts)) ** 2)

    def __call__(self, runs: Hashes) -> NDArray[np.float64]:
        """The squared weight of each feature."""
        places = np.searchsorted(self.keys, runs)
        known = np.append(self.keys, np.uint64(0))[places] == runs
        return np.where(known, np.append(self.values, 0)[places], self.unseen)


class Measured:
    """Texts with their features weighed, ready to be compared."""

    def __init__(self, tokens: Tokens, weights: Weights) -> None:
        self.features, self.bounds = features(tokens)
        self.weights = weights(self.features)
        self.norms = np.sqrt(totals(self.weights, self.bounds))


def cosines(
    one: Measured, other: Measured, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The cosine of text left[i] of `one` and text right[i] of `other`, for each i."""
    parts = [np.empty(0)]
    for start in range(0, len(left), PAIRS_AT_ONCE):
        some = slice(start, start + PAIRS_AT_ONCE)
        shared = _shared(one, other, left[some], right[some])
        norms = one.norms[left[some]] * other.norms[right[some]]
        parts.append(shared / np.maximum(norms, 1e-9))
    return np.concatenate(parts)


def _shared(
    one: Measured, other: Measured, left: NDArray[np.int64], right: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The weight of what both texts of a pair have."""
    runs, weights, pairs = [], [], []
    for texts, places in ((one, left), (other, right)):
        sizes = texts.bounds[places + 1] - texts.bounds[places]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        chosen = within + np.repeat(texts.bounds[places], sizes)
        runs.append(texts.features[chosen])
        weights.append(texts.weights[chosen])
        pairs.append(np.repeat(np.arange(len(places)), sizes))
    # 32 bits of a feature tell those of two texts apart well enough, and sort with the pair.
    tagged = packed(np.concatenate(pairs), (np.concatenate(runs) >> np.uint64(32)).astype(np.int64))
    order = np.argsort(tagged, kind="stable")
    tagged = tagged[order]
    twice = np.flatnonzero(tagged[1:] == tagged[:-1])
    weight = np.concatenate(weights)[order[twice]]
    owners = (tagged[twice] >> np.uint64(32)).astype(np.int64)
    return np.bincount(owners, weights=weight, minlength=len(left)).astype(np.float64)
