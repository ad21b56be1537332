"""vLLM in this process: `vllm:NAME_OR_DIR` on a GPU, `cpu:NAME_OR_DIR` on none.

    with VllmBackend(ModelName.parse("cpu:smollm2-135m")) as backend:
        for completion in backend.sample(requests, seed=0):
            ...                                        # each as it finishes; the batch never drains

A prompt's samples are requests of their own, each with its own seed: prefix caching computes their
common prompt once, a resumed run repeats the missing ones, and nobody waits for the slowest.
"""

import gc
import itertools
import time
from collections.abc import Iterator
from typing import Any, Self

from gen.backends.base import (
    PAUSE_S,
    Completion,
    Message,
    ModelName,
    Request,
    Requests,
    Sampling,
    calls_of,
    sample_seed,
)
from gen.backends.embedded import resolve_weights
from gen.backends.vllm_engine import load_engine, prepare_environment
from gen.errors import BackendFailed
from verifiers.records import FinishReason

FINISH_REASONS: dict[str | None, FinishReason] = {"stop": "stop", "length": "length"}
END: Any = object()


class VllmBackend:
    """A model in process, sampled with continuous batching."""

    def __init__(self, model: ModelName) -> None:
        """Load the model; raises BackendFailed, or BadInput where its name leads nowhere."""
        self._name = f"{model.kind}:{model.name}"
        prepare_environment(on_cpu=model.kind == "cpu")
        weights = resolve_weights(model.name)
        self.llm: Any = load_engine(self._name, weights, on_cpu=model.kind == "cpu")
        self._tokenizer: Any = self.llm.get_tokenizer()
        # One batch at work and one waiting: a sequence that ends is replaced in the same step.
        self._max_in_flight = 2 * self.llm.llm_engine.vllm_config.scheduler_config.max_num_seqs
        self._request_ids = map(str, itertools.count())

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        """Yield completions as they finish; a prompt too long for the model ends in "error"."""
        from vllm.exceptions import VLLMValidationError

        engine = self.llm.llm_engine
        waiting = self._calls(requests)
        running: dict[str, tuple[Request, int]] = {}
        try:
            drained = False
            while True:
                while not drained and len(running) < self._max_in_flight:
                    call = next(waiting, END)
                    drained = call is END
                    if drained or call is None:
                        break
                    request, sample_index, prompt = call
                    request_id = next(self._request_ids)
                    own_seed = sample_seed(seed, request.key, sample_index)
                    params = _params(request.sampling, own_seed)
                    try:
                        engine.add_request(request_id, prompt, params)
                    except VLLMValidationError:
                        yield _refused(request, sample_index, len(prompt["prompt_token_ids"]))
                    else:
                        running[request_id] = request, sample_index
                if not running:
                    if drained:
                        return
                    time.sleep(PAUSE_S)
                    continue
                for output in self._step():
                    if output.finished:
                        yield _completion(*running.pop(output.request_id), output)
        finally:
            engine.abort_request(list(running))

    def close(self) -> None:
        """Give back the model's memory and processes; may be called twice."""
        if self.llm is None:
            return
        from vllm.distributed.parallel_state import cleanup_dist_env_and_memory

        self.llm.llm_engine.engine_core.shutdown()
        self.llm = self._tokenizer = None
        cleanup_dist_env_and_memory()
        gc.collect()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _calls(self, requests: Requests) -> Iterator[tuple[Request, int, Any] | None]:
        known: Request | None = None
        prompt: dict[str, list[int]] = {}
        for call in calls_of(requests):
            if call is None:
                yield None
                continue
            request, sample_index = call
            if request is not known:
                known = request
                prompt = {"prompt_token_ids": self._prompt_token_ids(request.messages)}
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
            return self.llm.llm_engine.step()
        except Exception as error:
            raise BackendFailed(
                f"{self._name}: vLLM's engine died ({str(error)[:200] or type(error).__name__}); "
                "run the command again, finished completions are kept"
            ) from error


def _params(sampling: Sampling, seed: int) -> Any:
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
        key=request.key,
        sample_index=sample_index,
        text=answer.text,
        finish_reason=FINISH_REASONS.get(answer.finish_reason, "error"),
        n_prompt_tokens=len(output.prompt_token_ids),
        n_tokens=len(answer.token_ids),
    )


def _refused(request: Request, sample_index: int, n_prompt_tokens: int) -> Completion:
    return Completion(
        key=request.key,
        sample_index=sample_index,
        text="",
        finish_reason="error",
        n_prompt_tokens=n_prompt_tokens,
        n_tokens=0,
    )
