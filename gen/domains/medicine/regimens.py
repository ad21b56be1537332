"""Regimens at steady state: any dose and interval that keeps the level where it must be.

    Regimen().generate(rng, 2)
    Volume 28 L, half-life 6.5 h; peak 20 to 35 mg/L, trough 8 to 14 mg/L ...
    answered by   {"dose_mg": 500, "interval_h": 8}

One compartment; several answers are right, and the verifier works the level out. Whatever a lazy
prescriber would write unread is wrong for each problem that is made.
"""

import json
from collections.abc import Mapping
from itertools import product
from math import exp
from random import Random
from typing import Any

import msgspec

from gen.domains.medicine.base import published
from gen.family import Family
from verifiers.records import Problem

LAZY = ((500, 8), (500, 12), (1000, 12), (250, 6), (1000, 24), (750, 12))
"""Doses in mg and intervals in h that are always tried first."""


class Regimen(Family):
    """A dose and an interval at steady state."""

    name = "dosing.regimen"
    domain = "medicine"
    levels = (1, 2, 3, 4, 5)
    verifier = "plan"
    card = published(
        0.0,
        "one-compartment kinetics: Rowland and Tozer, Clinical Pharmacokinetics",
        "several answers are right; a problem that a regimen of `trivial` solves is never made",
        "made-up medicines: no real dose is taught",
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw kinetics and limits around a regimen, until no lazy one keeps them."""
        while True:
            truth = _drawn(rng, level)
            solutions = _solutions(truth)
            if solutions and not any(_keeps(truth, *one) for one in LAZY):
                break
        evidence = {"n_solutions": len(solutions), "solution": solutions[0]}
        return Problem(
            domain=self.domain,
            family=self.name,
            level=level,
            prompt=_asked(truth),
            ground_truth=json.dumps(truth),
            verifier=self.verifier,
            certificate=self.certificate,
            evidence=json.dumps(evidence),
        )

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The first and the last of all regimens that keep the limits."""
        solutions = _solutions(msgspec.json.decode(problem.ground_truth))
        return tuple(_written(*one) for one in (solutions[0], solutions[-1]))

    def wrong(self, problem: Problem, rng: Random) -> str:
        """The dose that a single application needs, without accumulation, or a double one."""
        truth = msgspec.json.decode(problem.ground_truth)
        dose, interval = rng.choice(_solutions(truth))
        step = truth["dose_step_mg"]
        for factor in rng.sample((2, 0.5, 3), 3):
            slip = max(step, round(dose * factor / step) * step)
            if not _keeps(truth, slip, interval):
                return _written(slip, interval)
        return _written(dose + step / 2, interval)

    def trivial(self) -> Mapping[str, str]:
        """Usual regimens, given unread."""
        return {f"always {dose} mg every {hours} h": _written(dose, hours) for dose, hours in LAZY}


def _drawn(rng: Random, level: int) -> dict[str, Any]:
    """Limits that a regimen keeps; the window narrows with the level."""
    volume, half_life = rng.randint(14, 60), rng.randint(30, 140) / 10
    step = rng.choice((50, 100) if level < 4 else (20, 25, 40))
    intervals = [6, 8, 12, 24] if level < 3 else [4, 6, 8, 12, 18, 24]
    infusion = rng.choice((0.5, 1)) if level >= 4 else 0
    truth = {
        "kind": "dosing",
        "volume_l": volume,
        "half_life_h": half_life,
        "dose_step_mg": step,
        "most_mg": rng.choice((1500, 2000)),
        "intervals_h": intervals,
        "peak": [0, 0],
        "trough": [0, 0],
        "infusion_h": infusion,
    }
    peak, trough = _levels(truth, step * rng.randint(3, 1500 // step), rng.choice(intervals))
    width = {1: 0.2, 2: 0.15, 3: 0.12, 4: 0.09, 5: 0.06}[level]
    for name, value in (("peak", peak), ("trough", trough)):
        low = value * (1 - rng.uniform(0.3, 1) * width)
        high = value * (1 + rng.uniform(0.3, 1) * width)
        truth[name] = [round(low, 2), round(high, 2)]
    return truth


def _levels(truth: Mapping[str, Any], dose: float, interval: float) -> tuple[float, float]:
    """Peak and trough in mg/L, by adding up what is left of twice sixty doses."""
    kept = 0.5 ** (1 / truth["half_life_h"])
    hours = truth["infusion_h"]
    left = sum(kept ** (interval * n) for n in range(120))
    if hours == 0:
        single = dose / truth["volume_l"]
    else:
        rate = 0.6931471805599453 / truth["half_life_h"]
        single = dose / hours / (rate * truth["volume_l"]) * (1 - exp(-rate * hours))
    peak = single * left
    return peak, peak * kept ** (interval - hours)


def _keeps(truth: Mapping[str, Any], dose: float, interval: float) -> bool:
    if interval not in truth["intervals_h"] or not 0 < dose <= truth["most_mg"]:
        return False
    if dose % truth["dose_step_mg"]:
        return False
    pairs = zip(_levels(truth, dose, interval), (truth["peak"], truth["trough"]), strict=True)
    return all(low <= value <= high for value, (low, high) in pairs)


def _solutions(truth: Mapping[str, Any]) -> list[tuple[float, float]]:
    """All regimens that keep the limits."""
    step = truth["dose_step_mg"]
    doses = range(step, truth["most_mg"] + 1, step)
    pairs = product(doses, truth["intervals_h"])
    return [(dose, hours) for dose, hours in pairs if _keeps(truth, dose, hours)]


def _written(dose: float, interval: float) -> str:
    return f'```json\n{{"dose_mg": {dose:g}, "interval_h": {interval:g}}}\n```'


def _asked(truth: Mapping[str, Any]) -> str:
    hours = truth["infusion_h"]
    given = (
        f"as an infusion over {hours:g} h (the peak is at its end)"
        if hours
        else "as an intravenous bolus"
    )
    intervals = ", ".join(f"{one:g}" for one in truth["intervals_h"])
    return (
        f"A made-up medicine is given {given}. One compartment: volume {truth['volume_l']:g} L, "
        "half-life "
        f"{truth['half_life_h']:g} h. Doses are multiples of {truth['dose_step_mg']:g} mg, at most "
        f"{truth['most_mg']:g} mg; intervals may be {intervals} h.\nAt steady state the peak must "
        "be between "
        f"{truth['peak'][0]:g} and {truth['peak'][1]:g} mg/L, the trough between "
        f"{truth['trough'][0]:g} and "
        f"{truth['trough'][1]:g} mg/L.\n\nGive a regimen as a JSON object with the keys dose_mg "
        "and "
        "interval_h."
    )
