"""Any OpenAI-compatible server of chat completions: `http://HOST/v1#NAME`.

    with HttpBackend(ModelName.parse("http://127.0.0.1:8000/v1#qwen")) as backend:
        for completion in backend.sample(requests, seed=0):
            ...                                        # each as it finishes

One request a sample, with a seed of its own, hundreds of them at once over one event loop in a
background thread, no more of them a minute than the server allows. What may pass (429, 5xx, a
timeout, a lost connection, a malformed reply) is tried again, later and later. OPENAI_API_KEY is
sent where it is set.
"""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, Self

import anyio
import httpx
from anyio.from_thread import start_blocking_portal

from gen.backends.base import (
    DEFAULT_OPTIONS,
    PAUSE_S,
    BackendOptions,
    Completion,
    ModelName,
    Requests,
    calls_of,
)
from gen.backends.chat_reply import MalformedReply, PromptRefused, read_models, read_reply
from gen.backends.chat_request import (
    Call,
    chat_body,
    check_chance,
    check_needs,
    estimated_tokens,
    refused_option,
)
from gen.backends.patience import Patience, may_pass, what_happened
from gen.backends.rates import Rates
from gen.backends.supervised import is_supervised
from gen.errors import BackendFailed
from verifiers.errors import UnknownName

REACH_S = 10.0
"""How long a server may take to say which models it has."""
ROUNDS = 5
"""How often a call's attempts begin anew where the server has completed others of late."""
OF_LATE_S = 60.0
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
        options: BackendOptions = DEFAULT_OPTIONS,
    ) -> None:
        """Reach the server and find the model there.

        A request is tried `attempts` times, `first_wait_s` apart at first, then twice as long each
        time up to half a minute; `timeout_s` is for one try, to its last byte. Raises BackendFailed
        for a server that cannot be used, UnknownName for a model that it does not list.
        """
        self._model = model
        self._max_in_flight = max_in_flight
        self._attempts = attempts
        self._timeout_s = timeout_s
        self._options = options
        self._patience = Patience(model.url, attempts=attempts, first_wait_s=first_wait_s)
        self._answered_at = -OF_LATE_S
        self._left_out: set[str] = set()
        key = os.environ.get("OPENAI_API_KEY")
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._find_model()

    def sample(self, requests: Requests, *, seed: int) -> Iterator[Completion]:
        """Yield completions as they finish; a prompt that the server refuses ends in "error"."""
        calls = calls_of(requests)
        finished: SimpleQueue[Completion | Exception] = SimpleQueue()
        todo: asyncio.Queue[Call | None] = asyncio.Queue()
        rates = Rates(
            requests_per_minute=self._options.requests_per_minute,
            tokens_per_minute=self._options.tokens_per_minute,
        )
        complete = partial(self._complete, seed, rates)
        n_open = n_completed = n_refused = 0
        # Leaving this block early cancels what is in flight and joins the thread.
        with start_blocking_portal(name="http-backend") as portal:
            portal.start_task_soon(self._work, todo, complete, finished.put)
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
                    self._patience.tell("refuses a prompt", detail=f": {outcome}")
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

    async def _complete(
        self, seed: int, rates: Rates, client: httpx.AsyncClient, call: Call
    ) -> Completion:
        body = chat_body(self._model.name, call, seed)

        async def ask() -> Completion:
            known = {name: value for name, value in body.items() if name not in self._left_out}
            await rates.admit(estimate=estimated_tokens(call[0]))
            reply = await self._post(client, known)
            check_needs(self._model.url, known, status=reply.status_code, content=reply.content)
            try:
                completion = read_reply(reply, call[0].key, call[1])
            except PromptRefused as refused:
                if (option := refused_option(refused, known)) is None:
                    raise
                self._left_out.add(option)
                self._patience.tell(f"refuses {option}", detail=f", going on without: {refused}")
                return await ask()
            rates.settle(actual=completion.n_prompt_tokens + completion.n_tokens)
            self._answered_at = time.monotonic()
            return check_chance(self._model.url, call, completion)

        for n_left in reversed(range(ROUNDS)):
            try:
                return await self._patience(ask)
            except (httpx.HTTPError, MalformedReply, TimeoutError) as error:
                alive = time.monotonic() - self._answered_at < OF_LATE_S
                if may_pass(error) and alive and n_left:
                    continue
                tries = f" after {self._attempts} attempts" if may_pass(error) else ""
                raise BackendFailed(
                    f"{self._model.url} {what_happened(error)}{tries}; see to the server and run "
                    "the command again, finished completions are kept"
                ) from error
        raise AssertionError("unreachable")

    async def _post(self, client: httpx.AsyncClient, body: dict[str, Any]) -> httpx.Response:
        """Ask once; where `gen serve-model` is starting a dead server again, wait for that."""
        url = f"{self._model.url}/chat/completions"
        while True:
            try:
                # httpx's own timeouts are for a single read, which a slow stream never exceeds.
                with anyio.fail_after(self._timeout_s):
                    return await client.post(url, json=body)
            except httpx.ConnectError:
                if not is_supervised(self._model.url):
                    raise
                self._patience.tell("is being started again", detail="; waiting for it")
                await anyio.sleep(random.uniform(0.5, 1.5))

    def _find_model(self) -> None:
        url = self._model.url
        try:
            reply = httpx.get(f"{url}/models", headers=self._headers, timeout=REACH_S)
            reply.raise_for_status()
            known = read_models(reply)
        except (httpx.HTTPError, httpx.InvalidURL, MalformedReply, OSError) as error:
            raise BackendFailed(
                f"{url}/models {what_happened(error)}; start the server or mend the address, "
                "which most often ends in /v1"
            ) from error
        if self._model.name not in known:
            raise UnknownName(f"model at {url}", self._model.name, known)


def _drain(finished: "SimpleQueue[Completion | Exception]") -> Iterator[Completion]:
    while not finished.empty():
        outcome = finished.get()
        if not isinstance(outcome, Exception):
            yield outcome
