"""Learning: GRPO on an exported selection, with the verifiers as the reward.

Importing this room is light: torch, transformers and TRL are imported when `train` is called.
"""

from trainer.grpo import TrainResult, TrainSettings, check_settings, train
from trainer.metrics import StepMetrics

__all__ = ["StepMetrics", "TrainResult", "TrainSettings", "check_settings", "train"]
