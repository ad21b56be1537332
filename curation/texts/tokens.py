"""Cuts prompts into tokens: flat arrays of what the tokens mean, for many prompts at once.

tokens = tokenize(["What is $2+3$?", "Is 7 prime?"])
tokens.ids      hashes of  what is 2 + 3   is 7 prime
tokens.kinds               W    W  N S N   W  N W          (see vocabulary.py)
tokens.bounds   [0, 5, 8]
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import polars as pl
import pyarrow as pa
from numpy.typing import NDArray

from curation.texts.hashing import Bounds, Hashes
from curation.texts.vocabulary import DROPPED, meaning

_CJK = r"\p{Han}\p{Hiragana}\p{Katakana}"

TOKEN = "|".join(
    (
        r"[0-9]{1,3}(?:(?:,|\{,\}|,?\\[,!])[0-9]{3})+\b(?:\.[0-9]+)?",
        r"[0-9]+(?:\.[0-9]+)?",
        r"\.[0-9]+",
        r"\\[A-Za-z]+",
        r"\\.",
        rf"[{_CJK}]",
        rf"[\p{{L}}--[{_CJK}]][\p{{L}}\p{{M}}--[{_CJK}]]*(?:['’]\p{{L}}+)?",
        r"[^\s\p{L}]",
    )
)
"""Numbers, LaTeX commands, words (a character of Chinese or Japanese is one), single signs."""

REWRITES = (
    (r"([\p{L}0-9])-(\p{L}{2,})", "$1 $2"),  # a hyphen, no minus: 9-kilometer-long
    (r"\\[dtc]?frac\s*([0-9])\s*([0-9])", r"\frac $1 $2 "),
    (r"\{([A-Za-z0-9])\}", " $1 "),  # x^{2} is x^2
)
"""What has to be written one way before it is cut: it spans several tokens."""

POWERS = {"²": "^2", "³": "^3", "⁴": "^4", "⁵": "^5", "⁻": "^-", "ⁿ": "^n"}
"""NFKC would make 2 of ², and lose that it is a power."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens that matter of n texts: text i has those at bounds[i] to bounds[i + 1].

    `ids` are hashes of normal forms, `kinds` are the vocabulary's, `names` marks words written as
    names are: with a capital letter inside a sentence.
    """

    ids: Hashes
    kinds: NDArray[np.uint8]
    names: NDArray[np.bool_]
    bounds: Bounds

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def where(self, mask: NDArray[np.bool_]) -> "Tokens":
        """The same texts with only the tokens under `mask`."""
        kept = np.concatenate(([0], np.cumsum(mask)))[self.bounds]
        return Tokens(self.ids[mask], self.kinds[mask], self.names[mask], kept)


def tokenize(texts: Sequence[str] | pl.Series | pa.ChunkedArray) -> Tokens:
    """Cut `texts` into tokens; Unicode is read in its normal form KC."""
    series = pl.Series("text", texts, dtype=pl.String).fill_null("")
    written = pl.col("text")
    if not series.str.contains(r"^[\x00-\x7F]*$").all():
        written = written.str.replace_many(POWERS).str.normalize("NFKC")
    for pattern, replacement in REWRITES:
        written = written.str.replace_all(pattern, replacement)
    cut = series.to_frame().select(written.str.extract_all(TOKEN)).to_series()
    lengths = cut.list.len().to_numpy().astype(np.int64)
    flat = cut.explode(empty_as_null=False).to_arrow().dictionary_encode()
    # Not to_numpy, which would import pandas, and take seconds.
    codes = np.asarray(np.from_dlpack(flat.indices), np.int64)
    forms = flat.dictionary.to_pylist()
    kinds = np.array([meaning(form)[1] for form in forms], np.uint8)
    ids = np.array([token_id(form) for form in forms], np.uint64)
    capital = np.array([len(form) > 1 and form.istitle() for form in forms], bool)
    ends = np.array([form in ".?!:" for form in forms], bool)
    bounds = np.concatenate(([0], np.cumsum(lengths)))
    opening = np.zeros(len(codes) + 1, bool)
    opening[1:] = ends[codes]
    opening[bounds] = True
    names = capital[codes] & ~opening[:-1]
    every = Tokens(ids[codes], kinds[codes], names, bounds)
    return every.where(every.kinds != DROPPED)


def token_id(form: str) -> int:
    """The hash of what a token means: the same on every machine and in every version."""
    return int.from_bytes(blake2b(meaning(form)[0].encode(), digest_size=8).digest(), "little")
