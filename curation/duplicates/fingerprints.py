r"""What is compared of a problem in place of its text: a few hashes, and its runs of three words.

"What is $12 + 3$?"      exact      what is 12 + 3
"what is 3+12"           template   what is # + #        the same
                         numbers    {3, 12}              the same, in another order
                         signs      {+}                  the same
                         shingles   what-is-3, is-3-+, 3-+-12
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

import numpy as np
import polars as pl
from numpy.typing import NDArray

from curation.texts import Tokens, distinct, ordered_hash, tokenize, totals, windows
from curation.texts.hashing import Bounds, Hashes, mix
from curation.texts.tokens import token_id
from curation.texts.vocabulary import NUMBER, SIGN

SHINGLE_WORDS = 3

CHUNK = 50_000
"""Texts at once: some 200 MB of arrays each."""

THREADS = 2
"""Polars and numpy work outside Python's lock; more threads would need more memory at once."""

ANY_NUMBER = np.uint64(0x23)

BRACKET_ID = np.uint64(token_id("("))
"""f(f(x)) is not f(x); braces are LaTeX's business."""


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """Fingerprints of n problems; all arrays but the shingles have n entries.

    `exact` is the whole text's; `template` is without its numbers; `numbers` and `signs` are
    multisets of numbers and of mathematical signs; `gold` is the ground truth's text, 0 where that
    is empty.
    """

    exact: Hashes
    template: Hashes
    numbers: Hashes
    signs: Hashes
    gold: Hashes
    shingles: NDArray[np.uint32]
    bounds: Bounds

    def __len__(self) -> int:
        return len(self.exact)


def fingerprint(
    prompts: pl.Series, ground_truths: pl.Series, *, advance: Callable[[int], None]
) -> Fingerprints:
    """Take the fingerprints of problems; `advance` is told how many more are done."""

    def some(start: int) -> Fingerprints:
        done = _of_chunk(prompts[start : start + CHUNK], ground_truths[start : start + CHUNK])
        advance(len(done))
        return done

    with ThreadPoolExecutor(THREADS) as threads:
        parts = list(threads.map(some, range(0, len(prompts), CHUNK)))
    if not parts:
        parts = [_of_chunk(prompts, ground_truths)]
    names = [field.name for field in fields(Fingerprints) if field.name != "bounds"]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    counts = np.concatenate([np.diff(part.bounds) for part in parts])
    return Fingerprints(**joined, bounds=np.concatenate(([0], np.cumsum(counts))))


def _of_chunk(prompts: pl.Series, ground_truths: pl.Series) -> Fingerprints:
    tokens = tokenize(prompts)
    is_number = tokens.kinds == NUMBER
    is_sign = (tokens.kinds == SIGN) | (tokens.ids == BRACKET_ID)
    runs, bounds = windows(tokens.ids, tokens.bounds, SHINGLE_WORDS)
    shingles, bounds = distinct((runs >> np.uint64(32)).astype(np.uint32), bounds)
    golds = tokenize(ground_truths)
    stated = np.diff(golds.bounds) > 0
    return Fingerprints(
        exact=ordered_hash(tokens.ids, tokens.bounds),
        template=ordered_hash(np.where(is_number, ANY_NUMBER, tokens.ids), tokens.bounds),
        numbers=_multiset(tokens, is_number),
        signs=_multiset(tokens, is_sign),
        gold=np.where(stated, ordered_hash(golds.ids, golds.bounds), np.uint64(0)),
        shingles=shingles,
        bounds=bounds,
    )


def _multiset(tokens: Tokens, mask: NDArray[np.bool_]) -> Hashes:
    return totals(np.where(mask, mix(tokens.ids), np.uint64(0)), tokens.bounds)
