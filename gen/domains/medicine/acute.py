"""Acute illness: CURB-65 of pneumonia, and organ failure by SOFA.

Pneumonia().generate(rng, 1)        two patients                          [3, 1]
OrganFailure().generate(rng, 3)     six organs' points and the total, as JSON
"""

from bisect import bisect_left, bisect_right
from random import Random

from gen.domains.medicine.base import POINTS, MedicineFamily, Values, published, wrong_ones
from gen.domains.medicine.charts import chart, reread
from gen.domains.medicine.findings import Item, Score, Trap
from gen.domains.worked import Draft, Fields


class Pneumonia(Score):
    """CURB-65 of patients with pneumonia."""

    name = "calculators.curb65"
    card = published(0.2, "Lim et al., Thorax 58:377 (2003)", "five points: chance is not small")
    title = "CURB-65 score (all have pneumonia)"
    scale = (
        "One point each: confusion; urea nitrogen above 19 mg/dL (urea above 7 mmol/L); "
        "respiratory "
        "rate 30 or more; systolic pressure below 90 or diastolic 60 mmHg or less; age 65 or more."
    )
    needs = (
        "urea nitrogen",
        "respiratory rate",
        "systolic blood pressure",
        "diastolic blood pressure",
    )
    ranges = (
        ("urea nitrogen", (9, 34)),
        ("respiratory rate", (18, 40)),
        ("systolic blood pressure", (78, 132)),
        ("diastolic blood pressure", (44, 84)),
    )
    ages = (40, 92)
    items = (
        Item("confusion", 1, ("new confusion, disoriented in time", "newly disoriented in place")),
    )
    traps = (
        Trap("fully oriented", against="confusion"),
        Trap("cough for a week"),
        Trap("pleuritic pain"),
        Trap("allergy to penicillin"),
        Trap("smoker"),
        Trap("long-standing insomnia"),
        Trap("sore throat"),
        Trap("rash on the arms"),
        Trap("nausea"),
        Trap("back pain"),
    )

    def of_values(self, values: Values) -> float:
        """Urea, breathing, pressure and age."""
        low = values["systolic blood pressure"] < 90 or values["diastolic blood pressure"] <= 60
        fast = values["respiratory rate"] >= 30
        return (values["urea nitrogen"] > 19.5) + fast + low + (values["age"] >= 65)

    def of_values_again(self, values: Values) -> float:
        """Four less what is as it should be; urea in mmol/L."""
        sound = [
            values["urea nitrogen"] * 0.357 <= 7,
            values["respiratory rate"] < 30,
            values["systolic blood pressure"] >= 90 and values["diastolic blood pressure"] > 60,
            values["age"] < 65,
        ]
        return 4 - sum(sound)

    def clear(self, values: Values) -> bool:
        """No pressure between the bound and a conversion of it, no urea between the two bounds."""
        systolic, diastolic = values["systolic blood pressure"], values["diastolic blood pressure"]
        sound = abs(systolic - 89.5) > 1 and abs(diastolic - 60.5) > 1 and systolic > diastolic + 20
        return sound and abs(values["urea nitrogen"] - 19.5) > 0.8


PRESSORS = (
    ("mean arterial pressure {high} mmHg without vasopressors", 0),
    ("mean arterial pressure {low} mmHg without vasopressors", 1),
    ("dobutamine at 5 µg/kg/min", 2),
    ("dopamine at 4 µg/kg/min", 2),
    ("dopamine at 9 µg/kg/min", 3),
    ("norepinephrine at 0.06 µg/kg/min", 3),
    ("norepinephrine at 0.25 µg/kg/min", 4),
    ("epinephrine at 0.3 µg/kg/min", 4),
)
_ORGANS = ("respiration", "coagulation", "liver", "circulation", "nervous_system", "kidney")
_UPWARD = {
    "liver": ("bilirubin", (1.2, 2.0, 6.0, 12.0)),
    "kidney": ("creatinine", (1.2, 2.0, 3.5, 5.0)),
}
_DOWNWARD = {
    "coagulation": ("platelets", (20, 50, 100, 150)),
    "nervous_system": ("Glasgow coma score", (6, 10, 13, 15)),
}


