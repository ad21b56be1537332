"""Pass rates of problems nobody has sampled: how good they are is measured, their doubt kept."""

import json
import math
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import POLICY, plant_all, problem

from curation.scoring import score
from curation.scoring.audit import in_audit
from curation.scoring.calibration import concentrations, measure, recalibrate, recalibrated
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import NIL, Problem


@pytest.fixture(scope="module")
def scored(tmp_path_factory) -> tuple[Store, dict[str, float]]:
    """1,200 sums, of which a half was sampled; long ones are hard. Gives the true rates."""
    rng = Random(0)
    problems, truth = [], {}
    for number in range(1_200):
        digits, level = rng.randint(1, 8), rng.randint(1, 3)
        first, second = (rng.randint(10 ** (digits - 1), 10**digits) for _ in "ab")
        one = problem(f"What is {first} + {second} ({number})?", family="sum", level=level)
        problems.append(one)
        truth[str(one.problem_id)] = 1 / (1 + math.exp(digits - 3 + level / 3))
    outcomes = [
        (one, "".join("ra"[rng.random() < truth[str(one.problem_id)]] for _ in range(8)))
        for one in problems[:600]
    ]
    with Store(tmp_path_factory.mktemp("scored") / "s.duckdb").writing("test") as store:
        plant_all(store, outcomes)
        store.add("problems", problems)
        done = score(store, policy=POLICY, group_size=8, run_id=NIL)
        assert (done.n_scored, done.n_predicted) == (600, 600)
        yield store, truth


def test_unsampled_problems_are_predicted_near_their_true_rate(scored):
    store, truth = scored
    rows = store.rows(
        "SELECT problem_id::VARCHAR, pass_rate, n_rollouts, n_effective, mean_reward, alpha, beta, "
        "prior_alpha, tokens_per_rollout, informativeness FROM scores WHERE predicted"
    )
    rates = np.array([row[1] for row in rows])
    true = np.array([truth[row[0]] for row in rows])
    assert 1 - ((rates - true) ** 2).mean() / true.var() > 0.8
    assert rates.mean() == pytest.approx(true.mean(), abs=0.03)
    for _, rate, n_rollouts, n_effective, reward, alpha, beta, prior, tokens, value in rows:
        assert (n_rollouts, n_effective, reward) == (0, 0, None)
        assert rate == pytest.approx(alpha / (alpha + beta))
        assert alpha == prior
        assert tokens == 10
        assert 0 < value < 1 / 80


def test_the_model_says_how_good_it_is(scored):
    store, _ = scored
    rows = store.rows(
        "SELECT family, features, n_problems, r2, r2_observed, brier, brier_of_cells, slope, "
        "reliability, audited FROM pass_rate_models ORDER BY audited, family"
    )
    everything, family, *audited = rows
    assert (everything[0], family[0]) == ("", "math.sum")
    assert "size" in everything[1]
    assert everything[3] > 0.8
    assert everything[4] < everything[3]  # the noise of eight rollouts cannot be predicted
    assert everything[5] < everything[6]
    assert everything[7] == pytest.approx(1, abs=0.4)
    full = [tenth for tenth in json.loads(everything[8]) if tenth[2] >= 40]
    assert len(full) >= 8
    for predicted, observed, _ in full:
        assert predicted == pytest.approx(observed, abs=0.12)
    n_audited = len(
        [1 for (one,) in store.rows("SELECT problem_id FROM rollouts") if in_audit(one)]
    )
    assert sum(row[2] for row in audited) == n_audited / 8
    assert all(row[9] for row in audited)


WORDINGS = ("What is {}?", "Compute {}.", "Find {}.", "Work out {}.", "Evaluate {}.", "Give {}.")


def test_the_same_numbers_in_other_words_are_as_hard(tmp_path: Path):
    rng = Random(0)
    rates = {(first, second): rng.random() for first in range(2, 10) for second in range(11, 19)}
    problems = {
        problem(wording.format(f"{first} * {second}"), ground_truth=str(first * second)): rate
        for (first, second), rate in rates.items()
        for wording in WORDINGS
    }
    sampled = [one for one in problems if rng.random() < 0.5]
    outcomes = [
        (one, "".join("ra"[rng.random() < problems[one]] for _ in range(8))) for one in sampled
    ]
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        plant_all(store, outcomes)
        store.add("problems", list(problems))
        score(store, policy=POLICY, group_size=8, run_id=NIL)
        rows = store.rows("SELECT problem_id, pass_rate FROM scores WHERE predicted")
    truth = {one.problem_id: rate for one, rate in problems.items()}
    true = np.array([truth[problem_id] for problem_id, _ in rows])
    predicted = np.array([rate for _, rate in rows])
    assert 1 - ((predicted - true) ** 2).mean() / true.var() > 0.5


