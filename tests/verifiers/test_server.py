"""The real command, over real sockets; one server answers most of the tests."""

import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("prometheus_client")

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "reward-server.md").read_text(encoding="utf-8")
TOKEN = "a-token-for-tests"
PATIENT = """
import time
from verifiers.records import Verdict

class Patient:
    name, version = "patient", "1"

    def verify(self, *, ground_truth, completion, prompt, params):
        time.sleep(1)
        return Verdict(verifier="patient", verifier_version="1", outcome="accepted", reward=1.0,
                       reason="waited")

    def validate(self, ground_truth):
        pass
"""
MOST_BYTES = 1 << 18
MOST_ITEMS = 300
MOST_IN_FLIGHT = 400


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The one line of a refusal, and nothing but it."""
        (error,) = self.json.values()
        assert list(self.json) == ["error"]
        assert "\n" not in error
        assert "Traceback" not in error
        return error


class Served:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self.process = process
        self.url = process.stdout.readline().strip()
        self.port = int(self.url.rpartition(":")[2])

    def call(
        self, path: str, content: Any = None, *, method: str = "POST", **headers: str
    ) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        try:
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            return Reply(reply.status, {**reply.headers}, reply.read())
        finally:
            connection.close()

    def verdicts(self, *items: Any) -> list[dict[str, Any]]:
        reply = self.call("/v1/verdicts", {"items": items})
        assert reply.status == 200, reply
        return reply.json["verdicts"]

    @contextmanager
    def held(self, n: int, **headers: str) -> Iterator["Future[list[dict[str, Any]]]"]:
        """Keep `n` items in flight for a second; the future gives their verdicts."""
        items = [item(5, verifier="patient"), *[item(5)] * (n - 1)]
        with ThreadPoolExecutor(1) as client:
            call = client.submit(self.call, "/v1/verdicts", {"items": items}, **headers)
            while self.metric("assay_items_in_flight", **headers) < n:
                assert not call.done(), call.result()
            verdicts: Future[list[dict[str, Any]]] = Future()
            yield verdicts
            verdicts.set_result(call.result().json["verdicts"])

    def metric(self, name: str, **headers: str) -> float:
        text = self.call("/metrics", method="GET", **headers).body.decode()
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0


@contextmanager
def serving(*options: object, **environment: str) -> Iterator[Served]:
    command = [
        sys.executable, "-c", "from gen.cli import main; main()", "serve-rewards", "--port", "0",
        "--verifier", "math", "--workers", "2", *map(str, options),
    ]  # fmt: skip
    pipe = subprocess.PIPE
    environment = {**os.environ, **environment}
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        try:
            yield Served(process)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A directory for PYTHONPATH, with a package that has a verifier which takes its time."""
    directory = tmp_path_factory.mktemp("plugins")
    (directory / "patient.py").write_text(PATIENT)
    package = directory / "patient-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: patient\nVersion: 1\n")
    (package / "entry_points.txt").write_text("[assay.verifiers]\npatient = patient:Patient\n")
    return os.pathsep.join([str(directory), *filter(None, [os.environ.get("PYTHONPATH")])])


@pytest.fixture(scope="module")
def server(plugins: str) -> Iterator[Served]:
    with serving(
        "--wall-s", 2, "--max-body-mb", MOST_BYTES / (1 << 20), "--max-items", MOST_ITEMS,
        "--max-in-flight", MOST_IN_FLIGHT, "--read-s", 2, PYTHONPATH=plugins,
    ) as server:  # fmt: skip
        yield server


def item(answer: object, **fields: Any) -> dict[str, Any]:
    return {"ground_truth": "5", "completion": f"It is \\boxed{{{answer}}}.", **fields}


def test_a_batch_is_answered_in_order_with_the_fields_of_gen_grade(server: Served):
    verdicts = server.verdicts(*(item(n, id=n) for n in range(10)))
    assert [verdict["id"] for verdict in verdicts] == list(range(10))
    assert [verdict["correct"] for verdict in verdicts] == [n == 5 for n in range(10)]
    assert list(verdicts[5]) == [
        "id", "outcome", "reward", "correct", "reason", "extracted", "verifier", "seconds"
    ]  # fmt: skip
    assert server.verdicts() == []


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (3, "not a JSON object"),
        ({"completion": "5"}, "no ground_truth"),
        ({"ground_truth": "5"}, "no text in 'completion'"),
        (item(5, verifier="maths"), "did you mean math"),
        (item(5, verifier=["math"]), "no text in 'verifier'"),
        (item(5, params=[1]), "'params' is no object"),
        (item("\ud800"), "surrogates not allowed"),
        (item(5, id="\ud800", ground_truth="\ud800"), "surrogates not allowed"),
    ],
)
def test_a_bad_item_is_undecided_and_harms_no_other(server: Served, row: Any, why: str):
    good, bad, also_good = server.verdicts(item(5), row, item(5))
    assert (good["correct"], also_good["correct"]) == (True, True)
    assert (bad["outcome"], bad["reward"], bad["correct"]) == ("undecided", None, None)
    assert bad["reason"].startswith("bad_row: item 1: ")
    assert why in bad["reason"]


