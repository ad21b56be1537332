"""The kidney: filtration, clearance, and what of the sodium is excreted.

Egfr().generate(rng, 1)         A 58-year-old woman. - creatinine: 1.31 mg/dL ...      47.2
Clearance().generate(rng, 3)    ... by Cockcroft and Gault, with the adjusted weight   61.8
Excretion().generate(rng, 2)    ... the fractional excretion of sodium                 0.84
"""

from math import exp, log

from gen.domains.medicine.base import Calculator, Rule, Values, measured, published


def ckd_epi(values: Values) -> float:
    """CKD-EPI 2021 as published, in mL/min/1.73 m^2."""
    female = values["female"]
    ratio = values["creatinine"] / (0.7 if female else 0.9)
    sexed = min(ratio, 1) ** (-0.241 if female else -0.302) * max(ratio, 1) ** -1.2
    return 142 * sexed * 0.9938 ** values["age"] * (1.012 if female else 1)


def ckd_epi_by_cases(values: Values) -> float:
    """The same by sex and side of the knot, in logarithms."""
    knot, scale = (0.7, 143.704) if values["female"] else (0.9, 142.0)
    power = -1.2
    if values["creatinine"] <= knot:
        power = -0.241 if values["female"] else -0.302
    logs = log(scale) + power * log(values["creatinine"] / knot) + values["age"] * log(0.9938)
    return exp(logs)


def _ckd_epi_slips(values: Values) -> list[float]:
    """The other sex, and the equation of 2009."""
    female = values["female"]
    ratio = values["creatinine"] / (0.7 if female else 0.9)
    old = min(ratio, 1) ** (-0.329 if female else -0.411) * max(ratio, 1) ** -1.209
    of_2009 = 141 * old * 0.993 ** values["age"] * (1.018 if female else 1)
    return [ckd_epi({**values, "female": 1 - female}), of_2009]


EGFR = Rule(
    question=(
        "Calculate the estimated glomerular filtration rate by the CKD-EPI creatinine equation of "
        "2021 (without race), in mL/min/1.73 m^2, to one decimal."
    ),
    formula=(
        "eGFR = 142 * min(Scr/k, 1)^a * max(Scr/k, 1)^-1.200 * 0.9938^age (* 1.012 if female), Scr "
        "in mg/dL; k = 0.7 and a = -0.241 for women, k = 0.9 and a = -0.302 for men."
    ),
    needs=("creatinine",),
    form=measured(1, "mL/min/1.73 m^2", "mL/min"),
    worked=ckd_epi,
    again=ckd_epi_by_cases,
    slips=_ckd_epi_slips,
)


class Egfr(Calculator):
    """Estimated glomerular filtration rate by CKD-EPI 2021."""

    name = "calculators.egfr"
    card = published(
        0.04,
        "Inker et al., NEJM 385:1737 (2021), the creatinine equation without race",
        "the equations of 2009 and 2021 differ by up to a tenth: the question names the year",
    )
    rules = ((1, (EGFR,)),)
    lazy = (60, 90, 45, 30)


def ideal_weight(values: Values) -> float:
    """Devine's, in kg."""
    return 50 - 4.5 * values["female"] + 2.3 * (values["height"] / 2.54 - 60)


def dosing_weight(values: Values) -> float:
    """Actual weight below the ideal, the adjusted one above 120 % of it, else the ideal, in kg."""
    ideal, actual = ideal_weight(values), values["weight"]
    if actual > 1.2 * ideal:
        return ideal + 0.4 * (actual - ideal)
    return min(actual, ideal)


def cockcroft_gault(values: Values, weight: float) -> float:
    """Creatinine clearance in mL/min; `weight` in kg."""
    sexed = 0.85 if values["female"] else 1
    return (140 - values["age"]) * weight * sexed / (72 * values["creatinine"])


def _cockcroft_gault_in_si(values: Values, weight: float) -> float:
    """The same with creatinine in µmol/L, as it is written outside the United States."""
    constant = 88.4 / 72 * (0.85 if values["female"] else 1)
    return (140 - values["age"]) * weight * constant / (values["creatinine"] * 88.4)


def _dosing_weight_again(values: Values) -> float:
    inches_over = (values["height"] - 152.4) / 2.54
    ideal = (45.5 if values["female"] else 50.0) + inches_over * 2.3
    if values["weight"] <= ideal:
        return values["weight"]
    if values["weight"] <= ideal * 6 / 5:
        return ideal
    return 0.6 * ideal + 0.4 * values["weight"]


def _clear_weight(values: Values) -> bool:
    """Not so close to a bound of the rule that rounding decides."""
    ideal = ideal_weight(values)
    return all(abs(values["weight"] / ideal - bound) > 0.01 for bound in (1, 1.2))


