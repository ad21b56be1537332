"""How good predicted pass rates are, and how sure one may be of them.

    measure(rates, n, k)                    ->  Quality(brier=0.11, r2=0.83, ...)
    recalibrate(rates, n, k)                ->  slope, intercept
    concentrations(rates, n, k, families)   ->  {"math.sum": 6.1}: Beta(6.1 rate, 6.1 (1 - rate))

All on problems that the prediction has not seen, with k of n rollouts right. `recalibrate` is the
logit of Cox (1958, "Two further applications of a model for binary regression"): the observed
chance is sigmoid(intercept + slope logit(rate)), by maximum likelihood; slope 1 and intercept 0 are
perfect. A family's concentration s is where the beta-binomial likelihood of the counts, given the
rates as means, is greatest: large where pass rates are as predicted, small where they are anywhere.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

SURE = 0.001
"""Rates are held this far from 0 and 1."""

LEAST_SPREAD = 1e-4
"""Variance of true pass rates below which there is nothing to explain."""

BORROWED = 20.0
"""As many problems as those of all families count in the concentration of one."""

TENTHS = 10

CLEAR = 2.0
"""Standard errors by which a model must be better than a simpler one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """Of predicted pass rates; see `curation.records.PassRateModel`."""

    n_problems: int
    n_rollouts: float
    mean_predicted: float
    mean_observed: float
    r2: float | None
    r2_observed: float | None
    brier: float
    reliability: list[list[float]]


def measure(rates: "np.ndarray", n: "np.ndarray", k: "np.ndarray") -> Quality:
    """Compare predicted rates with k of n right rollouts.

    The share k / n of a problem has the noise variance p (1 - p) / n, which k (n - k) / (n^2
    (n - 1)) estimates without bias; taken out of the error and of the spread, it leaves the R2 of
    the pass rates themselves.
    """
    import numpy as np

    observed = k / n
    error = (observed - rates) ** 2
    spread = (observed - observed.mean()) ** 2
    several = n >= 2
    m = np.where(several, n, 2)
    noise = (k * (n - k) / (m**2 * (m - 1)))[several]
    true_spread = (spread[several] - noise).mean() if several.any() else 0.0
    explained = true_spread > LEAST_SPREAD and several.sum() > TENTHS
    return Quality(
        n_problems=len(rates),
        n_rollouts=float(n.sum()),
        mean_predicted=float((rates * n).sum() / n.sum()),
        mean_observed=float(k.sum() / n.sum()),
        r2=float(1 - (error[several] - noise).mean() / true_spread) if explained else None,
        r2_observed=float(1 - error.mean() / spread.mean())
        if spread.mean() > LEAST_SPREAD
        else None,
        brier=float((k * (1 - rates) ** 2 + (n - k) * rates**2).sum() / n.sum()),
        reliability=_reliability(rates, n, k),
    )


def clearly_better(
    rates: "np.ndarray", than: "np.ndarray", n: "np.ndarray", k: "np.ndarray"
) -> bool:
    """Whether a model's rates have a lower Brier score than a simpler one's, by CLEAR errors.

    Standard errors of the mean difference, problem by problem (as Breiman et al. 1984,
    Classification and Regression Trees, 3.4.3, with one). What is learnt from was in part chosen by
    earlier predictions, and a model of many features may know those problems better than others.
    """
    import numpy as np

    simpler, richer = (k * (1 - p) ** 2 + (n - k) * p**2 for p in (than, rates))
    gained = simpler - richer
    return bool(gained.sum() > CLEAR * gained.std() * np.sqrt(len(gained)))


def recalibrate(rates: "np.ndarray", n: "np.ndarray", k: "np.ndarray") -> tuple[float, float]:
    """The slope and intercept of the logit that makes the rates fit the counts."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    place = logit(rates)[:, None]
    outcome = np.repeat([1, 0], len(rates))
    weight = np.concatenate([k, n - k])
    if not k.sum() or not (n - k).sum() or np.ptp(place) < SURE:
        return 1.0, 0.0
    fitted = LogisticRegression(C=100.0).fit(
        np.concatenate([place, place]), outcome, sample_weight=weight
    )
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def recalibrated(rates: "np.ndarray", slope: float, intercept: float) -> "np.ndarray":
    """The rates as the logit has them."""
    from scipy.special import expit

    return expit(intercept + slope * logit(rates))


def logit(rates: "np.ndarray") -> "np.ndarray":
    """log(p / (1 - p)) of rates held away from 0 and 1."""
    import numpy as np

    held = np.clip(rates, SURE, 1 - SURE)
    return np.log(held / (1 - held))


def concentrations(
    rates: "np.ndarray", n: "np.ndarray", k: "np.ndarray", families: "np.ndarray"
) -> dict[str, float]:
    """The concentration of each family, and of all under the name ""."""
    import numpy as np
    from scipy.special import betaln

    grid = np.geomspace(0.3, 300, 40)
    mean = np.clip(rates, SURE, 1 - SURE)
    likelihood = np.stack(
        [
            betaln(mean * s + k, (1 - mean) * s + n - k) - betaln(mean * s, (1 - mean) * s)
            for s in grid
        ]
    )
    # Single rollouts say nothing of it: then it stays near the uniform distribution's 2.
    vague = -((np.log(grid / 2)) ** 2) / (2 * 1.5**2)
    total = likelihood.sum(axis=1)
    found = {"": float(grid[np.argmax(total + vague)])}
    for family in np.unique(families):
        own = likelihood[:, families == family].sum(axis=1)
        found[str(family)] = float(grid[np.argmax(own + BORROWED * total / len(rates) + vague)])
    return found


def _reliability(rates: "np.ndarray", n: "np.ndarray", k: "np.ndarray") -> list[list[float]]:
    import numpy as np

    tenth = np.minimum((rates * TENTHS).astype(int), TENTHS - 1)
    rows = []
    for place in np.unique(tenth):
        here = tenth == place
        total = n[here].sum()
        rows.append(
            [
                round(float((rates[here] * n[here]).sum() / total), 4),
                round(float(k[here].sum() / total), 4),
                round(float(total), 2),
            ]
        )
    return rows
