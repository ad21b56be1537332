"""Gases and solutions: the ideal gas law, concentrations, pH.

Gases().generate(rng, 1)       0.50 mol at 300 K in 10 L: pressure in kPa?      124.7
Acidity().generate(rng, 3)     0.10 mol/L of an acid with Ka = 1.8e-5: pH?       2.87
"""

from collections.abc import Callable
from math import log10, sqrt
from random import Random

from gen.domains.science.base import THREE_FIGURES, ScienceFamily, shown, significant, within
from gen.domains.science.units import registry
from gen.domains.worked import Amount, Draft, generated

Worked = tuple[str, float, float, list[float]]
"""Text, answer, second answer, near misses."""

R = 8.314462618
KW = 1e-14


class Gases(ScienceFamily):
    """The ideal gas law; by numbers in SI against pint with units."""

    name = "chemistry.gases"
    card = generated(0.05, "ideal gases only; temperatures in Celsius are a trap from level 2 on")
    methods = "numbers in SI against quantities in pint"
    lazy = (1, 100, 101.325, 22.4)

    def draw(self, rng: Random, level: int) -> Draft:
        """One unknown; Celsius; a change of state; partial pressures; vessels joined."""
        return getattr(self, f"level_{level}")(rng)

    def level_1(self, rng: Random) -> Draft:
        """Pressure, volume or amount from the other three, in kelvin."""
        return self.single(rng, celsius=False)

    def level_2(self, rng: Random) -> Draft:
        """The same in degrees Celsius and in atmospheres."""
        return self.single(rng, celsius=True)

    def single(self, rng: Random, *, celsius: bool) -> Draft:
        """One equation with one unknown."""
        moles, litres = significant(rng.uniform(0.1, 9)), significant(rng.uniform(1, 90))
        kelvin = rng.randint(250, 480)
        temperature, heat = float(kelvin), f"{kelvin} K"
        if celsius:
            degrees = rng.randint(-40, 180)
            temperature, heat = degrees + 273.15, f"{degrees} °C"
        unit = registry()
        gas = f"R = {R:.6g} J/(mol K)"
        pressure = moles * R * temperature / litres
        if rng.random() < 0.5:
            target = "atm" if celsius else "kPa"
            quantity = (
                moles * unit.mol * unit.molar_gas_constant * temperature * unit.kelvin
                / (litres * unit.liter)
            )  # fmt: skip
            answer = pressure / 101.325 if celsius else pressure
            text = (
                f"{shown(moles)} mol of an ideal gas fills {shown(litres)} L at {heat}. With "
                f"{gas}, "
                f"what is its pressure in {target}?"
            )
            near = [answer * (temperature - 273.15) / temperature, pressure * 1000]
            near.append(pressure if celsius else pressure / 101.325)
            second = quantity.to(target).magnitude
            return Draft(f"{text} {THREE_FIGURES}", answer, within(target), second, near)
        kpa = significant(rng.uniform(60, 400))
        answer = kpa * litres / (R * temperature)
        amount = kpa * unit.kPa * litres * unit.liter
        second = (amount / (unit.molar_gas_constant * temperature * unit.kelvin)).to("mol")
        text = (
            f"An ideal gas at {shown(kpa)} kPa and {heat} fills {shown(litres)} L. With {gas}, how "
            "many moles is it?"
        )
        near = [answer * 1000, answer / 101.325]
        if celsius and abs(temperature - 273.15) > 1:
            near.append(abs(answer * temperature / (temperature - 273.15)))
        return Draft(f"{text} {THREE_FIGURES}", answer, within("mol"), second.magnitude, near)

    def level_3(self, rng: Random) -> Draft:
        """Pressure, volume and temperature change; one of them is asked for."""
        p, v, t = (
            significant(rng.uniform(80, 300)),
            significant(rng.uniform(1, 50)),
            rng.randint(-30, 90),
        )
        v2, t2 = (
            significant(v * rng.uniform(0.3, 3)),
            t + rng.choice((-1, 1)) * rng.randint(20, 120),
        )
        kelvin, kelvin2 = t + 273.15, t2 + 273.15
        answer = p * v / kelvin * kelvin2 / v2
        unit = registry()
        moles = p * unit.kPa * v * unit.liter / (unit.molar_gas_constant * kelvin * unit.kelvin)
        again = (moles * unit.molar_gas_constant * kelvin2 * unit.kelvin / (v2 * unit.liter)).to(
            "kPa"
        )
        text = (
            f"A sealed ideal gas at {shown(p)} kPa, {shown(v)} L and {t} °C is brought to "
            f"{shown(v2)} L and {t2} °C. What is its pressure in kPa?"
        )
        near = [p * v / v2, answer * (kelvin / kelvin2) ** 2, p * v2 / v * kelvin2 / kelvin]
        return Draft(f"{text} {THREE_FIGURES}", answer, within("kPa"), again.magnitude, near)

    def level_4(self, rng: Random) -> Draft:
        """The partial pressure of one gas in a mixture given by masses."""
        masses = {
            "N2": 28.014,
            "O2": 31.998,
            "CO2": 44.009,
            "He": 4.0026,
            "CH4": 16.043,
            "Ar": 39.948,
        }
        chosen = rng.sample(sorted(masses), 3)
        grams = {one: significant(rng.uniform(2, 60)) for one in chosen}
        litres, degrees = significant(rng.uniform(5, 80)), rng.randint(-20, 120)
        one, kelvin = chosen[0], degrees + 273.15
        answer = grams[one] / masses[one] * R * kelvin / litres
        moles = {gas: grams[gas] / masses[gas] for gas in chosen}
        total = sum(moles.values()) * R * kelvin / litres
        mixture = ", ".join(f"{shown(grams[gas])} g of {gas}" for gas in chosen)
        molar = ", ".join(f"{gas} {masses[gas]:g}" for gas in chosen)
        text = (
            f"A vessel of {shown(litres)} L at {degrees} °C holds {mixture} (molar masses in "
            "g/mol: "
            f"{molar}). With R = {R:.6g} J/(mol K) and ideal gases, what is the partial pressure "
            "of "
            f"{one} in kPa?"
        )
        second = total * moles[one] / sum(moles.values())
        near = [total, total * grams[one] / sum(grams.values()), answer * degrees / kelvin]
        return Draft(f"{text} {THREE_FIGURES}", answer, within("kPa"), second, near)

    def level_5(self, rng: Random) -> Draft:
        """Two vessels at different temperatures are joined by a thin tube."""
        p = [significant(rng.uniform(50, 400)) for _ in range(2)]
        v = [significant(rng.uniform(2, 40)) for _ in range(2)]
        start = rng.randint(0, 40)
        hot = rng.randint(80, 300)
        moles = [p[i] * v[i] / (R * (start + 273.15)) for i in range(2)]
        kelvin = (start + 273.15, hot + 273.15)
        answer = sum(moles) * R / sum(v[i] / kelvin[i] for i in range(2))
        low, high = 0.0, 10_000.0
        for _ in range(200):
            middle = (low + high) / 2
            held = sum(middle * v[i] / (R * kelvin[i]) for i in range(2))
            low, high = (middle, high) if held < sum(moles) else (low, middle)
        text = (
            f"Vessel A ({shown(v[0])} L, {shown(p[0])} kPa) and vessel B ({shown(v[1])} L, "
            f"{shown(p[1])} kPa), both at {start} °C, hold ideal gases. A thin tube joins them, "
            "and "
            f"then B is heated to {hot} °C while A stays at {start} °C. What is the common "
            "pressure "
            "in kPa?"
        )
        mixed = (p[0] * v[0] + p[1] * v[1]) / sum(v)
        near = [mixed, mixed * kelvin[1] / kelvin[0], (p[0] + p[1]) / 2]
        return Draft(f"{text} {THREE_FIGURES}", answer, within("kPa"), low, near)


