"""What a GRPO run is told, held against what cannot work, and handed to TRL.

settings = TrainSettings(export=Path("out/easy"), model="Qwen/Qwen2.5-0.5B-Instruct",
                         out=Path("out/run"), loss="dr_grpo")
check_settings(settings)                       # raises BadSettings, in one line
grpo_arguments(settings, cuda=False, bf16=False)
->  {"loss_type": "dr_grpo", "scale_rewards": "none", "max_steps": 100, ...}    for GRPOConfig
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from trainer.errors import BadSettings
from trainer.policies import check_seed
from trainer.processes import n_processes

LOSSES: dict[str, dict[str, object]] = {
    "dapo": {},
    "grpo": {},
    "dr_grpo": {"scale_rewards": "none"},
    "bnpo": {},
    "cispo": {"epsilon_high": 5.0},
    "sapo": {},
    "luspo": {"importance_sampling_level": "sequence"},
    "vespo": {"vllm_importance_sampling_mode": "token_truncate"},
}
"""The losses of TRL 1.16, and what each needs beside its name.

dr_grpo (https://arxiv.org/abs/2503.20783) divides by no deviation. cispo
(https://arxiv.org/abs/2506.13585) clips the weights themselves: below TRL's default bound of 0.2
every weight would lie outside; 5 is that of https://arxiv.org/abs/2510.13786. luspo
(https://arxiv.org/abs/2602.05261) is stated for sequences; vespo takes no other correction.
"""

SCALES = ("group", "batch", "none")
"""What an advantage is divided by: its group's deviation, the whole step's, or nothing."""

ENGINES = ("colocate", "server")
"""Where vLLM samples: on the GPUs that train, or behind a server with GPUs of its own."""

CHECKPOINTS_KEPT = 2
"""Each holds the weights three times over in float32 (weights and Adam's two moments)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainSettings:
    """What a run is told.

    `model` is a directory or a name on the Hugging Face Hub. A step samples `group_size`
    completions for each of `batch_size / group_size` problems, and computes gradients over
    `micro_batch_size` completions at a time (None: all that a process has). `lora_rank` 0 trains
    all weights. `loss` is one of LOSSES, `scale_rewards` one of SCALES (None: what the loss's
    paper has). `policy` is what the model is called where its rollouts are kept, "" where that is
    its `model`. `beta` weighs the KL divergence from the first policy. After `constant_steps` steps
    in a row with one reward for all completions the run stops. `vllm` is one of ENGINES (None:
    transformers samples), `vllm_url` the server's address. `tensorboard` writes event files beside
    the metrics. `wall_s` is what a verifier may take for one completion, `workers` the number of
    grading processes (None: one a core).
    """

    export: Path
    model: str
    out: Path
    steps: int = 100
    group_size: int = 8
    batch_size: int = 32
    micro_batch_size: int | None = None
    learning_rate: float = 1e-6
    max_completion_tokens: int = 256
    temperature: float = 1.0
    seed: int = 0
    lora_rank: int = 0
    beta: float = 0.0
    loss: str = "dapo"
    scale_rewards: str | None = None
    save_steps: int = 50
    constant_steps: int = 10
    vllm: str | None = None
    vllm_url: str = "http://127.0.0.1:8000"
    tensorboard: bool = False
    workers: int | None = None
    wall_s: float = 5.0
    policy: str = ""


def check_settings(settings: TrainSettings) -> None:
    """Refuse what TRL would refuse minutes later, or not at all; raises BadSettings."""
    at_least = {
        "steps": 1,
        "group_size": 2,
        "max_completion_tokens": 1,
        "save_steps": 1,
        "constant_steps": 1,
        "lora_rank": 0,
        "beta": 0,
    }
    for name, least in at_least.items():
        if getattr(settings, name) < least:
            raise BadSettings(f"{name} is {getattr(settings, name)}: give {least} or more")
    for name in ("learning_rate", "temperature", "wall_s"):
        if not getattr(settings, name) > 0:
            raise BadSettings(f"{name} is {getattr(settings, name)}: give a number above 0")
    for name, known in (("loss", LOSSES), ("scale_rewards", SCALES), ("vllm", ENGINES)):
        given = getattr(settings, name)
        if given not in known and (given is not None or name == "loss"):
            raise BadSettings(f"{name} is {given!r}: give one of {', '.join(known)}")
    if settings.vllm == "server" and not settings.vllm_url.startswith(("http://", "https://")):
        raise BadSettings(f"vllm_url is {settings.vllm_url!r}: give one like http://HOST:8000")
    check_seed(settings.seed)
    _check_batch(settings)
    if settings.out.exists() and not settings.out.is_dir():
        raise BadSettings(f"{settings.out} is a file: give a directory to write to")


def identity(settings: TrainSettings) -> dict[str, object]:
    """What may not change between a run and its continuation; `steps` may grow."""
    names = (
        "model",
        "group_size",
        "batch_size",
        "micro_batch_size",
        "learning_rate",
        "max_completion_tokens",
        "temperature",
        "seed",
        "lora_rank",
        "beta",
        "loss",
        "scale_rewards",
    )
    # Every process samples from a random stream of its own.
    return {**{name: getattr(settings, name) for name in names}, "processes": n_processes()}


def grpo_arguments(settings: TrainSettings, *, cuda: bool, bf16: bool) -> dict[str, Any]:
    """What TRL's GRPOConfig is made of, for each of the processes that were launched."""
    share = settings.batch_size // n_processes()
    micro = settings.micro_batch_size or share
    arguments: dict[str, Any] = {
        "output_dir": str(settings.out),
        "max_steps": settings.steps,
        "num_generations": settings.group_size,
        "per_device_train_batch_size": micro,
        "gradient_accumulation_steps": share // micro,
        "learning_rate": settings.learning_rate,
        # A decaying rate would depend on `steps`, which a continued run may raise.
        "lr_scheduler_type": "constant",
        "max_completion_length": settings.max_completion_tokens,
        "temperature": settings.temperature,
        "beta": settings.beta,
        "loss_type": settings.loss,
        **LOSSES[settings.loss],
        "seed": settings.seed,
        "shuffle_dataset": False,
        "use_cpu": not cuda,
        "bf16": bf16,
        "dataloader_pin_memory": cuda,
        # Measured on the CPU with SmolLM2-135M: 5.0 GiB against 7.6, for 3 % more time.
        "gradient_checkpointing": True,
        "logging_steps": 1,
        "save_steps": settings.save_steps,
        "save_total_limit": CHECKPOINTS_KEPT,
        "report_to": [],
        "disable_tqdm": True,
    }
    if settings.scale_rewards is not None:
        arguments["scale_rewards"] = settings.scale_rewards
    if settings.vllm is not None:
        arguments |= {"use_vllm": True, "vllm_mode": settings.vllm}
    if settings.vllm == "server":
        arguments["vllm_server_base_url"] = settings.vllm_url
    return arguments


def _check_batch(settings: TrainSettings) -> None:
    batch, group, processes = settings.batch_size, settings.group_size, n_processes()
    if batch < group or batch % group:
        raise BadSettings(
            f"group_size {group} does not divide batch_size {batch}: "
            f"give a batch_size of {max(batch // group, 1) * group} or another multiple of {group}"
        )
    if batch % processes:
        raise BadSettings(
            f"batch_size {batch} cannot be shared by {processes} processes: "
            f"give a multiple of {math.lcm(group, processes)}"
        )
    micro, share = settings.micro_batch_size, batch // processes
    if micro is not None and (micro < 1 or share % micro):
        whole = f"batch_size {batch}" + (f" / {processes} processes" if processes > 1 else "")
        raise BadSettings(
            f"micro_batch_size {micro} does not divide {whole}: "
            f"give one of {', '.join(str(n) for n in range(1, share + 1) if share % n == 0)}"
        )
