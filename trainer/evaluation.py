"""How well a policy did on a benchmark, from its judged completions, with intervals.

    attempts = [Attempts(correct=(True, False), answers=("5", "6")), Attempts(correct=(False,))]
    found = measure(attempts)
    found.accuracy.value, found.accuracy.low, found.accuracy.high    # avg@k
    found.pass_at                                                    # {1: 0.25}
    compare(attempts, others).difference                             # paired, problem by problem

Completions of None are undecided, and in no share. Intervals are percentiles of a bootstrap (Efron
and Tibshirani, "An Introduction to the Bootstrap", 1993) over problems and, within each, over its
completions, which stand for the seeds; the same seed gives the same interval. Where all resamples
are one (nothing, or everything, is correct) the interval is Wilson's over the problems.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean
from typing import Any

from verifiers.error_rates import wilson

RESAMPLES = 4_000
CHUNK = 2_000_000
"""Random numbers drawn at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """A problem's completions: whether each is correct, and what it answered, None for nothing.

    `answers` may be left out where they cannot be put to a vote, as programs cannot.
    """

    correct: Sequence[bool | None]
    answers: Sequence[str | None] | None = None

    @property
    def n_decided(self) -> int:
        """Completions that are correct or not."""
        return sum(one is not None for one in self.correct)

    @property
    def n_correct(self) -> int:
        """Completions that are correct."""
        return sum(one is True for one in self.correct)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Shares in [0, 1]; None where there was nothing to measure them on."""

    accuracy: Estimate | None
    pass_at: dict[int, float]
    majority: Estimate | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two policies on the problems that both have decided completions of.

    `difference` is the first's accuracy less the second's; `p_better` is the share of resamples in
    which the first does better, ties counted half.
    """

    n_problems: int
    difference: Estimate
    p_better: float


def measure(attempts: Sequence[Attempts], *, seed: int = 0) -> Measures:
    """Accuracy (avg@k), pass@k and majority vote of one policy on a benchmark."""
    decided = [one for one in attempts if one.n_decided]
    if not decided:
        return Measures(accuracy=None, pass_at={}, majority=None)
    means = _resampled(decided, seed=seed)
    votes = [vote(one) for one in decided if one.answers is not None]
    return Measures(
        accuracy=_estimate(
            fmean(one.n_correct / one.n_decided for one in decided), means, len(decided)
        ),
        pass_at={tries: _pass_at(decided, tries) for tries in _tries(decided)},
        majority=_estimate(fmean(votes), _resampled_values(votes, seed=seed), len(votes))
        if votes
        else None,
    )


def compare(
    first: Sequence[Attempts], second: Sequence[Attempts], *, seed: int = 0
) -> Comparison | None:
    """Compare two policies problem by problem; the two list the same problems in one order.

    Resamples take the same problems for both: what makes a problem hard for both is no difference.
    None where no problem is decided for both.
    """
    pairs = [
        (one, other)
        for one, other in zip(first, second, strict=True)
        if one.n_decided and other.n_decided
    ]
    if not pairs:
        return None
    firsts, seconds = [one for one, _ in pairs], [other for _, other in pairs]
    differences = _resampled(firsts, seed=seed) - _resampled(seconds, seed=seed, stream=1)
    value = fmean(
        one.n_correct / one.n_decided - other.n_correct / other.n_decided for one, other in pairs
    )
    better = (differences > 0).mean() + (differences == 0).mean() / 2
    low, high = _percentiles(differences)
    return Comparison(
        n_problems=len(pairs),
        difference=Estimate(value=value, low=low, high=high),
        p_better=float(better),
    )


def pass_at(n: int, n_correct: int, tries: int) -> float:
    """The unbiased estimate of the chance that one of `tries` of `n` completions is correct.

    1 - C(n - c, k) / C(n, k): Chen et al., https://arxiv.org/abs/2107.03374, equation 1.
    """
    return 1.0 - comb(n - n_correct, tries) / comb(n, tries)


def vote(attempts: Attempts) -> float:
    """The chance that the most frequent answer is correct, ties broken by lot.

    Correct answers are all one answer, however they are written; wrong ones are told apart by their
    text. A completion without an answer does not vote; without any vote nothing is correct.
    Wang et al., https://arxiv.org/abs/2203.11171.
    """
    assert attempts.answers is not None
    votes = Counter(
        None if correct else "".join(answer.split())
        for correct, answer in zip(attempts.correct, attempts.answers, strict=True)
        if correct is not None and answer is not None
    )
    if not votes:
        return 0.0
    most = max(votes.values())
    return (votes.get(None, 0) == most) / sum(n == most for n in votes.values())


def _tries(decided: Sequence[Attempts]) -> list[int]:
    """Powers of two up to what every problem has completions for."""
    most = min(one.n_decided for one in decided)
    return [2**power for power in range(most.bit_length())]


def _pass_at(decided: Sequence[Attempts], tries: int) -> float:
    return fmean(pass_at(one.n_decided, one.n_correct, tries) for one in decided)


def _resampled(decided: Sequence[Attempts], *, seed: int, stream: int = 0) -> Any:
    """Mean accuracies of resamples; the same problems are drawn whatever the stream.

    Drawing k completions with replacement from a problem's k, of which c are correct, makes a
    binomial number of correct ones: no completion need be looked at.
    """
    import numpy as np

    n = np.array([one.n_decided for one in decided])
    share = np.array([one.n_correct for one in decided]) / n
    rng = np.random.default_rng([seed, 2, stream])
    means = [
        (rng.binomial(n[drawn], share[drawn]) / n[drawn]).mean(axis=1)
        for drawn in _draws(len(decided), seed)
    ]
    return np.concatenate(means)


def _resampled_values(values: Sequence[float], *, seed: int) -> Any:
    import numpy as np

    array = np.array(values)
    return np.concatenate([array[drawn].mean(axis=1) for drawn in _draws(len(values), seed)])


def _draws(n_problems: int, seed: int) -> Any:
    """Resamples of the problems' places, some at a time: arrays of (resamples, problems)."""
    import numpy as np

    rng = np.random.default_rng([seed, 1])
    at_once = max(1, CHUNK // n_problems)
    for start in range(0, RESAMPLES, at_once):
        n = min(at_once, RESAMPLES - start)
        yield rng.integers(n_problems, size=(n, n_problems))


def _estimate(share: float, resampled: Any, n_problems: int) -> Estimate:
    low, high = _percentiles(resampled)
    if low == high and share in (0.0, 1.0):
        low, high = wilson(round(share * n_problems), n_problems)
    return Estimate(value=share, low=low, high=high)


def _percentiles(resampled: Any) -> tuple[float, float]:
    import numpy as np

    low, high = np.quantile(resampled, [0.025, 0.975])
    return float(low), float(high)
