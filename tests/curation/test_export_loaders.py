"""Exports opened by the loaders of the projects they are for, each in an environment of its own.

`tests/curation/loaders/install.sh` makes the environments; without one its test is skipped.
"""

import json
import os
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

SCRIPTS = Path(__file__).parent / "loaders"
ENVIRONMENTS = Path(os.environ.get("ASSAY_LOADERS", SCRIPTS.parents[2] / ".loaders"))


def loaded(name: str, exports: Path, *arguments: object) -> dict:
    """What the script of that name prints in the environment of that name."""
    python = ENVIRONMENTS / name / "bin/python"
    if not python.exists():
        pytest.skip(f"no {python}: run tests/curation/loaders/install.sh")
    done = subprocess.run(
        [python, SCRIPTS / f"{name}_loader.py", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=exports,
        env={"PATH": "/usr/bin:/bin", "HOME": str(exports), "HF_HUB_OFFLINE": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def asked(exports: Path) -> tuple[list[list[str]], dict]:
    """The first training problem: its chat as pairs, and its row."""
    row = pq.read_table(exports / "trl/data/train-00000-of-00001.parquet").to_pylist()[0]
    return [[one["role"], one["content"]] for one in row["prompt"]], row


def test_verl(exports: Path):
    files = exports / "verl/data/train-00000-of-00001.parquet"
    found = loaded("verl", exports, files, exports / "cache")
    _, row = asked(exports)
    assert found == {
        "n": 10,
        "prompt": row["prompt"],
        "index": [0, 1],
        "ground_truth": row["ground_truth"],
        "data_source": f"assay/{row['domain']}",
    }


def test_openrlhf(exports: Path):
    found = loaded("openrlhf", exports, exports)
    ((_, content),), row = asked(exports)
    assert found["n"][0] == found["n"][2] == 10
    assert found["n"][1] > 10
    assert (found["source"], found["prompt"]) == (row["domain"], f"<user>{content}")
    assert json.loads(found["label"])["ground_truth"] == row["ground_truth"]
    for said in ("response", "chosen", "rejected"):
        assert found[said].startswith("<assistant>")
    assert found["chosen"] != found["rejected"]


def test_verifiers_v0(exports: Path):
    found = loaded("verifiers_v0", exports, exports / "prime-rl", exports / "cache")
    chat, row = asked(exports)
    assert found == {
        "n": 10,
        "prompt": chat,
        "answer": row["ground_truth"],
        "problem_id": row["problem_id"],
        "example_id": 0,
    }


def test_verifiers_v1(exports: Path):
    found = loaded("verifiers_v1", exports, exports / "prime-rl")
    chat, row = asked(exports)
    assert found == {
        "n": 10,
        "prompt": chat,
        "answer": row["ground_truth"],
        "problem_id": row["problem_id"],
        "id": row["problem_id"],
        "keys": 10,
    }


def test_nemo_gym(exports: Path):
    found = loaded("nemo_gym", exports, exports / "nemo-gym/data/train.jsonl")
    chat, row = asked(exports)
    assert found == {"n": 10, "prompt": chat, "ground_truth": row["ground_truth"]}
