"""What the simulation verifier pays, and what candidates that cheat get."""

import json
from collections.abc import Iterator
from math import exp
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verifiers.errors import VerifierFailed
from verifiers.simulation import SimulationVerifier
from verifiers.simulation.backtest import Backtest
from verifiers.simulation.episode import BadAction, action_of, played
from verifiers.simulation.inventory import Inventory
from verifiers.simulation.plant import Control, Plant


@pytest.fixture(scope="module")
def verifier() -> Iterator[SimulationVerifier]:
    verifier = SimulationVerifier()
    yield verifier
    verifier.close()


@pytest.fixture
def judge(verifier: SimulationVerifier):
    def judged(truth, code: str, **params):
        return verifier.verify(
            ground_truth=json.dumps(truth),
            completion=f"<think>```python\nx\n```</think>\n```python\n{code}\n```",
            prompt=None,
            params={"wall_s": 10.0, **params},
        )

    return judged


def zigzag(n: int, seed: int) -> list[float]:
    """Prices whose next move is against the last."""
    rng, price, up = Random(seed), 100.0, 1
    prices = [price]
    for _ in range(n - 1):
        up = -up
        price *= 1 + up * rng.uniform(0.01, 0.03)
        prices.append(round(price, 4))
    return prices


BACKTEST = {"kind": "backtest", "windows": [zigzag(24, seed) for seed in range(3)], "warmup": 4}
PLANT = {"kind": "plant", "plants": [{"gain": 2, "time_constant_s": 10, "dead_time_s": 1,
         "disturbance": 0.5}, {"gain": 1.5, "time_constant_s": 8, "dead_time_s": 2}],
         "dt_s": 0.5, "steps": 100, "limits": [0, 6], "setpoint": 5, "noise": 0.01,
         "disturbed_at": 50, "best": [110, 150]}  # fmt: skip
STOCK = {"kind": "inventory", "demand": [[4, 6, 5, 7, 3]], "lead_time": 1, "holding": 1,
         "backorder": 9, "order_cost": 0, "opening": 5, "best": [1]}  # fmt: skip
ORDER = "def order(stock, on_order, demand):\n    return max(0, 11 - stock - sum(on_order))"
AGAINST = "def step(history):\n    return 1.0 if history[-1] < history[-2] else -1.0"


def test_a_rule_that_sees_the_pattern_is_paid(judge):
    verdict = judge(BACKTEST, AGAINST)
    assert (verdict.outcome, verdict.reward) == ("accepted", 1)


@pytest.mark.parametrize("position", ["1.0", "0.0", "-1", "0.3"])
def test_no_constant_position_is_paid(judge, position):
    verdict = judge(BACKTEST, f"def step(history):\n    return {position}")
    assert (verdict.outcome, verdict.reward) == ("rejected", 0)
    assert verdict.reason.startswith("below_bar")


def test_the_example_of_the_documentation(judge):
    verdict = judge(STOCK, ORDER)
    assert (verdict.reason, verdict.reward) == ("below_bar: 0.0833", 0)
    assert judge(STOCK | {"best": [12]}, ORDER).reward == 1


def test_a_controller_keeps_its_state_within_a_plant_alone(judge):
    code = """
total = calls = 0.0
def step(measurement, setpoint, dt):
    global total, calls
    error = setpoint - measurement
    calls += 1
    assert calls <= 100
    total = min(60.0, max(0.0, total + error * dt))
    return 1.0 * error + 0.1 * total
"""
    verdict = judge(PLANT | {"bar": 0.7}, code)
    assert verdict.outcome == "accepted"
    scores = json.loads(verdict.details)["scores"]
    assert len(scores) == 2
    proportional = "def step(measurement, setpoint, dt):\n    return 1.0 * (setpoint - measurement)"
    assert judge(PLANT, proportional).reward < verdict.reward


