"""The forecast verifier: proper rules, skill over a reference, answers that are no forecasts."""

import json
from math import erf, exp, inf, isclose, log, pi, sqrt
from random import Random
from statistics import NormalDist, fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verifiers.errors import VerifierFailed
from verifiers.forecast import ForecastVerifier
from verifiers.forecast.scores import brier, censoring_weights, crps_normal, log_loss, pinball
from verifiers.registry import find_verifier

PROBABILITY = st.floats(0, 1)
MEAN = st.floats(-100, 100)
SD = st.floats(0.01, 100)
K = 20


def truth(kind: str = "probability", **changed: Any) -> str:
    """Outcomes that alternate, and a reference that knows nothing of them."""
    fields: dict[str, Any] = {
        "probability": {"outcomes": [0, 1] * 10, "reference": [0.5] * K},
        "normal": {"outcomes": [-1.0, 1.0] * 10, "reference": [[0.0, 1.0]] * K},
        "quantiles": {
            "levels": [0.1, 0.5, 0.9],
            "outcomes": [-1.0, 1.0] * 10,
            "reference": [[-1.3, 0.0, 1.3]] * K,
        },
        "survival": {
            "at": 5,
            "times": [2, 8] * 10,
            "events": [1, 1, 1, 0] * 5,
            "reference": [0.5] * K,
        },
    }[kind]
    return json.dumps({"kind": kind, **fields, **changed})


def judge(ground_truth: str, answer: Any):
    completion = answer if isinstance(answer, str) else f"```json\n{json.dumps(answer)}\n```"
    return find_verifier("forecast").verify(
        ground_truth=ground_truth, completion=completion, prompt=None, params={}
    )


@given(PROBABILITY, PROBABILITY)
def test_no_probability_is_expected_to_score_better_than_the_true_one(p: float, other: float):
    for rule in (brier, lambda q, outcome: log_loss(q, outcome, 0.001)):
        assert _expected(rule, p, p) <= _expected(rule, p, other) + 1e-12


@given(PROBABILITY, st.floats(0, 3))
def test_hedging_and_overconfidence_never_gain_in_expectation(p: float, stretch: float):
    other = min(max(0.5 + stretch * (p - 0.5), 0), 1)
    assert _expected(brier, p, p) <= _expected(brier, p, other) + 1e-12


def _expected(rule, p: float, forecast: float) -> float:
    return (p and p * rule(forecast, 1)) + ((1 - p) and (1 - p) * rule(forecast, 0))


@given(MEAN, SD, MEAN, SD)
def test_no_gaussian_is_expected_to_score_better_than_the_true_one(
    mean: float, sd: float, other_mean: float, other_sd: float
):
    true = _expected_crps(mean, sd, mean, sd)
    assert true <= _expected_crps(mean, sd, other_mean, other_sd) + 1e-9 * (sd + other_sd)


def _expected_crps(mean: float, sd: float, of_mean: float, of_sd: float) -> float:
    """E|X - Y| - E|X - X'| / 2, for X forecast and Y true, both Gaussian (Gneiting and Raftery)."""
    return _mean_size(of_mean - mean, sqrt(sd**2 + of_sd**2)) - of_sd / sqrt(pi)


def _mean_size(mean: float, sd: float) -> float:
    """The mean of a folded normal."""
    return sd * sqrt(2 / pi) * exp(-(mean**2) / (2 * sd**2)) + mean * erf(mean / (sd * sqrt(2)))


@pytest.mark.parametrize(("mean", "sd", "of_mean", "of_sd"), [(0, 1, 0, 1), (2, 3, 0.5, 0.7)])
def test_the_gaussian_score_is_what_its_closed_expectation_says(mean, sd, of_mean, of_sd):
    grid = [NormalDist(mean, sd).inv_cdf((i + 0.5) / 20_000) for i in range(20_000)]
    measured = fmean(crps_normal(of_mean, of_sd, x) for x in grid)
    assert isclose(measured, _expected_crps(mean, sd, of_mean, of_sd), rel_tol=1e-3)


@pytest.mark.parametrize(("mean", "sd", "x"), [(0, 1, 0), (1, 0.5, 3), (-2, 4, 1)])
def test_the_gaussian_score_is_the_integral_that_defines_it(mean, sd, x):
    from scipy.integrate import quad

    below = quad(lambda y: NormalDist(mean, sd).cdf(y) ** 2, -60, x)[0]
    above = quad(lambda y: (1 - NormalDist(mean, sd).cdf(y)) ** 2, x, 60)[0]
    assert isclose(crps_normal(mean, sd, x), below + above, rel_tol=1e-6)


@given(st.lists(st.floats(-9, 9), min_size=1, max_size=6), st.lists(MEAN, min_size=3, max_size=3))
def test_no_quantiles_are_expected_to_score_better_than_the_true_ones(values, other):
    levels = (0.1, 0.5, 0.9)
    ordered = sorted(values)
    n = len(ordered)
    true = [next(x for i, x in enumerate(ordered, 1) if i / n >= level) for level in levels]
    mine = fmean(pinball(true, levels, x) for x in values)
    assert mine <= fmean(pinball(sorted(other), levels, x) for x in values) + 1e-9


