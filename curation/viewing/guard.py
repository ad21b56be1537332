"""Lets in only what the reader's own browser asks of this server, and lets pages run nothing.

Guard(app, port=8321)     # an ASGI application around another

A page of another site could make the browser send requests here. Its name cannot be this host's
(DNS rebinding is told by the Host header), its forms carry its own origin, and it does not know the
token that every form here has. Pages may load style sheets, a font and an icon of this server, and
nothing else: a text that got through as HTML could neither run a script nor fetch anything.
"""

import hmac
import secrets
from typing import Any
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_FORM = 64 * 1024
"""Bytes of a form."""

# Formulas are aligned by inline styles, which can load nothing under this policy.
POLICY = (
    "default-src 'none'; img-src 'self'; font-src 'self'; style-src-elem 'self'; "
    "style-src-attr 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # Not "no-referrer": forms would then be sent without the origin that is asked for below.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Guard:
    """Refuses foreign hosts and origins, and says in each answer what its page may do."""

    def __init__(self, app: ASGIApp, *, port: int) -> None:
        self.app = app
        self.hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
        self.origins = {f"http://{host}" for host in self.hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope["method"], Headers(scope=scope))
        app = self.app if refusal is None else PlainTextResponse(refusal, status_code=403)
        await app(scope, receive, guarded)

    def _refusal(self, method: str, headers: Headers) -> str | None:
        if headers.get("host") not in self.hosts:
            return f"This is a local server: open it as http://{min(self.hosts)}."
        if headers.get("sec-fetch-site") == "cross-site":
            return "Another site asked for this page: open its address by hand."
        if method not in ("GET", "HEAD") and headers.get("origin") not in self.origins:
            return (
                "This form was not sent by a page of this server: reload the page, and try again."
            )
        return None


class Token:
    """A secret in every form of this server's pages, which other sites cannot know."""

    def __init__(self) -> None:
        self.value = secrets.token_urlsafe(32)

    def is_in(self, form: dict[str, str]) -> bool:
        """Whether the form carries it."""
        return hmac.compare_digest(form.get("token", "").encode(), self.value.encode())


async def read_form(request: Request) -> dict[str, str] | None:
    """The fields of a small urlencoded form, None for a large one."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_FORM:
            return None
    fields: dict[str, Any] = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[0] for name, values in fields.items()}
