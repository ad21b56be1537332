"""The reward server: takes requests in, has the pool judge them, answers in the caller's words.

    POST /v1/verdicts   rows -> verdicts             POST /verify         NeMo Gym
    POST /openrlhf      query, prompts, labels       POST /seed_session   NeMo Gym, nothing to do
    GET  /health                                     GET  /metrics

A request is read whole before any of it is judged, and judged whole before any of it is answered,
so a slow client holds memory (bounded in `intake`) but never a worker.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from verifiers.errors import BadInput, UnknownName
from verifiers.pool import GradingPool
from verifiers.records import Verdict
from verifiers.registry import verifier_names
from verifiers.rows import UNREADABLE, bad_row, grading_task, result_row
from verifiers.server.formats import (
    Call,
    Reader,
    Result,
    read_json,
    read_native,
    read_nemo_gym,
    read_openrlhf,
)
from verifiers.server.intake import (
    RETRY_AFTER_S,
    Limits,
    Refusal,
    Room,
    authorise,
    read_body,
)
from verifiers.server.metrics import Metrics
from verifiers.worker import GradingTask

SURELY_FREE = 4_096
"""Items in flight that the pool takes without making anybody wait."""

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


class RewardServer:
    """Answers requests with verdicts from `pool`; `verifier` judges what names none.

    `cut_off` counts the items that were still in flight when the server had to end.
    """

    def __init__(
        self,
        pool: GradingPool,
        *,
        verifier: str | None = None,
        token: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.pool = pool
        self.verifier = verifier
        self.token = token
        self.limits = limits or Limits()
        self.room = Room(self.limits)
        self.cut_off = 0
        self.metrics = Metrics(in_flight=lambda: self.room.items, restarts=lambda: pool.restarts)
        self._feeder = ThreadPoolExecutor(1, thread_name_prefix="feeder")
        self._known = frozenset(verifier_names())

    async def answer(self, request: Request, read: Reader) -> Response:
        """Read a request with `read`, judge its rows, and answer in its words."""

        async def judged(body: bytes) -> Response:
            call = read(body, request.query_params)
            return _json(call.answer(await self._results(call)))

        return await self._admitted(request, judged)

    async def seed_session(self, request: Request) -> Response:
        """Answer NeMo Gym's agents, which open a session before each verify: there is none."""

        async def seeded(body: bytes) -> Response:
            session = read_json(body)
            name = session.get("resources_session_id") if isinstance(session, dict) else None
            return _json({} if name is None else {"resources_session_id": name})

        return await self._admitted(request, seeded)

    async def tell_metrics(self, request: Request) -> Response:
        """The metrics, for those who have the token."""

        async def told(body: bytes) -> Response:
            media_type = "text/plain; version=0.0.4; charset=utf-8"
            return Response(self.metrics.text(), media_type=media_type)

        return await self._admitted(request, told)

    async def _admitted(
        self, request: Request, work: Callable[[bytes], Awaitable[Response]]
    ) -> Response:
        """What `work` makes of the body of a request, or the refusal of one."""
        try:
            authorise(request.headers.get("authorization"), self.token)
            with self.room.holding() as hold:
                return await work(await read_body(request, hold, self.limits))
        except Refusal as refusal:
            self.metrics.refused(refusal.reason)
            return _json({"error": str(refusal)}, refusal.status, refusal.headers)
        except ClientDisconnect:
            self.metrics.refused("disconnected")
            return Response(status_code=400)

    async def _results(self, call: Call) -> list[Result]:
        if len(call.rows) > self.limits.items:
            raise Refusal(
                413,
                "items",
                f"{len(call.rows)} items: this server takes at most {self.limits.items} at once; "
                "send smaller batches, or start it with a larger --max-items",
            )
        with self.room.taken(len(call.rows)):
            try:
                return await self._judge(call.rows, call.verifier or self.verifier)
            except asyncio.CancelledError:  # the server ends, and its last grace has passed
                self.cut_off += len(call.rows)
                message = "the server ended before this was judged: try again"
                raise Refusal(503, "ended", message, Retry_After=str(RETRY_AFTER_S)) from None

    async def _judge(self, rows: Any, verifier: str | None) -> list[Result]:
        read = [self._task(place, row, verifier) for place, row in enumerate(rows)]
        tasks = [task for _, _, task in read if isinstance(task, GradingTask)]
        verdicts = await self._verdicts(tasks)
        self.metrics.judged(verdicts, n_bad_rows=len(rows) - len(tasks))
        each = iter(verdicts)
        return [
            result_row(row_id, name, next(each) if isinstance(task, GradingTask) else task)
            for row_id, name, task in read
        ]

    def _task(
        self, place: int, row: Any, verifier: str | None
    ) -> tuple[Any, str | None, GradingTask | Verdict]:
        if not isinstance(row, dict):
            why = row if isinstance(row, BadInput) else "not a JSON object"
            return None, verifier, bad_row(verifier, f"item {place}: {why}")
        name = row.get("verifier") or verifier
        try:
            task = grading_task(row, verifier=verifier)
            if task.verifier not in self._known:
                raise UnknownName("verifier", task.verifier[:60], self._known)
        except UNREADABLE as error:
            name = name if isinstance(name, str) else None
            return row.get("id"), name, bad_row(name, f"item {place}: {error}")
        return row.get("id"), task.verifier, task

    async def _verdicts(self, tasks: list[GradingTask]) -> list[Verdict]:
        if self.room.items <= SURELY_FREE:
            return await asyncio.wrap_future(self.pool.submit_many(tasks))
        # The pool makes who submits wait while it is full; that must never be the event loop.
        loop = asyncio.get_running_loop()
        submitted = await loop.run_in_executor(self._feeder, self.pool.submit_many, tasks)
        return await asyncio.wrap_future(submitted)


def create_app(server: RewardServer, lifespan: Lifespan | None = None) -> FastAPI:
    """The routes of a server, as an ASGI application."""
    app = FastAPI(title="Assay", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    formats = {"/v1/verdicts": read_native, "/openrlhf": read_openrlhf, "/verify": read_nemo_gym}
    for path, read in formats.items():
        # Plain routes: the formats decode and check a body themselves, and faster.
        app.add_route(path, _answering(server, read), methods=["POST"])
    app.add_route("/seed_session", server.seed_session, methods=["POST"])
    app.add_route("/metrics", server.tell_metrics, methods=["GET"])
    app.add_route("/health", _health, methods=["GET"])
    app.add_exception_handler(HTTPException, _no_such_thing)
    app.add_exception_handler(Exception, _defect)
    return app


def _answering(server: RewardServer, read: Reader) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        return await server.answer(request, read)

    return answer


async def _health(request: Request) -> Response:
    return _json({"status": "ok"})


async def _no_such_thing(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = f"{request.method} {request.url.path[:200]}: {error.detail}"
    return _json({"error": message}, error.status_code, dict(error.headers or {}))


async def _defect(request: Request, error: Exception) -> Response:
    message = "this is a defect of Assay, see the server's log; please report it"
    return _json({"error": message}, 500)


def _json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    try:
        body = msgspec.json.encode(content)
    except UnicodeEncodeError:  # an echoed lone surrogate, which only an escape can carry
        body = json.dumps(content).encode()
    return Response(body, status, headers=headers, media_type="application/json")
