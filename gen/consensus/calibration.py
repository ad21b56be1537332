"""Fits the confidence model to questions whose answer is known, and tells how well it fits.

    labelled = [Labelled(question="0b7c", origin="gsm8k", evidence=..., right=frozenset({0})), ...]
    calibration = fit(labelled, name="mine", fitted_on="320 questions of ...")
    scored(labelled, by(calibration))    ->  [Scored(confidence=0.93, correct=True), ...]
    reliability(scores)    ->  [Bin(low=0.9, high=1.0, n=41, stated=0.95, correct=0.93), ...]

What is maximised is the probability that the model gives to what is right: the right candidate, or
none where no answer given was right. A weak normal prior on the logarithms of the parameters,
around the values assumed without data, keeps a small sample from extremes. The search is Nelder and
Mead's simplex (The Computer Journal 7, 1965), begun anew once where it ends.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import exp, log
from random import Random

from gen.consensus.confidence import MODEL, Calibration, Skill, Tally, tally, weigh, weigh_tally
from gen.consensus.evidence import Evidence

ASSUMED = {
    "solution_right": 0.6,
    "solution_wrong": 0.9,
    "solution_spread": 2.0,
    "program_odds": 0.8,
    "coinciding_odds": 0.18,
    "misled_odds": 0.1,
    "silence": 0.5,
    "none_odds": 1.0,
    "ceiling_odds": 99.0,
}
"""Where the search begins and what the prior is around."""

PRIOR_SD = 1.0
"""Of the natural logarithm of each parameter: a factor of 2.7 either way is nothing unusual."""

STATED_RATE = 0.4
"""Hit rate of an answer that a proposer states, assumed: no labelled question has one."""

GOLD_RATE = 0.98
"""Of a benchmark's gold, assumed: reviews of GSM8K's and MATH's labels find some per cent wrong."""

PROPOSED_ODDS = 2.0
"""How much likelier it is, assumed, that no answer to a question of a model's making is right."""

FEWEST = 40
"""Questions that a model needs for a skill of its own."""

FURTHEST = 12.0
"""How far from 0 the search lets the logarithm of a parameter go."""

FOLDS = 5
TOLERANCE = 1e-3
EPSILON = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The evidence on a question, without its gold; `right` are the candidates it accepts."""

    question: str
    origin: str
    evidence: Evidence
    right: frozenset[int]


@dataclass(frozen=True, slots=True)
class Scored:
    """What was stated of a question's answer, and whether it was right."""

    confidence: float
    correct: bool


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers with a confidence in [low, high): their mean confidence, and the share right."""

    low: float
    high: float
    n: int
    stated: float
    correct: float


Estimator = Callable[[Evidence], tuple[int | None, float]]
"""The answer that would be certified, and its confidence."""


def by(calibration: Calibration) -> Estimator:
    """The confidence model's own answer."""

    def estimate(evidence: Evidence) -> tuple[int | None, float]:
        posterior = weigh(evidence, calibration)
        best = posterior.best(evidence)
        return best, 0.0 if best is None else posterior.probabilities[best]

    return estimate


def by_majority(evidence: Evidence) -> tuple[int | None, float]:
    """The answer of most solutions, and its share of those that came to an answer."""
    counts = [one.n("solution") for one in evidence.candidates]
    if not sum(counts):
        return None, 0.0
    best = max(range(len(counts)), key=lambda index: counts[index])
    return best, counts[best] / sum(counts)


def scored(labelled: Iterable[Labelled], estimator: Estimator) -> list[Scored]:
    """Every question's confidence; where there is no answer to certify it is 0."""
    found = []
    for one in labelled:
        best, confidence = estimator(one.evidence)
        found.append(Scored(confidence, best is not None and best in one.right))
    return found


def brier(scores: Sequence[Scored]) -> float:
    """The mean squared difference of confidence and truth (G. W. Brier, 1950)."""
    return sum((one.confidence - one.correct) ** 2 for one in scores) / len(scores)


def log_loss(scores: Sequence[Scored]) -> float:
    """The mean of minus the log-probability of what was true, in nats, none counted below 1e-6."""
    given = [one.confidence if one.correct else 1 - one.confidence for one in scores]
    return sum(-log(max(EPSILON, probability)) for probability in given) / len(scores)


def reliability(
    scores: Iterable[Scored], edges: Sequence[float] = (0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95)
) -> list[Bin]:
    """Confidence against truth, in bins from one edge to the next; empty ones are left out."""
    scores = list(scores)
    bins = []
    for low, high in zip(edges, (*edges[1:], 1.0), strict=True):
        inside = [s for s in scores if low <= s.confidence < high or (high == 1.0 == s.confidence)]
        if inside:
            n = len(inside)
            stated = sum(one.confidence for one in inside) / n
            correct = sum(one.correct for one in inside) / n
            bins.append(Bin(low, high, n, stated, correct))
    return bins


def cross_validated(
    labelled: Sequence[Labelled], *, each_model: bool = False, seed: int = 0
) -> list[Scored]:
    """Scores of each question by a fit to the others, in folds split by question."""
    order = sorted(labelled, key=lambda one: one.question)
    Random(f"{seed}:folds").shuffle(order)
    scores = []
    for fold in range(min(FOLDS, len(order))):
        held = order[fold::FOLDS]
        rest = [one for place, one in enumerate(order) if place % FOLDS != fold]
        fitted = fit(rest, name="fold", fitted_on="", each_model=each_model)
        scores += scored(held, by(fitted))
    return scores


