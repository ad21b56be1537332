"""Families that a YAML file defines: what they make, and what is said of a file that is wrong."""

import json
from fractions import Fraction
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.catalog import find_families
from gen.cli.checking import check
from gen.conformance import check_family
from gen.problems import make_problems
from gen.yaml_families import read_family, yaml_families
from gen.yaml_families.formulas import FormulaError, NoValue, read_formula
from gen.yaml_families.units import Units
from verifiers.errors import BadInput

ENERGY = """\
name: motion.energy
domain: physics
title: Kinetic energy of a moving body
levels: [1, 2]
card: {licence: CC0-1.0, chance_level: 0.02}
parameters:
  m: {range: [2, 60], unit: kg}
  v: {range: [2, 40], unit: m/s}
  thing: {choices: [cart, sledge]}
derived: {p: m * v}
formula: p**2 / (2 * m)
constraints: ["v > 3", "answer < 1e6"]
answer: {unit: J, rel: 0.01}
templates:
  - "A {thing} of {m} moves at {v}. {distractors} How large is its kinetic energy in {unit}?"
wrong: {forgot the half: m * v**2, forgot nothing: m * v**2 / 2}
from_level:
  2:
    parameters: {v: {range: [10, 150], unit: km/h}, h: {range: [20, 190], unit: cm}}
    distractors: ["It is {h} tall."]
"""

CLEARANCE = """\
name: kidneys.clearance
domain: health
title: Creatinine clearance by Cockcroft and Gault
levels: [1, 2]
card: {licence: CC0-1.0}
empirical: true
parameters:
  age: {range: [18, 95], unit: years}
  weight: {range: [40, 120], unit: kg}
  creatinine: {range: [0.5, 4.0], step: 0.1, unit: mg/dL}
  sex: {choices: {man: 1, woman: 0.85}}
formula: sex * (140 - age) * weight / (72 * creatinine)
answer: {unit: mL/min, rel: 0.01}
templates: ["A {sex.name} of {age} weighs {weight} and has a creatinine of {creatinine}."]
wrong: {not for the sex: (140 - age) * weight / (72 * creatinine)}
from_level:
  2: {parameters: {creatinine: {unit: mg/L, range: [5, 40], step: 1}}, answer: {unit: L/hour}}
"""


GUESSABLE = """\
name: always.seven
domain: physics
title: What is always seven
levels: [1]
card: {licence: CC0-1.0, chance_level: 0}
parameters: {m: {range: [20, 90]}, k: {value: 2e1}}
formula: 7 * (m + k) / (m + 20)
answer: {rel: 1e-3}
templates: ["What is seven times {m} by {m}?"]
lazy: ["7"]
"""


def written(directory: Path, text: str, name: str = "family.yaml") -> Path:
    path = directory / name
    path.write_text(text)
    return path


@pytest.fixture
def energy(tmp_path: Path):
    return read_family(written(tmp_path, ENERGY))


def test_a_file_is_a_family_that_conforms(energy):
    assert check_family(energy, examples=1) == []
    assert (energy.name, energy.domain, energy.levels) == ("motion.energy", "physics", (1, 2))
    assert energy.__doc__ == "Kinetic energy of a moving body"


def test_a_level_lays_its_changes_over_the_rest(energy):
    easy, hard = (energy.generate(Random(3), level) for level in (1, 2))
    assert " m/s. How large" in easy.prompt
    assert " km/h. It is " in hard.prompt
    assert hard.prompt.endswith("Answer with a number in J, to at least 3 significant digits.")
    truth = json.loads(hard.ground_truth)
    mass, speed = (int(hard.prompt.split()[place]) for place in (3, 7))
    assert truth["value"] == pytest.approx(mass * (speed / 3.6) ** 2 / 2)
    assert json.loads(hard.evidence)["second_method"] == "agrees"


def test_a_slip_that_is_no_error_is_no_near_miss(energy):
    slips = json.loads(energy.generate(Random(0), 1).evidence)["slips"]
    assert list(slips) == ["forgot the half"]


def test_an_empirical_formula_takes_the_units_of_the_first_level(tmp_path: Path):
    family = read_family(written(tmp_path, CLEARANCE))
    problem = family.generate(Random(1), 2)
    words = problem.prompt.replace(".", " ").split()
    factor = {"man": 1, "woman": 0.85}[words[1]]
    age, weight, creatinine = (int(words[place]) for place in (3, 6, 13))
    millilitres = factor * (140 - age) * weight / (72 * creatinine / 10)
    assert json.loads(problem.ground_truth)["value"] == pytest.approx(millilitres * 0.06)
    assert check_family(family, examples=1) == []


