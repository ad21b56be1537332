"""What the charts of a report are drawn from: a small table each, whatever the store's size.

measured = measure(Store("assay.duckdb"))
measured.funnel     # stage     problems   share
                    # proposed      1300     1.0
                    # accepted      1210     0.931   (of the stage before)
measured.signal     # at most 2,000 scored problems, drawn by a hash of their ids

Everything is counted in SQL; draws depend on ids alone, so a store gives the same page each time.
"""

from dataclasses import dataclass

import polars as pl

from curation.store import Store
from verifiers.errors import UnknownName

MOST_POINTS = 2_000
"""Points of a scatter plot: more would hide each other, and make the page large."""

MOST_POLICIES = 3
"""Policies whose pass rates are shown, those with the most rollouts first."""

DRAW = "md5_number_lower(problem_id::VARCHAR)"
"""SQL for a number that is a problem's own: orders problems at random, the same every time."""

FUNNEL = """
    WITH counts AS (
        UNPIVOT (SELECT coalesce(sum(proposed), 0)::BIGINT AS proposed,
                        coalesce(sum(accepted), 0)::BIGINT AS accepted,
                        coalesce(sum(sampled), 0)::BIGINT AS sampled,
                        coalesce(sum(verified), 0)::BIGINT AS verified,
                        coalesce(sum(scored), 0)::BIGINT AS scored,
                        coalesce(sum(selected), 0)::BIGINT AS selected
                 FROM funnel)
        ON * INTO NAME stage VALUE problems
    ), placed AS (
        SELECT *, list_position(
            ['proposed', 'accepted', 'sampled', 'verified', 'scored', 'selected'], stage) AS place
        FROM counts
    )
    SELECT stage, problems, problems / nullif(lag(problems) OVER (ORDER BY place), 0) AS share
    FROM placed ORDER BY place
"""

POLICIES = """
    SELECT model AS policy, count(*) AS n_rollouts, sum(n_tokens)::BIGINT AS n_tokens,
           avg((finish_reason = 'length')::INT) AS truncated
    FROM rollouts GROUP BY model ORDER BY n_rollouts DESC, policy
"""

# Scores hold each problem's counts already, so the large tables are read for other policies alone.
PASS_RATES = """
    WITH scored AS (
        SELECT DISTINCT ON (problem_id, policy) problem_id, policy, n_rollouts, n_correct,
               n_undecided
        FROM scores WHERE n_rollouts > 0 ORDER BY problem_id, policy, group_size
    ), counted AS (
        SELECT problem_id, model AS policy, count(*) AS n_rollouts,
               count(*) FILTER (correct) AS n_correct,
               count(*) FILTER (outcome = 'undecided') AS n_undecided
        FROM results
        WHERE outcome IS NOT NULL AND model NOT IN (SELECT DISTINCT policy FROM scored)
        GROUP BY ALL
    )
    SELECT policy, domain, family, level, count(*) AS n_problems,
           sum(n_rollouts)::BIGINT AS n_rollouts,
           sum(n_correct) / nullif(sum(n_rollouts - n_undecided), 0) AS pass_rate
    FROM (FROM scored UNION ALL BY NAME FROM counted) JOIN problems USING (problem_id)
    WHERE list_contains($policies, policy)
    GROUP BY ALL ORDER BY ALL
"""

SIGNAL = f"""
    SELECT s.policy, p.domain, p.family, p.level, s.n_rollouts, s.pass_rate, s.p_mixed,
           s.tokens_per_rollout, 1e6 * s.informativeness AS informativeness
    FROM scores s JOIN problems p USING (problem_id)
    WHERE p.quarantine IS NULL AND s.informativeness > 0
    ORDER BY {DRAW}, s.policy, s.group_size LIMIT {MOST_POINTS}
"""

LAST_SELECTION = """
    SELECT name, any_value(policy), any_value(group_size), count(*) FILTER (selected)
    FROM selections LEFT JOIN runs USING (run_id)
    GROUP BY name ORDER BY max(started_at) DESC NULLS LAST, name
"""

ARMS = f"""
    WITH pool AS (
        SELECT problem_id, level, s.pass_rate, s.p_mixed, s.informativeness,
               s.tokens_per_rollout
        FROM scores s JOIN problems USING (problem_id)
        WHERE s.policy = $policy AND s.group_size = $group_size AND quarantine IS NULL
    ), chosen AS (
        SELECT 'selected' AS arm, pool.* FROM pool
        SEMI JOIN (SELECT problem_id FROM selections WHERE name = $name AND selected)
        USING (problem_id)
    ), drawn AS (
        SELECT 'random' AS arm, pool.* FROM pool
        ORDER BY {DRAW} LIMIT (SELECT count(*) FROM chosen)
    ), arms AS (FROM chosen UNION ALL FROM drawn)
"""
"""The selection, and as many problems drawn at random from what it was chosen from."""

