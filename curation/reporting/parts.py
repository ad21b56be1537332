"""The parts of a page: what each one says, its charts and its table, or what is to be done first.

parts(measured)[0]
->  Part("funnel", "From proposals to a selection", "...", charts={"": {...}}, table=Table(...))
"""

from dataclasses import dataclass, field

import polars as pl

from curation.reporting.charts import (
    Spec,
    comparison_charts,
    cost_chart,
    curve_charts,
    funnel_chart,
    latency_chart,
    pass_rate_chart,
    quarantine_chart,
    signal_chart,
)
from curation.reporting.measures import MOST_POINTS, MOST_POLICIES, Measures

MOST_ROWS = 60
"""Rows of a table on the page: what is more is for `gen sql`."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the store lacks, and the command that makes it."""

    why: str
    command: str


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; `numeric` names the columns that are set flush right."""

    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numeric: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the page; `charts` maps captions to specifications."""

    id: str
    title: str
    lead: str
    charts: list[tuple[str, Spec]] = field(default_factory=list)
    layout: str = "one"
    table: Table | None = None
    folded: bool = True
    missing: Step | None = None


def parts(measured: Measures, curves: pl.DataFrame | None = None) -> list[Part]:
    """All parts in the order of the work; those that have nothing yet say what to do."""
    made = [
        _funnel(measured),
        _pass_rates(measured),
        _signal(measured),
        _comparison(measured),
        _costs(measured),
        _latencies(measured),
    ]
    if not measured.quarantine.is_empty():
        made.append(_quarantine(measured))
    if curves is not None:
        made.append(
            Part(
                id="training",
                title="Training",
                lead=f"{len(curves)} points over {curves['step'].max()} optimizer steps.",
                charts=curve_charts(curves),
                layout="grid",
            )
        )
    return made


def next_step(measured: Measures) -> Step | None:
    """The first stage that nothing has come to, and the command that goes there."""
    policy = measured.policies["policy"].head(1).to_list() or ["M"]
    for stage, step in {
        "accepted": Step("There are no problems yet", "gen problems --domain math -n 1000"),
        "sampled": Step("No problem has rollouts yet", "gen solutions --model M --samples 8"),
        "verified": Step("No rollout has a verdict yet", "gen verify"),
        "scored": Step("No problem is scored yet", f"gen score --policy {policy[0]}"),
        "selected": Step("Nothing is selected yet", "gen select --name first --budget-problems N"),
    }.items():
        if not measured.stages.get(stage):
            return step
    return None


def _funnel(measured: Measures) -> Part:
    stages = measured.stages
    return Part(
        id="funnel",
        title="From proposals to a selection",
        lead="Problems left after each stage, with the share of the stage before. Proposed are a "
        "model's proposals and the problems of families and files; the later stages count "
        "problems out of quarantine.",
        charts=[("", funnel_chart(measured.funnel))] if any(stages.values()) else [],
        missing=None if any(stages.values()) else next_step(measured),
    )


def _pass_rates(measured: Measures) -> Part:
    shown = measured.pass_rates["policy"].unique(maintain_order=True).to_list()
    order = [policy for policy in measured.policies["policy"] if policy in shown]
    more = len(measured.policies) - len(order)
    tail = f" {more} further policies are left out." if more and len(order) == MOST_POLICIES else ""
    return Part(
        id="pass-rates",
        title="Pass rate by family and level",
        lead="Correct rollouts of all decided ones. A group teaches most where it is neither "
        "always right nor always wrong." + tail,
        charts=[(policy, pass_rate_chart(measured.pass_rates, policy)) for policy in order],
        layout="pair" if len(order) > 1 else "one",
        table=_table(
            measured.policies,
            {
                "policy": "policy",
                "n_rollouts": "rollouts",
                "n_tokens": "tokens",
                "truncated": "truncated",
            },
            shares=("truncated",),
        ),
        folded=False,
        missing=None if order else _before(measured, "verified"),
    )


def _signal(measured: Measures) -> Part:
    some = not measured.signal.is_empty()
    sampled = f" A sample of {MOST_POINTS:,}." if len(measured.signal) == MOST_POINTS else ""
    return Part(
        id="signal",
        title="Informativeness against tokens",
        lead="A point a scored problem: the expected signal of a group of rollouts for each "
        "million tokens that it costs, against the tokens of a rollout." + sampled,
        charts=[("", signal_chart(measured.signal))] if some else [],
        missing=None if some else _before(measured, "scored"),
    )


