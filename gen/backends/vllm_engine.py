"""How vLLM is started: quietly, with its own defaults on a GPU, with ours on the CPU.

    prepare_environment(on_cpu=True)                       # before anything imports torch
    llm = load_engine("cpu:smollm2-135m", directory, on_cpu=True)

On the CPU the engine runs inside this process (killing it leaves nothing behind), eagerly, with a
small KV cache, in bfloat16 where the processor computes in it and in float32 where it does not.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from gen.backends import thinking
from gen.errors import BackendFailed

QUIET = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_NO_USAGE_STATS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}
ON_CPU = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    # Threads that are bound to cores, or that spin while they wait, starve whoever shares the
    # cores, each other first: with libgomp's default one busy neighbour costs a factor of ten.
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "OMP_WAIT_POLICY": "passive",
    "KMP_BLOCKTIME": "0",
}
CPU_KV_CACHE_BYTES = 2 << 30
CPU_CONTEXT = 8192
CPU_SEQUENCES = 128
"""Completions at once on the CPU: more outgrow the KV cache, and are computed twice."""


def prepare_environment(*, on_cpu: bool) -> None:
    """Set what vLLM and OpenMP read when they are loaded; what the user has set stands."""
    for variable, value in (QUIET | ON_CPU if on_cpu else QUIET).items():
        os.environ.setdefault(variable, value)
    logging.getLogger("torch._library.triton").setLevel(logging.ERROR)


def load_engine(name: str, weights: str, *, on_cpu: bool, tensor_parallel: int = 1) -> Any:
    """Start vLLM's `LLM` on `weights`; raises BackendFailed in the words of the model's `name`."""
    with _quiet():
        from vllm import LLM
        from vllm.platforms import current_platform

        bare = name.partition(":")[2]
        if current_platform.is_cpu() and not on_cpu:
            raise BackendFailed(f"{name}: this vLLM sees no GPU; use cpu:{bare}")
        if on_cpu and not current_platform.is_cpu():
            raise BackendFailed(f"{name}: this vLLM is built for a GPU; use vllm:{bare}")
        try:
            settings: dict[str, Any] = {
                "enable_prefix_caching": True,
                "tensor_parallel_size": tensor_parallel,
            }
            settings |= reasoning_settings(weights) | (cpu_settings(weights) if on_cpu else {})
            return LLM(weights, use_tqdm_on_load=False, **settings)
        except Exception as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise BackendFailed(
                f"{name}: vLLM cannot load {weights} ({reason}); it must be a directory that a "
                "model was saved to, or a model on the Hub that can be reached"
            ) from error


def reasoning_settings(weights: str) -> dict[str, Any]:
    """What lets vLLM end a thought at its budget, and hold to a schema only what follows one.

    The marks are those of most open reasoning models. The parser is set where the template opens
    every thought itself: elsewhere it would wait for the end of a thought that may never begin.
    """
    from transformers import AutoTokenizer
    from vllm.config import ReasoningConfig

    settings: dict[str, Any] = {
        "reasoning_config": ReasoningConfig(
            reasoning_start_str=thinking.START, reasoning_end_str=thinking.END
        )
    }
    tokenizer: Any = AutoTokenizer.from_pretrained(weights)
    if tokenizer.chat_template and {thinking.START, thinking.END} <= tokenizer.get_vocab().keys():
        greeting = [{"role": "user", "content": ""}]
        prompt = tokenizer.apply_chat_template(greeting, tokenize=False, add_generation_prompt=True)
        if thinking.opens_thinking(prompt):
            settings["reasoning_parser"] = "deepseek_r1"
    return settings


def cpu_settings(weights: str) -> dict[str, Any]:
    """What vLLM is told where there is no GPU, as arguments of `LLM` or of its server."""
    import torch
    from transformers import AutoConfig

    context = AutoConfig.from_pretrained(weights).get_text_config().max_position_embeddings
    context = min(CPU_CONTEXT, context)
    has_bfloat16 = any(
        has and what.endswith("bf16") for what, has in torch.cpu.get_capabilities().items()
    )
    return {
        "dtype": "bfloat16" if has_bfloat16 else "float32",
        # torch.compile takes longer to start than most runs on a CPU take in all.
        "enforce_eager": True,
        "kv_cache_memory_bytes": CPU_KV_CACHE_BYTES,
        "max_num_seqs": CPU_SEQUENCES,
        "max_model_len": context,
        # A prompt cut in two makes vLLM rewind its sample's generator, which none on a CPU can.
        "enable_chunked_prefill": False,
        "max_num_batched_tokens": max(context, 4096),
    }


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings to ourselves, and undo vLLM's replacing of `torch.set_num_threads`."""
    import torch

    set_num_threads = torch.set_num_threads
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        torch.set_num_threads = set_num_threads
