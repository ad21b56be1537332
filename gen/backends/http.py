"""Any OpenAI-compatible server of chat completions: `http://HOST/v1#NAME`.

    with HttpBackend(ModelName.parse("http://127.0.0.1:8000/v1#qwen")) as backend:
        for completion in backend.sample(requests, Sampling(max_tokens=64), seed=0):
            ...                                        # each as it finishes

One request a sample, with a seed of its own, hundreds of them at once over one event loop in a
background thread. What may pass (429, 5xx, a timeout, a lost connection, a malformed reply) is tried
again, later and later. OPENAI_API_KEY is sent where it is set.
"""

import asyncio
import logging
import os
import random
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from queue import SimpleQueue
from typing import Any, Self

import anyio
import httpx
import msgspec
import stamina
from anyio.from_thread import start_blocking_portal

from gen.backends.base import Completion, ModelName, Request, Sampling, sample_seed
from gen.errors import BackendFailed
from verifiers.errors import UnknownName
from verifiers.records import FinishReason

log = logging.getLogger(__name__)

FINISH_REASONS: dict[str | None, FinishReason] = {
    "stop": "stop",
    "tool_calls": "stop",
    "length": "length",
}
PROMPT_REFUSED = (400, 413, 422)
"""What a server says of one prompt (too long, above all): that sample ends in "error"."""
REFUSALS_BEFORE_FAILURE = 8
LONGEST_RETRY_AFTER_S = 600.0


class HttpBackend:
    """A model behind a server, sampled with many requests in flight."""

    def __init__(
        self,
        model: ModelName,
        *,
        max_in_flight: int = 256,
        attempts: int = 8,
        first_wait_s: float = 0.5,
        timeout_s: float = 600.0,
    ) -> None:
        """Reach the server and find the model there.

        A request is tried `attempts` times, `first_wait_s` apart at first, then twice as long each
        time up to a minute; `timeout_s` is for one try. Raises BackendFailed for a server that
        cannot be used, UnknownName for a model that it does not list.
        """
        self._model = model
        self._max_in_flight = max_in_flight
        self._attempts = attempts
        self._timeout_s = timeout_s
        self._patiently = stamina.AsyncRetryingCaller(
            attempts=attempts,
            timeout=None,
            wait_initial=first_wait_s,
            wait_max=60.0,
            wait_jitter=first_wait_s,
        ).on(_wait_before_retry)
        key = os.environ.get("OPENAI_API_KEY")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._find_model()

    def sample(
        self, requests: Iterable[Request], sampling: Sampling, *, seed: int
    ) -> Iterator[Completion]:
        """Yield completions as they finish; a prompt that the server refuses ends in "error"."""
        samples = ((request, index) for request in requests for index in request.sample_indexes)
        finished: SimpleQueue[Completion | Exception] = SimpleQueue()
        todo: asyncio.Queue[tuple[Request, int] | None] = asyncio.Queue()
        refusals = _Refusals()
        with start_blocking_portal() as portal:
            portal.start_task_soon(
                self._work, todo, finished.put, lambda call: self._body(call, sampling, seed)
            )
            n_open = 0
            while True:
                # As many again wait in the queue, so that a slow consumer idles no server.
                for call in islice(samples, 2 * self._max_in_flight - n_open):
                    portal.call(todo.put_nowait, call)
                    n_open += 1
                if not n_open:
                    break
                outcome = finished.get()
                n_open -= 1
                if isinstance(outcome, Exception):
                    yield from _completions(finished)
                    raise outcome
                refusals.note(outcome)
                yield outcome
            portal.call(todo.put_nowait, None)
