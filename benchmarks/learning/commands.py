"""Runs gen's commands one by one, and the server that samples for them.

commands = Commands(Path("out/learning"))
commands.gen("export", "chosen", "--out", "to-train", "--store", "base.duckdb")  -> its JSON
commands.seconds  ->  [{"command": "export chosen --out ...", "seconds": 1.2}]
"""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Self

GEN = (sys.executable, "-c", "from gen.cli import main; raise SystemExit(main())")


class BenchmarkFailed(Exception):
    """A part that did not come to its end."""


class Commands:
    """What was run, and how long it took; each command's messages go to a log of its own."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.seconds: list[dict[str, Any]] = []

    def gen(self, *arguments: object) -> dict[str, Any]:
        """Run a command to its end and read the JSON that it prints."""
        process, started = self._start(arguments)
        return self._finish(process, arguments, started)

    def train(self, *arguments: object, steps: int, run: Path, seconds: float) -> dict[str, Any]:
        """`gen train`; where it is late it is stopped, and ended one step past its checkpoint."""
        full = ("train", *arguments, "--steps", steps)
        process, started = self._start(full)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
            process.communicate()
            done = [int(one.name.split("-")[1]) for one in run.glob("checkpoint-*")]
            if not done:
                raise BenchmarkFailed(f"no checkpoint of {run} within {seconds:.0f} s") from None
            full = ("train", *arguments, "--steps", max(done) + 1)
            process, _ = self._start(full)
        return self._finish(process, full, started)

    def _start(self, arguments: tuple[object, ...]) -> tuple[subprocess.Popen[str], float]:
        command = [*GEN, *map(str, arguments), "--json"]
        with (self._directory / "commands.log").open("a") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        return process, time.monotonic()

    def _finish(
        self, process: subprocess.Popen[str], arguments: tuple[object, ...], started: float
    ) -> dict[str, Any]:
        told, _ = process.communicate()
        took = time.monotonic() - started
        line = " ".join(map(str, arguments))
        self.seconds.append({"command": line, "seconds": round(took, 1)})
        print(f"{took:6.1f} s  gen {line}", file=sys.stderr, flush=True)
        if process.returncode:
            log = (self._directory / "commands.log").read_text()
            raise BenchmarkFailed(f"gen {line}: exit status {process.returncode}\n{log[-3000:]}")
        return json.loads(told)


class Served:
    """The server, for as long as the block lasts."""

    def __init__(self, models: Path, log: Path) -> None:
        with log.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.learning.server", str(models)],
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
            )
        self._log = log
        self._url = ""

    def name(self, model: str) -> str:
        """What `--model` takes; waits until the server is there."""
        if not self._url:
            assert self._process.stdout is not None
            self._url = self._process.stdout.readline().strip()
            if not re.fullmatch(r"http://\S+/v1", self._url):
                raise BenchmarkFailed(f"the server did not start:\n{self._log.read_text()[-2000:]}")
        return f"{self._url}#{model}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.wait()
