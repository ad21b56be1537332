"""`gen serve-model` for real: it serves, brings a dead server back, and leaves nothing behind."""

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psutil
import pytest
from models import tiny_model

from gen.backends import BackendOptions, Message, ModelName, Request, Sampling, open_backend
from gen.backends.http import HttpBackend
from gen.backends.parallel import share_out
from gen.backends.supervised import is_supervised, supervising
from verifiers.errors import BadInput

GB = 1 << 30


def requests(n: int) -> Iterator[Request]:
    for number in range(n):
        yield Request(
            key=UUID(int=number),
            messages=(Message(role="user", content=f"What is {number} + {number}?"),),
            sample_indexes=(0, 1, 2),
            sampling=Sampling(temperature=1.0, max_tokens=12),
        )


BEGUN = Request(
    key=UUID(int=0),
    messages=(
        Message(role="user", content="2 + 3?"),
        Message(role="assistant", content="```python\n"),
    ),
    sample_indexes=(0,),
    sampling=Sampling(temperature=0.0, max_tokens=4),
    log_chance=True,
)
"""The tiny model knows some 260 tokens and prefers none by much: any four have exp(-22) or more."""
N_BEGUN = 3 + len("user\n2 + 3?\nassistant\n```python\n")
"""A byte a token, and three that begin and end turns."""


