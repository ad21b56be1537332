"""Chemical equations: balancing them, and the masses that they relate.

Balance().generate(rng, 1)         H2 + O2 -> H2O                                 [2, 1, 2]
Stoichiometry().generate(rng, 2)   grams of water from 4.0 g of H2 ...               35.7
"""

import re
from collections import Counter
from fractions import Fraction
from itertools import combinations
from math import gcd, lcm
from random import Random

from gen.domains.science.base import THREE_FIGURES, ScienceFamily, shown, significant, within
from gen.domains.science.units import reduced
from gen.domains.worked import Draft, Fields, Row, generated

MASSES = {
    "H": 1.008, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990, "Mg": 24.305,
    "Al": 26.982, "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078,
    "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Cu": 63.546, "Zn": 65.38, "Ag": 107.868,
    "I": 126.904, "Pb": 207.2,
}  # fmt: skip
REACTIONS: dict[int, tuple[str, ...]] = {
    1: (
        "H2 + O2 -> H2O", "N2 + H2 -> NH3", "Na + Cl2 -> NaCl", "Mg + O2 -> MgO",
        "H2O2 -> H2O + O2", "KClO3 -> KCl + O2", "P + O2 -> P2O5", "Fe + Cl2 -> FeCl3",
        "SO2 + O2 -> SO3", "N2 + O2 -> NO", "Al + O2 -> Al2O3", "CO + O2 -> CO2",
        "Ca + O2 -> CaO", "K + I2 -> KI", "N2O5 -> NO2 + O2", "Ag2O -> Ag + O2",
        "NO + O2 -> NO2", "Al + Cl2 -> AlCl3", "Mg + N2 -> Mg3N2", "Cu + O2 -> CuO",
    ),
    2: (
        "Na + H2O -> NaOH + H2", "Al + HCl -> AlCl3 + H2", "Fe2O3 + CO -> Fe + CO2",
        "NH3 + O2 -> NO + H2O", "CaCO3 + HCl -> CaCl2 + H2O + CO2", "Zn + HCl -> ZnCl2 + H2",
        "Fe + H2O -> Fe3O4 + H2", "FeS2 + O2 -> Fe2O3 + SO2", "Fe2O3 + Al -> Al2O3 + Fe",
        "NH3 + CuO -> N2 + Cu + H2O", "SiO2 + HF -> SiF4 + H2O", "PCl5 + H2O -> H3PO4 + HCl",
        "Cl2 + KI -> KCl + I2", "ZnS + O2 -> ZnO + SO2", "Li2O + H2O -> LiOH",
        "NO2 + H2O -> HNO3 + NO", "CS2 + O2 -> CO2 + SO2", "Mg + HNO3 -> Mg(NO3)2 + H2",
    ),
    3: (
        "Al2(SO4)3 + NaOH -> Al(OH)3 + Na2SO4", "Ca3(PO4)2 + H2SO4 -> CaSO4 + H3PO4",
        "Pb(NO3)2 + KI -> PbI2 + KNO3", "H3PO4 + Ca(OH)2 -> Ca3(PO4)2 + H2O",
        "AgNO3 + CaCl2 -> AgCl + Ca(NO3)2", "FeCl3 + NaOH -> Fe(OH)3 + NaCl",
        "Al(OH)3 + H2SO4 -> Al2(SO4)3 + H2O", "Pb(NO3)2 -> PbO + NO2 + O2",
        "Ca3(PO4)2 + SiO2 + C -> CaSiO3 + CO + P4", "Cu(NO3)2 -> CuO + NO2 + O2",
        "Na2CO3 + HNO3 -> NaNO3 + H2O + CO2", "Mg3N2 + H2O -> Mg(OH)2 + NH3",
    ),
    4: (
        "Cu + HNO3 -> Cu(NO3)2 + NO + H2O", "KMnO4 + HCl -> KCl + MnCl2 + Cl2 + H2O",
        "Zn + HNO3 -> Zn(NO3)2 + NH4NO3 + H2O", "I2 + HNO3 -> HIO3 + NO2 + H2O",
        "MnO2 + HCl -> MnCl2 + Cl2 + H2O", "Cl2 + NaOH -> NaCl + NaClO3 + H2O",
        "Ag + HNO3 -> AgNO3 + NO + H2O", "P + HNO3 + H2O -> H3PO4 + NO",
        "H2S + HNO3 -> S + NO + H2O", "Al + NaOH + H2O -> NaAlO2 + H2",
    ),
    5: (
        "K2Cr2O7 + HCl -> KCl + CrCl3 + Cl2 + H2O",
        "KMnO4 + FeSO4 + H2SO4 -> K2SO4 + MnSO4 + Fe2(SO4)3 + H2O",
        "K2Cr2O7 + FeSO4 + H2SO4 -> K2SO4 + Cr2(SO4)3 + Fe2(SO4)3 + H2O",
        "KMnO4 + H2C2O4 + H2SO4 -> K2SO4 + MnSO4 + CO2 + H2O",
        "K2Cr2O7 + KI + H2SO4 -> K2SO4 + Cr2(SO4)3 + I2 + H2O",
        "KMnO4 + KI + H2SO4 -> K2SO4 + MnSO4 + I2 + H2O",
        "Cr2O3 + Na2CO3 + KNO3 -> Na2CrO4 + KNO2 + CO2",
        "KIO3 + KI + H2SO4 -> K2SO4 + I2 + H2O",
        "K2Cr2O7 + SO2 + H2SO4 -> K2SO4 + Cr2(SO4)3 + H2O",
    ),
}  # fmt: skip


