"""A text without what can be changed without making another problem: its numbers and its names.

    "Janet sells 16 eggs."    @ sell... @ sells # eggs
    "Then Omar sells 3 eggs." then @ sells # eggs

A word counts as a name where it is written with a capital letter inside of sentences, in one of
five places or more; so a name is known at a sentence's beginning too.
"""

from collections.abc import Sequence

import numpy as np

from curation.texts import Tokens
from curation.texts.hashing import Hashes
from curation.texts.vocabulary import BRACKET, NUMBER, WORD

ANY_NUMBER, ANY_NAME = np.uint64(0x23), np.uint64(0x40)

NAME_SHARE = 0.2


def names_in(samples: Sequence[Tokens]) -> Hashes:
    """The ids of names, ascending, as they are written in the samples."""
    ids = np.concatenate([tokens.ids for tokens in samples])
    flags = np.concatenate([tokens.names & (tokens.kinds == WORD) for tokens in samples])
    words, places = np.unique(ids, return_inverse=True)
    as_name = np.bincount(places, weights=flags, minlength=len(words))
    return words[as_name > NAME_SHARE * np.bincount(places, minlength=len(words))]


def templates(tokens: Tokens, names: Hashes) -> Tokens:
    """The tokens with one stand-in for every number and another for every name, and no brackets."""
    tokens = tokens.where(tokens.kinds != BRACKET)
    is_name = tokens.names
    if len(names):
        places = np.minimum(np.searchsorted(names, tokens.ids), len(names) - 1)
        is_name = is_name | (names[places] == tokens.ids)
    ids = np.where(tokens.kinds == NUMBER, ANY_NUMBER, tokens.ids)
    ids = np.where(is_name & (tokens.kinds == WORD), ANY_NAME, ids)
    return Tokens(ids, tokens.kinds, tokens.names, tokens.bounds)
