"""What a patient's record can hold: each assay with its units, its range and its decimals.

    ASSAYS["creatinine"]
    ->  Assay("creatinine", 0.6, 4.5, (Unit("mg/dL", 1.0, 2), Unit("µmol/L", 88.4, 0)))

Formulas take the first unit, the conventional one. `per` is how much of a unit one of the first is.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit, how many of it one of the first unit is, and the decimals it is written with."""

    name: str
    per: float
    decimals: int


@dataclass(frozen=True, slots=True)
class Assay:
    """A measured quantity, and the range from which a value in its first unit is drawn."""

    label: str
    low: float
    high: float
    units: tuple[Unit, ...]


def _assay(label: str, low: float, high: float, unit: str, decimals: int, *others: Unit) -> Assay:
    return Assay(label, low, high, (Unit(unit, 1.0, decimals), *others))


ASSAYS: dict[str, Assay] = {
    one.label: one
    for one in (
        _assay("weight", 45, 125, "kg", 1, Unit("lb", 2.20462, 0)),
        _assay("height", 148, 195, "cm", 0, Unit("in", 1 / 2.54, 1)),
        _assay("creatinine", 0.6, 4.5, "mg/dL", 2, Unit("µmol/L", 88.4, 0)),
        _assay("urea nitrogen", 8, 80, "mg/dL", 0, Unit("mmol/L", 0.357, 1)),
        _assay("sodium", 120, 152, "mmol/L", 0, Unit("mEq/L", 1.0, 0)),
        _assay("potassium", 2.8, 6.2, "mmol/L", 1, Unit("mEq/L", 1.0, 1)),
        _assay("chloride", 88, 115, "mmol/L", 0, Unit("mEq/L", 1.0, 0)),
        _assay("bicarbonate", 8, 32, "mmol/L", 0, Unit("mEq/L", 1.0, 0)),
        _assay("glucose", 60, 620, "mg/dL", 0, Unit("mmol/L", 0.0555, 1)),
        _assay("total calcium", 6.6, 11.8, "mg/dL", 1, Unit("mmol/L", 0.2495, 2)),
        _assay("albumin", 1.6, 4.6, "g/dL", 1, Unit("g/L", 10.0, 0)),
        _assay("bilirubin", 0.4, 14, "mg/dL", 1, Unit("µmol/L", 17.1, 0)),
        _assay("INR", 0.9, 3.4, "", 1),
        _assay("AST", 15, 240, "U/L", 0),
        _assay("ALT", 12, 260, "U/L", 0),
        _assay("platelets", 15, 420, "10^9/L", 0, Unit("per µL", 1000.0, -3)),
        _assay("hemoglobin", 6.8, 16.5, "g/dL", 1, Unit("g/L", 10.0, 0)),
        _assay("urine sodium", 6, 110, "mmol/L", 0, Unit("mEq/L", 1.0, 0)),
        _assay("urine creatinine", 20, 220, "mg/dL", 0, Unit("mmol/L", 0.0884, 2)),
        _assay("urine urea nitrogen", 150, 900, "mg/dL", 0, Unit("mmol/L", 0.357, 0)),
        _assay("ethanol", 0, 320, "mg/dL", 0, Unit("mmol/L", 0.217, 1)),
        _assay("measured osmolality", 270, 380, "mOsm/kg", 0),
        _assay("QT interval", 320, 500, "ms", 0, Unit("s", 0.001, 3)),
        _assay("heart rate", 48, 124, "beats/min", 0),
        _assay("respiratory rate", 12, 38, "breaths/min", 0),
        _assay("systolic blood pressure", 78, 190, "mmHg", 0, Unit("kPa", 0.133322, 1)),
        _assay("diastolic blood pressure", 42, 105, "mmHg", 0, Unit("kPa", 0.133322, 1)),
        _assay("PaO2", 48, 120, "mmHg", 0, Unit("kPa", 0.133322, 1)),
        _assay("FiO2", 0.21, 1.0, "", 2),
        _assay("Glasgow coma score", 3, 15, "points", 0),
        _assay("temperature", 35.6, 40.2, "°C", 1),
        _assay("magnesium", 1.2, 2.8, "mg/dL", 1),
        _assay("phosphate", 1.8, 5.6, "mg/dL", 1),
        _assay("lactate", 0.6, 6.5, "mmol/L", 1),
        _assay("C-reactive protein", 1, 180, "mg/L", 0),
        _assay("TSH", 0.3, 6.0, "mIU/L", 1),
        _assay("hematocrit", 22, 50, "%", 0),
        _assay("triglycerides", 60, 380, "mg/dL", 0),
        _assay("uric acid", 2.5, 9.5, "mg/dL", 1),
        _assay("leukocytes", 2.1, 22, "10^9/L", 1),
    )
}

DISTRACTORS: tuple[str, ...] = (
    "temperature", "magnesium", "phosphate", "lactate", "C-reactive protein", "TSH", "hematocrit",
    "triglycerides", "uric acid", "leukocytes", "potassium", "hemoglobin", "ALT", "platelets",
    "respiratory rate", "glucose", "chloride", "albumin",
)  # fmt: skip
"""What may stand in a record beside the values that a question needs."""