def _comparison(measured: Measures) -> Part:
    found = measured.comparison
    title = "Selected and random, side by side"
    if found is None or found.means.is_empty():
        lead = "What a selection has that a random draw has not."
        return Part(id="selection", title=title, lead=lead, missing=_before(measured, "selected"))
    rates, levels = comparison_charts(found)
    gains = dict(found.means.select("arm", "mixed_per_million_tokens").iter_rows())
    gain = gains["selected"] / gains["random"] if gains.get("random") else None
    told = f" It expects {gain:.2f} times the mixed groups per token." if gain else ""
    return Part(
        id="selection",
        title=title,
        lead=f"Selection “{found.name}” for {found.policy}: {found.n_selected:,} problems beside "
        f"as many drawn at random from the same scored problems.{told}",
        charts=[("By pass rate", rates), ("By level", levels)],
        layout="pair",
        table=_table(
            found.means,
            {
                "arm": "arm",
                "problems": "problems",
                "pass_rate": "mean pass rate",
                "p_mixed": f"chance of a mixed group of {found.group_size}",
                "tokens_per_rollout": "tokens per rollout",
                "mixed_per_million_tokens": "mixed groups per 10⁶ tokens",
            },
            shares=("pass_rate", "p_mixed"),
        ),
        folded=False,
    )


def _costs(measured: Measures) -> Part:
    some = not measured.costs.is_empty()
    return Part(
        id="costs",
        title="What it cost",
        lead="Tokens by command and model, those of killed commands too; seconds and cost are of "
        "commands that came to their end, and cost is empty where no prices were given.",
        charts=[("", cost_chart(measured.costs.head(12)))] if some else [],
        table=_table(
            measured.costs,
            {
                "command": "command",
                "model": "model",
                "runs": "runs",
                "prompt_tokens": "prompt tokens",
                "tokens": "sampled tokens",
                "seconds": "seconds",
                "cost": "cost",
                "accepted": "accepted problems",
            },
        ),
        folded=False,
        missing=None if some else _before(measured, "sampled"),
    )


def _latencies(measured: Measures) -> Part:
    some = not measured.latencies.is_empty()
    return Part(
        id="verifiers",
        title="Verifier latencies",
        lead="Time of one verdict: the median, and the 99th percentile.",
        charts=[("", latency_chart(measured.latencies))] if some else [],
        table=_table(
            measured.latencies.with_columns(pl.col("p50", "p99", "longest") * 1e3),
            {
                "verifier": "verifier",
                "verdicts": "verdicts",
                "p50": "p50, ms",
                "p99": "p99, ms",
                "longest": "longest, ms",
                "undecided": "undecided",
            },
            shares=("undecided",),
        ),
        folded=False,
        missing=None if some else _before(measured, "verified"),
    )


def _quarantine(measured: Measures) -> Part:
    return Part(
        id="quarantine",
        title="Why problems are in quarantine",
        lead="Doubtful problems are kept, and never sampled or selected.",
        charts=[("", quarantine_chart(measured.quarantine))],
        table=_table(
            measured.quarantine,
            {"reason": "reason", "domain": "domain", "problems": "problems"},
        ),
    )


def _before(measured: Measures, stage: str) -> Step | None:
    """What is to be done before there can be something of `stage`."""
    step = next_step(measured)
    return step or Step(f"Nothing of it is {stage}", "gen report")


def _table(
    frame: pl.DataFrame, names: dict[str, str], *, shares: tuple[str, ...] = ()
) -> Table | None:
    """The columns named, as text; nothing where there are no rows."""
    if frame.is_empty():
        return None
    shown = frame.select(*names).head(MOST_ROWS)
    numeric = frozenset(names[name] for name in names if shown.schema[name].is_numeric())
    columns = [
        [_cell(value, share=name in shares) for value in shown[name].to_list()] for name in names
    ]
    return Table(tuple(names.values()), list(zip(*columns, strict=True)), numeric)


def _cell(value: object, *, share: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1%}" if share else f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
