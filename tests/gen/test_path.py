"""The whole path in one go: what each command writes is what the next one reads."""

import json
from pathlib import Path

from models import tiny_model
from openai_server import OpenAIServer


def test_from_problems_to_a_trained_model(gen, tmp_path: Path):
    gen("problems", "--domain", "math", "-n", 60, "--level", 1)
    with OpenAIServer() as server:
        model = f"{server.url}#adder"
        told = gen("solutions", "--model", model, "--samples", 4, "-n", 40, "--json")
        again = gen("solutions", "--model", model, "--samples", 4, "-n", 40, "--json")
        more = gen("solutions", "--model", model, "--samples", 6, "-n", 40, "--json")
    assert [json.loads(one.stdout)["rollouts"] for one in (told, again, more)] == [160, 0, 80]

    verified = json.loads(gen("verify", "--workers", 1, "--json").stdout)
    assert verified["verdicts"] == 240
    assert verified["accepted"] > 0
    assert verified["rejected"] > 0
    assert verified["undecided"] == 0
    redone = gen("verify", "--workers", 1, "--verifier-version", "2", "--json").stdout
    assert json.loads(redone) == verified

    rates = "SELECT family, level, avg(correct::INT) AS rate FROM results GROUP BY ALL"
    assert {0 <= row["rate"] <= 1 for row in json.loads(gen("sql", rates, "--json").stdout)} == {
        True
    }
    assert json.loads(gen("score", "--group-size", 4, "--json").stdout)["scored"] == 40
    chosen = ("select", "--name", "s", "--group-size", 4, "--budget-problems", 10, "--json")
    planned = json.loads(gen(*chosen, "--dry-run").stdout)
    assert json.loads(gen(*chosen).stdout) == planned
    assert planned["selected"] == 10
    gen("export", "s", "--format", "trl", "--out", "data")

    tiny_model(tmp_path / "tiny")
    trained = gen(
        "train", "data", "--model", "cpu:tiny", "--out", "run", "--steps", 1, "--group-size", 2,
        "--batch-size", 2, "--max-tokens", 8, "--workers", 1, "--json",
    )  # fmt: skip
    assert trained.stderr == ""
    result = json.loads(trained.stdout)
    assert (result["steps"], result["completions"]) == (1, 2)
    assert (tmp_path / "run/model/config.json").exists()
    assert "manifest" not in gen.fails("train", "nowhere", "--model", "cpu:tiny", "--out", "r2")
    assert "weights cannot be trained" in gen.fails(
        "train", "data", "--model", "http://127.0.0.1:1/v1#m", "--out", "r2"
    )
