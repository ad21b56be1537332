"""The liver: three MELD scores, Child-Pugh, and FIB-4.

Meld().generate(rng, 3)        ... the MELD-Na score of 2016                23
ChildPugh().generate(rng, 2)   ... as JSON                                 {"points": 8, ...}
Fib4().generate(rng, 1)        ...                                          2.41
"""

from math import ceil, exp, floor, log, log10, sqrt
from random import Random
from typing import Any

from gen.domains.medicine.base import (
    POINTS,
    Calculator,
    MedicineFamily,
    Rule,
    Values,
    measured,
    published,
    wrong_ones,
)
from gen.domains.medicine.charts import chart, reread
from gen.domains.worked import Draft, Fields, Word


def _bounded(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _rounded(value: float) -> int:
    """To the nearest whole number, halves up."""
    return floor(value + 0.5)


def _raw_meld(values: Values) -> float:
    """Ten times the score of Kamath and Wiesner, before it is rounded."""
    creatinine = _bounded(values["creatinine"], 1, 4)
    bilirubin, inr = max(values["bilirubin"], 1), max(values["INR"], 1)
    return 10 * (0.957 * log(creatinine) + 0.378 * log(bilirubin) + 1.120 * log(inr) + 0.643)


def meld(values: Values) -> int:
    """MELD as it was before 2016, in whole points."""
    return int(_bounded(_rounded(_raw_meld(values)), 6, 40))


def _meld_again(values: Values) -> int:
    """By the product whose logarithm it is."""
    creatinine = 1.0 if values["creatinine"] < 1 else min(4.0, values["creatinine"])
    product = creatinine**9.57 * exp(6.43)
    for name, power in (("bilirubin", 3.78), ("INR", 11.2)):
        product *= values[name] ** power if values[name] > 1 else 1
    return min(40, max(6, _nearest(log(product))))


def _nearest(value: float) -> int:
    below, above = floor(value), ceil(value)
    return below if value - below < above - value else above


def _sodium_below_137(values: Values) -> float:
    return 137 - _bounded(values["sodium"], 125, 137)


def _raw_meld_na(values: Values) -> float:
    score, lack = meld(values), _sodium_below_137(values)
    return score + 1.32 * lack - 0.033 * score * lack if score > 11 else score


def meld_na(values: Values) -> int:
    """MELD-Na of the OPTN, January 2016."""
    return int(_bounded(_rounded(_raw_meld_na(values)), 6, 40))


def _meld_na_again(values: Values) -> int:
    score = _meld_again(values)
    if score <= 11:
        return score
    lack = max(0.0, min(12.0, 137 - values["sodium"]))
    return min(40, _nearest(score * (1 - 0.033 * lack) + 1.32 * lack))


def _raw_meld_3(values: Values) -> float:
    creatinine, lack = log(_bounded(values["creatinine"], 1, 3)), _sodium_below_137(values)
    bilirubin, inr = log(max(values["bilirubin"], 1)), log(max(values["INR"], 1))
    short = 3.5 - _bounded(values["albumin"], 1.5, 3.5)
    score = 1.33 * values["female"] + 4.56 * bilirubin + 0.82 * lack - 0.24 * lack * bilirubin
    return score + 9.09 * inr + 11.14 * creatinine + 1.85 * short - 1.83 * short * creatinine + 6


def meld_3(values: Values) -> int:
    """MELD 3.0 of the OPTN, July 2023."""
    return int(_bounded(_rounded(_raw_meld_3(values)), 6, 40))


def _meld_3_again(values: Values) -> int:
    """Gathered by logarithm, which are decimal ones."""
    lack = max(0.0, min(12.0, 137 - values["sodium"]))
    short = max(0.0, min(2.0, 3.5 - values["albumin"]))
    slopes = {"creatinine": 11.14 - 1.83 * short, "bilirubin": 4.56 - 0.24 * lack, "INR": 9.09}
    total = 6 + 0.82 * lack + 1.85 * short + (1.33 if values["female"] else 0)
    for name, slope in slopes.items():
        value = min(values[name], 3.0) if name == "creatinine" else values[name]
        total += slope * log10(value) / log10(exp(1)) if value > 1 else 0
    return min(40, max(6, _nearest(total)))


def _clear(*raw: float) -> bool:
    """None so close to a half that the digits of a conversion decide."""
    return all(abs(one - floor(one) - 0.5) > 0.08 for one in raw)


_MELD = ("creatinine", "bilirubin", "INR")
MELD = Rule(
    question=(
        "Calculate the original MELD score (UNOS, before 2016, no dialysis): creatinine, bilirubin "
        "and INR below 1 count as 1, creatinine above 4.0 mg/dL as 4.0. Round to whole points."
    ),
    formula=(
        "MELD = 10 * (0.957 ln(creatinine) + 0.378 ln(bilirubin) + 1.120 ln(INR) + 0.643), both in "
        "mg/dL."
    ),
    needs=_MELD,
    form=POINTS,
    worked=meld,
    again=_meld_again,
    slips=lambda values: [meld_na({**values, "sodium": 130}), meld({**values, "INR": 1.0})],
    fits=lambda values: _clear(_raw_meld(values)),
)
MELD_NA = Rule(
    question=(
        "Calculate the MELD-Na score (OPTN, 2016; no dialysis) in whole points. Bounds: "
        "creatinine, "
        "bilirubin and INR at least 1, creatinine at most 4.0 mg/dL, sodium between 125 and 137 "
        "mmol/L. The MELD score is rounded before sodium is considered, and sodium counts only "
        "where "
        "that is above 11."
    ),
    formula="",
    needs=(*_MELD, "sodium"),
    form=POINTS,
    worked=meld_na,
    again=_meld_na_again,
    slips=lambda values: [meld(values), meld_na({**values, "sodium": 137})],
    ranges={"sodium": (120, 140)},
    fits=lambda values: _clear(_raw_meld(values), _raw_meld_na(values)),
)
MELD_3 = Rule(
    question=(
        "Calculate the MELD 3.0 score (OPTN, 2023; adult, no dialysis) in whole points. Bounds: "
        "creatinine, bilirubin and INR at least 1, creatinine at most 3.0 mg/dL, sodium between "
        "125 "
        "and 137 mmol/L, albumin between 1.5 and 3.5 g/dL."
    ),
    formula="",
    needs=(*_MELD, "sodium", "albumin"),
    form=POINTS,
    worked=meld_3,
    again=_meld_3_again,
    slips=lambda values: [meld_na(values), meld_3({**values, "female": 1 - values["female"]})],
    ranges={"sodium": (120, 140)},
    fits=lambda values: _clear(_raw_meld_3(values)),
)


class Meld(Calculator):
    """Model for end-stage liver disease: the original, MELD-Na and MELD 3.0."""

    name = "calculators.meld"
    card = published(
        0.14,
        "Kamath et al., Hepatology 33:464 (2001); OPTN policy 9 (2016); Kim et al., "
        "Gastroenterology 161:1887 (2021)",
        "three versions are in use: the question names one and its bounds",
    )
    rules = (
        (1, (MELD,)),
        (3, (MELD_NA,)),
        (4, (MELD_NA, MELD_3)),
    )
    lazy = (33, 40, 28, 20)


def _fib4(values: Values) -> float:
    return values["age"] * values["AST"] / (values["platelets"] * sqrt(values["ALT"]))


FIB4 = Rule(
    question="Calculate the FIB-4 index, to two decimals.",
    formula="FIB-4 = age * AST / (platelets in 10^9/L * square root of ALT).",
    needs=("AST", "ALT", "platelets"),
    form=measured(2),
    worked=_fib4,
    again=lambda values: exp(
        log(values["age"] * values["AST"] / values["platelets"]) - log(values["ALT"]) / 2
    ),
    slips=lambda values: [
        values["age"] * values["AST"] / (values["platelets"] * values["ALT"]),
        values["age"] * values["ALT"] / (values["platelets"] * sqrt(values["AST"])),
    ],
)


class Fib4(Calculator):
    """The FIB-4 index of fibrosis."""

    name = "calculators.fib4"
    card = published(0.05, "Sterling et al., Hepatology 43:1317 (2006)")
    rules = ((1, (FIB4,)),)
    lazy = ("1.45", "3.25", "2", "1")


ASCITES = ("no ascites", "mild ascites, controlled by diuretics", "tense, refractory ascites")
GRADES = ((0,), (1, 2), (3, 4))
"""Of encephalopathy, by points."""

_PARTS: tuple[str, ...] = ("bilirubin", "albumin", "INR", "ascites", "encephalopathy")
_BOUNDS = {"bilirubin": (2.0, 3.0), "INR": (1.7, 2.3), "albumin": (3.5, 2.8)}


class ChildPugh(MedicineFamily):
    """Child-Pugh points, one by one and together, and the class."""

    name = "calculators.child_pugh"
    card = published(
        0.06,
        "Pugh et al., Br J Surg 60:646 (1973), with INR for prothrombin time",
        "values on a bound are not drawn: sources differ on which side they fall",
    )
    methods = "points by comparison against points by position among the bounds, from the text"
    lazy = (
        {**dict.fromkeys(_PARTS, 2), "points": 10, "class": "C"},
        {**dict.fromkeys(_PARTS, 1), "points": 5, "class": "A"},
        {**dict.fromkeys(_PARTS, 3), "points": 15, "class": "C"},
    )

    def draw(self, rng: Random, level: int) -> Draft:
        """Draw a record whose values are clear of the bounds."""
        stages = {"ascites": rng.randint(1, 3), "encephalopathy": rng.randint(1, 3)}
        grade = rng.choice(GRADES[stages["encephalopathy"] - 1])
        notes = [
            ASCITES[stages["ascites"] - 1],
            f"encephalopathy of grade {grade}" if grade else "no encephalopathy",
        ]
        while True:
            made = chart(rng, tuple(_BOUNDS), level=level, notes=notes)
            if all(_off_bounds(name, made.values[name]) for name in _BOUNDS):
                break
        form = Fields(
            {**dict.fromkeys(_PARTS, POINTS), "points": POINTS, "class": Word(("A", "B", "C"))}
        )
        answer = _classed({**_points(made.values), **stages})
        turned = {**made.values, "albumin": 5 - made.values["albumin"]}
        slips = [
            _classed({**_points(values), **stages})
            for values in (made.first, made.unconverted, turned)
        ]
        slips.append({**answer, "points": answer["points"] + 1})
        return Draft(
            f"{made.text}\n\nGive the Child-Pugh score as a JSON object with the keys "
            f"{', '.join(_PARTS)} (1 to 3 points each), points (their sum) and class "
            f'("A" for 5-6, "B" for 7-9, "C" for 10-15).{_SCALE if level <= 2 else ""}',
            answer,
            form,
            _classed(_points_again(made.text)),
            wrong_ones(form, answer, slips),
        )


_SCALE = (
    "\nPoints 1, 2 or 3: bilirubin below 2, 2 to 3, above 3 mg/dL; albumin above 3.5, 2.8 to 3.5, "
    "below 2.8 g/dL; INR below 1.7, 1.7 to 2.3, above 2.3; ascites none, mild, severe; "
    "encephalopathy none, grade 1-2, grade 3-4."
)


def _off_bounds(name: str, value: float) -> bool:
    return all(abs(value - bound) > 0.05 for bound in _BOUNDS[name])


def _points(values: Values) -> dict[str, int]:
    """Of the three assays."""
    return {
        "bilirubin": 1 if values["bilirubin"] < 2 else 2 if values["bilirubin"] <= 3 else 3,
        "albumin": 1 if values["albumin"] > 3.5 else 2 if values["albumin"] >= 2.8 else 3,
        "INR": 1 if values["INR"] < 1.7 else 2 if values["INR"] <= 2.3 else 3,
    }


def _points_again(text: str) -> dict[str, int]:
    """Of everything in the text: one each, and one for each bound that is passed."""
    values, points = reread(text), dict.fromkeys(_PARTS, 1)
    for name, bounds in _BOUNDS.items():
        down = name == "albumin"
        points[name] += sum(
            values[name] < bound if down else values[name] > bound for bound in bounds
        )
    points["ascites"] += ("- mild ascites" in text) + 2 * ("- tense" in text)
    for grade in (1, 2, 3, 4):
        points["encephalopathy"] += (1 + (grade > 2)) * (f"of grade {grade}" in text)
    return points


def _classed(parts: dict[str, int]) -> dict[str, Any]:
    points = sum(parts.values())
    named = "A" if points <= 6 else "B" if points <= 9 else "C"
    return {**{name: parts[name] for name in _PARTS}, "points": points, "class": named}
