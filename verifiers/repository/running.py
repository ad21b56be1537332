"""Runs a repository's tests in the sandbox, and collects what is said of them.

ran = run_tests(files, Suite(...), options, sandbox)
ran.cases["tests/test_a.py::test_b"]     ->  Case(outcome="passed", seconds=0.01, text="")
ran.fault                                ->  None, or "timeout: ..." where it came to no end
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from verifiers.code.judging import ended_badly, too_slow
from verifiers.code.truth import Options as ProgramOptions
from verifiers.repository.truth import Options
from verifiers.sandbox import wire
from verifiers.sandbox.orders import Suite
from verifiers.sandbox.sandbox import Sandbox

MOST_EVENTS = 20_000

IMPORT_MODE = re.compile(r"--import-mode[= ](prepend|append|importlib)\b")

CONFIGURED_IN = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")


@dataclass(frozen=True, slots=True)
class Case:
    """What became of a test: passed, failed, skipped or xfailed, and the last line of why."""

    outcome: str
    seconds: float
    text: str


@dataclass(slots=True)
class Ran:
    """All that was said of the tests, by their ids; `fault` says why it came to no end."""

    cases: dict[str, Case] = field(default_factory=dict)
    repeated: list[str] = field(default_factory=list)
    uncollected: dict[str, str] = field(default_factory=dict)
    used: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def all_passed(self) -> bool:
        """Whether all came to their end."""
        return self.fault is None


def run_tests(
    files: Mapping[str, bytes], paths: list[str], options: Options, sandbox: Sandbox, *,
    wanted: list[str] | None = None, case_s: float = 0.0, traced: bool = False,
) -> Ran:  # fmt: skip
    """Run the tests at `paths`, those whose functions are `wanted`; see orders.Suite."""
    suite = Suite(len(files), paths, wanted, case_s, traced, pytest_options(files))
    ran = Ran()
    clocks = ProgramOptions(wall_s=options.wall_s, cpu_s=options.cpu_s)
    with sandbox.run("suite", options.limits, wall_s=options.wall_s, cell="suite") as program:
        try:
            program.send(suite)
            for path, content in files.items():
                program.send([path, content.decode("latin-1")])
            for _ in range(MOST_EVENTS):
                if _heard(program.receive(), ran):
                    return ran
            ran.fault = "output: more was said of the tests than is read"
        except TimeoutError:
            ran.fault = too_slow(clocks)
        except wire.Closed:
            ran.fault = ended_badly(program.end(), clocks)
        except (wire.NotData, wire.TooLong, TypeError, ValueError) as error:
            ran.fault = f"tampered: what was said of the tests makes no sense: {error}"
    return ran


def pytest_options(files: Mapping[str, bytes]) -> list[str]:
    """Of what the repository asks of pytest only how it imports; plugins are not its to choose."""
    for name in CONFIGURED_IN:
        if found := IMPORT_MODE.search(files.get(name, b"").decode(errors="replace")):
            return [f"--import-mode={found[1]}"]
    return []


def _heard(event: Any, ran: Ran) -> bool:
    """Take down one event; whether it was the last."""
    kind, *rest = event
    if kind == "case":
        test, outcome, seconds, text = rest
        if test in ran.cases:
            ran.repeated.append(str(test))
        ran.cases[str(test)] = Case(str(outcome), float(seconds), str(text))
    elif kind == "uncollected":
        test, text = rest
        ran.uncollected[str(test)] = str(text)
    elif kind == "used":
        paths, modules = rest
        ran.used, ran.modules = tuple(map(str, paths)), tuple(map(str, modules))
    elif kind == "done":
        return True
    else:
        raise ValueError(f"an event {kind!r:.40}")
    return False
