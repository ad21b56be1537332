"""What is chosen under a budget, and what is said about the rest."""

from collections import Counter
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curation.records import Contamination, Membership, Score
from curation.selection import Budget, Choice, Chosen, preview, select
from curation.store import Store
from verifiers.errors import BadInput, UnknownName
from verifiers.records import NIL, Problem

POLICY = "cpu:tiny"


def problem(
    number: int, *, domain: str = "math", family: str = "f", level: int = 1, quarantine: str = ""
) -> Problem:
    return Problem(
        domain=domain,
        family=family,
        level=level,
        prompt=f"{domain} {family} {level} {number}",
        ground_truth="1",
        verifier="math",
        certificate="construction",
        quarantine=quarantine or None,
    )


def score(one: Problem, n_correct: int, tokens: float) -> Score:
    p_mixed = 1 - (n_correct / 8) ** 8 - (1 - n_correct / 8) ** 8
    return Score(
        problem_id=one.problem_id,
        policy=POLICY,
        group_size=8,
        n_rollouts=8,
        n_correct=n_correct,
        n_undecided=0,
        n_truncated=0,
        n_effective=8.0,
        prior_alpha=1.0,
        prior_beta=1.0,
        signal_value=p_mixed,
        alpha=1.0 + n_correct,
        beta=9.0 - n_correct,
        pass_rate=(1 + n_correct) / 10,
        p_mixed=p_mixed,
        tokens_per_rollout=tokens,
        informativeness=p_mixed / (8 * tokens),
    )


def plant(
    store: Store, problems: list[Problem], n_correct: int = 4, *, tokens: float = 10.0
) -> None:
    """Scored problems that had so many of eight rollouts right."""
    store.add("problems", problems)
    store.add("scores", [score(one, n_correct, tokens) for one in problems])


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def choose(store: Store, name: str = "s", **options) -> Chosen:
    tails = options.pop("tails", 0.0)
    return select(store, name, POLICY, Choice(tails=tails, **options), run_id=NIL)


def chosen(store: Store, what: str = "family", name: str = "s") -> Counter:
    rows = store.rows(f"SELECT {what} FROM choices WHERE selected AND name = ?", (name,))
    return Counter(value for (value,) in rows)


def test_the_most_informative_are_chosen_and_the_rest_told_why(store: Store):
    plant(store, [problem(n, family="mixed") for n in range(3)], 4)
    plant(store, [problem(n, family="easy") for n in range(3)], 8)
    found = choose(store, budget=Budget(problems=3))
    assert chosen(store) == {"mixed": 3}
    assert found == Chosen(6, 3, 240.0, {"chosen": 3, "over budget": 3})


def test_of_a_cluster_the_best_alone_is_a_candidate(store: Store):
    best, other, near = (problem(n) for n in range(3))
    plant(store, [best], 4)
    plant(store, [other, near], 6)
    cluster = UUID(int=9)
    store.add(
        "clusters",
        [
            Membership(problem_id=one.problem_id, cluster_id=cluster, kind=kind, similarity=0.9)
            for one, kind in ((best, "exact"), (other, "parametric"), (near, "near"))
        ],
    )
    choose(store, budget=Budget(problems=3))
    reasons = dict(store.rows("SELECT problem_id, reason FROM selections"))
    assert reasons == {
        best.problem_id: "chosen",
        other.problem_id: f"duplicate of {best.problem_id} (parametric, 0.90)",
        near.problem_id: f"duplicate of {best.problem_id} (near, 0.90)",
    }


def test_what_is_alike_in_meaning_counts_less_each_time(store: Store):
    alike = [problem(n, family="alike") for n in range(10)]
    plant(store, alike, 4)
    plant(store, [problem(n, family="else") for n in range(10)], 4)
    store.add(
        "clusters",
        [
            Membership(
                problem_id=one.problem_id, cluster_id=UUID(int=1), kind="semantic", similarity=0.9
            )
            for one in alike
        ],
    )
    choose(store, budget=Budget(problems=10))
    found = chosen(store)
    assert 1 <= found["alike"] < found["else"]


def test_what_a_benchmark_holds_is_never_chosen(store: Store):
    ours, clean = problem(1), problem(2)
    plant(store, [ours, clean], 4)
    contamination = Contamination(
        problem_id=ours.problem_id,
        benchmark="math500.jsonl",
        row_number=7,
        kind="ngram",
        similarity=0.9,
        benchmark_text="...",
    )
    store.add("contaminations", [contamination])
    for arm in ("informativeness", "random", "uniform", "hardest", "variance"):
        choose(store, arm=arm, budget=Budget(problems=2))
        assert chosen(store, "problem_id") == {clean.problem_id: 1}
    assert ("contaminated: math500.jsonl row 7 (ngram)",) in store.rows(
        "SELECT reason FROM selections"
    )


def test_quarantined_problems_are_no_candidates(store: Store):
    plant(store, [problem(1), problem(2, quarantine="a reader's doubt")])
    assert choose(store, budget=Budget(problems=2)).n_candidates == 1


def test_families_share_a_budget(store: Store):
    """Ten problems of one family do not crowd out ten of another that are a bit worse."""
    plant(store, [problem(n, family="a") for n in range(10)], 4)
    plant(store, [problem(n, family="b") for n in range(10)], 5)
    choose(store, budget=Budget(problems=10))
    assert 3 <= chosen(store)["b"] <= 5


