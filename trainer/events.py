"""Writes the metrics of a run as a TensorBoard event file too.

with EventFile(Path("out/run/tensorboard"), resumed_from=0) as events:
    events.add(row)                       # reward_mean, entropy, ... at row.step

$ tensorboard --logdir out/run/tensorboard
"""

import dataclasses
from pathlib import Path
from typing import Self

from trainer.errors import TrainingUnavailable
from trainer.metrics import ImitationMetrics, StepMetrics

EVENTS = "tensorboard"
"""The directory of the event files in that of a run."""


class EventFile:
    """One event file; TensorBoard hides what an earlier one has after `resumed_from`."""

    def __init__(self, directory: Path, *, resumed_from: int) -> None:
        """Open a new file in `directory`; raises TrainingUnavailable without tensorboard."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise TrainingUnavailable(
                "tensorboard is not installed: install assay[train], or leave --tensorboard out"
            ) from error
        self._writer = SummaryWriter(log_dir=str(directory), purge_step=resumed_from + 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._writer.close()

    def add(self, row: StepMetrics | ImitationMetrics) -> None:
        """Write every number of a step, at once: a run may be watched or killed."""
        for name, value in dataclasses.asdict(row).items():
            if name != "step" and value is not None:
                self._writer.add_scalar(name, value, row.step)
        self._writer.flush()
