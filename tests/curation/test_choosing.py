"""Scores, selections and exports, on a store with planted rollouts."""

from pathlib import Path
from uuid import UUID

import pytest

from curation.scoring import score
from curation.selection import Budget, select
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import NIL, Problem, Rollout, Verdict

POLICY = "cpu:tiny"


def problem(prompt: str, family: str = "f", confidence: float = 1.0) -> Problem:
    return Problem(
        domain="math",
        family=family,
        level=1,
        prompt=prompt,
        ground_truth="1",
        verifier="math",
        certificate="construction",
        confidence=confidence,
    )


def plant(store: Store, one: Problem, outcomes: str, *, n_tokens: int = 10) -> None:
    """Give a problem one rollout a letter: a(ccepted), r(ejected) or u(ndecided)."""
    rollouts, verdicts = [], []
    for index, letter in enumerate(outcomes):
        rollout = Rollout(
            problem_id=one.problem_id,
            model=POLICY,
            sampling="{}",
            template="math-1",
            sample_index=index,
            completion="\\boxed{1}",
            finish_reason="stop",
            n_prompt_tokens=5,
            n_tokens=n_tokens,
        )
        outcome = {"a": "accepted", "r": "rejected", "u": "undecided"}[letter]
        rollouts.append(rollout)
        verdicts.append(
            Verdict(
                rollout_id=rollout.rollout_id,
                verifier="math",
                verifier_version="1",
                outcome=outcome,
                reward={"a": 1.0, "r": 0.0, "u": None}[letter],
                reason="planted",
            )
        )
    store.add("problems", [one])
    store.add("rollouts", rollouts)
    store.add("verdicts", verdicts)


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def chosen(store: Store, budget: Budget, benchmarks=()) -> dict[str, tuple]:
    score(store, policy=POLICY, group_size=8, run_id=NIL)
    select(
        store,
        name="s",
        policy=POLICY,
        group_size=8,
        budget=budget,
        benchmarks=benchmarks,
        run_id=NIL,
    )
    rows = store.rows(
        "SELECT prompt, selected, reason, position, cost_tokens "
        "FROM selections JOIN problems USING (problem_id)"
    )
    return {prompt: values for prompt, *values in rows}


def test_the_most_informative_are_chosen_and_the_rest_told_why(store: Store, tmp_path: Path):
    plant(store, problem("Mixed?"), "aarr")
    plant(store, problem("mixed"), "aaar")
    plant(store, problem("easy"), "aaaa")
    plant(store, problem("In a benchmark."), "aarr")
    benchmark = tmp_path / "benchmark.jsonl"
    benchmark.write_text('{"problem": "other"}\n{"problem": "in a  BENCHMARK"}\n')
    found = chosen(store, Budget(problems=1), [benchmark])
    assert found["Mixed?"][:3] == [True, "chosen", 1]
    assert found["mixed"][1].startswith("duplicate of ")
    assert found["easy"][:2] == [False, "over budget"]
    assert found["In a benchmark."][:2] == [False, "contaminated: benchmark.jsonl row 2"]


def test_a_token_budget_is_never_exceeded(store: Store):
    for number in range(20):
        plant(store, problem(f"p{number}"), "ar", n_tokens=5 + number)
    found = chosen(store, Budget(tokens=400))
    spent = sum(cost for selected, _, _, cost in found.values() if selected)
    assert 0 < spent <= 400


def test_families_share_a_budget(store: Store):
    """Ten equal problems of one family do not crowd out the ten of another that are a bit worse."""
    for number in range(10):
        plant(store, problem(f"a{number}", family="a"), "aarr")
        plant(store, problem(f"b{number}", family="b"), "aaar")
    found = chosen(store, Budget(problems=10))
    families = [prompt[0] for prompt, values in found.items() if values[0]]
    assert 3 <= families.count("b") <= 5


def test_a_budget_must_be_one(store: Store):
    for wrong in ({}, {"problems": 1, "tokens": 1}, {"problems": 0}):
        with pytest.raises(BadInput, match="budget"):
            Budget(**wrong)


def test_ids_are_sixteen_bytes(store: Store):
    plant(store, problem("p"), "a")
    ((found,),) = store.rows("SELECT problem_id FROM problems")
    assert isinstance(found, UUID)
