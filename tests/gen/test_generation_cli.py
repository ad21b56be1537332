"""The commands of generating at scale: what they print, what they refuse, what they bound."""

import json

import pytest
from openai_server import OpenAIServer

MODEL_OPTIONS = ("--min-confidence", 0.8, "--max-tokens", 200, "--solution-tokens", 100)


@pytest.fixture(scope="module")
def model():
    with OpenAIServer() as server:
        yield f"{server.url}#adder"


def propose(gen, model: str, *options: object):
    command = ("problems", "--domain", "math", "--source", "model", "--model", model)
    return gen(*command, *MODEL_OPTIONS, *options)


def test_a_job_of_proposals_from_the_pilot_to_the_report(gen, model):
    blind = propose(gen, model, "-n", 30, "--dry-run")
    assert "run a pilot" in blind.stdout
    pilot = json.loads(propose(gen, model, "-n", 3, "--json", "--price-output", 2).stdout)
    assert pilot["n_accepted"] == 3
    assert pilot["cost"] == pytest.approx(2e-6 * pilot["tokens"])
    told = json.loads(propose(gen, model, "-n", 30, "--dry-run", "--json").stdout)
    assert (told["n_wanted"], told["seen"]) == (30, pilot["n_asked"])
    assert told["n_asks_low"] < told["n_asks"] < told["n_asks_high"]
    whole = json.loads(propose(gen, model, "-n", 30, "--json").stdout)
    assert whole["n_accepted"] == 30
    assert whole["short_because"] == ""

    report = json.loads(gen("report", "--json").stdout)
    assert sum(row["accepted"] for row in report["problems"]) == 30
    (costs,) = report["costs"]
    assert costs["tokens"] == pilot["tokens"] + whole["tokens"]
    assert costs["accepted"] == 30
    assert costs["tokens_per_accepted"] == pytest.approx(costs["tokens"] / 30)
    fates = {row["outcome"]: row["proposals"] for row in report["proposals"]}
    assert fates["accepted"] == 30
    assert "accepted" in gen("report").stdout
    (evidence,) = json.loads(
        gen(
            "sql",
            "SELECT any_value(ground_truth) AS gold, count(*) AS n FROM evidence "
            "WHERE quarantine IS NULL GROUP BY problem_id ORDER BY problem_id LIMIT 1",
            "--json",
        ).stdout
    )
    assert evidence["n"] >= 1


def test_a_budget_stops_a_job_cleanly_and_says_so(gen, model):
    short = propose(gen, model, "-n", 50, "--max-tokens-total", 1500)
    assert short.returncode == 0
    assert "short of 50: the budget of tokens is used up" in short.stdout
    rows = gen("sql", "SELECT sum(n_tokens) AS n FROM costs", "--json").stdout
    assert json.loads(rows)[0]["n"] <= 1500


def test_a_pilot_of_rollouts_is_kept_and_tells_what_the_rest_takes(gen, model):
    gen("problems", "--domain", "math", "-n", 20, "--level", 1)
    command = ("solutions", "--model", model, "--samples", 2, "--max-tokens", 64)
    assert "sample a few with --pilot 10" in gen(*command, "--dry-run").stdout
    pilot = json.loads(gen(*command, "--pilot", 5, "--json", "--price-output", 1).stdout)
    assert (pilot["n_rollouts"], pilot["seen"]) == (30, 10)
    assert pilot["n_tokens_low"] <= pilot["n_tokens"] <= pilot["n_tokens_high"]
    assert pilot["cost"] > 0
    rest = json.loads(gen(*command, "--json").stdout)
    assert rest["rollouts"] == 30


def test_adaptive_sampling_stops_where_a_problem_is_settled(gen, model):
    gen("problems", "--domain", "math", "-n", 12, "--level", 1)
    command = ("solutions", "--model", model, "--samples", 16, "--max-tokens", 64, "--adaptive")
    done = json.loads(gen(*command, "--json").stdout)
    assert 4 * 12 <= done["rollouts"] <= 16 * 12
    assert json.loads(gen(*command, "--json").stdout)["rollouts"] == 0
    pending = gen("verify", "--dry-run", "--json").stdout
    assert json.loads(pending)["pending"] == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("-n", 5), "say which model writes the problems"),
        (("--model", "MODEL"), "say how many problems"),
        (("-n", 5, "--model", "gpt-4"), "names no model"),
        (("-n", 5, "--model", "MODEL", "--mode", "dream"), "unknown mode 'dream'"),
        (("-n", 5, "--model", "MODEL", "--mode", "documents"), "say from which documents"),
        (("-n", 5, "--model", "MODEL", "--mode", "evolve"), "no problems to evolve"),
        (("-n", 5, "--model", "MODEL", "--mode", "selfplay"), "verifier of self-play"),
        (("-n", 5, "--model", "MODEL", "--max-cost", 3), "--max-cost needs a price"),
        (("-n", 5, "--model", "MODEL", "--concepts", "none.txt"), "none.txt"),
        (("-n", 5, "--model", "MODEL", "--domain", "finance"), "has no verifier of its own"),
    ],
)
def test_what_cannot_work_is_one_line_before_anything_is_spent(gen, model, options, complaint):
    given = [model if option == "MODEL" else option for option in options]
    assert complaint in gen.fails("problems", "--domain", "math", "--source", "model", *given)
    assert not (gen.directory / "assay.duckdb").exists()


def test_a_model_is_not_taken_for_a_familys(gen, model):
    complaint = gen.fails("problems", "--domain", "math", "-n", 5, "--model", model)
    assert "--model is for --source model" in complaint
