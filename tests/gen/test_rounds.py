"""The closed loop: what a round is, where the frontier lies, and the shipped recipe's rounds."""

import os
import subprocess
import sys
from pathlib import Path

import loops
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from models import teach, tiny_model
from planted import plant, problem

from curation.store import Store
from gen.benchmarks import HELD_OUT, open_benchmark
from gen.catalog import find_families
from gen.problems import make_problems
from gen.recipes import read_recipe
from gen.rounds import frontier, round_recipe, spent

SHIPPED = Path(__file__).parents[2] / "recipes/closed-loop.yaml"

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


@pytest.fixture(scope="module")
def ended(tmp_path_factory) -> tuple[Path, Path]:
    """The shipped recipe with smaller numbers: a run of it, and one gone on with after a kill."""
    whole: Path = tmp_path_factory.mktemp("loops") / "whole"
    (family,) = find_families("math", family="arithmetic.sum")
    examples = make_problems([family], n=48, seed="taught", levels=[1])
    teach(tiny_model(whole / "taught"), [(one.prompt, one.ground_truth) for one in examples])
    recipe = yaml.safe_load(SHIPPED.read_text())
    recipe |= {"name": "loop", "model": "cpu:taught"}
    recipe["problems"]["n"] = 16
    recipe["solutions"] |= {"template": "plain-1", "samples": 4, "max_tokens": 4}
    recipe["select"] |= {"group_size": 4, "budget_problems": 6}
    recipe["train"] |= {"steps": 2, "group_size": 4, "batch_size": 16, "max_tokens": 4}
    recipe["train"]["learning_rate"] = 3e-4
    recipe["evaluate"] |= {"n": 25, "samples": 2, "max_tokens": 4}
    recipe["rounds"]["patience"] = 3  # three rounds, whatever they are worth
    (whole / "loop.yaml").write_text(yaml.safe_dump(recipe))
    resumed = whole.with_name("resumed")
    done = subprocess.run(
        [sys.executable, loops.__file__, whole, "out/loop-trained/round-2/settings.json", resumed],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.stdout.strip() == "[0, 0]", done.stderr
    return whole, resumed


@pytest.mark.model
def test_three_rounds_train_three_policies_each_from_the_one_before(ended):
    whole, _ = ended
    told = (whole / "told").read_text().splitlines()
    assert [line.split(":")[0] for line in told] == [f"round {number}" for number in range(4)]
    assert "levels 1, " in told[1]
    store = Store(whole / "out/loop.duckdb")
    policies = [f"cpu:out/loop-trained/round-{number}/model" for number in (1, 2, 3)]
    ancestry = store.rows("SELECT policy, started_from FROM checkpoints ORDER BY policy")
    assert ancestry == list(zip(policies, ["cpu:taught", *policies[:-1]], strict=True))
    evaluated = store.rows("SELECT DISTINCT model, n_problems FROM evaluations ORDER BY 1")
    assert evaluated == [(policy, 25) for policy in [*policies, "cpu:taught"]]
    # Each learnt from groups that held right and wrong answers.
    mixed = store.rows(
        "SELECT DISTINCT started_from FROM groups "
        "WHERE n_correct > 0 AND n_correct < n_decided ORDER BY 1"
    )
    assert mixed == [(policy,) for policy in [*policies[:-1], "cpu:taught"]]
    assert len(set(_weights(whole).values())) == 3
    by_round = store.rows(
        "SELECT name, count(*) FROM selections WHERE selected GROUP BY 1 ORDER BY 1"
    )
    assert by_round == [(f"loop-{number}", 6) for number in (1, 2, 3)]


@pytest.mark.model
def test_the_next_rounds_levels_follow_the_pass_rate_of_the_one_before(ended):
    whole, _ = ended
    told = (whole / "told").read_text().splitlines()
    store = Store(whole / "out/loop.duckdb")
    policies = ["cpu:taught", "cpu:out/loop-trained/round-1/model"]
    for policy, line in zip(policies, told[2:], strict=True):
        rates = store.rows(
            "SELECT level, (count(*) FILTER (correct) + 1) / (count(*) + 2) FROM results "
            "WHERE model = ? AND quarantine IS NULL GROUP BY 1",
            (policy,),
        )
        levels = frontier((1, 2, 3, 4, 5), dict(rates))
        assert f"levels {','.join(map(str, levels))}, " in line


@pytest.mark.model
def test_nothing_of_the_evaluation_is_trained_on(ended):
    whole, _ = ended
    (counts,) = Store(whole / "out/loop.duckdb").rows(
        "SELECT count(*), count(*) FILTER (starts_with(coalesce(quarantine, ''), ?)), "
        "count(*) FILTER (prompt IN (SELECT prompt FROM problems WHERE starts_with(quarantine, ?)))"
        " FROM selections JOIN problems USING (problem_id) WHERE selected",
        (HELD_OUT, HELD_OUT),
    )
    assert counts == (18, 0, 0)


@pytest.mark.model
def test_a_loop_gone_on_with_after_a_kill_ends_as_one_that_was_not_killed(ended):
    whole, resumed = ended
    assert (resumed / "told").read_text() == (whole / "told").read_text()
    assert _weights(resumed) == _weights(whole)
    for query in (
        "SELECT name, problem_id, selected, reason FROM selections ORDER BY ALL",
        "SELECT problem_id, model, sample_index, completion, outcome FROM results ORDER BY ALL",
        "SELECT model, accuracy, n_rollouts, n_tokens FROM evaluations ORDER BY ALL",
        "SELECT started_from, step, problem_id, n_correct FROM groups ORDER BY ALL",
    ):
        expected, got = (Store(one / "out/loop.duckdb").rows(query) for one in ended)
        assert got == expected
        assert got


def _weights(directory: Path) -> dict[int, bytes]:
    rounds = directory / "out/loop-trained"
    return {
        number: (rounds / f"round-{number}/model/model.safetensors").read_bytes()
        for number in (1, 2, 3)
    }


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
