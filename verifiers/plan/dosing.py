"""A dose and an interval whose steady state stays within limits; any such answer is right.

    {"kind": "dosing", "volume_l": 30, "half_life_h": 6, "dose_step_mg": 50, "most_mg": 1000,
     "intervals_h": [6, 8, 12], "peak": [20, 40], "trough": [10, 15]}
    answered by   {"dose_mg": 550, "interval_h": 8}    peak 30.4 mg/L, trough 12.1 mg/L

One compartment, first-order elimination k = ln 2 / half-life, dose D into volume V every tau hours:
at steady state the peak is (D / V) / (1 - exp(-k tau)), the trough peak * exp(-k tau). Given over
`infusion_h` hours t, the peak at its end is D / (t k V) * (1 - exp(-k t)) / (1 - exp(-k tau)) and
the trough peak * exp(-k (tau - t)) (Rowland and Tozer, Clinical Pharmacokinetics).
"""

from fractions import Fraction
from math import exp, expm1, log
from typing import Any

from verifiers.plan.answers import Infeasible, Malformed, exact
from verifiers.plan.shape import Shaped

MARGIN = 1e-9


class Dosing(Shaped, frozen=True, tag="dosing", tag_field="kind"):
    """A multiple of a dose step and an allowed interval; limits in mg/L."""

    volume_l: float
    half_life_h: float
    dose_step_mg: float
    most_mg: float
    intervals_h: tuple[float, ...]
    peak: tuple[float, float]
    trough: tuple[float, float]
    infusion_h: float = 0.0

    def __post_init__(self) -> None:
        self.check_shape()
        if min(self.volume_l, self.half_life_h, self.dose_step_mg, *self.intervals_h) <= 0:
            raise ValueError("volume, half-life, dose step and intervals must be above 0")
        if not self.intervals_h or not 0 <= self.infusion_h < min(self.intervals_h):
            raise ValueError("there must be an interval, longer than the infusion")

    def objective(self, answer: Any) -> None:
        """Nothing to optimise; raises Malformed, Infeasible."""
        if not isinstance(answer, dict) or not {"dose_mg", "interval_h"} <= answer.keys():
            raise Malformed("the keys dose_mg and interval_h are needed")
        dose, interval = exact(answer["dose_mg"], "dose_mg"), exact(answer["interval_h"])
        if not 0 < dose <= exact(self.most_mg):
            raise Infeasible(f"the dose must be above 0 and at most {self.most_mg:g} mg")
        if (dose / exact(self.dose_step_mg)).denominator != 1:
            raise Infeasible(f"the dose is no multiple of {self.dose_step_mg:g} mg")
        if interval not in [exact(one) for one in self.intervals_h]:
            raise Infeasible(f"the interval {float(interval):g} h is not allowed")
        peak, trough = self.steady_state(dose, interval)
        for name, value, (low, high) in (
            ("peak", peak, self.peak),
            ("trough", trough, self.trough),
        ):
            if not low * (1 - MARGIN) <= value <= high * (1 + MARGIN):
                raise Infeasible(f"the {name} of {value:.4g} mg/L is outside [{low:g}, {high:g}]")

    def steady_state(
        self, dose_mg: Fraction | float, interval_h: Fraction | float
    ) -> tuple[float, float]:
        """Peak and trough in mg/L."""
        rate = log(2) / self.half_life_h
        lost = -expm1(-rate * float(interval_h))  # exact for half-lives of any length
        if self.infusion_h == 0:
            peak = float(dose_mg) / self.volume_l / lost
            return peak, peak * exp(-rate * float(interval_h))
        hours = self.infusion_h
        height = float(dose_mg) / (hours * rate * self.volume_l)
        peak = height * -expm1(-rate * hours) / lost
        return peak, peak * exp(-rate * (float(interval_h) - hours))
