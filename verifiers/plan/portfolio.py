"""Portfolio weights of the least variance.

    {"kind": "weights", "covariance": [[0.04, 0.0], [0.0, 0.01]], "lower": 0, "upper": 1,
     "best": 0.008, "bar": 0.999}
    answered by   {"weights": [0.2, 0.8]}         0.04 * 0.04 + 0.64 * 0.01 = 0.008

The weights must lie within the bounds and sum to 1 within `sum_tolerance`; they are rescaled to
sum to 1, so that rounding costs little and gains nothing.
"""

from fractions import Fraction
from typing import Any

from verifiers.plan.answers import Infeasible, exact, listed, value_of
from verifiers.plan.shape import Shaped

MOST_ASSETS = 100


class Weights(Shaped, frozen=True, tag="weights", tag_field="kind"):
    """Shares of a portfolio; minimise its variance under a covariance matrix."""

    covariance: tuple[tuple[float, ...], ...]
    best: float
    lower: float = 0.0
    upper: float = 1.0
    sum_tolerance: float = 1e-3

    def __post_init__(self) -> None:
        self.check_shape()
        n = len(self.covariance)
        if not 1 <= n <= MOST_ASSETS or any(len(row) != n for row in self.covariance):
            raise ValueError(f"the covariance must be a square of at most {MOST_ASSETS} rows")
        if any(self.covariance[i][j] != self.covariance[j][i] for i in range(n) for j in range(i)):
            raise ValueError("the covariance must be symmetric")
        if not self.lower <= 1 / n <= self.upper or not 0 < self.sum_tolerance <= 0.01:
            raise ValueError("equal weights must be feasible, and sum_tolerance in (0, 0.01]")

    def objective(self, answer: Any) -> Fraction:
        """The variance; raises Malformed, Infeasible."""
        given = listed(value_of(answer, "weights"), len(self.covariance), "weights")
        weights = [exact(one, f"weights[{place}]") for place, one in enumerate(given)]
        total = sum(weights)
        slack = exact(self.sum_tolerance)
        if abs(total - 1) > slack:
            raise Infeasible(f"the weights sum to {float(total):g}")
        for place, weight in enumerate(weights):
            if not exact(self.lower) - slack <= weight <= exact(self.upper) + slack:
                raise Infeasible(f"weights[{place}] is outside [{self.lower:g}, {self.upper:g}]")
        variance = sum(
            first * second * exact(self.covariance[i][j])
            for i, first in enumerate(weights)
            for j, second in enumerate(weights)
        )
        return Fraction(variance) / total**2
