"""Two processes that `accelerate launch` starts on the CPU, as it would start one a GPU."""

import json
import os
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from models import tiny_model

from trainer.groups import GROUPS, read_groups
from trainer.metrics import ImitationMetrics, read_metrics

pytestmark = pytest.mark.deep


def launched(directory, *arguments, status=0):
    done = subprocess.run(
        [
            sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu",
            "--num_processes", "2", "--main_process_port", "0",
            "--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no",
            "-m", "gen", *map(str, arguments),
        ],
        cwd=directory,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )  # fmt: skip
    assert done.returncode == status, done.stderr
    return done


@pytest.fixture
def model(tmp_path):
    return tiny_model(tmp_path / "tiny")


def test_two_processes_train_one_policy_and_go_on_after_a_stop(tmp_path, model, write_export):
    # Groups of 4 and shares of 6: the middle group of each step is sampled by both processes.
    write_export(tmp_path / "export", list("123456"))
    arguments = [
        "train", "export", "--model", "cpu:tiny", "--out", "run", "--group-size", 4,
        "--batch-size", 12, "--max-tokens", 8, "--save-steps", 1, "--workers", 1, "--json",
        "--learning-rate", 1e-3,
    ]  # fmt: skip
    first = launched(tmp_path, *arguments, "--steps", 1)
    assert json.loads(first.stdout)["completions"] == 12
    result = json.loads(launched(tmp_path, *arguments, "--steps", 2).stdout)
    assert (result["steps"], result["resumed_from"]) == (2, 1)
    rows = read_metrics(tmp_path / "run/metrics.jsonl")
    assert [(row.step, row.completions) for row in rows] == [(1, 12), (2, 12)]
    groups = read_groups(tmp_path / "run" / GROUPS)
    assert [group.step for group in groups] == [1, 1, 1, 2, 2, 2]
    assert sorted(group.problem_id for group in groups) == [f"{n:032x}" for n in range(6)]
    assert all(len(group.rewards) == len(group.tokens) == 4 for group in groups)
    assert [sum(sum(group.tokens) for group in groups[at : at + 3]) for at in (0, 3)] == [
        row.tokens for row in rows
    ]
    assert (tmp_path / "run/model/model.safetensors").exists()
    alone = subprocess.run(
        [sys.executable, "-m", "gen", *map(str, arguments)],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert alone.returncode == 2
    assert "processes 2, not 1" in alone.stderr


def test_two_processes_stop_together_where_rewards_are_constant(tmp_path, model, write_export):
    write_export(tmp_path / "export", ["123456789"])
    done = launched(
        tmp_path, "train", "export", "--model", "cpu:tiny", "--out", "run", "--group-size", 2,
        "--batch-size", 4, "--max-tokens", 2, "--constant-steps", 1, "--steps", 9,
        "--workers", 1, status=1,
    )  # fmt: skip
    assert "every reward of the last 1 steps was 0" in done.stderr
    assert (tmp_path / "run/checkpoint-1/trainer_state.json").exists()
    on = launched(
        tmp_path, "train", "export", "--model", "cpu:tiny", "--out", "run", "--group-size", 2,
        "--batch-size", 4, "--max-tokens", 2, "--constant-steps", 1, "--steps", 2,
        "--workers", 1, "--json",
    )  # fmt: skip
    result = json.loads(on.stdout)
    assert (result["resumed_from"], result["steps"], result["constant_reward"]) == (1, 2, 0.0)


def test_two_processes_distil_what_one_would(tmp_path, model):
    messages = [{"role": "user", "content": "2 + 3?"}, {"role": "assistant", "content": "5"}]
    rows = [
        {"messages": messages, "tokens": 2, "rollout_id": f"{n:032x}", "problem_id": f"{n:032x}"}
        for n in range(4)
    ]
    (tmp_path / "export/data").mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "export/data/train-0-of-1.parquet")
    arguments = [
        "distill", "export", "--model", "cpu:tiny", "--epochs", 2, "--batch-size", 4, "--json",
        "--learning-rate", 1e-3,
    ]  # fmt: skip
    result = json.loads(launched(tmp_path, *arguments, "--out", "two").stdout)
    assert (result["steps"], result["n_examples"]) == (2, 4)
    alone = subprocess.run(
        [sys.executable, "-m", "gen", *map(str, arguments), "--out", "one"],
        cwd=tmp_path, capture_output=True, text=True, timeout=200, check=True,
    )  # fmt: skip
    assert json.loads(alone.stdout)["tokens"] == result["tokens"]
    one, two = (
        read_metrics(tmp_path / name / "metrics.jsonl", ImitationMetrics) for name in ("one", "two")
    )
    assert [(row.step, row.tokens) for row in one] == [(row.step, row.tokens) for row in two]
    assert [row.loss for row in two] == pytest.approx([row.loss for row in one], rel=1e-3)
