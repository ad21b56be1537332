"""Trains a policy by GRPO (TRL) on an export, with our verifiers as the reward.

    result = train(TrainSettings(export=Path("out/easy"), model="Qwen/Qwen2.5-0.5B-Instruct",
                                 out=Path("out/run"), steps=100, group_size=8, batch_size=32))
    result.model            ->  out/run/model, which transformers and vLLM load
    result.constant_reward  ->  None, or the one reward that all completions of the run were given

Repeating the call after an interruption goes on from the last checkpoint in `out`, to the same
weights as without it; with more `steps`, a finished run is continued. GRPO is stated in
https://arxiv.org/abs/2402.03300, the losses in `trainer.settings.LOSSES`. Launched as several
processes, each samples and grades its share of every step; the first one writes the files.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.checkpoints import hold_to_settings, last_checkpoint
from trainer.dataset import fingerprint, problem_order, read_export
from trainer.errors import NothingLearnt
from trainer.events import EVENTS, EventFile
from trainer.groups import GROUPS, keep_groups_until
from trainer.metrics import METRICS, StepMetrics, constant_reward, keep_until, read_metrics
from trainer.policies import check_vllm, import_trl, load_policy, lora, save_policy
from trainer.processes import gathered, grading_workers, is_main
from trainer.rewards import VerifierReward
from trainer.settings import TrainSettings, check_settings, grpo_arguments, identity
from verifiers.pool import GradingPool

if TYPE_CHECKING:
    import pyarrow as pa

    from trainer.callback import RecordSteps


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainResult:
    """What came of a run, counted over all its steps, those before a resumption included.

    `resumed_from` is the step of the checkpoint it went on from, 0 for a new run.
    `constant_reward` is not None where every decided completion was given that one reward: the run
    has then learnt nothing. `reward_first` and `reward_last` are means of the first and last step.
    """

    model: Path
    metrics: Path
    steps: int
    resumed_from: int
    completions: int
    undecided: int
    tokens: int
    seconds: float
    reward_first: float | None
    reward_last: float | None
    constant_reward: float | None


def train(
    settings: TrainSettings, *, on_step: Callable[[StepMetrics], None] | None = None
) -> TrainResult:
    """Run GRPO to `settings.steps` and save the policy; `on_step` sees each step's metrics.

    Raises BadSettings, BadExport and ModelUnusable for what the user can mend, TrainingUnavailable
    where a package or a GPU is missing, NothingLearnt where the rewards have no spread.
    """
    check_settings(settings)
    table = read_export(settings.export)
    settings.out.mkdir(parents=True, exist_ok=True)
    checkpoint = last_checkpoint(settings.out)
    told = {"problems": fingerprint(table), **identity(settings)}
    hold_to_settings(settings.out, told, resuming=checkpoint is not None)
    import_trl(vllm=settings.vllm is not None)
    check_vllm(settings.vllm)
    resumed_from = checkpoint.step if checkpoint else 0
    metrics = settings.out / METRICS
    if is_main():
        keep_until(metrics, resumed_from)
        keep_groups_until(settings.out / GROUPS, resumed_from)

    with ExitStack() as opened:
        tell = [] if on_step is None else [on_step]
        if settings.tensorboard and is_main():
            events = EventFile(settings.out / EVENTS, resumed_from=resumed_from)
            tell.append(opened.enter_context(events).add)
        workers = grading_workers(settings.workers)
        pool = opened.enter_context(GradingPool(workers=workers, wall_s=settings.wall_s))
        reward = VerifierReward(pool, group_size=settings.group_size, gather=gathered)
        recorder = _recorder(settings, reward, tell)
        trainer = _build_trainer(settings, table, reward, recorder)
        trainer.train(resume_from_checkpoint=str(checkpoint.path) if checkpoint else None)
    if recorder.stopped is not None:
        raise NothingLearnt(recorder.stopped)
    model = settings.out / "model"
    save_policy(trainer, model)
    return _result(read_metrics(metrics), model=model, metrics=metrics, resumed_from=resumed_from)


def _recorder(
    settings: TrainSettings,
    reward: VerifierReward,
    tell: Sequence[Callable[[StepMetrics], None]],
) -> "RecordSteps":
    from trainer.callback import RecordSteps

    return RecordSteps(
        settings.out,
        reward,
        started_from=settings.policy or settings.model,
        constant_steps=settings.constant_steps,
        tell=tell,
    )


def _build_trainer(
    settings: TrainSettings, table: "pa.Table", reward: VerifierReward, recorder: "RecordSteps"
) -> Any:
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl.trainer.grpo_config import GRPOConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    model, tokenizer = load_policy(settings.model)
    cuda = torch.cuda.is_available()
    draws = settings.steps * settings.batch_size // settings.group_size
    order = problem_order(table.num_rows, draws=draws, seed=settings.seed)
    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=reward,
        # The whole run is written out as one pass: TRL's own shuffling starts each pass anew when
        # it resumes, and drops the problems at the end of a pass that do not fill a batch.
        train_dataset=Dataset(table.take(order)),
        peft_config=lora(settings.lora_rank),
        callbacks=[recorder],
        args=GRPOConfig(
            **grpo_arguments(settings, cuda=cuda, bf16=cuda and torch.cuda.is_bf16_supported())
        ),
    )
    trainer.remove_callback(PrinterCallback)  # it prints to stdout, which is the caller's
    return trainer


def _result(
    rows: list[StepMetrics], *, model: Path, metrics: Path, resumed_from: int
) -> TrainResult:
    return TrainResult(
        model=model,
        metrics=metrics,
        steps=rows[-1].step if rows else resumed_from,
        resumed_from=resumed_from,
        completions=sum(row.completions for row in rows),
        undecided=sum(row.undecided for row in rows),
        tokens=sum(row.tokens for row in rows),
        seconds=sum(row.seconds for row in rows),
        reward_first=rows[0].reward_mean if rows else None,
        reward_last=rows[-1].reward_mean if rows else None,
        constant_reward=constant_reward(rows),
    )
