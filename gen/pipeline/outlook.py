"""What the rest of a job is going to take, judged by what it has taken.

    outlook(store, job, prices=Prices(output=0.6))
    ->  Outlook(n_accepted=10, n_wanted=1000, n_asks=2180.0, n_asks_low=1450.0, n_asks_high=3600.0,
                n_tokens=612_000.0, seconds=2400.0, cost=0.38, seen=22)

A pilot is the same job with a small `-n`: what it makes is kept, and the job goes on from there.
Of n proposals settled k were accepted (or surplus): under a uniform prior the share is
Beta(1 + k, 1 + n - k), whose 5 % and 95 % quantiles bound the asks.
"""

from dataclasses import dataclass

from curation.store import Store
from gen.adaptive import beta_below
from gen.pipeline.job import Job
from gen.spending import Prices

SPENT = """
    SELECT count(*) FILTER (outcome IN ('accepted', 'surplus')) AS n_accepted,
           count(*) FILTER (outcome <> 'open') AS n_settled,
           coalesce(sum(n_tokens), 0), coalesce(sum(n_prompt_tokens), 0)
    FROM proposals WHERE job_id = $job
"""

SOLVED = """
    SELECT coalesce(sum(n_tokens), 0), coalesce(sum(n_prompt_tokens), 0) FROM rollouts
    WHERE problem_id IN (SELECT question_id FROM proposals WHERE job_id = $job)
"""

RATE = """
    SELECT sum(n_tokens) / nullif(sum(seconds), 0) FROM runs
    WHERE command = 'problems' AND parameters->>'job' = $job AND n_tokens > 0
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is still to come; None where nothing has been tried yet.

    `n_asks` proposals (90 %: from low to high), `n_tokens` sampled tokens for proposals and
    solutions, wall seconds by the rate so far. `seen` is the number of proposals that it rests on.
    """

    n_accepted: int
    n_wanted: int
    n_asks: float | None
    n_asks_low: float | None
    n_asks_high: float | None
    n_tokens: float | None
    seconds: float | None
    cost: float | None
    seen: int


def outlook(store: Store, job: Job, *, prices: Prices) -> Outlook:
    """Look ahead to the job's `n`-th accepted problem."""
    if not store.path.exists():
        return _blind(job)
    key = {"job": str(job.job_id)}
    ((n_accepted, n_settled, n_tokens, n_prompt),) = store.rows(SPENT, key)
    if not n_settled:
        return _blind(job)
    ((more_tokens, more_prompt),) = store.rows(SOLVED, key)
    ((rate,),) = store.rows(RATE, key)
    remaining = max(job.n - n_accepted, 0)
    low, middle, high = (_quantile(q, n_settled, n_accepted) for q in (0.05, 0.5, 0.95))
    n_asks = remaining / middle
    tokens = n_asks * (n_tokens + more_tokens) / n_settled
    prompt_tokens = n_asks * (n_prompt + more_prompt) / n_settled
    seconds = float(tokens / rate) if rate else None
    cost = None
    if prices.known and (seconds is not None or not prices.hour):
        cost = prices.cost(
            n_prompt_tokens=float(prompt_tokens), n_tokens=float(tokens), seconds=seconds or 0.0
        )
    return Outlook(
        n_accepted=n_accepted,
        n_wanted=job.n,
        n_asks=n_asks,
        n_asks_low=remaining / high,
        n_asks_high=remaining / low,
        n_tokens=float(tokens),
        seconds=seconds,
        cost=cost,
        seen=n_settled,
    )


def told(one: Outlook) -> str:
    """The outlook in one sentence."""
    if one.n_asks is None or one.n_tokens is None:
        return (
            f"{one.n_wanted} problems are wanted and nothing is known of their cost: run a pilot "
            "with -n 10, which the job goes on from, and ask again"
        )
    parts = [
        f"{max(one.n_wanted - one.n_accepted, 0)} of {one.n_wanted} problems are to come: "
        f"{one.n_asks:.0f} proposals expected ({one.n_asks_low:.0f} to {one.n_asks_high:.0f})",
        f"{one.n_tokens:.0f} tokens",
    ]
    if one.seconds is not None:
        parts.append(f"{one.seconds:.0f} s")
    if one.cost is not None:
        parts.append(f"a cost of {one.cost:.4g}")
    return f"{', '.join(parts)}, judging by {one.seen} proposals"


def _blind(job: Job) -> Outlook:
    return Outlook(
        n_accepted=0,
        n_wanted=job.n,
        n_asks=None,
        n_asks_low=None,
        n_asks_high=None,
        n_tokens=None,
        seconds=None,
        cost=None,
        seen=0,
    )


def _quantile(q: float, n: int, k: int) -> float:
    """The q-quantile of Beta(1 + k, 1 + n - k), by bisection."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if beta_below(middle, n, k) < q else (low, middle)
    return high
