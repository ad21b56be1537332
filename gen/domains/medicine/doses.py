"""Doses that are worked out: by weight with limits, and infusions by rate.

    WeightDose().generate(rng, 3)   ... 15 mg/kg, at most 750 mg, 40 mg/mL: volume    9.4
    Infusion().generate(rng, 2)     ... 0.12 mcg/kg/min of 8 mg in 250 mL: mL/h       16.2

The medicines are letters and their rules are made up for the problem: nothing here is about a real
one, and nothing can be remembered.
"""

from fractions import Fraction
from math import floor
from random import Random

from gen.domains.medicine.base import MedicineFamily, measured, published, wrong_ones
from gen.domains.worked import Draft, Fields

POUND_KG = Fraction("0.45359")


def _decimal(value: Fraction | float) -> str:
    return f"{float(value):g}"


class WeightDose(MedicineFamily):
    """A dose by weight, limited by dose and by day, and what of a solution holds it."""

    name = "dosing.by_weight"
    card = published(
        0.02, "made up for each problem", "medicines are letters: no real dose is taught"
    )
    methods = "limits in milligrams against limits in millilitres"
    lazy = (5, 10, 7.5, {"single_dose_mg": 500, "volume_ml": 10})

    def draw(self, rng: Random, level: int) -> Draft:
        """Draw a weight and a rule whose limits matter about half the time."""
        weight = Fraction(rng.randint(60, 340 if level < 3 else 900), 10)
        pounds = level >= 3 and rng.random() < 0.5
        if pounds:
            shown = f"{round(weight / POUND_KG)} lb (1 lb = {_decimal(POUND_KG)} kg)"
            weight = round(weight / POUND_KG) * POUND_KG
        else:
            shown = f"{_decimal(weight)} kg"
        per_kg, times = rng.choice((5, 7.5, 10, 12.5, 15, 20, 25)), rng.choice((2, 3, 4))
        per_kg = Fraction(str(per_kg))
        strength = rng.choice((10, 20, 25, 40, 50, 100))
        usual = per_kg * weight
        single = _near(rng, usual, 25) if level >= 2 else None
        daily = _near(rng, usual * times, 100) if level >= 4 else None
        reduced = Fraction(rng.choice((50, 75)), 100) if level >= 5 else None
        clearance, bound = rng.randint(12, 110), rng.choice((30, 50, 60))
        rule = [f"{_decimal(per_kg)} mg/kg of body weight per dose, {times} doses a day"]
        if reduced is not None:
            rule.append(
                f"at a creatinine clearance below {bound} mL/min {_decimal(100 * reduced)}% of the "
                "dose by "
                "weight"
            )
        if single is not None:
            rule.append(f"at most {single} mg per dose")
        if daily is not None:
            rule.append(f"at most {daily} mg a day in equal doses")
        share = reduced if reduced is not None and clearance < bound else Fraction(1)
        limits = [one for one in (single, daily and Fraction(daily, times)) if one]
        dose = min([usual * share, *limits])
        volume = dose / strength
        volumes = [
            weight * per_kg * share / strength,
            *(Fraction(one) / strength for one in limits),
        ]
        medicine = rng.choice("ABCDEFGHJKLMNPQRSTUVWXYZ")
        patient = f"A patient of {shown}" + (
            f" with a creatinine clearance of {clearance} mL/min" if level >= 5 else ""
        )
        form = Fields({
            "single_dose_mg": measured(1, "mg", relative=0.004),
            "volume_ml": measured(2, "mL", relative=0.004),
        })  # fmt: skip
        answer = {"single_dose_mg": float(dose), "volume_ml": float(volume)}
        again = min(volumes)
        second = {"single_dose_mg": float(again * strength), "volume_ml": float(again)}
        other = [usual, usual * share * times, usual * share, weight / POUND_KG * per_kg, *limits]
        slips = [
            {"single_dose_mg": float(one), "volume_ml": float(one / strength)} for one in other
        ]
        slips.append({**answer, "volume_ml": float(dose * strength / 1000)})
        return Draft(
            f"Made-up medicine {medicine}: {'; '.join(rule)}. The solution has {strength} "
            f"mg/mL.\n{patient} is "
            "to have it.\n\nGive the single dose and its volume as a JSON object with the keys "
            "single_dose_mg (to one decimal) and volume_ml (to two decimals).",
            answer,
            form,
            second,
            wrong_ones(form, answer, slips),
        )


