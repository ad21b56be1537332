import re
from dataclasses import replace

import pytest
from training_rows import STEP

from trainer.stopping import reason_to_stop

FLAT = replace(STEP, reward_mean=0.0, reward_std=0.0, zero_spread=1.0, truncated=0.0)


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ({}, "was 0, so nothing was learnt: choose easier problems with `gen score` and `gen sel"),
        ({"reward_mean": 1.0}, "was 1, so nothing was learnt: choose harder problems"),
        ({"reward_mean": 0.1}, r"was 0\.1, .* raise --temperature \(now 0\.7\)"),
        ({"truncated": 0.9}, "90% of the completions were cut off, so raise --max-tokens"),
        ({"reward_mean": None, "reward_std": None}, "no verifier could judge .* `gen verify`"),
    ],
)
def test_steps_without_spread_are_a_reason_to_stop_and_say_what_to_do(change, advice):
    rows = [replace(FLAT, step=step, **change) for step in (4, 5, 6)]
    reason = reason_to_stop(rows, temperature=0.7)
    assert reason is not None
    assert "last 3 steps" in reason
    assert "checkpoint of step 6 is kept" in reason
    assert "\n" not in reason
    assert re.search(advice, reason)


def test_any_spread_is_a_reason_to_go_on():
    assert reason_to_stop([FLAT, replace(FLAT, reward_std=0.3)], temperature=1.0) is None
    assert reason_to_stop([FLAT, replace(FLAT, reward_mean=1.0)], temperature=1.0) is None
