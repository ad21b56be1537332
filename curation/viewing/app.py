"""The pages of `gen view`, and what their addresses mean.

    GET  /                      the list of problems, filtered by its query
    GET  /problems/ID           one problem
    POST /problems/ID/mark      to quarantine, with a note;  /unmark takes it back
    GET  /sql?q=SELECT...       a query, read-only
    GET  /look.css, /code.css, /icon.svg, /math.woff2

app = create_app(Store("assay.duckdb"), port=8321)

Requests are answered in threads, one at a time where they read the store; nothing is kept between
two of them but the token of the forms.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import Lifespan

from curation.errors import BadQuery, StoreLocked
from curation.store import Store
from curation.viewing.guard import Guard, Token, read_form
from curation.viewing.listing import PAGE, SORTS, STATES, Listing, neighbours, page_of
from curation.viewing.marking import LONGEST_NOTE, READER, mark, unmark
from curation.viewing.story import MOST_ROLLOUTS, story_of
from curation.viewing.texts import answer, code_style, highlighted, pretty_json, shown
from verifiers.errors import AssayError, BadInput

QUERY_S = 15.0
"""Seconds a page's queries may take: the store is kept from writers as long."""

MOST_ROWS = 1_000
"""Rows of a query's answer on a page."""

LONGEST_CELL = 2_000
"""Characters of a cell of it."""

EXAMPLES = {
    "Where the policy is neither always right nor always wrong": (
        "SELECT family, level, count(*) AS problems, avg(pass_rate) AS pass_rate\n"
        "FROM problem_stats WHERE pass_rate BETWEEN 0.2 AND 0.8\n"
        "GROUP BY ALL ORDER BY problems DESC"
    ),
    "Why answers were rejected": (
        "SELECT split_part(reason, ':', 1) AS reason, count(*) AS verdicts\n"
        "FROM verdicts WHERE outcome = 'rejected' GROUP BY ALL ORDER BY verdicts DESC"
    ),
    "What readers marked": (
        "SELECT problem_id, family, quarantine FROM problems\nWHERE quarantine LIKE 'reader:%'"
    ),
}

COLUMNS = """
    SELECT table_name, list(column_name ORDER BY column_index) FROM duckdb_columns()
    WHERE NOT internal AND table_name <> 'assay_schema' GROUP BY table_name ORDER BY table_name
"""

HERE = Path(__file__).parent


def create_app(store: Store, *, port: int, lifespan: Lifespan | None = None) -> Starlette:
    """The application; `port` is the one that it is reached at."""
    pages = _Pages(store)
    return Starlette(
        routes=[
            Route("/", pages.told(pages.problems)),
            Route("/problems/{problem_id:uuid}", pages.told(pages.problem)),
            Route("/problems/{problem_id:uuid}/mark", pages.mark, methods=["POST"]),
            Route("/problems/{problem_id:uuid}/unmark", pages.unmark, methods=["POST"]),
            Route("/sql", pages.told(pages.sql)),
            *(Route(f"/{name}", _file(*one)) for name, one in _files().items()),
        ],
        middleware=[Middleware(Guard, port=port)],
        exception_handlers={404: pages.nothing_there},
        lifespan=lifespan,
    )


