"""Blood chemistry: calcium, the anion gap, osmolality, and sodium where there is much glucose.

Calcium().generate(rng, 1)       - total calcium: 7.9 mg/dL  - albumin: 2.1 g/dL     9.42
AnionGap().generate(rng, 5)      ... gap, corrected gap and delta ratio as JSON
Osmolality().generate(rng, 2)    ... the osmolal gap                                 21.3
Sodium().generate(rng, 3)        ... corrected for glucose                           141.6
"""

from gen.domains.medicine.base import Calculator, Rule, Values, measured, published
from gen.domains.worked import Fields


def _corrected_calcium(values: Values) -> float:
    return values["total calcium"] + 0.8 * (4 - values["albumin"])


CALCIUM = Rule(
    question=(
        "Calculate the calcium corrected for albumin (0.8 mg/dL for each g/dL that albumin differs "
        "from 4.0 g/dL) in mg/dL, to two decimals."
    ),
    formula="Corrected calcium = total calcium + 0.8 * (4.0 - albumin).",
    needs=("total calcium", "albumin"),
    form=measured(2, "mg/dL", relative=0.005),
    worked=_corrected_calcium,
    again=lambda values: 3.2 + values["total calcium"] - values["albumin"] * 4 / 5,
    slips=lambda values: [
        values["total calcium"],
        values["total calcium"] - 0.8 * (4 - values["albumin"]),
    ],
)


class Calcium(Calculator):
    """Calcium corrected for albumin."""

    name = "calculators.corrected_calcium"
    card = published(0.05, "Payne et al., BMJ 4:643 (1973), in mg/dL")
    rules = ((1, (CALCIUM,)),)
    lazy = (9.5, 10, 9, 8.5)


def _gap(values: Values) -> float:
    return values["sodium"] - values["chloride"] - values["bicarbonate"]


def _corrected_gap(values: Values) -> float:
    return _gap(values) + 2.5 * (4 - values["albumin"])


def _gaps(values: Values) -> dict[str, float]:
    gap = _corrected_gap(values)
    ratio = (gap - 12) / (24 - values["bicarbonate"])
    return {"anion_gap": _gap(values), "corrected_gap": gap, "delta_ratio": ratio}


def _corrected_gap_again(values: Values) -> float:
    anions = values["chloride"] + values["bicarbonate"] + 2.5 * values["albumin"]
    return values["sodium"] + 10 - anions


def _gaps_again(values: Values) -> dict[str, float]:
    """Anions that are not measured: cations less anions, then albumin's share of them."""
    unmeasured = values["sodium"] - (values["chloride"] + values["bicarbonate"])
    corrected = _corrected_gap_again(values)
    lost = 24 - values["bicarbonate"]
    return {
        "anion_gap": unmeasured,
        "corrected_gap": corrected,
        "delta_ratio": corrected / lost - 12 / lost,
    }


