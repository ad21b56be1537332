"""`gen serve-model` for real: it serves, brings a dead server back, and leaves nothing behind."""

import json
import subprocess
from collections.abc import Iterator
from uuid import UUID

import psutil
import pytest
from models import tiny_model

from gen.backends import BackendOptions, Message, Request, Sampling, open_backend
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


@pytest.mark.model
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