PASS_RATE_BINS = """
    SELECT arm, least(floor(10 * pass_rate), 9) / 10 AS pass_rate, count(*) AS problems
    FROM arms GROUP BY ALL ORDER BY ALL
"""

LEVELS = "SELECT arm, level, count(*) AS problems FROM arms GROUP BY ALL ORDER BY ALL"

ARM_MEANS = """
    SELECT arm, count(*) AS problems, avg(pass_rate) AS pass_rate, avg(p_mixed) AS p_mixed,
           avg(tokens_per_rollout) AS tokens_per_rollout,
           sum(p_mixed) / sum($group_size * tokens_per_rollout) * 1e6 AS mixed_per_million_tokens
    FROM arms GROUP BY arm ORDER BY arm DESC
"""

COSTS = """
    SELECT command, coalesce(model, '') AS model, count(*) AS runs,
           sum(n_prompt_tokens)::BIGINT AS prompt_tokens, sum(n_tokens)::BIGINT AS tokens,
           sum(seconds) AS seconds, sum(cost) AS cost, sum(n_accepted)::BIGINT AS accepted
    FROM costs GROUP BY ALL ORDER BY tokens DESC, command, model
"""

LATENCIES = """
    SELECT verifier, count(*) AS verdicts, quantile_cont(seconds, 0.5) AS p50,
           quantile_cont(seconds, 0.99) AS p99, max(seconds) AS longest,
           avg((outcome = 'undecided')::INT) AS undecided
    FROM verdicts GROUP BY verifier ORDER BY verifier
"""

# A reason's code stands before the colon: details would make each problem a reason of its own.
QUARANTINE = """
    SELECT split_part(quarantine, ':', 1) AS reason, domain, count(*) AS problems
    FROM problems WHERE quarantine IS NOT NULL
    GROUP BY ALL ORDER BY problems DESC, reason, domain LIMIT 20
"""

LAST_RUN = "SELECT max(coalesce(ended_at, started_at)) FROM runs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A selection beside as many problems drawn at random from the same scored ones.

    `pass_rates` counts by tenths of the posterior pass rate (its lower edge), `levels` by level,
    `means` has a row an arm; its last column is expected mixed groups per 10^6 tokens.
    """

    name: str
    policy: str
    group_size: int
    n_selected: int
    pass_rates: pl.DataFrame
    levels: pl.DataFrame
    means: pl.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All that a page shows of a store; tables without rows are what it has nothing of yet.

    Times are in seconds, `signal.informativeness` in expected signal per 10^6 tokens, `as_of` is
    the end of the last run (UTC).
    """

    as_of: str | None
    funnel: pl.DataFrame
    policies: pl.DataFrame
    pass_rates: pl.DataFrame
    signal: pl.DataFrame
    comparison: Comparison | None
    costs: pl.DataFrame
    latencies: pl.DataFrame
    quarantine: pl.DataFrame

    @property
    def stages(self) -> dict[str, int]:
        """Stage of the funnel -> problems that came so far."""
        return dict(self.funnel.select("stage", "problems").iter_rows())


def measure(store: Store, *, selection: str | None = None) -> Measures:
    """Measure a store; `selection` is the one compared, the last one made unless given.

    Raises BadInput where there is no store, UnknownName where it has no such selection.
    """
    ((last_run,),) = store.rows(LAST_RUN)
    policies = _table(store, POLICIES)
    shown = policies["policy"].head(MOST_POLICIES).to_list()
    return Measures(
        as_of=f"{last_run:%Y-%m-%d %H:%M} UTC" if last_run else None,
        funnel=_table(store, FUNNEL),
        policies=policies,
        pass_rates=_table(store, PASS_RATES, {"policies": shown}),
        signal=_table(store, SIGNAL),
        comparison=_compare(store, selection),
        costs=_table(store, COSTS),
        latencies=_table(store, LATENCIES),
        quarantine=_table(store, QUARANTINE),
    )


def _compare(store: Store, name: str | None) -> Comparison | None:
    selections = store.rows(LAST_SELECTION)
    named = [one for one in selections if name in (None, one[0])]
    if name is not None and not named:
        raise UnknownName("selection", name, [one[0] for one in selections])
    if not named:
        return None
    name, policy, group_size, n_selected = named[0]
    of = {"policy": policy, "group_size": group_size, "name": name}
    return Comparison(
        name=named[0][0],
        policy=policy,
        group_size=group_size,
        n_selected=n_selected,
        pass_rates=_table(store, ARMS + PASS_RATE_BINS, of),
        levels=_table(store, ARMS + LEVELS, of),
        means=_table(store, ARMS + ARM_MEANS, of),
    )


def _table(store: Store, sql: str, parameters: dict | None = None) -> pl.DataFrame:
    return pl.DataFrame(store.query(sql, parameters or {}))
