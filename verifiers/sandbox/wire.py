"""Values between processes that do not trust each other: length-prefixed frames of plain data.

    pack((1, {"a"}))                  ->  b'["t", 1, ["e", "a"]]'
    unpack(b'["t", 1, ["e", "a"]]')   ->  (1, {"a"})
    send(fd, payload); receive(fd, deadline=time.monotonic() + 2)

Only what a Python literal can say travels (None, bool, int, float, complex, str, bytes, list,
tuple, set, frozenset, dict) and the names of those types. What comes in is parsed strictly, and
nothing of it is ever executed. An object of a subclass travels as what its value honestly is, read
by the methods of the built-in type and not by its own; any other is refused, or stands as a handle
where the caller keeps handles. Everything in cells imports little: what is loaded there costs every
fork.
"""

from __future__ import annotations

import _socket  # `socket`, `json` and `typing` would double what every fork has to copy
import os
import struct
import time
from _json import encode_basestring_ascii, make_encoder, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    Keep = Callable[[Any], int]
    """Keeps an object that is no plain data; gives its handle."""

    Fetch = Callable[[int], Any]
    """What stands on the reader's side for a handle."""

LARGEST_FRAME = 16 << 20
"""Bytes in one frame; a longer one is refused by both sides."""

LENGTH = struct.Struct("<I")

SCALARS = frozenset({type(None), bool, float, str, int})

TYPES = {
    kind.__name__: kind
    for kind in (bool, bytes, complex, dict, float, frozenset, int, list, set, str, tuple)
}
"""Types themselves are data too: tests hand them over."""

SEQUENCES = {list: "l", tuple: "t", set: "e", frozenset: "f"}


class NotData(ValueError):
    """A value that is no plain data, or bytes that are none."""


class TooLong(ValueError):
    """A frame longer than LARGEST_FRAME."""


class Closed(EOFError):
    """The other end is gone."""


def encode(value: Any, keep: Keep | None = None) -> Any:
    """Make the JSON tree of a value; raises NotData."""
    kind = type(value)
    if kind in SCALARS:
        return value if kind is not int and kind is not str else _scalar(value, kind)
    tag = SEQUENCES.get(kind)
    if tag is not None:
        return _sequence(tag, value, keep)
    if kind is dict:
        return _mapping(value.items(), keep)
    return _unusual(value, kind, keep)


def decode(tree: Any, fetch: Fetch | None = None) -> Any:
    """Make the value of a JSON tree; raises NotData."""
    if type(tree) is not list:
        if type(tree) in SCALARS:
            return tree
        raise NotData(f"{type(tree).__name__} is no data")
    try:
        return _decoded(tree, fetch)
    except (TypeError, ValueError, IndexError, OverflowError, RecursionError) as error:
        raise NotData(f"malformed data: {error}"[:200]) from None


def pack(value: Any) -> bytes:
    """Encode one value as bytes; raises NotData."""
    return dump(encode(value))


def unpack(data: bytes) -> Any:
    """The value of bytes made by `pack`; raises NotData."""
    return decode(load(data))


def dump(tree: Any) -> bytes:
    """Bytes of a tree; raises NotData."""
    try:
        return "".join(CHUNKS(tree, 0)).encode()
    except (RecursionError, TypeError, ValueError) as error:
        raise NotData(f"cannot be sent: {error}"[:200]) from None


def load(data: bytes) -> Any:
    """The tree of bytes; raises NotData."""
    try:
        text = data.decode()
        tree, end = SCAN(text, 0)
    except (RecursionError, ValueError, StopIteration) as error:
        raise NotData(f"malformed data: {error}"[:200]) from None
    if end != len(text):
        raise NotData("malformed data: more than one value")
    return tree


def send(fd: int, payload: bytes, deadline: float | None = None) -> None:
    """Write one frame; raises TooLong, Closed, or TimeoutError after `deadline` (time.monotonic).

    A deadline is kept only where the descriptor does not block.
    """
    if len(payload) > LARGEST_FRAME:
        raise TooLong(f"{len(payload)} bytes are more than the {LARGEST_FRAME} that may be sent")
    left = memoryview(LENGTH.pack(len(payload)) + payload)
    while left:
        try:
            left = left[os.write(fd, left) :]
        except BlockingIOError:
            _wait(fd, deadline, to_write=True)
        except OSError as error:
            raise Closed(str(error)) from None


def receive(fd: int, deadline: float | None = None, most: int = LARGEST_FRAME) -> bytes:
    """Read one frame of at most `most` bytes; raises as `send` does."""
    (length,) = LENGTH.unpack(_exactly(fd, LENGTH.size, deadline))
    if length > most:
        raise TooLong(f"it sent {length} bytes where at most {most} are read")
    return _exactly(fd, length, deadline)


def send_with_fds(channel: Any, payload: bytes, fds: Sequence[int] = ()) -> None:
    """Write one short frame with descriptors to a socket; raises OSError."""
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack(f"{len(fds)}i", *fds))]
    channel.sendmsg([LENGTH.pack(len(payload)) + payload], rights if fds else [])


def receive_with_fds(
    channel: Any, most_fds: int, deadline: float | None = None
) -> tuple[bytes, tuple[int, ...]]:
    """Read one short frame with descriptors from a socket; raises as `receive` does."""
    while True:
        try:
            head, rights, _, _ = channel.recvmsg(LENGTH.size, _socket.CMSG_SPACE(4 * most_fds))
            break
        except BlockingIOError:
            _wait(channel.fileno(), deadline, to_write=False)
        except OSError as error:
            raise Closed(str(error)) from None
    fds = tuple(fd for _, _, data in rights for (fd,) in struct.iter_unpack("i", data))
    if len(head) < LENGTH.size:
        raise Closed("closed")
    (length,) = LENGTH.unpack(head)
    if length > LARGEST_FRAME:
        raise TooLong(f"a frame of {length} bytes")
    return _exactly(channel.fileno(), length, deadline), fds


