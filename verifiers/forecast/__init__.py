"""Forecast verification: a batch of forecasts is paid for its skill over a reference forecaster.

`verifier.py` is where to begin: `truths.py` says what a ground truth holds, `reading.py` makes
numbers of an answer, `scores.py` has the proper rules, which families may use as well.
"""

from verifiers.forecast.verifier import ForecastVerifier

__all__ = ["ForecastVerifier"]
