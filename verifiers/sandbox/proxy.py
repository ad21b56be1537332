"""How test code reaches the candidate: a link that asks, objects that stand for its objects.

    link = Link(candidate_fd, before_asking=lambda: None)
    f = Remote(link, "f")
    f([3, 1])            # ["call", "f", ...] goes over, plain data or a Remote comes back

What comes back is plain data where it can be, and is then compared here. An object that is none can
be called, and asked for attributes and items; it equals itself only, and shows the same items each
time, whatever it would say of itself.
"""

import builtins
import os
from collections.abc import Callable, Iterator
from typing import Any

from verifiers.sandbox import wire


class Lost(BaseException):
    """The candidate's process ended, or said what it should not."""


class NoData(BaseException):
    """The candidate's value is none; test code must not take it for an error that it expects."""


class Unsendable(BaseException):
    """The test hands over something that is no plain data."""


class Link:
    """The channel to the candidate: asks, and checks what comes back."""

    def __init__(self, fd: int, before_asking: Callable[[], None]) -> None:
        os.set_blocking(fd, True)  # the judge has used it with a deadline
        self.asked = False
        self.answered = False
        self.raised: BaseException | None = None
        self._fd = fd
        self._seen: dict[Any, Any] = {}
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
        try:
            trees = [wire.encode(one, _handle) for one in args]
            words = {name: wire.encode(one, _handle) for name, one in (keywords or {}).items()}
        except (wire.NotData, RecursionError) as error:
            raise Unsendable(str(error)) from None
        if operation in ("call", "setattr"):  # which may change what an object holds
            self._seen.clear()
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
        if operation != "object":  # to be asked for a name says nothing
            self.answered = True
        return self._value(answer, args)

    def items(self, target: str | int) -> "Items":
        """The items of an object, the same until something is called or set."""
        if target not in self._seen:
            self._seen[target] = Items(self, target)
        return self._seen[target]

    def item(self, target: str | int, key: Any) -> Any:
        """What an object has under a key, the same until something is called or set."""
        place = (target, repr(key))
        if place not in self._seen:
            self._seen[place] = self.ask("getitem", target, (key,))
        return self._seen[place]

    def _value(self, answer: list[Any], args: Any) -> Any:
        if answer[1] == "value" and len(answer) == 4:
            try:
                value = wire.decode(answer[2], self._remote)
                if answer[3] is not None and value is None:
                    changed = [wire.decode(one, self._remote) for one in answer[3]]
                    for old, new in zip(args, changed, strict=True):
                        _become(old, new)
            except (wire.NotData, ValueError, TypeError) as error:
                raise NoData(str(error)) from None
            return value
        if answer[1] == "no_data":
            raise NoData(str(answer[2]))
        if answer[1] == "raised" and len(answer) == 5:
            self.raised = _exception(*answer[2:])
            raise self.raised
        raise Lost

    def _remote(self, handle: int) -> "Remote":
        return Remote(self, handle)


class Remote:
    """An object of the candidate's: what is done to it is done over there."""

    __slots__ = ("_link", "_target")

    def __init__(self, link: Link, target: str | int) -> None:
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_target", target)

    def __call__(self, *args: Any, **keywords: Any) -> Any:  # noqa: D102
        return self._link.ask("call", self._target, args, keywords)

    def __getattr__(self, name: str) -> Any:
        if name == "__name__" and isinstance(self._target, str):
            return self._target
        if name.startswith("__"):
            raise AttributeError(name)
        return self._link.ask("getattr", self._target, (name,))

    def __setattr__(self, name: str, value: Any) -> None:
        self._link.ask("setattr", self._target, (name, value))

    def __iter__(self) -> Iterator[Any]:
        items = self._link.items(self._target)
        place = 0
        while items.reach(place):
            yield items.got[place]
            place += 1

    def __next__(self) -> Any:
        """An iterator is gone through once, whoever does it."""
        found = self._link.ask("next", self._target)
        if not found:
            raise StopIteration
        return found[0]

    def __len__(self) -> int:
        items = self._items()
        return self._link.ask("len", self._target) if items is None else len(items)

    def __contains__(self, item: Any) -> bool:
        items = self._items()
        return False if items is None else item in items

    def __getitem__(self, key: Any) -> Any:
        if type(key) in (int, slice) and (items := self._items()) is not None:
            return items[key]
        return self._link.item(self._target, key)

    def __str__(self) -> str:
        return str(self._link.ask("str", self._target))

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: Any) -> bool:
        return type(other) is Remote and self._target == other._target

    def __hash__(self) -> int:
        return hash(self._target)

    def _items(self) -> list[Any] | None:
        """All items; None where it has none to go through."""
        try:
            items = self._link.items(self._target)
        except TypeError:
            return None
        while items.reach(len(items.got)):
            pass
        return items.got


class Items:
    """The items of an object, each asked for once."""

    def __init__(self, link: Link, target: str | int) -> None:
        self.got: list[Any] = []
        self._link = link
        self._iterator = link.ask("iter", target)
        self._ended = False

    def reach(self, place: int) -> bool:
        """Whether there is an item at that place; it is then in `got`."""
        while len(self.got) <= place and not self._ended:
            found = self._link.ask("next", self._iterator._target)
            self._ended = not found
            self.got += found
        return place < len(self.got)


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
    ending = builtin in ("StopIteration", "StopAsyncIteration")
    if ending or not (isinstance(kind, type) and issubclass(kind, Exception)):
        # What would end this process, or a loop of the test, is an error like any other here.
        return RuntimeError(f"{name}: {text}")
    error = kind.__new__(kind)
    error.args = (str(text),)
    return error
