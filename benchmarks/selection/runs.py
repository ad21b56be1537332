"""All runs that are missing, several at a time, each kept as a JSON file when it ends.

    run_missing(runs, Settings(), at=Places(warm=..., out=Path("results/expert")), workers=2, ...)
    ->  [Result(arm="random", seed=0, ...), ...]

A run that is there is never made again; one that was interrupted starts anew. Seeds are taken one
after the other, so that whenever it stops, what is there is paired.
"""

import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import msgspec

from benchmarks.selection.experiment import Result, Run, Settings, run_once, warmed
from benchmarks.selection.policy import Machine
from verifiers.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the warm policy lies, or is to lie, where results go, and an instruct model's files."""

    warm: Path
    out: Path
    model: Path | None = None


def run_missing(
    runs: Sequence[Run],
    settings: Settings,
    *,
    at: Places,
    workers: int,
    machine: Machine | None = None,
    until_s: float = float("inf"),
) -> list[Result]:
    """Make the runs whose files are not there, `workers` at a time, and give all of them.

    None is begun later than `until_s` after the call. A run that fails stops no other; its error is
    raised at the end. Raises BadInput where a file was made with other settings.
    """
    started = time.monotonic()
    machine = machine or Machine()
    at.out.mkdir(parents=True, exist_ok=True)
    missing = [run for run in sorted(runs) if read_result(at.out, run, settings) is None]
    if missing and not at.warm.exists():
        with _processes(1) as processes:  # which gives back its memory on the GPU
            made = processes.submit(
                warmed, settings, at.warm, model=at.model, machine=machine, tell=tell
            )
            made.result()
    with _processes(workers) as processes:
        going: set[Future[Result]] = set()
        failures: list[BaseException] = []
        while going or missing:
            while missing and len(going) < workers and time.monotonic() - started < until_s:
                run = missing.pop(0)
                going.add(processes.submit(run_once, run, settings, warm=at.warm, machine=machine))
            if not going:
                tell(f"{len(missing)} runs were not begun in {until_s:.0f} s")
                break
            done, going = wait(going, return_when=FIRST_COMPLETED)
            for one in done:
                if error := one.exception():
                    failures.append(error)
                    tell(f"a run failed: {error!r}")
                else:
                    write_result(at.out, one.result())
                    tell(_told(one.result()))
    if failures:
        raise failures[0]
    return [result for run in runs if (result := read_result(at.out, run, settings))]


def result_path(out: Path, run: Run) -> Path:
    """Where a run's result lies."""
    return out / f"{run.arm}-{run.seed}.json"


def write_result(out: Path, result: Result) -> None:
    """Write a result, whole or not at all."""
    path = result_path(out, Run(result.seed, result.arm))
    partial = path.with_suffix(f".{os.getpid()}")
    partial.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=1) + b"\n")
    partial.replace(path)


def read_result(out: Path, run: Run, settings: Settings | None = None) -> Result | None:
    """The result of a run, None where it has not been made.

    Raises BadInput where it was made with other `settings`, unless any will do.
    """
    path = result_path(out, run)
    if not path.exists():
        return None
    result = msgspec.json.decode(path.read_bytes(), type=Result)
    if settings is not None and result.settings != settings:
        raise BadInput(f"{path} was made with other settings: remove it, or use another --out")
    return result


def tell(text: str) -> None:
    """Say how things go, apart from what is found."""
    print(text, file=sys.stderr, flush=True)


def _processes(workers: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(workers, mp_context=get_context("spawn"))


def _told(result: Result) -> str:
    accuracy = ", ".join(f"{point.strict:.3f}" for point in result.points)
    return (
        f"{result.arm} under seed {result.seed}: {accuracy}; {result.steps} steps in "
        f"{result.wall_s:.0f} s, {result.examined_s:.0f} s of them evaluation, "
        f"{result.cpu_s:.0f} s of the processor"
    )
