"""What runs in the process for queries: read a ground truth and a query, answer, never hang.

    serve(pipe)     # until the other end closes

Messages are msgpack: (truth, query or None, wall_s) in, (kind, right, reason) out. A timer of the
kernel runs beside, and ends the process where DuckDB does not heed its interruption.
"""

import os
import resource
import signal
import sys
from collections import OrderedDict
from multiprocessing.connection import Connection

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.sql.engine import CRASH, Engine
from verifiers.sql.runner import DONE, FAILED, GRACE_S, PREPARING_S
from verifiers.sql.truth import read_truth

ADDRESS_SPACE_MB = 2048

MOST_ENGINES = 4
"""Ground truths whose databases stay filled."""


def serve(pipe: Connection) -> None:
    """Answer until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_memory()
    clock = KernelClock()
    engines: OrderedDict[str, Engine] = OrderedDict()
    while True:
        truth, query, wall_s = msgspec.msgpack.decode(pipe.recv_bytes())
        clock.ours()
        try:
            if truth not in engines:
                engines[truth] = Engine(read_truth(truth))
            engines.move_to_end(truth)
            if len(engines) > MOST_ENGINES:
                engines.popitem(last=False)[1].close()
            if query is None:
                engines[truth].prepare()
                kind, right, reason = DONE, True, ""
            else:
                right, reason = engines[truth].judge(query, wall_s=wall_s, clock=clock)
                kind = DONE
            broken = reason.startswith(CRASH)
        except MemoryError:
            kind, right, reason, broken = DONE, False, "memory: the process's address space", True
        except VerifierFailed as error:
            kind, right, reason, broken = FAILED, False, str(error), True
        except Exception as error:  # the judge's own, which must not count against the query
            kind, right, reason, broken = FAILED, False, f"{type(error).__name__}: {error}", True
        if broken and truth in engines:
            # Half filled, or invalidated by DuckDB: the next query must not meet it.
            engines.pop(truth).close()
        clock.stop()
        pipe.send_bytes(msgspec.msgpack.encode((kind, right, reason.encode(errors="replace"))))


class KernelClock:
    """Timers that no code can hold up: SIGVTALRM in the judge's time, SIGALRM in the query's."""

    def ours(self) -> None:
        """Give the filling of databases its seconds of CPU."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, PREPARING_S)

    def theirs(self, seconds: float) -> None:
        """Give the query its seconds."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_REAL, seconds + GRACE_S)

    def stop(self) -> None:
        """Time nothing."""
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


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
