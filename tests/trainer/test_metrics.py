from dataclasses import replace

from trainer.metrics import (
    StepMetrics,
    append_metrics,
    constant_reward,
    keep_until,
    read_metrics,
)

ROW = StepMetrics(
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


def test_rows_are_read_as_written(tmp_path):
    rows = [replace(ROW, step=step) for step in (1, 2)]
    for row in rows:
        append_metrics(tmp_path / "metrics.jsonl", row)
    assert read_metrics(tmp_path / "metrics.jsonl") == rows


def test_line_cut_off_by_a_kill_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    append_metrics(path, ROW)
    append_metrics(path, replace(ROW, step=2))
    path.write_bytes(path.read_bytes()[:-20])
    assert read_metrics(path) == [ROW]


def test_rows_after_the_checkpoint_are_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for step in (1, 2, 3):
        append_metrics(path, replace(ROW, step=step))
    keep_until(path, 2)
    assert [row.step for row in read_metrics(path)] == [1, 2]
    keep_until(path, 0)
    assert read_metrics(path) == []


def test_reward_is_constant_only_where_every_step_has_the_same_one():
    flat = replace(ROW, reward_mean=0.1, reward_std=0.0)
    assert constant_reward([flat, replace(flat, step=2)]) == 0.1
    assert constant_reward([replace(flat, reward_mean=0.0)]) == 0.0
    assert constant_reward([flat, replace(flat, reward_mean=1.0)]) is None
    assert constant_reward([flat, replace(flat, reward_std=0.3)]) is None


def test_undecided_steps_do_not_make_a_reward_constant_or_varied():
    undecided = replace(ROW, reward_mean=None, reward_std=None)
    assert constant_reward([undecided]) is None
    assert constant_reward([]) is None
    assert constant_reward([undecided, replace(ROW, reward_mean=1.0, reward_std=0.0)]) == 1.0