@given(st.tuples(MEAN, MEAN).map(sorted), MEAN, st.floats(0.01, 0.49))
def test_two_quantiles_score_as_the_interval_between_them(ends, x: float, tail: float):
    lower, upper = ends
    interval = upper - lower + max(lower - x, x - upper, 0) / tail
    scored = pinball(ends, (tail, 1 - tail), x)
    assert isclose(scored, interval * tail, rel_tol=1e-9, abs_tol=1e-9)


def test_many_quantiles_come_near_the_continuous_score():
    levels = [(i + 0.5) / 400 for i in range(400)]
    quantiles = [NormalDist(1, 2).inv_cdf(level) for level in levels]
    assert isclose(pinball(quantiles, levels, 2.5), crps_normal(1, 2, 2.5), rel_tol=1e-3)


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 1)), min_size=1, max_size=40))
def test_censoring_weights_share_out_every_case_that_was_cut_short(cases):
    """Redistribution to the right: what a censored case stood for goes to those after it."""
    times, events = map(list, zip(*cases, strict=True))
    at = max(times)
    weights = [1.0] * len(cases)
    for time in sorted(set(times)):
        cut = [i for i, t in enumerate(times) if t == time and not events[i]]
        later = [i for i, t in enumerate(times) if t > time]
        if later:
            share = sum(weights[i] for i in cut) / sum(weights[i] for i in later)
            for i in later:
                weights[i] *= 1 + share
        for i in cut:
            weights[i] = 0.0
    assert censoring_weights(times, events, at) == pytest.approx(weights)


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_what_is_censored_costs_no_forecast_its_due(seed: int):
    """The weighed score of cut-short observations estimates the score of whole ones."""
    rng = Random(seed)
    whole, seen = [], []
    for _ in range(4000):
        event, censoring = rng.expovariate(0.2), rng.expovariate(0.1)
        whole.append(brier(0.4, int(event <= 3)))
        seen.append((min(event, censoring), int(event <= censoring)))
    times, events = map(list, zip(*seen, strict=True))
    weights = censoring_weights(times, events, 3)
    weighed = fmean(w * brier(0.4, int(t <= 3)) for w, t in zip(weights, times, strict=True))
    assert weighed == pytest.approx(fmean(whole), abs=0.025)


@pytest.mark.parametrize("kind", ["probability", "normal", "quantiles", "survival"])
def test_the_reference_itself_has_no_skill(kind: str):
    verdict = judge(truth(kind), json.loads(truth(kind))["reference"])
    assert (verdict.outcome, verdict.reward) == ("rejected", 0.0)
    assert json.loads(verdict.details)["skill"] == 0


@pytest.mark.parametrize(
    ("kind", "foreseen"),
    [
        ("probability", [0, 1] * 10),
        ("normal", [[-1, 1e-9], [1, 1e-9]] * 10),
        ("quantiles", [[-1, -1, -1], [1, 1, 1]] * 10),
        ("survival", [1, 0] * 10),
    ],
)
def test_what_foresees_everything_is_paid_in_full(kind: str, foreseen: list):
    verdict = judge(truth(kind), foreseen)
    assert verdict.outcome == "accepted"
    assert verdict.reward == pytest.approx(1)


@given(st.lists(PROBABILITY, min_size=2 * K, max_size=2 * K))
def test_the_reward_falls_as_the_score_rises_and_stays_in_bounds(numbers: list[float]):
    verdicts = [judge(truth(), part) for part in (numbers[:K], numbers[K:])]
    better, worse = sorted(verdicts, key=lambda one: json.loads(one.details)["score"])
    assert 0 <= (worse.reward or 0) <= (better.reward or 0) <= 1


def test_the_log_score_is_clipped_at_the_floor_that_the_truth_states():
    sure_and_wrong = [1] + [0.5] * (K - 1)
    details = json.loads(judge(truth(rule="log", floor=0.01), sure_and_wrong).details)
    assert details["score"] == pytest.approx((-log(0.01) - (K - 1) * log(0.5)) / K)


def test_a_loud_case_does_not_drown_the_others_where_the_truth_scales():
    outcomes, reference = [1.0] * 19 + [1000.0], [[0.0, 1.0]] * 19 + [[0.0, 1000.0]]
    quiet_ones_known = [[1, 0.1]] * 19 + [[0, 2000]]
    rewards = [
        judge(truth("normal", outcomes=outcomes, reference=reference, scale=s), quiet_ones_known)
        for s in (None, "reference", [1] * 19 + [1000])
    ]
    assert rewards[0].reward == 0
    assert rewards[1].reward == rewards[2].reward
    assert rewards[1].outcome == "accepted"