def fit(
    labelled: Sequence[Labelled], *, name: str, fitted_on: str, each_model: bool = False
) -> Calibration:
    """The calibration under which the labels are most probable, with the prior.

    With `each_model` every model that answered FEWEST questions gets a skill of its own: odds of
    being right that differ from the sources' by one fitted factor.
    """
    names = [*ASSUMED, *(_models(labelled) if each_model else ())]
    centre = [log(ASSUMED.get(parameter, 1.0)) for parameter in names]
    counts = _weighted(labelled)

    def calibration(point: Sequence[float]) -> Calibration:
        values = dict(zip(names, map(exp, point), strict=True))
        return _calibration(values, name=name, fitted_on=fitted_on)

    def loss(point: Sequence[float]) -> float:
        offsets = ((x - c) / PRIOR_SD for x, c in zip(point, centre, strict=True))
        prior = sum(offset * offset for offset in offsets) / 2
        if max(map(abs, point)) > FURTHEST:
            return float("inf")
        return prior + negative_log_likelihood(counts, calibration(point))

    return calibration(minimise(loss, minimise(loss, centre)))


def _models(labelled: Iterable[Labelled]) -> list[str]:
    """The models that have answers to FEWEST questions, by name."""
    questions: Counter[str] = Counter()
    for one in labelled:
        questions.update({model for (_, model), _, _ in tally(one.evidence).groups})
    return sorted(model for model, n in questions.items() if n >= FEWEST)


Weighted = list[tuple[Tally, frozenset[int], int]]


def _weighted(labelled: Iterable[Labelled]) -> Weighted:
    """The tallies, with what is right, and how many questions have the same."""
    found: dict[str, tuple[Tally, frozenset[int], int]] = {}
    for one in labelled:
        counts = tally(one.evidence)
        key = repr((counts, sorted(one.right)))
        found[key] = (counts, one.right, found[key][2] + 1 if key in found else 1)
    return list(found.values())


def negative_log_likelihood(counted: Weighted, calibration: Calibration) -> float:
    """In nats, of what is right: one of the right candidates, or none of all."""
    total = 0.0
    for counts, right, n in counted:
        posterior = weigh_tally(counts, calibration)
        given = sum(posterior.probabilities[index] for index in right)
        # The ceiling's remainder is what no answer given covers.
        none = posterior.none + 1 - calibration.ceiling
        total -= n * log(max(EPSILON, given if right else none))
    return total


def _calibration(values: dict[str, float], *, name: str, fitted_on: str) -> Calibration:
    wrong, spread = values["solution_wrong"], values["solution_spread"]
    solution = Skill(right=values["solution_right"], wrong=wrong, spread=spread)
    # A single program or statement has no use for more than its hit rate; several of one model are
    # as much alike as its solutions are.
    mass = solution.right + solution.wrong

    def single(odds: float) -> Skill:
        rate = odds / (1 + odds)
        return Skill(right=mass * rate, wrong=mass * (1 - rate), spread=spread)

    ceiling = values["ceiling_odds"] / (1 + values["ceiling_odds"])
    return Calibration(
        model=MODEL,
        name=name,
        fitted_on=fitted_on,
        sources={
            "solution": solution,
            "program": single(values["program_odds"]),
            "stated": single(STATED_RATE / (1 - STATED_RATE)),
            "gold": single(GOLD_RATE / (1 - GOLD_RATE)),
        },
        coinciding=values["coinciding_odds"] / (1 + values["coinciding_odds"]),
        misled=values["misled_odds"] / (1 + values["misled_odds"]),
        silence=values["silence"],
        none_odds={
            "default": values["none_odds"],
            "proposed": values["none_odds"] * PROPOSED_ODDS,
        },
        ceiling=ceiling,
        models={
            model: {
                "solution": single(factor * solution.right / solution.wrong),
                "program": single(factor * values["program_odds"]),
            }
            for model, factor in values.items()
            if model not in ASSUMED
        },
    )


def minimise(
    loss: Callable[[Sequence[float]], float], start: Sequence[float], *, steps: int = 2_000
) -> list[float]:
    """The point of least loss that Nelder and Mead's simplex finds from `start`."""
    points = [list(start)]
    for place in range(len(start)):
        point = list(start)
        point[place] += 0.5
        points.append(point)
    simplex = sorted(((loss(point), point) for point in points), key=lambda one: one[0])
    for _ in range(steps):
        if simplex[-1][0] - simplex[0][0] < TOLERANCE:
            break
        worst_loss, worst = simplex[-1]
        middle = [
            sum(point[place] for _, point in simplex[:-1]) / (len(simplex) - 1)
            for place in range(len(start))
        ]

        def at(factor: float, middle=middle, worst=worst) -> tuple[float, list[float]]:
            point = [m + factor * (w - m) for m, w in zip(middle, worst, strict=True)]
            return loss(point), point

        reflected = at(-1.0)
        if reflected[0] < simplex[0][0]:
            simplex[-1] = min(reflected, at(-2.0), key=lambda one: one[0])
        elif reflected[0] < simplex[-2][0]:
            simplex[-1] = reflected
        else:
            inside = at(-0.5) if reflected[0] < worst_loss else at(0.5)
            if inside[0] < min(reflected[0], worst_loss):
                simplex[-1] = inside
            else:
                _, best = simplex[0]
                for place in range(1, len(simplex)):
                    point = [(b + p) / 2 for b, p in zip(best, simplex[place][1], strict=True)]
                    simplex[place] = (loss(point), point)
        simplex.sort(key=lambda one: one[0])
    return simplex[0][1]


def without_gold(evidence: Evidence) -> Evidence:
    """The same with all gold answers taken out, and with them candidates that nobody else gave."""
    kept = []
    for one in evidence.candidates:
        votes = {source: models for source, models in one.votes.items() if source != "gold"}
        if votes:
            kept.append(replace(one, votes=votes))
    return replace(evidence, candidates=tuple(kept), gold_rate=None)
