"""Any OpenAI-compatible server of chat completions: `http://HOST/v1#NAME`.

    with HttpBackend(ModelName.parse("http://127.0.0.1:8000/v1#qwen")) as backend:
        for completion in backend.sample(requests, seed=0):
            ...                                        # each as it finishes

One request a sample, with a seed of its own, hundreds of them at once over one event loop in a
background thread. What may pass (429, 5xx, a timeout, a lost connection, a malformed reply) is
tried again, later and later. OPENAI_API_KEY is sent where it is set.
"""

import asyncio
import logging
import os
import random
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Self

import anyio
import httpx
import stamina
from anyio.from_thread import start_blocking_portal

from gen.backends.base import PAUSE_S, Completion, ModelName, Requests, calls_of
from gen.backends.chat_reply import MalformedReply, PromptRefused, read_models, read_reply
from gen.backends.chat_request import Call, chat_body, refused_option
from gen.errors import BackendFailed
from verifiers.errors import UnknownName

log = logging.getLogger(__name__)
# One line a request, or a retry without its reason, is more than anybody reads.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("stamina").setLevel(logging.ERROR)

REACH_S = 10.0
"""How long a server may take to say which models it has."""
LONGEST_WAIT_S = 30.0
LONGEST_RETRY_AFTER_S = 600.0
REFUSALS_BEFORE_FAILURE = 8
"""So many prompts refused and none completed: the requests are at fault, not the prompts."""

END: Any = object()