@pytest.mark.deep
@pytest.mark.model
@pytest.mark.timeout(1800)
@pytest.mark.xdist_group("model")
def test_a_model_is_served_brought_back_and_not_left_behind(gen, tmp_path):
    directory = tiny_model(tmp_path / "tiny")
    supervisor = subprocess.Popen(
        gen.command("serve-model", f"cpu:{directory}", "--port", 0, "--json"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert supervisor.stdout is not None
        url = json.loads(supervisor.stdout.readline())["model"]
        assert url.startswith("http://127.0.0.1:")
        assert url.endswith(f"/v1#cpu:{directory}")
        with open_backend(url) as backend:
            first = {(c.key, c.sample_index): c.text for c in backend.sample(requests(10), seed=0)}
            assert len(first) == 30
            (begun,) = backend.sample([BEGUN], seed=0)
            assert begun.n_prompt_tokens == N_BEGUN
            assert begun.n_tokens == 4
            assert -22 < begun.log_chance < -10
            family = psutil.Process(supervisor.pid).children(recursive=True)
            (server,) = [p for p in family if p.ppid() != supervisor.pid and served(p)]
            server.kill()
            again = {(c.key, c.sample_index): c.text for c in backend.sample(requests(10), seed=0)}
        assert again == first
        family = psutil.Process(supervisor.pid).children(recursive=True)
        supervisor.kill()
        _, alive = psutil.wait_procs(family, timeout=20)
        assert alive == []
        assert supervisor.stderr is not None
        assert supervisor.stderr.read().count("starting it again") == 1
    finally:
        supervisor.kill()
        supervisor.wait()


def served(process: psutil.Process) -> bool:
    command = process.cmdline()
    return "-m" in command and "nanny.py" not in command[1]


_SUPERVISE = """
import signal, sys
from pathlib import Path
from gen.backends.served import ModelServer, _free_port

port = _free_port("127.0.0.1")
command = [part.replace("PORT", str(port)) for part in sys.argv[1:]]
server = ModelServer("adder", command, host="127.0.0.1", port=port, first_pause_s=0.05)
signal.signal(signal.SIGTERM, lambda *_: server.stop())
server.run(on_ready=lambda url: print(url, flush=True))
"""
FAKE = (sys.executable, Path(__file__).parents[1] / "openai_server.py", "--port", "PORT")


@pytest.fixture
def supervise() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start a supervisor of a server in no need of a model."""
    started = []

    def start(*command: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _SUPERVISE, *map(str, command)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def servers_of(supervisor: subprocess.Popen[str]) -> list[psutil.Process]:
    family = psutil.Process(supervisor.pid).children(recursive=True)
    return [one for one in family if one.ppid() != supervisor.pid]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_server_however_its_supervisor_ends(supervise, end):
    supervisor = supervise(*FAKE)
    assert supervisor.stdout.readline().startswith("http://127.0.0.1:")
    family = psutil.Process(supervisor.pid).children(recursive=True)
    assert len(family) == 2
    supervisor.send_signal(end)
    _, alive = psutil.wait_procs(family, timeout=20)
    assert alive == []
    assert supervisor.wait() == (0 if end == signal.SIGTERM else -signal.SIGKILL)


def test_a_client_rides_out_the_deaths_of_a_server(supervise):
    supervisor = supervise(*FAKE, "--delay-s", "0.02")
    url = supervisor.stdout.readline().strip()
    with HttpBackend(
        ModelName.parse(url), max_in_flight=8, attempts=3, first_wait_s=0.01
    ) as backend:
        sampling = backend.sample(requests(200), seed=0)
        found = []
        for n in (50, 300):
            while len(found) < n:
                found.append(next(sampling))
            for server in servers_of(supervisor):
                server.kill()
        found.extend(sampling)
    assert len({(one.key, one.sample_index) for one in found}) == len(found) == 600


def test_a_server_that_never_comes_up_is_given_up_with_its_error(supervise):
    supervisor = supervise(sys.executable, "-c", "raise ValueError('no such flag')")
    _, told = supervisor.communicate()
    assert supervisor.returncode == 1
    assert "the server died 1 times, the last time of: ValueError: no such flag" in told


def test_a_server_that_keeps_dying_is_given_up(supervise):
    supervisor = supervise(*FAKE)
    supervisor.stdout.readline()
    deadline = time.monotonic() + 60
    while supervisor.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psutil.NoSuchProcess):
            for server in servers_of(supervisor):
                server.kill()
        time.sleep(0.05)
    assert "the server died 5 times" in supervisor.communicate()[1]


def test_a_model_behind_a_server_is_not_served_again(gen):
    assert "is served already" in gen.fails("serve-model", "http://127.0.0.1:9/v1#m")


def test_a_port_is_supervised_while_somebody_holds_it():
    url = "http://127.0.0.1:59999/v1"
    assert not is_supervised(url)
    with supervising(59999):
        assert is_supervised(url)
        assert is_supervised("http://localhost:59999/v1")
        assert not is_supervised("http://elsewhere.example:59999/v1")
    assert not is_supervised(url)


def weights(tmp_path, n_bytes: int) -> str:
    with (tmp_path / "model.safetensors").open("wb") as file:
        file.truncate(n_bytes)
    return str(tmp_path)


@pytest.mark.parametrize(
    ("n_gpus", "n_bytes", "shared"),
    [(8, 16 * GB, (1, 8)), (8, 140 * GB, (4, 2)), (3, 60 * GB, (2, 1)), (1, 60 * GB, (1, 1))],
)
def test_as_few_gpus_a_copy_as_hold_it_and_as_many_copies_as_that_leaves(
    tmp_path, n_gpus, n_bytes, shared
):
    model = weights(tmp_path, n_bytes)
    assert share_out([80 * GB] * n_gpus, model, BackendOptions()) == shared


def test_what_is_asked_for_is_taken_and_too_much_is_refused(tmp_path):
    model = weights(tmp_path, GB)
    assert share_out([80 * GB] * 8, model, BackendOptions(tensor_parallel=8)) == (8, 1)
    assert share_out([80 * GB] * 8, model, BackendOptions(data_parallel=2)) == (1, 2)
    assert share_out([80 * GB] * 8, "org/name", BackendOptions()) == (8, 1)
    assert share_out([], model, BackendOptions()) == (1, 1)
    with pytest.raises(BadInput, match="need 16 GPUs, 8 can be seen"):
        share_out([80 * GB] * 8, model, BackendOptions(tensor_parallel=8, data_parallel=2))
