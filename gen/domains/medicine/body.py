"""The body's size, and the QT interval at a heart's rate.

BodySize().generate(rng, 1)      ... the body mass index         27.4
BodySize().generate(rng, 4)      ... the surface of Du Bois      1.884
QtInterval().generate(rng, 2)    ... by Fridericia               431
"""

from math import exp, log, sqrt

from gen.domains.medicine.base import Calculator, Rule, Values, measured, published
from gen.domains.medicine.renal import ideal_weight


def _bmi(values: Values) -> float:
    return values["weight"] / (values["height"] / 100) ** 2


def _mosteller(values: Values) -> float:
    return sqrt(values["weight"] * values["height"] / 3600)


def _du_bois(values: Values) -> float:
    return 0.007184 * values["weight"] ** 0.425 * values["height"] ** 0.725


def _swapped(values: Values) -> Values:
    return {**values, "weight": values["height"], "height": values["weight"]}


_SIZE = ("weight", "height")
BMI = Rule(
    question="Calculate the body mass index in kg/m^2, to one decimal.",
    formula="Body mass index = weight in kg / (height in m)^2.",
    needs=_SIZE,
    form=measured(1, "kg/m^2", relative=0.003),
    worked=_bmi,
    again=lambda values: exp(log(values["weight"]) - 2 * log(values["height"]) + log(10_000)),
    slips=lambda values: [values["weight"] / (values["height"] / 100)],
)
MOSTELLER = Rule(
    question="Calculate the body surface area by Mosteller in m^2, to three decimals.",
    formula="Surface = square root of (weight in kg * height in cm / 3600).",
    needs=_SIZE,
    form=measured(3, "m^2", relative=0.003),
    worked=_mosteller,
    again=lambda values: sqrt(values["weight"]) * sqrt(values["height"]) / 60,
    slips=lambda values: [values["weight"] * values["height"] / 3600, _du_bois(values)],
)
DU_BOIS = Rule(
    question="Calculate the body surface area by Du Bois in m^2, to three decimals.",
    formula="Surface = 0.007184 * (weight in kg)^0.425 * (height in cm)^0.725.",
    needs=_SIZE,
    form=measured(3, "m^2", relative=0.003),
    worked=_du_bois,
    again=lambda values: exp(
        log(0.20247) + 0.425 * log(values["weight"]) + 0.725 * log(values["height"] / 100)
    ),
    slips=lambda values: [_mosteller(values), _du_bois(_swapped(values))],
)
DEVINE = Rule(
    question="Calculate the ideal body weight by Devine in kg, to one decimal.",
    formula="Ideal weight = 50 kg (men) or 45.5 kg (women) + 2.3 kg for each inch above 60.",
    needs=("height",),
    form=measured(1, "kg", relative=0.003),
    worked=ideal_weight,
    again=lambda values: (
        45.5 + 4.5 * (1 - values["female"]) + (values["height"] - 152.4) * 2.3 / 2.54
    ),
    slips=lambda values: [ideal_weight({**values, "female": 1 - values["female"]})],
    ranges={"height": (154, 195)},
)


class BodySize(Calculator):
    """Body mass index, surface area and ideal weight."""

    name = "calculators.body_size"
    card = published(
        0.04,
        "Mosteller, NEJM 317:1098 (1987); Du Bois and Du Bois, Arch Intern Med 17:863 (1916); "
        "Devine, Drug Intell Clin Pharm 8:650 (1974)",
    )
    rules = ((1, (BMI, MOSTELLER)), (3, (MOSTELLER, DU_BOIS, DEVINE)))
    lazy = (25, "1.9", "1.7", 70)


def _beat(values: Values) -> float:
    """The RR interval in seconds."""
    return 60 / values["heart rate"]


def _bazett(values: Values) -> float:
    return values["QT interval"] / sqrt(_beat(values))


def _fridericia(values: Values) -> float:
    return values["QT interval"] / _beat(values) ** (1 / 3)


def _framingham(values: Values) -> float:
    return values["QT interval"] + 154 * (1 - _beat(values))


def _plausible(values: Values) -> bool:
    """A rate that makes a difference, and an interval as hearts have it."""
    return abs(values["heart rate"] - 60) > 4 and 340 < _bazett(values) < 560


def _qtc(name: str, formula: str, worked, again, *others) -> Rule:
    return Rule(
        question=f"Calculate the corrected QT interval by {name} in ms, to one decimal.",
        formula=f"QTc = {formula}, RR = 60 / heart rate, in seconds.",
        needs=("QT interval", "heart rate"),
        form=measured(1, "ms", relative=0.004),
        worked=worked,
        again=again,
        slips=lambda values: [*(one(values) for one in others), values["QT interval"]],
        ranges={"QT interval": (330, 470)},
        fits=_plausible,
    )


BAZETT = _qtc(
    "Bazett",
    "QT / square root of RR",
    _bazett,
    lambda values: values["QT interval"] * exp(0.5 * log(values["heart rate"] / 60)),
    _fridericia,
    lambda values: values["QT interval"] * sqrt(_beat(values)),
)
FRIDERICIA = _qtc(
    "Fridericia",
    "QT / cube root of RR",
    _fridericia,
    lambda values: values["QT interval"] * exp(log(values["heart rate"] / 60) / 3),
    _bazett,
)
FRAMINGHAM = _qtc(
    "the Framingham formula",
    "QT + 154 ms * (1 - RR)",
    _framingham,
    lambda values: values["QT interval"] + 154 - 9240 / values["heart rate"],
    _bazett,
    _fridericia,
)


class QtInterval(Calculator):
    """The QT interval corrected for the heart rate."""

    name = "calculators.qtc"
    card = published(
        0.09,
        "Bazett, Heart 7:353 (1920); Fridericia, Acta Med Scand 53:469 (1920); Sagie et al., Am J "
        "Cardiol 70:797 (1992)",
        "the formulas differ by up to a tenth: the question names one",
    )
    rules = ((1, (BAZETT,)), (2, (BAZETT, FRIDERICIA)), (4, (BAZETT, FRIDERICIA, FRAMINGHAM)))
    lazy = (420, 440, 400, 450)