_IN_EQUIVALENTS = ("mEq/L", "mmol/L")
PLAIN_GAP = Rule(
    question="Calculate the anion gap (without potassium) in mEq/L.",
    formula="Anion gap = sodium - (chloride + bicarbonate).",
    needs=("sodium", "chloride", "bicarbonate"),
    form=measured(2, *_IN_EQUIVALENTS, relative=0),
    worked=_gap,
    again=lambda values: _corrected_gap_again({**values, "albumin": 4}),
    slips=lambda values: [_gap(values) + 4, values["sodium"] - values["chloride"]],
    ranges={"sodium": (128, 152), "chloride": (88, 108)},
)
CORRECTED_GAP = Rule(
    question=(
        "Calculate the anion gap (without potassium) corrected for albumin, 2.5 mEq/L for each "
        "g/dL "
        "that albumin is below 4.0 g/dL, in mEq/L, to one decimal."
    ),
    formula="Corrected gap = sodium - (chloride + bicarbonate) + 2.5 * (4.0 - albumin).",
    needs=("sodium", "chloride", "bicarbonate", "albumin"),
    form=measured(1, *_IN_EQUIVALENTS, relative=0),
    worked=_corrected_gap,
    again=_corrected_gap_again,
    slips=lambda values: [_gap(values), _gap(values) - 2.5 * (4 - values["albumin"])],
    ranges={"sodium": (128, 152), "chloride": (88, 108), "albumin": (1.6, 3.9)},
)
DELTA_RATIO = Rule(
    question=(
        "Give the anion gap (without potassium), the gap corrected for albumin (2.5 mEq/L for each "
        "g/dL that albumin is below 4.0 g/dL), and the delta ratio, which is (corrected gap - 12) "
        "/ "
        "(24 - bicarbonate), as a JSON object with the keys anion_gap, corrected_gap (mEq/L, to "
        "one "
        "decimal) and delta_ratio (to two decimals)."
    ),
    formula="",
    needs=("sodium", "chloride", "bicarbonate", "albumin"),
    form=Fields(
        {
            "anion_gap": measured(1, *_IN_EQUIVALENTS, relative=0),
            "corrected_gap": measured(1, *_IN_EQUIVALENTS, relative=0),
            "delta_ratio": measured(2),
        }
    ),
    worked=_gaps,
    again=_gaps_again,
    slips=lambda values: [
        {**_gaps(values), "delta_ratio": (_gap(values) - 12) / (24 - values["bicarbonate"])},
        {**_gaps(values), "corrected_gap": _gap(values) - 2.5 * (4 - values["albumin"])},
    ],
    ranges={
        "sodium": (130, 150),
        "chloride": (90, 106),
        "bicarbonate": (8, 19),
        "albumin": (1.6, 3.9),
    },
    fits=lambda values: _corrected_gap(values) > 14,
)


class AnionGap(Calculator):
    """The anion gap, corrected for albumin, and the delta ratio."""

    name = "calculators.anion_gap"
    card = published(
        0.06,
        "Emmett and Narins, Medicine 56:38 (1977); Figge et al., Crit Care Med 26:1807 (1998)",
        "mEq/L and mmol/L mean the same here",
    )
    rules = (
        (1, (PLAIN_GAP,)),
        (2, (CORRECTED_GAP,)),
        (4, (CORRECTED_GAP, DELTA_RATIO)),
    )
    lazy = (12, 20, 24, 30)


def _osmolality(values: Values) -> float:
    return 2 * values["sodium"] + values["glucose"] / 18 + values["urea nitrogen"] / 2.8


def _osmolality_again(values: Values) -> float:
    return (50.4 * values["sodium"] + 1.4 * values["glucose"] + 9 * values["urea nitrogen"]) / 25.2


_OSMOLALITY = "2 * sodium + glucose / 18 + urea nitrogen / 2.8"
_OSMOLES = ("mOsm/kg", "mOsm/L", "mmol/kg", "mmol/L")
PLAIN_OSMOLALITY = Rule(
    question=f"Calculate the serum osmolality, {_OSMOLALITY}, in mOsm/kg, to one decimal.",
    formula="Sodium in mmol/L, glucose and urea nitrogen in mg/dL.",
    needs=("sodium", "glucose", "urea nitrogen"),
    form=measured(1, *_OSMOLES, relative=0.002),
    worked=_osmolality,
    again=_osmolality_again,
    slips=lambda values: [
        values["sodium"] * 2 + values["urea nitrogen"] / 2.8,
        values["sodium"] * 2 + values["glucose"] / 2.8 + values["urea nitrogen"] / 18,
    ],
)
OSMOLAL_GAP = Rule(
    question=(
        f"Calculate the osmolal gap: the measured osmolality minus ({_OSMOLALITY} + ethanol / "
        "4.6), "
        "sodium in mmol/L and the others in mg/dL; in mOsm/kg, to one decimal."
    ),
    formula="",
    needs=("sodium", "glucose", "urea nitrogen", "ethanol", "measured osmolality"),
    form=measured(1, *_OSMOLES, relative=0.01),
    worked=lambda values: (
        values["measured osmolality"] - _osmolality(values) - values["ethanol"] / 4.6
    ),
    again=lambda values: (
        values["measured osmolality"] - (_osmolality_again(values) + 5 * values["ethanol"] / 23)
    ),
    slips=lambda values: [
        values["measured osmolality"] - _osmolality(values),
        _osmolality(values) + values["ethanol"] / 4.6 - values["measured osmolality"],
    ],
    ranges={"ethanol": (20, 320), "measured osmolality": (300, 420)},
    fits=lambda values: (
        values["measured osmolality"] - _osmolality(values) - values["ethanol"] / 4.6 > 1
    ),
)


