"""Whether `gen serve-model` stands behind a port: then a server that died there comes back.

    with supervising(8000):                           # while the supervisor lives
        is_supervised("http://127.0.0.1:8000/v1")     ->  True, in any process of the same user

The mark is a lock, which the kernel drops with the process that holds it.
"""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@contextmanager
def supervising(port: int) -> Iterator[None]:
    """Hold the mark of a port."""
    path = _mark(port)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
        path.unlink(missing_ok=True)
    finally:
        os.close(file)


def is_supervised(url: str) -> bool:
    """Whether a server on this machine is started again when it dies."""
    address = urlsplit(url)
    if address.hostname not in LOOPBACK or address.port is None:
        return False
    try:
        file = os.open(_mark(address.port), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _mark(port: int) -> Path:
    return Path(tempfile.gettempdir()) / f"assay-{os.getuid()}-serves-{port}.lock"