def test_units_of_ones_own_and_whole_answers(tmp_path: Path):
    text = """\
name: shop.till
domain: shop
title: What is to be paid
levels: [1]
card: {licence: CC0-1.0}
new_units: [EUR, crate]
parameters: {n: {range: [2, 30], unit: crate}, price: {range: [3, 90], unit: EUR/crate}}
formula: n * price
answer: {unit: EUR, rel: 0}
templates: ["{n} at {price} each: what is to be paid?"]
"""
    family = read_family(written(tmp_path, text))
    problem = family.generate(Random(0), 1)
    assert json.loads(problem.ground_truth)["kind"] == "integer"
    assert all(family.verify(problem, one).correct for one in family.right(problem))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("formula: p", "formual: p", "formual: no such key; did you mean formula?"),
        ("title: Kin", "# title: Kin", "title: is missing"),
        ("range: [2, 60], unit: kg", "rnage: [2, 60]", "parameters.m.rnage: no such key; known: "),
        ("[2, 60]", "[2, heavy]", "parameters.m.range[1]: Expected `int | float`, got `str`"),
        ("[2, 60]", "[60, 2]", "parameters.m.range: goes from low to high"),
        ("[2, 60]", "[2.5, 60]", "parameters.m.step: is missing; say step: 0.1"),
        ("{range: [2, 60], unit: kg}", "{unit: kg}", "parameters.m: give one of range, choices"),
        ("unit: kg", "unit: kgg", "parameters.m.unit: no unit 'kgg'"),
        ("(2 * m)", "(2 * w)", "formula: nothing is called 'w'; there are m, p, v, pi and e"),
        ("p**2", "p^2", "formula: write ** for a power, not ^"),
        ("p**2 / (2 * m)", "p + m", "formula: p + m: dimensions do not fit"),
        ("p**2 / (2 * m)", "p / m", "answer.unit: the formula gives something else"),
        ("(2 * m)", "open('x')", "formula: no function 'open'; there are abs, acos,"),
        ("(2 * m)", "m.real", "formula: 'm.real' cannot stand in a formula"),
        ("{thing}", "{thign}", "templates: {thign} is nothing; there are {m}, {v}, {thing}"),
        ("{thing}", "{thing.__class__}", "templates: {thing.__class__} is nothing"),
        ("v > 3", "v > 300", "constraints: 10 draws at level 1 were rejected"),
        ("rel: 0.01", "rel: 2", "answer.rel: Expected `float` <= 1.0"),
        ("rel: 0.01", "rel: 0", "answer: 51.0416"),
        ("name: motion.energy", "name: Energy", "name: Expected `str` matching regex"),
        ("  2:\n", "  3:\n", "from_level: its keys are levels, of [1, 2]"),
        ("p: m * v", "p: m *", "derived.p: 'm *' is no formula"),
        ("name: motion", "name: [", "no YAML: "),
        ("p**2 / (2 * m)", "m > 3", "formula: gives true or false, and should give a number"),
        ("p**2 / (2 * m)", "max(m, v > 3)", "formula: 'max(m, v > 3)' cannot be worked out: "),
        ("p**2", "exp(exp(exp(1000)))", "constraints: 10 draws at level 1 were rejected"),
        ("answer < 1e6", "1 / (m - m) > 1", "constraints: 10 draws at level 1 were rejected"),
        ("[2, 60]", "[2, .inf], step: 1", "parameters.m: has a number that is not finite"),
        ("unit: kg", "unit: kg**9**9**9", "parameters.m.unit: no unit 'kg**9**9**9': write it"),
        ("unit: kg", "unit: (kg**9)**99", "parameters.m.unit: no unit '(kg**9)**99': write it"),
        ("derived: {p", "new_units: [m]\nderived: {p", "parameters.m.unit: 'm' is a unit already"),
    ],
)
def test_a_wrong_file_is_told_by_file_key_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old, new, complaint
):
    assert old in ENERGY
    monkeypatch.setattr("gen.yaml_families.family.MOST_TRIES", 10)
    path = written(tmp_path, ENERGY.replace(old, new, 1))
    with pytest.raises(BadInput) as raised:
        read_family(path)
    assert str(raised.value).startswith(f"{path}: {complaint}")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "(lambda: m)()", "[m for m in (1,)]", "m.__class__",
        "m if True else v", "f'{m}'", "m := 3", "sqrt(m, key=1)", "'a' * 9", "m[0]", "1j", "1e999",
        "-" * 100 + "m", "m + " * 2000 + "m", "", "m; v",
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str):
    with pytest.raises(FormulaError):
        read_formula(text, {"m", "v"})


