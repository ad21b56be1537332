"""vLLM in this process: `vllm:NAME_OR_DIR` on a GPU, `cpu:NAME_OR_DIR` on none.

    with VllmBackend(ModelName.parse("cpu:smollm2-135m")) as backend:
        for completion in backend.sample(requests, Sampling(max_tokens=64), seed=0):
            ...                                        # each as it finishes; the batch never drains

On a GPU vLLM's own defaults stand. On the CPU the engine runs inside this process (killing it
leaves nothing behind), in bfloat16, eagerly, with a small KV cache. A prompt's samples are requests
of their own, each with its own seed: prefix caching computes their common prompt once.
"""

import gc
import itertools
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Self

from gen.backends.base import Completion, Message, ModelName, Request, Sampling, sample_seed
from gen.backends.embedded import resolve_weights
from gen.errors import BackendFailed
from verifiers.records import FinishReason

QUIET = {
    "VLLM_LOGGING_LEVEL": "ERROR",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",
    "VLLM_NO_USAGE_STATS": "1",
    "TORCH_CPP_LOG_LEVEL": "ERROR",
}
ON_CPU = {
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    # Threads that are bound, or that spin while they wait, starve each other on shared cores.
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "KMP_BLOCKTIME": "0",
}
CPU_KV_CACHE_BYTES = 1 << 30
CPU_CONTEXT = 8192
CPU_SEQUENCES = 64
"""Completions generated at once on the CPU; more would outgrow the KV cache and be computed twice."""

FINISH_REASONS: dict[str | None, FinishReason] = {"stop": "stop", "length": "length"}


class VllmBackend:
    """A model in process, sampled with continuous batching."""

    def __init__(self, model: ModelName) -> None:
        """Load the model; raises BackendFailed, or BadInput where its name leads nowhere."""
        self._name = f"{model.kind}:{model.name}"
        weights = resolve_weights(model.name)
        self._llm: Any = _load(self._name, weights, on_cpu=model.kind == "cpu")
        self._tokenizer = self._llm.get_tokenizer()
        # One batch at work and one waiting: a sequence that ends is replaced in the same step.
        self._max_in_flight = 2 * self._llm.llm_engine.vllm_config.scheduler_config.max_num_seqs
        self._request_ids = map(str, itertools.count())

    def sample(
        self, requests: Iterable[Request], sampling: Sampling, *, seed: int
    ) -> Iterator[Completion]:
        """Yield completions as they finish; a prompt too long for the model ends in "error"."""
        from vllm.exceptions import VLLMValidationError

        engine = self._llm.llm_engine
        waiting = self._samples(requests)
        running: dict[str, tuple[Request, int]] = {}
        try:
            while True:
                room = self._max_in_flight - len(running)
                for request, sample_index, prompt in itertools.islice(waiting, room):
                    request_id = next(self._request_ids)
                    params = _sampling_params(
                        sampling, sample_seed(seed, request.problem_id, sample_index)
                    )
                    try:
                        engine.add_request(request_id, prompt, params)
                    except VLLMValidationError:
                        yield _refused(request, sample_index, prompt)
                    else:
                        running[request_id] = request, sample_index
                if not running:
                    return
                for output in self._step():
                    if output.finished:
                        yield _completion(*running.pop(output.request_id), output)
        finally:
            engine.abort_request(list(running))

    def close(self) -> None:
        """Give back the model's memory and processes; may be called twice."""
        if self._llm is None:
            return
        from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

        self._llm.llm_engine.engine_core.shutdown()
        self._llm = self._tokenizer = None
        cleanup_dist_env_and_memory()
        gc.collect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _samples(self, requests: Iterable[Request]) -> Iterator[tuple[Request, int, Any]]:
        for request in requests:
            prompt = {"prompt_token_ids": self._prompt_token_ids(request.messages)}
            for sample_index in request.sample_indexes:
                yield request, sample_index, prompt

    def _prompt_token_ids(self, messages: tuple[Message, ...]) -> list[int]:
        if not self._tokenizer.chat_template:
            # A base model has never seen a chat: it is given the bare text to go on with.
            return self._tokenizer.encode("\n\n".join(message.content for message in messages))
        chat = [{"role": message.role, "content": message.content} for message in messages]
        text = self._tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
        return self._tokenizer.encode(text, add_special_tokens=False)

    def _step(self) -> list[Any]:
        try:
            return self._llm.llm_engine.step()
        except Exception as error:
            raise BackendFailed(
                f"{self._name}: vLLM's engine died ({_first_line(error)}); run the command again, "
                "finished completions are kept"
            ) from error


def _load(name: str, weights: str, *, on_cpu: bool) -> Any:
    for variable, value in (QUIET | ON_CPU if on_cpu else QUIET).items():
        os.environ.setdefault(variable, value)
    with _quiet():
        from vllm import LLM
        from vllm.platforms import current_platform

        if current_platform.is_cpu() and not on_cpu:
            raise BackendFailed(f"{name}: this vLLM sees no GPU; use cpu:{name.partition(':')[2]}")
        if on_cpu and not current_platform.is_cpu():
            raise BackendFailed(
                f"{name}: this vLLM is built for a GPU; use vllm:{name.partition(':')[2]}"
            )
        try:
            settings = _cpu_settings(weights) if on_cpu else {}
            return LLM(weights, use_tqdm_on_load=False, **settings)
        except Exception as error:
            raise BackendFailed(
                f"{name}: vLLM cannot load {weights} ({_first_line(error)}); it must be a directory "
                "that a model was saved to, or a model on the Hub that can be reached"
            ) from error


def _cpu_settings(weights: str) -> dict[str, Any]:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(weights).get_text_config()
    context = min(CPU_CONTEXT, config.max_position_embeddings)
    return {
        "dtype": "bfloat16",
        # torch.compile takes longer than most runs on a CPU.
        "enforce_eager": True,
        "kv_cache_memory_bytes": CPU_KV_CACHE_BYTES,
        "max_num_seqs": CPU_SEQUENCES,
        "max_model_len": context,
        # A prompt cut in two makes vLLM rewind the sample's generator, which no CPU generator can.
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


def _sampling_params(sampling: Sampling, seed: int) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        seed=seed,
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _completion(request: Request, sample_index: int, output: Any) -> Completion:
    (answer,) = output.outputs
    return Completion(
        problem_id=request.problem_id,
        sample_index=sample_index,
        text=answer.text,
        finish_reason=FINISH_REASONS.get(answer.finish_reason, "error"),
        n_prompt_tokens=len(output.prompt_token_ids),
        n_tokens=len(answer.token_ids),
    )


def _refused(request: Request, sample_index: int, prompt: dict[str, list[int]]) -> Completion:
    return Completion(
        problem_id=request.problem_id,
        sample_index=sample_index,
        text="",
        finish_reason="error",
        n_prompt_tokens=len(prompt["prompt_token_ids"]),
        n_tokens=0,
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
