"""vLLM in this process: `vllm:NAME_OR_DIR` on a GPU, `cpu:NAME_OR_DIR` on none.

    with VllmBackend(ModelName.parse("cpu:smollm2-135m")) as backend:
        for completion in backend.sample(requests, seed=0):
            ...                                        # each as it finishes; the batch never drains

A prompt's samples are requests of their own, each with its own seed: prefix caching computes their
common prompt once, a resumed run repeats the missing ones, and nobody waits for the slowest.
What a reasoning model thinks is taken apart from what it answers.
"""

import gc
import itertools
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

from gen.backends import thinking
from gen.backends.base import (
    PAUSE_S,
    Completion,
    Message,
    ModelName,
    Request,
    Requests,
    calls_of,
    sample_seed,
    split_opening,
)
from gen.backends.embedded import resolve_weights
from gen.backends.vllm_engine import load_engine, prepare_environment
from gen.errors import BackendFailed
from verifiers.records import FinishReason

log = logging.getLogger(__name__)
FINISH_REASONS: dict[str | None, FinishReason] = {"stop": "stop", "length": "length"}
END: Any = object()


@dataclass(frozen=True, slots=True)
class _Prompt:
    """A request's prompt in tokens; `opens_thinking` where a completion begins inside a thought."""

    token_ids: list[int]
    opens_thinking: bool


Call = tuple[Request, int, _Prompt]


class VllmBackend:
    """A model in process, sampled with continuous batching."""

    def __init__(self, model: ModelName, *, tensor_parallel: int = 1) -> None:
        """Load the model; raises BackendFailed, or BadInput where its name leads nowhere."""
        self._name = f"{model.kind}:{model.name}"
        prepare_environment(on_cpu=model.kind == "cpu")
        weights = resolve_weights(model.name)
        self.llm: Any = load_engine(
            self._name, weights, on_cpu=model.kind == "cpu", tensor_parallel=tensor_parallel
        )
        self._tokenizer: Any = self.llm.get_tokenizer()
        self._marks = {
            "start": self._tokenizer.encode(thinking.START, add_special_tokens=False),
            "end": self._tokenizer.encode(thinking.END, add_special_tokens=False),
        }
        # One batch at work and one waiting: a sequence that ends is replaced in the same step.
        self._max_in_flight = 2 * self.llm.llm_engine.vllm_config.scheduler_config.max_num_seqs
        self._request_ids = map(str, itertools.count())
        self._schemas_left_out: set[str] = set()

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        """Yield completions as they finish; a prompt too long for the model ends in "error"."""
        engine = self.llm.llm_engine
        waiting = self._calls(requests)
        running: dict[str, Call] = {}
        try:
            drained = False
            while True:
                while not drained and len(running) < self._max_in_flight:
                    call = next(waiting, END)
                    drained = call is END
                    if drained or call is None:
                        break
                    request_id = self._add(call, seed)
                    if request_id is None:
                        yield _refused(call)
                    else:
                        running[request_id] = call
                if not running:
                    if drained:
                        return
                    time.sleep(PAUSE_S)
                    continue
                for output in self._step():
                    if output.finished:
                        yield self._completion(running.pop(output.request_id), output)
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

    def _calls(self, requests: Requests) -> Iterator[Call | None]:
        known: Request | None = None
        prompt = _Prompt([], False)
        for call in calls_of(requests):
            if call is None:
                yield None
                continue
            request, sample_index = call
            if request is not known:
                known, prompt = request, self._prompt(request.messages)
            yield request, sample_index, prompt

    def _prompt(self, messages: tuple[Message, ...]) -> _Prompt:
        text = prompt_text(self._tokenizer, messages)
        if not self._tokenizer.chat_template:
            return _Prompt(self._tokenizer.encode(text), False)
        token_ids = self._tokenizer.encode(text, add_special_tokens=False)
        return _Prompt(token_ids, thinking.opens_thinking(text))

    def _add(self, call: Call, seed: int) -> str | None:
        """Hand a call to the engine; None where the engine will not have the prompt."""
        from vllm.exceptions import VLLMValidationError

        schema = call[0].sampling.schema
        if schema is None or schema in self._schemas_left_out:
            try:
                return self._add_with(call, seed, None)
            except VLLMValidationError:
                return None
        try:
            return self._add_with(call, seed, schema)
        except (VLLMValidationError, ValueError, ImportError) as error:
            self._schemas_left_out.add(schema)
            request_id = self._add(call, seed)
            if request_id is None:  # it was the prompt, then
                self._schemas_left_out.remove(schema)
            else:
                reason = " ".join(str(error).split())[:200]
                log.warning("%s is not held to a schema: %s", self._name, reason)
            return request_id

    def _add_with(self, call: Call, seed: int, schema: str | None) -> str:
        request, sample_index, prompt = call
        request_id = next(self._request_ids)
        params = _params(request, sample_seed(seed, request.key, sample_index), schema)
        self.llm.llm_engine.add_request(request_id, {"prompt_token_ids": prompt.token_ids}, params)
        return request_id

    def _step(self) -> list[Any]:
        try:
            return self.llm.llm_engine.step()
        except Exception as error:
            raise BackendFailed(
                f"{self._name}: vLLM's engine died ({str(error)[:200] or type(error).__name__}); "
                "run the command again, finished completions are kept"
            ) from error

    def _completion(self, call: Call, output: Any) -> Completion:
        request, sample_index, prompt = call
        (answer,) = output.outputs
        thought, text = thinking.split(answer.text, opened=prompt.opens_thinking)
        n_thinking_tokens = 0
        if thought is not None:
            counted = thinking.count_inside(
                answer.token_ids, **self._marks, opened=prompt.opens_thinking
            )
            n_tokens = len(answer.token_ids)
            estimate = thinking.share_of_tokens(thought, text, n_tokens=n_tokens)
            n_thinking_tokens = estimate if counted is None else counted
        return Completion(
            key=request.key,
            sample_index=sample_index,
            text=text,
            thinking=thought,
            finish_reason=FINISH_REASONS.get(answer.finish_reason, "error"),
            n_prompt_tokens=len(prompt.token_ids),
            n_tokens=len(answer.token_ids),
            n_thinking_tokens=n_thinking_tokens,
            log_chance=answer.cumulative_logprob if request.log_chance else None,
        )


