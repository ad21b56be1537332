"""Science families: reactions balance, and known results come out."""

from fractions import Fraction
from math import log10

import pytest

from gen.conformance import second_method_share
from gen.domains.science import FAMILIES
from gen.domains.science.chemistry import REACTIONS, atoms, balanced, conservation, molar_mass
from gen.domains.science.circuits import Resistor, by_determinants, by_elimination, potentials
from gen.domains.science.genetics import Gene, looks, squares
from gen.domains.science.mechanics import chained
from gen.domains.science.solutions import ph_of
from gen.domains.science.units import (
    DERIVED,
    FACTORS,
    by_pint,
    product_of,
    registry,
    written,
)


def test_every_ground_truth_is_derived_twice():
    assert all(second_method_share(family(), examples=1) == 1 for family in FAMILIES)
    assert len(FAMILIES) >= 12


def test_every_listed_reaction_has_one_balance_that_keeps_its_atoms():
    for equation in (one for level in REACTIONS.values() for one in level):
        coefficients = balanced(equation)
        assert coefficients is not None, equation
        for row in conservation(equation):
            assert sum(a * b for a, b in zip(row, coefficients, strict=True)) == 0


def test_atoms_in_brackets_are_multiplied():
    assert atoms("Ca3(PO4)2") == {"Ca": 3, "P": 2, "O": 8}
    assert molar_mass("H2O") == pytest.approx(18.015)


def test_units_are_worth_what_pint_says_and_have_its_dimensions():
    for units in FACTORS.values():
        base = next(unit for unit, factor in units.items() if factor == 1)
        for unit, factor in units.items():
            assert by_pint(1.0, unit, base) == pytest.approx(float(factor), rel=1e-9)
    names = ("[length]", "[mass]", "[time]", "[current]", "[temperature]")
    for unit, exponents in DERIVED.items():
        found = registry().Quantity(1, unit).dimensionality
        assert tuple(found.get(name, 0) for name in names) == exponents


def test_divisors_are_written_last():
    expression = product_of([("watt", 1), ("newton", -1), ("henry", 2)])
    assert written(expression) == "watt*henry^2/newton"


def test_a_balanced_bridge_carries_no_current():
    bridge = [
        Resistor("A", "C", 2), Resistor("A", "D", 4), Resistor("C", "D", 7),
        Resistor("C", "B", 3), Resistor("D", "B", 6),
    ]  # fmt: skip
    assert by_elimination(bridge, "A", "B") == by_determinants(bridge, "A", "B")
    assert by_elimination(bridge, "A", "B") == Fraction(10, 3)
    at = potentials(bridge, "A", "B", 10)
    assert at["C"] == at["D"] == 6


def test_ph_of_known_solutions():
    assert ph_of() == pytest.approx(7.0)
    assert ph_of(strong_acid=0.01) == pytest.approx(2.0, abs=1e-6)
    assert ph_of(weak_acid=0.1, ka=1.8e-5) == pytest.approx(2.88, abs=0.01)
    half = ph_of(weak_acid=0.2, ka=1.8e-5, strong_base=0.1)
    assert half == pytest.approx(-log10(1.8e-5), abs=0.001)


def test_a_dihybrid_cross_gives_nine_to_sixteen():
    one = Gene("A", ("red", "white", "flowers"), "Aa", "Aa", False)
    two = Gene("B", ("tall", "short", "stems"), "Bb", "Bb", False)
    cells = [(looks(one, a), looks(two, b)) for a, b in squares([one, two])]
    assert cells.count(("red", "tall")) == 9
    assert len(cells) == 16


def test_a_chain_keeps_its_atoms_where_the_daughter_is_stable():
    parent, daughter = chained(100.0, 0.1, 0.0, 5.0)
    assert parent + daughter == pytest.approx(100.0)
