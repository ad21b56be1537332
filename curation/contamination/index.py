"""The rows of the benchmarks, ready to be found: what a chunk of a pool has in common with them.

index = Index(rows, sample)
pairs, grams = index.hits(texts)
pairs     text  row  kind  similarity  same_numbers      whole texts that are alike
grams     text  entry                                    runs of eight words in common
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from curation.contamination.lookup import Lookup, packed, unpacked
from curation.contamination.neighbours import Measured, Weights, cosines
from curation.contamination.templates import names_in, templates
from curation.texts import Tokens, ordered_hash, tokenize, totals, windows
from curation.texts.embedding import Embed
from curation.texts.hashing import Hashes, mix
from curation.texts.vocabulary import NUMBER, WORD

CANONICAL, TEMPLATE, NGRAM, SEMANTIC, EMBEDDED = range(5)
"""Kinds of likeness, the surest first; the cosine of embeddings has another scale than TF-IDF's."""

LEAST_WORDS = 4
LEAST_TOKENS = 12
"""Templates with fewer words and fewer words and signs are no more than "Evaluate # + #"."""

LEAST_NUMBERS = 2
"""That one number is the same says nothing."""

GRAM_WORDS = 8
RUN_WORDS = 3
MOST_ROWS = 10
"""Runs in more rows than that are what benchmarks always say."""

LEAST_RUNS = 3
LEAST_RUN_SHARE = 0.1
"""Runs of three words that texts must share to be compared at all, and of the row's how many."""

ROWS_COMPARED = 4
"""A text is compared with so many rows that share most of its runs."""

EMBEDDED_ROWS_AT_ONCE = 4_096


@dataclass(frozen=True, slots=True)
class Reading:
    """Some texts as the index compares them."""

    template: Tokens
    exact: Hashes
    whole: Hashes
    numbers: Hashes
    n_numbers: NDArray[np.int64]
    n_words: NDArray[np.int64]
    n_tokens: NDArray[np.int64]

    @classmethod
    def of(cls, tokens: Tokens, names: Hashes) -> "Reading":
        """Read texts, given what is a name."""
        template = templates(tokens, names)
        is_number = tokens.kinds == NUMBER
        return cls(
            template=template,
            exact=ordered_hash(tokens.ids, tokens.bounds),
            whole=ordered_hash(template.ids, template.bounds),
            numbers=totals(np.where(is_number, mix(tokens.ids), np.uint64(0)), tokens.bounds),
            n_numbers=totals(is_number.astype(np.int64), tokens.bounds),
            n_words=totals((template.kinds == WORD).astype(np.int64), template.bounds),
            n_tokens=np.diff(template.bounds),
        )


