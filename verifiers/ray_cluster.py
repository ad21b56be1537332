"""Joins a Ray cluster, or says in one line why it cannot be had.

ray = join("auto")               # the cluster that this machine is in
ray.cluster_resources()          # {"CPU": 64.0, "GPU": 8.0, ...}
ray.shutdown()
"""

import logging
import os
import socket
from typing import Any

from verifiers.errors import BadInput

LOCAL = "local"  # as Ray understands it: never a cluster that is already there

REACH_S = 10.0


def join(address: str, *, env_vars: dict[str, str] | None = None) -> Any:
    """Give the `ray` module, connected to `address`: HOST:PORT, `auto`, or `local` for a new one.

    Raises BadInput where Ray is not installed or the cluster cannot be reached.
    """
    try:
        import ray
    except ImportError:
        raise BadInput("a cluster needs Ray: install assay[ray]") from None
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # it would write on our stderr
    try:
        _reach(address)
        ray.init(
            address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            include_dashboard=False if address == LOCAL else None,
            runtime_env={"env_vars": env_vars} if env_vars else None,
        )
    except (OSError, ValueError, RuntimeError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BadInput(f"no Ray cluster at {address!r}: {reason}") from None
    return ray


def _reach(address: str) -> None:
    """Raise OSError where nobody listens at HOST:PORT; Ray would try for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdigit():
        socket.create_connection((host, int(port)), timeout=REACH_S).close()
