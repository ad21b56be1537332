"""Keeps what the other threads make, off their way: segments at once, the store in batches.

    with Writer(store) as writer:
        writer.put("rollouts", rollout)     # returns at once, unless 20,000 rows wait already

A row is in a segment (curation/segments.py) within a moment, and in the store within seconds, in
transactions that take a small share of the time. A kill at any point leaves nothing half done.
"""

import threading
import time
from collections import defaultdict
from queue import Empty, Queue
from typing import Any, Self

from curation.segments import ADD, PUT, Segments
from curation.store import Store

ROWS_A_SEGMENT = 5_000
SEGMENT_S = 0.25
"""How long a row may wait for its segment."""

ROWS_AT_ONCE = 100_000
OLDEST_S = 2.0
SHARE = 0.05
"""Share of the time that transactions may take: they wait longer where they take longer."""

WAITING_ROWS = 20_000


class Writer:
    """A thread that owns all writing to a store while the context lasts."""

    def __init__(self, store: Store) -> None:
        self.seconds = 0.0
        """Wall time spent on segments and transactions."""
        self._store = store
        self._segments = Segments(store.path)
        self._queue: Queue[tuple[str, str, Any] | None] = Queue(maxsize=WAITING_ROWS)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._queue.put(None)
        self._thread.join()
        if exc[0] is None:
            self.check()

    def put(self, table: str, record: Any, *, replace: bool = False) -> None:
        """Queue a record from any thread; with `replace` it takes the place of its older version.

        After a failed transaction it is dropped, see `check`.
        """
        if self._failure is None:
            self._queue.put((table, PUT if replace else ADD, record))

    def check(self) -> None:
        """Raise what a transaction failed with."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        waiting: dict[tuple[str, str], list[Any]] = defaultdict(list)
        n_waiting = n_kept = 0
        written = committed = time.monotonic()
        pause_s = OLDEST_S
        ended = False
        while not ended:
            try:
                item = self._queue.get(timeout=SEGMENT_S)
                ended = item is None
                if item is not None:
                    table, how, record = item
                    waiting[table, how].append(record)
                    n_waiting += 1
            except Empty:
                pass
            now = time.monotonic()
            if n_waiting >= ROWS_A_SEGMENT or ended or (n_waiting and now - written > SEGMENT_S):
                self._guarded(self._write, waiting)
                n_kept, n_waiting, written = n_kept + n_waiting, 0, now
            if n_kept and (ended or n_kept >= ROWS_AT_ONCE or now - committed > pause_s):
                took_s = self._guarded(self._commit)
                n_kept, committed = 0, time.monotonic()
                pause_s = max(OLDEST_S, took_s / SHARE)

    def _write(self, waiting: dict[tuple[str, str], list[Any]]) -> None:
        for (table, how), records in waiting.items():
            self._segments.write(table, records, how=how)
        waiting.clear()

    def _commit(self) -> None:
        self._segments.commit(self._store)
        self._segments.remove()

    def _guarded(self, work: Any, *arguments: Any) -> float:
        """Do it unless something has failed before; gives the seconds that it took."""
        started = time.monotonic()
        if self._failure is None:
            try:
                work(*arguments)
            except BaseException as error:
                self._failure = error
        took_s = time.monotonic() - started
        self.seconds += took_s
        return took_s
