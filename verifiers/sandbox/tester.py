"""What runs in the forked process of a ground truth's test code: it reaches the candidate by call only.

    serve_tests(judge_fd, candidate_fd)

The judge sends Tests; it is answered by events: `["loaded"]` or `["load_failed", type, message]`, then
`["asking"]` before the candidate is asked for the first time, `["result", index, outcome, text]`
for each test, and `["done", borrowed names]`. Outcomes are passed, failed, raised (by the candidate),
lost (the candidate's process ended), no_data, and broken: the test code failed before the candidate had
answered anything, so that it cannot be to blame.
"""

import builtins
import os
from collections.abc import Callable
from typing import Any, NamedTuple

from verifiers.sandbox import wire

TEXT_CHARS = 300


class Tests(NamedTuple):
    """Test code, a text each, and what it needs: `helpers` is code that the prompt shows.

    With `check`, the text defines a function `check` that takes the candidate.
    """

    entry_point: str
    setup: str
    helpers: str | None
    texts: list[str]
    check: bool
    stop_at_failure: bool


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
    if error is link.no_data:
        return "no_data", str(error)[:TEXT_CHARS]
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


class Lost(BaseException):
    """The candidate's process ended, or said what it should not."""


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


class Link:
    """The channel to the candidate: asks, and checks what comes back."""

    def __init__(self, fd: int, before_asking: Callable[[], None]) -> None:
        os.set_blocking(fd, True)  # the judge has used it with a deadline
        self.asked = False
        self.answered = False
        self.raised: BaseException | None = None
        self.no_data: BaseException | None = None
        self._fd = fd
        self._before_asking = before_asking

    def receive(self) -> list[Any]:
        """The next message; raises Lost."""
        try:
            answer = wire.load(wire.receive(self._fd))
        except (wire.Closed, wire.NotData, wire.TooLong):
            raise Lost from None
        if not isinstance(answer, list) or len(answer) not in (3, 4, 5):
            raise Lost
        return answer

    def ask(self, operation: str, target: str | int, args: Any = (), keywords: Any = None) -> Any:
        """Have the candidate do something; gives its value, or raises what it raised."""
        trees = [wire.encode(one, _handle) for one in args]
        words = {name: wire.encode(one, _handle) for name, one in (keywords or {}).items()}
        token = int.from_bytes(os.urandom(7), "little")
        if not self.asked:
            self.asked = True
            self._before_asking()
        try:
            message = wire.dump([token, operation, target, trees, words, True])
            wire.send(self._fd, message)
        except wire.Closed:
            raise Lost from None
        answer = self.receive()
        if answer[0] != token:
            raise Lost
        self.answered = True
        return self._value(answer, args)

    def _value(self, answer: list[Any], args: Any) -> Any:
        if answer[1] == "value" and len(answer) == 4:
            try:
                value = wire.decode(answer[2], self._remote)
                if answer[3] is not None:
                    changed = [wire.decode(one, self._remote) for one in answer[3]]
                    for old, new in zip(args, changed, strict=True):
                        _become(old, new)
            except (wire.NotData, ValueError, TypeError) as error:
                self.no_data = TypeError(str(error))
                raise self.no_data from None
            return value
        if answer[1] == "no_data":
            self.no_data = TypeError(str(answer[2]))
            raise self.no_data
        if answer[1] == "raised" and len(answer) == 5:
            self.raised = _exception(*answer[2:])
            raise self.raised
        raise Lost

    def _remote(self, handle: int) -> "Remote":
        return Remote(self, handle)


class Remote:
    """An object of the candidate's: what is done to it is done over there.

    It equals itself only: no comparison is left to the candidate.
    """

    __slots__ = ("_link", "_target")

    def __init__(self, link: Link, target: str | int) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_target", target)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._link.ask("call", self._target, args, keywords)

    def __getattr__(self, name: str) -> Any:
        if name == "__name__" and isinstance(self._target, str):
            return self._target
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.ask("getattr", self._target, (name,))

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.ask("setattr", self._target, (name, value))

    def __len__(self) -> int:
        return self._link.ask("len", self._target)

    def __iter__(self) -> Any:
        return iter(self._link.ask("list", self._target))

    def __getitem__(self, key: Any) -> Any:
        return self._link.ask("getitem", self._target, (key,))

    def __contains__(self, item: Any) -> bool:
        return self._link.ask("contains", self._target, (item,))

    def __str__(self) -> str:
        return str(self._link.ask("str", self._target))

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: Any) -> bool:
        return type(other) is Remote and self._target == other._target

    def __hash__(self) -> int:
        return hash(self._target)


class Scope(dict):
    """The names that test code sees: its own, the prompt's, then what only the candidate defines."""

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


def _handle(value: Any) -> int:
    if type(value) is Remote:
        if isinstance(value._target, str):
            value = value._link.ask("object", value._target)
        if type(value) is Remote:
            return value._target
    raise wire.NotData(f"the test hands over a {type(value).__name__}, which is no plain data")


def _become(old: Any, new: Any) -> None:
    if type(old) is not type(new):
        return
    if type(old) is list:
        old[:] = new
    elif type(old) in (dict, set):
        old.clear()
        old.update(new)


def _exception(name: Any, builtin: Any, text: Any) -> Exception:
    kind = getattr(builtins, builtin, None) if isinstance(builtin, str) else None
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        # What would end this process, such as SystemExit, is an error like any other here.
        return RuntimeError(f"{name}: {text}")
    error = kind.__new__(kind)
    error.args = (str(text),)
    return error
