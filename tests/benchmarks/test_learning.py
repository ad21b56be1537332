"""The server of benchmarks/learning samples for `gen`, and its table says what was measured."""

import threading
from pathlib import Path
from uuid import UUID

import pytest
from models import tiny_model

from benchmarks.learning.__main__ import table
from gen.backends import Message, Request, Sampling, open_backend


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    from benchmarks.learning.server import Handler, Sampler, Server

    root: Path = tmp_path_factory.mktemp("models")
    tiny_model(root / "tiny")
    handler = type("Served", (Handler,), {"sampler": Sampler(root)})
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        server.shutdown()


def test_every_completion_asked_for_comes_with_its_counts(url: str):
    asked = [
        Request(
            key=UUID(int=number),
            sample_indexes=(0, 1),
            sampling=Sampling(max_tokens=6),
            messages=(Message(role="user", content=f"What is {number} + {number}?"),),
        )
        for number in range(5)
    ]
    with open_backend(f"{url}#tiny") as backend:
        got = list(backend.sample(asked, seed=0))
    assert {(one.key, one.sample_index) for one in got} == {
        (UUID(int=number), index) for number in range(5) for index in (0, 1)
    }
    for one in got:
        assert 1 <= one.n_tokens <= 6
        assert one.finish_reason == ("length" if one.n_tokens == 6 else "stop")


def test_the_table_shows_each_model_beside_the_one_it_was_made_from():
    evaluation = {
        "accuracy": 0.25,
        "accuracy_low": 0.2,
        "accuracy_high": 0.3,
        "n_truncated": 1,
        "n_rollouts": 4,
    }
    better = {"difference": {"value": 0.05, "low": 0.01, "high": 0.09}}
    results = {
        "device": "a GPU",
        "evaluations": {
            "base": {"evaluations": [evaluation]},
            "grpo-1e-5": {"evaluations": [evaluation | {"accuracy": 0.3}], "comparison": better},
        },
    }
    device, _, base, grpo = table(results).splitlines()
    assert device == "a GPU"
    assert base.split() == ["base", "0.250", "(0.200", "to", "0.300)", "25.0%"]
    assert "0.300" in grpo
    assert "+0.050 (+0.010 to +0.090)" in grpo