def test_a_hanging_candidate_is_rejected_beside_good_ones(server: Served):
    hanging = item("9^{9^{9^9}}", ground_truth="\\sqrt{5}")
    verdicts = server.verdicts(*[item(5)] * 20, hanging, *[item(5)] * 20)
    assert verdicts[20]["outcome"] == "rejected"
    assert all(verdict["correct"] for verdict in verdicts[:20] + verdicts[21:])


@pytest.mark.parametrize(
    "body", [b"", b'{"items": [', b"\xff", b"[]", b"{}", b'{"items": {}}', b"[" * 100_000]
)
def test_what_is_no_request_is_refused_in_one_line(server: Served, body: bytes):
    for path in ("/v1/verdicts", "/openrlhf"):
        reply = server.call(path, body)
        assert reply.status == 422
        assert reply.error


def test_unknown_paths_and_methods_are_refused_in_one_line(server: Served):
    assert server.call("/v2/verdicts", {}).status == 404
    assert server.call("/v1/verdicts", method="GET").status == 405
    assert "Not Found" in server.call("/v2/verdicts", {}).error


def test_a_batch_of_too_many_items_is_refused(server: Served):
    reply = server.call("/v1/verdicts", {"items": [item(5)] * (MOST_ITEMS + 1)})
    assert reply.status == 413
    assert f"at most {MOST_ITEMS}" in reply.error


