"""Groups of a training run count as observations, and what is long ago counts less."""

import json
from pathlib import Path

import pytest
from planted import POLICY, plant, plant_all, problem

from curation.scoring import score
from curation.scoring.groups import import_groups
from curation.scoring.lineage import known_policy, trace
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import NIL

TRAINED = "cpu:run/model"
ONE, TWO = problem("one"), problem("two")


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        plant_all(store, [(ONE, "rrrr"), (TWO, "aarr")])
        yield store


def training(directory: Path, groups: list[tuple[int, str, list]], base: str = POLICY) -> Path:
    """A run's directory, as the trainer leaves it; groups are (step, problem id, rewards)."""
    directory.mkdir()
    (directory / "settings.json").write_text(json.dumps({"seed": str(directory)}))
    lines = [
        json.dumps(
            {
                "step": step,
                "problem_id": problem_id,
                "started_from": base,
                "rewards": rewards,
                "tokens": [20] * len(rewards),
            }
        )
        for step, problem_id, rewards in groups
    ]
    (directory / "groups.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return directory


def posterior(store: Store, policy: str, **settings) -> dict[str, tuple]:
    score(store, policy=policy, group_size=8, run_id=NIL, **settings)
    rows = store.rows(
        "SELECT prompt, round(n_effective, 3), round(alpha - prior_alpha, 3), n_rollouts, "
        "predicted FROM scores JOIN problems USING (problem_id) WHERE policy = ?",
        (policy,),
    )
    return {prompt: values for prompt, *values in rows}


def test_groups_are_free_labels_of_the_policy_that_they_led_to(store: Store, tmp_path: Path):
    last = training(tmp_path / "run", [(100, str(ONE.problem_id), [1.0, 0.0, None, 1.0])])
    found = import_groups(store, last, policy=TRAINED, run_id=NIL)
    assert (found.n_groups, found.n_new, found.n_unknown) == (1, 1, 0)
    rows = posterior(store, TRAINED, half_life=1)
    # One step from the last group; the first policy's rollouts are 100 steps away, and forgotten.
    assert rows == {"one": [1.5, 1.0, 0, False]}
    rows = posterior(store, TRAINED, half_life=100)
    assert rows["two"] == [2.0, 1.0, 0, False]  # four rollouts, a hundred steps ago


def test_the_policy_a_run_started_from_learns_from_its_first_groups(store: Store, tmp_path: Path):
    directory = training(
        tmp_path / "run",
        [(1, str(ONE.problem_id), [1.0, 1.0]), (101, str(ONE.problem_id), [1.0, 1.0])],
    )
    import_groups(store, directory, policy=POLICY, run_id=NIL)
    assert posterior(store, POLICY)["one"] == [4 + 2 + 1, 3.0, 4, False]


def test_a_second_run_goes_on_from_the_first(store: Store, tmp_path: Path):
    one = training(tmp_path / "one", [(100, str(ONE.problem_id), [1.0])])
    two = training(tmp_path / "two", [(100, str(ONE.problem_id), [1.0])], base=TRAINED)
    import_groups(store, one, policy=TRAINED, run_id=NIL)
    import_groups(store, two, policy="cpu:two/checkpoint-50", run_id=NIL)
    lineage = trace(store, "cpu:two/checkpoint-50", half_life=50)
    assert lineage.policies == {"cpu:two/checkpoint-50": 1.0, TRAINED: 0.5, POLICY: 0.125}
    assert sorted(lineage.trainings.values()) == [(50, 0), (100, 50)]
    assert known_policy(store, TRAINED) == TRAINED


def test_importing_again_adds_what_is_new(store: Store, tmp_path: Path):
    directory = training(tmp_path / "run", [(1, str(ONE.problem_id), [1.0, 0.0])])
    import_groups(store, directory, policy=TRAINED, run_id=NIL)
    with (directory / "groups.jsonl").open("a") as file:
        line = (directory / "groups.jsonl").read_text().replace('"step": 1', '"step": 2')
        unknown = line.replace(str(ONE.problem_id), str(NIL))
        file.write(line + unknown + line[:20])  # the last one is cut off by a kill
    found = import_groups(store, directory, policy=TRAINED, run_id=NIL)
    assert (found.n_groups, found.n_new, found.n_unknown) == (3, 1, 1)
    assert store.rows("SELECT step FROM checkpoints") == [(2,)]


def test_what_is_no_training_run_is_refused(store: Store, tmp_path: Path):
    with pytest.raises(BadInput, match="gen train --out"):
        import_groups(store, tmp_path, policy=TRAINED, run_id=NIL)
    broken = training(tmp_path / "run", [])
    with pytest.raises(BadInput, match="not taken a step"):
        import_groups(store, broken, policy=TRAINED, run_id=NIL)
    (broken / "groups.jsonl").write_text("nonsense\n")
    with pytest.raises(BadInput, match="cannot be read"):
        import_groups(store, broken, policy=TRAINED, run_id=NIL)


def test_a_half_life_is_above_zero(store: Store):
    plant(store, ONE, "ar")
    with pytest.raises(BadInput, match="--half-life"):
        score(store, policy=POLICY, group_size=8, run_id=NIL, half_life=0)
