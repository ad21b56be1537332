"""Pairs a second over the reward server, against the grading pool called directly in one run.

    python benchmarks/reward_server.py FILE.jsonl      # rows with `answer`, and maybe `solution`
    {"clients": 64, "pairs": 8192, "pool_pairs_per_s": ..., "server_over_pool": {"32": ..., ...}}

Each row's solution (or its boxed answer) is judged against its own answer and its neighbour's, with
a number before it, so that no completion comes twice. The server is the real command in a process
of its own; the clients hold one connection each and send batch after batch, all on loopback. Pool
and server take turns; figures are medians over the rounds.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from curation.tabular import read_rows
from verifiers.pool import GradingPool, GradingTask

MOST_S = 300.0
"""Seconds a round may take before it is given up."""


def pairs_of(file: Path, n: int) -> list[tuple[str, str]]:
    rows = [row for _, row in read_rows(file)]
    texts = [row.get("solution") or f"\\boxed{{{row['answer']}}}" for row in rows]
    answers = [str(row["answer"]) for row in rows]
    pairs = [*zip(answers, texts, strict=True), *zip(answers, texts[1:] + texts[:1], strict=True)]
    # No two completions are the same, as none are in training.
    numbered = enumerate(islice(cycle(pairs), n))
    return [(truth, f"Attempt {place}: {text}") for place, (truth, text) in numbered]


def with_pool(pool: GradingPool, pairs: list[tuple[str, str]]) -> int:
    tasks = [
        GradingTask(verifier="math", ground_truth=truth, completion=text) for truth, text in pairs
    ]
    return sum(verdict.outcome == "accepted" for verdict in pool.grade(tasks))


@contextmanager
def served(workers: int, in_flight: int) -> Iterator[int]:
    command = [
        sys.executable, "-c", "from gen.cli import main; main()", "serve-rewards",
        "--verifier", "math", "--port", "0", "--workers", str(workers),
        "--max-in-flight", str(in_flight),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline().strip().rpartition(":")[2])
        finally:
            server.terminate()


def requests_of(pairs: list[tuple[str, str]], size: int) -> list[bytes]:
    requests = []
    for start in range(0, len(pairs), size):
        items = [
            {"ground_truth": truth, "completion": text} for truth, text in pairs[start:][:size]
        ]
        body = json.dumps({"items": items}).encode()
        head = f"POST /v1/verdicts HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n\r\n"
        requests.append(head.encode() + body)
    return requests


async def with_server(port: int, requests: list[bytes], clients: int) -> int:
    queue = iter(requests)

    async def client() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 22)
        accepted = 0
        for request in queue:
            writer.write(request)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            length = int(head.partition(b"content-length:")[2].split(None, 1)[0])
            body = await reader.readexactly(length)
            if not head.startswith(b"http/1.1 200"):
                raise RuntimeError(body.decode())
            accepted += body.count(b'"outcome":"accepted"')
        writer.close()
        return accepted

    async with asyncio.timeout(MOST_S):
        return sum(await asyncio.gather(*(client() for _ in range(clients))))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--pairs", type=int, default=16_384, help="a round")
    parser.add_argument("--batches", type=int, nargs="+", default=[32, 256])
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pairs = pairs_of(options.file, options.pairs)
    requests = {size: requests_of(pairs, size) for size in options.batches}
    in_flight = max(8_192, options.clients * max(options.batches))
    pool_s: list[float] = []
    server_s: dict[int, list[float]] = {size: [] for size in requests}
    ratios: dict[int, list[float]] = {size: [] for size in requests}
    accepted = set()
    with GradingPool(workers=options.workers) as pool, served(options.workers, in_flight) as port:
        for round_number in range(options.rounds + 1):
            started = time.perf_counter()
            accepted.add(with_pool(pool, pairs))
            pool_s.append(time.perf_counter() - started)
            for size, batches in requests.items():
                started = time.perf_counter()
                accepted.add(asyncio.run(with_server(port, batches, options.clients)))
                server_s[size].append(time.perf_counter() - started)
                ratios[size].append(pool_s[-1] / server_s[size][-1])
            if round_number == 0:  # the first one warms up
                for times in (pool_s, *server_s.values(), *ratios.values()):
                    times.clear()
    figures = {
        "clients": options.clients,
        "workers": options.workers,
        "pairs": len(pairs),
        "accepted": sorted(accepted),
        "pool_pairs_per_s": round(len(pairs) / median(pool_s)),
        "server_pairs_per_s": {
            size: round(len(pairs) / median(times)) for size, times in server_s.items()
        },
        "server_over_pool": {size: round(median(each), 3) for size, each in ratios.items()},
        "each_round": {size: [round(one, 3) for one in each] for size, each in ratios.items()},
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
