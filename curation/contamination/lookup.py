"""Finds, for runs of words of many texts, the benchmark rows that have the same runs.

lookup = Lookup(runs, bounds, at_most=10)     # runs in more than 10 rows are left out
texts, entries = lookup.probe(runs, owners)   # entry e stands for one run of row lookup.rows[e]
lookup.row_sizes[row]                         # how many of its runs are not left out
"""

import numpy as np
from numpy.typing import NDArray

from curation.texts.hashing import Bounds, Hashes

SIEVE_BITS = 24

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


class Lookup:
    """The runs of benchmark rows, by hash; each row's runs once."""

    def __init__(self, runs: Hashes, bounds: Bounds, *, at_most: int) -> None:
        rows = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        order = np.lexsort((rows, runs))
        runs, rows = runs[order], rows[order]
        once = np.ones(len(runs), bool)
        once[1:] = (runs[1:] != runs[:-1]) | (rows[1:] != rows[:-1])
        keys, starts, counts = np.unique(runs[once], return_index=True, return_counts=True)
        few = counts <= at_most
        self.rows = rows[once]
        self.row_sizes = np.bincount(self.rows[np.repeat(few, counts)], minlength=len(bounds) - 1)
        self._keys, self._starts, self._counts = keys[few], starts[few], counts[few]
        # Nearly no run of a pool is in a benchmark: one look into a table of bits says so.
        self._sieve = np.zeros(1 << SIEVE_BITS, bool)
        self._sieve[self._keys >> np.uint64(64 - SIEVE_BITS)] = True

    def probe(self, runs: Hashes, owners: NDArray[np.int64]) -> Pairs:
        """Every pair of an owner and an entry such that the owner has the entry's run, once."""
        likely = np.flatnonzero(self._sieve[runs >> np.uint64(64 - SIEVE_BITS)])
        runs, owners = runs[likely], owners[likely]
        places = np.searchsorted(self._keys, runs)
        hit = np.append(self._keys, np.uint64(0))[places] == runs
        places, owners = places[hit], owners[hit]
        counts = self._counts[places]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return unpacked(
            np.unique(
                packed(np.repeat(owners, counts), np.repeat(self._starts[places], counts) + within)
            )
        )


def packed(left: NDArray[np.int64], right: NDArray[np.int64]) -> Hashes:
    """Two numbers below 2**32 as one, that sorts as the pair does."""
    return left.astype(np.uint64) << np.uint64(32) | right.astype(np.uint64)


def unpacked(pairs: Hashes) -> Pairs:
    """The two numbers of each pair again."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(
        np.int64
    )