def atoms(formula: str) -> Counter[str]:
    """The atoms of a formula: Ca(OH)2 has one Ca, two O, two H."""
    stack: list[Counter[str]] = [Counter()]
    for symbol, count, opened, closed, times in re.findall(
        r"([A-Z][a-z]?)(\d*)|(\()|(\))(\d*)", formula
    ):
        if symbol:
            stack[-1][symbol] += int(count or 1)
        elif opened:
            stack.append(Counter())
        elif closed:
            group = stack.pop()
            for one, number in group.items():
                stack[-1][one] += number * int(times or 1)
    return stack[0]


def sides(equation: str) -> tuple[list[str], list[str]]:
    """The formulas left and right of the arrow."""
    left, right = equation.split(" -> ")
    return left.split(" + "), right.split(" + ")


def conservation(equation: str) -> list[list[Fraction]]:
    """A row for each element: atoms of each formula, negative on the right."""
    left, right = sides(equation)
    signed = [(atoms(one), 1) for one in left] + [(atoms(one), -1) for one in right]
    elements = sorted(set().union(*(counts for counts, _ in signed)))
    return [[Fraction(sign * counts[element]) for counts, sign in signed] for element in elements]


def balanced(equation: str) -> list[int] | None:
    """The smallest whole coefficients by elimination; None where they are not unique."""
    rows = reduced(conservation(equation))
    n = len(rows[0])
    free = [at for at in range(n) if not any(row.index(Fraction(1)) == at for row in rows)]
    if len(free) != 1:
        return None
    values = [Fraction(0)] * n
    values[free[0]] = Fraction(1)
    for row in rows:
        values[row.index(Fraction(1))] = -row[free[0]]
    return smallest(values)


def balanced_by_minors(equation: str) -> list[int] | None:
    """The same by Cramer's rule: signed minors of as many independent rows as there can be."""
    rows = conservation(equation)
    n = len(rows[0])
    for chosen in combinations(rows, n - 1):
        minors = [
            (-1) ** at * determinant([row[:at] + row[at + 1 :] for row in chosen])
            for at in range(n)
        ]
        if any(minors):
            return smallest(minors)
    return None


def determinant(matrix: list[list[Fraction]]) -> Fraction:
    """By expansion along the first row."""
    if not matrix:
        return Fraction(1)
    return sum(
        (
            (-1) ** at * value * determinant([row[:at] + row[at + 1 :] for row in matrix[1:]])
            for at, value in enumerate(matrix[0])
            if value
        ),
        Fraction(0),
    )


