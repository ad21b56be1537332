"""What runs in the forked process of a test suite: pytest, over a repository's files.

    serve_suite(channel)

The judge sends Suite, then each file as `[path, content]`, its bytes as latin-1. It is answered by
events: `["uncollected", id, text]`, `["case", id, outcome, seconds, text]` for each test, outcomes
as in OUTCOMES, `["used", paths, modules]` where that was asked for, and `["done", exit status]`.

The candidate's code shares this process and could say all that by itself: what is said here is
believed by the judge only as far as it also says that the tripwires failed.
"""

import os
import signal
import sys
import time
from importlib.util import find_spec
from typing import Any

import pytest

from verifiers.sandbox import wire
from verifiers.sandbox.orders import Suite

FOLDER = "tree"

TEXT_CHARS = 300

OUTCOMES = ("passed", "failed", "skipped", "xfailed")

PLUGINS = ("_hypothesis_pytestplugin", "pytest_asyncio.plugin", "pytest_mock")
"""Loaded where they are installed, and no others: to look for them all takes a second."""

MOST_OPENED = 5_000


def serve_suite(channel: int) -> None:
    """Write the files, run the tests and tell the judge."""
    suite = Suite(*wire.load(wire.receive(channel)))
    root = f"{os.getcwd()}/{FOLDER}"
    for _ in range(suite.n_files):
        path, content = wire.load(wire.receive(channel))
        os.makedirs(os.path.dirname(f"{root}/{path}"), exist_ok=True)
        with open(f"{root}/{path}", "wb") as file:
            file.write(content.encode("latin-1"))
    os.chdir(root)
    roots = [folder for folder in (root, f"{root}/src") if os.path.isdir(folder)]
    sys.path[:] = roots + [place for place in sys.path if place]
    _forget({name for folder in roots for name in os.listdir(folder)})
    opened: set[str] = set()
    if suite.traced:
        sys.addaudithook(_opening(f"{root}/", opened))
    plugin = _Telling(channel, suite)
    arguments = [*suite.paths, f"--rootdir={root}", "-o", "addopts=", *suite.options]
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    arguments += ["-p", "no:cacheprovider"]
    arguments += [word for name in PLUGINS if _is_installed(name) for word in ("-p", name)]
    arguments += _plain_hypothesis()
    status = pytest.main(arguments, plugins=[plugin])
    if suite.traced:
        tops = {name.partition(".")[0] for name in [*sys.modules]}
        plugin.tell("used", sorted(opened)[:MOST_OPENED], sorted(tops - sys.stdlib_module_names))
    plugin.tell("done", int(status))


def _is_installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ImportError:
        return False


def _plain_hypothesis() -> list[str]:
    """Arguments for properties that are the same in every run, and fail without looking further."""
    try:
        from hypothesis import HealthCheck, Phase, settings
    except ImportError:
        return []
    settings.register_profile(
        "suite", database=None, deadline=None, derandomize=True, max_examples=MOST_EXAMPLES,
        phases=(Phase.explicit, Phase.generate), suppress_health_check=[*HealthCheck],
    )  # fmt: skip
    return ["--hypothesis-profile=suite"]


MOST_EXAMPLES = 30


def _forget(names: set[str]) -> None:
    """Unload modules that the tree has too, so that its own are imported: this project's, say."""
    tops = {name.removesuffix(".py") for name in names} - sys.stdlib_module_names
    for name in list(sys.modules):
        if name.partition(".")[0] in tops:
            del sys.modules[name]


def _opening(root: str, opened: set[str]) -> Any:
    def hook(event: str, arguments: Any) -> None:
        if event == "open" and isinstance(arguments[0], str):
            path = os.path.abspath(arguments[0])
            if path.startswith(root):
                opened.add(path[len(root) :])

    return hook


class TookTooLong(Exception):
    """A test took more CPU time than a single one may."""


def _too_long(*_: Any) -> None:
    raise TookTooLong


class _Telling:
    """The plugin that selects tests and tells what became of them."""

    def __init__(self, channel: int, suite: Suite) -> None:
        self._channel = channel
        self._suite = suite
        self._began = 0.0
        self._outcome = "passed"
        self._text = ""

    def tell(self, *event: Any) -> None:
        wire.send(self._channel, wire.dump([*event]))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: Any, items: list[Any]) -> None:
        wanted = self._suite.wanted
        if wanted is None:
            return
        names = frozenset(wanted)
        items[:] = [item for item in items if getattr(item, "originalname", None) in names]

    def pytest_collectreport(self, report: Any) -> None:
        if report.outcome != "passed":
            self.tell("uncollected", report.nodeid, _end_of(report))

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._began, self._outcome, self._text = time.monotonic(), "passed", ""
        if self._suite.case_s:
            signal.signal(signal.SIGPROF, _too_long)
            signal.setitimer(signal.ITIMER_PROF, self._suite.case_s)

    def pytest_runtest_logreport(self, report: Any) -> None:
        outcome = "xfailed" if hasattr(report, "wasxfail") else report.outcome
        if outcome != "passed" and self._outcome == "passed":
            self._outcome, self._text = outcome, _end_of(report)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        if self._suite.case_s:
            signal.setitimer(signal.ITIMER_PROF, 0)
        seconds = time.monotonic() - self._began
        self.tell("case", nodeid, self._outcome, seconds, self._text)


def _end_of(report: Any) -> str:
    """What a failure comes to: its last line of the kind `E   AssertionError: ...`."""
    lines = [line[1:].strip() for line in str(report.longrepr).splitlines() if line[:2] == "E "]
    text = lines[0] if lines else str(report.longrepr)[-TEXT_CHARS:]
    return text[:TEXT_CHARS].encode(errors="replace").decode()
