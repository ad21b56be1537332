"""Predicts the pass rates of problems that a policy has not been asked.

    model = fit(connection)            # on problems of `counts`, without the audit slice
    model.qualities[0]                 # PassRateModel(family="", r2=0.8, brier=0.12, ...)
    add_predictions(connection, model) # rows of `posterior` with n_rollouts = 0

A simple model (`models`) is the mean of family and level or, where the policy was asked how certain
it is of its answers, a logit of both; it is used unless five-fold cross-validation finds
gradient-boosted trees on all columns of `features` clearly better, by their Brier score. It is
recalibrated on what it predicted unseen. A prediction is Beta(s rate, s (1 - rate)), with the
concentration s of its family, those whose certainty is known apart: as sure as predictions have
been right, no surer.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from curation.records import PassRateModel
from curation.scoring.audit import AUDIT
from curation.scoring.calibration import (
    SURE,
    Quality,
    clearly_better,
    concentrations,
    measure,
    recalibrate,
    recalibrated,
)
from curation.scoring.features import Text, feature_batches, read_features
from curation.scoring.models import Cells, Certainties, Kind, Seen, Trees, folds

if TYPE_CHECKING:
    import numpy as np
    import polars as pl
    from duckdb import DuckDBPyConnection

ENOUGH = 100
"""Problems with rollouts from which on the others are predicted without being asked to."""

LEAST = 20
"""Problems without which nothing can be predicted."""

MOST = 20_000
"""Problems that a model is fitted to; more improve it little."""

# Ordered by id, which is a hash: the first are a random sample.
SEEN = f"""
    SELECT problem_id, n, k FROM counts WHERE n > 0 AND NOT ({AUDIT})
    ORDER BY problem_id LIMIT {MOST}
"""
ASKED = f"""
    SELECT problem_id FROM certain JOIN problems USING (problem_id) WHERE quarantine IS NULL
    ORDER BY problem_id LIMIT {MOST}
"""
AUDITED = f"SELECT problem_id, n, k FROM counts WHERE n > 0 AND {AUDIT} LIMIT {MOST}"
UNSEEN = """
    SELECT problem_id FROM problems ANTI JOIN counts USING (problem_id) WHERE quarantine IS NULL
