"""What the server lets in: who may ask, how much, and how much at once.

    authorise(request.headers.get("authorization"), token)
    with room.holding() as hold:
        body = await read_body(request, hold, limits)   # Refusal(413), (408)
        with room.taken(len(rows)): ...                 # Refusal(429) where that is too many

Everything is refused at once, as one line of JSON, and costs the others nothing.
"""

import asyncio
import hmac
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.requests import Request

from verifiers.errors import AssayError, BadInput

RETRY_AFTER_S = 1
"""Seconds a refused client is asked to wait; the pool empties thousands of items in that time."""

BODIES_AT_ONCE = 16
"""How many of the largest bodies may be held in memory at a time."""


class Refusal(AssayError):
    """A request that is not answered; `reason` is its name in the metrics."""

    def __init__(self, status: int, reason: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bytes a body, items a batch, items in flight, and seconds a client has to send its body."""

    body_bytes: int = 16 << 20
    items: int = 4_096
    in_flight: int = 8_192
    read_s: float = 30.0

    def __post_init__(self) -> None:
        if self.items > self.in_flight:
            raise BadInput(
                f"a batch of {self.items} items could never be taken with {self.in_flight} in "
                "flight: raise --max-in-flight or lower --max-items"
            )


class Room:
    """Counts items that are being judged and bytes of their requests; used by one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.items = 0
        self.bytes = 0

    @contextmanager
    def taken(self, n_items: int) -> Iterator[None]:
        """Hold room for `n_items`; raises Refusal where there is none."""
        if self.items + n_items > self._limits.in_flight:
            raise _busy(f"{self.items} items are in flight, of at most {self._limits.in_flight}")
        self.items += n_items
        try:
            yield
        finally:
            self.items -= n_items

    @contextmanager
    def holding(self) -> Iterator[Callable[[int], None]]:
        """A function that counts bytes as held until the block ends; it raises Refusal."""
        held = 0

        def hold(n_bytes: int) -> None:
            nonlocal held
            if self.bytes + n_bytes > BODIES_AT_ONCE * self._limits.body_bytes:
                raise _busy(f"{self.bytes} bytes are in flight")
            self.bytes += n_bytes
            held += n_bytes

        try:
            yield hold
        finally:
            self.bytes -= held


def authorise(header: str | None, token: str | None) -> None:
    """Raise Refusal unless the Authorization header carries the token (where there is one).

    `Bearer TOKEN`, or `Basic` with the token as password, for clients that take only a URL:
    http://any:TOKEN@HOST:PORT/openrlhf.
    """
    if token is None:
        return
    scheme, _, credentials = (header or "").partition(" ")
    sent = credentials.strip().encode("utf-8", "surrogateescape")
    if scheme.lower() == "basic":
        try:
            sent = b64decode(sent, validate=True).partition(b":")[2]
        except ValueError:
            sent = b""
    elif scheme.lower() != "bearer":
        sent = b""
    if not hmac.compare_digest(sent, token.encode()):
        raise Refusal(
            401,
            "token",
            "no valid token: send the header 'Authorization: Bearer TOKEN'",
            WWW_Authenticate="Bearer",
        )


async def read_body(request: Request, hold: Callable[[int], None], limits: Limits) -> bytes:
    """Gather the body; raises Refusal where it is too large or too slow, by what has come."""
    claimed = request.headers.get("content-length", "")
    if claimed.isdecimal() and int(claimed) > limits.body_bytes:
        raise _too_large(limits)
    n_bytes = 0
    chunks: list[bytes] = []
    try:
        async with asyncio.timeout(limits.read_s):
            async for chunk in request.stream():
                n_bytes += len(chunk)
                if n_bytes > limits.body_bytes:
                    raise _too_large(limits)
                hold(len(chunk))
                chunks.append(chunk)
    except TimeoutError:
        raise Refusal(
            408, "slow", f"the body did not arrive in {limits.read_s:g} s", Connection="close"
        ) from None
    return b"".join(chunks)


def _too_large(limits: Limits) -> Refusal:
    message = (
        f"the body has more than {limits.body_bytes} bytes: send smaller batches, or start the "
        "server with a larger --max-body-mb"
    )
    return Refusal(413, "body", message)


def _busy(what: str) -> Refusal:
    return Refusal(429, "busy", f"{what}: try again later", Retry_After=str(RETRY_AFTER_S))
