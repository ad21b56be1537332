"""What the runs come to: tokens to a target, area under accuracy, intervals, a table and a plot.

    figures = summarise(results)
    figures.arms["ours"].tokens_to_target     ->  Interval(mean=0.42, low=0.36, high=0.49)
    write_table(figures) ; draw_curves(results)

The target of a seed is what its random arm ends with. `tokens_to_target` is the share of the budget
after which an arm first has it, on straight lines between evaluations, and 1 where it never has.
`gain` is the mean over the budget of accuracy above that of the warm policy: the area under the
curve. Intervals are of means over seeds, by 10,000 bootstrap resamples of seeds, the same for all
arms; differences and ratios to another arm are taken within a seed (paired).
"""

import itertools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import numpy as np

from benchmarks.selection.arms import ARMS
from benchmarks.selection.experiment import Point, Result
from verifiers.errors import BadInput

RESAMPLES = 10_000

NAMES = {
    "random": "random",
    "dynamic": "random, dynamic sampling",
    "variance": "p(1 - p)",
    "hardest": "hardest",
    "ours": "ours",
    "oracle": "oracle",
}


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over seeds with its 95 % interval."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} ({self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmFigures:
    """Of one arm. `reached` counts the seeds in which the target was met."""

    strict: Interval
    lenient: Interval
    greedy: Interval
    above_random: Interval
    tokens_to_target: Interval
    reached: int
    gain: Interval
    share_of_oracle: Interval | None
    flat_groups: Interval
    scoring_tokens: float
    steps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Of the seeds that every arm has finished."""

    seeds: list[int]
    devices: list[str]
    start: Interval
    arms: dict[str, ArmFigures]


def summarise(results: Sequence[Result]) -> Figures:
    """Compare the arms on the seeds that all of those present have."""
    by_arm: dict[str, dict[int, Result]] = defaultdict(dict)
    for result in results:
        by_arm[result.arm][result.seed] = result
    present = [arm for arm in ARMS if arm in by_arm]
    if "random" not in present:
        raise BadInput("no run of the random arm has ended, and the others are measured by it")
    seeds = sorted(set.intersection(*(set(by_arm[arm]) for arm in present)))
    if not seeds:
        raise BadInput(f"no seed has ended under every one of {', '.join(present)}")
    runs = {arm: [by_arm[arm][seed] for seed in seeds] for arm in present}
    targets = [run.points[-1].strict for run in runs["random"]]
    gains = {arm: [gain(run.points) for run in runs[arm]] for arm in present}

    def of(arm: str) -> ArmFigures:
        mine = runs[arm]
        reached = [tokens_to(run.points, target) for run, target in zip(mine, targets, strict=True)]
        spent = [
            1.0 if tokens is None else min(tokens / run.settings.budget_tokens, 1.0)
            for tokens, run in zip(reached, mine, strict=True)
        ]
        final = [run.points[-1].strict for run in mine]
        return ArmFigures(
            strict=interval(final),
            lenient=interval([_lenient(run) for run in mine]),
            greedy=interval([run.greedy[1] for run in mine]),
            above_random=interval([a - b for a, b in zip(final, targets, strict=True)]),
            tokens_to_target=interval(spent),
            reached=sum(tokens is not None for tokens in reached),
            gain=interval(gains[arm]),
            share_of_oracle=ratio(gains[arm], gains["oracle"]) if "oracle" in gains else None,
            flat_groups=interval([run.flat_groups / run.groups for run in mine]),
            scoring_tokens=fmean(run.scoring_tokens / run.settings.budget_tokens for run in mine),
            steps=fmean(run.steps for run in mine),
        )

    start = interval([run.points[0].strict for run in runs["random"]])
    return Figures(
        seeds=seeds,
        devices=sorted({run.device for arm in present for run in runs[arm]}),
        start=start,
        arms={arm: of(arm) for arm in present},
    )


def tokens_to(points: Sequence[Point], target: float) -> float | None:
    """Tokens after which strict accuracy first is `target`, None where it never is."""
    if points[0].strict >= target:
        return float(points[0].tokens)
    for before, after in itertools.pairwise(points):
        if after.strict >= target:
            share = (target - before.strict) / (after.strict - before.strict)
            return before.tokens + share * (after.tokens - before.tokens)
    return None


def gain(points: Sequence[Point]) -> float:
    """The area under strict accuracy above the first, over the tokens spent."""
    area = sum(
        (before.strict + after.strict) / 2 * (after.tokens - before.tokens)
        for before, after in itertools.pairwise(points)
    )
    return area / (points[-1].tokens - points[0].tokens) - points[0].strict


def interval(values: Sequence[float]) -> Interval:
    """The mean over seeds, with the bootstrap's interval."""
    return ratio(values, [1.0] * len(values))