class Osmolality(Calculator):
    """Calculated serum osmolality and the osmolal gap."""

    name = "calculators.osmolality"
    card = published(
        0.03,
        "Dorwart and Chalmers, Clin Chem 21:190 (1975); ethanol by its molar mass",
        "many formulas are in use: the question states its own",
    )
    rules = (
        (1, (PLAIN_OSMOLALITY,)),
        (3, (OSMOLAL_GAP,)),
    )
    lazy = (290, 300, 10, 20)


def _corrected_sodium(values: Values, factor: float) -> float:
    return values["sodium"] + factor * (values["glucose"] - 100) / 100


def _for_glucose(factor: float) -> Rule:
    return Rule(
        question=(
            f"Calculate the sodium corrected for glucose ({factor} mmol/L for each 100 mg/dL of "
            "glucose "
            "above 100 mg/dL) in mmol/L, to one decimal."
        ),
        formula=f"Corrected sodium = sodium + {factor} * (glucose - 100) / 100.",
        needs=("sodium", "glucose"),
        form=measured(1, *reversed(_IN_EQUIVALENTS), relative=0.001),
        worked=lambda values: _corrected_sodium(values, factor),
        again=lambda values: values["sodium"] - factor + factor * values["glucose"] / 100,
        slips=lambda values: [
            _corrected_sodium(values, -factor),
            _corrected_sodium(values, 4.0 - factor),
            values["sodium"] + factor * values["glucose"] / 100,
        ],
        ranges={"glucose": (220, 620)},
    )


def _water_deficit(values: Values) -> float:
    """Litres; total body water by sex and age, as the question says."""
    share = (
        0.6 - 0.1 * values["female"] - (0.1 if values["age"] >= 65 else 0) * (1 - values["female"])
    )
    share -= 0.05 if values["female"] and values["age"] >= 65 else 0
    return share * values["weight"] * (values["sodium"] / 140 - 1)


def _water_deficit_again(values: Values) -> float:
    old = values["age"] >= 65
    shares = {(0, False): 0.6, (0, True): 0.5, (1, False): 0.5, (1, True): 0.45}
    water = shares[int(values["female"]), old] * values["weight"]
    return water * values["sodium"] / 140 - water


WATER_DEFICIT = Rule(
    question=(
        "Calculate the free water deficit, total body water * (sodium / 140 - 1), in litres, to "
        "two "
        "decimals. Take total body water as 0.6 of the weight in men and 0.5 in women, from 65 "
        "years "
        "on 0.5 in men and 0.45 in women."
    ),
    formula="",
    needs=("sodium", "weight"),
    form=measured(2, "L"),
    worked=_water_deficit,
    again=_water_deficit_again,
    slips=lambda values: [
        _water_deficit({**values, "female": 1 - values["female"]}),
        _water_deficit({**values, "age": 64 if values["age"] >= 65 else 70}),
        -_water_deficit(values),
    ],
    ranges={"sodium": (148, 168)},
)


class Sodium(Calculator):
    """Sodium corrected for glucose, and the free water deficit."""

    name = "calculators.sodium"
    card = published(
        0.03,
        "Katz, NEJM 289:843 (1973); Hillier et al., Am J Med 106:399 (1999); Adrogue and Madias, "
        "NEJM 342:1493 (2000)",
        "two factors for glucose are in use: the question states its own",
    )
    rules = (
        (1, (_for_glucose(1.6),)),
        (3, (_for_glucose(1.6), _for_glucose(2.4))),
        (5, (_for_glucose(2.4), WATER_DEFICIT)),
    )
    lazy = (140, 135, 145, 5)
