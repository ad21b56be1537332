"""Batches of a server: every sample once, whatever failed or was killed, and nothing paid twice."""

import itertools
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from openai_server import Faults, OpenAIServer

from gen.backends import BackendOptions, Completion, Message, ModelName, Request, Sampling
from gen.backends.batch import ROUNDS, BatchBackend
from gen.backends.http import HttpBackend
from gen.errors import BackendFailed

DEFAULT = Sampling()


def requests(n: int, *, sampling: Sampling = DEFAULT) -> Iterator[Request]:
    for number in range(n):
        yield Request(
            key=UUID(int=number),
            messages=(Message(role="user", content=f"What is {number} + {number * 7 % 13}?"),),
            sample_indexes=(0, 1, 2),
            sampling=sampling,
        )


def batches(server: OpenAIServer, directory: Path) -> BatchBackend:
    return BatchBackend(
        ModelName.parse(f"{server.url}#adder"),
        options=BackendOptions(batch=directory),
        first_wait_s=0.01,
        poll_s=0.01,
    )


def rows(completions: list[Completion]) -> dict[tuple[int, int], Completion]:
    found = {(one.key.int, one.sample_index): one for one in completions}
    assert len(found) == len(completions)
    return found


def test_a_batch_answers_what_the_server_would_have_answered(tmp_path):
    with OpenAIServer() as server:
        with HttpBackend(ModelName.parse(f"{server.url}#adder")) as backend:
            expected = rows(list(backend.sample(requests(20), seed=3)))
        with batches(server, tmp_path / "b") as backend:
            assert rows(list(backend.sample(requests(20), seed=3))) == expected
        assert (server.batches.n_created, server.batches.n_lines) == (1, 60)


def test_what_failed_is_asked_for_in_the_next_batch_and_only_that(tmp_path):
    with (
        OpenAIServer(faults=Faults(server_error=0.3)) as server,
        batches(server, tmp_path / "b") as backend,
    ):
        found = rows(list(backend.sample(requests(40), seed=0)))
        assert set(found) == set(itertools.product(range(40), range(3)))
        assert {one.finish_reason for one in found.values()} == {"stop"}
        assert server.batches.n_created > 1
        assert 120 < server.batches.n_lines < 120 / 0.7 * 1.3


def test_an_expired_batch_keeps_what_it_did(tmp_path):
    with OpenAIServer() as server, batches(server, tmp_path / "b") as backend:
        server.batches.expire_after = 25
        found = rows(list(backend.sample(requests(20), seed=0)))
        assert {one.finish_reason for one in found.values()} == {"stop"}
        assert (server.batches.n_created, server.batches.n_lines) == (3, 60 + 35 + 10)


def test_a_sample_that_never_succeeds_ends_in_an_error(tmp_path):
    with (
        OpenAIServer(faults=Faults(server_error=1.0)) as server,
        batches(server, tmp_path / "b") as backend,
    ):
        found = rows(list(backend.sample(requests(2), seed=0)))
        assert {one.finish_reason for one in found.values()} == {"error"}
        assert (len(found), server.batches.n_created) == (6, ROUNDS)


@pytest.mark.parametrize("when", ["before the batch is known", "while it is waited for", "amid"])
def test_a_killed_run_takes_up_its_batch_and_pays_nothing_again(tmp_path, when, monkeypatch):
    with OpenAIServer() as server:
        killed = batches(server, tmp_path / "b")
        sampling = killed.sample(requests(20), seed=0)
        kept: list[Completion] = []
        if when == "amid":
            kept = list(itertools.islice(sampling, 25))
        else:
            step = "_over" if when == "while it is waited for" else "_ask"
            original = getattr(killed, step)

            def interrupted(*arguments, **named):
                answer = original(*arguments, **named) if step == "_ask" else None
                if step == "_over" or arguments[1] == "/batches":
                    raise KeyboardInterrupt
                return answer

            monkeypatch.setattr(killed, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                next(sampling)
        sampling.close()
        killed.close()
        assert server.batches.n_created == 1
        have = {(one.key.int, one.sample_index) for one in kept}

        def lacking() -> Iterator[Request]:
            for one in requests(20):
                left = tuple(i for i in one.sample_indexes if (one.key.int, i) not in have)
                yield Request(
                    key=one.key, messages=one.messages, sample_indexes=left, sampling=one.sampling
                )

        with batches(server, tmp_path / "b") as backend:
            rest = rows(list(backend.sample(lacking(), seed=0)))
        assert set(rest) | have == set(itertools.product(range(20), range(3)))
        assert not set(rest) & have
        assert (server.batches.n_created, server.batches.n_lines) == (1, 60)
        with batches(server, tmp_path / "b") as backend:
            assert list(backend.sample([], seed=0)) == []
        assert list((tmp_path / "b").iterdir()) == []


def test_other_settings_are_another_batch(tmp_path):
    with OpenAIServer() as server:
        for sampling in (DEFAULT, Sampling(max_tokens=3)):
            with batches(server, tmp_path / "b") as backend:
                found = list(backend.sample(requests(2, sampling=sampling), seed=0))
        assert {one.finish_reason for one in found} == {"length"}
        assert server.batches.n_created == 2


def test_an_option_that_is_refused_is_left_out_of_the_next_batch(tmp_path, caplog):
    sampling = Sampling(schema='{"type": "object"}')
    with (
        caplog.at_level(logging.WARNING),
        OpenAIServer(refuses=("response_format",)) as server,
        batches(server, tmp_path / "b") as backend,
    ):
        found = list(backend.sample(requests(3, sampling=sampling), seed=0))
        assert {one.finish_reason for one in found} == {"stop"}
        assert server.batches.n_created == 2
    assert sum("refuses response_format" in one.getMessage() for one in caplog.records) == 1


def test_a_server_without_batches_is_one_line(tmp_path):
    with OpenAIServer() as server:
        backend = BatchBackend(
            ModelName.parse(f"{server.url}/no#adder"), options=BackendOptions(batch=tmp_path)
        )
        with pytest.raises(BackendFailed, match="404 Not Found; see that it has /files"):
            list(backend.sample(requests(1), seed=0))


def test_the_command_line_takes_batches(gen):
    gen("problems", "--domain", "math", "-n", 5, "--level", 1)
    assert "--batch needs a server" in gen.fails("solutions", "--model", "cpu:m", "--batch")
    with OpenAIServer() as server:
        done = gen(
            "solutions", "--model", f"{server.url}#adder", "--samples", 2, "--batch", "--json"
        )
    assert json.loads(done.stdout)["rollouts"] == 10
    assert (gen.directory / "assay.duckdb.batches").is_dir()
