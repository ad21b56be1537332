"""Distils a teacher into a student: SFT (TRL) on the teacher's verified responses.

    result = distill(DistillSettings(export=Path("out/taught"), out=Path("out/student"),
                                     model="HuggingFaceTB/SmolLM2-135M-Instruct", epochs=2))
    result.model, result.n_examples, result.loss_first, result.loss_last

Repeating the call after an interruption goes on from the last checkpoint in `out`, to the same
weights as without it; with more `epochs`, a finished run is continued.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from trainer.checkpoints import hold_to_settings, last_checkpoint
from trainer.dataset import problem_order
from trainer.demonstrations import IGNORED, choose, read_demonstrations, tokenized
from trainer.errors import BadExport, BadSettings
from trainer.events import EVENTS, EventFile
from trainer.metrics import METRICS, ImitationMetrics, keep_until, read_metrics
from trainer.policies import check_seed, import_trl, load_policy, lora, save_policy
from trainer.processes import is_main, n_processes


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillSettings:
    """What a run is told.

    `model` is a directory or a name on the Hugging Face Hub. Of each problem at most `per_problem`
    responses are imitated, none longer than `max_tokens` with its prompt. An epoch sees each once,
    a step `batch_size`, of which gradients are computed over `micro_batch_size` at a time (None:
    all that a process has). `lora_rank` 0 trains all weights. `tensorboard` writes event files
    beside the metrics.
    """

    export: Path
    model: str
    out: Path
    epochs: int = 2
    per_problem: int = 4
    max_tokens: int = 2048
    batch_size: int = 16
    micro_batch_size: int | None = None
    learning_rate: float = 1e-5
    seed: int = 0
    lora_rank: int = 0
    save_steps: int = 50
    tensorboard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DistillResult:
    """What came of a run, counted over all its steps, those before a resumption included.

    `n_too_long` responses were left out for their length.
    """

    model: Path
    metrics: Path
    steps: int
    resumed_from: int
    n_problems: int
    n_examples: int
    n_too_long: int
    tokens: int
    seconds: float
    loss_first: float | None
    loss_last: float | None


def distill(
    settings: DistillSettings, *, on_step: Callable[[ImitationMetrics], None] | None = None
) -> DistillResult:
    """Train the student and save it; `on_step` sees each step's metrics.

    Raises BadSettings, BadExport and ModelUnusable for what the user can mend, TrainingUnavailable
    where a package is missing.
    """
    check_distill_settings(settings)
    rows = choose(read_demonstrations(settings.export), per_problem=settings.per_problem)
    import_trl()
    model, tokenizer = load_policy(settings.model)
    examples, n_too_long = tokenized(rows, tokenizer, max_tokens=settings.max_tokens)
    if not examples:
        raise BadExport(
            f"{settings.export}: every response is longer than {settings.max_tokens} tokens: "
            "raise --max-tokens"
        )
    settings.out.mkdir(parents=True, exist_ok=True)
    checkpoint = last_checkpoint(settings.out)
    hold_to_settings(settings.out, _identity(settings, rows), resuming=checkpoint is not None)
    resumed_from = checkpoint.step if checkpoint else 0
    metrics = settings.out / METRICS
    if is_main():
        keep_until(metrics, resumed_from, ImitationMetrics)
    with ExitStack() as opened:
        tell = [] if on_step is None else [on_step]
        if settings.tensorboard and is_main():
            events = EventFile(settings.out / EVENTS, resumed_from=resumed_from)
            tell.append(opened.enter_context(events).add)
        trainer = _build_trainer(settings, model, tokenizer, examples, tell)
        trainer.train(resume_from_checkpoint=str(checkpoint.path) if checkpoint else None)
    directory = settings.out / "model"
    save_policy(trainer, directory)
    told = read_metrics(metrics, ImitationMetrics)
    return DistillResult(
        model=directory,
        metrics=metrics,
        steps=told[-1].step if told else resumed_from,
        resumed_from=resumed_from,
        n_problems=len({row["problem_id"] for row in rows}),
        n_examples=len(examples),
        n_too_long=n_too_long,
        tokens=sum(row.tokens for row in told),
        seconds=sum(row.seconds for row in told),
        loss_first=told[0].loss if told else None,
        loss_last=told[-1].loss if told else None,
    )


def check_distill_settings(settings: DistillSettings) -> None:
    """Refuse what cannot work before anything is loaded; raises BadSettings."""
    for name in ("epochs", "per_problem", "max_tokens", "batch_size", "save_steps"):
        if getattr(settings, name) < 1:
            raise BadSettings(f"{name} is {getattr(settings, name)}: give 1 or more")
    if settings.lora_rank < 0 or not settings.learning_rate > 0:
        raise BadSettings("lora_rank must be 0 or more, and learning_rate above 0")
    check_seed(settings.seed)
    if settings.batch_size % n_processes():
        raise BadSettings(
            f"batch_size {settings.batch_size} cannot be shared by {n_processes()} processes: "
            f"give a multiple of {n_processes()}"
        )
    micro, share = settings.micro_batch_size, settings.batch_size // n_processes()
    if micro is not None and (micro < 1 or share % micro):
        raise BadSettings(f"micro_batch_size {micro} does not divide {share}")
    if settings.out.exists() and not settings.out.is_dir():
        raise BadSettings(f"{settings.out} is a file: give a directory to write to")


def _identity(settings: DistillSettings, rows: list[dict[str, Any]]) -> dict[str, object]:
    """What may not change between a run and its continuation; `epochs` may grow."""
    digest = blake2b("\n".join(row["rollout_id"] for row in rows).encode(), digest_size=8)
    names = (
        "model", "max_tokens", "batch_size", "micro_batch_size", "learning_rate", "seed",
        "lora_rank",
    )  # fmt: skip
    return {
        "method": "distill",
        "processes": n_processes(),
        "responses": digest.hexdigest(),
        **{name: getattr(settings, name) for name in names},
    }


def _build_trainer(
    settings: DistillSettings,
    model: Any,
    tokenizer: Any,
    examples: list[dict[str, list[int]]],
    tell: Sequence[Callable[[ImitationMetrics], None]],
) -> Any:
    import torch
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    from trainer.callback import RecordImitation

    steps = -(-len(examples) * settings.epochs // settings.batch_size)
    # As in GRPO: the whole run is written out as one pass, so that a resumed one goes on exactly.
    order = problem_order(len(examples), draws=steps * settings.batch_size, seed=settings.seed)
    data = [examples[place] for place in order]
    n_imitated = [sum(label != IGNORED for label in one["labels"]) for one in data]
    tokens = [
        sum(n_imitated[first : first + settings.batch_size])
        for first in range(0, len(data), settings.batch_size)
    ]
    cuda = torch.cuda.is_available()
    share = settings.batch_size // n_processes()
    micro = settings.micro_batch_size or share
    trainer = SFTTrainer(
        model=model,
        processing_class=tokenizer,
        train_dataset=Dataset.from_list(data),
        peft_config=lora(settings.lora_rank),
        callbacks=[RecordImitation(settings.out, tokens, tell=tell)],
        args=SFTConfig(
            output_dir=str(settings.out),
            max_steps=steps,
            per_device_train_batch_size=micro,
            gradient_accumulation_steps=share // micro,
            learning_rate=settings.learning_rate,
            lr_scheduler_type="constant",
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
            shuffle_dataset=False,
            train_sampling_strategy="sequential",
            seed=settings.seed,
            use_cpu=not cuda,
            bf16=cuda and torch.cuda.is_bf16_supported(),
            dataloader_pin_memory=cuda,
            gradient_checkpointing=True,
            logging_steps=1,
            save_steps=settings.save_steps,
            save_total_limit=2,
            report_to=[],
            disable_tqdm=True,
        ),
    )
    trainer.remove_callback(PrinterCallback)
    return trainer
