from dataclasses import replace

from training_rows import STEP

from trainer.metrics import (
    append_metrics,
    constant_reward,
    keep_until,
    read_metrics,
)


def test_rows_are_read_as_written(tmp_path):
    rows = [replace(STEP, step=step) for step in (1, 2)]
    for row in rows:
        append_metrics(tmp_path / "metrics.jsonl", row)
    assert read_metrics(tmp_path / "metrics.jsonl") == rows


def test_line_cut_off_by_a_kill_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    append_metrics(path, STEP)
    append_metrics(path, replace(STEP, step=2))
    path.write_bytes(path.read_bytes()[:-20])
    assert read_metrics(path) == [STEP]


def test_rows_after_the_checkpoint_are_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for step in (1, 2, 3):
        append_metrics(path, replace(STEP, step=step))
    keep_until(path, 2)
    assert [row.step for row in read_metrics(path)] == [1, 2]
    keep_until(path, 0)
    assert read_metrics(path) == []


def test_reward_is_constant_only_where_every_step_has_the_same_one():
    flat = replace(STEP, reward_mean=0.1, reward_std=0.0)
    assert constant_reward([flat, replace(flat, step=2)]) == 0.1
    assert constant_reward([replace(flat, reward_mean=0.0)]) == 0.0
    assert constant_reward([flat, replace(flat, reward_mean=1.0)]) is None
    assert constant_reward([flat, replace(flat, reward_std=0.3)]) is None


def test_undecided_steps_do_not_make_a_reward_constant_or_varied():
    undecided = replace(STEP, reward_mean=None, reward_std=None)
    assert constant_reward([undecided]) is None
    assert constant_reward([]) is None
    assert constant_reward([undecided, replace(STEP, reward_mean=1.0, reward_std=0.0)]) == 1.0
