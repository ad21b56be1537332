"""Prompts as arrays of tokens, and what is computed of them for a million at once.

Public: `tokenize`, `Tokens` (tokens.py), `windows`, `totals`, `ordered_hash` (hashing.py).
"""

from curation.texts.hashing import distinct, ordered_hash, totals, windows
from curation.texts.tokens import Tokens, tokenize

__all__ = ["Tokens", "distinct", "ordered_hash", "tokenize", "totals", "windows"]
