"""How the GPUs are shared out: as few as a copy of the model needs, as many copies as that leaves.

    share_out([80 << 30] * 8, "out/model-8b", BackendOptions())    ->  (1, 8)     # 16 GB: 8 copies
    share_out([80 << 30] * 8, "out/model-70b", BackendOptions())   ->  (4, 2)     # 140 GB: 2 copies

A copy that is spread over GPUs (tensor parallel) spends time on talking between them; copies that
each have prompts of their own (data parallel) do not.
"""

from collections.abc import Sequence
from pathlib import Path

from gen.backends.base import BackendOptions
from verifiers.errors import BadInput

ROOM = 0.6
"""The share of a GPU's memory that weights may take: the rest is for the KV cache."""


def share_out(gpu_bytes: Sequence[int], weights: str, options: BackendOptions) -> tuple[int, int]:
    """The numbers of GPUs a copy, and of copies; what the options say is taken as it is.

    `gpu_bytes` is each visible GPU's memory. Raises BadInput where more GPUs are asked for than
    there are.
    """
    n = max(len(gpu_bytes), 1)
    tensor = options.tensor_parallel
    if tensor is None:
        tensor = 1 if options.data_parallel else _gpus_for(_size(weights), gpu_bytes)
        tensor = max(tensor, 1)
    data = options.data_parallel or max(n // tensor, 1)
    if tensor * data > n:
        raise BadInput(
            f"{tensor} GPUs a copy and {data} copies need {tensor * data} GPUs, {n} can be seen: "
            "lower --tensor-parallel or --data-parallel"
        )
    return tensor, data


def visible_gpus() -> list[int]:
    """The memory of each GPU that this process may use, in bytes."""
    import torch
    from vllm.platforms import current_platform

    # vLLM's platform asks the driver, torch would keep a context on every GPU.
    count = torch.cuda.device_count()
    return [current_platform.get_device_total_memory(number) for number in range(count)]


def _gpus_for(n_bytes: int | None, gpu_bytes: Sequence[int]) -> int:
    """The smallest power of two that holds the weights; all GPUs for weights of unknown size."""
    n = 1
    if not gpu_bytes:
        return n
    while 2 * n <= len(gpu_bytes) and (n_bytes is None or n_bytes > ROOM * n * min(gpu_bytes)):
        n *= 2
    return n


def _size(weights: str) -> int | None:
    """The bytes of weights in a directory; None for a name on the Hub."""
    directory = Path(weights)
    if not directory.is_dir():
        return None
    return sum(file.stat().st_size for file in directory.glob("*.safetensors"))
