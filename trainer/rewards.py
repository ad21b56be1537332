"""The verifiers as a reward function of TRL, through the grading pool.

    with GradingPool(workers=2, wall_s=2.0) as pool:
        reward = VerifierReward(pool, group_size=2)
        reward(prompts=[[{"role": "user", "content": "What is 2 + 3?"}]] * 2,
               completions=[[{"role": "assistant", "content": "\\\\boxed{5}"}],
                            [{"role": "assistant", "content": "\\\\boxed{6}"}]],
               ground_truth=["5"] * 2, verifier=["math"] * 2, params=["{}"] * 2)
        ->  [1.0, 0.0]
        reward.latest.zero_spread  ->  0.0

An undecided verdict gives None. TRL (1.16, `GRPOTrainer._generate_and_score_completions`) leaves
such a completion out of its group's mean and deviation and sets its advantage to 0, so it neither
moves the policy nor counts as a wrong answer; a group with fewer than two decided completions gives
no signal at all. Its tokens still count in the loss's divisor, and in the KL term where there is
one.
"""

import logging
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from verifiers.pool import GradingPool, GradingTask
from verifiers.records import Verdict

log = logging.getLogger(__name__)

Chat = Sequence[Mapping[str, Any]]
"""Messages with `role` and `content`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardSummary:
    """What the rewards of one step look like.

    `mean` and `std` (of the population) are over the decided completions, None where there is none.
    `zero_spread` is the share of groups in which no two decided rewards differ: they teach nothing.
    """

    mean: float | None
    std: float | None
    zero_spread: float
    completions: int
    undecided: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardedGroup:
    """The rewards of one problem's completions, None where undecided, and their tokens."""

    problem_id: str
    rewards: list[float | None]
    tokens: list[int]


class VerifierReward:
    """Rewards in [0, 1] from the verifiers named in the export, None where one is undecided."""

    __name__ = "verifier"  # TRL names its own metrics after it

    def __init__(
        self, pool: GradingPool, *, group_size: int, gather: Callable[[list], list] = list
    ) -> None:
        """`group_size` completions of the same problem stand next to each other in every call.

        `gather` adds what the other processes of a run have at the same place; a group may be
        shared by two of them. The rewards returned are this process's own.
        """
        self._pool = pool
        self._gather = gather
        self._group_size = group_size
        self.latest: RewardSummary | None = None
        self.latest_groups: list[RewardedGroup] = []

    def __call__(
        self,
        *,
        prompts: Sequence[Chat | str],
        completions: Sequence[Chat | str],
        ground_truth: Sequence[str],
        verifier: Sequence[str],
        params: Sequence[str | None],
        problem_id: Sequence[str] = (),
        completion_ids: Sequence[Sequence[int]] = (),
        **_: Any,
    ) -> list[float | None]:
        """Judge the completions of one step, in order; never blocks on a verifier that hangs."""
        started = time.perf_counter()
        tasks = [
            GradingTask(
                verifier=name,
                ground_truth=gold,
                completion=_completion_text(completion),
                prompt=_question(prompt),
                params=options or "{}",
            )
            for prompt, completion, gold, name, options in zip(
                prompts, completions, ground_truth, verifier, params, strict=True
            )
        ]
        verdicts = self._pool.submit_many(tasks).result()
        rewards = [verdict.reward for verdict in verdicts]
        seconds = max(self._gather([time.perf_counter() - started]))
        size, whole = self._group_size, self._gather(rewards)
        problems = self._gather(list(problem_id))
        lengths = self._gather([len(ids) for ids in completion_ids])
        self.latest = summarise(whole, group_size=size, seconds=seconds)
        self.latest_groups = [
            RewardedGroup(
                problem_id=problems[start],
                rewards=whole[start : start + size],
                tokens=lengths[start : start + size],
            )
            for start in range(0, len(problems), size)
        ]
        _tell_undecided(verdicts)
        return rewards


def summarise(rewards: Sequence[float | None], *, group_size: int, seconds: float) -> RewardSummary:
    """Summarise the rewards of one step, whose groups stand one after the other."""
    decided = [reward for reward in rewards if reward is not None]
    groups = [rewards[start : start + group_size] for start in range(0, len(rewards), group_size)]
    flat = sum(len(set(group) - {None}) < 2 for group in groups)
    return RewardSummary(
        mean=fmean(decided) if decided else None,
        std=pstdev(decided) if decided else None,
        zero_spread=flat / len(groups) if groups else math.nan,
        completions=len(rewards),
        undecided=len(rewards) - len(decided),
        seconds=seconds,
    )


def _completion_text(completion: Chat | str) -> str:
    if isinstance(completion, str):
        return completion
    return "\n".join(_content(message) for message in completion if message["role"] == "assistant")


def _question(prompt: Chat | str) -> str | None:
    if isinstance(prompt, str):
        return prompt
    questions = [_content(message) for message in prompt if message["role"] == "user"]
    return questions[-1] if questions else None


def _content(message: Mapping[str, Any]) -> str:
    # A message that only calls a tool has no content.
    return message.get("content") or ""


def _tell_undecided(verdicts: Sequence[Verdict]) -> None:
    reasons = Counter(verdict.reason for verdict in verdicts if verdict.outcome == "undecided")
    if reasons:
        reason, count = reasons.most_common(1)[0]
        log.warning(
            "%d of %d completions undecided and left out, %d of them by: %s",
            reasons.total(),
            len(verdicts),
            count,
            reason[:200],
        )