def test_a_body_that_is_too_large_is_refused_claimed_or_chunked(server: Served):
    too_much = [b"x" * 1_000] * (4 * MOST_BYTES // 1_000)
    for body in (b"".join(too_much), iter(too_much)):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.request("POST", "/v1/verdicts", body)
        reply = connection.getresponse()
        assert reply.status == 413
        assert f"more than {MOST_BYTES} bytes" in json.load(reply)["error"]
        connection.close()


def test_a_slow_client_holds_up_nobody_and_is_cut_off(server: Served):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as slow:
        slow.sendall(b"POST /v1/verdicts HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
        started = time.monotonic()
        assert server.verdicts(item(5))[0]["correct"]
        assert time.monotonic() - started < 1.9
        assert slow.recv(1_000).startswith(b"HTTP/1.1 408 ")


def test_overload_is_refused_at_once_and_passes(server: Served):
    before = server.metric('assay_requests_refused_total{reason="busy"}')
    more = {"items": [item(n) for n in range(MOST_IN_FLIGHT - MOST_ITEMS + 1)]}
    with server.held(MOST_ITEMS) as holding:
        started = time.monotonic()
        refused = server.call("/v1/verdicts", more)
        assert time.monotonic() - started < 0.5
        assert (refused.status, refused.headers["retry-after"]) == (429, "1")
        assert "try again later" in refused.error
        assert server.verdicts(item(5))[0]["correct"]
    assert [verdict["correct"] for verdict in holding.result()] == [True] * MOST_ITEMS
    assert server.call("/v1/verdicts", more).status == 200
    assert server.metric("assay_items_in_flight") == 0
    assert server.metric('assay_requests_refused_total{reason="busy"}') - before == 1


def test_openrlhf_gets_a_reward_a_query_and_no_number_for_what_is_undecided(server: Served):
    prompts = ["Say \\boxed{5}.", "<|user|>2+3?<|assistant|>", "2+3?", "2+3?"]
    responses = ["\\boxed{6}", "It is \\boxed{5}.<|im_end|>\n<|endoftext|>", "5</s>", "5"]
    call = {
        "query": ["<s> " + "".join(pair) for pair in zip(prompts, responses, strict=True)],
        "prompts": prompts,
        "labels": ["5", {"verifier": "math", "ground_truth": "5"}, '{"ground_truth": "5"}', None],
    }
    answer = server.call("/openrlhf", call).json
    assert answer["rewards"] == answer["scores"] == [0.0, 1.0, 1.0, None]
    assert answer["extra_logs"] == {"correct": [0, 1, 1, 0], "undecided": [0, 0, 0, 1]}
    assert server.call("/openrlhf?undecided=0.5", call).json["rewards"] == [0.0, 1.0, 1.0, 0.5]
    assert server.call("/openrlhf?undecided=nan", call).status == 422
    assert server.call("/openrlhf", call | {"labels": []}).status == 422


def test_openrlhf_is_not_judged_by_its_prompt(server: Served):
    call = {"query": ["another text \\boxed{5}"], "prompts": ["2+3?"], "labels": ["5"]}
    assert server.call("/openrlhf", call).json["rewards"] == [None]


def test_nemo_gym_gets_its_request_back_with_the_reward(server: Served):
    def verify(text: str, **fields: Any) -> dict[str, Any]:
        request = {
            "responses_create_params": {"input": [{"role": "user", "content": "2+3?"}]},
            "response": {
                "id": "resp_1",
                "output": [
                    {"type": "reasoning", "summary": []},
                    {
                        "type": "message",
                        "role": "assistant",
                        "content": [{"type": "output_text", "text": text, "annotations": []}],
                    },
                ],
            },
            **fields,
        }
        answer = server.call("/verify", request).json
        assert {name: answer[name] for name in request} == request
        return answer

    assert verify("It is 5.", verifier_metadata={"ground_truth": "5"})["reward"] == 1.0
    assert verify("It is 5.", expected_answer="6")["reward"] == 0.0
    assert verify("It is \ud800.", expected_answer="6")["mask_sample"]
    undecided = verify("It is 5.")
    assert (undecided["reward"], undecided["mask_sample"]) == (0.0, True)
    assert undecided["failure_reason"].endswith("no ground_truth")
    assert server.call("/seed_session", {"verifier_metadata": {}}).json == {}


def test_metrics_count_verdicts_by_verifier_and_outcome(server: Served):
    def counts() -> list[float]:
        names = (
            '"accepted",verifier="math"',
            '"rejected",verifier="math"',
            '"undecided",verifier=""',
        )
        return [server.metric(f"assay_verdicts_total{{outcome={name}}}") for name in names]

    before = counts()
    server.verdicts(item(5), item(6), item(7), item(5, verifier="nobody-has-it"))
    after = counts()
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 2, 1]
    assert server.metric('assay_verdict_seconds_count{verifier="math"}') == after[0] + after[1]
    assert server.call("/health", method="GET").json == {"status": "ok"}


@pytest.mark.skipif(not shutil.which("curl"), reason="the examples call curl")
@pytest.mark.parametrize(
    ("command", "answer"), re.findall(r"```sh\n(.*?)```\n\n```json\n(.*?)```", GUIDE, re.DOTALL)
)
def test_the_guides_examples_answer_what_it_says(server: Served, command: str, answer: str):
    command = command.replace("http://127.0.0.1:8000", server.url)
    told = subprocess.run(command, shell=True, capture_output=True, check=True, timeout=60).stdout
    assert lasting(json.loads(told)) == lasting(json.loads(answer))


@pytest.mark.parametrize("code", re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL))
def test_the_guides_python_runs(server: Served, code: str, verl: Any):
    exec(code, {})


