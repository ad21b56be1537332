"""Loads and saves the models that are trained, and imports TRL without what it brings along.

import_trl()
model, tokenizer = load_policy("HuggingFaceTB/SmolLM2-135M-Instruct")
save_policy(trainer, Path("out/run/model"))     # transformers and vLLM load what it writes
"""

import logging
import os
import shutil
from pathlib import Path
from typing import Any

from trainer.errors import BadSettings, ModelUnusable, TrainingUnavailable, one_line


def import_trl() -> None:
    """Import TRL without vLLM, telemetry or chatter; raises TrainingUnavailable without it."""
    # Read by huggingface_hub once, when it is first imported: TRL reports each run otherwise.
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
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
    # TRL imports vLLM wherever it is installed: a third of the start-up time, for nothing here.
    import_utils.is_vllm_available = lambda min_version=None: False
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    # TRL prints the whole problem, ground truth included, for a batch with an undecided verdict.
    logging.getLogger("trl.trainer.grpo_trainer").addFilter(_is_not_about_undecided)
    if torch.cuda.device_count() > 1:
        raise TrainingUnavailable(
            f"{torch.cuda.device_count()} GPUs are visible, but training runs on one: "
            "set CUDA_VISIBLE_DEVICES=0"
        )


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
    """Write the policy and its tokenizer; adapters are merged, so that anything can load it."""
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