class HttpBackend:
    """A model behind a server, sampled with many requests in flight."""

    def __init__(
        self,
        model: ModelName,
        *,
        max_in_flight: int = 256,
        attempts: int = 10,
        first_wait_s: float = 0.5,
        timeout_s: float = 600.0,
    ) -> None:
        """Reach the server and find the model there.

        A request is tried `attempts` times, `first_wait_s` apart at first, then twice as long each
        time up to half a minute; `timeout_s` is for one try. Raises BackendFailed for a server that
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
            wait_max=LONGEST_WAIT_S,
            wait_jitter=first_wait_s,
        ).on(self._retry_in)
        self._told: set[str] = set()
        self._left_out: set[str] = set()
        key = os.environ.get("OPENAI_API_KEY")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._find_model()

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        """Yield completions as they finish; a prompt that the server refuses ends in "error"."""
        calls = calls_of(requests)
        finished: SimpleQueue[Completion | Exception] = SimpleQueue()
        todo: asyncio.Queue[Call | None] = asyncio.Queue()
        n_open = n_completed = n_refused = 0
        # Leaving this block early cancels what is in flight and joins the thread.
        with start_blocking_portal(name="http-backend") as portal:
            portal.start_task_soon(self._work, todo, partial(self._complete, seed), finished.put)
            submit = partial(
                portal.call(asyncio.get_running_loop).call_soon_threadsafe, todo.put_nowait
            )
            drained = paused = False
            while True:
                # As many again wait in line, so that a consumer at work elsewhere idles no server.
                while not drained and n_open < 2 * self._max_in_flight:
                    call = next(calls, END)
                    drained, paused = call is END, call is None
                    if drained or paused:
                        break
                    submit(call)
                    n_open += 1
                if drained and not n_open:
                    break
                try:
                    outcome = finished.get(timeout=PAUSE_S if paused else None)
                except Empty:
                    continue
                n_open -= 1
                if isinstance(outcome, PromptRefused):
                    n_refused += 1
                    if not n_completed and n_refused >= REFUSALS_BEFORE_FAILURE:
                        raise BackendFailed(f"{self._model.url} refuses every request: {outcome}")
                    self._tell("refuses a prompt", detail=f": {outcome}")
                    yield outcome.completion
                elif isinstance(outcome, Exception):
                    yield from _drain(finished)
                    raise outcome
                else:
                    n_completed += 1
                    yield outcome
            submit(None)

    def close(self) -> None:
        """Nothing is held between two samplings."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def _work(
        self,
        todo: "asyncio.Queue[Call | None]",
        complete: Callable[..., Awaitable[Completion]],
        finish: Callable[[Completion | Exception], None],
    ) -> None:
        """Run calls from `todo` until None comes, handing each one's outcome to `finish`."""
        verify = httpx.create_ssl_context()
        timeout = httpx.Timeout(self._timeout_s, connect=min(REACH_S, self._timeout_s))

        async def slot() -> None:
            # A client each: one client's pool searches all its connections for every request,
            # which at 256 of them costs twenty times what the request itself does.
            async with httpx.AsyncClient(
                headers=self._headers, timeout=timeout, verify=verify
            ) as client:
                while (call := await todo.get()) is not None:
                    try:
                        finish(await complete(client, call))
                    except Exception as error:
                        finish(error)
                todo.put_nowait(None)

        async with anyio.create_task_group() as slots:
            for _ in range(self._max_in_flight):
                slots.start_soon(slot)

    async def _complete(self, seed: int, client: httpx.AsyncClient, call: Call) -> Completion:
        request, sample_index = call
        body = chat_body(self._model.name, call, seed)

        async def ask() -> Completion:
            known = {name: value for name, value in body.items() if name not in self._left_out}
            reply = await client.post(f"{self._model.url}/chat/completions", json=known)
            try:
                return read_reply(reply, request.key, sample_index)
            except PromptRefused as refused:
                if (option := refused_option(refused, known)) is None:
                    raise
                self._left_out.add(option)
                self._tell(f"refuses {option}", detail=f", going on without: {refused}")
            return await ask()

        try:
            return await self._patiently(ask)
        except (httpx.HTTPError, MalformedReply) as error:
            tries = f" after {self._attempts} attempts" if _may_pass(error) else ""
            raise BackendFailed(
                f"{self._model.url} {_what_happened(error)}{tries}; see to the server and run the "
                "command again, finished completions are kept"
            ) from error

    def _find_model(self) -> None:
        url = self._model.url
        try:
            reply = httpx.get(f"{url}/models", headers=self._headers, timeout=REACH_S)
            reply.raise_for_status()
            known = read_models(reply)
        except (httpx.HTTPError, httpx.InvalidURL, MalformedReply, OSError) as error:
            raise BackendFailed(
                f"{url}/models {_what_happened(error)}; start the server or mend the address, "
                "which most often ends in /v1"
            ) from error
        if self._model.name not in known:
            raise UnknownName(f"model at {url}", self._model.name, known)

    def _retry_in(self, error: Exception) -> bool | float:
        """Say whether to try again, and in how many seconds where the server says so."""
        if not _may_pass(error):
            return False
        self._tell(_what_happened(error), detail="; trying again")
        asked = _retry_after_s(error)
        # All that wait for the same moment would meet again at that moment.
        return True if asked is None else asked * random.uniform(1.0, 1.25)

    def _tell(self, news: str, *, detail: str) -> None:
        if news not in self._told:
            self._told.add(news)
            log.warning("%s %s%s", self._model.url, news, detail)


def _drain(finished: "SimpleQueue[Completion | Exception]") -> Iterator[Completion]:
    while not finished.empty():
        outcome = finished.get()
        if not isinstance(outcome, Exception):
            yield outcome


def _may_pass(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (408, 429) or error.response.status_code >= 500
    return isinstance(error, (httpx.TransportError, MalformedReply))


def _retry_after_s(error: Exception) -> float | None:
    """The seconds that a Retry-After header asks for; None without one, or where it is a date."""
    if not isinstance(error, httpx.HTTPStatusError):
        return None
    try:
        seconds = float(error.response.headers["Retry-After"])
    except (KeyError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)


def _what_happened(error: Exception) -> str:
    match error:
        case httpx.HTTPStatusError(response=response):
            hint = ", so set OPENAI_API_KEY" if response.status_code in (401, 403) else ""
            return f"answers {response.status_code} {response.reason_phrase}{hint}"
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "cannot be reached"
        case httpx.TimeoutException():
            return "does not answer in time"
        case MalformedReply():
            return f"sends a malformed reply ({error})"
        case httpx.TransportError():
            return "drops the connection"
    return f"cannot be used ({error})"