@pytest.fixture
def verl(server: Served, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(DOCS / "clients")
    monkeypatch.setenv("ASSAY_URL", server.url)
    return import_module("verl_reward")


def test_verls_reward_function_never_invents_a_score(verl: Any):
    with pytest.raises(verl.Undecided, match="mend or leave out this problem"):
        verl.compute_score("mine", "5", None)
    stand_in = verl.compute_score("mine", "5", None, undecided=0.0)
    assert stand_in == {"score": 0.0, "acc": 0.0, "undecided": 1.0}
    with pytest.raises(RuntimeError, match="404"):
        verl.compute_score("mine", "5", "5", url=os.environ["ASSAY_URL"] + "/not-here")


def test_verls_reward_function_accepts_the_truth_of_our_export(verl: Any, tmp_path: Path):
    import pyarrow.parquet as pq
    from exported import selected_store

    from curation.exporting import export
    from curation.store import Store
    from gen.prompts import messages

    with Store(tmp_path / "s.duckdb").writing("test") as store:
        selected_store(store)
        export(store, "s", fmt="verl", out=tmp_path / "out", chat=messages)
    rows = pq.read_table(tmp_path / "out/data").to_pylist()
    row = next(row for row in rows if row["extra_info"]["verifier"] == "math")
    truth = row["reward_model"]["ground_truth"]
    for answer, reward in ((truth, 1.0), (str(int(truth) + 1), 0.0)):
        text = f"So it is \\boxed{{{answer}}}."
        score = verl.compute_score(row["data_source"], text, truth, extra_info=row["extra_info"])
        assert score == {"score": reward, "acc": reward, "undecided": 0.0}


def test_verls_reward_function_waits_while_the_server_is_busy(server: Served, verl: Any):
    n = MOST_ITEMS + 10
    with server.held(MOST_ITEMS):
        texts = [f"\\boxed{{{m}}}" for m in range(n)]
        scores = verl.compute_score_batch([""] * n, texts, ["5"] * n, [None] * n)
    assert [score["acc"] for score in scores] == [float(m == 5) for m in range(n)]


def test_a_token_opens_the_door_and_the_end_answers_what_is_in_flight(plugins: str, tmp_path: Path):
    file = tmp_path / "token"
    file.write_text(TOKEN + "\n")
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    with serving(
        "--token-file", file, "--wall-s", 10, ASSAY_TOKEN="another", PYTHONPATH=plugins
    ) as server:
        call = {"items": [item(5)]}
        for header in (
            {},
            {"Authorization": "Bearer another"},
            {"Authorization": f"Basic {TOKEN}"},
        ):
            for path in ("/v1/verdicts", "/openrlhf", "/verify", "/seed_session"):
                reply = server.call(path, call, **header)
                assert reply.status == 401
                assert "no valid token" in reply.error
            assert server.call("/metrics", method="GET", **header).status == 401
        assert server.call("/health", method="GET").status == 200
        assert server.call("/v1/verdicts", call, **bearer).status == 200
        assert server.call("/v1/verdicts", call, Authorization=basic("me", TOKEN)).status == 200
        with server.held(20, **bearer) as holding:
            server.process.send_signal(signal.SIGTERM)
        assert [verdict["correct"] for verdict in holding.result()] == [True] * 20
        assert server.process.wait(30) == 0
        assert server.process.stderr is not None
        assert server.process.stderr.read() == ""
        with pytest.raises(ConnectionRefusedError):
            server.call("/health", method="GET")


def test_who_cannot_be_answered_in_time_is_cut_off(plugins: str):
    slow = {"items": [item(5, verifier="patient")] * 6}
    with serving("--drain-s", 1, PYTHONPATH=plugins) as server, ThreadPoolExecutor(1) as client:
        call = client.submit(server.call, "/v1/verdicts", slow)
        while not server.metric("assay_items_in_flight"):
            assert not call.done()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(15) == 1
        assert server.process.stderr is not None
        complaint = server.process.stderr.read()
        assert "gen: 6 items were not judged within 1 s" in complaint
        assert "Traceback" not in complaint
        assert (call.result().status, call.result().headers["retry-after"]) == (503, "1")


def test_what_cannot_be_served_is_said_in_one_line(gen: Any, tmp_path: Path):
    (tmp_path / "empty").write_text("\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert "try another --port" in gen.fails("serve-rewards", "--port", port)
    assert "give a token" in gen.fails("serve-rewards", "--host", "0.0.0.0", "--port", 0)
    assert "holds no token" in gen.fails("serve-rewards", "--token-file", "empty")
    assert "cannot be read" in gen.fails("serve-rewards", "--token-file", "absent")
    assert "could never be taken" in gen.fails("serve-rewards", "--max-in-flight", 10)
    assert "did you mean math" in gen.fails("serve-rewards", "--verifier", "maths", "--port", 0)


def test_without_its_packages_the_server_says_what_to_install():
    code = "import sys; sys.modules['uvicorn'] = None; from gen.cli import main; main()"
    command = [sys.executable, "-c", code, "serve-rewards"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 2
    assert "install assay[serve] (missing: uvicorn)\n" in done.stderr
    assert done.stderr.count("\n") == 1


def basic(user: str, password: str) -> str:
    from base64 import b64encode

    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def lasting(value: Any) -> Any:
    """What an answer has in common with its next: not the seconds, nor how a verifier words it."""
    if isinstance(value, dict):
        return {
            name: each.partition(":")[0] if name == "reason" else lasting(each)
            for name, each in value.items()
            if name != "seconds"
        }
    return [lasting(each) for each in value] if isinstance(value, list) else value
