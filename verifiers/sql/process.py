"""What runs in the process for queries: read a ground truth and a query, answer, never hang.

    serve(pipe)     # until the other end closes

Messages are msgpack: (truth, query or None, wall_s) in; (kind, right, reason) out, first READY when
the ground truth has been prepared, then DONE. A timer of the kernel runs beside both, and ends the
process where DuckDB does not heed its interruption.
"""

import os
import resource
import signal
import sys
from collections import OrderedDict
from multiprocessing.connection import Connection

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.sql.engine import Engine
from verifiers.sql.runner import DONE, FAILED, GRACE_S, PREPARING_S, READY
from verifiers.sql.truth import read_truth

ADDRESS_SPACE_MB = 2048

MOST_ENGINES = 8
"""Ground truths whose databases stay filled."""


def serve(pipe: Connection) -> None:
    """Answer until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _limit_memory()
    engines: OrderedDict[str, Engine] = OrderedDict()
    while True:
        truth, query, wall_s = msgspec.msgpack.decode(pipe.recv_bytes())
        signal.setitimer(signal.ITIMER_REAL, PREPARING_S)
        try:
            if truth not in engines:
                engines[truth] = Engine(read_truth(truth))
            engines.move_to_end(truth)
            if len(engines) > MOST_ENGINES:
                engines.popitem(last=False)[1].close()
        except VerifierFailed as error:
            signal.setitimer(signal.ITIMER_REAL, 0)
            _tell(pipe, FAILED, False, str(error))
            continue
        signal.setitimer(signal.ITIMER_REAL, wall_s + GRACE_S)
        _tell(pipe, READY, True, "")
        if query is not None:
            _tell(pipe, *_judged(engines[truth], query, wall_s))
        signal.setitimer(signal.ITIMER_REAL, 0)


def _judged(engine: Engine, query: str, wall_s: float) -> tuple[str, bool, str]:
    try:
        right, reason = engine.judge(query, wall_s=wall_s)
    except MemoryError:
        return DONE, False, "memory: the process's address space"
    except Exception as error:  # the judge's own, which must not count against the query
        return FAILED, False, f"{type(error).__name__}: {error}"
    return DONE, right, reason


def _tell(pipe: Connection, kind: str, right: bool, reason: str) -> None:
    readable = reason.encode(errors="replace").decode()
    pipe.send_bytes(msgspec.msgpack.encode((kind, right, readable)))


def _limit_memory() -> None:
    try:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        most = ADDRESS_SPACE_MB << 20
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ValueError, OSError):
        pass  # macOS refuses address-space limits; DuckDB's own remains


if __name__ == "__main__":
    try:
        serve(Connection(int(sys.argv[1])))
    except (EOFError, OSError):
        os._exit(0)
