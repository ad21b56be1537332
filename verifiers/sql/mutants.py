"""Near misses of a query: the mistakes that a careless author makes, one at a time.

    mutants("SELECT name FROM item WHERE price > 20 ORDER BY price DESC", 4, seed=0)
    ->  ["SELECT name FROM item WHERE price >= 20 ORDER BY price DESC",
         "SELECT name FROM item WHERE price > 21 ORDER BY price DESC", ...]

They are made on the query's text, so that the rest of it stays as it was written. Not every mutant
is wrong: `count(id)` for `count(*)` is right where no id is missing. Texts and comments are left
alone.
"""

import re
from collections.abc import Iterator
from random import Random

TOKEN = re.compile(
    r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|<=|>=|<>|!=|[\w.]+|\s+|.", re.DOTALL
)

SWAPS: dict[str, tuple[str, ...]] = {
    "<": ("<=", ">"), "<=": ("<", ">="), ">": (">=", "<"), ">=": (">", "<="),
    "=": ("<>", ">="), "<>": ("=",), "!=": ("=",),
    "and": ("OR",), "or": ("AND",), "asc": ("DESC",), "desc": ("ASC",),
    "sum": ("avg", "max"), "avg": ("sum", "min"), "min": ("max",), "max": ("min",),
    "left": ("INNER",), "inner": ("LEFT",), "union": ("INTERSECT",), "intersect": ("EXCEPT",),
    "except": ("INTERSECT",), "distinct": ("",), "all": ("",), "not": ("",), "like": ("NOT LIKE",),
    "row_number": ("rank",), "rank": ("dense_rank", "row_number"), "dense_rank": ("rank",),
    "lag": ("lead",), "lead": ("lag",), "+": ("-",), "-": ("+",),
}  # fmt: skip

NUMBER = re.compile(r"\d+(?:\.\d+)?")
TEXT = re.compile(r"'\w(?:[^']|'')*'")

PHRASES = (
    (re.compile(r"\bcount\s*\(\s*\*\s*\)", re.I), "count(DISTINCT {column})"),
    (re.compile(r"\bcount\s*\(\s*distinct\s+", re.I), "count("),
    (re.compile(r"\bcount\s*\(\s*(?!\*|distinct\b)", re.I), "count(DISTINCT "),
    (re.compile(r"(?<!\bDISTINCT )\bselect\s+(?!distinct\b)", re.I), "SELECT DISTINCT "),
    (re.compile(r"(?<!\bleft )(?<!\binner )\bjoin\b", re.I), "LEFT JOIN"),
    (re.compile(r"\bunion\b(?!\s+all)", re.I), "UNION ALL"),
    (re.compile(r"\border\s+by\s+[\w.]+(?!\s*[\w.(])", re.I), "{found} DESC"),
    (re.compile(r"\s+limit\s+\d+\b", re.I), ""),
    (re.compile(r"\bis\s+not\s+null\b", re.I), "IS NULL"),
    (re.compile(r"\bis\s+null\b", re.I), "IS NOT NULL"),
    (re.compile(r"\s+and\s+(?!\d)[\w.]+\s*(?:[<>=!]+|like)\s*(?:'[^']*'|[\w.]+)", re.I), ""),
    (re.compile(r"\bwhere\s+[\w.]+\s*[<>=!]+\s*(?:'[^']*'|[\w.]+)\s+and\b", re.I), "WHERE"),
    (re.compile(r"\bwhere\s+[\w.]+\s*[<>=!]+\s*(?:'[^']*'|[\w.]+)\s*\Z", re.I), ""),
    (re.compile(r"\bhaving\s+[^)]*\)\s*[<>=!]+\s*[\d.]+", re.I), ""),
)
"""Larger pieces, and what stands in their place."""


def mutants(query: str, n: int, seed: int) -> list[str]:
    """At most `n` distinct near misses, drawn from all there are by the seed."""
    found = [one for one in dict.fromkeys(_all(query)) if one.split() != query.split()]
    Random(f"{seed}:{query}").shuffle(found)
    return found[:n]


def _all(query: str) -> Iterator[str]:
    tokens = TOKEN.findall(query)
    for place, token in enumerate(tokens):
        for other in _others(token):
            yield "".join([*tokens[:place], other, *tokens[place + 1 :]])
    column = next((token for token in tokens if re.fullmatch(r"[a-z]\w*\.\w+", token)), None)
    for pattern, other in PHRASES:
        for found in pattern.finditer(query):
            if "{column}" in other and column is None:
                continue
            put = other.format(column=column, found=found[0])
            yield query[: found.start()] + put + query[found.end() :]


def _others(token: str) -> Iterator[str]:
    yield from SWAPS.get(token.lower(), ())
    if NUMBER.fullmatch(token):
        value = float(token) if "." in token else int(token)
        yield from (str(value + 1), str(max(value - 1, 0)))
    if TEXT.fullmatch(token) and not re.search(r"\d{4}-\d\d", token):
        yield from (token.swapcase(), token[:-2] + "'")
