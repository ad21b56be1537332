"""`gen eval`, with a server that adds as the policy."""

import json
from pathlib import Path

import pytest
from openai_server import OpenAIServer

from curation.store import Store


@pytest.fixture(scope="module")
def server():
    with OpenAIServer(models=("adder", "doubter")) as server:
        yield server


def evaluations(gen, *arguments) -> list[dict]:
    return json.loads(gen("eval", *arguments, "--json").stdout)["evaluations"]


def test_a_file_is_a_benchmark_whose_problems_are_never_trained_on(gen, server, tmp_path: Path):
    rows = [{"problem": f"What is {a} + {a + 1}?", "answer": str(2 * a + 1)} for a in range(20, 32)]
    rows.append({"problem": "What is 1 + 1?", "answer": "3"})
    (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = f"{server.url}#adder"
    (first,) = evaluations(gen, "sums.jsonl", "--model", model, "--samples", 4)
    assert (first["benchmark"], first["n_problems"], first["n_rollouts"]) == ("sums", 13, 52)
    assert 0 < first["accuracy"] < 1
    assert first["accuracy_low"] < first["accuracy"] < first["accuracy_high"]
    assert list(first["pass_at"]) == ["1", "2", "4"]
    assert json.loads(first["sampling"])["temperature"] == 0.6

    asked = server.counts["requests"]
    (again,) = evaluations(gen, "sums.jsonl", "--model", model, "--samples", 4)
    assert server.counts["requests"] == asked
    assert again["accuracy"] == first["accuracy"]

    store = Store(tmp_path / "assay.duckdb")
    assert store.rows("SELECT DISTINCT quarantine FROM problems") == [("benchmark: sums",)]
    rows = store.rows("SELECT benchmark, model, accuracy FROM evaluations")
    assert rows == [("sums", "adder", first["accuracy"])]
    assert "has no such problems" in gen.fails("solutions", "--model", model)


def test_families_are_held_out_from_what_is_trained_on_and_two_policies_are_compared(
    gen, server, tmp_path: Path
):
    family = ("--family", "arithmetic.sum", "--level", 1)
    gen("problems", "--domain", "math", *family, "-n", 40)
    models = ("--model", f"{server.url}#adder", "--against", f"{server.url}#doubter")
    done = gen("eval", "families:math/arithmetic.sum", *models, "-n", 30, "--samples", 2)
    lines = done.stdout.splitlines()
    assert [line.split(" on ")[0] for line in lines[:2]] == ["adder", "doubter"]
    assert lines[2].startswith("adder less doubter, 30 problems: difference ")
    store = Store(tmp_path / "assay.duckdb")
    ((n_problems, n_held_out),) = store.rows("SELECT count(*), count(quarantine) FROM problems")
    assert (n_problems, n_held_out) == (70, 30)


def test_a_benchmark_among_the_problems_to_train_on_is_told(gen, server, tmp_path: Path):
    rows = [{"problem": f"What is {a} + 7?", "answer": str(a + 7)} for a in range(5)]
    (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    gen("problems", "--domain", "math", "--source", "sums.jsonl")
    done = gen("eval", "sums.jsonl", "--model", f"{server.url}#adder", "--samples", 1)
    assert "5 of these problems are in the store to be trained on" in done.stdout


def test_what_is_no_benchmark_is_said(gen, server):
    model = f"{server.url}#adder"
    assert "math-500, aime-2024" in gen.fails("eval", "math-501", "--model", model)
    assert "did you mean" in gen.fails("eval", "families:math/arithmetic.summ", "--model", model)
    assert not (gen.directory / "assay.duckdb").exists()


def test_a_dry_run_says_what_it_would_cost_at_most(gen, server):
    done = gen(
        "eval", "families:math", "--model", f"{server.url}#adder", "-n", 10, "--dry-run",
        "--samples", 3, "--max-tokens", 100,
    )  # fmt: skip
    assert done.stdout == "10 problems x 3: at most 3000 tokens\n"
    assert not (gen.directory / "assay.duckdb").exists()
