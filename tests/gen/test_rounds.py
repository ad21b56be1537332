"""The closed loop: what a round is, where the frontier lies, and three rounds that are killed."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import tiny_model

from curation.store import Store
from gen.recipes import read_recipe
from gen.rounds import frontier, round_recipe

RECIPE = """
name: loop
model: cpu:tiny
problems: {domain: math, family: arithmetic.sum, n: 12, levels: [1]}
solutions: {samples: 2, max_tokens: 8}
select: {group_size: 4, budget_problems: 4}
train: {steps: 1, group_size: 4, batch_size: 8, max_tokens: 8}
evaluate: {benchmark: "families:math/arithmetic.sum", n: 8, samples: 2, max_tokens: 8}
rounds: {most: 3, patience: 3}
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
    assert len({one.seed for one in rounds}) == 3
    assert len({one.name for one in rounds}) == 3
    assert len({one.export_path for one in rounds}) == 3
    assert len({one.train_path for one in rounds}) == 3
    assert all(one.select.decontaminate == ("held_out.jsonl",) for one in rounds)


def test_rounds_without_training_or_evaluation_are_refused(gen, tmp_path):
    (tmp_path / "loop.yaml").write_text(RECIPE.replace("train:", "# train:"))
    assert "rounds need the sections train and evaluate" in gen.fails("run", "loop.yaml")


@pytest.mark.model
def test_three_rounds_killed_and_resumed_end_with_three_trained_policies(gen, tmp_path: Path):
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
    while not (trained / "round-1/model").exists() and time.monotonic() < deadline:
        assert killed.poll() is None
        time.sleep(0.1)
    os.killpg(killed.pid, signal.SIGKILL)
    killed.wait()

    told = gen("run", "loop.yaml").stdout.splitlines()
    assert [line.split(":")[0] for line in told] == [f"round {number}" for number in range(4)]
    assert [(trained / f"round-{number}/model").is_dir() for number in (1, 2, 3)] == [True] * 3

    store = Store(tmp_path / "out/loop.duckdb")
    policies = ["cpu:tiny", *(f"cpu:out/loop-trained/round-{number}/model" for number in (1, 2, 3))]
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
    assert by_round == [("loop-1", 4), ("loop-2", 4), ("loop-3", 4)]
