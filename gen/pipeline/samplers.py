"""Models that are sampled side by side, each in a thread of its own, from one place.

    with Samplers(seed=0) as samplers:
        samplers.ask("cpu:smollm2-135m", request)        # loaded at its first request
        samplers.events.get()                            # Answered(model, completion), as it comes

A sampler never waits for whoever takes its answers: they queue, and what limits them is how many
requests are put.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Self

from gen.backends import Backend, Completion, Request, open_backend

STOP_S = 5.0
"""How long a model's thread may take to give up what is under way."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A completion, and the model that it is of."""

    model: str
    completion: Completion


@dataclass(frozen=True, slots=True)
class Failed:
    """What ended a model's thread."""

    error: BaseException


class Samplers:
    """Opens each model when it is first asked; what happens comes through `events`."""

    def __init__(self, *, seed: int, open_model: Callable[[str], Backend] = open_backend) -> None:
        self.events: SimpleQueue[Any] = SimpleQueue()
        self._seed = seed
        self._open = open_model
        self._feeds: dict[str, _Feed] = {}
        self._under_way: list[tuple[Backend, _Feed, threading.Thread]] = []

    def ask(self, model: str, request: Request) -> None:
        """Queue a request; raises BackendFailed where the model cannot be had."""
        if model not in self._feeds:
            backend = self._open(model)
            self._feeds[model] = feed = _Feed()
            thread = threading.Thread(
                target=self._sample, args=(model, backend, feed), name="sampler", daemon=True
            )
            self._under_way.append((backend, feed, thread))
            thread.start()
        self._feeds[model].put(request)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Give up what is still under way, and the models."""
        for _, feed, _ in self._under_way:
            feed.stop()
        for backend, _, thread in self._under_way:
            thread.join(STOP_S)
            if not thread.is_alive():  # one that still waits for a server ends with the process
                backend.close()

    def _sample(self, model: str, backend: Backend, feed: "_Feed") -> None:
        try:
            for completion in backend.sample(feed, seed=self._seed):
                self.events.put(Answered(model, completion))
        except _Stopped:
            pass
        except BaseException as error:
            self.events.put(Failed(error))


class _Stopped(Exception):
    """Raised in a backend's own thread, which gives up what is under way."""


class _Feed:
    """A source of requests that is filled while it is drawn on, and never ends by itself."""

    def __init__(self) -> None:
        self._requests: deque[Request] = deque()
        self._stopped = False

    def put(self, request: Request) -> None:
        self._requests.append(request)

    def stop(self) -> None:
        self._stopped = True

    def __iter__(self) -> Iterator[Request | None]:
        while True:
            if self._stopped:
                raise _Stopped
            yield self._requests.popleft() if self._requests else None
