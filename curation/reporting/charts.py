"""The charts of a report as Vega-Lite specifications, without colours of ink and paper.

spec = funnel_chart(measured.funnel)    # {"mark": ..., "encoding": ..., "description": ...}

The page's script adds text and grid colours that suit the reader's light or dark, so a
specification names only the colours that mean something. Each has a description for screen readers.
"""

from typing import TYPE_CHECKING, Any

import polars as pl

from curation.reporting.measures import Comparison
from curation.reporting.training import CURVES

if TYPE_CHECKING:
    import altair as alt

Spec = dict[str, Any]

ACCENT = "#3b82f6"
OTHER = "#94a3b8"
WARNING = "#e0793a"
PASS_SCALE = ["#7f1d4e", "#d9567a", "#f2b36b", "#5bb59b", "#1d7a8c"]
"""From never right to always right, told apart by the colour-blind as well."""

ROW_PX = 22

MOST_FAMILIES = 60
"""Rows of a heat map: the families with the most problems."""


def funnel_chart(funnel: pl.DataFrame) -> Spec:
    """Problems left after each stage, with the share of the stage before."""
    import altair as alt

    told = funnel.with_columns(
        (
            _thousands("problems")
            + pl.when(pl.col("share").is_not_null())
            .then(pl.format(" · {} %", (pl.col("share") * 100).round(1)))
            .otherwise(pl.lit(""))
        ).alias("told")
    )
    bars = alt.Chart(told).encode(
        y=alt.Y("stage:N", sort=None, title=None, axis=alt.Axis(ticks=False, domain=False)),
        x=alt.X("problems:Q", title="problems", axis=_counts(told["problems"])),
    )
    layers = bars.mark_bar(cornerRadius=3, color=ACCENT, height={"band": 0.72}) + bars.mark_text(
        align="left", dx=6, fontWeight=500
    ).encode(text="told:N")
    return _spec(layers, height=6 * 34, description="Bars: problems left after each stage.")


def pass_rate_chart(rates: pl.DataFrame, policy: str) -> Spec:
    """A cell a family and level, coloured by the pass rate of one policy."""
    import altair as alt

    shown = rates.filter(pl.col("policy") == policy)
    largest = shown.group_by("family").agg(pl.col("n_problems").sum())
    kept = largest.sort("n_problems", "family", descending=[True, False]).head(MOST_FAMILIES)
    shown = shown.filter(pl.col("family").is_in(kept["family"].to_list()))
    base = alt.Chart(shown).encode(
        x=alt.X("level:O", title="level", axis=alt.Axis(labelAngle=0, orient="top")),
        y=alt.Y("family:N", title=None, axis=alt.Axis(labelLimit=260, ticks=False, domain=False)),
        tooltip=[
            alt.Tooltip("family:N"),
            alt.Tooltip("level:O"),
            alt.Tooltip("pass_rate:Q", format=".1%", title="pass rate"),
            alt.Tooltip("n_problems:Q", format=",", title="problems"),
            alt.Tooltip("n_rollouts:Q", format=",", title="rollouts"),
        ],
    )
    cells = base.mark_rect(cornerRadius=2, stroke=None).encode(
        color=alt.Color(
            "pass_rate:Q",
            title="pass rate",
            scale=alt.Scale(domain=[0, 0.25, 0.5, 0.75, 1], range=PASS_SCALE),
            legend=alt.Legend(format=".0%", gradientLength=160, orient="right"),
        )
    )
    figures = base.mark_text(fontSize=10.5).encode(
        text=alt.Text("pass_rate:Q", format=".0%"),
        # Ink that can be read on each colour, the same in light and dark.
        color=alt.condition(
            "datum.pass_rate > 0.22 && datum.pass_rate < 0.85", alt.value("#111"), alt.value("#fff")
        ),
    )
    height = ROW_PX * shown["family"].n_unique()
    return _spec(
        cells + figures,
        height=height,
        description=f"Heat map: pass rate of {policy} by family and level.",
    )


