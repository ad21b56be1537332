"""Every installed family outside math conforms: the one place where they are all checked.

tests/gen/test_math_families.py does the same for math.
"""

import pytest

from gen.catalog import installed_families
from gen.conformance import check_family, check_same_bytes

FAMILIES = [
    one for one in installed_families() if one.domain != "math" and one.missing() is None
]  # those that need a table of the user's are checked where their tests have one
SLOW = {"code", "repository", "simulation", "sql"}
"""Verifiers that run programs: one example a rule is what there is time for."""

RUNS_SUITES = (pytest.mark.deep, pytest.mark.timeout(3600))
"""Marks of what runs a package's tests, seconds a problem: test_package_repair.py has one of it."""


@pytest.mark.parametrize(
    "family",
    [
        pytest.param(one, marks=RUNS_SUITES if one.verifier == "repository" else ())
        for one in FAMILIES
    ],
    ids=lambda one: f"{one.domain}/{one.name}",
)
def test_family_conforms(family):
    assert check_family(family, examples=1 if family.verifier in SLOW else 2) == []


def test_families_make_the_same_bytes_in_another_process():
    cheap = [one for one in FAMILIES if one.verifier not in SLOW]
    assert check_same_bytes(cheap, examples=1) == []


@pytest.mark.parametrize("name", ["functions.texts", "induction.input", "sql.query", "control.pid"])
def test_families_of_programs_make_the_same_bytes_in_another_process(name: str):
    assert check_same_bytes([one for one in FAMILIES if one.name == name], examples=1) == []
