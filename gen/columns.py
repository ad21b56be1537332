"""How well each column of a table tells the outcome by itself.

    column_aucs({"age": [61, 48, ...], "paid_on": [3, None, ...]}, [1, 0, ...])
    ->  {"age": 0.58, "paid_on": 0.999}

A column known before the outcome rarely comes near 1; one that was written down afterwards does.
The quick model is the mean outcome of a column's value, or of its twentieth part where it has many
values, learned on four fifths of the rows and tried on the fifth, five times over.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from math import isfinite, nan
from random import Random
from statistics import fmean, median
from typing import Any

N_FOLDS = 5
N_BINS = 20
MOST_ROWS = 5_000
LEAST_OF_EACH = 10
"""Cases with and without the outcome; with fewer an area says nothing."""


def column_aucs(columns: Mapping[str, Sequence[Any]], outcome: Sequence[Any]) -> dict[str, float]:
    """The area under the ROC curve of each column's quick model, in [0, 1]; NaN where too few.

    A numeric outcome counts as whether it exceeds its median. Raises ValueError where a column is
    shorter or longer than the outcome.
    """
    for name, values in columns.items():
        if len(values) != len(outcome):
            raise ValueError(f"column {name!r}: {len(values)} rows, the outcome has {len(outcome)}")
    rows = [place for place, value in enumerate(outcome) if not _missing(value)]
    Random("rows").shuffle(rows)
    rows = rows[:MOST_ROWS]
    numbers = [float(outcome[place]) for place in rows]
    middle = 0.5 if set(numbers) <= {0.0, 1.0} else median(numbers) if numbers else 0.0
    labels = [number > middle for number in numbers]
    if min(labels.count(True), labels.count(False)) < LEAST_OF_EACH:
        return {name: nan for name in columns}
    return {
        name: _auc(_predicted(_binned([values[place] for place in rows]), labels), labels)
        for name, values in columns.items()
    }


def _missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and not isfinite(value))


def _binned(values: Sequence[Any]) -> list[Hashable]:
    """Each value's bin: itself where there are few or they are words; a missing one has its own."""
    known = [value for value in values if not _missing(value)]
    numeric = all(isinstance(value, (int, float)) for value in known)
    if not numeric or len(set(known)) <= N_BINS:
        return [None if _missing(value) else value for value in values]
    ordered = sorted(known)
    edges = [ordered[len(ordered) * part // N_BINS] for part in range(1, N_BINS)]
    return [None if _missing(value) else bisect_right(edges, value) for value in values]


def _predicted(bins: Sequence[Hashable], labels: Sequence[bool]) -> list[float]:
    """The mean label of a row's bin among the rows of the other folds, drawn towards the mean."""
    predicted = [0.0] * len(labels)
    for fold in range(N_FOLDS):
        others = [place for place in range(len(labels)) if place % N_FOLDS != fold]
        base = fmean(labels[place] for place in others)
        sizes = Counter(bins[place] for place in others)
        hits: dict[Hashable, int] = defaultdict(int)
        for place in others:
            hits[bins[place]] += labels[place]
        for place in range(fold, len(labels), N_FOLDS):
            one = bins[place]
            predicted[place] = (hits.get(one, 0) + base) / (sizes[one] + 1)
    return predicted


def _auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """The share of pairs of unlike cases that are in the right order, ties counting half."""
    ranks: dict[float, float] = {}
    before = 0
    for score, n in sorted(Counter(scores).items()):
        ranks[score] = before + (n + 1) / 2
        before += n
    n_true = sum(labels)
    n_false = len(labels) - n_true
    total = sum(ranks[score] for score, label in zip(scores, labels, strict=True) if label)
    return (total - n_true * (n_true + 1) / 2) / (n_true * n_false)