def _near(rng: Random, value: Fraction, step: int) -> int:
    """A limit of so many steps, between two thirds and one and a half of a value."""
    return max(step, step * floor(value * Fraction(rng.randint(66, 150), 100) / step))


class Infusion(MedicineFamily):
    """The rate of a pump, the dose it gives, and how long a bag lasts."""

    name = "dosing.infusion"
    card = published(0.03, "arithmetic", "medicines are letters: no real dose is taught")
    methods = "exact fractions against a chain of unit factors in floats"
    lazy = (10, 5, 20, 12)

    def draw(self, rng: Random, level: int) -> Draft:
        """From the third level on backwards, and then for how long a bag lasts."""
        weight = rng.randint(48, 110)
        rate = Fraction(
            rng.choice((2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30)), rng.choice((1, 10, 100))
        )
        amount, bag = (
            rng.choice((4, 8, 16, 50, 100, 200, 250, 400)),
            rng.choice((50, 100, 250, 500)),
        )
        pump = rate * weight * 60 / 1000 / Fraction(amount, bag)
        while not Fraction(1, 2) <= pump <= 150:
            rate = rate / 2 if pump > 150 else rate * 2
            pump = rate * weight * 60 / 1000 / Fraction(amount, bag)
        solution = f"A bag has {amount} mg of the made-up medicine in {bag} mL."
        patient = f"The patient weighs {weight} kg."
        kind = rng.choice(("rate", "dose", "time")[: 1 if level == 1 else 2 if level < 4 else 3])
        if level >= 3:
            patient = f"The patient weighs {round(weight * 2.20462)} lb (1 lb = 0.45359 kg)."
            exact = round(weight * 2.20462) * POUND_KG
            pump = rate * exact * 60 / 1000 / Fraction(amount, bag)
        else:
            exact = Fraction(weight)
        spare = f" It was mixed {rng.randint(1, 9)} h ago." if level >= 5 else ""
        kilos, density = float(exact), amount * 1000 / bag  # mcg/mL
        given = f"It is to run at {_decimal(rate)} mcg/kg/min."
        if kind == "rate":
            form = measured(2, "mL/h", relative=0.005)
            answer, second = pump, float(rate) * kilos * 60 / density
            asked, slips = "At how many mL/h must the pump run? Give two decimals.", [
                pump / 60, pump / exact, pump * 1000, pump / POUND_KG,
            ]  # fmt: skip
        elif kind == "dose":
            running = Fraction(round(pump * 10), 10) or Fraction(1, 10)
            given = f"The pump runs at {_decimal(running)} mL/h."
            form = measured(3, "mcg/kg/min", relative=0.005)
            answer = running * Fraction(amount, bag) * 1000 / 60 / exact
            second = float(running) / 60 * density / kilos
            asked = "What dose does the patient get in mcg/kg/min? Give three decimals."
            slips = [answer * 60, answer * exact, answer / 1000, answer * POUND_KG]
        else:
            form = measured(2, "h", relative=0.005)
            answer, second = bag / pump, amount * 1000 / (float(rate) * kilos) / 60
            asked = "How many hours does a full bag last? Give two decimals."
            slips = [answer * 60, answer * exact, pump, answer * POUND_KG]
        values = [float(one) for one in slips]
        return Draft(
            f"{solution} {patient} {given}{spare}\n\n{asked}",
            float(answer),
            form,
            second,
            wrong_ones(form, float(answer), values),
        )
