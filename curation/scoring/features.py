"""What a pass rate is predicted from: a problem's place, its numbers, its size, and its words.

    read_features(connection, "SELECT problem_id FROM problems")   ->  a polars table
    Text().fit(table["prompt"]).columns(table)                     ->  a matrix of floats

The first columns are names, to be encoded by the pass rates seen under them: the family, the cell
of family and level, the template, which is the prompt with its numbers taken out, the numbers
without the prompt, and the ground truth. Problems of one template, or with the same numbers in
other words, are the nearest neighbours there are. The first two numbers, and a ground truth that is
one, are values too, ABSENT where there is none; so is how certain the policy is of its answer,
where it was asked (`certainty`). The words are hashed (one and two in a row, numbers masked),
weighed by rarity, and projected on their main directions (latent semantic analysis: Deerwester et
al. 1990), so that problems in like words are near each other.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from duckdb import DuckDBPyConnection

FEATURES = r"""
    SELECT f.* REPLACE (f.problem_id::VARCHAR AS problem_id),
           p.domain || '.' || p.family AS family, p.level::DOUBLE AS level,
           hash(p.domain, p.family) AS family_name,
           hash(p.domain, p.family, p.level) AS cell_name,
           hash(regexp_replace(p.prompt, '\d+([.,]\d+)*', '0', 'g')) AS template_name,
           hash(p.numbers) AS numbers_name,
           hash(p.ground_truth) AS truth_name,
           length(p.prompt)::DOUBLE AS n_characters,
           len(string_split(p.prompt, ' '))::DOUBLE AS n_words,
           length(array_to_string(p.numbers, ''))::DOUBLE AS n_digits,
           coalesce(list_max(list_transform(p.numbers, lambda one: length(one))), 0)::DOUBLE
               AS widest,
           len(p.numbers)::DOUBLE AS n_numbers,
           try_cast(p.numbers[1] AS DOUBLE) AS first_number,
           try_cast(p.numbers[2] AS DOUBLE) AS second_number,
           try_cast(p.ground_truth AS DOUBLE) AS truth_number,
           length(p.ground_truth)::DOUBLE AS truth_length,
           (c.certainty IS NOT NULL)::DOUBLE AS certain, coalesce(c.certainty, 0.0) AS certainty,
           p.prompt
    FROM ({rows}) f
    JOIN (SELECT *, regexp_extract_all(prompt, '\d+') AS numbers FROM problems) p USING (problem_id)
    LEFT JOIN certain c USING (problem_id)
"""

AT_ONCE = 50_000

NAMES = ("family_name", "cell_name", "template_name", "numbers_name", "truth_name")
SIZES = (
    *("level", "n_characters", "n_words", "n_digits", "widest", "n_numbers"),
    *("first_number", "second_number", "truth_number", "truth_length"),
    *("certain", "certainty"),
)
COLUMNS = (*NAMES, *SIZES)
"""The first columns; those of words follow."""

ABSENT = -1.0
"""For a number that is not there, or not finite; trees may not have a column of NaN alone."""

WORD_COLUMNS = 16
HASHED = 2**16
SEED: Any = 0  # scikit-learn's own hints know of no number here


def read_features(connection: "DuckDBPyConnection", rows: str) -> "pl.DataFrame":
    """The features of the problems that a query gives, in the order of their ids.

    The query's other columns are handed on.
    """
    import polars as pl

    query = FEATURES.format(rows=rows) + " ORDER BY f.problem_id"
    return pl.DataFrame(connection.sql(query).to_arrow_table())


def feature_batches(connection: "DuckDBPyConnection", rows: str) -> "Iterator[pl.DataFrame]":
    """The same in batches, as long as nothing else is asked of the connection."""
    import polars as pl

    for batch in connection.sql(FEATURES.format(rows=rows)).to_arrow_reader(AT_ONCE):
        yield pl.DataFrame(batch)


class Text:
    """The words of prompts as a few numbers each."""

    def __init__(self) -> None:
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import HashingVectorizer, TfidfTransformer
        from sklearn.pipeline import make_pipeline

        self._hashing = HashingVectorizer(
            n_features=HASHED,
            ngram_range=(1, 2),
            alternate_sign=False,
            token_pattern=r"(?u)[^\W\d]+|[=+*/^<>%$\-]",
        )
        projection = TruncatedSVD(n_components=WORD_COLUMNS, n_iter=3, random_state=SEED)
        self._project = make_pipeline(TfidfTransformer(), projection)

    def fit(self, prompts: "pl.Series") -> Self:
        """Learn the main directions of these prompts."""
        import numpy as np

        with np.errstate(divide="ignore", invalid="ignore"):  # where all prompts are alike
            self._project.fit(self._hashing.transform(prompts.to_list()))
        return self

    def columns(self, table: "pl.DataFrame") -> "np.ndarray":
        """A row a problem: its names' numbers, its sizes, its words."""
        import numpy as np

        names_and_sizes: Any = table.select(
            # A float holds whole numbers up to 2^53.
            *((table[name] % 2**52).cast(float).alias(name) for name in NAMES),
            *SIZES,
        ).to_numpy()
        numbers = np.where(np.isfinite(names_and_sizes), names_and_sizes, ABSENT)
        words = self._project.transform(self._hashing.transform(table["prompt"].to_list()))
        return np.hstack([numbers, words])
