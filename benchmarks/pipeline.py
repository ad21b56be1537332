"""What the pipeline itself takes: rollouts of an instant model sampled, judged and stored.

    python benchmarks/pipeline.py [--rollouts 100000] [--no-verify]
    {"rollouts": 100000, "rows_per_s": ..., "cpu_us_per_row": ..., "parquet_rows_per_s": ...,
     "share_of_parquet": ..., "resident_mb": {"10%": ..., "50%": ..., "100%": ...}, ...}

`parquet_rows_per_s` is the reference of the same run: the same rollouts made as records, put into
Arrow batches of 10,000 and written as Parquet, with no identity kept, nothing judged and nothing
resumable.

    python benchmarks/pipeline.py --server --distilabel PYTHON --curator PYTHON

The same prompts through an instant OpenAI-compatible server: our backend and pipeline beside peers,
each run by the interpreter that has it, in turns. A peer's time is that of its run, without its
imports.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pyarrow.parquet as pq

from curation.schema import to_arrow
from curation.store import Store
from gen.backends import Backend, Completion, Sampling, open_backend
from gen.backends.base import Requests, calls_of
from gen.runs import running
from gen.solving import Plan, Sampled, sampled, solve
from gen.writer import Writer
from verifiers.pool import GradingPool
from verifiers.records import Problem, Rollout

SAMPLES = 8
ANSWER = "Let us add them step by step, and look at what comes out. So the answer is \\boxed{{{}}}."
PEERS = Path(__file__).parent / "peers"


class InstantBackend:
    """Answers everything at once; notes what is resident on the way."""

    def __init__(self, n: int) -> None:
        self.n, self.n_given = n, 0
        self.resident_mb: dict[str, int] = {}

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        for call in calls_of(requests):
            if call is None:
                continue
            request, index = call
            self.n_given += 1
            if self.n_given * 10 % self.n == 0:
                self.resident_mb[f"{100 * self.n_given // self.n}%"] = _resident_mb()
            yield Completion(
                key=request.key,
                sample_index=index,
                text=ANSWER.format(request.key.int % 1000 + index % 2),
                finish_reason="stop",
                n_prompt_tokens=40,
                n_tokens=30,
            )

    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...


def problems(n: int) -> list[Problem]:
    made = []
    for number in range(n):
        problem = Problem(
            domain="math",
            family="sums",
            level=1,
            prompt=f"What is {number} + {number * 7 % 13}?",
            ground_truth=str(number),
            verifier="math",
            certificate="construction",
        )
        made.append(problem)
    return made


def ours(
    store: Store, asked: list[Problem], plan: Plan, backend: Backend, *, verify: bool
) -> tuple[float, float, Sampled]:
    """Wall and CPU seconds of sampling, judging and storing all of it."""
    started, cpu = time.perf_counter(), _cpu_s()
    with store.writing("benchmark"), running(store, "solutions", {}) as run:
        store.add("problems", asked)
        with Writer(store) as writer:
            arguments: dict[str, Any] = {
                "plan": plan,
                "have": sampled(store, plan),
                "run_id": run.run_id,
                "writer": writer,
                "open_model": lambda name: backend,
            }
            if verify:
                with GradingPool() as pool:
                    done = solve(asked, pool=pool, **arguments)
            else:
                done = solve(asked, **arguments)
    return time.perf_counter() - started, _cpu_s() - cpu, done


def bare(asked: list[Problem], n: int, directory: Path) -> float:
    """Seconds to make the same rollouts and write them as Parquet."""
    plan = Plan(model="http://127.0.0.1/v1#instant", samples=SAMPLES)
    started = time.perf_counter()
    batch: list[Rollout] = []
    number = 0
    for problem in asked:
        for index in range(SAMPLES):
            batch.append(
                Rollout(
                    problem_id=problem.problem_id,
                    model=plan.policy,
                    sampling=plan.sampling.canonical(),
                    template="math-1",
                    sample_index=index,
                    completion=ANSWER.format(problem.problem_id.int % 1000 + index % 2),
                    finish_reason="stop",
                    n_prompt_tokens=40,
                    n_tokens=30,
                )
            )
            if len(batch) == 10_000 or len(batch) + number == n:
                number += len(batch)
                pq.write_table(to_arrow("rollouts", batch), directory / f"{number}.parquet")
                batch.clear()
    return time.perf_counter() - started


def in_process(n: int, *, verify: bool) -> dict[str, Any]:
    asked = problems(n // SAMPLES)
    plan = Plan(model="http://127.0.0.1/v1#instant", samples=SAMPLES)
    with tempfile.TemporaryDirectory() as folder:
        before_mb = _resident_mb()
        backend = InstantBackend(n)
        store = Store(Path(folder) / "s.duckdb")
        wall_s, cpu_s, done = ours(store, asked, plan, backend, verify=verify)
        parquet_s = bare(asked, n, Path(folder))
        ((n_rows, n_verdicts),) = store.rows(
            "SELECT (SELECT count(*) FROM rollouts), (SELECT count(*) FROM verdicts)"
        )
    assert n_rows == done.n_rollouts == n
    assert n_verdicts == (n if verify else 0)
    return {
        "rollouts": n,
        "verified": verify,
        "rows_per_s": round(n / wall_s),
        "cpu_us_per_row": round(1e6 * cpu_s / n),
        "parquet_rows_per_s": round(n / parquet_s),
        "share_of_parquet": round(parquet_s / wall_s, 3),
        "resident_mb": {"before": before_mb, **backend.resident_mb},
    }


def through_server(n: int, peers: dict[str, str], *, rounds: int) -> dict[str, Any]:
    rates: dict[str, list[float]] = {}
    with InstantServer() as url:
        for _ in range(rounds):
            asked = problems(n)
            plan = Plan(model=f"{url}#instant", samples=1, sampling=Sampling(max_tokens=64))
            with tempfile.TemporaryDirectory() as folder, open_backend(plan.model) as backend:
                store = Store(Path(folder) / "s.duckdb")
                wall_s, _, done = ours(store, asked, plan, backend, verify=False)
                assert done.n_rollouts == n
            rates.setdefault("assay", []).append(n / wall_s)
            for name, python in peers.items():
                command = [python, str(PEERS / f"{name}_instant.py"), url, str(n)]
                told = subprocess.run(command, check=True, capture_output=True, text=True)
                rates.setdefault(name, []).append(n / float(told.stdout.split()[-1]))
    medians = {name: statistics.median(found) for name, found in rates.items()}
    return {
        "requests": n,
        "rows_per_s": {name: round(rate) for name, rate in medians.items()},
        "over": {
            name: round(medians["assay"] / rate, 2)
            for name, rate in medians.items()
            if name != "assay"
        },
    }


class InstantServer:
    """The server in a process of its own; gives its address."""

    def __enter__(self) -> str:
        command = [sys.executable, str(PEERS / "instant_server.py")]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def __exit__(self, *exc: object) -> None:
        self._process.kill()
        self._process.wait()


def _resident_mb() -> int:
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * resource.getpagesize() >> 20


def _cpu_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rollouts", type=int)
    parser.add_argument("--no-verify", action="store_true")
    parser.add_argument("--server", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--distilabel", metavar="PYTHON")
    parser.add_argument("--curator", metavar="PYTHON")
    options = parser.parse_args()
    if options.server:
        peers = {
            name: getattr(options, name)
            for name in ("distilabel", "curator")
            if getattr(options, name)
        }
        figures = through_server(options.rollouts or 5_000, peers, rounds=options.rounds)
    else:
        figures = in_process(options.rollouts or 100_000, verify=not options.no_verify)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
