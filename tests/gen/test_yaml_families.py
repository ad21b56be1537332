"""Families that a YAML file defines: what they make, and what is said of a file that is wrong."""

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.conformance import check_family, check_same_bytes
from gen.yaml_families import read_family, yaml_families
from gen.yaml_families.formulas import FormulaError, NoValue, read_formula
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


def test_a_file_is_a_family_that_conforms_and_can_be_found_by_another_process(energy):
    assert check_family(energy, examples=2) == []
    assert check_same_bytes([energy], examples=2) == []
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
        ("v > 3", "v > 300", "constraints: 1000 draws at level 1 were rejected"),
        ("rel: 0.01", "rel: 2", "answer.rel: Expected `float` <= 1.0"),
        ("rel: 0.01", "rel: 0", "answer: 51.0416"),
        ("name: motion.energy", "name: Energy", "name: Expected `str` matching regex"),
        ("  2:\n", "  3:\n", "from_level: its keys are levels, of [1, 2]"),
        ("p: m * v", "p: m *", "derived.p: 'm *' is no formula"),
        ("name: motion", "name: [", "no YAML: "),
    ],
)
def test_a_wrong_file_is_told_by_file_key_and_remedy(tmp_path: Path, old, new, complaint):
    assert old in ENERGY
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


@pytest.mark.parametrize("text", ["9**9**9", "factorial(10**9)", "m**(m**m**m)"])
def test_a_formula_cannot_take_for_ever(text: str):
    from sympy import Rational

    with pytest.raises(FormulaError, match="above 1000"):
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
    import pint
    from sympy import Rational

    units = _registry(pint)
    formula = read_formula(text, {"m", "v"})
    values = {"": units.Quantity(1.0), "m": units.Quantity(m), "v": units.Quantity(v)}
    exact = float(formula.exact({"m": Rational(m), "v": Rational(v)}))
    assert exact == pytest.approx(float(formula.measured(values).magnitude), rel=1e-9)


def _registry(pint, made=[]):  # noqa: B006
    if not made:
        made.append(pint.UnitRegistry())
    return made[0]


def test_a_package_reads_all_its_files(tmp_path: Path):
    written(tmp_path, ENERGY, "energy.yaml")
    written(tmp_path, CLEARANCE, "clearance.yml")
    written(tmp_path, "no family", "notes.md")
    assert [one.name for one in yaml_families(tmp_path)] == ["kidneys.clearance", "motion.energy"]


def test_gen_takes_a_family_from_its_file(gen, tmp_path: Path):
    written(tmp_path, ENERGY, "energy.yaml")
    made = gen("problems", "--family", "energy.yaml", "-n", 6)
    assert made.stdout == "6 problems of domain physics: 6 new in assay.duckdb\n"
    (row,) = json.loads(
        gen(
            "sql",
            "SELECT DISTINCT family, lineage->>'$.family.name' AS file, "
            "length(lineage->>'$.family.sha256') AS digits FROM problems",
            "--json",
        ).stdout
    )
    assert row == {"family": "motion.energy", "file": "energy.yaml", "digits": 64}
    assert "a family of 'physics', not of 'math'" in gen.fails(
        "problems", "--domain", "math", "--family", "energy.yaml", "-n", 1
    )
    assert "say of which domain" in gen.fails("problems", "-n", 1)
    assert "energy.yml: no such file" in gen.fails("problems", "--family", "energy.yml", "-n", 1)


def test_gen_domains_checks_a_family_by_its_file(gen, tmp_path: Path):
    written(tmp_path, ENERGY, "energy.yaml")
    (row,) = json.loads(gen("domains", "--check", "energy.yaml", "--examples", 2, "--json").stdout)
    assert row["findings"] == []
    assert (row["near_misses"], row["false_accepts"]) == (4, 0)
    assert (row["right_responses"], row["false_rejects"]) == (12, 0)
    assert row["false_accept_interval"] == pytest.approx([0, 0.4899], abs=1e-3)
    assert [*row["size_by_level"]] == ["1", "2"]
    written(tmp_path, GUESSABLE, "guessable.yaml")
    told = gen("domains", "--check", "guessable.yaml", "--examples", 1, status=1).stdout
    assert "always.seven breaks the rule 'no lazy strategy beats the card'" in told
    assert "'always 7' scores 1 of 1, not 0%" in told
