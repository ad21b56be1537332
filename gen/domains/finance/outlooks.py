"""The families of forecasts: what is asked of which series, and over which reference.

forecasts.daily_change      mean and sd of the next daily changes of oil, gas, stocks and volatility
forecasts.monthly_change    the same of exchange rates, a stock index and a bond yield
forecasts.daily_range       the 10th, 50th and 90th percentile
forecasts.large_move        the probability of a change larger than usual

The references' parameters are the best on the windows of 2005 to 2024, before any outcome that is
asked for. Tried and left out: the probability of a rise, which no reference foretells better than
a coin.
"""

from collections.abc import Mapping
from statistics import NormalDist
from typing import Any

from gen.domains.finance.forecasts import (
    ForecastFamily,
    NormalForecasts,
    Question,
    Shown,
    lazy_normals,
    next_change,
)
from gen.domains.finance.windows import MONTHLY, Reference
from gen.family import Card

SOURCE = "gen/domains/finance/data: EIA, Cboe, FRED, Shiller by way of datahub.io (ODC-PDDL-1.0)"
TAILS = (0.1, 0.5, 0.9)


def outcomes(chance_level: float, held_back: str, lazy: str) -> Card:
    """The card of a family of forecasts: what is held back, and what lazy strategies were paid."""
    return Card(
        licence="ODC-PDDL-1.0",
        source=SOURCE,
        chance_level=chance_level,
        pitfalls=(
            held_back,
            lazy,
            "Efficient markets leave little above the reference: rewards are mostly 0. Not "
            "investment advice.",
        ),
    )


_DAILY = (
    "1,901 outcomes from 2025-01-02 to 2026-08-18 (644 of them in 2026) after up to 39 years of "
    "history, of five series that move together: a policy trained on many problems meets them "
    "again."
)


class DailyChange(NormalForecasts):
    """Distribution of the next daily changes of disguised market series."""

    name = "forecasts.daily_change"
    reference = Reference(decay=0.85, recent=0.8, width=0.95)
    card = outcomes(
        0.06,
        _DAILY,
        "Of 400 problems a level, the reference at half its width is accepted most often, 3.2% "
        "(1.7% to 5.5%) at level 3, and paid 0.004; over all levels the usual width has a skill of "
        "-0.07, twice the width -0.19, a point -0.33.",
    )


class MonthlyChange(NormalForecasts):
    """Distribution of the next monthly changes of disguised exchange rates, yields and indices."""

    name = "forecasts.monthly_change"
    pace = MONTHLY
    sizes = ((8, 20), (12, 20), (16, 20), (20, 20), (24, 20))
    horizons = (1, 1, 1, 3, 3)
    reference = Reference(decay=0.8, recent=0.6, width=0.95, momentum=0.3)
    card = outcomes(
        0.14,
        "360 outcomes from 2025-01 to 2026-06 (120 of them in 2026) after 26 to 153 years of "
        "history, of 20 series that move together: a policy trained on many problems meets them "
        "again.",
        "Of 400 problems a level, the usual width is accepted most often, 9.8% (7.0% to 13.1%) at "
        "level 3, and paid 0.012; over all levels it and an EWMA of 0.94 have a skill of -0.03, "
        "half the reference's width -0.06, twice the width -0.18, a point -0.36.",
    )


