"""Hashes of tokens, of runs of tokens and of whole texts, as flat arrays with a text's bounds.

    values = [a b c | d e]   bounds = [0 3 5]
    windows(values, bounds, 2)   ->  hashes of [ab bc | de], bounds [0 2 3]

A run's hash is the polynomial sum of its tokens' hashes in a fixed odd base, modulo 2**64, mixed by
splitmix64's finaliser (Steele, Lea and Flood 2014): the same on every machine and in every version.
"""

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint64]
Bounds = NDArray[np.int64]

BASE = np.uint64(0x9E3779B97F4A7C15)


def mix(values: Hashes) -> Hashes:
    """Spread every bit of each value over all 64."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))


def totals(values: NDArray, bounds: Bounds) -> NDArray:
    """The sum of each text's values, modulo 2**64 for hashes; 0 for a text without any."""
    sums = np.zeros(len(values) + 1, values.dtype)
    np.cumsum(values, out=sums[1:])
    return sums[bounds[1:]] - sums[bounds[:-1]]


def ordered_hash(values: Hashes, bounds: Bounds) -> Hashes:
    """One hash a text, of its values in their order."""
    lengths = np.diff(bounds)
    longest = int(lengths.max(initial=0))
    powers = np.cumprod(np.full(longest + 1, BASE))
    places = np.arange(len(values)) - np.repeat(bounds[:-1], lengths)
    return mix(totals(values * powers[places], bounds) + lengths.astype(np.uint64))


def windows(values: Hashes, bounds: Bounds, size: int) -> tuple[Hashes, Bounds]:
    """Hashes of every run of `size` values within a text; a shorter text is one run by itself."""
    lengths = np.diff(bounds)
    counts = np.where(lengths > 0, np.maximum(lengths - size + 1, 1), 0)
    fresh = np.concatenate(([0], np.cumsum(counts)))
    starts = np.arange(fresh[-1]) + np.repeat(bounds[:-1] - fresh[:-1], counts)
    ends = np.minimum(starts + size, np.repeat(bounds[1:], counts))
    runs = np.zeros(len(starts), np.uint64)
    padded = np.append(values, np.uint64(0))
    powers = np.cumprod(np.full(size, BASE))
    for step, power in enumerate(powers):
        at = starts + step
        inside = at < ends
        runs += np.where(inside, padded[np.where(inside, at, 0)] * power, np.uint64(0))
    return mix(runs), fresh


def distinct(keys: NDArray[np.uint32], bounds: Bounds) -> tuple[NDArray[np.uint32], Bounds]:
    """Each text's keys once, in ascending order."""
    owners = np.repeat(np.arange(len(bounds) - 1, dtype=np.uint64), np.diff(bounds))
    tagged = np.sort(owners << np.uint64(32) | keys)
    once = np.ones(len(tagged), bool)
    once[1:] = tagged[1:] != tagged[:-1]
    tagged = tagged[once]
    counts = np.bincount((tagged >> np.uint64(32)).astype(np.int64), minlength=len(bounds) - 1)
    return tagged.astype(np.uint32), np.concatenate(([0], np.cumsum(counts)))