class OrganFailure(MedicineFamily):
    """SOFA points of the six organs, and their total."""

    name = "calculators.sofa"
    card = published(
        0.01,
        "Vincent et al., Intensive Care Med 22:707 (1996)",
        "urine output is left out; values on a bound are not drawn",
    )
    methods = "points by bisection among the bounds against chains of comparisons, from the text"
    lazy = (
        dict.fromkeys((*_ORGANS, "total"), 0),
        {**dict.fromkeys(_ORGANS, 1), "total": 6},
        {**dict.fromkeys(_ORGANS, 2), "total": 12},
    )

    def draw(self, rng: Random, level: int) -> Draft:
        """Draw a record clear of all bounds."""
        pressor, points = rng.choice(PRESSORS)
        ventilated = rng.random() < 0.5
        notes = [
            pressor.format(high=rng.randint(72, 98), low=rng.randint(48, 68)),
            "mechanically ventilated" if ventilated else "breathing without support",
        ]
        needs = ("PaO2", "FiO2", "platelets", "bilirubin", "Glasgow coma score", "creatinine")
        ranges = {
            "FiO2": (0.3, 1.0) if ventilated else (0.21, 0.4),
            "creatinine": (0.6, 6.4),
            "bilirubin": (0.4, 15),
            "platelets": (8, 260),
        }
        while True:
            made = chart(rng, needs, level=level, ranges=ranges, notes=notes)
            if _clear_of_bounds(made.values):
                break
        answer = _organs(made.values, points, ventilated=ventilated)
        slips = [
            _organs(values, points, ventilated=ventilated)
            for values in (made.first, {**made.values, "FiO2": 1.0}, {**made.values, "PaO2": 400.0})
        ]
        slips.append({**answer, "circulation": (points + 1) % 5, "total": answer["total"] + 1})
        keys = ", ".join((*_ORGANS, "total"))
        told = f"\n{_SCALE}" if level <= 2 else ""
        form = Fields({name: POINTS for name in (*_ORGANS, "total")})
        return Draft(
            f"{made.text}\n\nGive the SOFA points (0 to 4) of each organ system and their sum as a "
            "JSON object "
            f"with the keys {keys}. Urine output is normal.{told}",
            answer,
            form,
            _organs_again(made.text),
            wrong_ones(form, answer, slips),
        )


_SCALE = (
    "Points 1, 2, 3, 4: PaO2/FiO2 in mmHg below 400, 300, with ventilation 200, 100; platelets "
    "below "
    "150, 100, 50, 20; bilirubin from 1.2, 2.0, 6.0, 12.0 mg/dL; mean pressure below 70, dopamine "
    "up to "
    "5 or any dobutamine, dopamine above 5 or (nor)epinephrine up to 0.1, more (dopamine above "
    "15); "
    "Glasgow score 13-14, 10-12, 6-9, below 6; creatinine from 1.2, 2.0, 3.5, 5.0 mg/dL."
)


def _clear_of_bounds(values: Values) -> bool:
    named = [*_UPWARD.values(), ("platelets", _DOWNWARD["coagulation"][1])]
    near = any(
        abs(values[name] - bound) <= 0.012 * bound + 0.02
        for name, bounds in named
        for bound in bounds
    )
    ratio = values["PaO2"] / values["FiO2"]
    return not near and all(abs(ratio - bound) > 4 for bound in (100, 200, 300, 400))


def _organs(values: Values, circulation: int, *, ventilated: bool) -> dict[str, int]:
    """By bisection."""
    ratio = values["PaO2"] / values["FiO2"]
    points = {name: bisect_right(bounds, values[key]) for name, (key, bounds) in _UPWARD.items()}
    for name, (key, bounds) in _DOWNWARD.items():
        points[name] = 4 - bisect_right(bounds, values[key])
    respiration = 4 - bisect_left((100, 200, 300, 400), ratio)
    points["respiration"] = respiration if ventilated else min(respiration, 2)
    points["circulation"] = circulation
    return {**{name: points[name] for name in _ORGANS}, "total": sum(points.values())}


def _organs_again(text: str) -> dict[str, int]:
    """By comparisons, from the text."""
    values = reread(text)
    support = "mechanically ventilated" in text
    percent = values["PaO2"] / values["FiO2"]
    points = {"respiration": 0}
    for bound, reached in ((400, True), (300, True), (200, support), (100, support)):
        points["respiration"] += percent < bound and reached
    points["coagulation"] = sum(values["platelets"] < bound for bound in (150, 100, 50, 20))
    points["liver"] = sum(values["bilirubin"] >= bound for bound in (1.2, 2, 6, 12))
    score = values["Glasgow coma score"]
    points["nervous_system"] = (score < 15) + (score <= 12) + (score <= 9) + (score <= 5)
    points["kidney"] = sum(values["creatinine"] >= bound for bound in (1.2, 2, 3.5, 5))
    circulation = 0
    for line in text.splitlines():
        words = line.split()
        if "mean arterial pressure" in line:
            circulation = int(float(words[4]) < 70)
        elif "at" in words and "µg/kg/min" in line:
            rate = float(words[3])
            low = {"dobutamine": 2, "dopamine": 2 if rate <= 5 else 3 if rate <= 15 else 4}
            circulation = low.get(words[1], 3 if rate <= 0.1 else 4)
    points["circulation"] = circulation
    return {**points, "total": sum(points.values())}
