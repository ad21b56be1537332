"""What the plan verifier accepts, and what it does with plans that break a rule or are no plans."""

import json
from itertools import permutations
from math import exp, log
from random import Random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.errors import VerifierFailed
from verifiers.plan import PlanVerifier
from verifiers.plan.dosing import Dosing

JOB_SHOP = {"kind": "job_shop", "durations": [[3, 2], [2, 4]], "machines": [[0, 1], [1, 0]],
            "best": 7}  # fmt: skip
FLOW = {"kind": "sequence", "durations": [[3, 2], [1, 4]], "best": 7}
LATE = {"kind": "sequence", "durations": [[4], [2]], "goal": "weighted_tardiness",
        "due": [4, 2], "weights": [1, 3], "best": 2}  # fmt: skip
LOTS = {"kind": "lot_sizing", "demand": [20, 30, 10], "setup": [50, 50, 50],
        "holding": [1, 1, 1], "best": 100}  # fmt: skip
CAPPED = LOTS | {"capacity": [40, 40, 40], "best": 120}
WEIGHTS = {"kind": "weights", "covariance": [[0.04, 0.0], [0.0, 0.01]], "best": 0.008,
           "bar": 0.999}  # fmt: skip
KNAPSACK = {"kind": "knapsack", "values": [60, 100, 120], "weights": [[10, 20, 30]],
            "capacity": [50], "best": 220}  # fmt: skip
ASSIGNMENT = {"kind": "assignment", "costs": [[4, 1], [2, 3]], "best": 3}
ROUTES = {"kind": "routes", "distances": [[0, 2, 3], [2, 0, 1], [3, 1, 0]], "best": 6}
TWO_ROUTES = ROUTES | {"demand": [0, 5, 5], "capacity": 5, "vehicles": 2, "best": 10}
DOSING = {"kind": "dosing", "volume_l": 30, "half_life_h": 6, "dose_step_mg": 50, "most_mg": 1000,
          "intervals_h": [6, 8, 12], "peak": [20, 40], "trough": [10, 15]}  # fmt: skip
JOURNAL = {"kind": "journal", "transactions": [{"Equipment": 5000, "Cash": -2000, "Loans": -3000}]}
SUDOKU = {"kind": "puzzle", "givens": [[1, 0, 0, 0], [0, 0, 3, 0], [0, 4, 0, 0], [0, 0, 0, 2]],
          "box": [2, 2]}  # fmt: skip
GRID = [[3, 1], [2, 4]]
ENTRIES = [
    {"account": "Equipment", "debit": 5000},
    {"account": "cash", "credit": 2000.00},
    {"account": "Loans", "debit": 0, "credit": 3000},
]

RIGHT = [
    (JOB_SHOP, {"start_times": [[0, 3], [0, 3]]}),
    (JOB_SHOP, {"start_times": [[0, 3.0], [0, 3]]}),
    (FLOW, {"sequence": [1, 0]}),
    (LATE, {"sequence": [1, 0]}),
    (LOTS, {"production": [60, 0, 0]}),
    (CAPPED, {"production": [20, 40, 0]} | {"why": "carry 10"}),
    (WEIGHTS, {"weights": [0.2, 0.8]}),
    (WEIGHTS, {"weights": [0.2001, 0.8]}),
    (KNAPSACK, {"items": [2, 1]}),
    (ASSIGNMENT, {"assignment": [1, 0]}),
    (ROUTES, {"routes": [[2, 1]]}),
    (TWO_ROUTES, {"routes": [[2], [1]]}),
    (DOSING, {"dose_mg": 550, "interval_h": 8}),
    (JOURNAL, {"entries": ENTRIES}),
    (SUDOKU, {"grid": [[1, 3, 2, 4], [4, 2, 3, 1], [2, 4, 1, 3], [3, 1, 4, 2]]}),
]