def _exactly(fd: int, n: int, deadline: float | None) -> bytes:
    parts = []
    while n:
        try:
            part = os.read(fd, n)
        except BlockingIOError:
            _wait(fd, deadline, to_write=False)
            continue
        except OSError as error:
            raise Closed(str(error)) from None
        if not part:
            raise Closed("closed")
        parts.append(part)
        n -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _refused(value: Any) -> Any:
    raise TypeError(f"{type(value).__name__} is no plain data")


def _wait(fd: int, deadline: float | None, *, to_write: bool) -> None:
    import select  # on the judge's side only: in cells descriptors block

    left_s = None if deadline is None else deadline - time.monotonic()
    if left_s is not None and left_s <= 0:
        raise TimeoutError
    waiting = select.poll()
    waiting.register(fd, select.POLLOUT if to_write else select.POLLIN)
    if not waiting.poll(None if left_s is None else left_s * 1000):
        raise TimeoutError


def _scalar(value: Any, kind: type) -> Any:
    if kind is int:
        # Longer ones are sent in hexadecimal, which is quick to write and to read.
        return value if -(1 << 63) <= value < 1 << 63 else ["i", format(value, "x")]
    try:
        value.encode()
    except UnicodeEncodeError:  # JSON would join two halves of a character
        return ["s", value.encode("utf-8", "surrogatepass").decode("latin-1")]
    return value


def _sequence(tag: str, items: Any, keep: Keep | None) -> list[Any]:
    if {*map(type, items)} <= SIMPLE:
        return [tag, *items]
    return [tag, *[encode(item, keep) for item in items]]


SIMPLE = SCALARS - {int, str}


def _mapping(items: Any, keep: Keep | None) -> list[Any]:
    tree: list[Any] = ["d"]
    for key, value in items:
        tree.append(encode(key, keep))
        tree.append(encode(value, keep))
    return tree


def _unusual(value: Any, kind: type, keep: Keep | None) -> Any:
    if kind is bytes:
        return ["b", value.decode("latin-1")]
    if kind is complex:
        return ["c", value.real, value.imag]
    if kind is type and TYPES.get(value.__name__) is value:
        return ["y", value.__name__]
    bases = type.__dict__["__mro__"].__get__(kind)
    for base, honest in HONEST.items():
        if base in bases:
            return encode(honest(value), keep)
    if kind.__module__ == "numpy" and any(base.__name__ == "generic" for base in bases):
        plain = value.item()  # numpy's scalars are numbers that only lack the type
        if type(plain) in (bool, int, float, complex, str):
            return encode(plain, keep)
    if keep is None:
        raise NotData(f"{kind.__name__} is no plain data")
    return ["h", keep(value)]


HONEST: dict[type, Callable[[Any], Any]] = {
    int: lambda value: int.__add__(value, 0),
    float: float.__float__,
    complex: lambda value: complex.__add__(value, 0),
    str: lambda value: "".join([*str.__iter__(value)]),
    bytes: lambda value: bytes.__add__(value, b""),
    list: lambda value: [*list.__iter__(value)],
    tuple: lambda value: (*tuple.__iter__(value),),
    set: lambda value: {*set.__iter__(value)},
    frozenset: lambda value: frozenset({*frozenset.__iter__(value)}),
    dict: lambda value: dict(zip(dict.keys(value), dict.values(value), strict=True)),
}


def _decoded(tree: list[Any], fetch: Fetch | None) -> Any:
    tag = tree[0]
    if tag == "l":
        return [_node(item, fetch) for item in tree[1:]]
    if tag == "t":
        return tuple([_node(item, fetch) for item in tree[1:]])
    if tag == "d":
        items = [_node(item, fetch) for item in tree[1:]]
        return dict(zip(items[::2], items[1::2], strict=True))
    if tag == "e":
        return {_node(item, fetch) for item in tree[1:]}
    if tag == "f":
        return frozenset([_node(item, fetch) for item in tree[1:]])
    return _tagged(tag, tree[1:], fetch)


def _node(tree: Any, fetch: Fetch | None) -> Any:
    if type(tree) is list:
        return _decoded(tree, fetch)
    if type(tree) in SCALARS:
        return tree
    raise NotData(f"{type(tree).__name__} is no data")


def _tagged(tag: Any, rest: list[Any], fetch: Fetch | None) -> Any:
    if tag == "i":
        (digits,) = rest
        return int(digits, 16)
    if tag in ("b", "s"):
        (text,) = rest
        data = str.encode(text, "latin-1")
        return data if tag == "b" else data.decode("utf-8", "surrogatepass")
    if tag == "c":
        real, imaginary = rest
        if type(real) is float and type(imaginary) is float:
            return complex(real, imaginary)
    if tag == "y":
        (name,) = rest
        if isinstance(name, str) and name in TYPES:
            return TYPES[name]
    if tag == "h" and fetch is not None:
        (handle,) = rest
        if type(handle) is int:
            return fetch(handle)
    raise NotData(f"unknown tag {tag!r:.40}")


CHUNKS = make_encoder(None, _refused, encode_basestring_ascii, None, ":", ",", False, False, True)
"""What json.dumps calls, made once."""


class _Strict:
    """How json.loads reads by default."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = {
        "-Infinity": float("-inf"),
        "Infinity": float("inf"),
        "NaN": float("nan"),
    }.__getitem__


SCAN = make_scanner(_Strict)  # pyright: ignore[reportArgumentType]
"""What json.loads calls, without the regular expressions around it."""
