"""What runs in the forked process of test code, which reaches the candidate by call only.

    serve_tests(judge_fd, candidate_fd)

The judge sends Tests; it is answered by events: `["loaded"]` or `["load_failed", type, message]`,
then `["asking"]` before the candidate is asked for the first time, `["result", index, outcome,
text]` for each test, and `["done", borrowed names]`. Outcomes are passed, failed, raised (by the
candidate), lost (the candidate's process ended), no_data, and broken: the test code failed before
the candidate had answered anything, so that it cannot be to blame.
"""

import builtins
import sys
from importlib import import_module
from typing import Any

from verifiers.sandbox import wire
from verifiers.sandbox.orders import Tests
from verifiers.sandbox.proxy import Link, Lost, NoData, Remote, Unsendable

TEXT_CHARS = 300

MODULES = {"np": "numpy", "numpy": "numpy", "pd": "pandas"}
"""Names of modules that tests use without an import, beside the standard library's."""


def serve_tests(judge_fd: int, candidate_fd: int) -> None:
    """Run the tests and tell the judge."""
    judge = Judge(judge_fd)
    tests = Tests(*wire.load(wire.receive(judge.fd)))
    link = Link(candidate_fd, judge.asking)
    if not loaded(judge, link):
        return
    scope = Scope(link, tests.helpers)
    scope["__name__"] = "tests"
    broken = None
    try:
        scope[tests.entry_point] = Remote(link, tests.entry_point)
        exec(compile(tests.setup, "<setup>", "exec"), scope)
        scope[tests.entry_point] = Remote(link, tests.entry_point)
    except BaseException as error:
        broken = error
    for index, text in enumerate(tests.texts):
        outcome, detail = _outcome(tests, text, scope, link, broken)
        judge.tell("result", index, outcome, detail)
        if outcome == "lost" or (outcome != "passed" and tests.stop_at_failure):
            break
    judge.tell("done", sorted(scope.borrowed))


def _outcome(
    tests: Tests, text: str, scope: "Scope", link: "Link", broken: BaseException | None
) -> tuple[str, str]:
    if broken is not None:
        return outcome_of(broken, link)
    fresh = scope.copy()
    try:
        exec(compile(text, "<test>", "exec"), fresh)
        if tests.check:
            if "check" not in fresh:  # nor may it be the candidate's
                raise NameError("the test defines no function check")
            fresh["check"](Remote(link, tests.entry_point))
    except BaseException as error:
        return outcome_of(error, link)
    return "passed", ""


def outcome_of(error: BaseException, link: "Link") -> tuple[str, str]:
    """What a test that ended with an error says of the candidate."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    detail = text[:TEXT_CHARS].encode(errors="replace").decode()
    if isinstance(error, Lost):
        return "lost", ""
    if isinstance(error, NoData):
        return "no_data", str(error)[:TEXT_CHARS]
    if isinstance(error, Unsendable):
        return "broken", detail
    if error is link.raised:
        return "raised", detail
    return ("failed" if link.answered else "broken"), detail


def loaded(judge: "Judge", link: "Link") -> bool:
    """Whether the candidate's program was executed without an error; tells the judge."""
    try:
        answer = link.receive()
    except Lost:
        judge.tell("load_failed", "lost", "")
        return False
    if answer[1] != "value":
        judge.tell("load_failed", str(answer[2])[:TEXT_CHARS], str(answer[4])[:TEXT_CHARS])
        return False
    judge.tell("loaded")
    return True


class Judge:
    """The channel to the judge."""

    def __init__(self, fd: int) -> None:
        self.fd = fd

    def tell(self, *event: Any) -> None:
        """Send an event."""
        wire.send(self.fd, wire.dump([*event]))

    def asking(self) -> None:
        """Tell that from here on the candidate may be what takes long."""
        self.tell("asking")


class Scope(dict):
    """The names test code sees: its own, the prompt's, then what only the candidate defines."""

    def __init__(self, link: Link, helpers: str | None) -> None:
        super().__init__()
        self.borrowed: set[str] = set()
        self._link = link
        self._helpers: dict[str, Any] | str | None = helpers

    def copy(self) -> "Scope":
        """A scope with the same names, which may then differ."""
        copy = Scope(self._link, None)
        copy.update(self)
        copy.borrowed, copy._helpers = self.borrowed, self._helpers
        return copy

    def __missing__(self, name: str) -> Any:
        if name.startswith("__") or hasattr(builtins, name):
            raise KeyError(name)
        if name in sys.stdlib_module_names or name in MODULES:  # not the candidate's to define
            return import_module(MODULES.get(name, name))
        helpers = self._shown()
        if name in helpers:
            return helpers[name]
        try:
            value = self._link.ask("object", name)
        except NameError:
            raise KeyError(name) from None
        self.borrowed.add(name)
        return value

    def _shown(self) -> dict[str, Any]:
        if not isinstance(self._helpers, dict):
            shown: dict[str, Any] = {"__name__": "prompt"}
            if self._helpers is not None:
                exec(compile(self._helpers, "<prompt>", "exec"), shown)
            self._helpers = shown
        return self._helpers
