"""Runs `gen` commands, each a process of its own, forked from one that has imported numpy and such.

    done = run(["sql", "SELECT 1 AS one"], directory)
    done.returncode, done.stdout                            # 0, "one\n1\n"

An interpreter of its own would spend most of a command's CPU time on imports that are no part of
Assay. Of those that are, nothing is loaded ahead; tests that kill commands start them from nothing.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from select import select
from threading import Lock

PRELOADED = ("click", "duckdb", "httpx", "msgspec", "numpy", "polars", "pyarrow", "sympy", "yaml")
WALL_S = 300

SERVE = f"""
import json, os, sys
import {", ".join(PRELOADED)}
for line in iter(sys.stdin.readline, ""):
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        break
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(status, flush=True)
else:
    sys.exit()
for number, path in enumerate((os.devnull, asked["stdout"], asked["stderr"])):
    os.dup2(os.open(path, os.O_RDWR), number)
os.environ.clear()
os.environ.update(asked["environment"])
os.chdir(asked["directory"])
added = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
sys.path[1:1] = [place for place in added if place not in sys.path]
sys.argv[1:] = asked["arguments"]
from gen.cli import main
main()
"""

_turn = Lock()
_servers: list[subprocess.Popen[str]] = []
_untouched = dict(os.environ)
"""Before a test has changed anything: the first one to run a command must not mark the others."""


def run(arguments: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    """Run `gen` with the arguments in a directory; raises TimeoutExpired after five minutes."""
    with tempfile.NamedTemporaryFile() as stdout, tempfile.NamedTemporaryFile() as stderr, _turn:
        asked = {
            "arguments": arguments,
            "directory": str(directory),
            "environment": dict(os.environ),
            "stdout": stdout.name,
            "stderr": stderr.name,
        }
        server = _server()
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(json.dumps(asked) + "\n")
        server.stdin.flush()
        if not select([server.stdout], [], [], WALL_S)[0]:
            raise subprocess.TimeoutExpired(arguments, WALL_S)
        status = int(server.stdout.readline())
        told = [output.read().decode() for output in (stdout, stderr)]
    return subprocess.CompletedProcess(["gen", *arguments], status, *told)


def _server() -> subprocess.Popen[str]:
    """It ends where its input does, with the tests' process; one that a test has ended is replaced.

    Its session is its own: what a test sends to the tests' process group is not meant for it.
    """
    if not _servers or _servers[-1].poll() is not None:
        _servers.append(
            subprocess.Popen(
                [sys.executable, "-c", SERVE],
                env=_untouched,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        )
    return _servers[-1]