READS_THE_FUTURE = """
import gc, os, sys
def step(history):
    frame = sys._getframe()
    found = [x for x in gc.get_objects() if type(x) is list and len(x) > len(history)
             and all(type(y) is float for y in x) and x[:len(history)] == history]
    while frame:
        found += [x for x in frame.f_locals.values() if type(x) is list
                  and len(x) > len(history) and x[:len(history)] == history]
        frame = frame.f_back
    for fd in range(3, 40):
        try:
            os.set_blocking(fd, False)
            text = os.read(fd, 100)
            found += [text] if b"." in text else []
            os.set_blocking(fd, True)
        except OSError:
            try:
                os.set_blocking(fd, True)
            except OSError:
                pass
    for folder, _, files in os.walk("/tmp"):
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                found += [1] if str(history[-1]).encode() in file.read(100000) else []
    if found:
        return 1.0
    return 0.0
"""


def test_the_future_is_nowhere_to_be_read(judge):
    # Up in every step: one that finds what is next holds 1, and has no fewer than cash has.
    verdict = judge(BACKTEST | {"windows": [zigzag(12, 1)]}, READS_THE_FUTURE)
    assert verdict.reason.startswith("below_bar")
    cash = judge(BACKTEST | {"windows": [zigzag(12, 1)]}, "def step(history):\n    return 0")
    assert json.loads(verdict.details)["scores"] == json.loads(cash.details)["scores"]


COUNTS = "n = 0\ndef step(history):\n    global n\n    n += 1\n    return n % 2"
NOTES = """
import os
def step(history):
    seen = os.path.exists("/tmp/note")
    open("/tmp/note", "w").close()
    return 1.0 if seen else -1.0
"""


@pytest.mark.parametrize(
    "code",
    [
        COUNTS,
        NOTES,
        "import random\ndef step(history):\n    return random.uniform(-1, 1)",
        "import time\ndef step(history):\n    return time.time() % 1",
        "def step(history):\n    return id(history) % 1000 / 1000",
    ],
)
def test_a_rule_with_more_than_the_prices_is_found_out(judge, code):
    verdict = judge(BACKTEST, code)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0)
    assert verdict.reason.startswith("not_repeatable")


BAD = {
    "return float('nan')": "bad_action: it returned a number that is too large, or none",
    "return float('inf')": "bad_action: it returned a number that is too large, or none",
    "return 10**400": "bad_action: it returned a list",
    "return 1.5": "bad_action: the position 1.5 is outside",
    "return True": "bad_action: it returned a bool",
    "return '1'": "bad_action: it returned a str",
    "return type('S', (str,), {'__float__': lambda s: 1.0})('1')": "bad_action: it returned a str",
    "return [1.0]": "bad_action: it returned a list",
    "return None": "bad_action: it returned a NoneType",
    "return object()": "no_data",
    "return 'x' * 100000": "no_data: it sent",
    "raise ValueError('no')": "raised: ValueError: no",
    "import os; os._exit(0)": "exit: it ended with status 0",
    "raise SystemExit": "raised: SystemExit",
    "import time; time.sleep(60)": "timeout",
    "while True: pass": "timeout",
    "print(1.0)": "bad_action: it returned a NoneType",
    "import os; [os.write(fd, b'\\x09\\0\\0\\0[1,2,3,4]') for fd in range(3, 9) if _open(fd)]":
        "no_data: it answered what was not asked",
}  # fmt: skip
OPEN = "import os\ndef _open(fd):\n    try:\n        return os.fstat(fd) and True\n    except OSError:\n        return False\n"  # noqa: E501


@pytest.mark.parametrize(("body", "reason"), BAD.items())
def test_what_is_no_action_is_rejected_with_its_reason(judge, body, reason):
    verdict = judge(BACKTEST, f"{OPEN}def step(history):\n    {body}", wall_s=0.8)
    assert (verdict.outcome, verdict.reward) == ("rejected", 0)
    assert verdict.reason.startswith(reason)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("def step(history:", "syntax: SyntaxError"),
        ("import os\nos._exit(3)", "exit: it ended with status 3"),
        ("x = 1", "raised: NameError: name 'step' is not defined"),
        ("def step():\n    return 1", "raised: TypeError"),
    ],
)
def test_a_program_that_cannot_be_played_is_rejected(judge, code, reason):
    assert judge(BACKTEST, code).reason.startswith(reason)


