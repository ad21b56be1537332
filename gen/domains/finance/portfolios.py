"""Portfolios: the weights of least variance, and what risk and return a portfolio has.

portfolios.least_variance    volatilities and correlations       ->  {"weights": [0.62, 0.38]}
portfolios.risk              weights and a covariance matrix      ->  {"mean": 7.1, "sd": 12.4, ...}
"""

import json
from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import ceil
from random import Random
from statistics import NormalDist
from typing import Any

import msgspec

from gen.domains.finance.base import (
    Amount,
    Draft,
    Fields,
    FinanceFamily,
    draft,
    exact,
    percent,
)
from gen.errors import GroundTruthDisagrees
from gen.family import Card, Family, Lazy
from verifiers.records import Problem

Matrix = list[list[Fraction]]


def covariance(rng: Random, n: int) -> Matrix:
    """A covariance matrix in percent squared, made of loadings on two factors and a rest."""
    loadings = [[Fraction(rng.randint(-3, 12)) for _ in range(2)] for _ in range(n)]
    rest = [Fraction(rng.randint(20, 250)) for _ in range(n)]
    return [
        [
            sum((a * b for a, b in zip(loadings[i], loadings[j], strict=True)), Fraction(0))
            + (rest[i] if i == j else 0)
            for j in range(n)
        ]
        for i in range(n)
    ]


def least_variance(matrix: Matrix, cap: Fraction) -> list[Fraction]:
    """The weights of least variance between 0 and `cap`, exactly.

    Weights that leave their bounds are put there, and taken from there again where the gradient
    says so; where that goes in circles, every split of the assets is tried.
    """
    n = len(matrix)
    at_zero: set[int] = set()
    at_cap: set[int] = set()
    for _ in range(4 * n):
        free = [i for i in range(n) if i not in at_zero | at_cap]
        weights = _levelled(matrix, free, sorted(at_cap), cap) if free else None
        if weights is None:
            break
        beyond = {i: max(-weights[i], weights[i] - cap) for i in free}
        worst = max(free, key=beyond.__getitem__)
        if beyond[worst] > 0:
            (at_zero if weights[worst] < 0 else at_cap).add(worst)
            continue
        slopes = [
            sum((a * w for a, w in zip(row, weights, strict=True)), Fraction(0)) for row in matrix
        ]
        gains = {i: slopes[free[0]] - slopes[i] for i in at_zero}
        gains |= {i: slopes[i] - slopes[free[0]] for i in at_cap}
        released = max(gains, key=gains.__getitem__, default=None)
        if released is None or gains[released] <= 0:
            return weights
        at_zero.discard(released)
        at_cap.discard(released)
    return least_variance_of_all(matrix, cap)


def least_variance_of_all(matrix: Matrix, cap: Fraction) -> list[Fraction]:
    """The same, by solving every split into weights at 0, at the cap, and between."""
    n = len(matrix)
    found: list[list[Fraction]] = []
    for places in product(("zero", "cap", "free"), repeat=n):
        free = [i for i in range(n) if places[i] == "free"]
        weights = _levelled(matrix, free, [i for i in range(n) if places[i] == "cap"], cap)
        if weights is not None and all(0 <= one <= cap for one in weights):
            found.append(weights)
    return min(found, key=lambda weights: variance(matrix, weights))


def variance(matrix: Matrix, weights: list[Fraction]) -> Fraction:
    """The variance of a portfolio."""
    return sum(
        (a * b * matrix[i][j] for i, a in enumerate(weights) for j, b in enumerate(weights)),
        Fraction(0),
    )


def _levelled(
    matrix: Matrix, free: list[int], capped: list[int], cap: Fraction
) -> list[Fraction] | None:
    """Weights at the cap, and free ones whose gradients are equal and which make up the rest."""
    weights = [Fraction(0)] * len(matrix)
    for i in capped:
        weights[i] = cap
    left = 1 - cap * len(capped)
    if not free:
        return weights if left == 0 else None
    rows = [
        [matrix[i][j] for j in free]
        + [Fraction(-1), -sum((cap * matrix[i][j] for j in capped), Fraction(0))]
        for i in free
    ]
    solution = _solved([*rows, [Fraction(1)] * len(free) + [Fraction(0), left]])
    if solution is None:
        return None
    for i, weight in zip(free, solution, strict=False):
        weights[i] = weight
    return weights


