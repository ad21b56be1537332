"""A row of a training's metrics, for tests to change with `dataclasses.replace`."""

from trainer.metrics import StepMetrics

STEP = StepMetrics(
    step=1,
    reward_mean=0.25,
    reward_std=0.5,
    zero_spread=0.5,
    undecided=0,
    loss=0.1,
    kl=None,
    grad_norm=1.0,
    completions=8,
    completion_length=16.0,
    truncated=1.0,
    tokens=128,
    seconds=2.0,
    reward_seconds=0.1,
    entropy=0.7,
    tokens_per_s=64.0,
)
