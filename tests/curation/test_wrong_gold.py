"""Problems whose gold a stronger policy contradicts are put aside, and come back."""

from pathlib import Path

import pytest
from planted import POLICY, plant_all, problem

from curation.scoring import score
from curation.store import Store
from verifiers.records import NIL, Problem

BIG = "cpu:big"


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def imported(prompt: str) -> Problem:
    return problem(prompt, certificate="imported")


DOUBTFUL = imported("doubtful")
BUILT = problem("built")
HARD = imported("hard")


def plant_two_policies(store: Store, *, better: str = BIG) -> None:
    """The doubtful, built and hard ones beat the small policy; the others show who is stronger."""
    known = [(imported(f"p{number}"), "ar") for number in range(6)]
    plant_all(store, [*known, (DOUBTFUL, "rrrr"), (BUILT, "rrrr"), (HARD, "rrrr")])
    letters = "aaaa" if better == BIG else "rrrr"
    plant_all(store, [(one, letters) for one, _ in known], policy=BIG)
    plant_all(store, [(DOUBTFUL, "rrrr"), (BUILT, "rrrr")], policy=BIG, extracted="42")
    plant_all(store, [(HARD, "rrrr")], policy=BIG)  # it has no answer there


def quarantined(store: Store) -> dict[str, str]:
    return dict(store.rows("SELECT prompt, quarantine FROM problems WHERE quarantine IS NOT NULL"))


def test_an_agreed_answer_of_a_stronger_policy_puts_the_gold_in_doubt(store: Store):
    plant_two_policies(store)
    done = score(store, policy=POLICY, group_size=8, run_id=NIL)
    assert quarantined(store) == {
        "doubtful": "wrong_gold: 0 of 4 by cpu:tiny, but cpu:big says 42 in 4 of 4"
    }
    assert done.suspects.put_aside == 1
    assert ("doubtful",) not in store.rows(
        "SELECT prompt FROM scores JOIN problems USING (problem_id)"
    )


def test_it_stays_aside_as_long_as_that_holds_and_is_lifted_on_demand(store: Store):
    plant_two_policies(store)
    for _ in range(2):
        score(store, policy=POLICY, group_size=8, run_id=NIL)
        assert list(quarantined(store)) == ["doubtful"]
    score(store, policy=BIG, group_size=8, run_id=NIL)  # another policy's scores do not lift it
    assert list(quarantined(store)) == ["doubtful"]
    done = score(store, policy=POLICY, group_size=8, run_id=NIL, suspect=False)
    assert (quarantined(store), done.suspects.lifted) == ({}, 1)


def test_a_weaker_policy_contradicts_nobody(store: Store):
    plant_two_policies(store, better=POLICY)
    score(store, policy=POLICY, group_size=8, run_id=NIL)
    assert quarantined(store) == {}


def test_who_is_put_aside_for_another_reason_stays_so(store: Store):
    plant_two_policies(store)
    other = problem("other", certificate="imported", quarantine="reader: nonsense")
    plant_all(store, [(other, "rrrr")])
    score(store, policy=POLICY, group_size=8, run_id=NIL, suspect=False)
    assert quarantined(store) == {"other": "reader: nonsense"}
