"""Loads and saves the models that are trained, and imports TRL without what it brings along.

import_trl()
model, tokenizer = load_policy("HuggingFaceTB/SmolLM2-135M-Instruct")
save_policy(trainer, Path("out/run/model"))     # transformers and vLLM load what it writes
"""

import importlib.util
import logging
import os
import shutil
from pathlib import Path
from typing import Any

from trainer.errors import BadSettings, ModelUnusable, TrainingUnavailable, one_line
from trainer.processes import check_launch


def import_trl(*, vllm: bool = False) -> None:
    """Import TRL without telemetry or chatter, and vLLM only if asked for.

    Raises TrainingUnavailable without TRL, or for a launch that it cannot train under.
    """
    # Read by huggingface_hub once, when it is first imported: TRL reports each run otherwise.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # Read by OpenMP when torch is imported: beside busy neighbours threads that wait by spinning
    # took five times the processor's time.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import huggingface_hub.constants
        import torch
        import transformers
        from trl import import_utils
    except ImportError as error:
        raise TrainingUnavailable(
            f"{error.name or error} is not installed: install assay[train]"
        ) from error
    huggingface_hub.constants.HF_HUB_DISABLE_TELEMETRY = True
    if not vllm:
        # TRL imports vLLM wherever it is installed: a third of the start-up time, for nothing.
        import_utils.is_vllm_available = lambda min_version=None: False
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    # TRL prints the whole problem, ground truth included, for a batch with an undecided verdict.
    logging.getLogger("trl.trainer.grpo_trainer").addFilter(_is_not_about_undecided)
    check_launch(torch.cuda.device_count())


def check_vllm(engine: str | None) -> None:
    """Refuse vLLM, `colocate` or `server`, where it cannot train; raises TrainingUnavailable."""
    import torch

    if engine is None:
        return
    if not torch.cuda.is_available():
        raise TrainingUnavailable(
            f"--vllm {engine} needs a CUDA GPU, and none is visible: leave --vllm out, and the "
            "policy is sampled on the CPU by transformers"
        )
    if importlib.util.find_spec("vllm") is None:
        raise TrainingUnavailable("vllm is not installed: install assay[train,vllm]")


def _is_not_about_undecided(record: logging.LogRecord) -> bool:
    return "All reward functions returned None" not in record.getMessage()


def check_seed(seed: int) -> None:
    """Refuse what numpy cannot take, at once; raises BadSettings."""
    if not 0 <= seed < 2**32:
        raise BadSettings(f"seed is {seed}: give 0 to {2**32 - 1}")


def load_policy(model: str) -> tuple[Any, Any]:
    """The model, in float32, and its tokenizer, padding left; raises ModelUnusable."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(model, padding_side="left")
        # float32 also where the file has bfloat16: GRPO's small updates would be rounded away.
        loaded = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    except Exception as error:  # whatever a damaged file makes of transformers
        raise ModelUnusable(
            f"{model} cannot be loaded as a language model ({one_line(error)}): "
            "give a directory with config, weights and tokenizer, or a name on the Hugging Face Hub"
        ) from error
    if not tokenizer.chat_template:
        raise ModelUnusable(f"{model} has no chat template: give an instruction-tuned model")
    return loaded, tokenizer


def lora(rank: int) -> Any:
    """What TRL needs to train adapters of this rank on all linear layers; None for rank 0."""
    if not rank:
        return None
    try:
        from peft import LoraConfig
    except ImportError as error:
        raise TrainingUnavailable("peft is not installed: install assay[train]") from error
    return LoraConfig(
        r=rank, lora_alpha=2 * rank, target_modules="all-linear", task_type="CAUSAL_LM"
    )


def save_policy(trainer: Any, directory: Path) -> None:
    """Write the policy and its tokenizer; adapters are merged, so that anything can load it.

    Of several processes the first one writes, and the others wait for it.
    """
    if trainer.accelerator.is_main_process:
        _write_policy(trainer, directory)
    trainer.accelerator.wait_for_everyone()


def _write_policy(trainer: Any, directory: Path) -> None:
    model = trainer.accelerator.unwrap_model(trainer.model)
    if hasattr(model, "merge_and_unload"):
        model = model.merge_and_unload()
    model.config.use_cache = True  # the Trainer turns it off, and it would be saved so
    partial = directory.with_name(directory.name + ".partial")
    for old in (partial, directory):
        shutil.rmtree(old, ignore_errors=True)
    model.save_pretrained(partial)
    trainer.processing_class.save_pretrained(partial)
    partial.rename(directory)
