"""Learning: GRPO on an exported selection, distillation from verified responses, evaluation.

Importing this room is light: torch, transformers and TRL are imported when something is trained.
"""

from trainer.distilling import DistillResult, DistillSettings, check_distill_settings, distill
from trainer.grpo import TrainResult, train
from trainer.metrics import ImitationMetrics, StepMetrics
from trainer.settings import TrainSettings, check_settings

__all__ = [
    "DistillResult",
    "DistillSettings",
    "ImitationMetrics",
    "StepMetrics",
    "TrainResult",
    "TrainSettings",
    "check_distill_settings",
    "check_settings",
    "distill",
    "train",
]