_CLEARANCE = "Calculate the creatinine clearance by the Cockcroft-Gault equation in mL/min, to one"
_COCKCROFT_GAULT = (
    "Clearance = (140 - age) * weight in kg / (72 * creatinine in mg/dL), times 0.85 for women."
)
BY_ACTUAL_WEIGHT = Rule(
    question=f"{_CLEARANCE} decimal. Use the actual body weight.",
    formula=_COCKCROFT_GAULT,
    needs=("creatinine", "weight", "height"),
    form=measured(1, "mL/min"),
    worked=lambda values: cockcroft_gault(values, values["weight"]),
    again=lambda values: _cockcroft_gault_in_si(values, values["weight"]),
    slips=lambda values: [
        cockcroft_gault({**values, "female": 1 - values["female"]}, values["weight"]),
        cockcroft_gault(values, ideal_weight(values)),
    ],
    ranges={"height": (154, 195)},
    ages=(19, 90),
)
BY_DOSING_WEIGHT = Rule(
    question=(
        f"{_CLEARANCE} decimal. Use the actual body weight if it is below the ideal one (Devine), "
        "the adjusted body weight (the ideal plus 40% of the excess) if the actual is more than "
        "120% of the ideal, and otherwise the ideal body weight."
    ),
    formula=_COCKCROFT_GAULT,
    needs=("creatinine", "weight", "height"),
    form=measured(1, "mL/min"),
    worked=lambda values: cockcroft_gault(values, dosing_weight(values)),
    again=lambda values: _cockcroft_gault_in_si(values, _dosing_weight_again(values)),
    slips=lambda values: [
        cockcroft_gault(values, values["weight"]),
        cockcroft_gault(values, ideal_weight(values)),
        cockcroft_gault({**values, "female": 1 - values["female"]}, dosing_weight(values)),
    ],
    ranges={"height": (154, 195)},
    ages=(19, 90),
    fits=_clear_weight,
)


class Clearance(Calculator):
    """Creatinine clearance by Cockcroft and Gault."""

    name = "calculators.creatinine_clearance"
    card = published(
        0.04,
        "Cockcroft and Gault, Nephron 16:31 (1976); ideal weight of Devine (1974)",
        "which weight to use is disputed: the question says which",
    )
    rules = (
        (1, (BY_ACTUAL_WEIGHT,)),
        (3, (BY_DOSING_WEIGHT,)),
    )
    lazy = (60, 90, 45, 30)


def _excreted(values: Values, solute: str) -> float:
    """Fractional excretion in per cent."""
    filtered = values[solute] * values["urine creatinine"]
    return 100 * values[f"urine {solute}"] * values["creatinine"] / filtered


def _excreted_by_clearances(values: Values, solute: str) -> float:
    """The clearance of the solute over that of creatinine, at one urine flow."""
    clearance = values[f"urine {solute}"] / values[solute]
    return clearance / (values["urine creatinine"] / values["creatinine"]) * 100


def _fractional_excretion(solute: str, decimals: int) -> Rule:
    return Rule(
        question=(
            f"Calculate the fractional excretion of {solute.split()[0]} in per cent, to "
            f"{'two decimals' if decimals == 2 else 'one decimal'}."
        ),
        formula=(
            f"Fractional excretion = 100 * (urine {solute} * serum creatinine) / (serum {solute} * "
            "urine creatinine), each pair in the same unit."
        ),
        needs=(solute, f"urine {solute}", "creatinine", "urine creatinine"),
        form=measured(decimals, "%"),
        worked=lambda values: _excreted(values, solute),
        again=lambda values: _excreted_by_clearances(values, solute),
        slips=lambda values: [
            _excreted(values, solute) / 100,
            100 * values[f"urine {solute}"] / values[solute],
            _excreted(values, solute) * (values["urine creatinine"] / values["creatinine"]) ** 2,
        ],
        ranges={"creatinine": (1.2, 4.5)},
    )


OF_SODIUM, OF_UREA = _fractional_excretion("sodium", 2), _fractional_excretion("urea nitrogen", 1)


class Excretion(Calculator):
    """Fractional excretion of sodium, from the fourth level on also of urea."""

    name = "calculators.fractional_excretion"
    card = published(
        0.05, "Espinel, JAMA 236:579 (1976); Carvounis et al., Kidney Int 62:2223 (2002)"
    )
    rules = (
        (1, (OF_SODIUM,)),
        (4, (OF_SODIUM, OF_UREA)),
    )
    lazy = ("1", "0.5", "2", "35")
