"""How fast problems are scored, and whether the time grows with them, in one run.

    python benchmarks/scoring.py [--problems 100000 1000000] [--rollouts 8]
    [{"problems": 1000000, "count_s": ..., "score_s": ..., "problems_per_s": ..., "peak_mib": ...}]

`count_s` adds up rollouts and verdicts, `score_s` is what follows: priors, posteriors, signals and
writing the scores; `problems_per_s` is of the latter. On a machine that others use, the seconds of
CPU time tell more. `growth` is the time a problem of the largest
number over that of the smallest: 1 where the growth is linear.
"""

import argparse
import json
import resource
import tempfile
import time
from pathlib import Path

import polars  # noqa: F401  loaded before the clock starts, as is scipy
import scipy.special  # noqa: F401

from curation.scoring.counts import count_rollouts
from curation.scoring.lineage import trace
from curation.scoring.posterior import make_posterior, place_priors, write_scores
from curation.store import Store
from verifiers.records import NIL

POLICY = "cpu:bench"

PROBLEMS = """
    INSERT INTO problems BY NAME
    SELECT md5(i::VARCHAR)::UUID AS problem_id, 'math' AS domain, 'f' || i % 20 AS family,
           i // 20 % 5 + 1 AS level, 'What is ' || i || ' + 1?' AS prompt, '1' AS ground_truth,
           'math' AS verifier, '{}' AS params, 'construction' AS certificate, 1.0 AS confidence,
           '{}' AS evidence, 'families' AS source, '{}' AS lineage, NULL AS quarantine,
           $run::UUID AS run_id
    FROM range($n) t(i)
"""

ROLLOUTS = """
    INSERT INTO rollouts BY NAME
    SELECT md5(i || '/' || j)::UUID AS rollout_id, md5(i::VARCHAR)::UUID AS problem_id,
           $policy AS model, '{}' AS sampling, 'math-1' AS template, j AS sample_index,
           'It is 1.' AS completion, 'stop' AS finish_reason, 40 AS n_prompt_tokens,
           50 + hash(i, j) % 200 AS n_tokens, NULL AS thinking, 0 AS n_thinking_tokens,
           $run::UUID AS run_id
    FROM range($n) t(i), range($rollouts) s(j)
"""

VERDICTS = """
    INSERT INTO verdicts BY NAME
    SELECT rollout_id AS verdict_id, rollout_id, 'math' AS verifier, '2' AS verifier_version,
           CASE WHEN right_one THEN 'accepted' ELSE 'rejected' END AS outcome,
           right_one::INT::DOUBLE AS reward, right_one AS correct, 'equal' AS reason,
           '1' AS extracted, 0.001 AS seconds, '{}' AS details, $run::UUID AS run_id
    FROM (SELECT rollout_id, hash(rollout_id) % 100 < hash(problem_id) % 100 AS right_one
          FROM rollouts)
"""


def made(path: Path, n: int, rollouts: int) -> Store:
    with Store(path).writing("benchmark") as store, store.transaction() as connection:
        connection.execute(PROBLEMS, {"n": n, "run": str(NIL)})
        sampled = {"n": n, "rollouts": rollouts, "policy": POLICY, "run": str(NIL)}
        connection.execute(ROLLOUTS, sampled)
        connection.execute(VERDICTS, {"run": str(NIL)})
    return Store(path)


def measured(path: Path, n: int, rollouts: int) -> dict[str, float]:
    with made(path, n, rollouts).writing("benchmark") as store:
        lineage = trace(store, POLICY)
        with store.transaction() as connection:
            started, cpu = time.perf_counter(), time.process_time()
            count_rollouts(connection, lineage, verdicts="verdicts")
            counted, cpu_counted = time.perf_counter(), time.process_time()
            place_priors(connection)
            make_posterior(connection)
            write_scores(connection, policy=POLICY, group_size=8, signal="grpo", run_id=NIL)
            scored, cpu_scored = time.perf_counter(), time.process_time()
        committed = time.perf_counter()
    return {
        "problems": n,
        "count_s": round(counted - started, 2),
        "count_cpu_s": round(cpu_counted - cpu, 2),
        "score_s": round(scored - counted, 2),
        "score_cpu_s": round(cpu_scored - cpu_counted, 2),
        "commit_s": round(committed - scored, 2),
        "problems_per_s": round(n / (scored - counted)),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--problems", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--rollouts", type=int, default=8)
    parser.add_argument("--directory", type=Path)
    options = parser.parse_args()
    rows = []
    for n in options.problems:
        with tempfile.TemporaryDirectory(dir=options.directory) as directory:
            rows.append(measured(Path(directory) / "s.duckdb", n, options.rollouts))
    rates = [row["problems_per_s"] for row in rows]
    print(json.dumps({"runs": rows, "growth": round(rates[0] / rates[-1], 2)}))


if __name__ == "__main__":
    main()
