"""How many rollouts a problem is worth: few at first, more while it is open whether it teaches.

    wanted(n=0, n_correct=0, most=32)   ->  4
    wanted(n=4, n_correct=2, most=32)   ->  4      settled: it has right and wrong rollouts
    wanted(n=4, n_correct=0, most=32)   ->  8      it may be hard, or too hard
    wanted(n=16, n_correct=0, most=32)  ->  32
    wanted(n=32, n_correct=0, most=64)  ->  32     settled: too hard

A group-relative trainer learns from a problem whose pass rate is away from 0 and 1. With k of n
rollouts right and a uniform prior the pass rate is Beta(1 + k, 1 + n - k), and

    P(useful) = P(LOW < pass rate < HIGH) = I_HIGH(1 + k, 1 + n - k) - I_LOW(1 + k, 1 + n - k)

with the regularised incomplete beta function, a binomial tail for whole numbers (Abramowitz and
Stegun 1964, 26.5.24). Where it is above SURE or below 1 - SURE the problem is settled; elsewhere
the rollouts are doubled, as in Wald's sequential tests.
"""

from math import comb

FIRST = 4
LOW, HIGH = 0.1, 0.9
SURE = 0.9


def wanted(*, n: int, n_correct: int, most: int) -> int:
    """How many rollouts a problem with `n` decided ones should have: `n` where it is settled."""
    if n == 0:
        return min(FIRST, most)
    useful = p_useful(n, n_correct)
    settled = useful >= SURE or useful <= 1 - SURE
    return n if settled else max(n, min(2 * n, most))


def p_useful(n: int, n_correct: int) -> float:
    """The probability that the pass rate lies between LOW and HIGH."""
    between = beta_below(HIGH, n, n_correct) - beta_below(LOW, n, n_correct)
    return min(max(between, 0.0), 1.0)  # sums of floats may pass the bounds by a hair


def beta_below(x: float, n: int, n_correct: int) -> float:
    """I_x(1 + k, 1 + n - k): the probability that the pass rate is below x.

    It is the chance of more than k successes in n + 1 trials of chance x.
    """
    return sum(comb(n + 1, j) * x**j * (1 - x) ** (n + 1 - j) for j in range(n_correct + 1, n + 2))