@pytest.mark.parametrize("truth", ["nan", "inf", "1e999", "9" * 400, "yes", "1/3"])
def test_ground_truths_that_are_no_finite_numbers_are_predicted_too(tmp_path: Path, truth: str):
    problems = [problem(f"Is it {number}?", ground_truth=truth) for number in range(40)]
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        plant_all(store, [(one, "ar") for one in problems[:30]])
        store.add("problems", problems)
        done = score(store, policy=POLICY, group_size=8, run_id=NIL, predict=True)
    assert done.n_predicted == 10


def test_the_audit_slice_is_marked(scored):
    store, _ = scored
    for problem_id, audit in store.rows("SELECT problem_id, audit FROM scores"):
        assert audit == in_audit(problem_id)


def few(n: int) -> list[Problem]:
    return [problem(f"What is {number} + 1?") for number in range(n)]


def test_few_problems_predict_nothing_unless_asked(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        plant_all(store, [(one, "ar") for one in few(30)])
        store.add("problems", few(40))
        done = score(store, policy=POLICY, group_size=8, run_id=NIL)
        assert (done.n_scored, done.n_predicted) == (30, 0)
        done = score(store, policy=POLICY, group_size=8, run_id=NIL, predict=True)
        assert (done.n_scored, done.n_predicted) == (30, 10)
        assert done.models[0].features == "family, level"
        store.rows("SELECT 1")
        done = score(store, policy=POLICY, group_size=8, run_id=NIL, predict=False)
        assert done.n_predicted == 0
        assert store.rows("SELECT count(*) FROM scores") == [(30,)]


@pytest.mark.parametrize("outcomes", ["rrrr", "aaaa", [0.3, 0.7]])
def test_problems_that_are_all_alike_are_predicted_like_them(tmp_path: Path, outcomes):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        plant_all(store, [(one, outcomes) for one in few(30)])
        store.add("problems", few(40))
        score(store, policy=POLICY, group_size=8, run_id=NIL, predict=True)
        rates = {
            predicted: (low, high)
            for predicted, low, high in store.rows(
                "SELECT predicted, min(pass_rate), max(pass_rate) FROM scores GROUP BY 1"
            )
        }
    expected = {"rrrr": 0.0, "aaaa": 1.0}.get(str(outcomes), 0.5)
    for bounds in rates.values():
        assert bounds == pytest.approx((expected, expected), abs=0.05)


def test_too_few_problems_cannot_be_asked_for_predictions(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        plant_all(store, [(one, "ar") for one in few(3)])
        with pytest.raises(BadInput, match="--no-predict"):
            score(store, policy=POLICY, group_size=8, run_id=NIL, predict=True)


def drawn(seed: int, *, n_problems: int, n: int, s: float):
    """Means, and counts of pass rates that scatter around them with concentration s."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(0.05, 0.95, n_problems)
    rates = rng.beta(means * s, (1 - means) * s)
    return means, np.full(n_problems, float(n)), rng.binomial(n, rates).astype(float)


@given(seed=st.integers(0, 99), s=st.floats(1, 20))
def test_the_concentration_is_that_of_the_rates_around_the_prediction(seed: int, s: float):
    means, n, k = drawn(seed, n_problems=1_500, n=16, s=s)
    found = concentrations(means, n, k, np.full(1_500, "f"))
    assert found["f"] == pytest.approx(s, rel=0.35)


@given(seed=st.integers(0, 99), slope=st.floats(0.4, 2), intercept=st.floats(-1, 1))
def test_recalibration_finds_how_the_rates_are_bent(seed: int, slope: float, intercept: float):
    means, n, _ = drawn(seed, n_problems=2_000, n=16, s=10)
    true = recalibrated(means, slope, intercept)
    k = np.random.default_rng(seed + 1_000).binomial(16, true).astype(float)
    assert recalibrate(means, n, k) == pytest.approx((slope, intercept), abs=0.12)


def test_perfect_predictions_have_an_r2_of_one_without_the_noise():
    means, n, _ = drawn(0, n_problems=4_000, n=4, s=10)
    k = np.random.default_rng(1_000).binomial(4, means).astype(float)
    quality = measure(means, n, k)
    assert quality.r2 == pytest.approx(1, abs=0.05)
    assert quality.r2_observed < 0.8
    nothing = measure(np.full(4_000, k.sum() / n.sum()), n, k)
    assert nothing.r2 == pytest.approx(0, abs=0.05)
    assert nothing.brier == pytest.approx(nothing.mean_observed * (1 - nothing.mean_observed))
