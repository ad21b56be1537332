"""Writes down each step as TRL takes it; imported only when training, since transformers is heavy.

trainer.add_callback(RecordSteps(Path("out/run"), reward, started_from="m", on_step=print))
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from trainer.groups import GROUPS, GroupRow, append_groups
from trainer.metrics import METRICS, ImitationMetrics, StepMetrics, append_metrics
from trainer.rewards import VerifierReward


class RecordSteps(TrainerCallback):
    """Appends a StepMetrics and the step's groups to files of a run, and hands it to `on_step`."""

    def __init__(
        self,
        directory: Path,
        reward: VerifierReward,
        *,
        started_from: str,
        on_step: Callable[[StepMetrics], None] | None,
    ) -> None:
        self._directory = directory
        self._reward = reward
        self._started_from = started_from
        self._on_step = on_step
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
        length = logs["completions/mean_length"]
        row = StepMetrics(
            step=state.global_step,
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
            tokens=round(length * rewards.completions),
            seconds=self._seconds,
            reward_seconds=rewards.seconds,
        )
        groups = [
            GroupRow(
                step=row.step,
                problem_id=group.problem_id,
                started_from=self._started_from,
                rewards=group.rewards,
                tokens=group.tokens,
            )
            for group in self._reward.latest_groups
        ]
        append_groups(self._directory / GROUPS, groups)
        append_metrics(self._directory / METRICS, row)
        if self._on_step is not None:
            self._on_step(row)


class RecordImitation(TrainerCallback):
    """Appends an ImitationMetrics a step; `tokens` are those imitated in each step."""

    def __init__(
        self,
        directory: Path,
        tokens: Sequence[int],
        *,
        on_step: Callable[[ImitationMetrics], None] | None,
    ) -> None:
        self._directory = directory
        self._tokens = tokens
        self._on_step = on_step
        self._started = 0.0

    def on_step_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Start the clock."""
        self._started = time.perf_counter()

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any
    ) -> None:
        """Write the step's row; the last log of a run, which sums it up, is no step."""
        if logs is None or "loss" not in logs:
            return
        row = ImitationMetrics(
            step=state.global_step,
            loss=logs["loss"],
            grad_norm=logs.get("grad_norm"),
            tokens=self._tokens[state.global_step - 1],
            seconds=time.perf_counter() - self._started,
        )
        append_metrics(self._directory / METRICS, row)
        if self._on_step is not None:
            self._on_step(row)