class Acidity(ScienceFamily):
    """The pH of solutions; closed forms against the balance of charge, by bisection."""

    name = "chemistry.acidity"
    card = generated(
        0.04,
        "activities are left out; answers within 0.03 of a pH",
    )
    methods = "closed form against bisection of the charge balance"
    lazy = (7, 1, 2, 13)

    def draw(self, rng: Random, level: int) -> Draft:
        """Strong acid or base; after dilution; a weak acid; a buffer; a titration."""
        text, answer, second, near = getattr(self, f"level_{level}")(rng)
        tail = "What is the pH at 25 °C (Kw = 1.0e-14)? Give two decimals."
        return Draft(f"{text} {tail}", answer, Amount(absolute=0.03), second, near)

    def level_1(self, rng: Random) -> Worked:
        """A strong acid or base."""
        c = significant(10 ** rng.uniform(-4, -0.5))
        if rng.random() < 0.5:
            text = f"A strong monoprotic acid has a concentration of {shown(c)} mol/L."
            return text, -log10(c), ph_of(strong_acid=c), [14 + log10(c), log10(c)]
        text = f"A strong base with one OH- has a concentration of {shown(c)} mol/L."
        return text, 14 + log10(c), ph_of(strong_base=c), [-log10(c), 7 - log10(c)]

    def level_2(self, rng: Random) -> Worked:
        """A strong acid or base, diluted."""
        c, ml = significant(10 ** rng.uniform(-2.5, 0)), rng.randint(5, 90)
        water = rng.randint(20, 900)
        after = c * ml / (ml + water)
        acid = rng.random() < 0.5
        kind = "strong monoprotic acid" if acid else "strong base with one OH-"
        text = f"{ml} mL of a {kind} of {shown(c)} mol/L is mixed with {water} mL of water."
        exact = -log10(after) if acid else 14 + log10(after)
        second = ph_of(strong_acid=after) if acid else ph_of(strong_base=after)
        return text, exact, second, [14 - exact, exact + log10((ml + water) / water), -log10(c)]

    def level_3(self, rng: Random) -> Worked:
        """A weak acid, exactly."""
        ka, c = weak(rng), significant(10 ** rng.uniform(-3, -0.3))
        hydrogen = (-ka + sqrt(ka * ka + 4 * ka * c)) / 2
        text = f"A weak monoprotic acid with Ka = {ka:.2e} has a concentration of {shown(c)} mol/L."
        return text, -log10(hydrogen), ph_of(weak_acid=c, ka=ka), [-log10(c), -log10(ka)]

    def level_4(self, rng: Random) -> Worked:
        """A buffer, and a strong base added to it."""
        ka = 10 ** rng.uniform(-6.5, -4)
        ka = float(f"{ka:.2e}")
        acid, base = significant(rng.uniform(0.1, 0.6)), significant(rng.uniform(0.1, 0.6))
        added = significant(acid * rng.uniform(0.05, 0.6), 2)
        text = (
            f"One litre holds {shown(acid)} mol of a weak acid with Ka = {ka:.2e} and "
            f"{shown(base)} "
            f"mol of its sodium salt; {shown(added)} mol of NaOH is dissolved in it, the volume "
            "unchanged."
        )
        exact = -log10(ka) + log10((base + added) / (acid - added))
        second = ph_of(weak_acid=acid + base, ka=ka, strong_base=base + added)
        near = [
            -log10(ka) + log10(base / acid),
            -log10(ka) - log10((base + added) / (acid - added)),
        ]
        return text, exact, second, near

    def level_5(self, rng: Random) -> Worked:
        """A weak acid titrated: before, at, or after the point of equivalence."""
        ka = float(f"{10 ** rng.uniform(-5.5, -4):.2e}")
        c, ml, strong = (
            significant(rng.uniform(0.05, 0.5)),
            rng.randint(20, 60),
            significant(rng.uniform(0.05, 0.5)),
        )
        share = rng.choice((rng.uniform(0.2, 0.8), 1.0, rng.uniform(1.1, 1.8)))
        if share == 1.0:
            strong, base_ml = c, float(ml)
        else:
            base_ml = significant(share * c * ml / strong, 4)
        total = ml + base_ml
        acid, base = c * ml / total, strong * base_ml / total
        text = (
            f"{ml} mL of a weak monoprotic acid of {shown(c)} mol/L (Ka = {ka:.2e}) is titrated "
            "with "
            f"{shown(base_ml)} mL of NaOH of {shown(strong)} mol/L."
        )
        if share < 1:
            exact = -log10(ka) + log10(base / (acid - base))
        elif share == 1.0:
            exact = 14 + log10(sqrt(KW / ka * acid))
        else:
            exact = 14 + log10(base - acid)
        second = ph_of(weak_acid=acid, ka=ka, strong_base=base)
        return text, exact, second, [7.0, -log10(ka), 14 - exact]


def weak(rng: Random) -> float:
    """The acidity constant of a weak acid, to three figures."""
    return float(f"{10 ** rng.uniform(-6, -3):.2e}")


def ph_of(
    *,
    strong_acid: float = 0.0,
    strong_base: float = 0.0,
    weak_acid: float = 0.0,
    ka: float = 1.0,
) -> float:
    """The pH at which the charges of a solution cancel, by bisection; concentrations in mol/L."""

    def surplus(ph: float) -> float:
        hydrogen = 10**-ph
        split = weak_acid * ka / (ka + hydrogen)
        return hydrogen + strong_base - strong_acid - split - KW / hydrogen

    return bisected(surplus, -1.0, 15.0)


def bisected(falling: Callable[[float], float], low: float, high: float) -> float:
    """Where a function that falls passes zero."""
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > 0 else (low, middle)
    return low
