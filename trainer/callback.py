"""Writes down each step as TRL takes it; imported only when training, since transformers is heavy.

recorder = RecordSteps(Path("out/run"), reward, started_from="m", constant_steps=10, tell=[print])
trainer.add_callback(recorder)
recorder.stopped       ->  None, or why the run was stopped before its last step
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from trainer.groups import GROUPS, GroupRow, append_groups
from trainer.metrics import METRICS, ImitationMetrics, StepMetrics, append_metrics
from trainer.rewards import RewardSummary, VerifierReward
from trainer.stopping import reason_to_stop


class RecordSteps(TrainerCallback):
    """Appends a StepMetrics and the step's groups to files of a run, and hands it to all of `tell`.

    Of several processes the first one does so. All of them stop together, with a checkpoint, after
    `constant_steps` steps in a row that had no spread; steps before a resumption do not count.
    """

    def __init__(
        self,
        directory: Path,
        reward: VerifierReward,
        *,
        started_from: str,
        constant_steps: int,
        tell: Sequence[Callable[[StepMetrics], None]],
    ) -> None:
        self.stopped: str | None = None
        self._directory = directory
        self._reward = reward
        self._started_from = started_from
        self._recent: deque[StepMetrics] = deque(maxlen=constant_steps)
        self._tell = tell
        self._started = 0.0
        self._seconds = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock: sampling happens inside the step."""
        self._started = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Stop the clock before a checkpoint is written."""
        self._seconds = time.perf_counter() - self._started

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write the step's row; the last log of a run, which sums it up, is no step."""
        rewards = self._reward.latest
        if logs is None or "loss" not in logs or rewards is None:
            return
        row = _row(state.global_step, rewards, logs, self._seconds)
        self._recent.append(row)
        if state.is_world_process_zero:
            append_groups(self._directory / GROUPS, self._groups(row.step))
            append_metrics(self._directory / METRICS, row)
            for tell in self._tell:
                tell(row)
        if len(self._recent) == self._recent.maxlen and row.step < state.max_steps:
            self.stopped = reason_to_stop(list(self._recent), temperature=args.temperature)
            if self.stopped is not None:
                control.should_save = control.should_training_stop = True

    def _groups(self, step: int) -> list[GroupRow]:
        return [
            GroupRow(
                step=step,
                problem_id=group.problem_id,
                started_from=self._started_from,
                rewards=group.rewards,
                tokens=group.tokens,
            )
            for group in self._reward.latest_groups
        ]


def _row(step: int, rewards: RewardSummary, logs: dict[str, Any], seconds: float) -> StepMetrics:
    length = logs["completions/mean_length"]
    tokens = round(length * rewards.completions)
    return StepMetrics(
        step=step,
        reward_mean=rewards.mean,
        reward_std=rewards.std,
        zero_spread=rewards.zero_spread,
        undecided=rewards.undecided,
        loss=logs["loss"],
        kl=logs.get("kl"),
        grad_norm=logs.get("grad_norm"),
        completions=rewards.completions,
        completion_length=length,
        truncated=logs["completions/clipped_ratio"],
        tokens=tokens,
        seconds=seconds,
        reward_seconds=rewards.seconds,
        entropy=logs.get("entropy"),
        tokens_per_s=tokens / seconds,
    )


class RecordImitation(TrainerCallback):
    """Appends an ImitationMetrics a step; `tokens` are those imitated in each step."""

    def __init__(
        self,
        directory: Path,
        tokens: Sequence[int],
        *,
        tell: Sequence[Callable[[ImitationMetrics], None]],
    ) -> None:
        self._directory = directory
        self._tokens = tokens
        self._tell = tell
        self._started = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock."""
        self._started = time.perf_counter()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write the step's row; the last log of a run, which sums it up, is no step."""
        if logs is None or "loss" not in logs or not state.is_world_process_zero:
            return
        seconds = time.perf_counter() - self._started
        tokens = self._tokens[state.global_step - 1]
        row = ImitationMetrics(
            step=state.global_step,
            loss=logs["loss"],
            grad_norm=logs.get("grad_norm"),
            tokens=tokens,
            seconds=seconds,
            entropy=logs.get("entropy"),
            tokens_per_s=tokens / seconds,
        )
        append_metrics(self._directory / METRICS, row)
        for tell in self._tell:
            tell(row)
