import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.rewards import VerifierReward, summarise
from verifiers.pool import GradingPool

BROKEN = ""
"""A ground truth that the math verifier cannot read: whatever is answered stays undecided."""


@pytest.fixture(scope="module")
def pool():
    with GradingPool(workers=1, wall_s=20.0) as pool:
        yield pool


def _judge(pool, completions, ground_truths, *, group_size=2, gather=list):
    reward = VerifierReward(pool, group_size=group_size, gather=gather)
    n = len(completions)
    rewards = reward(
        prompts=[[{"role": "user", "content": "What is 2 + 3?"}]] * n,
        completions=[[{"role": "assistant", "content": text}] for text in completions],
        ground_truth=ground_truths,
        verifier=["math"] * n,
        params=["{}"] * n,
        # What TRL passes besides:
        completion_ids=[[1]] * n,
        problem_id=["x"] * n,
        trainer_state=None,
        log_extra=print,
        log_metric=print,
    )
    assert [len(group.rewards) for group in reward.latest_groups] == [group_size] * (
        reward.latest.completions // group_size
    )
    return rewards, reward.latest


def test_right_completion_is_rewarded_with_1_and_wrong_one_with_0(pool):
    rewards, summary = _judge(pool, ["So it is \\boxed{5}.", "So it is \\boxed{6}."], ["5", "5"])
    assert rewards == [1.0, 0.0]
    assert (summary.mean, summary.std, summary.zero_spread) == (0.5, 0.5, 0.0)
    assert summary.undecided == 0
    assert summary.seconds > 0


def test_a_group_may_be_shared_by_two_processes(pool):
    rewards, summary = _judge(
        pool, ["\\boxed{5}"] * 2, ["5", "6"], group_size=4, gather=lambda rows: [*rows, *rows]
    )
    assert rewards == [1.0, 0.0]
    assert (summary.completions, summary.mean, summary.zero_spread) == (4, 0.5, 0.0)


def test_undecided_is_none_and_counts_nowhere(pool, caplog):
    with caplog.at_level(logging.WARNING):
        rewards, summary = _judge(
            pool,
            ["\\boxed{5}", "\\boxed{5}", "\\boxed{5}", "\\boxed{4}"],
            ["5", BROKEN, "5", "5"],
            group_size=4,
        )
    assert rewards == [1.0, None, 1.0, 0.0]
    assert summary.mean == pytest.approx(2 / 3)
    assert (summary.completions, summary.undecided, summary.zero_spread) == (4, 1, 0.0)
    (record,) = caplog.records
    assert "1 of 4 completions undecided and left out" in record.getMessage()
    assert "\n" not in record.getMessage()


def test_completion_that_hangs_the_verifier_does_not_hold_up_the_step():
    with GradingPool(workers=1, wall_s=3.0) as pool:
        rewards, summary = _judge(pool, ["\\boxed{99999999!}", "\\boxed{5}"], ["5", "5"])
    assert rewards == [0.0, 1.0]
    assert summary.undecided == 0


def test_completions_may_be_texts_or_hold_no_content(pool):
    reward = VerifierReward(pool, group_size=2)
    columns = {"ground_truth": ["5", "5"], "verifier": ["math"] * 2, "params": [None, "{}"]}
    messages = [{"role": "assistant", "content": None}]
    assert reward(prompts=["?", "?"], completions=["\\boxed{5}", messages], **columns) == [1.0, 0.0]


def test_group_without_two_different_decided_rewards_has_no_spread():
    rewards = [1.0, 0.0, 1.0, 1.0, None, 1.0, None, None]
    assert summarise(rewards, group_size=2, seconds=0).zero_spread == 3 / 4


def test_step_with_nothing_decided_has_no_mean():
    summary = summarise([None, None], group_size=2, seconds=0)
    assert (summary.mean, summary.std, summary.undecided) == (None, None, 2)
    assert summary.zero_spread == 1.0


@given(reward=st.floats(0, 1), n=st.integers(1, 8))
def test_equal_rewards_have_exactly_no_deviation(reward, n):
    summary = summarise([reward] * n, group_size=n, seconds=0)
    assert summary.std == 0.0
    assert summary.zero_spread == 1.0
