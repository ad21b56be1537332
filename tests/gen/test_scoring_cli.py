"""`gen score` and `gen solutions --where-uncertain`, as a user calls them."""

import json

from openai_server import OpenAIServer


def test_rollouts_are_bought_by_the_scores_and_a_purchase_is_resumed(gen):
    gen("problems", "--domain", "math", "-n", 60, "--level", 1)
    with OpenAIServer() as server:
        ask = ("solutions", "--model", f"{server.url}#adder", "--json")
        buy = (*ask, "--where-uncertain", "--budget-tokens", 2_000, "--max-tokens", 64)
        assert "gen score" in gen.fails(*buy)
        gen(*ask, "--samples", 2, "-n", 40, "--max-tokens", 64)
        gen("verify", "--workers", 1)
        first = json.loads(gen("score", "--json", "--predict").stdout)
        assert first["scored"] + first["predicted"] == 60
        assert {"", *(one["family"] for one in first["models"])} > {""}
        planned = json.loads(gen(*buy, "--dry-run").stdout)
        bought = json.loads(gen(*buy).stdout)
        assert 0 < bought["rollouts"] <= planned["rollouts"]
        assert bought["tokens"] <= 2_000
        again = json.loads(gen(*buy, "--dry-run").stdout)
        assert again["spent"] == bought["tokens"]
        assert again["rollouts"] == planned["rollouts"] - bought["rollouts"]
        both = gen.fails(*buy, "--adaptive")
        assert "--adaptive" in both
        assert "give both" in gen.fails(*ask, "--budget-tokens", 5)
    gen("verify", "--workers", 1)
    second = json.loads(gen("score", "--json", "--predict", "--signal", "grpo").stdout)
    assert second["signal"] == "grpo"
    ((n_rollouts),) = json.loads(
        gen("sql", "SELECT sum(n_rollouts)::BIGINT AS n FROM scores", "--json").stdout
    )
    assert n_rollouts == {"n": 80 + bought["rollouts"]}
    told = gen("score", "--predict").stdout.splitlines()
    assert told[0].startswith(f"{second['scored']} problems scored for adder: mean pass rate ")
    assert "predicted from " in told[1]
    assert told[2].startswith("family\tproblems\tr2")
    assert "did you mean grpo" in gen.fails("score", "--signal", "grp")
    assert "--policy" in gen.fails("score", "--groups", "nowhere")
    assert "gen train --out" in gen.fails("score", "--policy", "cpu:x", "--groups", "nowhere")
