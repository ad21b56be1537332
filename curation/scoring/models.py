"""Models of pass rates on the columns of `features`: what is learnt from the problems seen.

    Cells(seen).rates(columns)       ->  a rate in [SURE, 1 - SURE] a row

`Cells` is the mean of family and level. `Trees` are gradient-boosted (scikit-learn's
HistGradientBoostingRegressor, after LightGBM), with names encoded by the pass rates seen under
them, each problem's from other folds than its own (TargetEncoder). `Certainties` is a logistic
regression on that mean and on how certain the policy is of its answer: two numbers, which a hundred
problems are enough for.

Problems count n / (1 + (n - 1) RHO), the inverse variance of k / n up to a factor where rollouts of
one problem correlate by RHO.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from curation.scoring.calibration import SURE, logit
from curation.scoring.features import COLUMNS, NAMES, SEED

if TYPE_CHECKING:
    import numpy as np

CELL = COLUMNS.index("cell_name")
CERTAIN, CERTAINTY = COLUMNS.index("certain"), COLUMNS.index("certainty")
FOLDS = 5
RHO = 0.3

HELD = 0.005
"""The logit sees means of cells held this far from 0 and 1: few rollouts tell no more."""

BORROWED = 2.0
"""As many problems as the rate of those seen counts, in the mean of a cell."""


@dataclass(frozen=True, slots=True)
class Seen:
    """Problems to learn from: the columns of their features, and k of n rollouts right."""

    columns: "np.ndarray"
    n: "np.ndarray"
    k: "np.ndarray"

    @property
    def counts(self) -> "tuple[np.ndarray, np.ndarray]":
        """The numbers n and k."""
        return self.n, self.k

    @property
    def weight(self) -> "np.ndarray":
        """What each problem counts."""
        return self.n / (1 + (self.n - 1).clip(0) * RHO)

    def at(self, places: "np.ndarray") -> "Seen":
        """Some of them."""
        return Seen(self.columns[places], self.n[places], self.k[places])


class Fitted(Protocol):
    """A model that has learnt; `features` says from what it predicts."""

    features: str

    def rates(self, columns: "np.ndarray") -> "np.ndarray":
        """A pass rate in (0, 1) for each row of columns."""
        ...


Kind = Callable[[Seen], Fitted]


class Cells:
    """The mean of family and level, shrunk to that of all by its variance."""

    features = "family, level"

    def __init__(self, seen: Seen) -> None:
        self._encoder = _encoder()
        self._encoder.fit(seen.columns[:, [CELL]], seen.k / seen.n)

    def rates(self, columns: "np.ndarray") -> "np.ndarray":
        """The mean of each row's cell."""
        return self._encoder.transform(columns[:, [CELL]])[:, 0]


class Trees:
    """Boosted trees on all columns."""

    features = "family, level, template, numbers, ground truth, size, certainty, words"

    def __init__(self, seen: Seen) -> None:
        from sklearn.compose import ColumnTransformer
        from sklearn.ensemble import HistGradientBoostingRegressor
        from sklearn.pipeline import make_pipeline

        names = list(range(len(NAMES)))
        options: Any = {"early_stopping": False, "random_state": SEED}
        trees = HistGradientBoostingRegressor(
            learning_rate=0.08,
            max_iter=100,
            max_leaf_nodes=15,
            min_samples_leaf=15,
            l2_regularization=1.0,
            **options,
        )
        self._pipeline = make_pipeline(
            ColumnTransformer([("names", _encoder(), names)], remainder="passthrough"), trees
        )
        self._pipeline.fit(
            seen.columns, seen.k / seen.n, histgradientboostingregressor__sample_weight=seen.weight
        )

    def rates(self, columns: "np.ndarray") -> "np.ndarray":
        """What the trees say of each row."""
        return self._pipeline.predict(columns).clip(SURE, 1 - SURE)


class Certainties:
    """A logit of the mean of the cell and of the certainty.

    `asked` are all problems whose certainty is known. Those that were chosen by it and sampled are
    not like the others of their cell: where nothing was asked, the mean over all that were asked in
    the cell is predicted (post-stratification).
    """

    features = "family, level, certainty"

    def __init__(self, seen: Seen, *, asked: "np.ndarray") -> None:
        import numpy as np
        from sklearn.linear_model import LogisticRegression

        self._cells = Cells(seen)
        known = seen.columns[:, CERTAIN] > 0
        rows, share, weight = seen.columns[known], (seen.k / seen.n)[known], seen.weight[known]
        self._logit = LogisticRegression(max_iter=500).fit(
            self._matrix(np.concatenate([rows, rows])),
            np.repeat([1, 0], len(rows)),
            sample_weight=np.concatenate([weight * share, weight * (1 - share)]),
        )
        rates = self._asked(asked)
        self._means = {}
        for cell in np.unique(asked[:, CELL]):
            own = rates[asked[:, CELL] == cell]
            self._means[cell] = own.sum(), len(own)

    def rates(self, columns: "np.ndarray") -> "np.ndarray":
        """What the logit says of a row with a certainty, its cell's mean of others."""
        import numpy as np

        total, n = np.array([self._means.get(cell, (0.0, 0)) for cell in columns[:, CELL]]).T
        rates = (total + BORROWED * self._cells.rates(columns)) / (n + BORROWED)
        known = columns[:, CERTAIN] > 0
        if known.any():
            rates[known] = self._asked(columns[known])
        return rates.clip(SURE, 1 - SURE)

    def _asked(self, columns: "np.ndarray") -> "np.ndarray":
        return self._logit.predict_proba(self._matrix(columns))[:, 1]

    def _matrix(self, columns: "np.ndarray") -> "np.ndarray":
        import numpy as np

        means = self._cells.rates(columns).clip(HELD, 1 - HELD)
        return np.stack([logit(means), columns[:, CERTAINTY]], axis=1)


def folds() -> Any:
    """How problems are divided for cross-validation."""
    from sklearn.model_selection import KFold

    return KFold(FOLDS, shuffle=True, random_state=SEED)


def _encoder() -> Any:
    """Turns names into the mean of what was seen under them, each row's from other rows."""
    from sklearn.preprocessing import TargetEncoder

    return TargetEncoder(target_type="continuous", cv=folds())