def ratio(values: Sequence[float], others: Sequence[float]) -> Interval:
    """The ratio of two means over the same seeds."""
    above, below = np.array(values), np.array(others)
    places = np.random.default_rng(0).integers(len(above), size=(RESAMPLES, len(above)))
    found = above[places].sum(1) / below[places].sum(1)
    low, high = np.quantile(found, [0.025, 0.975])
    return Interval(float(above.sum() / below.sum()), float(low), float(high))


def table(figures: Figures) -> str:
    """The figures as Markdown."""
    lines = [
        "| arm | tokens to random's final accuracy, share of the budget | met in | gain (area) "
        "| of the oracle's | final accuracy | lenient | greedy | flat groups | scoring tokens |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for arm, row in figures.arms.items():
        share = "" if row.share_of_oracle is None else str(row.share_of_oracle)
        lines.append(
            f"| {NAMES[arm]} | {row.tokens_to_target} | {row.reached} of {len(figures.seeds)} "
            f"| {row.gain} | {share} | {row.strict} | {row.lenient.mean:.3f} "
            f"| {row.greedy.mean:.3f} | {row.flat_groups.mean:.2f} | {row.scoring_tokens:.3f} |"
        )
    return "\n".join(lines) + "\n"


def curves(results: Sequence[Result]) -> Any:
    """A chart of accuracy against tokens: a line a run, a thick one a mean over seeds."""
    import altair as alt

    rows = []
    for result in results:
        rows += [
            {
                "arm": NAMES[result.arm],
                "seed": str(result.seed),
                "tokens": point.tokens / 1000,
                "accuracy": point.strict,
            }
            for point in result.points
        ]
    rows += _means(results)
    chart = alt.Chart(alt.Data(values=rows)).encode(
        x=alt.X("tokens:Q", title="sampled tokens, thousands (scoring and rejected ones counted)"),
        y=alt.Y("accuracy:Q", title="accuracy on fresh problems", scale=alt.Scale(zero=False)),
        color=alt.Color("arm:N", sort=list(NAMES.values()), title=None),
    )
    runs = chart.transform_filter("datum.seed != 'mean'").mark_line(opacity=0.2, strokeWidth=1)
    means = chart.transform_filter("datum.seed == 'mean'").mark_line(strokeWidth=2.5)
    return (runs.encode(detail="seed:N") + means).properties(width=640, height=380)


def _means(results: Sequence[Result]) -> list[dict[str, object]]:
    by_arm: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_arm[result.arm].append(result)
    rows: list[dict[str, object]] = []
    for arm, runs in by_arm.items():
        budget = runs[0].settings.budget_tokens
        for tenth in range(21):
            tokens = budget * tenth / 20
            accuracy = fmean(accuracy_at(run.points, tokens) for run in runs)
            rows.append(
                {"arm": NAMES[arm], "seed": "mean", "tokens": tokens / 1000, "accuracy": accuracy}
            )
    return rows


def _lenient(result: Result) -> float:
    last = result.points[-1].lenient
    assert last is not None
    return last


def accuracy_at(points: Sequence[Point], tokens: float) -> float:
    """Strict accuracy after so many tokens, on straight lines between evaluations."""
    for before, after in itertools.pairwise(points):
        if after.tokens >= tokens:
            share = (tokens - before.tokens) / (after.tokens - before.tokens)
            return before.strict + share * (after.strict - before.strict)
    return points[-1].strict
