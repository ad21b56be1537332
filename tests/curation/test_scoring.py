"""Posteriors, signals and scores, on a store with planted rollouts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import POLICY, plant, plant_all, problem

from curation.scoring import SIGNALS, known_policy, score
from curation.scoring.audit import AUDIT, in_audit
from curation.scoring.priors import fit_priors
from curation.scoring.signals import TRL_EPSILON, beta_binomial
from curation.store import Store
from verifiers.errors import BadInput, UnknownName
from verifiers.records import NIL

N_DRAWN = 4_000


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def scores(store: Store, columns: str, **settings) -> dict[str, tuple]:
    """Score, and give the columns of each problem by its prompt."""
    score(store, policy=POLICY, group_size=8, run_id=NIL, **settings)
    rows = store.rows(f"SELECT prompt, {columns} FROM scores JOIN problems USING (problem_id)")
    return {prompt: values for prompt, *values in rows}


def advantages(rewards: np.ndarray, signal: str) -> np.ndarray:
    """Mean |advantage| of each row, computed as the trainer computes it."""
    centred = rewards - rewards.mean(axis=1, keepdims=True)
    if signal == "grpo":
        centred /= rewards.std(axis=1, ddof=1, keepdims=True) + TRL_EPSILON
    return np.abs(centred).mean(axis=1)


@given(alpha=st.floats(0.05, 9), beta=st.floats(0.05, 9), group_size=st.integers(2, 16))
def test_the_signals_of_rewards_of_0_and_1_are_what_simulation_says(
    alpha: float, beta: float, group_size: int
):
    rng = np.random.default_rng(group_size)
    rates = rng.beta(alpha, beta, size=(N_DRAWN, 1))
    rewards = (rng.random((N_DRAWN, group_size)) < rates).astype(float)
    drawn = {
        "p_mixed": (np.ptp(rewards, axis=1) > 0).astype(float),
        "grpo": advantages(rewards, "grpo"),
        "dr_grpo": advantages(rewards, "dr_grpo"),
    }
    for name, signal in SIGNALS.items():
        ((computed,),) = (
            signal(alpha=np.array([alpha]), beta=np.array([beta]), group_size=group_size),
        )
        error = 5 * drawn[name].std() / np.sqrt(N_DRAWN) + 1e-4
        assert computed == pytest.approx(drawn[name].mean(), abs=error)


@given(mean=st.floats(0.1, 0.9), dispersion=st.floats(0.05, 1), group_size=st.integers(2, 12))
def test_graded_rewards_have_the_spread_that_their_moments_say(
    mean: float, dispersion: float, group_size: int
):
    """Of a pass rate that is known, so that the rewards' spread alone is tried: beta rewards."""
    settings = {
        "alpha": np.array([mean * 1e6]),
        "beta": np.array([(1 - mean) * 1e6]),
        "group_size": group_size,
        "dispersion": dispersion,
    }
    rng = np.random.default_rng(group_size)
    full = rng.random((N_DRAWN, group_size)) < dispersion
    right = rng.random((N_DRAWN, group_size)) < mean
    rewards = np.where(full, right, mean)
    variance = rewards.var(axis=1)
    assert SIGNALS["dr_grpo"](**settings)[0] == pytest.approx(2 * variance.mean(), abs=0.01)
    mixed = (np.ptp(rewards, axis=1) > 0).mean()
    assert SIGNALS["p_mixed"](**settings)[0] == pytest.approx(mixed, abs=0.02)


@given(alpha=st.floats(0.01, 50), beta=st.floats(0.01, 50), n=st.integers(1, 64))
def test_the_beta_binomial_distribution_has_its_sum_and_mean(alpha: float, beta: float, n: int):
    chances = np.concatenate(beta_binomial(alpha=np.array([alpha]), beta=np.array([beta]), n=n))
    assert chances.sum() == pytest.approx(1)
    mean = (chances * np.arange(n + 1)).sum()
    assert mean == pytest.approx(n * alpha / (alpha + beta))


def planted_counts(cells: list[tuple[float, float]], *, problems: int, n: int = 8):
    """Columns of counts, of cells whose pass rates are beta distributed."""
    rng = np.random.default_rng(0)
    rows = []
    for cell, (alpha, beta) in enumerate(cells):
        k = rng.binomial(n, rng.beta(alpha, beta, problems))
        rows += [
            (cell, n, right, count)
            for right, count in zip(*np.unique(k, return_counts=True), strict=True)
        ]
    cell, n_column, k, count = (list(column) for column in zip(*rows, strict=True))
    return {"cells": cell, "families": [0] * len(cell), "n": n_column, "k": k, "problems": count}


def test_a_large_cells_prior_is_its_own():
    truth = [(0.5, 2.0), (3.0, 1.0), (0.2, 0.2)]
    alpha, beta = fit_priors(**planted_counts(truth, problems=20_000))
    for place, (a, b) in enumerate(truth):
        assert alpha[place] == pytest.approx(a, rel=0.06)
        assert beta[place] == pytest.approx(b, rel=0.06)


def test_a_small_cell_is_like_its_family():
    columns = planted_counts([(8.0, 2.0)] * 3, problems=2_000)
    # A fourth cell, of one problem that nobody solved.
    for name, value in {"cells": 3, "families": 0, "n": 8, "k": 0, "problems": 1}.items():
        columns[name].append(value)
    alpha, beta = fit_priors(**columns)
    assert 0.4 < alpha[3] / (alpha[3] + beta[3]) < 0.8


