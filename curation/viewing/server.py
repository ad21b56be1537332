"""Serves the pages of a store on this machine, until the reader stops it.

with listen(8321) as listener:
    serve(Store("assay.duckdb"), listener, on_start=print)    # http://127.0.0.1:8321
"""

import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette

from curation.store import Store
from curation.viewing.app import create_app
from verifiers.errors import BadInput

HOST = "127.0.0.1"
"""The store is shown to whoever is on this machine, and to nobody else."""


def listen(port: int) -> socket.socket:
    """Take the port, or a free one for 0; raises BadInput where it is taken."""
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise BadInput(
            f"cannot listen on {HOST}:{port}: {error.strerror}; try another --port"
        ) from None


def serve(store: Store, listener: socket.socket, *, on_start: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; `on_start` is given the address to open.

    Raises BadInput where there is no store, or one that cannot be read.
    """
    store.rows("SELECT 1")
    port = listener.getsockname()[1]

    @asynccontextmanager
    async def started(app: Starlette) -> AsyncIterator[None]:
        on_start(f"http://{HOST}:{port}")
        yield

    config = uvicorn.Config(
        create_app(store, port=port, lifespan=started),
        lifespan="on",
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    # uvicorn raises the signal that ended it once more, for handlers that were there before it.
    before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore(number: int, frame: Any) -> None:
    """Being told to end is no error."""
