"""Answers that were cut off say so, from the rollout to the verdict and the score."""

import json

import pytest
from openai_server import OpenAIServer

from gen.judging import of_truncated
from verifiers.records import Verdict


@pytest.mark.parametrize(
    ("outcome", "finish_reason", "reason"),
    [
        ("rejected", "length", "truncated: no_answer"),
        ("rejected", "stop", "no_answer"),
        ("accepted", "length", "no_answer"),
        ("undecided", "length", "no_answer"),
    ],
)
def test_only_a_rejection_is_blamed_on_the_length(outcome, finish_reason, reason):
    verdict = Verdict(
        verifier="math",
        verifier_version="1",
        outcome=outcome,
        reward={"accepted": 1.0, "rejected": 0.0}.get(outcome),
        reason="no_answer",
    )
    assert of_truncated(verdict, finish_reason=finish_reason).reason == reason


def test_from_the_rollout_to_the_score(gen):
    gen("problems", "--domain", "math", "-n", 20, "--level", 1)
    with OpenAIServer() as server:
        model = f"{server.url}#adder"
        sampled = gen("solutions", "--model", model, "--samples", 2, "--max-tokens", 3, "--json")
    assert json.loads(sampled.stdout)["truncated"] == 40
    verified = json.loads(gen("verify", "--workers", 1, "--json").stdout)
    assert verified["truncated"] == 40
    told = gen("sql", "SELECT outcome, reason, truncated FROM results", "--json").stdout
    for row in json.loads(told):
        assert row["truncated"]
        assert row["reason"].startswith("truncated: ") == (row["outcome"] == "rejected")
    assert json.loads(gen("score", "--group-size", 4, "--json").stdout)["truncated"] == 1.0
    assert "100.0% of rollouts truncated" in gen("score", "--group-size", 4).stdout
