"""`vllm:` models on a cluster: Ray Data's own vLLM stage between our prompts and our verdicts.

    dataset = sampled_by_vllm(dataset, job, n_engines=8)     # blocks of `answered`, as from Solver

    Prompts: a row a sample, in tokens     {"tokenized_prompt": [...], "sampling_params": {...}}
    ray.data.llm: vLLM, an engine a GPU (or several, for one that is tensor parallel)
    Answers: rollouts and verdicts

Prompts are put into tokens, and answers read, by the code of gen/backends/vllm.py, with the same
seeds. That stage says how many tokens came but not why they ended: an answer that does not end with
one of the model's ends was cut off.
"""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from gen.backends import thinking
from gen.backends.base import ModelName, sample_seed
from gen.backends.embedded import resolve_weights
from gen.backends.vllm import VllmBackend, _Prompt
from gen.engines.blocks import answered, packed, unpacked, wanted_in
from gen.engines.ray_workers import Job, Judge
from gen.solving import request_for, rollout_of
from verifiers.records import Problem, Rollout

BATCH = 64
BATCHES_AT_ONCE = 16
"""Of 64 samples: enough for the 1,024 sequences that vLLM runs at once on a large GPU."""


def sampled_by_vllm(dataset: Any, job: Job, *, n_engines: int) -> Any:
    """Give a dataset of `asked` blocks its answers, by `n_engines` copies of the model."""
    from ray.data import ActorPoolStrategy
    from ray.data.llm import build_processor

    def pool() -> Any:
        return ActorPoolStrategy(min_size=1, max_size=n_engines)

    dataset = dataset.map_batches(
        Prompts,
        fn_constructor_args=(job,),
        batch_size=None,
        batch_format="pyarrow",
        compute=pool(),
        num_cpus=1,
    )
    dataset = build_processor(processor_config(job, n_engines=n_engines))(dataset)
    return dataset.map_batches(
        Answers,
        fn_constructor_args=(job,),
        batch_size=BATCH,
        batch_format="pyarrow",
        compute=pool(),
        num_cpus=1,
    )


def processor_config(job: Job, *, n_engines: int) -> Any:
    """How Ray Data runs vLLM: with our tokens, answers as text, and bad rows as rows."""
    from ray.data.llm import vLLMEngineProcessorConfig

    return vLLMEngineProcessorConfig(
        model_source=_weights(job),
        engine_kwargs=engine_arguments(job),
        batch_size=BATCH,
        max_concurrent_batches=BATCHES_AT_ONCE,
        concurrency=n_engines,
        chat_template_stage=False,
        tokenize_stage=False,
        detokenize_stage=False,
        should_continue_on_error=True,
        log_engine_metrics=False,
    )


def engine_arguments(job: Job) -> dict[str, Any]:
    """What vLLM's engine is given, beside the model; thoughts are marked as in one process."""
    from gen.backends.vllm_engine import reasoning_settings

    return {
        "enable_prefix_caching": True,
        "tensor_parallel_size": job.options.tensor_parallel or 1,
        **reasoning_settings(_weights(job)),
    }


def sampling_params(job: Job, *, seed: int) -> dict[str, Any]:
    """One sample's settings, as vLLM's SamplingParams takes them; `seed` is the sample's own."""
    sampling = job.plan.sampling
    given = {
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "max_tokens": sampling.max_tokens,
        "seed": seed,
    }
    if sampling.thinking_tokens is not None:
        given["thinking_token_budget"] = sampling.thinking_tokens
    if sampling.schema is not None:
        given["structured_outputs"] = {"json": sampling.schema}
    return given


class _Reader(VllmBackend):
    """The backend's way with prompts and answers, without its engine."""

    def __init__(self, job: Job) -> None:
        from transformers import AutoTokenizer

        self._job = job
        self.llm = None  # there is nothing to close
        self._tokenizer: Any = AutoTokenizer.from_pretrained(_weights(job))
        self._marks = {
            "start": self._tokenizer.encode(thinking.START, add_special_tokens=False),
            "end": self._tokenizer.encode(thinking.END, add_special_tokens=False),
        }


class Prompts(_Reader):
    """A row a problem in, a row a sample out, its prompt in tokens."""

    def __call__(self, block: pa.Table) -> pa.Table:
        """The rows that vLLM's stage takes, and what `Answers` needs again."""
        plan = self._job.plan
        rows = []
        for problem, indexes in wanted_in(block):
            request = request_for(problem, indexes, plan)
            prompt = self._prompt(request.messages)
            for index in indexes:
                seed = sample_seed(plan.seed, request.key, index)
                rows.append(
                    {
                        "problem": packed(problem),
                        "sample_index": index,
                        "n_prompt_tokens": len(prompt.token_ids),
                        "opens_thinking": prompt.opens_thinking,
                        "tokenized_prompt": prompt.token_ids,
                        "sampling_params": sampling_params(self._job, seed=seed),
                    }
                )
        return pa.Table.from_pylist(rows)


class Answers(_Reader):
    """A row a sample in, as vLLM's stage gives it; rollouts and verdicts out."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self._judge = Judge(job)
        self._ends = _end_tokens(_weights(job), self._tokenizer)

    def __call__(self, block: pa.Table) -> pa.Table:
        """A block of `answered`."""
        return answered(self._judge([self._read(row) for row in block.to_pylist()]))

    def _read(self, row: dict[str, Any]) -> tuple[Problem, Rollout]:
        job, index = self._job, row["sample_index"]
        problem = unpacked(row["problem"])
        token_ids = list(row["generated_tokens"])
        ended = bool(token_ids) and token_ids[-1] in self._ends
        failed = bool(row["__inference_error__"])
        output = SimpleNamespace(
            text=row["generated_text"],
            token_ids=token_ids,
            finish_reason=None if failed else "stop" if ended else "length",
        )
        completion = self._completion(
            (request_for(problem, (index,), job.plan), index, _Prompt([], row["opens_thinking"])),
            SimpleNamespace(outputs=[output]),
        )
        completion = replace(completion, n_prompt_tokens=row["n_prompt_tokens"])
        return problem, rollout_of(problem, completion, job.plan, job.run_id)


def _weights(job: Job) -> str:
    return resolve_weights(ModelName.parse(job.plan.model).name)


def _end_tokens(weights: str, tokenizer: Any) -> set[int]:
    """The tokens that end an answer: the tokenizer's, and those of the model's own settings."""
    from transformers import GenerationConfig

    try:
        own = GenerationConfig.from_pretrained(weights).eos_token_id
    except OSError:  # it has no such settings
        own = None
    return {tokenizer.eos_token_id, *(own if isinstance(own, list) else [own])} - {None}
