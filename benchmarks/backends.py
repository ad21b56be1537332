"""What our backend costs over vLLM itself: output tokens a second, as a ratio in one run.

    python benchmarks/backends.py

The same engine, prompts and sampling; the two take turns. Ours hands completions on as they finish
and admits prompts as room appears, `LLM.generate` returns when all are done.
"""

import argparse
import json
import statistics
import time
from typing import Any
from uuid import UUID

from gen.backends import Message, ModelName, Request, Sampling
from gen.backends.vllm import VllmBackend


def ours(backend: VllmBackend, requests: list[Request]) -> float:
    started = time.perf_counter()
    n_tokens = sum(c.n_tokens for c in backend.sample(requests, seed=0))
    return n_tokens / (time.perf_counter() - started)


def raw(llm: Any, requests: list[Request]) -> float:
    from vllm import SamplingParams

    sampling = requests[0].sampling
    params = SamplingParams(
        n=len(requests[0].sample_indexes),
        temperature=sampling.temperature,
        max_tokens=sampling.max_tokens,
        seed=0,
    )
    chats = [[{"role": m.role, "content": m.content} for m in r.messages] for r in requests]
    started = time.perf_counter()
    outputs = llm.chat(chats, params, use_tqdm=False)
    n_tokens = sum(len(answer.token_ids) for output in outputs for answer in output.outputs)
    return n_tokens / (time.perf_counter() - started)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="cpu:smollm2-135m")
    parser.add_argument("--prompts", type=int, default=48)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    sampling = Sampling(temperature=0.7, max_tokens=options.max_tokens)
    requests = [
        Request(
            key=UUID(int=number),
            messages=(Message(role="user", content=f"What is {number} + {number * 7 % 13}?"),),
            sample_indexes=tuple(range(options.samples)),
            sampling=sampling,
        )
        for number in range(options.prompts)
    ]
    with VllmBackend(ModelName.parse(options.model)) as backend:
        ours(backend, requests[:4])
        rates = [
            (ours(backend, requests), raw(backend.llm, requests)) for _ in range(options.rounds)
        ]
    our_rate, raw_rate = (statistics.median(rate) for rate in zip(*rates, strict=True))
    figures = {
        "model": options.model,
        "ours_tokens_per_s": round(our_rate, 1),
        "generate_tokens_per_s": round(raw_rate, 1),
        "ratio": round(statistics.median(a / b for a, b in rates), 3),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
