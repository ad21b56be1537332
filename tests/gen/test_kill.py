"""Kill -9 during every stage: what was finished is kept, and nothing is there twice."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from random import Random

import pytest
from openai_server import OpenAIServer

from curation.schema import TABLES
from curation.store import Store

KILLS = int(os.environ.get("ASSAY_KILLS", "1"))
"""How often each is killed."""

N = 100
PROBLEMS = ("problems", "--domain", "math", "-n", N, "--level", 1, "--level", 2)
STAGES = (
    PROBLEMS,
    ("solutions", "--model", "MODEL", "--samples", 3, "--max-tokens", 64),
    ("verify", "--workers", 1),
    ("score",),
    ("select", "--name", "s", "--budget-problems", 20),
    ("export", "s", "--out", "out"),
)

RECIPE = """
name: s
model: {model}
store: assay.duckdb
problems: {{domain: math, n: {n}, levels: [1, 2]}}
solutions: {{samples: 3, max_tokens: 64, problems: 80}}
certainty: {{n: 15}}
select: {{budget_problems: 20}}
export: {{out: out}}
"""


@pytest.fixture(scope="module")
def server():
    with OpenAIServer(log_chance=-0.5, delay_s=0.05) as server:
        yield server


def contents(directory: Path) -> dict[str, object]:
    """Everything that two runs must agree on: not when and by which process it was done."""
    store = Store(directory / "assay.duckdb")
    found: dict[str, object] = {}
    for name, table in TABLES.items():
        if name != "runs":
            timing = ", seconds" if name == "verdicts" else ""
            key = ", ".join(table.key)
            sql = f"SELECT * EXCLUDE (run_id{timing}) FROM {name} ORDER BY {key}"
            found[name] = store.rows(sql)
    for path in sorted(directory.glob("out/data/*.parquet")):
        found[path.name] = path.read_bytes()
    return found


def start(gen, arguments: tuple, directory: Path) -> subprocess.Popen:
    return subprocess.Popen(
        gen.command(*arguments),
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def run_to_end(gen, arguments: tuple, directory: Path) -> float:
    started = time.monotonic()
    process = start(gen, arguments, directory)
    complaint = process.communicate(timeout=300)[1].decode()
    assert process.returncode == 0, complaint
    return time.monotonic() - started


def kill_during(gen, arguments: tuple, directory: Path, after_s: float) -> None:
    process = start(gen, arguments, directory)
    try:
        process.wait(after_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def unbroken(server, tmp_path_factory):
    """A directory after each stage of a run that nobody disturbed, and how long each took."""
    from conftest import Gen

    directory = tmp_path_factory.mktemp("unbroken")
    gen = Gen(directory)
    after = []
    for number, stage in enumerate(STAGES):
        seconds = run_to_end(gen, _filled(stage, server), directory)
        copy = tmp_path_factory.mktemp("after") / str(number)
        shutil.copytree(directory, copy)
        after.append((copy, seconds))
    return after


def _filled(stage: tuple, server: OpenAIServer) -> tuple:
    return tuple(f"{server.url}#adder" if part == "MODEL" else part for part in stage)


@pytest.mark.parametrize("number", range(len(STAGES)), ids=[stage[0] for stage in STAGES])
def test_a_killed_stage_ends_as_if_undisturbed(gen, server, unbroken, tmp_path, number):
    directory = tmp_path / "killed"
    if number:
        shutil.copytree(unbroken[number - 1][0], directory)
    else:
        directory.mkdir()
    stage = _filled(STAGES[number], server)
    finished, seconds = unbroken[number]
    random = Random(number)
    for _ in range(KILLS):
        kill_during(gen, stage, directory, random.uniform(0.3, 1.0) * seconds)
    run_to_end(gen, stage, directory)
    assert contents(directory) == contents(finished)
    assert [path.name for path in directory.iterdir() if path.name.startswith(".")] == []


WRITTEN_RECIPE = """
name: s
model: {model}
store: assay.duckdb
problems:
  domain: math
  n: 15
  source: model
  proposing: {{max_tokens: 200, solution_tokens: 100, min_confidence: 0.8}}