"""

PREDICTED = """
    INSERT INTO posterior BY NAME
    SELECT p.problem_id, p.confidence, 0 AS n_rollouts, 0 AS n_correct, 0 AS n_undecided,
           0 AS n_truncated, 0.0 AS n, 0.0 AS k,
           coalesce(c.tokens, f.tokens, (SELECT avg(tokens) FROM counts)) AS tokens,
           round(q.rate * q.concentration, 4) AS prior_alpha,
           round((1 - q.rate) * q.concentration, 4) AS prior_beta,
           prior_alpha AS alpha, prior_beta AS beta, coalesce(c.graded, false) AS graded,
           coalesce(c.dispersion, 1.0) AS dispersion, true AS predicted
    FROM predictions q JOIN problems p ON p.problem_id = q.problem_id::UUID
    LEFT JOIN (
        SELECT domain, family, level, any_value(graded) AS graded,
               any_value(round(dispersion, 3)) AS dispersion, avg(tokens) AS tokens
        FROM cells JOIN counts USING (cell) GROUP BY ALL
    ) c USING (domain, family, level)
    LEFT JOIN (
        SELECT domain, family, avg(tokens) AS tokens
        FROM cells JOIN counts USING (cell) GROUP BY ALL
    ) f USING (domain, family)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted model of a policy's pass rates; `predict` takes a table of FEATURES.

    The concentrations are those of `_places`, and of all under the name "".
    """

    predict: "Callable[[pl.DataFrame], np.ndarray]"
    concentrations: dict[str, float]
    qualities: list[PassRateModel]


def n_observed(connection: "DuckDBPyConnection") -> int:
    """How many problems there are to learn from."""
    query = f"SELECT count(*) FROM counts WHERE n > 0 AND NOT ({AUDIT})"
    return connection.execute(query).fetchall()[0][0]


def n_unseen(connection: "DuckDBPyConnection") -> int:
    """How many problems nobody has sampled."""
    return connection.execute(f"SELECT count(*) FROM ({UNSEEN})").fetchall()[0][0]


def fit(connection: "DuckDBPyConnection", *, policy: str) -> Model:
    """Fit to the problems of `counts`, and measure it on those of other folds."""
    with _one_thread():
        return _fit(connection, policy)


def add_predictions(
    connection: "DuckDBPyConnection",
    model: Model,
    *,
    on_predicted: Callable[[int], None] = lambda step: None,
) -> int:
    """Add a row to `posterior` for each problem nobody has sampled; gives how many."""
    import polars as pl

    rows = []
    for table in feature_batches(connection, UNSEEN):
        concentration = _places(table).replace_strict(
            model.concentrations, default=model.concentrations[""], return_dtype=pl.Float64
        )
        # Rounded, so that many problems share a state, and the signal is worked out once for all.
        rate = pl.Series("rate", model.predict(table)).clip(SURE, 1 - SURE).round(3)
        rows.append(table.select("problem_id", rate, concentration.round(2)))
        on_predicted(len(table))
    if not rows:
        return 0
    predictions = pl.concat(rows)
    connection.register("predictions", predictions.to_arrow())
    connection.execute(PREDICTED)
    return len(predictions)


def _places(table: "pl.DataFrame") -> "pl.Series":
    """The family of each problem, marked where the policy was asked how certain it is."""
    import polars as pl

    mark = pl.when(pl.col("certain") > 0).then(pl.lit("+")).otherwise(pl.lit(""))
    return table.select((pl.col("family") + mark).alias("concentration"))["concentration"]


def _fit(connection: "DuckDBPyConnection", policy: str) -> Model:
    table = read_features(connection, SEEN)
    text = Text().fit(table["prompt"])
    seen = Seen(text.columns(table), table["n"].to_numpy(), table["k"].to_numpy())
    families = table["family"].to_numpy()
    kind: Kind = Cells
    by_cells = rates = _unseen(seen, Cells)
    if (table["certain"] > 0).sum() >= LEAST:
        asked = text.columns(read_features(connection, ASKED))
        kind = partial(Certainties, asked=asked)
        rates = _unseen(seen, kind)
    by_trees = _unseen(seen, Trees)
    if clearly_better(by_trees, rates, *seen.counts):
        kind, rates = Trees, by_trees
    estimator, cells = kind(seen), Cells(seen)
    slope, intercept = recalibrate(rates, *seen.counts)
    rates = recalibrated(rates, slope, intercept)
    spread = concentrations(rates, *seen.counts, _places(table).to_numpy())

    def predict(more: "pl.DataFrame") -> "np.ndarray":
        with _one_thread():
            return recalibrated(estimator.rates(text.columns(more)), slope, intercept)

    def told(family: str, quality: Quality, of_cells: Quality, *, audited: bool) -> PassRateModel:
        values: dict[str, Any] = asdict(quality)
        values["reliability"] = json.dumps(quality.reliability)
        return PassRateModel(
            policy=policy,
            family=family,
            features=estimator.features,
            slope=slope,
            intercept=intercept,
            concentration=spread.get(family, spread[""]),
            brier_of_cells=of_cells.brier,
            audited=audited,
            **values,
        )

    qualities = []
    for family in ("", *sorted(set(families))):
        here = families == family if family else slice(None)
        counts = seen.n[here], seen.k[here]
        of_cells = measure(by_cells[here], *counts)
        qualities.append(told(family, measure(rates[here], *counts), of_cells, audited=False))
    audited = read_features(connection, AUDITED)
    if len(audited):
        counts = audited["n"].to_numpy(), audited["k"].to_numpy()
        of_cells = measure(cells.rates(text.columns(audited)), *counts)
        qualities.append(told("", measure(predict(audited), *counts), of_cells, audited=True))
    return Model(predict=predict, concentrations=spread, qualities=qualities)


def _one_thread() -> Any:
    """On busy cores, threads that wait for each other by spinning take 15 times longer."""
    # Only what is loaded already is held to one.
    import sklearn.ensemble  # noqa: F401
    from threadpoolctl import threadpool_limits

    return threadpool_limits(limits=1)


def _unseen(seen: Seen, kind: Kind) -> "np.ndarray":
    """Each problem's rate as predicted from the other folds."""
    import numpy as np

    rates = np.empty(len(seen.n))
    for learnt, left in folds().split(seen.columns):
        rates[left] = kind(seen.at(learnt)).rates(seen.columns[left])
    return rates
