"""A server at its worst: every kind of fault together, and still each row once, none lost."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import psutil
import pytest

from gen.backends import Message, ModelName, Request, Sampling
from gen.backends.http import HttpBackend

FAULTS = ("too-many", "server-error", "hang", "disconnect", "cut-short", "garbage", "slow")
N_PROMPTS = 600
SAMPLES = (0, 1, 2)


@pytest.fixture
def server() -> Iterator[str]:
    script = Path(__file__).parents[1] / "openai_server.py"
    shares = [part for fault in FAULTS for part in (f"--{fault}", str(0.2 / len(FAULTS)))]
    process = subprocess.Popen(
        [sys.executable, script, "--hang-s", "3", "--slow-s", "0.5", *shares],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def requests() -> Iterator[Request]:
    for number in range(N_PROMPTS):
        prompt = f"What is {number} + {number * 7 % 13}?" + " Take care." * 200
        yield Request(
            key=UUID(int=number),
            messages=(Message(role="user", content=prompt),),
            sample_indexes=SAMPLES,
            sampling=Sampling(),
        )


def test_a_fifth_of_all_requests_fails_in_every_way_and_no_row_is_lost(server):
    process, most, seen = psutil.Process(), 0, Counter()
    backend = HttpBackend(ModelName.parse(f"{server}#adder"), first_wait_s=0.05, timeout_s=2.0)
    with backend:
        before = process.memory_info().rss
        for number, completion in enumerate(backend.sample(requests(), seed=0)):
            seen[completion.key.int, completion.sample_index] += 1
            assert completion.finish_reason == "stop"
            if number % 100 == 0:
                most = max(most, process.memory_info().rss - before)
    assert len(seen) == N_PROMPTS * len(SAMPLES)
    assert set(seen.values()) == {1}
    assert most < 100 << 20
    counts = httpx.get(f"{server.removesuffix('/v1')}/stats").json()
    assert all(counts[fault.replace("-", "_")] > 20 for fault in FAULTS)
    # A reply that was lost on its way has been completed all the same, and is asked for again.
    assert counts["completed"] >= len(seen)
