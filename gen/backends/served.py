"""A vLLM server of our own: started, watched, started again when it dies, and never left behind.

    server = vllm_server("cpu:smollm2-135m", host="127.0.0.1", port=0, options=BackendOptions())
    server.run(on_ready=lambda url: print(url))         # http://127.0.0.1:41233/v1#cpu:smollm2-135m

The server is a process group of its own, which ends with this process whatever ends that: nanny.py.
"""

import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue
from typing import Any, Self

import httpx

from gen.backends import nanny
from gen.backends.base import BackendOptions, Completion, ModelName, Requests
from gen.backends.embedded import resolve_weights
from gen.backends.http import HttpBackend
from gen.backends.parallel import share_out, visible_gpus
from gen.backends.supervised import supervising
from gen.backends.vllm_engine import cpu_settings, prepare_environment, reasoning_settings
from gen.errors import BackendFailed

log = logging.getLogger(__name__)

MODULE = "vllm.entrypoints.openai.api_server"
LOOPBACK = "127.0.0.1"
IN_FLIGHT = 1024
"""Enough for several copies; each keeps at most its own `max_num_seqs` at work."""
START_S = 1800.0
"""The longest that a server may take until it answers; a large model is long in coming."""
DEATHS = 5
"""So many deaths in a row, none of them after STEADY_S of service, and we give up."""
STEADY_S = 300.0
END_S = nanny.PATIENCE_S + 5.0


def vllm_server(
    name: str, *, host: str, port: int, options: BackendOptions, extra: Sequence[str] = ()
) -> "ModelServer":
    """A server of the model `name`; `extra` are arguments of vLLM's own. Port 0 is a free one.

    Raises BadInput where the name leads nowhere.
    """
    port = port or _free_port(host)
    arguments = _arguments(ModelName.parse(name), options)
    command = [
        *(sys.executable, "-m", MODULE, *arguments, "--served-model-name", name),
        *("--host", host, "--port", str(port), *extra),
    ]
    return ModelServer(name, command, host=host, port=port)


class ModelServer:
    """Supervises one server."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        host: str,
        port: int,
        first_pause_s: float = 1.0,
    ) -> None:
        """The server that `command` starts must listen at `host` and `port`, and know /health."""
        self._name, self._host, self._port = name, host, port
        self._command = [sys.executable, nanny.__file__, *command]
        self._first_pause_s = first_pause_s
        self._stopping = threading.Event()
        self._last_lines: deque[str] = deque(maxlen=50)

    @property
    def url(self) -> str:
        """The server's address with the model's name, as `--model` takes it."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}/v1#{self._name}"

    def run(self, *, on_ready: Callable[[str], None]) -> None:
        """Serve until `stop`; raises BackendFailed where the server keeps dying.

        `on_ready` is called once, with the address, when the server answers.
        """
        n_deaths = 0
        ready = False
        with supervising(self._port):
            while not self._stopping.is_set():
                process = self._start()
                try:
                    answered_at = self._await_health(process)
                    if answered_at is not None and not ready:
                        ready = True
                        on_ready(self.url)
                    self._await_end(process)
                finally:
                    _end(process)
                if self._stopping.is_set():
                    return
                steady = answered_at is not None and time.monotonic() - answered_at > STEADY_S
                n_deaths = 1 if steady else n_deaths + 1
                if n_deaths >= DEATHS or not ready:
                    raise BackendFailed(
                        f"{self._name}: the server died {n_deaths} times, the last time of: "
                        f"{self._last_error()}"
                    )
                pause_s = self._first_pause_s * 2 ** (n_deaths - 1)
                log.warning(
                    "%s: the server died (%s); starting it again", self._name, self._last_error()
                )
                self._stopping.wait(pause_s)

    def stop(self) -> None:
        """End the server, from any thread or a signal's handler."""
        self._stopping.set()

    def _start(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        threading.Thread(target=self._follow, args=(process,), daemon=True).start()
        return process

    def _follow(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip():
                self._last_lines.append(line.strip())
                log.info("vllm: %s", line.rstrip())

    def _await_health(self, process: subprocess.Popen[str]) -> float | None:
        """When the server first answered; None where it died or was stopped before."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self._host, self._host)
        address = f"http://{f'[{host}]' if ':' in host else host}:{self._port}/health"
        started = time.monotonic()
        with httpx.Client(timeout=5.0) as client:
            while process.poll() is None and not self._stopping.is_set():
                try:
                    if client.get(address).status_code == 200:
                        return time.monotonic()
                except httpx.TransportError:
                    pass
                if time.monotonic() - started > START_S:
                    self._last_lines.append(f"no answer within {START_S:.0f} s")
                    return None
                self._stopping.wait(0.5)
        return None

    def _await_end(self, process: subprocess.Popen[str]) -> None:
        while process.poll() is None and not self._stopping.wait(0.2):
            pass

    def _last_error(self) -> str:
        lines = list(self._last_lines)
        errors = [line for line in lines if "Error" in line or "error:" in line]
        return (errors or lines or ["no word"])[-1][:300]


def _end(process: subprocess.Popen[str]) -> None:
    """End the nanny and all that is with it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _arguments(model: ModelName, options: BackendOptions) -> list[str]:
    on_cpu = model.kind == "cpu"
    prepare_environment(on_cpu=on_cpu)
    weights = resolve_weights(model.name)
    settings: dict[str, Any] = {"enable_prefix_caching": True} | reasoning_settings(weights)
    reasoning = settings.pop("reasoning_config")
    settings["reasoning_config"] = {
        "reasoning_start_str": reasoning.reasoning_start_str,
        "reasoning_end_str": reasoning.reasoning_end_str,
    }
    if on_cpu:
        settings |= cpu_settings(weights)
    else:
        tensor, copies = share_out(visible_gpus(), weights, options)
        settings |= {"tensor_parallel_size": tensor, "data_parallel_size": copies}
    flags = (part for name, value in settings.items() for part in flag(name, value))
    return ["--model", weights, "--disable-uvicorn-access-log", *flags]


def flag(name: str, value: Any) -> list[str]:
    """A setting of vLLM's as its command line has it."""
    option = "--" + name.replace("_", "-")
    if value is True:
        return [option]
    if value is False:
        return [f"--no-{option[2:]}"]
    return [option, json.dumps(value) if isinstance(value, dict) else str(value)]


def _free_port(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        return probe.getsockname()[1]


class ServedBackend:
    """A model in copies on several GPUs: a server of our own, asked like any other."""

    def __init__(self, name: str, options: BackendOptions) -> None:
        """Start the server and wait until it answers; raises BackendFailed where it does not."""
        self._server = vllm_server(name, host=LOOPBACK, port=0, options=options)
        self._answers: SimpleQueue[str | BaseException] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="model-server", daemon=True)
        self._thread.start()
        answer = self._answers.get()
        if isinstance(answer, BaseException):
            raise answer
        self._backend = HttpBackend(ModelName.parse(answer), max_in_flight=IN_FLIGHT)

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        """Yield completions as they finish."""
        yield from self._backend.sample(requests, seed=seed)

    def close(self) -> None:
        """End the server; may be called twice."""
        self._server.stop()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _serve(self) -> None:
        try:
            self._server.run(on_ready=self._answers.put)
        except BaseException as error:
            self._answers.put(error)
