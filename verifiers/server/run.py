"""Runs the reward server: where it listens, whose token it wants, and how it ends.

    serve(pool, Address(host="127.0.0.1", port=8000), verifier="math", token=None, ...)

It ends on SIGTERM or SIGINT: it takes no new requests, answers those it has, and returns.
"""

import gc
import ipaddress
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from verifiers.errors import AssayError, BadInput
from verifiers.pool import GradingPool
from verifiers.registry import find_verifier
from verifiers.server.app import RewardServer, create_app
from verifiers.server.intake import Limits

SWITCH_S = 0.0005
"""Seconds a thread may keep the interpreter: workers must not wait for a large batch to be read."""

GARBAGE_AFTER = 50_000
"""Objects made before cyclic garbage is looked for: a batch makes thousands, and none of it is."""

CONNECTIONS_WAITING = 2_048
"""Connections the kernel keeps until they are accepted."""


def known_token(file: Path | None, environment: str | None) -> str | None:
    """The token of a file, else of the environment, else none; raises BadInput for a useless one.

    It never comes from the command line, which every process on the machine can read.
    """
    if file is None:
        token, where = environment, "ASSAY_TOKEN"
    else:
        try:
            token, where = file.read_text(encoding="utf-8").strip(), str(file)
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"{file}: the token cannot be read: {error}") from None
    if token is None:
        return None
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadInput(f"{where} holds no token: give one line of ASCII without spaces")
    return token


def listen(host: str, port: int, *, token: str | None) -> socket.socket:
    """Bind; raises BadInput where that fails, or where others could reach it without a token."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise BadInput(f"no address is called {host!r}: {error}") from None
    family, _, _, _, address = found[0]
    if token is None and not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback:
        raise BadInput(
            f"{host} can be reached from other machines: give a token (--token-file, or "
            "ASSAY_TOKEN), or listen on 127.0.0.1"
        )
    try:
        return socket.create_server(address[:2], family=family, backlog=CONNECTIONS_WAITING)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"cannot listen on {host}:{port}: {reason}; try another --port") from None


def serve(
    pool: GradingPool,
    listener: socket.socket,
    *,
    verifier: str | None,
    token: str | None,
    limits: Limits,
    drain_s: float,
    on_start: Callable[[str], None],
) -> None:
    """Serve until a signal; `on_start` is given the server's URL.

    What is in flight then has `drain_s` seconds; raises AssayError where that was not enough.
    """
    if verifier is not None:
        find_verifier(verifier)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        on_start(_url(listener))
        yield

    server = RewardServer(pool, verifier=verifier, token=token, limits=limits)
    config = uvicorn.Config(
        create_app(server, lifespan),
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, round(drain_s)),
    )
    sys.setswitchinterval(SWITCH_S)
    gc.freeze()  # what is there now stays, and need not be looked through at every batch
    gc.set_threshold(GARBAGE_AFTER)
    # uvicorn raises the signal that ended it once more, for handlers that were there before it.
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if server.cut_off:
        raise AssayError(
            f"{server.cut_off} items were not judged within {drain_s:g} s of the end: give them "
            "longer by --drain-s"
        )


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _ignore(number: int, frame: Any) -> None:
    """Being told to end is no error."""
