"""What runs in the forked process of a candidate: its program, and nothing of its tests.

    serve_module(channel)     # executes the program, then answers calls of its functions
    serve_script(channel, stdin_fd, stdout_fd)

A program is told `[source, setup, tell]`, and answers as to a request of the token 0; with `tell`
false only where it could not be loaded. A request is `[token, operation, target, arguments,
keywords, back]`, its answer `[token, "value", tree, changed]`, `[token, "raised", type, built-in
type, message]` or `[token, "no_data", why]`. The token is drawn by the judge for each request: what
was written before it was read cannot answer it. `back` says that objects which are no data may
stand as handles, and that changed arguments are told.
"""

from __future__ import annotations

import _socket
import atexit
import os
import sys
import types

from verifiers.sandbox import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MODULE = "solution"
"""The name a program runs under, unless it is a script: what is for `__main__` stays quiet."""

MESSAGE_CHARS = 500

STDIN_COPY = "/tmp/stdin"


def serve_module(channel: int) -> None:
    """Execute the program as a module, then answer requests until the channel closes."""
    source, setup, tell = wire.load(wire.receive(channel))
    module = _module(MODULE)
    try:
        if setup:
            exec(compile(setup, "<setup>", "exec"), module.__dict__)
        exec(compile(source, "<solution>", "exec"), module.__dict__)
    except BaseException as error:
        wire.send(channel, wire.dump(_raised(0, error)))
        return
    if tell:
        wire.send(channel, wire.dump([0, "value", None, None]))
    objects: list[Any] = []
    while True:
        try:
            request = wire.load(wire.receive(channel))
        except wire.Closed:
            return
        wire.send(channel, _answer(request, module.__dict__, objects))


def rehearse(source: str = "def f(x):\n    return [x + 1, 'a']\n") -> None:
    """Do what every program does, with one that does next to nothing.

    The pages that a forked process touches are copied one by one, which takes longer than all else:
    here they are, before anybody waits.
    """
    ours, theirs = _socket.socketpair()
    for message in ([source, "", False], [0, "call", "f", [1], {}, False]):
        wire.send(ours.fileno(), wire.dump(message))
    ours.shutdown(_socket.SHUT_WR)
    serve_module(theirs.fileno())
    del sys.modules[MODULE]
    ours.close()
    theirs.close()


def serve_script(channel: int, stdin_fd: int, stdout_fd: int) -> None:
    """Run the program as a script over the given files; tells its exit status."""
    (source,) = wire.load(wire.receive(channel))
    os.dup2(stdin_fd, 0)
    os.dup2(stdout_fd, 1)
    os.close(stdin_fd)
    os.close(stdout_fd)
    if "/dev/stdin" in source and os.path.realpath("/dev/stdin") == STDIN_COPY:
        _copy_stdin()
    sys.stdin = sys.__stdin__ = _text_file(0, "r")
    sys.stdout = sys.__stdout__ = _text_file(1, "w")
    sys.argv = ["solution.py"]
    outcome = _run(source)
    wire.send(channel, wire.dump(outcome))


def _run(source: str) -> list[Any]:
    outcome: list[Any] = [0, "exit", 0]
    try:
        exec(compile(source, "<solution>", "exec"), _module("__main__").__dict__)
    except SystemExit as error:
        outcome = [0, "exit", _status(error.code)]
    except BaseException as error:
        outcome = _raised(0, error)
    try:
        if "threading" in sys.modules:
            sys.modules["threading"]._shutdown()
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except BaseException as error:
        return _raised(0, error)
    return outcome


def _status(code: Any) -> int:
    if code is None:
        return 0
    return code & 0xFF if type(code) is int else 1


def _text_file(fd: int, mode: str) -> Any:
    return open(fd, mode, encoding="utf-8", errors="surrogateescape", closefd=False)


def _copy_stdin() -> None:
    """/dev/stdin leads to a file in the scratch folder, for want of a /proc to lead further."""
    with open(STDIN_COPY, "wb") as copy:
        size = os.fstat(0).st_size
        while (sent := os.sendfile(copy.fileno(), 0, copy.tell(), size)) > 0:
            copy.seek(sent, os.SEEK_CUR)


def _module(name: str) -> types.ModuleType:
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module


def _answer(request: Any, names: dict[str, Any], objects: list[Any]) -> bytes:
    token, operation, target, arguments, keywords, back = request

    def keep(value: Any) -> int:
        objects.append(value)
        return len(objects) - 1

    kept = keep if back else None
    try:
        fetch = objects.__getitem__
        args = [wire.decode(one, fetch) for one in arguments]
        words = {name: wire.decode(one, fetch) for name, one in keywords.items()}
        owner = _named(names, target) if isinstance(target, str) else objects[target]
        value = OPERATIONS[operation](owner, *args, **words)
        # A function that works in place returns None, and its caller sees the arguments change.
        # Another may not: `f(xs) == sorted(xs)` would hold for one that empties the list.
        changed = [wire.encode(one, kept) for one in args] if back and value is None else None
        if changed == arguments:
            changed = None
        answer = wire.dump([token, "value", wire.encode(value, kept), changed])
        if len(answer) > wire.LARGEST_FRAME:
            raise wire.NotData(f"{len(answer)} bytes are more than are read")
        return answer
    except wire.NotData as error:
        return wire.dump([token, "no_data", str(error)[:MESSAGE_CHARS]])
    except BaseException as error:
        return wire.dump(_raised(token, error))


def _named(names: dict[str, Any], name: str) -> Any:
    if name not in names:
        raise NameError(f"name {name!r} is not defined")
    return names[name]


def _call(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    return function(*args, **keywords)


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": _call,
    "getattr": getattr,
    "setattr": setattr,
    "len": len,
    "iter": iter,
    "next": lambda owner: [item for _, item in zip((None,), owner, strict=False)],
    "getitem": lambda owner, key: owner[key],
    "str": str,
    "object": lambda owner: owner,
}


def _raised(token: int, error: BaseException) -> list[Any]:
    kinds = type(error).__mro__
    builtin = next(kind.__name__ for kind in kinds if kind.__module__ == "builtins")
    try:
        text = str(error)[:MESSAGE_CHARS].encode(errors="replace").decode()
    except BaseException:
        text = ""
    return [token, "raised", type(error).__name__, builtin, text]
