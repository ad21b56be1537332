"""What sampling is going to take, judged by what it has taken.

    forecast(store, plan, problems, have=sampled(store, plan), prices=Prices(output=0.6))
    ->  Forecast(n_rollouts=800, n_tokens=141_000, n_tokens_low=133_900, n_tokens_high=148_100,
                 n_prompt_tokens=48_000, seconds=820.0, cost=0.085, seen=40)

A pilot is ordinary sampling of a few problems, whose rollouts are kept. Of a cell (family and
level) with n rollouts of mean m and variance s2 behind it, k more are expected to take k m tokens,
with the variance k s2 + k^2 s2 / n: their own spread, and that of the estimated mean. A cell
without rollouts is taken to be like all others together.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from curation.store import Store
from gen.solving import Outcomes, Plan
from gen.spending import Prices
from verifiers.records import Problem

NORMAL_90 = 1.645
"""Standard deviations that hold 90 % of a normal distribution between them."""

CELLS = """
    SELECT family, level, count(*), avg(n_tokens), coalesce(var_samp(n_tokens), 0),
           avg(n_prompt_tokens)
    FROM results
    WHERE model = $policy AND sampling = $sampling AND ($template IS NULL OR template = $template)
    GROUP BY family, level
"""

RATE = """
    SELECT sum(n_tokens) / nullif(sum(seconds), 0) FROM runs
    WHERE command = 'solutions' AND parameters->>'model' = $policy AND n_tokens > 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What `n_rollouts` more will take; None where there is nothing to judge by.

    `n_tokens` are sampled tokens, `n_tokens_low` and `n_tokens_high` hold them with 90 %; `seen`
    is how many rollouts that rests on. Seconds are wall time, by the rate of earlier runs.
    """

    n_rollouts: int
    most_tokens: int
    n_tokens: float | None
    n_tokens_low: float | None
    n_tokens_high: float | None
    n_prompt_tokens: float | None
    seconds: float | None
    cost: float | None
    seen: int


@dataclass(frozen=True, slots=True)
class _Cell:
    n: int
    mean: float
    variance: float
    prompt_mean: float


def forecast(
    store: Store, plan: Plan, problems: Iterable[Problem], *, have: Outcomes, prices: Prices
) -> Forecast:
    """Forecast the rollouts that the problems lack; an adaptive plan may take fewer."""
    lacking: Counter[tuple[str, int]] = Counter()
    for problem in problems:
        n_missing = plan.samples - len(have.get(problem.problem_id, ()))
        if problem.quarantine is None and n_missing > 0:
            lacking[problem.family, problem.level] += n_missing
    n_rollouts = sum(lacking.values())
    settings = {"policy": plan.policy, "sampling": plan.sampling.canonical()}
    rows = store.rows(CELLS, {**settings, "template": plan.template})
    cells = {(family, level): _Cell(*numbers) for family, level, *numbers in rows}
    most_tokens = n_rollouts * plan.sampling.max_tokens
    if not cells or not n_rollouts:
        return Forecast(
            n_rollouts=n_rollouts,
            most_tokens=most_tokens,
            n_tokens=None if n_rollouts else 0,
            n_tokens_low=None if n_rollouts else 0,
            n_tokens_high=None if n_rollouts else 0,
            n_prompt_tokens=None if n_rollouts else 0,
            seconds=None if n_rollouts else 0,
            cost=None,
            seen=0,
        )
    everything = _together(cells.values())
    n_tokens = variance = n_prompt_tokens = 0.0
    for key, k in lacking.items():
        cell = cells.get(key, everything)
        n_tokens += k * cell.mean
        n_prompt_tokens += k * cell.prompt_mean
        # The spread within one rollout of a cell is unknown: that of all stands for it.
        spread = cell.variance if cell.n > 1 else everything.variance
        variance += k * spread + k * k * spread / cell.n
    half = NORMAL_90 * sqrt(variance)
    ((rate,),) = store.rows(RATE, {"policy": plan.policy})
    seconds = n_tokens / rate if rate else None
    cost = None
    if prices.known and (seconds is not None or not prices.hour):
        cost = prices.cost(
            n_prompt_tokens=n_prompt_tokens, n_tokens=n_tokens, seconds=seconds or 0.0
        )
    return Forecast(
        n_rollouts=n_rollouts,
        most_tokens=most_tokens,
        n_tokens=n_tokens,
        n_tokens_low=max(0.0, n_tokens - half),
        n_tokens_high=min(float(most_tokens), n_tokens + half),
        n_prompt_tokens=n_prompt_tokens,
        seconds=seconds,
        cost=cost,
        seen=everything.n,
    )


def told(one: Forecast) -> str:
    """The forecast in one sentence."""
    if one.n_tokens is None or one.n_tokens_low is None or one.n_tokens_high is None:
        return (
            f"{one.n_rollouts} rollouts are lacking: at most {one.most_tokens} tokens; "
            "sample a few with --pilot 10 for a forecast"
        )
    parts = [
        f"{one.n_rollouts} rollouts are lacking: {one.n_tokens:.0f} tokens expected "
        f"({one.n_tokens_low:.0f} to {one.n_tokens_high:.0f}, at most {one.most_tokens})"
    ]
    if one.seconds is not None:
        parts.append(f"{one.seconds:.0f} s")
    if one.cost is not None:
        parts.append(f"a cost of {one.cost:.4g}")
    return f"{', '.join(parts)}, judging by {one.seen} rollouts"


def _together(cells: Iterable[_Cell]) -> _Cell:
    """All rollouts as one cell: the spread between cells counts as well."""
    cells = list(cells)
    n = sum(cell.n for cell in cells)
    mean = sum(cell.n * cell.mean for cell in cells) / n
    squares = sum((cell.n - 1) * cell.variance + cell.n * (cell.mean - mean) ** 2 for cell in cells)
    prompt_mean = sum(cell.n * cell.prompt_mean for cell in cells) / n
    return _Cell(n, mean, squares / max(n - 1, 1), prompt_mean)
