"""Grading on a Ray cluster, here one of this machine alone."""

import json
from pathlib import Path

import pytest

from verifiers.errors import BadInput
from verifiers.ray_pool import RayPool

pytest.importorskip("ray")

ROWS = [
    {"id": "right", "verifier": "math", "ground_truth": "18", "completion": "\\boxed{18}"},
    {"id": "wrong", "verifier": "math", "ground_truth": "18", "completion": "\\boxed{19}"},
    {
        "id": "code",
        "verifier": "code",
        "ground_truth": {"kind": "asserts", "entry_point": "f", "tests": ["assert f(1) == 2"]},
        "completion": "def f(x):\n    return x + 1\n",
    },
    {"id": "gold", "verifier": "math", "ground_truth": "", "completion": "\\boxed{1}"},
]


def test_rows_are_judged_in_order_on_a_cluster(gen, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:1")  # a cluster of its own, whatever else is there
    rows = ROWS * 100
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    gen("grade", "in.jsonl", "--out", "out.jsonl", "--ray", "local")
    results = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["id"] for row in results] == [row["id"] for row in rows]
    outcomes = {row["id"]: row["outcome"] for row in results}
    assert outcomes == {
        "right": "accepted", "wrong": "rejected", "code": "accepted", "gold": "undecided",
    }  # fmt: skip


def test_a_cluster_that_is_not_there_is_bad_input():
    with pytest.raises(BadInput, match="no Ray cluster at"), RayPool("127.0.0.1:1"):
        pass