def signal_chart(signal: pl.DataFrame) -> Spec:
    """A point a problem: what a group is expected to teach against what a rollout costs."""
    import altair as alt

    points = (
        alt.Chart(signal)
        .mark_circle(size=34, opacity=0.72)
        .encode(
            x=alt.X(
                "tokens_per_rollout:Q",
                title="tokens per rollout (log)",
                scale=alt.Scale(type="log", nice=False, padding=8),
                axis=alt.Axis(format="~s", tickCount=6),
            ),
            y=alt.Y(
                "informativeness:Q",
                title="expected signal per 10⁶ tokens (log)",
                scale=alt.Scale(type="log", nice=False, padding=8),
                axis=alt.Axis(format="~s", tickCount=6),
            ),
            color=alt.Color(
                "pass_rate:Q",
                title="pass rate",
                scale=alt.Scale(domain=[0, 0.25, 0.5, 0.75, 1], range=PASS_SCALE),
                legend=alt.Legend(format=".0%", gradientLength=160, orient="right"),
            ),
            tooltip=[
                alt.Tooltip("family:N"),
                alt.Tooltip("level:O"),
                alt.Tooltip("policy:N"),
                alt.Tooltip("pass_rate:Q", format=".2f", title="pass rate"),
                alt.Tooltip("p_mixed:Q", format=".2f", title="chance of a mixed group"),
                alt.Tooltip("tokens_per_rollout:Q", format=".0f", title="tokens per rollout"),
                alt.Tooltip("informativeness:Q", format=".1f", title="signal per 10⁶ tokens"),
            ],
        )
    )
    return _spec(
        points,
        height=340,
        description="Scatter plot: informativeness of problems against tokens per rollout.",
    )


def comparison_charts(comparison: Comparison) -> tuple[Spec, Spec]:
    """Problems by pass rate and by level, of the selection and of a random draw side by side."""
    import altair as alt

    def bars(data: pl.DataFrame, x: "alt.X", what: str) -> Spec:
        chart = (
            alt.Chart(data)
            .mark_bar(cornerRadiusTopLeft=2, cornerRadiusTopRight=2)
            .encode(
                x=x,
                xOffset=alt.XOffset("arm:N", sort=["selected", "random"]),
                y=alt.Y("problems:Q", title="problems", axis=_counts(data["problems"])),
                color=alt.Color(
                    "arm:N",
                    title=None,
                    sort=["selected", "random"],
                    scale=alt.Scale(domain=["selected", "random"], range=[ACCENT, OTHER]),
                    legend=alt.Legend(orient="top"),
                ),
                tooltip=["arm:N", alt.Tooltip("problems:Q", format=","), alt.Tooltip(what)],
            )
        )
        return _spec(
            chart,
            height=240,
            description=f"Bars: problems by {what[:-2].replace('_', ' ')}, selected and random.",
        )

    rate = alt.X(
        "pass_rate:O",
        title="posterior pass rate (lower edge of a tenth)",
        axis=alt.Axis(format=".1f", labelAngle=0),
    )
    level = alt.X("level:O", title="level", axis=alt.Axis(labelAngle=0))
    return bars(comparison.pass_rates, rate, "pass_rate:O"), bars(
        comparison.levels, level, "level:O"
    )


def cost_chart(costs: pl.DataFrame) -> Spec:
    """Sampled and prompt tokens of each command and model."""
    import altair as alt

    told = costs.with_columns(
        pl.concat_str("command", "model", separator=" · ").str.strip_chars(" ·").alias("spender")
    ).unpivot(
        ["tokens", "prompt_tokens"], index="spender", variable_name="kind", value_name="n_tokens"
    )
    told = told.with_columns(
        pl.col("kind").replace({"tokens": "sampled", "prompt_tokens": "prompt"})
    )
    chart = (
        alt.Chart(told)
        .mark_bar(height={"band": 0.7})
        .encode(
            x=alt.X("n_tokens:Q", title="tokens", axis=alt.Axis(format="~s", tickCount=5)),
            y=alt.Y("spender:N", sort=None, title=None, axis=alt.Axis(labelLimit=260, ticks=False)),
            color=alt.Color(
                "kind:N",
                title=None,
                sort=["sampled", "prompt"],
                scale=alt.Scale(domain=["sampled", "prompt"], range=[ACCENT, OTHER]),
                legend=alt.Legend(orient="top"),
            ),
            order=alt.Order("kind:N", sort="descending"),
            tooltip=["spender:N", "kind:N", alt.Tooltip("n_tokens:Q", format=",")],
        )
    )
    return _spec(
        chart,
        height=30 * max(told["spender"].n_unique(), 2),
        description="Bars: tokens spent by each command and model.",
    )