WRONG = [
    (JOB_SHOP, {"start_times": [[0, 3], [0, 2]]}, "infeasible: jobs 0 and 1 overlap"),
    (JOB_SHOP, {"start_times": [[0, 2], [0, 3]]}, "infeasible: operation 1 of job 0"),
    (JOB_SHOP, {"start_times": [[-1, 3], [0, 3]]}, "infeasible: operation 0 of job 0"),
    (JOB_SHOP, {"start_times": [[0, 3], [0]]}, "malformed: start_times[1] has 1 items"),
    (JOB_SHOP, {"start_times": [[0, 3], [False, 3]]}, "malformed: start_times[1][0] is no number"),
    (JOB_SHOP, {"start_times": [[0, 3], ["0", 3]]}, "malformed: start_times[1][0] is no number"),
    (JOB_SHOP, [[0, 3], [0, 3]], "malformed: no key 'start_times'"),
    (JOB_SHOP, {"starts": [[0, 3], [0, 3]]}, "malformed: no key 'start_times'"),
    (FLOW, {"sequence": [0, 0]}, "infeasible: sequence"),
    (FLOW, {"sequence": [0, 1]}, "below_bar: ratio 0.7778 < 1: 9"),
    (LATE, {"sequence": [0, 1]}, "below_bar: ratio 0.1667"),
    (LOTS, {"production": [20, 0, 40]}, "infeasible: period 1 lacks 30"),
    (LOTS, {"production": [61, 0, -1]}, "malformed: production[2] is negative"),
    (LOTS, {"production": [20, 30, 10]}, "below_bar: ratio 0.6667"),
    (CAPPED, {"production": [60, 0, 0]}, "infeasible: period 0 makes more than 40"),
    (WEIGHTS, {"weights": [0.2, 0.7]}, "infeasible: the weights sum to 0.9"),
    (WEIGHTS, {"weights": [-0.1, 1.1]}, "infeasible: weights[0] is outside"),
    (WEIGHTS, {"weights": [0.5, 0.5]}, "below_bar: ratio 0.6400"),
    (KNAPSACK, {"items": [0, 1, 2]}, "infeasible: resource 0: 60"),
    (KNAPSACK, {"items": [2, 2]}, "malformed: items must be different"),
    (KNAPSACK, {"items": [3]}, "malformed: items must be different"),
    (KNAPSACK, {"items": []}, "below_bar: ratio 0.0000"),
    (ASSIGNMENT, {"assignment": [0, 1]}, "below_bar: ratio 0.4286"),
    (ASSIGNMENT, {"assignment": [1, 1]}, "infeasible: assignment"),
    (ROUTES, {"routes": [[1]]}, "infeasible: each of 1..2"),
    (ROUTES, {"routes": [[1], [2]]}, "infeasible: 2 routes for 1"),
    (TWO_ROUTES, {"routes": [[1, 2]]}, "infeasible: route 0 carries 10"),
    (DOSING, {"dose_mg": 500, "interval_h": 12}, "infeasible: the trough"),
    (DOSING, {"dose_mg": 540, "interval_h": 8}, "infeasible: the dose is no multiple"),
    (DOSING, {"dose_mg": 550, "interval_h": 7}, "infeasible: the interval"),
    (DOSING, {"dose_mg": 550}, "malformed: the keys"),
    (DOSING, {"dose_mg": 1050, "interval_h": 8}, "infeasible: the dose must"),
    (DOSING, [550, 8], "malformed: the keys"),
    (DOSING | {"half_life_h": 1e15}, {"dose_mg": 550, "interval_h": 8}, "infeasible: the peak"),
    (JOURNAL, {"entries": ENTRIES[:2]}, "infeasible: transaction 1: debits exceed"),
    (JOURNAL, {"entries": [ENTRIES[0], {"account": "Cash", "credit": 5000}]},
     "infeasible: transaction 1: an account"),
    (JOURNAL, {"entries": [*ENTRIES, {"account": "Cash", "debit": 5, "credit": 5}]},
     "malformed: entries[3] must either"),
    (JOURNAL, {"entries": [{"account": "Cash", "debit": -5}]}, "malformed: entries[0] must either"),
    (JOURNAL, {"entries": [{"account": "Cash", "transaction": 2, "debit": 5}]},
     "malformed: entries[0].transaction must be"),
    (SUDOKU, {"grid": [[2, 3, 1, 4], [4, 1, 3, 2], [1, 4, 2, 3], [3, 2, 4, 1]]},
     "infeasible: the given at row 0"),
    (SUDOKU, {"grid": [[1, 2, 4, 3], [2, 1, 3, 4], [3, 4, 2, 1], [4, 3, 1, 2]]},
     "infeasible: the box at (0, 0)"),
]  # fmt: skip