def test_a_completion_without_a_program_is_rejected(verifier):
    verdict = verifier.verify(
        ground_truth=json.dumps(BACKTEST), completion=" ", prompt=None, params={}
    )
    assert verdict.reason == "no_program"


@given(st.lists(st.floats(-1, 1), min_size=20, max_size=20), st.integers(0, 99))
def test_a_score_is_no_more_than_the_timing_earns_over_all_rotations(positions, seed):
    window = zigzag(24, seed)
    engine = Backtest(windows=(tuple(window),), warmup=4, cost_bp=0)
    returns = engine.returns(window)
    rotated = [
        sum(p * r for p, r in zip(positions[k:] + positions[:k], returns, strict=True))
        for k in range(20)
    ]
    unit = (fmean((r - fmean(returns)) ** 2 for r in returns) * 20) ** 0.5
    excess = (rotated[0] - fmean(rotated)) / unit
    assert -1 <= engine.score(returns, positions) <= max(-1, excess) + 1e-9


def test_the_plant_is_the_differential_equation():
    plant = Plant(gain=2, time_constant_s=10, dead_time_s=1, disturbance=0.5)
    control = Control(plants=(plant,), best=(1,), dt_s=0.5, steps=40, limits=(0, 3), setpoint=4,
                      disturbed_at=30)  # fmt: skip
    seen = []

    def full(measurement, setpoint, dt):
        seen.append(measurement)
        return 9

    played(control, 0, full)
    for step in range(30):  # the limit of 3 is felt after the dead time
        assert seen[step] == pytest.approx(2 * 3 * (1 - exp(-max(0, step * 0.5 - 1) / 10)))
    by_euler, fine = seen[30], 1000
    for _ in range(fine):
        by_euler += (2 * (3 + 0.5) - by_euler) / 10 * 0.5 / fine
    assert seen[31] == pytest.approx(by_euler, rel=1e-3)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(0, 3))
def test_what_is_ordered_arrives_after_the_lead_time(path, lead_time):
    model = Inventory(demand=(tuple(path),), best=(1,), lead_time=lead_time, holding=1,
                      backorder=2, order_cost=5)  # fmt: skip
    stocks = []

    def once(stock, on_order, demand):
        stocks.append((stock, sum(on_order), [*demand]))
        return 7 if not demand else 0

    played(model, 0, once)
    for period, (stock, coming, demand) in enumerate(stocks):
        arrived = 7 * (period >= lead_time and period > 0)
        assert demand == path[:period]
        assert stock == arrived - sum(demand)
        assert coming == 7 * (period > 0) - arrived


def test_actions_are_numbers():
    assert action_of(1) == 1
    for value in (True, "1", None, float("nan"), 10**400, [1]):
        with pytest.raises(BadAction):
            action_of(value)


BAD_TRUTHS = [
    "", '{"kind": "game"}', json.dumps(BACKTEST | {"warmup": 23}),
    json.dumps(BACKTEST | {"windows": [[1.0] * 30]}), json.dumps(BACKTEST | {"windows": []}),
    json.dumps(BACKTEST | {"windows": [[1.0, -1.0] * 9]}), json.dumps(BACKTEST | {"full": 0}),
    json.dumps(BACKTEST | {"entry_point": "a b"}), json.dumps(PLANT | {"best": [1]}),
    json.dumps(PLANT | {"limits": [1, 1]}), json.dumps(PLANT | {"steps": 10**9}),
    json.dumps(STOCK | {"demand": [[]]}), json.dumps(STOCK | {"best": [0]}),
    json.dumps(STOCK | {"lead_time": 10**9}),
]  # fmt: skip


@pytest.mark.parametrize("text", BAD_TRUTHS)
def test_an_unusable_truth_is_no_zero(text):
    with pytest.raises(VerifierFailed):
        SimulationVerifier().validate(text)