def latency_chart(latencies: pl.DataFrame) -> Spec:
    """Median and 99th percentile of a verdict's time, a line a verifier."""
    import altair as alt

    # A logarithmic axis has no zero: a time below a microsecond is drawn as one.
    shown = latencies.with_columns(
        (pl.col("p50", "p99").clip(1e-6) * 1e3).name.suffix("_ms"),
    )
    y = alt.Y("verifier:N", title=None, axis=alt.Axis(ticks=False, domain=False))
    scale = alt.Scale(type="log", padding=24)
    axis = alt.Axis(format="~g", tickCount=6)
    line = (
        alt.Chart(shown)
        .mark_rule(strokeWidth=3, color=OTHER, opacity=0.6)
        .encode(
            y=y,
            x=alt.X("p50_ms:Q", scale=scale, axis=axis, title="milliseconds a verdict (log)"),
            x2="p99_ms:Q",
        )
    )
    ends = shown.unpivot(["p50_ms", "p99_ms"], index=["verifier", "verdicts"], value_name="ms")
    dots = (
        alt.Chart(ends.with_columns(pl.col("variable").str.strip_suffix("_ms").alias("of")))
        .mark_circle(size=130, opacity=1)
        .encode(
            y=y,
            x=alt.X("ms:Q", scale=scale),
            color=alt.Color(
                "of:N",
                title=None,
                scale=alt.Scale(domain=["p50", "p99"], range=[ACCENT, WARNING]),
                legend=alt.Legend(orient="top"),
            ),
            tooltip=[
                "verifier:N",
                "of:N",
                alt.Tooltip("ms:Q", format=".3~g", title="milliseconds"),
                alt.Tooltip("verdicts:Q", format=","),
            ],
        )
    )
    return _spec(
        line + dots,
        height=44 * max(len(shown), 2),
        description="Median and 99th percentile of the time of a verdict, by verifier.",
    )


def quarantine_chart(quarantine: pl.DataFrame) -> Spec:
    """Problems in quarantine by the code of their reason."""
    import altair as alt

    chart = (
        alt.Chart(quarantine)
        .mark_bar(color=WARNING, cornerRadiusEnd=3, height={"band": 0.7})
        .encode(
            x=alt.X("sum(problems):Q", title="problems", axis=_counts(quarantine["problems"])),
            y=alt.Y("reason:N", sort="-x", title=None, axis=alt.Axis(labelLimit=300, ticks=False)),
            tooltip=["reason:N", "domain:N", alt.Tooltip("problems:Q", format=",")],
        )
    )
    return _spec(
        chart,
        height=28 * max(quarantine["reason"].n_unique(), 2),
        description="Bars: problems in quarantine by reason.",
    )


def curve_charts(curves: pl.DataFrame) -> list[tuple[str, Spec]]:
    """(title, line over the optimizer's steps) of each measure that the run has."""
    import altair as alt

    charts = []
    for name, title in CURVES.items():
        if name not in curves.columns or curves[name].null_count() == len(curves):
            continue
        lines = (
            alt.Chart(curves.select("step", name).drop_nulls())
            .mark_line(color=ACCENT, strokeWidth=1.8, interpolate="monotone")
            .encode(
                x=alt.X("step:Q", title="step", axis=alt.Axis(tickCount=5, grid=False)),
                y=alt.Y(
                    f"{name}:Q",
                    title=None,
                    scale=alt.Scale(zero=False),
                    axis=alt.Axis(tickCount=4, format="~g"),
                ),
                tooltip=["step:Q", alt.Tooltip(f"{name}:Q", format=".4~g")],
            )
        )
        charts.append((title, _spec(lines, height=150, description=f"{title}, by step.")))
    return charts


def _counts(counts: pl.Series) -> "alt.Axis":
    """An axis of whole numbers: in full where they are short, else with k or M."""
    import altair as alt

    long = (counts.max() or 0) >= 10_000  # pyright: ignore[reportOperatorIssue]
    return alt.Axis(format="~s" if long else ",d", tickCount=5, tickMinStep=1)


def _thousands(column: str) -> pl.Expr:
    return pl.col(column).map_elements(lambda count: f"{count:,}", return_dtype=pl.String)


def _spec(chart: Any, *, height: int, description: str) -> Spec:
    """The chart as plain data, as wide as the page lets it be."""
    made = chart.properties(width="container", height=height, description=description)
    spec = made.to_dict(validate=False)
    spec.pop("config", None)
    return spec