def test_a_domain_gets_its_quota_and_no_more(store: Store):
    for domain, n_correct in (("math", 4), ("code", 1), ("law", 4)):
        plant(store, [problem(n, domain=domain) for n in range(20)], n_correct)
    choose(store, budget=Budget(problems=20), quotas={"code": 0.5, "law": 0.1})
    assert chosen(store, "domain") == {"code": 10, "law": 2, "math": 8}


def test_a_weight_makes_a_domain_worth_more(store: Store):
    for domain in ("math", "code"):
        plant(store, [problem(n, domain=domain) for n in range(10)])
    choose(store, budget=Budget(problems=10), weights={"code": 3.0})
    assert chosen(store, "domain")["code"] > 6


def test_both_tails_are_kept(store: Store):
    for family, n_correct in (("never", 0), ("mixed", 4), ("always", 8)):
        plant(store, [problem(n, family=family) for n in range(50)], n_correct)
    choose(store, budget=Budget(problems=40), tails=0.2)
    assert chosen(store) == {"never": 4, "mixed": 32, "always": 4}
    assert chosen(store, "reason") == {
        "chosen": 32,
        "tail: not solved yet": 4,
        "tail: always solved": 4,
    }


def test_arms_for_comparison_choose_as_they_are_named(store: Store):
    for level, n_correct in ((1, 8), (2, 4), (3, 0)):
        plant(store, [problem(n, level=level) for n in range(30)], n_correct)
    budget = Budget(problems=30)
    for arm in ("uniform", "hardest", "variance", "random"):
        choose(store, arm, arm=arm, budget=budget)
    assert chosen(store, "level", "uniform") == {1: 10, 2: 10, 3: 10}
    assert chosen(store, "level", "hardest") == {3: 30}
    assert chosen(store, "level", "variance") == {2: 30}
    assert min(chosen(store, "level", "random").values()) >= 3


def test_another_seed_is_another_draw_and_the_same_seed_the_same(store: Store):
    plant(store, [problem(n) for n in range(40)])
    draws = []
    for seed in (0, 0, 1):
        choose(store, arm="random", seed=seed, budget=Budget(problems=20))
        draws.append(chosen(store, "problem_id"))
    assert draws[0] == draws[1] != draws[2]


def test_one_that_costs_more_than_there_is_stops_nobody_else(store: Store):
    plant(store, [problem(0)], 4, tokens=1_000.0)
    plant(store, [problem(n) for n in range(1, 4)], 1)
    assert choose(store, budget=Budget(tokens=200)).n_selected == 2


@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_budget_is_never_exceeded_nor_left_unspent(tmp_path_factory, data: st.DataObject):
    n = data.draw(st.integers(1, 30))
    problems = [problem(number, domain=("math", "code")[number % 2]) for number in range(n)]
    tokens = data.draw(st.lists(st.integers(1, 20), min_size=n, max_size=n))
    arm = data.draw(st.sampled_from(("informativeness", "random", "uniform", "hardest")))
    tails = data.draw(st.sampled_from((0.0, 0.05, 0.5)))
    with Store(tmp_path_factory.mktemp("budget") / "s.duckdb").writing("test") as store:
        store.add("problems", problems)
        store.add(
            "scores",
            [score(one, k % 9, float(tokens[k])) for k, one in enumerate(problems)],
        )
        amount = data.draw(st.integers(1, 40))
        found = choose(store, arm=arm, tails=tails, budget=Budget(problems=amount))
        assert found.n_selected == min(n, amount)
        choice = Choice(
            arm=arm, tails=tails, budget=Budget(tokens=data.draw(st.integers(1, 2_000)))
        )
        found = select(store, "s", POLICY, choice, run_id=NIL)
        assert found.cost_tokens <= choice.budget.amount
        positions = store.rows("SELECT position FROM selected ORDER BY position")
        assert positions == [(number + 1,) for number in range(found.n_selected)]
        assert preview(store, POLICY, choice) == found


def test_every_choice_is_explained_by_its_factors(store: Store):
    plant(store, [problem(n, family=f"f{n % 3}") for n in range(30)], 4)
    choose(store, budget=Budget(problems=10), weights={"math": 2.0})
    rows = store.rows(
        "SELECT preference, weight, cell_rank, discount, gain, informativeness FROM choices"
    )
    assert len(rows) == 30
    for preference, weight, rank, discount, gain, informativeness in rows:
        assert preference == informativeness
        assert discount == pytest.approx(rank**0.5 - (rank - 1) ** 0.5)
        assert gain == pytest.approx(preference * weight * discount)


def test_what_cannot_be_is_refused(store: Store):
    plant(store, [problem(1)])
    for wrong in ({}, {"problems": 1, "tokens": 1}, {"problems": 0}):
        with pytest.raises(BadInput, match="budget"):
            Budget(**wrong)
    one = Budget(problems=1)
    with pytest.raises(UnknownName, match="did you mean random"):
        Choice(budget=one, arm="randon")
    with pytest.raises(BadInput, match=r"1\.2 of the budget"):
        Choice(budget=one, quotas={"math": 0.6, "code": 0.6})
    with pytest.raises(BadInput, match="--tails"):
        Choice(budget=one, tails=1.0)
    with pytest.raises(UnknownName, match="did you mean math"):
        choose(store, budget=one, quotas={"maths": 0.6})
    with pytest.raises(BadInput, match="gen score"):
        select(store, "s", "nobody", Choice(budget=one), run_id=NIL)