def prompt_text(tokenizer: Any, messages: tuple[Message, ...]) -> str:
    """The chat by the model's template, up to where its answer begins, or goes on."""
    before, opening = split_opening(messages)
    if not tokenizer.chat_template:
        # A base model has never seen a chat: it is given the bare text to go on with.
        return "\n\n".join(message.content for message in before) + opening
    render = partial(tokenizer.apply_chat_template, tokenize=False)
    if opening:
        with suppress(ValueError):  # the template leaves out what it is given
            text = render(_plain(messages), continue_final_message=True)
            if text.endswith(opening):  # it may have been stripped
                return text
    text = render(_plain(before), add_generation_prompt=True)
    if opening and thinking.opens_thinking(text):
        text = f"{text.rstrip()}\n\n{thinking.END}\n\n"
    return text + opening


def _plain(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _params(request: Request, seed: int, schema: str | None) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    sampling = request.sampling
    return SamplingParams(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        max_tokens=sampling.max_tokens,
        thinking_token_budget=sampling.thinking_tokens,
        structured_outputs=None if schema is None else StructuredOutputsParams(json=schema),
        seed=seed,
        logprobs=0 if request.log_chance else None,  # those of the sampled tokens alone
        output_kind=RequestOutputKind.FINAL_ONLY,
    )


def _refused(call: Call) -> Completion:
    request, sample_index, prompt = call
    return Completion(
        key=request.key,
        sample_index=sample_index,
        text="",
        finish_reason="error",
        n_prompt_tokens=len(prompt.token_ids),
        n_tokens=0,
    )
