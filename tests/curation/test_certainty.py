"""How certain a policy is tells of problems nobody has sampled, as far as rollouts bear it out."""

import dataclasses
import math
from pathlib import Path
from random import Random

import numpy as np
import pytest
from planted import POLICY, plant, plant_all, problem

from curation.records import Certainty, Checkpoint
from curation.scoring import score
from curation.scoring.certainty import find_certainties, worth_asking
from curation.scoring.lineage import trace
from curation.store import Store
from verifiers.records import NIL, Problem


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def certainty(one: Problem, chance: float, policy: str = POLICY) -> Certainty:
    return Certainty(
        problem_id=one.problem_id,
        policy=policy,
        opening="\\boxed{",
        n_tokens=1,
        log_chance=math.log(chance),
    )


def pool(n: int, *, told: float) -> dict[Problem, tuple[float, float]]:
    """Problems of two levels: true pass rate and chance, which tell of each other if `told` is 1.

    A policy that is sure is right at level 1, and wrong at level 2 half as often as it is sure.
    """
    rng = Random(0)
    found = {}
    for number in range(n):
        level, rate = 1 + number % 2, rng.uniform(0.02, 0.98)
        chance = rate if rng.random() < told else rng.uniform(0.02, 0.98)
        one = problem(f"What is the answer to {number}?", level=level)
        found[one] = (rate / level, chance)
    return found


def scored(store: Store, problems: dict[Problem, tuple[float, float]], sampled: list[Problem]):
    """Score with four rollouts each of those sampled; gives the model's columns and the rates."""
    rng = Random(1)
    outcomes = [
        (one, "".join("ra"[rng.random() < problems[one][0]] for _ in range(4))) for one in sampled
    ]
    plant_all(store, outcomes)
    store.add("problems", list(problems))
    done = score(store, policy=POLICY, group_size=8, run_id=NIL)
    rows = store.rows("SELECT problem_id, pass_rate FROM scores WHERE predicted")
    return done.models[0], dict(rows)


def test_a_hundred_rollouts_and_a_token_each_tell_hard_from_easy(store: Store):
    problems = pool(400, told=1)
    store.put("certainties", [certainty(one, chance) for one, (_, chance) in problems.items()])
    model, rates = scored(store, problems, list(problems)[:110])
    assert model.features == "family, level, certainty"
    assert model.brier < 0.8 * model.brier_of_cells
    true = np.array([problems[one][0] for one in problems if one.problem_id in rates])
    predicted = np.array([rates[one.problem_id] for one in problems if one.problem_id in rates])
    assert 1 - ((predicted - true) ** 2).mean() / true.var() > 0.8


def test_certainty_that_tells_nothing_changes_little(store: Store):
    problems = pool(400, told=0)
    store.put("certainties", [certainty(one, chance) for one, (_, chance) in problems.items()])
    model, rates = scored(store, problems, list(problems)[:110])
    assert model.brier < 1.05 * model.brier_of_cells
    assert np.std(list(rates.values())) < 0.15


def test_what_was_chosen_by_its_certainty_does_not_speak_for_the_rest(store: Store):
    """Sampled are those of which the policy is unsure; the others of the cell are easier."""
    problems = {
        one: (0.95 if number % 4 else 0.3, 0.95 if number % 4 else 0.3)
        for number, one in enumerate(pool(800, told=1))
        if one.level == 1
    }
    asked = list(problems)[:300]
    store.put("certainties", [certainty(one, problems[one][1]) for one in asked])
    unsure = [one for one in asked if problems[one][1] < 0.5]
    sure = [one for one in asked if problems[one][1] > 0.5]
    _, rates = scored(store, problems, [*unsure, *sure[:60]])
    others = [rates[one.problem_id] for one in list(problems)[300:]]
    assert np.mean(others) == pytest.approx(
        np.mean([rate for rate, _ in problems.values()]), abs=0.06
    )


def test_few_certainties_change_nothing(store: Store):
    problems = pool(150, told=1)
    some = list(problems)[-3:]
    store.put("certainties", [certainty(one, 0.5) for one in some])
    model, rates = scored(store, problems, list(problems)[:110])
    assert model.features != "family, level, certainty"
    assert len(rates) == 40


def test_the_sampled_are_asked_first_and_then_the_informative_of_each_cell(store: Store):
    sampled = [problem(f"{number} + 1?", level=1) for number in range(30)]
    plant_all(
        store, [(one, "aaaa" if number % 2 else "arar") for number, one in enumerate(sampled)]
    )
    easy = [problem(f"{number} + 2?", level=1) for number in range(20)]
    hard = [problem(f"{number} + 3?", level=2) for number in range(20)]
    store.add("problems", [*easy, *hard])
    score(store, policy=POLICY, group_size=8, run_id=NIL, predict=True)
    order = worth_asking(store, POLICY)
    assert set(order[:30]) == {one.problem_id for one in sampled}
    levels = [1 if one in {p.problem_id for p in easy} else 2 for one in order[30:38]]
    assert {1, 2} == set(levels)
    assert worth_asking(store, POLICY, n=5) == order[:5]
    assert set(worth_asking(store, POLICY, filters={"level": 2})) == {p.problem_id for p in hard}
    store.put("certainties", [certainty(one, 0.5) for one in sampled])
    assert worth_asking(store, POLICY) == order[30:]
    assert len(worth_asking(store, "cpu:other")) == 70


def test_problems_without_a_score_are_asked_by_id(store: Store):
    problems = [problem(f"What is {number}?") for number in range(9)]
    store.add("problems", problems)
    assert worth_asking(store, POLICY, n=4) == sorted(one.problem_id for one in problems)[:4]


def test_of_a_lineage_the_nearest_certainty_counts(store: Store):
    one, two = problem("one"), problem("two")
    plant(store, one, "ar")
    plant(store, two, "ar")
    store.put(
        "checkpoints",
        [
            Checkpoint(
                policy=f"run/checkpoint-{step}", training_run="r", started_from=POLICY, step=step
            )
            for step in (10, 20, 30)
        ],
    )
    store.put("certainties", [certainty(one, 0.1), certainty(two, 0.2)])
    store.put("certainties", [certainty(one, 0.5, "run/checkpoint-10")])
    store.put("certainties", [certainty(one, 0.9, "run/checkpoint-30")])

    def surer(policy: str) -> float:
        """How much surer it is of the first; two that differ are one deviation off their mean."""
        lineage = trace(store, policy)
        with store.transaction() as connection:
            find_certainties(connection, lineage)
            rows = dict(connection.execute("FROM certain").fetchall())
            connection.execute("DROP TABLE certain; DROP TABLE near")
        return rows[one.problem_id] - rows[two.problem_id]

    assert surer(POLICY) == pytest.approx(-2)
    assert surer("run/checkpoint-20") == pytest.approx(2)
    assert surer("run/checkpoint-30") == pytest.approx(2)
    store.put("certainties", [certainty(one, 0.2, "run/checkpoint-30")])
    assert surer("run/checkpoint-30") == pytest.approx(0)


def test_certainties_are_compared_where_the_answer_began_alike(store: Store):
    problems = pool(400, told=1)
    told = [certainty(one, chance) for one, (_, chance) in problems.items()]
    other = [
        dataclasses.replace(one, opening="", log_chance=one.log_chance - 5) for one in told[::2]
    ]
    store.put("certainties", [*other, *told[1::2]])
    model, _ = scored(store, problems, list(problems)[:150])
    assert model.features == "family, level, certainty"
    assert model.brier < 0.9 * model.brier_of_cells