class _Pages:
    """The pages of one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.token = Token()
        self.templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True
        )
        self.templates.globals.update(
            store=store.path, token=self.token.value, longest_note=LONGEST_NOTE, reader=READER
        )
        self.templates.filters.update(shown=shown, answer=answer, json=_json_or_text, plain=_plain)

    def told(self, page: Callable[[Request], Response]) -> Callable[[Request], Response]:
        """The page, or what kept it from being made."""

        def answered(request: Request) -> Response:
            try:
                return page(request)
            except AssayError as error:
                return self._page("message.html", _status(error), message=str(error))

        return answered

    def problems(self, request: Request) -> Response:
        listing = Listing.read(request.query_params)
        with self.store.reading(wall_s=QUERY_S) as connection:
            page = page_of(connection, listing)
        return self._page(
            "list.html", listing=listing, page=page, size=PAGE, sorts=SORTS, states=STATES
        )

    def problem(self, request: Request) -> Response:
        return self._problem(request.path_params["problem_id"], request)

    def sql(self, request: Request) -> Response:
        query = request.query_params.get("q", "").strip()
        result: dict[str, Any] = {}
        with self.store.reading(wall_s=QUERY_S) as connection:
            tables = connection.execute(COLUMNS).fetchall()
        if query:
            started = time.perf_counter()
            try:
                names, rows = self.store.ask(query, most_rows=MOST_ROWS + 1, wall_s=QUERY_S)
            except BadQuery as error:
                return self._page(
                    "sql.html", 400, query=query, error=str(error), tables=tables, examples=EXAMPLES
                )
            result = {"names": names, "rows": rows[:MOST_ROWS], "more": len(rows) > MOST_ROWS}
            result["seconds"] = time.perf_counter() - started
        return self._page(
            "sql.html", query=query, result=result, tables=tables, examples=EXAMPLES, most=MOST_ROWS
        )

    async def mark(self, request: Request) -> Response:
        return await self._change(request, lambda id_, note, at: mark(self.store, id_, note, at=at))

    async def unmark(self, request: Request) -> Response:
        return await self._change(request, lambda id_, note, at: unmark(self.store, id_, at=at))

    async def nothing_there(self, request: Request, error: Exception) -> Response:
        return self._page("message.html", 404, message="There is no such page: see the list.")

    async def _change(
        self, request: Request, change: Callable[[UUID, str, datetime], None]
    ) -> Response:
        form = await read_form(request)
        if form is None or not self.token.is_in(form):
            message = "this form is not of this server's pages: reload the page, and send it again"
            return self._page("message.html", 403, message=message)
        problem_id, note = request.path_params["problem_id"], form.get("note", "")
        now = datetime.now(UTC).replace(tzinfo=None)

        def changed() -> Response:
            try:
                change(problem_id, note, now)
            except AssayError as error:
                return self._problem(problem_id, request, error=error, note=note)
            return RedirectResponse(f"/problems/{problem_id}?{request.url.query}", status_code=303)

        return await run_in_threadpool(changed)

    def _problem(
        self, problem_id: UUID, request: Request, *, error: AssayError | None = None, note: str = ""
    ) -> Response:
        listing = Listing.read(request.query_params)
        at = request.query_params.get("at", "")
        place = int(at) if at.isdecimal() and len(at) < 10 else None
        before = after = None
        with self.store.reading(wall_s=QUERY_S) as connection:
            story = story_of(connection, problem_id)
            if place is not None:
                before, after = neighbours(connection, listing, place)
        return self._page(
            "problem.html",
            200 if error is None else _status(error),
            story=story,
            listing=listing,
            place=place,
            before=before,
            after=after,
            most_rollouts=MOST_ROLLOUTS,
            error=error,
            note=note,
        )

    def _page(self, template: str, status: int = 200, **values: Any) -> Response:
        return HTMLResponse(self.templates.get_template(template).render(**values), status)


def _status(error: AssayError) -> int:
    if isinstance(error, StoreLocked):
        return 409
    return 400 if isinstance(error, BadInput) else 500


def _json_or_text(text: str) -> Any:
    laid_out = pretty_json(text)
    return highlighted(text, "text") if laid_out is None else laid_out


def _plain(value: Any) -> str:
    """A value of a table's cell, as text."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.0f}" if 100 <= abs(value) < 1e15 else f"{value:.4g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    text = str(value)
    return text if len(text) <= LONGEST_CELL else text[:LONGEST_CELL] + " …"


def _files() -> dict[str, tuple[str | bytes, str]]:
    """Name -> (content, media type) of what pages may load."""
    templates = HERE / "templates"
    look = (HERE.parent / "reporting" / "look.css").read_text()
    return {
        "look.css": (look + (templates / "view.css").read_text(), "text/css"),
        "code.css": (code_style(), "text/css"),
        "icon.svg": ((templates / "icon.svg").read_text(), "image/svg+xml"),
        "math.woff2": ((HERE / "font" / "formulas.woff2").read_bytes(), "font/woff2"),
    }


def _file(content: str | bytes, media_type: str) -> Callable[[Request], Response]:
    def answered(request: Request) -> Response:
        return Response(content, media_type=media_type)

    return answered