def judged(truth, answer):
    return PlanVerifier().verify(
        ground_truth=json.dumps(truth),
        completion=answer
        if isinstance(answer, str)
        else f"So:\n```json\n{json.dumps(answer)}\n```",
        prompt=None,
        params={},
    )


@pytest.mark.parametrize(("truth", "answer"), RIGHT)
def test_a_best_or_valid_plan_is_accepted_in_full(truth, answer):
    verdict = judged(truth, answer)
    assert (verdict.outcome, verdict.reward) == ("accepted", pytest.approx(1, abs=1e-3))


@pytest.mark.parametrize(("truth", "answer", "reason"), WRONG)
def test_a_plan_that_breaks_a_rule_is_rejected_with_it(truth, answer, reason):
    verdict = judged(truth, answer)
    assert verdict.outcome == "rejected"
    assert verdict.reason.startswith(reason)
    paid = reason.startswith("below_bar") and float(reason.split()[2]) > 0.5
    assert (verdict.reward > 0) == paid


def test_the_reward_follows_the_stated_curve():
    late = {"start_times": [[0, 3], [0, 4]]}
    assert judged(JOB_SHOP, late).reward == pytest.approx(((7 / 8 - 0.5) / 0.5) ** 2)
    assert judged(JOB_SHOP | {"floor": 0, "power": 1}, late).reward == pytest.approx(7 / 8)
    assert judged(JOB_SHOP | {"bar": 0.875}, late).outcome == "accepted"
    assert judged(JOB_SHOP | {"bar": 0.876}, late).outcome == "rejected"


def test_a_plan_better_than_the_best_known_has_the_full_reward():
    verdict = judged(JOB_SHOP | {"best": 9}, {"start_times": [[0, 3], [0, 3]]})
    assert (verdict.reward, json.loads(verdict.details)["objective"]) == (1, 7)


def test_cents_are_added_exactly():
    truth = {"kind": "journal", "transactions": [{"Rent": 0.3, "Cash": -0.1, "Bank": -0.2}]}
    lines = [("Rent", "debit", 0.3), ("Cash", "credit", 0.1), ("Bank", "credit", 0.2)]
    entries = [{"account": name, side: amount} for name, side, amount in lines]
    assert judged(truth, {"entries": entries}).outcome == "accepted"


def test_steady_state_is_what_many_doses_lead_to():
    for infusion in (0.0, 1.0):
        model = msgspec.convert(DOSING | {"infusion_h": infusion}, Dosing)
        peak, trough = model.steady_state(550, 8)
        rate, amount, top, parts = log(2) / 6, 0.0, 0.0, 500
        for _ in range(20):  # doses, each as many small ones
            for _ in range(parts):
                amount = (amount + 550 / parts) * exp(-rate * infusion / parts)
            top = amount
            amount *= exp(-rate * (8 - infusion))
        assert (peak, trough) == pytest.approx((top / 30, amount / 30), rel=2e-3)


def test_cages_and_inequalities_hold():
    truth = {"kind": "puzzle", "givens": [[0, 0], [0, 0]],
             "cages": [{"cells": [[0, 0]], "total": 2}], "less": [[[0, 1], [0, 0]]]}  # fmt: skip
    assert judged(truth, {"grid": [[2, 1], [1, 2]]}).outcome == "accepted"
    assert (
        judged(truth, {"grid": [[1, 2], [2, 1]]}).reason == "infeasible: cage 0 does not sum to 2"
    )
    del truth["cages"]
    assert (
        judged(truth, {"grid": [[1, 2], [2, 1]]}).reason
        == "infeasible: (0, 1) is not less than (0, 0)"
    )


