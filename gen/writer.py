"""Commits what the other threads make, in batches, off their way.

    with Writer(store) as writer:
        writer.put("rollouts", rollout)     # returns at once, unless 20,000 rows wait already

Batches are committed when they are large or a few seconds old, problems before their rollouts and
rollouts before their verdicts, so that a kill at any point leaves nothing that hangs in the air.
"""

import threading
import time
from queue import Empty, Queue
from typing import Any, Self

from curation.store import Store

ORDER = ("problems", "rollouts", "verdicts")
ROWS_AT_ONCE = 10_000
OLDEST_S = 2.0
WAITING_ROWS = 20_000


class Writer:
    """A thread that owns all writing to a store while the context lasts."""

    def __init__(self, store: Store) -> None:
        self.seconds = 0.0
        self._store = store
        self._queue: Queue[tuple[str, Any] | None] = Queue(maxsize=WAITING_ROWS)
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

    def put(self, table: str, record: Any) -> None:
        """Queue a record from any thread; after a failed commit it is dropped, see `check`."""
        if self._failure is None:
            self._queue.put((table, record))

    def check(self) -> None:
        """Raise what a commit failed with."""
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        waiting: dict[str, list[Any]] = {table: [] for table in ORDER}
        flushed = time.monotonic()
        ended = False
        while not ended:
            try:
                item = self._queue.get(timeout=0.2)
                ended = item is None
                if item is not None:
                    waiting[item[0]].append(item[1])
            except Empty:
                pass
            old = time.monotonic() - flushed > OLDEST_S
            if ended or old or max(map(len, waiting.values())) >= ROWS_AT_ONCE:
                self._commit(waiting)
                flushed = time.monotonic()

    def _commit(self, waiting: dict[str, list[Any]]) -> None:
        started = time.monotonic()
        for table in ORDER:
            if waiting[table] and self._failure is None:
                try:
                    self._store.add(table, waiting[table])
                except BaseException as error:
                    self._failure = error
            waiting[table].clear()
        self.seconds += time.monotonic() - started