solutions: {{samples: 3, max_tokens: 64}}
select: {{budget_problems: 10}}
export: {{out: out}}
"""


def test_problems_that_a_model_writes_are_the_same_after_kills(gen, server, tmp_path):
    command = (
        *("problems", "--domain", "math", "--source", "model", "-n", 15),
        *("--model", f"{server.url}#adder", "--min-confidence", 0.8),
        *("--max-tokens", 200, "--solution-tokens", 100),
    )
    directories = [tmp_path / name for name in ("unbroken", "killed")]
    for directory in directories:
        directory.mkdir()
    seconds = run_to_end(gen, command, directories[0])
    random = Random(0)
    for _ in range(KILLS):
        kill_during(gen, command, directories[1], random.uniform(0.1, 1.0) * seconds)
    run_to_end(gen, command, directories[1])
    whole = contents(directories[0])
    assert contents(directories[1]) == whole
    assert [row for row in whole["proposals"] if "open" in row] == []


@pytest.mark.deep
def test_a_recipe_whose_problems_a_model_writes_runs_through_kills(gen, server, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(WRITTEN_RECIPE.format(model=f"{server.url}#adder"))
    directories = [tmp_path / name for name in ("unbroken", "killed")]
    for directory in directories:
        directory.mkdir()
    seconds = run_to_end(gen, ("run", recipe), directories[0])
    kill_during(gen, ("run", recipe), directories[1], 0.6 * seconds)
    run_to_end(gen, ("run", recipe), directories[1])
    whole = contents(directories[0])
    assert contents(directories[1]) == whole
    store = Store(directories[0] / "assay.duckdb")
    assert store.rows("SELECT count(*) FROM problems WHERE quarantine IS NULL") == [(15,)]
    assert store.rows("SELECT count(DISTINCT problem_id), count(*) FROM results") == [(15, 45)]


def test_gen_run_killed_again_and_again_ends_as_if_undisturbed(gen, server, tmp_path):
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE.format(model=f"{server.url}#adder", n=N))
    directories = [tmp_path / name for name in ("unbroken", "killed")]
    for directory in directories:
        directory.mkdir()
    seconds = run_to_end(gen, ("run", recipe), directories[0])
    random = Random(0)
    for _ in range(2 * KILLS):
        kill_during(gen, ("run", recipe), directories[1], random.uniform(0.2, 1.1) * seconds)
    run_to_end(gen, ("run", recipe), directories[1])
    first, second = map(contents, directories)
    assert first == second
    assert len(first["problems"]) == N
    assert len(first["rollouts"]) == 3 * 80
    assert len(first["verdicts"]) == 3 * 80
    asked = sorted(row[0] for row in first["certainties"])
    assert asked == sorted(row[0] for row in first["problems"])[:95]
    assert run_to_end(gen, ("run", recipe), directories[1]) < 10 * seconds
    assert contents(directories[1]) == second


def test_an_interrupt_is_one_line_and_keeps_what_was_finished(gen, server, tmp_path):
    run_to_end(gen, PROBLEMS, tmp_path)
    with OpenAIServer(delay_s=0.5) as slow:
        command = ("solutions", "--model", f"{slow.url}#adder", "--samples", 8)
        process = start(gen, command, tmp_path)
        deadline = time.monotonic() + 60
        while slow.counts["completed"] < 50 and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.4)  # the first wave of answers has come, the second has not
        os.kill(process.pid, signal.SIGINT)
        complaint = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert complaint.strip() == (
        "gen: interrupted; what was finished is kept: run the same command to go on"
    )
    ((kept,),) = Store(tmp_path / "assay.duckdb").rows("SELECT count(*) FROM rollouts")
    assert kept > 0
