"""The medicine families, a module a subject; `FAMILIES` is the table that the entry point names."""

from gen.domains.medicine.acute import OrganFailure, Pneumonia
from gen.domains.medicine.body import BodySize, QtInterval
from gen.domains.medicine.chemistry import AnionGap, Calcium, Osmolality, Sodium
from gen.domains.medicine.clots import WellsDvt, WellsPe
from gen.domains.medicine.doses import Infusion, WeightDose
from gen.domains.medicine.evidence import Bayes, Effects, SampleSize
from gen.domains.medicine.liver import ChildPugh, Fib4, Meld
from gen.domains.medicine.outcomes import (
    DiagnosisOutcomes,
    ProgressionOutcomes,
    SurvivalOutcomes,
)
from gen.domains.medicine.regimens import Regimen
from gen.domains.medicine.renal import Clearance, Egfr, Excretion
from gen.domains.medicine.strokes import BleedingRisk, StrokeRisk

FAMILIES = (
    Egfr,
    Clearance,
    Excretion,
    Calcium,
    AnionGap,
    Osmolality,
    Sodium,
    Meld,
    ChildPugh,
    Fib4,
    StrokeRisk,
    BleedingRisk,
    WellsDvt,
    WellsPe,
    Pneumonia,
    OrganFailure,
    BodySize,
    QtInterval,
    WeightDose,
    Infusion,
    Regimen,
    Bayes,
    Effects,
    SampleSize,
    SurvivalOutcomes,
    DiagnosisOutcomes,
    ProgressionOutcomes,
)