class Index:
    """An index of benchmark rows; the sample of the pool says what words are common there."""

    def __init__(self, rows: pl.Series, sample: pl.Series, *, embed: Embed | None = None) -> None:
        tokens, sampled = tokenize(rows), tokenize(sample)
        self.names = names_in([tokens, sampled])
        self.rows = Reading.of(tokens, self.names)
        enough = self.rows.n_words >= LEAST_WORDS
        self.telling = enough | (self.rows.n_tokens >= LEAST_TOKENS)
        template = self.rows.template
        self.weights = Weights.of([template, templates(sampled, self.names)])
        self.measured = Measured(template, self.weights)
        # A benchmark of many instances of few templates would take its own for what is always said.
        _, first = np.unique(self.rows.whole, return_index=True)
        once = _chosen(template, np.sort(first))
        grams, bounds = windows(once.ids, once.bounds, GRAM_WORDS)
        self.grams = Lookup(grams, bounds, at_most=MOST_ROWS)
        runs, bounds = windows(once.ids, once.bounds, RUN_WORDS)
        self.runs = Lookup(runs, bounds, at_most=MOST_ROWS)
        self._embed = embed
        self._vectors = embed(rows) if embed is not None else None

    def hits(self, texts: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Pairs of a text and a row that are alike, and the runs of eight words in common."""
        pool = Reading.of(tokenize(texts), self.names)
        pairs = [
            self._equal(pool.exact, self.rows.exact, pool, CANONICAL),
            self._equal(pool.whole, self.rows.whole, pool, TEMPLATE),
            self._neighbours(pool),
        ]
        if self._embed is not None:
            pairs.append(self._embedded(texts, pool))
        grams, bounds = windows(pool.template.ids, pool.template.bounds, GRAM_WORDS)
        text, entry = self.grams.probe(grams, _owners(bounds))
        return pl.concat(pairs), pl.DataFrame({"text": text, "entry": entry})

    def _equal(self, pool_keys: Hashes, row_keys: Hashes, pool: Reading, kind: int) -> pl.DataFrame:
        """Pairs with the same key: of a key's rows the first, and one with the same numbers."""
        rows = pl.DataFrame(
            {"key": row_keys, "row": np.arange(len(row_keys)), "numbers": self.rows.numbers}
        ).unique(["key", "numbers"], keep="first", maintain_order=True)
        wanted = pl.DataFrame(
            {"key": pool_keys, "text": np.arange(len(pool_keys)), "numbers_of_text": pool.numbers}
        )
        same = pl.col("numbers") == pl.col("numbers_of_text")
        found = wanted.join(rows, on="key").sort(same, "row", descending=[True, False])
        best = found.unique("text", keep="first", maintain_order=True)
        return self._pairs(best["text"], best["row"], kind, np.ones(len(best)), pool)

    def _neighbours(self, pool: Reading) -> pl.DataFrame:
        """Pairs that share rare runs of three words, with the cosine of their templates."""
        runs, bounds = windows(pool.template.ids, pool.template.bounds, RUN_WORDS)
        text, entry = self.runs.probe(runs, _owners(bounds))
        pairs, counts = np.unique(packed(text, self.runs.rows[entry]), return_counts=True)
        text, row = unpacked(pairs)
        sizes = self.runs.row_sizes[row]
        enough = counts >= np.maximum(np.minimum(LEAST_RUNS, sizes), LEAST_RUN_SHARE * sizes)
        text, row, counts = text[enough], row[enough], counts[enough]
        order = np.lexsort((row, -counts, text))
        text, row = text[order], row[order]
        first = np.searchsorted(text, text)  # text is ascending: where its own rows begin
        best = np.arange(len(text)) - first < ROWS_COMPARED
        text, row = text[best], row[best]
        measured = Measured(_chosen(pool.template, np.unique(text)), self.weights)
        return self._pairs(text, row, SEMANTIC, cosines(measured, self.measured, text, row), pool)

    def _embedded(self, texts: pl.Series, pool: Reading) -> pl.DataFrame:
        """Each text with the row whose embedding is nearest."""
        assert self._embed is not None
        assert self._vectors is not None
        vectors = self._embed(texts)
        best = np.full(len(texts), -1.0, np.float32)
        row = np.zeros(len(texts), np.int64)
        for start in range(0, len(self._vectors), EMBEDDED_ROWS_AT_ONCE):
            cosine = vectors @ self._vectors[start : start + EMBEDDED_ROWS_AT_ONCE].T
            nearest = cosine.argmax(axis=1)
            value = cosine[np.arange(len(texts)), nearest]
            row = np.where(value > best, start + nearest, row)
            best = np.maximum(best, value)
        return self._pairs(np.arange(len(texts)), row, EMBEDDED, best.astype(np.float64), pool)

    def _pairs(
        self, text: ArrayLike, row: ArrayLike, kind: int, similarity: NDArray, pool: Reading
    ) -> pl.DataFrame:
        text, row = np.asarray(text, np.int64), np.asarray(row, np.int64)
        return pl.DataFrame(
            {
                "text": text,
                "row": row,
                "kind": np.full(len(text), kind),
                "similarity": np.minimum(similarity, 1.0),
                "same_numbers": (pool.numbers[text] == self.rows.numbers[row])
                & (self.rows.n_numbers[row] >= LEAST_NUMBERS),
                "telling": self.telling[row],
            }
        )


def _owners(bounds: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))


def _chosen(tokens: Tokens, places: NDArray[np.int64]) -> Tokens:
    """The same texts, but those that are not at `places` empty."""
    mask = np.zeros(len(tokens), bool)
    mask[places] = True
    return tokens.where(np.repeat(mask, np.diff(tokens.bounds)))