def _solved(rows: Matrix) -> list[Fraction] | None:
    """Solve a linear system by elimination; the last column is the right side."""
    n = len(rows)
    for column in range(n):
        pivot = next((i for i in range(column, n) if rows[i][column]), None)
        if pivot is None:
            return None
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [one / rows[column][column] for one in rows[column]]
        for i in range(n):
            if i != column and rows[i][column]:
                factor = rows[i][column]
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[column], strict=True)]
    return [row[-1] for row in rows]


def _by_descent(matrix: Matrix, cap: Fraction) -> float:
    """The least variance again, by sequential quadratic programming in floats."""
    import numpy as np
    from scipy.optimize import minimize

    n, sigma = len(matrix), np.array(matrix, dtype=float)
    found = minimize(
        lambda w: w @ sigma @ w, np.full(n, 1 / n), jac=lambda w: 2 * sigma @ w, method="SLSQP",
        bounds=[(0, float(cap))] * n, options={"ftol": 1e-12, "maxiter": 300},
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
    )  # fmt: skip
    return float(found.fun)


class LeastVariance(Family):
    """Long-only portfolio weights of least variance under a covariance matrix."""

    name = "portfolios.least_variance"
    domain = "finance"
    levels = (1, 2, 3, 4, 5)
    verifier = "plan"
    card = Card(
        licence="Apache-2.0",
        source="generated",
        chance_level=0.01,
        pitfalls=(
            "The covariances are given: estimating them, which is the hard part, is not asked.",
            "Paid is what goes beyond the better of equal and inverse-variance weights. Not "
            "investment "
            "advice.",
        ),
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Two to six assets; from level 3 on with a cap that binds."""
        n = level + 1
        cap = Fraction(1) if level < 3 else Fraction(rng.choice((35, 40, 45, 50)), 100)
        while True:
            matrix = covariance(rng, n)
            best = variance(matrix, least_variance(matrix, cap))
            lazy = min(
                variance(matrix, [Fraction(1, n)] * n),
                variance(matrix, _inverse_variance(matrix, cap)),
            )
            # Where a lazy choice comes near, there is nothing to work out.
            if lazy > Fraction(102, 100) * best:
                break
        again = _by_descent(matrix, cap)
        if abs(again - float(best)) > 1e-5 * float(best):
            raise GroundTruthDisagrees(self.name, str(matrix), float(best), again)
        table = "\n".join(
            f"A{i + 1}: {' '.join(str(one) for one in row)}" for i, row in enumerate(matrix)
        )
        capped = f" and at most {float(cap):g}" if cap < 1 else ""
        truth = {
            "kind": "weights",
            "covariance": [[int(one) for one in row] for row in matrix],
            "upper": float(cap),
            "best": float(best),
            "bar": 0.999,
            "floor": ceil(10_000 * best / lazy) / 10_000,
        }
        made = self.problem(
            level,
            f"The covariance matrix of the yearly returns of {n} assets, in percent squared, has "
            f"the rows\n"
            f"{table}\nFind the portfolio of least variance whose weights are at least 0{capped} "
            f"each and "
            'sum to 1. Give a JSON object with the key "weights": an array of the weights in the '
            "order of "
            "the assets, with at least four decimals.",
            json.dumps(truth),
            methods="active sets in fractions against sequential quadratic programming",
        )
        evidence = {**msgspec.json.decode(made.evidence), "second_method": "agrees"}
        return replace(made, evidence=json.dumps(evidence))

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The optimum, found again from the problem, to four and to eight decimals."""
        matrix, cap = _instance(problem)
        weights = least_variance(matrix, cap)
        return tuple(
            f"The gradient is "
            f'level.\n```json\n{{"weights": {[round(float(w), n) for w in weights]}}}\n```'
            for n in (4, 8)
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """Weights by the inverse of the variances, as if there were no correlations."""
        matrix, cap = _instance(problem)
        return _written(_inverse_variance(matrix, cap))

    def trivial(self) -> dict[str, Lazy]:
        """Equal weights, and those by inverse variance."""

        def equal(problem: Problem) -> str:
            n = len(_instance(problem)[0])
            return _written([Fraction(1, n)] * n)

        return {
            "equal weights": equal,
            "inverse variances": lambda problem: self.wrong(problem, Random(0)),
        }


def _instance(problem: Problem) -> tuple[Matrix, Fraction]:
    truth = msgspec.json.decode(problem.ground_truth)
    matrix = [[Fraction(one) for one in row] for row in truth["covariance"]]
    return matrix, Fraction(truth["upper"]).limit_denominator(1000)


def _inverse_variance(matrix: Matrix, cap: Fraction) -> list[Fraction]:
    """Weights by inverse variance, what is above the cap being spread over the others."""
    wanted = [1 / matrix[i][i] for i in range(len(matrix))]
    weights = [one / sum(wanted) for one in wanted]
    while any(one > cap for one in weights):
        over = sum((one - cap for one in weights if one > cap), Fraction(0))
        free = sum((one for one in weights if one < cap), Fraction(0))
        weights = [cap if one >= cap else one * (1 + over / free) for one in weights]
    return weights


def _written(weights: list[Fraction]) -> str:
    return json.dumps({"weights": [round(float(one), 6) for one in weights]})


class PortfolioRisk(FinanceFamily):
    """Mean, volatility, ratios and normal value at risk of a portfolio of correlated assets."""

    name = "portfolios.risk"
    methods = "the quadratic form in fractions against sums over factors of a Cholesky root"
    card = exact("Value at risk is that of a normal distribution: real losses have fatter tails.")

    def draw(self, rng: Random, level: int) -> Draft:
        """One more measure at each level, and one more asset at every other."""
        import numpy as np

        n = 2 + level // 2
        matrix = covariance(rng, n)
        means = [Fraction(rng.randint(2, 14)) for _ in range(n)]
        cuts = sorted(rng.sample(range(5, 96, 5), n - 1))
        weights = [Fraction(b - a, 100) for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        riskless = Fraction(rng.randint(1, 8), 4)
        sd = float(variance(matrix, weights)) ** 0.5
        mean = float(sum(w * m for w, m in zip(weights, means, strict=True)))
        quantile = NormalDist().inv_cdf(0.95)
        if quantile * sd < mean + 1:  # a loss is asked for
            return self.draw(rng, level)
        shared = [sum((row[j] * weights[j] for j in range(n)), Fraction(0)) for row in matrix]
        first = {
            "sd": sd,
            "mean": mean,
            "sharpe": (mean - float(riskless)) / sd,
            "value_at_risk": quantile * sd - mean,
            "beta": float(shared[0] / variance(matrix, weights)),
        }
        root = np.linalg.cholesky(np.array(matrix, dtype=float)).T @ np.array(weights, dtype=float)
        again_sd = float(np.sqrt((root**2).sum()))
        single = np.linalg.cholesky(np.array(matrix, dtype=float)).T[:, 0]
        second = {
            "sd": again_sd,
            "mean": float(np.dot(np.array(weights, dtype=float), np.array(means, dtype=float))),
            "sharpe": (mean - float(riskless)) / again_sd,
            "value_at_risk": -NormalDist(mean, again_sd).inv_cdf(0.05),
            "beta": float(single @ root / again_sd**2),
        }
        asked = {
            "sd": '"sd" (standard deviation of its yearly return, in percent)',
            "mean": '"mean" (of its yearly return, in percent)',
            "sharpe": f'"sharpe" (mean return above the riskless {percent(riskless / 100)}, over '
            f"the sd)",
            "value_at_risk": '"value_at_risk" (the loss in percent, a positive number, that is '
            "exceeded with a "
            "probability of 5% if the return is normal)",
            "beta": '"beta" (of asset A1 against the whole portfolio)',
        }
        names = list(first)[:level]
        table = "\n".join(
            f"A{i + 1}: weight {percent(weights[i])}, mean {means[i]}%, covariances "
            f"{' '.join(map(str, row))}"
            for i, row in enumerate(matrix)
        )
        prompt = (
            f"A portfolio of {n} assets; means and covariances (percent squared) are of yearly "
            f"returns:\n"
            f"{table}\nGive a JSON object with {', '.join(asked[name] for name in names)}; four "
            f"significant "
            "digits."
        )
        answer = {name: first[name] for name in names}
        apart = sum(float(w) * float(matrix[i][i]) ** 0.5 for i, w in enumerate(weights))
        alone = sum(float(w * w * matrix[i][i]) for i, w in enumerate(weights)) ** 0.5
        near: list[dict[str, Any]] = [{**answer, "sd": one} for one in (apart, alone, sd**2)]
        units: dict[str, str] = {"sd": "%", "mean": "%", "value_at_risk": "%"}
        form = Fields(
            {name: Amount(absolute=0.0005, relative=0.001, unit=units.get(name)) for name in names}
        )
        return draft(prompt, answer, form, second={n: second[n] for n in names}, near=near)
