"""Scores, selections and exports, on a store with planted rollouts."""

import json
from pathlib import Path
from random import Random
from uuid import UUID

import datasets
import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from curation.export import export
from curation.informativeness import P_MIXED, known_policy, score
from curation.selection import Budget, select
from curation.store import Store
from verifiers.errors import BadInput, UnknownName
from verifiers.math import MathVerifier
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


def scores(store: Store, group_size: int = 8) -> dict[str, tuple]:
    score(store, policy=POLICY, group_size=group_size, run_id=NIL)
    rows = store.rows(
        "SELECT prompt, pass_rate, p_mixed, informativeness, n_undecided "
        "FROM scores JOIN problems USING (problem_id)"
    )
    return {prompt: values for prompt, *values in rows}


@given(alpha=st.integers(1, 9), beta=st.integers(1, 9), group_size=st.integers(2, 16))
def test_the_chance_of_a_mixed_group_is_what_simulation_says(
    alpha: int, beta: int, group_size: int
):
    (computed,) = duckdb.execute(
        f"SELECT {P_MIXED} FROM (SELECT $alpha::DOUBLE AS alpha, $beta::DOUBLE AS beta)",
        {"alpha": alpha, "beta": beta, "group_size": group_size},
    ).fetchone()
    rng = Random(f"{alpha}:{beta}:{group_size}")
    n = 4_000
    mixed = 0
    for _ in range(n):
        rate = rng.betavariate(alpha, beta)
        n_right = sum(rng.random() < rate for _ in range(group_size))
        mixed += 0 < n_right < group_size
    assert abs(computed - mixed / n) < 0.04


def test_the_posterior_counts_right_and_wrong(store: Store):
    plant(store, problem("p"), "aaarruu")
    score(store, policy=POLICY, group_size=8, run_id=NIL)
    assert store.rows("SELECT n_rollouts, n_correct, n_undecided, alpha, beta FROM scores") == [
        (7, 3, 2, 4.0, 3.0)
    ]


def test_mixed_short_and_certain_problems_are_the_informative_ones(store: Store):
    plant(store, problem("mixed"), "aarr")
    plant(store, problem("easy"), "aaaa")
    plant(store, problem("hard"), "rrrr")
    plant(store, problem("long"), "aarr", n_tokens=100)
    plant(store, problem("doubtful", confidence=0.5), "aarr")
    informativeness = {prompt: values[2] for prompt, values in scores(store).items()}
    assert informativeness["mixed"] == max(informativeness.values())
    assert informativeness["easy"] == pytest.approx(informativeness["hard"])
    assert informativeness["long"] == pytest.approx(informativeness["mixed"] / 10)
    assert informativeness["doubtful"] == pytest.approx(informativeness["mixed"] / 2)


def test_undecided_verdicts_count_neither_way(store: Store):
    plant(store, problem("with"), "aruu")
    plant(store, problem("without"), "ar")
    found = scores(store)
    assert found["with"][:2] == found["without"][:2]
    assert found["with"][3] == 2


def test_scoring_needs_verdicts_and_a_policy(store: Store):
    with pytest.raises(BadInput, match="gen solutions"):
        known_policy(store, None)
    plant(store, problem("p"), "ar")
    assert known_policy(store, None) == POLICY
    with pytest.raises(UnknownName, match="did you mean cpu:tiny"):
        known_policy(store, "cpu:tinny")
    with pytest.raises(BadInput, match="gen verify"):
        score(store, policy="nobody", group_size=8, run_id=NIL)


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


def chat(prompt: str, template: str) -> list[dict[str, str]]:
    return [{"role": "user", "content": f"{template}: {prompt}"}]


def test_an_export_opens_with_datasets_and_can_be_verified_again(store: Store, tmp_path: Path):
    for number in range(12):
        plant(store, problem(f"p{number}"), "ar")
    chosen(store, Budget(problems=10))
    out = tmp_path / "out"
    assert export(store, "s", fmt="trl", out=out, chat=chat) == 10
    rows = datasets.load_dataset("parquet", data_dir=str(out), cache_dir=str(tmp_path / "cache"))[
        "train"
    ]
    assert len(rows) == 10
    assert rows[0]["prompt"][0]["content"].startswith("math-1: p")
    verdict = MathVerifier().verify(
        ground_truth=rows[0]["ground_truth"],
        completion="\\boxed{1}",
        params=json.loads(rows[0]["params"]),
    )
    assert verdict.correct
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["rows"] == 10
    assert store.query(manifest["sql"]).num_rows == 10
    card = datasets.info.DatasetInfosDict.from_directory(str(out))
    assert isinstance(card, dict)


def test_the_same_selection_gives_the_same_bytes_in_place_of_the_old(store: Store, tmp_path: Path):
    for number in range(12):
        plant(store, problem(f"p{number}"), "ar")
    chosen(store, Budget(problems=5))
    files = []
    for _ in range(2):
        export(store, "s", fmt="trl", out=tmp_path / "out", chat=chat)
        files.append((tmp_path / "out/data/train-00000-of-00001.parquet").read_bytes())
    assert files[0] == files[1]
    assert pq.read_table(tmp_path / "out/data").num_rows == 5
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []


def test_an_export_never_replaces_what_is_not_its_own(store: Store, tmp_path: Path):
    plant(store, problem("p"), "ar")
    chosen(store, Budget(problems=5))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="another --out"):
        export(store, "s", fmt="trl", out=tmp_path / "mine", chat=chat)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"
    with pytest.raises(UnknownName, match="did you mean trl"):
        export(store, "s", fmt="trll", out=tmp_path / "out", chat=chat)
    with pytest.raises(UnknownName, match="selection"):
        export(store, "t", fmt="trl", out=tmp_path / "out", chat=chat)


def test_ids_are_sixteen_bytes(store: Store):
    plant(store, problem("p"), "a")
    ((found,),) = store.rows("SELECT problem_id FROM problems")
    assert isinstance(found, UUID)
