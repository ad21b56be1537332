"""A large store from rows to Parquet: seconds and memory of each stage.

    python benchmarks/large_store.py [--problems 1000000] [--rollouts 8] [--keep DIRECTORY]
    {"ingest": {"seconds": ..., "peak_mb": ..., "over_parquet": ...}, "score": {...}, ...}
    python benchmarks/large_store.py --scale             # scoring and selecting 10^5 to 10^7

Each stage is a process of its own. `over_parquet` is the time that the store takes for the same
Arrow batches over that of writing them as Parquet (zstd), in turns. Prompts are made from 400
templates of random words with numbers and names; 2 % of them are planted duplicates, and 1,000 are
rows of the benchmark of 10,000 problems that is looked for. With --scale the problems have no text
and a rollout each, and `growth` is the time for ten times as many.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from curation.schema import TABLES
from curation.store import Store

POLICY, GROUP_SIZE, BATCH_PROBLEMS = "vllm:policy", 8, 100_000
N_BENCHMARK, N_PLANTED = 10_000, 1_000
RUN_ID = UUID(int=1)
NAMES = ("Ada", "Ben", "Chloe", "Dan", "Eve", "Finn", "Grace", "Hugo", "Ines", "Jack")


class Prompts:
    """Problem texts: word templates with slots for names and numbers."""

    def __init__(self, seed: str, n_templates: int = 400) -> None:
        rng = Random(f"words:{seed}")
        words = [
            "".join(rng.choices("abcdefghijklmnoprstuvw", k=rng.randrange(2, 9)))
            for _ in range(3000)
        ]
        self.templates = [self._template(rng, words) for _ in range(n_templates)]

    @staticmethod
    def _template(rng: Random, words: list[str]) -> list[str]:
        parts = rng.choices(words, k=rng.randrange(18, 45))
        for place in rng.sample(range(len(parts)), 4):
            parts[place] = rng.choice(("{number}", "{number}", "{name}"))
        return parts

    def text(self, rng: Random) -> str:
        filled = [
            str(rng.randrange(2, 5_000)) if part == "{number}"
            else rng.choice(NAMES) if part == "{name}" else part
            for part in rng.choice(self.templates)
        ]  # fmt: skip
        return " ".join(filled) + "?"


def ids(rng: np.random.Generator, n: int) -> pa.Array:
    flat = pa.py_buffer(rng.bytes(16 * n))
    return pa.Array.from_buffers(pa.binary(16), n, [None, flat]).cast(pa.uuid())


def batches(n_problems: int, n_rollouts: int, planted: list[str]) -> Iterator[dict[str, pa.Table]]:
    """Problems with their rollouts and verdicts, so many problems at a time."""
    ours, text_rng, rng = Prompts("ours"), Random("texts"), np.random.default_rng(0)
    corpus = Prompts("completions", 2_000)
    completions = pa.array([f"{corpus.text(text_rng)} \\boxed{{{k}}}" for k in range(50_000)])
    for start in range(0, n_problems, BATCH_PROBLEMS):
        n = min(BATCH_PROBLEMS, n_problems - start)
        prompts = [ours.text(text_rng) for _ in range(n)]
        for k in range(0, n, 50):  # 2 %: the same again, or with other spaces
            prompts[k] = prompts[k - 1].replace(" ", "  ") if k % 100 else prompts[k - 1]
        if start == 0:
            prompts[: len(planted)] = planted
        family = rng.integers(0, 57, n)
        level = rng.integers(1, 6, n)
        problem_ids = ids(rng, n)
        rate = rng.beta(1 + family % 5, 1 + level)
        each = np.repeat(np.arange(n), n_rollouts)
        rollout_ids = ids(rng, n * n_rollouts)
        correct = rng.random(n * n_rollouts) < rate[each]
        yield {
            "problems": table("problems", n, problem_id=problem_ids, domain="math",
                family=pa.array([f"f{k}" for k in family]), level=level, prompt=pa.array(prompts),
                ground_truth="1", verifier="math", certificate="construction", confidence=1.0,
                source="families"),
            "rollouts": table("rollouts", n * n_rollouts, rollout_id=rollout_ids,
                problem_id=problem_ids.take(each), model=POLICY, sampling="{}", template="math-1",
                sample_index=np.tile(np.arange(n_rollouts), n),
                completion=completions.take(rng.integers(0, len(completions), n * n_rollouts)),
                finish_reason="stop", n_prompt_tokens=60,
                n_tokens=rng.integers(50, 400, n * n_rollouts)),
            "verdicts": table("verdicts", n * n_rollouts, verdict_id=ids(rng, n * n_rollouts),
                rollout_id=rollout_ids, verifier="math", verifier_version="2",
                outcome=pa.array(np.where(correct, "accepted", "rejected")),
                reward=correct.astype(float), correct=correct, reason="equal",
                seconds=rng.random(n * n_rollouts) / 100),
        }  # fmt: skip


def table(name: str, n: int, **columns: Any) -> pa.Table:
    """Rows of a table of the store; a plain value is that of all rows."""
    filled = []
    for field in TABLES[name].arrow_schema():
        value = columns.get(field.name, UUID(int=0).bytes if field.type == pa.uuid() else None)
        if isinstance(value, np.ndarray):
            value = pa.array(value)
        if not isinstance(value, pa.Array):
            if value is None and not field.nullable:
                value = {pa.string(): "{}", pa.int64(): 0}[field.type]
            kind = pa.binary(16) if field.type == pa.uuid() else field.type
            value = pa.repeat(pa.scalar(value, kind), n)
        filled.append(value.cast(field.type))
    return pa.Table.from_arrays(filled, schema=TABLES[name].arrow_schema())


def ingest(directory: Path, n_problems: int, n_rollouts: int) -> dict[str, Any]:
    benchmark, rng = Prompts("benchmark", 2_000), Random("benchmark")
    texts = [benchmark.text(rng) for _ in range(N_BENCHMARK)]
    with (directory / "benchmark.jsonl").open("w") as file:
        file.writelines(json.dumps({"problem": text}) + "\n" for text in texts)
    spent = {"store": 0.0, "parquet": 0.0}
    files: dict[str, pq.ParquetWriter] = {}
    n_rows = 0
    with Store(directory / "s.duckdb").writing("benchmark") as store:
        for tables in batches(n_problems, n_rollouts, texts[:N_PLANTED]):
            for name, rows in tables.items():
                n_rows += rows.num_rows
                started = time.perf_counter()
                store.add(name, rows)
                spent["store"] += time.perf_counter() - started
                started = time.perf_counter()
                if name not in files:
                    path = directory / f"{name}.parquet"
                    files[name] = pq.ParquetWriter(path, rows.schema, compression="zstd")
                files[name].write_table(rows)
                spent["parquet"] += time.perf_counter() - started
    for file in files.values():
        file.close()
    return {
        "seconds": spent["store"],
        "rows_per_s": n_rows / spent["store"],
        "over_parquet": spent["store"] / spent["parquet"],
    }


def score(directory: Path) -> dict[str, Any]:
    from curation.scoring import score as score_problems

    with Store(directory / "s.duckdb").writing("benchmark") as store:
        scored, seconds = timed(
            lambda: score_problems(store, policy=POLICY, group_size=GROUP_SIZE, run_id=RUN_ID)
        )
    return {"seconds": seconds, "problems_per_s": scored.n_scored / seconds}


def dedup(directory: Path) -> dict[str, Any]:
    from curation.duplicates import find_clusters

    with Store(directory / "s.duckdb").writing("benchmark") as store:
        found, seconds = timed(lambda: find_clusters(store, RUN_ID))
    return {"seconds": seconds, "problems_per_s": found.n_problems / seconds} | found.n_members


def decontaminate(directory: Path) -> dict[str, Any]:
    from curation.contamination import find_contamination

    source = directory / "benchmark.jsonl"
    with Store(directory / "s.duckdb").writing("benchmark") as store:
        found, seconds = timed(lambda: find_contamination(store, [source], RUN_ID))
    return {"seconds": seconds, "found": found.n_contaminated, "planted": N_PLANTED}


def choose(directory: Path) -> dict[str, Any]:
    from curation.selection import Budget, Choice, select

    with Store(directory / "s.duckdb").writing("benchmark") as store:
        ((n,),) = store.rows("SELECT count(*) FROM scores")
        choice = Choice(budget=Budget(problems=n // 10), group_size=GROUP_SIZE)
        chosen, seconds = timed(lambda: select(store, "s", POLICY, choice, run_id=RUN_ID))
    return {"seconds": seconds, "problems_per_s": n / seconds} | chosen.reasons


def export(directory: Path) -> dict[str, Any]:
    from curation.exporting import export as write
    from gen.prompts import messages

    store = Store(directory / "s.duckdb")
    done, seconds = timed(
        lambda: write(store, "s", fmt="trl", out=directory / "out", chat=messages)
    )
    return {"seconds": seconds, "rows_per_s": done.n_rows / seconds}


def timed(act: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    return act(), time.perf_counter() - started


STAGES: dict[str, Callable[..., dict[str, Any]]] = {
    "score": score,
    "dedup": dedup,
    "decontaminate": decontaminate,
    "select": choose,
    "export": export,
}


def stage(name: str, directory: Path, *arguments: int) -> dict[str, Any]:
    """Run a stage in a process of its own; adds its peak of resident memory and its children's."""
    command = [sys.executable, __file__, "--stage", name, "--keep", str(directory)]
    command += [str(argument) for argument in arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def counted(directory: Path, n: int) -> dict[str, Any]:
    """A store of n problems with a rollout each, made inside of the database."""
    with Store(directory / "s.duckdb").writing("benchmark") as store, store.transaction() as made:
        made.execute(f"""
            INSERT INTO problems BY NAME
            SELECT md5(i::VARCHAR)::UUID AS problem_id, 'math' AS domain, 'f' || i % 57 AS family,
                   1 + i % 5 AS level, 'p' || i AS prompt, '1' AS ground_truth, 'math' AS verifier,
                   '{{}}' AS params, 'construction' AS certificate, 1.0 AS confidence,
                   '{{}}' AS evidence, 'families' AS source, '{{}}' AS lineage,
                   uuid() AS run_id FROM range({n}) t(i)""")
        made.execute(f"""
            INSERT INTO rollouts BY NAME
            SELECT md5(i || 'r')::UUID AS rollout_id, md5(i::VARCHAR)::UUID AS problem_id,
                   '{POLICY}' AS model, '{{}}' AS sampling, 't' AS template, 0 AS sample_index,
                   '' AS completion, 'stop' AS finish_reason, 5 AS n_prompt_tokens,
                   50 + hash(i) % 100 AS n_tokens, 0 AS n_thinking_tokens, uuid() AS run_id
            FROM range({n}) t(i)""")
        made.execute("""
            INSERT INTO verdicts BY NAME
            SELECT rollout_id AS verdict_id, rollout_id, 'math' AS verifier,
                   '2' AS verifier_version,
                   CASE WHEN correct THEN 'accepted' ELSE 'rejected' END AS outcome,
                   correct::DOUBLE AS reward, correct, 'equal' AS reason, 0.0 AS seconds,
                   '{}' AS details, run_id
            FROM (SELECT *, hash(rollout_id) % 9 < hash(problem_id) % 9 AS correct
                  FROM rollouts)""")
    return {}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", type=int, default=1_000_000)
    parser.add_argument("--rollouts", type=int, default=8)
    parser.add_argument("--keep", type=Path, help="leave the store in this directory")
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    parser.add_argument("arguments", type=int, nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        act = STAGES | {"ingest": ingest, "counted": counted}
        figures = act[options.stage](options.keep, *options.arguments)
        usage = [
            resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ]
        figures["peak_mb"] = sum(one.ru_maxrss for one in usage) >> 10
        print(json.dumps(figures))
        return
    with tempfile.TemporaryDirectory() as scratch:
        directory = options.keep or Path(scratch)
        directory.mkdir(parents=True, exist_ok=True)
        if options.scale:
            scale(directory)
            return
        found = {"ingest": stage("ingest", directory, options.problems, options.rollouts)}
        print(json.dumps(found), file=sys.stderr)
        for name in STAGES:
            found[name] = stage(name, directory)
            print(json.dumps({name: found[name]}), file=sys.stderr)
    print(json.dumps(found, indent=1))


def scale(directory: Path) -> None:
    found: dict[int, dict[str, Any]] = {}
    for n in (100_000, 1_000_000, 10_000_000):
        (directory / "s.duckdb").unlink(missing_ok=True)
        stage("counted", directory, n)
        found[n] = {name: stage(name, directory) for name in ("score", "select")}
        print(json.dumps({n: found[n]}), file=sys.stderr)
    growth = {
        f"{name} {big}/{small}": found[big][name]["seconds"] / found[small][name]["seconds"]
        for name in ("score", "select")
        for small, big in ((100_000, 1_000_000), (1_000_000, 10_000_000))
    }
    print(json.dumps(found | {"growth": growth}, indent=1))


if __name__ == "__main__":
    main()
