"""What the conformance rules and `gen domains --check` measure of a family.

leaked(family, problem)          ->  None, or the answer that stands in the prompt
sizes_by_level(family, 3)        ->  [61.2, 74.0, 88.3, 120.9, 155.1]
mean_tail(50, 0.1, 0.4)          ->  1.7e-07: 0.1 is not what such a strategy earns
"""

from functools import lru_cache
from math import comb, exp, inf, log
from random import Random
from statistics import fmean

from gen.columns import column_aucs
from gen.family import Family, Lazy
from verifiers.records import Problem

SHORTEST_LEAK = 5  # characters; a shorter answer may stand in its prompt by chance


def draw(family: Family, level: int, seed: int) -> Problem:
    """The problem that a seed gives at a level."""
    return family.generate(stream(family, level, seed), level)


def stream(family: Family, level: int, seed: int) -> Random:
    """What that problem is drawn from."""
    return Random(f"{seed}:{family.name}:{level}")


@lru_cache(maxsize=16)
def sample(family: Family, level: int, n: int) -> list[Problem]:
    """The problems of the first `n` seeds; the last samples drawn are kept."""
    return [draw(family, level, seed) for seed in range(n)]


def leaked(family: Family, problem: Problem) -> str | None:
    """The first of the answers that stands in the prompt, spaces aside; None where none does."""
    prompt = "".join(problem.prompt.split())
    for answer in family.answers(problem):
        text = "".join(answer.split())
        if len(text) >= SHORTEST_LEAK and text in prompt:
            return text
    return None


def respond(lazy: Lazy, problem: Problem) -> str:
    """What a lazy strategy says to a problem."""
    return lazy if isinstance(lazy, str) else lazy(problem)


def sizes_by_level(family: Family, examples: int) -> list[float]:
    """The mean of the family's own measure of difficulty, a number a level."""
    return [
        fmean(family.size(one) for one in sample(family, level, 10 * examples))
        for level in family.levels
    ]


def aucs(family: Family) -> dict[str, float]:
    """How well each column of the family's table tells the outcome; empty where it has no table."""
    table = family.columns_and_outcome()
    return {} if table is None else column_aucs(*table)


def mean_tail(n: int, chance: float, mean: float) -> float:
    """At most how likely `n` independent rewards in [0, 1] average `mean`, if `chance` were theirs.

    exp(-n KL(mean || chance)): theorem 1 of W. Hoeffding, "Probability inequalities for sums of
    bounded random variables", Journal of the American Statistical Association 58 (1963).
    """
    return 1.0 if mean <= chance else exp(-n * _divergence(mean, chance))


def binomial_tail(n: int, chance: float, hits: int) -> float:
    """The probability of at least this many hits in `n` independent trials."""
    return sum(comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(hits, n + 1))


def _divergence(p: float, q: float) -> float:
    """Kullback and Leibler's, between coins that fall heads with p and with q, where p > q."""
    if q == 0:
        return inf
    return p * log(p / q) + (0.0 if p == 1 else (1 - p) * log((1 - p) / (1 - q)))
