"""Makes numbers of the forecasts in an answer, or says why they are none.

read_forecasts([0.2, 0.7, ...], "probability", 20)            ->  [0.2, 0.7, ...]
read_forecasts({"forecasts": [[0, 1.5], ...]}, "normal", 20)  ->  [[0.0, 1.5], ...]
read_forecasts([[3, 1, 2], ...], 3, 20)                       ->  Malformed("not_ascending: ...")
"""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from typing import Any, Literal

Form = Literal["probability", "normal"] | int
"""What one forecast is: a probability, a mean with an sd, or so many quantiles."""

LARGEST = 1e100
"""A number of a larger size is refused: no sum of scores may overflow."""


class Malformed(Exception):
    """An answer that is no batch of forecasts; its text begins with a reason code."""


def read_forecasts(
    answer: Any, form: Form, n: int, cases: Sequence[str] | None = None
) -> list[Any]:
    """The `n` forecasts of an answer, in the order of the cases; raises Malformed.

    An answer is an array, an object whose one key is "forecasts", or an object with a forecast for
    each name in `cases`.
    """
    forecasts = _listed(answer, cases)
    if len(forecasts) != n:
        raise Malformed(f"wrong_length: {len(forecasts)} forecasts for {n} cases")
    return [_forecast(one, form, i) for i, one in enumerate(forecasts)]


def _listed(answer: Any, cases: Sequence[str] | None) -> list[Any]:
    if isinstance(answer, dict) and set(answer) == {"forecasts"}:
        answer = answer["forecasts"]
    if isinstance(answer, list):
        return answer
    if isinstance(answer, dict) and cases:
        if set(answer) != set(cases):
            raise Malformed("wrong_cases: the object's keys are not the cases' names")
        return [answer[name] for name in cases]
    raise Malformed("no_array: the answer is no array of forecasts")


def _forecast(value: Any, form: Form, i: int) -> Any:
    if form == "probability":
        p = _number(value, i)
        if not 0 <= p <= 1:
            raise Malformed(f"no_probability: forecast {i} is {p:g}")
        return p
    if form == "normal":
        if isinstance(value, dict) and set(value) == {"mean", "sd"}:
            value = [value["mean"], value["sd"]]
        mean, sd = _numbers(value, 2, i)
        if sd <= 0:
            raise Malformed(f"no_width: the sd of forecast {i} is {sd:g}")
        return [mean, sd]
    quantiles = _numbers(value, form, i)
    if any(a > b for a, b in pairwise(quantiles)):
        raise Malformed(f"not_ascending: the quantiles of forecast {i} cross")
    return quantiles


def _numbers(value: Any, n: int, i: int) -> list[float]:
    if not isinstance(value, list) or len(value) != n:
        raise Malformed(f"wrong_form: forecast {i} is no array of {n} numbers")
    return [_number(one, i) for one in value]


def _number(value: Any, i: int) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Malformed(f"no_number: forecast {i} has something else where a number belongs")
    # An integer is compared as it is: one of a thousand digits has no float.
    if (isinstance(value, float) and not isfinite(value)) or abs(value) > LARGEST:
        raise Malformed(f"too_large: forecast {i} has a number beyond {LARGEST:g}")
    return float(value)
