"""Texts as vectors of length 1, by a model that is installed or lies in a directory.

embed = embedding("wordllama")                # its weights are in its wheel: no network
embed(pl.Series(["What is 2 + 3?"]))          # float32, shape (1, 256)
embedding("models/all-MiniLM-L6-v2")          # a directory that sentence-transformers reads
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from verifiers.errors import BadInput

Embed = Callable[[pl.Series], NDArray[np.float32]]
"""Texts -> one row a text, of length 1."""

BUNDLED = "wordllama"


def embedding(model: str) -> Embed:
    """The embedding named, `wordllama` or a directory; raises BadInput where it is not there."""
    if model == BUNDLED:
        return _wordllama()
    if Path(model).is_dir():
        return _from_directory(model)
    raise BadInput(
        f"no embedding model {model!r}: give {BUNDLED} or the directory of a "
        "sentence-transformers model"
    )


def _wordllama() -> Embed:
    try:
        import wordllama
    except ImportError:
        raise BadInput(
            "the embedding model wordllama is not installed: pip install 'assay[semantic]'"
        ) from None
    # Without a cache directory it looks for its own tokenizer in the wrong folder of its wheel.
    inside = Path(wordllama.__file__).parent
    model = wordllama.WordLlama.load(cache_dir=inside, disable_download=True)

    def embed(texts: pl.Series) -> NDArray[np.float32]:
        return _unit(np.asarray(model.embed(texts.to_list())))

    return embed


def _from_directory(directory: str) -> Embed:
    try:
        from sentence_transformers import (  # pyright: ignore[reportMissingImports]
            SentenceTransformer,
        )
    except ImportError:
        raise BadInput(
            f"reading {directory} needs sentence-transformers: pip install sentence-transformers"
        ) from None
    try:
        model = SentenceTransformer(directory, local_files_only=True)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"{directory} holds no sentence-transformers model: {str(error).splitlines()[0]}"
        ) from None

    def embed(texts: pl.Series) -> NDArray[np.float32]:
        return _unit(np.asarray(model.encode(texts.to_list(), show_progress_bar=False)))

    return embed


def _unit(vectors: NDArray) -> NDArray[np.float32]:
    vectors = vectors.astype(np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
