"""Every installed family outside math conforms: the one place where they are all checked.

tests/gen/test_math_families.py does the same for math.
"""

import pytest

from gen.catalog import installed_families
from gen.conformance import check_family, check_same_bytes

FAMILIES = [
    one for one in installed_families() if one.domain != "math" and one.missing() is None
]  # those that need a table of the user's are checked where their tests have one
EXAMPLES = 2
DOMAINS = sorted({one.domain for one in FAMILIES})


@pytest.mark.parametrize("family", FAMILIES, ids=lambda one: f"{one.domain}/{one.name}")
def test_family_conforms(family):
    assert check_family(family, examples=EXAMPLES) == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_s_families_make_the_same_bytes_in_another_process(domain: str):
    families = [one for one in FAMILIES if one.domain == domain]
    assert check_same_bytes(families, examples=1) == []
