"""What our backends cost over vLLM itself: output tokens a second, as ratios in one run.

    python benchmarks/backends.py

Four ways take turns on the same prompts with the same sampling: `LLM.generate` with n samples a
prompt (raw), `LLM.generate` with our samples' own seeds (seeded: the same tokens as ours), our
backend in this process, and our client with a server that `gen serve-model` started. Beside the
wall's time stands the CPU's, of all processes that take part: on a shared machine the steadier one.
Steadiest is what is spent outside the engine's steps, which are the same for all ways in process.
Every round has prompts of its own; the prefix cache in this process is emptied before each turn.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psutil

from gen.backends import Backend, Message, ModelName, Request, Sampling, open_backend
from gen.backends.base import sample_seed
from gen.backends.vllm import VllmBackend


@dataclass(frozen=True, slots=True)
class Turn:
    n_tokens: int
    wall_s: float
    cpu_s: float
    outside_s: float

    @property
    def per_wall_s(self) -> float:
        return self.n_tokens / self.wall_s

    @property
    def per_cpu_s(self) -> float:
        return self.n_tokens / self.cpu_s


class StepClock:
    """The CPU seconds of an engine's steps."""

    def __init__(self, engine: Any) -> None:
        self.cpu_s = 0.0
        self._step = engine.step
        engine.step = self

    def __call__(self) -> Any:
        started = time.process_time()
        try:
            return self._step()
        finally:
            self.cpu_s += time.process_time() - started


def timed(sample: Callable[[], int], process: psutil.Process | None, steps: StepClock) -> Turn:
    def cpu_s() -> float:
        own = os.times()
        others = [process, *process.children(recursive=True)] if process else []
        times = [one.cpu_times() for one in others]
        return own.user + own.system + sum(one.user + one.system for one in times)

    stepping, own, cpu, wall = steps.cpu_s, time.process_time(), cpu_s(), time.perf_counter()
    n_tokens = sample()
    wall_s = time.perf_counter() - wall
    outside_s = time.process_time() - own - (steps.cpu_s - stepping)
    return Turn(n_tokens, wall_s, cpu_s() - cpu, outside_s)


def ours(backend: Backend, requests: list[Request]) -> int:
    return sum(c.n_tokens for c in backend.sample(requests, seed=0))


def raw(llm: Any, requests: list[Request]) -> int:
    params = _params(requests[0].sampling, n=len(requests[0].sample_indexes))
    chats = [[{"role": m.role, "content": m.content} for m in r.messages] for r in requests]
    return _count(llm.chat(chats, params, use_tqdm=False))


def seeded(llm: Any, requests: list[Request]) -> int:
    pairs = [(request, index) for request in requests for index in request.sample_indexes]
    chats = [[{"role": m.role, "content": m.content} for m in r.messages] for r, _ in pairs]
    params = [_params(r.sampling, seed=sample_seed(0, r.key, index)) for r, index in pairs]
    return _count(llm.chat(chats, params, use_tqdm=False))


def _params(sampling: Sampling, **settings: Any) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    return SamplingParams(
        temperature=sampling.temperature,
        max_tokens=sampling.max_tokens,
        output_kind=RequestOutputKind.FINAL_ONLY,
        **settings,
    )


def _count(outputs: list[Any]) -> int:
    return sum(len(answer.token_ids) for output in outputs for answer in output.outputs)


def prompts(n: int, samples: int, sampling: Sampling, mark: str) -> list[Request]:
    return [
        Request(
            key=UUID(int=number),
            messages=(
                Message(role="user", content=f"{mark} What is {number} + {number * 7 % 13}?"),
            ),
            sample_indexes=tuple(range(samples)),
            sampling=sampling,
        )
        for number in range(n)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--model", default="cpu:smollm2-135m")
    parser.add_argument("--prompts", type=int, default=48)
    parser.add_argument("--samples", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()

    sampling = Sampling(temperature=0.7, max_tokens=options.max_tokens)
    command = "from gen.cli import main; main()"
    supervisor = subprocess.Popen(
        [sys.executable, "-c", command, "serve-model", options.model, "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    turns: dict[str, list[Turn]] = {"raw": [], "seeded": [], "ours": [], "served": []}
    try:
        assert supervisor.stdout is not None
        url = supervisor.stdout.readline().strip()
        with VllmBackend(ModelName.parse(options.model)) as backend, open_backend(url) as served:
            ways = {
                "raw": (lambda asked: raw(backend.llm, asked), None),
                "seeded": (lambda asked: seeded(backend.llm, asked), None),
                "ours": (lambda asked: ours(backend, asked), None),
                "served": (lambda asked: ours(served, asked), psutil.Process(supervisor.pid)),
            }
            steps = StepClock(backend.llm.llm_engine)
            for sample, _ in ways.values():
                sample(prompts(4, 2, sampling, "0:"))
            for number in range(options.rounds):
                mark = f"{number + 1}:"
                asked = prompts(options.prompts, options.samples, sampling, mark)
                order = list(ways)[number % 4 :] + list(ways)[: number % 4]
                for name in order:
                    sample, process = ways[name]
                    backend.llm.reset_prefix_cache()
                    turns[name].append(timed(lambda s=sample, a=asked: s(a), process, steps))
                    print(name, turns[name][-1], file=sys.stderr)
    finally:
        supervisor.terminate()
        supervisor.wait()
    figures: dict[str, Any] = {"model": options.model}
    for name, found in turns.items():
        figures[name] = {
            "tokens": sum(turn.n_tokens for turn in found),
            "per_wall_s": round(statistics.median(turn.per_wall_s for turn in found), 1),
            "per_cpu_s": round(statistics.median(turn.per_cpu_s for turn in found), 1),
            "outside_ms_a_token": round(
                statistics.median(1e3 * turn.outside_s / turn.n_tokens for turn in found), 4
            ),
        }
    for name in ("ours", "served"):
        for reference in ("raw", "seeded"):
            pairs = list(zip(turns[name], turns[reference], strict=True))
            figures[f"{name}/{reference}"] = {
                "wall": round(statistics.median(a.per_wall_s / b.per_wall_s for a, b in pairs), 3),
                "cpu": round(statistics.median(a.per_cpu_s / b.per_cpu_s for a, b in pairs), 3),
            }
    print(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