def test_more_than_the_bar_is_accepted_and_less_is_not():
    a_little_better = [0.4, 0.6] * 10
    assert judge(truth(bar=0.3), a_little_better).outcome == "accepted"
    verdict = judge(truth(bar=0.5), a_little_better)
    assert (verdict.outcome, verdict.reward) == ("rejected", pytest.approx(0.36))
    assert verdict.reason.startswith("no_skill: ")


def test_cases_may_be_answered_by_name():
    names = [f"c{i}" for i in range(K)]
    named = dict(zip(reversed(names), [0.9, 0.1] * 10, strict=True))
    assert judge(truth(cases=names), named).outcome == "accepted"
    assert judge(truth(cases=names), {**named, "more": 1}).reason.startswith("wrong_cases: ")
    assert judge(truth(), {"forecasts": [0.1, 0.9] * 10}).outcome == "accepted"
    assert judge(truth("normal"), [{"mean": 0, "sd": 1.2}] * K).outcome == "accepted"


@pytest.mark.parametrize(
    ("kind", "answer", "code"),
    [
        ("probability", "I cannot tell.", "no_answer"),
        ("probability", "[0.1, NaN]", "no_answer"),
        ("probability", '{"forecasts": [1], "forecasts": [0]}', "wrong_length"),
        ("probability", "<think>" + str([0.1, 0.9] * 10) + "</think>", "no_answer"),
        ("probability", "[" * 1_500, "no_answer"),
        ("probability", "[" + "9" * 5000 + "]", "no_answer"),
        ("probability", [], "wrong_length"),
        ("probability", [0.5] * (K + 1), "wrong_length"),
        ("probability", {"a": 1}, "no_array"),
        ("probability", {"forecasts": {"forecasts": [0.5]}}, "no_array"),
        ("probability", [0.5] * 19 + [1.0001], "no_probability"),
        ("probability", [0.5] * 19 + [-0.0001], "no_probability"),
        ("probability", [0.5] * 19 + [True], "no_number"),
        ("probability", [0.5] * 19 + [None], "no_number"),
        ("probability", [0.5] * 19 + ["1"], "no_number"),
        ("probability", [[0.5]] * K, "no_number"),
        ("probability", "[" + "0.5, " * 19 + "1e999]", "too_large"),
        ("normal", [[0, 10**400]] * K, "too_large"),
        ("normal", [[0, 0]] * K, "no_width"),
        ("normal", [[0, -1]] * K, "no_width"),
        ("normal", [[0, 1, 2]] * K, "wrong_form"),
        ("normal", [0] * K, "wrong_form"),
        ("normal", [{"mean": 0}] * K, "wrong_form"),
        ("quantiles", [[1, 0, 2]] * K, "not_ascending"),
        ("quantiles", [[0, 1]] * K, "wrong_form"),
        ("survival", [2] * K, "no_probability"),
    ],
)  # fmt: skip
def test_what_is_no_forecast_is_rejected_with_its_reason(kind: str, answer: Any, code: str):
    verdict = judge(truth(kind), answer)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0.0)
    assert verdict.reason.partition(":")[0] == code


@pytest.mark.parametrize("extreme", [[0, 5e-324], [1e100, 1e-300], [0, 1e100], [-1e100, 1e100]])
def test_extreme_forecasts_are_judged_and_told_in_json(extreme: list):
    verdict = judge(truth("normal"), [extreme] * K)
    assert verdict.outcome == "rejected"
    assert all(-inf < value < inf for value in json.loads(verdict.details).values())


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ("no", "no ground truth"),
        ("{}", "no ground truth"),
        (truth(outcomes=[2] * K), "no ground truth"),
        (truth(outcomes=[True] * K), "no ground truth"),
        (truth(rule="accuracy"), "no ground truth"),
        (truth(floor=0), "no ground truth"),
        (truth(bar=1), "no ground truth"),
        (truth(bra=0), "no ground truth"),
        (truth(outcomes=[1] * 19, reference=[0.5] * 19), "too few"),
        (truth(outcomes=[1] * 21), "differ in length"),
        (truth(cases=["a"]), "differ in length"),
        (truth(reference=[1.5] * K), "no forecast"),
        (truth(reference=[0, 1] * 10), "no skill over"),
        (truth("normal", scale=[0] * K), "no ground truth"),
        (truth("normal", scale=[1] * 5), "differ in length"),
        (truth("quantiles", levels=[0.5, 0.1, 0.9]), "do not ascend"),
        (truth("quantiles", reference=[[0, 0, 0]] * K, scale="reference"), "no width"),
        (truth("survival", times=[1] * K, events=[0] * K), "no skill over"),
    ],
)
def test_a_ground_truth_that_cannot_be_used_is_no_zero(bad: str, told: str):
    with pytest.raises(VerifierFailed, match=told):
        ForecastVerifier().validate(bad)
    with pytest.raises(VerifierFailed, match=told):
        judge(bad, [0.5] * K)