def test_problems_of_one_rollout_tell_the_mean_alone():
    alpha, beta = fit_priors(cells=[0, 0], families=[0, 0], n=[1, 1], k=[0, 1], problems=[900, 100])
    assert alpha[0] / (alpha[0] + beta[0]) == pytest.approx(0.1, abs=0.02)
    assert 1 < alpha[0] + beta[0] < 4


def test_the_posterior_counts_right_and_wrong(store: Store):
    plant(store, problem("p"), "aaarruu")
    (row,) = scores(
        store,
        "n_rollouts, n_correct, n_undecided, n_effective, alpha - prior_alpha, "
        "beta - prior_beta, mean_reward, predicted",
    ).values()
    assert row == pytest.approx([7, 3, 2, 5, 3, 2, 0.6, False])


def test_mixed_short_and_certain_problems_are_the_informative_ones(store: Store):
    outcomes = {"mixed": "aarr", "easy": "aaaa", "hard": "rrrr"}
    plant_all(store, [(problem(prompt), letters) for prompt, letters in outcomes.items()])
    plant(store, problem("long"), "aarr", n_tokens=100)
    plant(store, problem("doubtful", confidence=0.5), "aarr")
    for signal in SIGNALS:
        found = {
            prompt: values[0]
            for prompt, values in scores(store, "informativeness", signal=signal).items()
        }
        assert found["mixed"] == max(found.values())
        assert found["easy"] == pytest.approx(found["hard"], rel=0.01)
        assert found["long"] == pytest.approx(found["mixed"] / 10)
        assert found["doubtful"] == pytest.approx(found["mixed"] / 2)


def test_a_problem_of_an_easy_family_is_likely_to_be_easy(store: Store):
    outcomes = {"easy": ("aaaa", "aaar"), "hard": ("rrrr", "rrra")}
    plant_all(
        store,
        [
            (problem(f"{family} {number}", family=family), outcomes[family][number % 2])
            for family in outcomes
            for number in range(30)
        ]
        + [(problem(family, family=family), "ar") for family in outcomes],
    )
    rates = {prompt: values[0] for prompt, values in scores(store, "pass_rate").items()}
    assert rates["hard"] < 0.3 < 0.7 < rates["easy"]


def test_undecided_verdicts_count_neither_way(store: Store):
    plant(store, problem("with"), "aruu")
    plant(store, problem("without"), "ar")
    found = scores(store, "pass_rate, p_mixed, n_undecided")
    assert found["with"][:2] == found["without"][:2]
    assert found["with"][2] == 2


def test_a_problem_all_of_whose_verdicts_are_undecided_has_its_prior(store: Store):
    plant(store, problem("p"), "uu")
    plant(store, problem("q", family="other"), "aaaa")
    ((alpha, prior_alpha, reward),) = (
        scores(store, "alpha, prior_alpha, mean_reward")[one] for one in ("p",)
    )
    assert (alpha, reward) == (prior_alpha, None)


def test_graded_rewards_count_by_their_mean_and_spread(store: Store):
    """Two problems of the same mean reward: the one whose rewards are spread teaches more."""
    plant(store, problem("same", family="g"), [0.5] * 8)
    plant(store, problem("spread", family="g"), [0.1, 0.9] * 4)
    found = scores(store, "mean_reward, dispersion, p_mixed, signal_value", signal="dr_grpo")
    assert found["same"][0] == found["spread"][0] == pytest.approx(0.5)
    assert found["same"][1] < found["spread"][1] < 1
    assert found["same"][3] < found["spread"][3]


def test_a_newer_verdict_takes_the_place_of_the_older(store: Store):
    plant(store, problem("p"), "rrrr")
    plant(store, problem("p"), "aaaa", version="2")
    ((n_rollouts, n_correct),) = scores(store, "n_rollouts, n_correct").values()
    assert (n_rollouts, n_correct) == (4, 4)


def test_scoring_again_replaces_the_scores_of_the_same_group_size(store: Store):
    plant(store, problem("p"), "ar")
    for group_size in (4, 8, 8):
        score(store, policy=POLICY, group_size=group_size, run_id=NIL)
    assert store.rows("SELECT group_size FROM scores ORDER BY 1") == [(4,), (8,)]


def test_scoring_needs_verdicts_a_policy_and_a_signal(store: Store):
    with pytest.raises(BadInput, match="gen solutions"):
        known_policy(store, None)
    plant(store, problem("p"), "ar")
    assert known_policy(store, None) == POLICY
    with pytest.raises(UnknownName, match="did you mean cpu:tiny"):
        known_policy(store, "cpu:tinny")
    with pytest.raises(BadInput, match="gen verify"):
        score(store, policy="nobody", group_size=8, run_id=NIL)
    with pytest.raises(UnknownName, match="did you mean grpo"):
        score(store, policy=POLICY, group_size=8, run_id=NIL, signal="grp")
    with pytest.raises(BadInput, match="--group-size"):
        score(store, policy=POLICY, group_size=1, run_id=NIL)


def test_the_audit_slice_is_a_hundredth_in_sql_as_in_python(store: Store):
    made = [problem(f"p{number}") for number in range(3_000)]
    store.add("problems", made)
    ((found,),) = store.rows(f"SELECT list(problem_id) FROM problems WHERE {AUDIT}")
    assert set(found) == {one.problem_id for one in made if in_audit(one.problem_id)}
    assert 10 < len(found) < 60