def smallest(values: list[Fraction]) -> list[int] | None:
    """The smallest whole numbers in the same ratio; None where some are not positive."""
    if values[0] < 0:
        values = [-one for one in values]
    if min(values) <= 0:
        return None
    scale = lcm(*(one.denominator for one in values))
    whole = [int(one * scale) for one in values]
    return [one // gcd(*whole) for one in whole]


def combustion(rng: Random, level: int) -> str:
    """The burning of a compound of carbon, hydrogen and, at higher levels, other elements."""
    carbon = rng.randint(1, 5 + 4 * level)
    hydrogen = 2 * rng.randint(1, carbon + 1)
    oxygen = rng.randint(1, 4) if level >= 2 else 0
    nitrogen = rng.randint(1, 4) if level >= 3 else 0
    sulfur = rng.randint(1, 2) if level >= 4 else 0
    counts = {"C": carbon, "H": hydrogen + nitrogen % 2, "N": nitrogen, "O": oxygen, "S": sulfur}
    fuel = "".join(f"{e}{n if n > 1 else ''}" for e, n in counts.items() if n)
    products = ["CO2", "H2O"] + ["N2"] * (nitrogen > 0) + ["SO2"] * (sulfur > 0)
    return f"{fuel} + O2 -> {' + '.join(products)}"


def drawn(rng: Random, level: int) -> tuple[str, list[int]]:
    """A reaction of the level, its formulas in random order, with its coefficients."""
    while True:
        use_table = rng.random() < (0.5 if level < 5 else 0.6)
        equation = rng.choice(REACTIONS[level]) if use_table else combustion(rng, level)
        left, right = sides(equation)
        for side in (left, right):
            rng.shuffle(side)
        if level == 1 and rng.random() < 0.3:
            left, right = right, left
        equation = f"{' + '.join(left)} -> {' + '.join(right)}"
        coefficients = balanced(equation)
        if coefficients is not None and max(coefficients) > 1:
            return equation, coefficients


class Balance(ScienceFamily):
    """Balancing an equation; elimination against minors, unique smallest coefficients."""

    name = "chemistry.balance"
    card = generated(
        0.2,
        "well-known reactions may be remembered; the combustions of drawn compounds are not, "
        "though "
        "the compounds need not exist",
    )
    methods = "null space by elimination against Cramer's rule on minors"
    lazy = ([2, 1, 2], [1, 1, 1], [1, 2, 1, 2])
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Three formulas; four; groups of atoms; redox; redox with up to seven formulas."""
        equation, answer = drawn(rng, level)
        text = (
            f"Balance {equation} with the smallest positive integers. Answer with the JSON list of "
            "the coefficients, in the order of the formulas above."
        )
        near = [[1] * len(answer), [2 * one for one in answer]]
        near.append([one + (at == len(answer) - 1) for at, one in enumerate(answer)])
        return Draft(text, answer, Row(), balanced_by_minors(equation), near)


def molar_mass(formula: str) -> float:
    """Grams for each mole."""
    return sum(MASSES[element] * count for element, count in atoms(formula).items())


class Stoichiometry(ScienceFamily):
    """Masses in a reaction; ratios of coefficients against the reaction's extent."""

    name = "chemistry.stoichiometry"
    card = generated(0.03, "atomic masses are stated in the prompt")
    methods = "ratios of coefficients against the extent of the reaction and the balance of mass"
    lazy = (1, 10, 100)

    def draw(self, rng: Random, level: int) -> Draft:
        """A molar mass; a mass from a mass; a limiting reagent; a yield; what is left as well."""
        while True:
            equation, coefficients = drawn(rng, min(level, 4))
            left, right = sides(equation)
            known = all(set(atoms(one)) <= set(MASSES) for one in left + right)
            if known and (level < 3 or len(left) > 1):
                break
        of = dict(zip(left + right, coefficients, strict=True))
        shown_equation = written_out(left, right, of)
        elements = sorted(set().union(*(atoms(one) for one in left + right)))
        data = "Atomic masses: " + ", ".join(f"{e} {MASSES[e]:g}" for e in elements) + " g/mol. "
        product, source = rng.choice(right), rng.choice(left)
        mass = significant(rng.uniform(2, 250), 3)
        moles = mass / molar_mass(source)
        head = f"{data}In the reaction {shown_equation}, "
        if level <= 2:
            made = moles * of[product] / of[source]
            if level == 1:
                text = (
                    f"{head}how many moles of {product} are made from {shown(mass)} g of {source}, "
                    "all else in excess?"
                )
                answer, second, form = (
                    made,
                    made_by_extent(mass, source, of) * of[product],
                    within("mol"),
                )
                near = [moles, moles * of[source] / of[product]]
            else:
                text = (
                    f"{head}what mass of {product}, in grams, is made from {shown(mass)} g of "
                    f"{source}, all else in excess?"
                )
                answer, form = made * molar_mass(product), within("g")
                second = made_by_extent(mass, source, of) * of[product] * molar_mass(product)
                near = [moles * molar_mass(product), mass * of[product] / of[source], mass]
            return Draft(f"{text} {THREE_FIGURES}", answer, form, second, near)
        amounts = {
            one: significant(of[one] * molar_mass(one) * rng.uniform(0.2, 3), 3) for one in left
        }
        extents = {one: made_by_extent(grams, one, of) for one, grams in amounts.items()}
        limiting = min(extents, key=lambda one: extents[one])
        others = [value for one, value in extents.items() if one != limiting]
        if min(others) < 1.03 * extents[limiting]:
            return self.draw(rng, level)
        extent = extents[limiting]
        full = extent * of[product] * molar_mass(product)
        by_ratio = amounts[limiting] / molar_mass(limiting) * (of[product] / of[limiting])
        given = " and ".join(f"{shown(grams)} g of {one}" for one, grams in amounts.items())
        text = f"{head}{given} react until one of them is used up"
        wrong = [value * of[product] * molar_mass(product) for value in extents.values()]
        if level == 3:
            asked = f". What mass of {product}, in grams, is made at most?"
            second = by_ratio * molar_mass(product)
            return Draft(f"{text}{asked} {THREE_FIGURES}", full, within("g"), second, wrong)
        share = rng.randint(40, 97)
        if level == 4:
            asked = f". The yield is {share}%. What mass of {product}, in grams, is obtained?"
            second = by_ratio * molar_mass(product) * share / 100
            near = [*wrong, full * 100 / share]
            answer = full * share / 100
            return Draft(f"{text}{asked} {THREE_FIGURES}", answer, within("g"), second, near)
        rest = next(one for one in left if one != limiting)
        left_over = amounts[rest] - extent * of[rest] * molar_mass(rest)
        made = {one: extent * of[one] * molar_mass(one) for one in right}
        used_else = sum(extent * of[o] * molar_mass(o) for o in left if o != rest)
        balance = amounts[rest] - (sum(made.values()) - used_else)
        asked = (
            f". What mass of {product} is made at most, and how much of {rest} is left over? "
            "Answer "
            'with JSON: {"made": ..., "left": ...}, in grams, with at least three significant '
            "figures."
        )
        form = Fields({"made": within("g"), "left": within("g", 0.015)})
        answer = {"made": full, "left": left_over}
        second = {"made": by_ratio * molar_mass(product), "left": balance}
        near = [{"made": one, "left": left_over} for one in wrong]
        near.append({"made": full, "left": amounts[rest]})
        return Draft(text + asked, answer, form, second, near)


def made_by_extent(grams: float, formula: str, of: dict[str, int]) -> float:
    """How many times the reaction can run on a mass of one of its reagents, in moles."""
    return grams / (molar_mass(formula) * of[formula])


def written_out(left: list[str], right: list[str], of: dict[str, int]) -> str:
    """The equation with its coefficients."""
    each = [
        " + ".join(f"{of[one] if of[one] > 1 else ''} {one}".strip() for one in side)
        for side in (left, right)
    ]
    return " -> ".join(each)