def test_a_few_lines_of_aliases_are_no_thousand_million_values(tmp_path: Path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10)]
    with pytest.raises(BadInput, match="more than 20000 values, aliases written out"):
        read_family(written(tmp_path, "\n".join(lines)))


@pytest.mark.parametrize(
    "text",
    ["9**9**9", "factorial(10**9)", "m**(m**m**m)", "floor(exp(exp(20)))", "sin(exp(3 * 10**7))"],
)
def test_a_formula_cannot_take_for_ever(text: str):
    from sympy import Rational

    with pytest.raises(FormulaError, match="above 1"):
        read_formula(text, {"m"}).exact({"m": Rational(9)})


def test_powers_of_powers_go_on_as_numbers_of_thirty_digits():
    from sympy import Rational

    value = read_formula("((m**999)**999)**0.001", {"m"}).exact({"m": Rational(3)})
    assert len(str(value)) < 10_000


@pytest.mark.parametrize("text", ["1 / (m - 9)", "sqrt(-m)", "ln(m - 9)", "(m - 9)**-1"])
def test_what_has_no_value_is_said(text: str):
    from sympy import Rational

    with pytest.raises(NoValue):
        read_formula(text, {"m"}).exact({"m": Rational(9)})


@settings(max_examples=40)
@given(
    m=st.integers(1, 50),
    v=st.integers(1, 50),
    text=st.sampled_from(
        [
            "m + v * 2 - m / v", "sqrt(m) * v**1.5", "max(m, v) - min(m, v)", "exp(-m / v) + pi",
            "m if m > v else v / 3", "ln(m) + log10(v) + log(2)", "abs(m - v) + floor(m / v)",
            "factorial(5) + binomial(6, 2) * ceil(v / 7)", "sin(m) + cos(v) * atan(m) + tan(v)",
            "2 if m < v < 40 or not m == v else e",
        ]
    ),
)  # fmt: skip
def test_the_two_ways_of_working_a_formula_out_agree(m: int, v: int, text: str):
    from sympy import Rational

    formula = read_formula(text, {"m", "v"})
    numbers = {"": Fraction(1), "m": Fraction(m), "v": Fraction(v)}
    values = {name: Units().quantity(number, "") for name, number in numbers.items()}
    exact = float(formula.exact({"m": Rational(m), "v": Rational(v)}))
    assert exact == pytest.approx(float(formula.measured(values).magnitude), rel=1e-9)


def test_a_package_reads_all_its_files(tmp_path: Path):
    written(tmp_path, ENERGY, "energy.yaml")
    written(tmp_path, CLEARANCE, "clearance.yml")
    written(tmp_path, "no family", "notes.md")
    assert [one.name for one in yaml_families(tmp_path)] == ["kidneys.clearance", "motion.energy"]


def test_a_family_is_taken_from_its_file(tmp_path: Path):
    path = written(tmp_path, ENERGY, "energy.yaml")
    (problem,) = make_problems(find_families(None, family=str(path)), n=1, seed=0)
    origin = json.loads(problem.lineage)["family"]
    assert (problem.domain, problem.family) == ("physics", "motion.energy")
    assert (Path(origin["name"]).name, len(origin["sha256"])) == ("energy.yaml", 64)
    with pytest.raises(BadInput, match="a family of 'physics', not of 'math'"):
        find_families("math", family=str(path))
    with pytest.raises(BadInput, match="say of which domain"):
        find_families(None)
    with pytest.raises(BadInput, match=r"energy\.yml: no such file"):
        find_families(None, family="energy.yml")


def test_a_family_is_checked_by_its_file_here_and_in_another_process(tmp_path: Path, capsys):
    path = written(tmp_path, GUESSABLE, "guessable.yaml")
    assert check(str(path), examples=1, data=None, as_json=True) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["near_misses"], row["false_accepts"]) == (1, 0)
    assert (row["right_responses"], row["false_rejects"]) == (3, 0)
    assert row["false_accept_interval"] == pytest.approx([0, 0.7935], abs=1e-3)
    assert [*row["size_by_level"]] == ["1"]
    told = {one["rule"]: one["example"] for one in row["findings"]}
    assert "'always 7' " in told["no lazy strategy beats the card"]
    assert "same seed same bytes" not in told
