"""The prior of the pass rate in each cell of family and level, fitted to all of its problems.

    alpha, beta = fit_priors(cells=[0, 0, 1], families=[0, 0, 0], n=[8, 8, 8], k=[0, 4, 8],
                             problems=[90, 60, 30])
    alpha, beta   ->  one of each for cell 0 and cell 1

Empirical Bayes (Robbins 1956; Casella 1985): k of n rollouts of a problem are right with the
beta-binomial chance of C(n, k) B(a + k, b + n - k) / B(a, b), and a cell's (a, b) is where the
product over its problems is greatest. It is found by the fixed-point iteration of Minka (2000,
"Estimating a Dirichlet distribution", equation 55),

    a <- a sum(psi(a + k) - psi(a)) / sum(psi(a + b + n) - psi(a + b)),    b likewise,

on the counts of problems with the same (n, k), of all cells at once. k and n need not be whole.

Small cells borrow: to a cell's problems BORROWED imaginary ones of IMAGINED rollouts are added,
right as often as the prior of its family predicts; to a family's likewise from the prior of all
problems, and to these one problem with one rollout right and one wrong. A cell of thousands of
problems does not feel it; one of three is nearly its family's. Problems of a single rollout tell
nothing of the spread, and leave a + b to what it is borrowed from, at first the uniform prior's 2.
"""

from typing import TYPE_CHECKING, Any

from curation.scoring.signals import beta_binomial

if TYPE_CHECKING:
    import numpy as np

BORROWED = 5.0
"""Imaginary problems that a cell is given by its family, and a family by all problems."""

IMAGINED = 8
"""Rollouts of each."""

LEAST, MOST = 1e-3, 500.0
"""Bounds of a and b: without them a cell of equal problems would run to 0 or infinity."""

ROUNDS = 300
CLOSE = 1e-4
"""Relative change of a and b in one round at which the iteration ends."""


def fit_priors(
    *, cells: Any, families: Any, n: Any, k: Any, problems: Any
) -> "tuple[np.ndarray, np.ndarray]":
    """Fit (alpha, beta) of each cell; cells and families are numbered from 0.

    The arguments are the columns of a table: `problems` problems of the cell, which belongs to the
    family, have `k` of `n` rollouts right.
    """
    import numpy as np

    cells, families = np.asarray(cells, int), np.asarray(families, int)
    n, k, mass = (np.asarray(one, float) for one in (n, k, problems))
    uniform = np.ones(1), np.ones(1)
    overall = _maximise(
        np.append(n, 2.0),
        np.append(k, 1.0),
        np.append(mass, 1.0),
        np.zeros(len(cells) + 1, int),
        start=uniform,
    )
    n_families, n_cells = int(families.max()) + 1, int(cells.max()) + 1
    by_family = _below(n, k, mass, families, np.zeros(n_families, int), above=overall)
    family_of = np.zeros(n_cells, int)
    family_of[cells] = families
    return _below(n, k, mass, cells, family_of, above=by_family)


def _below(
    n: "np.ndarray",
    k: "np.ndarray",
    mass: "np.ndarray",
    place: "np.ndarray",
    parents: "np.ndarray",
    *,
    above: "tuple[np.ndarray, np.ndarray]",
) -> "tuple[np.ndarray, np.ndarray]":
    """Fit the places, each with imaginary problems from its parent's prior."""
    import numpy as np

    alpha, beta = above[0][parents], above[1][parents]
    places = np.arange(len(parents))
    chances = beta_binomial(alpha=alpha, beta=beta, n=IMAGINED)
    for n_right, chance in enumerate(chances):
        n = np.append(n, np.full(len(parents), float(IMAGINED)))
        k = np.append(k, np.full(len(parents), float(n_right)))
        mass = np.append(mass, BORROWED * chance)
        place = np.append(place, places)
    return _maximise(n, k, mass, place, start=(alpha, beta))


def _maximise(
    n: "np.ndarray",
    k: "np.ndarray",
    mass: "np.ndarray",
    place: "np.ndarray",
    *,
    start: "tuple[np.ndarray, np.ndarray]",
) -> "tuple[np.ndarray, np.ndarray]":
    """Minka's iteration, of all places at once, from `start`."""
    import numpy as np
    from scipy.special import digamma

    alpha, beta = start
    n_places = len(alpha)
    for _ in range(ROUNDS):
        a, b = alpha[place], beta[place]
        right = np.bincount(place, mass * (digamma(a + k) - digamma(a)), n_places)
        wrong = np.bincount(place, mass * (digamma(b + n - k) - digamma(b)), n_places)
        both = np.bincount(place, mass * (digamma(a + b + n) - digamma(a + b)), n_places)
        before = alpha, beta
        alpha = np.clip(alpha * right / both, LEAST, MOST)
        beta = np.clip(beta * wrong / both, LEAST, MOST)
        moved = np.abs(alpha / before[0] - 1) + np.abs(beta / before[1] - 1)
        if moved.max() < CLOSE:
            break
    return alpha, beta
