"""`gen train` and `gen distill` without training: what is refused, what is told of a step."""

from dataclasses import replace

import pytest
from training_rows import STEP

from gen.cli.training import step_line
from trainer import ImitationMetrics


def test_a_step_of_training_is_told_in_a_line():
    step = replace(
        STEP,
        step=12,
        reward_mean=0.3125,
        zero_spread=0.25,
        completion_length=57.4,
        entropy=0.814,
        tokens_per_s=437.4,
    )
    assert step_line(step) == (
        "step 12: reward 0.312, 25% of groups flat, entropy 0.81, 57 tokens a completion, "
        "437 tokens/s"
    )


def test_a_step_of_imitation_is_told_in_a_line():
    step = ImitationMetrics(
        step=3, loss=1.25, grad_norm=None, tokens=400, seconds=2.0, entropy=None, tokens_per_s=200.0
    )
    assert step_line(step) == "step 3: loss 1.250, 200 tokens/s"


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [("--loss", "ppo", "loss is 'ppo': give one of dapo"), ("--vllm", "yes", "colocate, server")],
)
def test_what_cannot_be_trained_is_refused_before_anything_is_read(gen, option, value, message):
    told = gen.fails(
        "train", "nowhere", "--model", "cpu:m", "--out", "run", option, value, "--dry-run"
    )
    assert message in told