class DailyRange(ForecastFamily):
    """Percentiles of the next daily changes of disguised market series."""

    name = "forecasts.daily_range"
    reference = Reference(decay=0.85, recent=0.7, width=0.95)
    card = outcomes(
        0.1,
        _DAILY,
        "Of 400 problems a level, the reference at 0.8 of its width is accepted most often, 7.0% "
        "(4.7% to 10.0%) at level 2, and paid 0.013; over all levels the usual width has a skill "
        "of -0.07, half the width -0.06, twice the width -0.23, a point -0.47.",
    )

    def question(self, horizon: int) -> Question:
        """Three quantiles."""
        return Question(
            task=f"Forecast {next_change(self.pace, horizon)} of each series, in its unit, by its "
            "10th, 50th and 90th percentile.",
            answer="triples [p10, p50, p90]",
            scored="The forecasts are scored by the quantile (pinball) loss.",
        )

    def truth(self, shown: Shown, horizon: int) -> dict[str, Any]:
        """The kind `quantiles`."""
        forecasts = [NormalDist(*self.reference.forecast(one, horizon)) for one in shown]
        return {
            "kind": "quantiles",
            "levels": TAILS,
            "outcomes": [one.outcome for one in shown],
            "reference": [[round(one.inv_cdf(p), 2) for p in TAILS] for one in forecasts],
            "scale": "reference",
        }

    def foreseen(self, truth: Mapping[str, Any]) -> list[Any]:
        """The outcome, and one to either side."""
        return [[outcome - 1, outcome, outcome + 1] for outcome in truth["outcomes"]]

    def confused(self, truth: Mapping[str, Any]) -> list[Any]:
        """Percentiles of the size of the change, not of the change."""
        return [[round(0.1 * high), round(0.5 * high), high] for _, _, high in truth["reference"]]

    def lazy(self, shown: Shown, horizon: int) -> dict[str, list[Any]]:
        """The quantiles of the lazy normal distributions."""
        return {
            name: [[NormalDist(mean, sd).inv_cdf(p) for p in TAILS] for mean, sd in forecasts]
            for name, forecasts in lazy_normals(self.reference, shown, horizon).items()
        }


class LargeMove(ForecastFamily):
    """Probability that the next daily change of a disguised market series exceeds the usual."""

    name = "forecasts.large_move"
    horizons = (1, 1, 1, 1, 1)
    sizes = ((6, 40), (8, 40), (10, 50), (12, 50), (16, 60))
    reference = Reference(decay=0.9, recent=0.6, width=0.9)
    card = outcomes(
        0.19,
        _DAILY,
        "Of 400 problems a level, the reference at 0.8 of its width is accepted most often, 14.8% "
        "(11.4% to 18.6%) at level 5, and paid 0.019; over all levels always 0.24 has a skill of "
        "-0.13, half the width -0.24, never -0.43.",
    )

    def question(self, horizon: int) -> Question:
        """A probability."""
        return Question(
            task="Forecast for each series the probability that its next daily change, up or down, "
            'is larger in size than its "usual" one.',
            answer="probabilities between 0 and 1",
            scored="The forecasts are scored by the Brier score.",
        )

    def truth(self, shown: Shown, horizon: int) -> dict[str, Any]:
        """The kind `probability`."""
        forecasts = [NormalDist(*self.reference.forecast(one, horizon)) for one in shown]
        return {
            "kind": "probability",
            "rule": "brier",
            "outcomes": [int(abs(one.outcome) > one.usual) for one in shown],
            "reference": [
                round(2 * forecast.cdf(-one.usual), 4)
                for forecast, one in zip(forecasts, shown, strict=True)
            ],
        }

    def foreseen(self, truth: Mapping[str, Any]) -> list[Any]:
        """The outcomes."""
        return list(truth["outcomes"])

    def confused(self, truth: Mapping[str, Any]) -> list[Any]:
        """The probability of the contrary."""
        return [round(1 - p, 4) for p in truth["reference"]]

    def lazy(self, shown: Shown, horizon: int) -> dict[str, list[Any]]:
        """What the lazy normal distributions say of it, the share of all changes, and never."""
        forecasts = {
            name: [
                2 * NormalDist(*one).cdf(-window.usual)
                for one, window in zip(normals, shown, strict=True)
            ]
            for name, normals in lazy_normals(self.reference, shown, horizon).items()
            if name != "one width for all"
        }
        return {**forecasts, "always 0.24": [0.24] * len(shown), "never": [0] * len(shown)}