HOSTILE = [
    "", "[]", "{}", "[[]]", "[" * 50, "{\"start_times\": " + "[" * 900 + "]" * 900 + "}",
    "[" * 900 + "]" * 900,
    '{"start_times": [[0, 1e999], [0, 3]]}', '{"start_times": [[0, NaN], [0, 3]]}',
    '{"start_times": [[0, 1' + "0" * 4000 + '], [0, 3]]}',
    '{"start_times": [[0, 1e-300], [0, 3]]}',
    '{"start_times": [[0, 3], [0, 3]], "start_times": [[0, 3], [0, 3]], }',
    '{"start_times": "\\ud800"}', '{"start_times": {"0": [0, 3]}}', '{"start_times": null}',
    "<think>" + json.dumps({"start_times": [[0, 3], [0, 3]]}),
]  # fmt: skip


@pytest.mark.parametrize("truth", [truth for truth, _ in RIGHT])
@pytest.mark.parametrize("answer", HOSTILE)
def test_hostile_answers_are_rejected_at_once(truth, answer):
    verdict = judged(truth, answer)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(st.text(max_size=5), one, max_size=3),
    max_leaves=12,
)


@given(st.sampled_from(RIGHT), JSON)
def test_any_json_under_the_asked_keys_gives_a_verdict(right, value):
    truth, answer = right
    keys = answer if isinstance(answer, dict) else ["start_times"]
    assert judged(truth, json.dumps(dict.fromkeys(keys, value))).outcome in ("accepted", "rejected")


@given(st.integers(2, 5), st.integers(1, 3), st.integers())
def test_no_order_beats_the_best_of_all_orders(n_jobs, n_machines, seed):
    rng = Random(seed)
    durations = [[rng.randint(1, 9) for _ in range(n_machines)] for _ in range(n_jobs)]
    truth = {"kind": "sequence", "durations": durations, "best": 1}
    ends = {
        order: json.loads(judged(truth, {"sequence": [*order]}).details)["objective"]
        for order in permutations(range(n_jobs))
    }
    best = int(min(ends.values()))
    for order, end in ends.items():
        verdict = judged(truth | {"best": best}, {"sequence": [*order]})
        assert (verdict.outcome == "accepted") == (end == best)
        assert end >= max(sum(row) for row in durations)


BAD_TRUTHS = [
    "", "[]", '{"kind": "tour"}', json.dumps(JOB_SHOP | {"bar": 0}),
    json.dumps(JOB_SHOP | {"floor": 1}), json.dumps(JOB_SHOP | {"machines": [[0, 1]]}),
    json.dumps(JOB_SHOP | {"durations": [[0, 0], [0, 0]]}), json.dumps(JOB_SHOP | {"best": 10**16}),
    json.dumps(FLOW | {"durations": [[1], [1, 2]]}), json.dumps(LATE | {"due": [1]}),
    json.dumps(LOTS | {"setup": [1]}), json.dumps(WEIGHTS | {"covariance": [[1, 2], [3, 4]]}),
    json.dumps(KNAPSACK | {"weights": [[1]]}), json.dumps(ASSIGNMENT | {"costs": [[1, 2]]}),
    json.dumps(ROUTES | {"demand": [1]}), json.dumps(DOSING | {"half_life_h": 0}),
    json.dumps(JOURNAL | {"transactions": [{"Cash": 1}]}), json.dumps(SUDOKU | {"box": [3, 2]}),
    json.dumps(SUDOKU | {"less": [[[0, 0], [0, 9]]]}),
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_TRUTHS)
def test_an_unusable_truth_is_no_zero(text):
    with pytest.raises(VerifierFailed):
        PlanVerifier().validate(text)
