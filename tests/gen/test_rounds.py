"""The closed loop: what a round is, where the frontier lies, and two rounds that are killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import tiny_model
from planted import plant, problem

from curation.store import Store
from gen.benchmarks import HELD_OUT, open_benchmark
from gen.catalog import find_families
from gen.problems import make_problems
from gen.recipes import read_recipe
from gen.rounds import frontier, round_recipe, spent

RECIPE = """
name: loop
model: cpu:tiny
problems: {domain: math, family: arithmetic.sum, n: 12, levels: [1]}
solutions: {samples: 2, max_tokens: 8}
select: {group_size: 4, budget_problems: 4}
train: {steps: 1, group_size: 4, batch_size: 8, max_tokens: 8}
evaluate: {benchmark: "families:math/arithmetic.sum", n: 8, samples: 2, max_tokens: 8}
rounds: {most: 2, patience: 3}
"""


@given(
    st.sets(st.integers(1, 9), min_size=1),
    st.dictionaries(st.integers(1, 9), st.floats(0, 1)),
)
def test_the_frontier_holds_what_is_neither_solved_nor_hopeless_and_one_step_more(levels, rates):
    known = tuple(sorted(levels))
    found = frontier(known, rates)
    assert set(found) <= levels
    assert list(found) == sorted(found)
    assert found
    open_levels = {level for level in known if 0.1 <= rates.get(level, 0) <= 0.9}
    assert open_levels <= set(found)
    if open_levels:
        assert len(found) <= len(open_levels) + 1


def test_a_policy_that_solves_a_level_goes_on_to_the_next():
    assert frontier((1, 2, 3, 4), {1: 0.97}) == (1, 2)
    assert frontier((1, 2, 3, 4), {1: 0.97, 2: 0.6}) == (2, 3)
    assert frontier((1, 2, 3, 4), {1: 0.5, 2: 0.01}) == (1, 2)
    assert frontier((1, 2), {2: 0.95}) == (2,)


def test_rounds_have_streams_and_places_of_their_own_and_are_kept_from_a_files_problems(tmp_path):
    file = tmp_path / "loop.yaml"
    file.write_text(RECIPE.replace('"families:math/arithmetic.sum"', "held_out.jsonl"))
    recipe = read_recipe(file)
    rounds = [round_recipe(recipe, number, model="cpu:tiny", levels=None) for number in (1, 2, 3)]
    assert len({one.seed for one in rounds if 0 <= one.seed < 2**32}) == 3
    assert len({one.name for one in rounds}) == 3
    assert len({one.export_path for one in rounds}) == 3
    assert len({one.train_path for one in rounds}) == 3
    assert all(one.select.decontaminate == ("held_out.jsonl",) for one in rounds)


def test_rounds_without_training_or_evaluation_are_refused(gen, tmp_path):
    (tmp_path / "loop.yaml").write_text(RECIPE.replace("train:", "# train:"))
    assert "rounds need the sections train and evaluate" in gen.fails("run", "loop.yaml")


@pytest.mark.deep
@pytest.mark.model
def test_two_rounds_killed_and_resumed_end_with_two_trained_policies(gen, tmp_path: Path):
    tiny_model(tmp_path / "tiny")
    (tmp_path / "loop.yaml").write_text(RECIPE)
    killed = subprocess.Popen(
        gen.command("run", "loop.yaml"),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    trained = tmp_path / "out/loop-trained"
    deadline = time.monotonic() + 250
    while not (trained / "round-2/settings.json").exists() and time.monotonic() < deadline:
        assert killed.poll() is None
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()
    store = Store(tmp_path / "out/loop.duckdb")
    chosen = "SELECT problem_id FROM selections WHERE name = 'loop-1' AND selected ORDER BY 1"
    before = store.rows(chosen)

    told = gen("run", "loop.yaml").stdout.splitlines()
    assert store.rows(chosen) == before  # problems of round 2 were there when it was gone on with
    assert [line.split(":")[0] for line in told] == [f"round {number}" for number in range(3)]
    assert [(trained / f"round-{number}/model").is_dir() for number in (1, 2)] == [True] * 2

    policies = ["cpu:tiny", *(f"cpu:out/loop-trained/round-{number}/model" for number in (1, 2))]
    evaluated = store.rows("SELECT DISTINCT model FROM evaluations ORDER BY 1")
    assert sorted(policies) == [model for (model,) in evaluated]
    ancestry = store.rows("SELECT policy, started_from FROM checkpoints ORDER BY policy")
    assert ancestry == list(zip(policies[1:], policies[:-1], strict=True))
    ((n_shared,),) = store.rows(
        "SELECT count(*) FROM selections s JOIN problems p USING (problem_id) "
        "WHERE s.selected AND starts_with(p.quarantine, 'benchmark: ')"
    )
    assert n_shared == 0
    by_round = store.rows(
        "SELECT name, count(*) FROM selections WHERE selected GROUP BY 1 ORDER BY 1"
    )
    assert by_round == [("loop-1", 4), ("loop-2", 4)]


def test_the_budget_counts_the_rounds_that_are_done_and_not_what_a_killed_one_has_sampled(
    tmp_path: Path,
):
    store = Store(tmp_path / "loop.duckdb")
    first, second = problem("of round 1"), problem("of round 2")
    held_out = problem("held out", quarantine=f"{HELD_OUT}families:math")
    with store.writing("test"):
        for policy, asked in (("a", [held_out, first]), ("b", [held_out, second])):
            for one in asked:
                plant(store, one, "ar", policy=policy, n_tokens=5)
    assert spent(store, ["a"]) == 10
    assert spent(store, ["a", "b"]) == 30
    assert spent(store, ["a", "b", "c"]) == 40


def test_a_benchmark_that_goes_by_a_name_is_kept_out_of_the_selection_by_its_rows(tmp_path: Path):
    file = tmp_path / "loop.yaml"
    file.write_text(RECIPE.replace("families:math/arithmetic.sum", "gsm8k"))
    one = round_recipe(read_recipe(file), 1, model="cpu:tiny", levels=None)
    assert one.select.decontaminate == ("hf:openai/gsm8k/main@test",)


def test_no_seed_makes_the_problems_that_are_held_out(tmp_path: Path):
    store = Store(tmp_path / "loop.duckdb")
    held_out = open_benchmark("families:math/arithmetic.sum", store, n=20).problems
    families = find_families("math", family="arithmetic.sum")
    for seed in (-1, 0, 1):
        made = [one.prompt for one in make_problems(families, n=20, seed=seed)]
        assert made != [one.prompt for one in held_out]
