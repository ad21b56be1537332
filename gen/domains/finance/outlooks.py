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


def outcomes(chance_level: float, *pitfalls: str) -> Card:
    """The card of a family of forecasts."""
    return Card(licence="ODC-PDDL-1.0", source=SOURCE, chance_level=chance_level, pitfalls=pitfalls)


class DailyChange(NormalForecasts):
    """Distribution of the next daily changes of disguised market series."""

    name = "forecasts.daily_change"
    reference = Reference(decay=0.85, recent=0.8, width=0.95)
    card = outcomes(0.05)


class MonthlyChange(NormalForecasts):
    """Distribution of the next monthly changes of disguised exchange rates, yields and indices."""

    name = "forecasts.monthly_change"
    pace = MONTHLY
    horizons = (1, 1, 1, 3, 3)
    reference = Reference(decay=0.8, recent=0.6, width=0.95, momentum=0.3)
    card = outcomes(0.05)


class DailyRange(ForecastFamily):
    """Percentiles of the next daily changes of disguised market series."""

    name = "forecasts.daily_range"
    reference = Reference(decay=0.85, recent=0.7, width=0.95)
    card = outcomes(0.05)

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
    card = outcomes(0.05)

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
