"""What goes wrong with a server, in a user's words, and whether and when to try again.

    patience = Patience("http://127.0.0.1:8000/v1", attempts=10, first_wait_s=0.5)
    reply = await patience(ask)        # ask() again on 429, 5xx, a timeout, a lost connection ...

Waits double up to half a minute and are spread, so that those who failed together do not come back
together; a server that says when to come back is taken at its word.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import stamina

from gen.backends.chat_reply import MalformedReply

log = logging.getLogger(__name__)
# One line a request, or a retry without its reason, is more than anybody reads.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("stamina").setLevel(logging.ERROR)

LONGEST_WAIT_S = 30.0
LONGEST_RETRY_AFTER_S = 600.0
T = TypeVar("T")


class Patience:
    """Tries a call of one server again where the failure may pass; tells each kind of it once."""

    def __init__(self, url: str, *, attempts: int, first_wait_s: float) -> None:
        self._url = url
        self._told: set[str] = set()
        waits: dict[str, Any] = {
            "attempts": attempts,
            "timeout": None,
            "wait_initial": first_wait_s,
            "wait_max": LONGEST_WAIT_S,
            "wait_jitter": first_wait_s,
        }
        self._try = stamina.AsyncRetryingCaller(**waits).on(self._retry_in)
        self._try_blocking = stamina.RetryingCaller(**waits).on(self._retry_in)

    async def __call__(self, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer of `ask`; raises its last error where trying again did not help."""
        return await self._try(ask)

    def blocking(self, ask: Callable[[], T]) -> T:
        """The same for a call that blocks."""
        return self._try_blocking(ask)

    def tell(self, news: str, *, detail: str = "") -> None:
        """Log what has not been logged before."""
        if news not in self._told:
            self._told.add(news)
            log.warning("%s %s%s", self._url, news, detail)

    def _retry_in(self, error: Exception) -> bool | float:
        """Say whether to try again, and in how many seconds where the server says so."""
        if not may_pass(error):
            return False
        self.tell(what_happened(error), detail="; trying again")
        asked = _retry_after_s(error)
        # All that wait for the same moment would meet again at that moment.
        return True if asked is None else asked * random.uniform(1.0, 1.25)


def may_pass(error: Exception) -> bool:
    """Whether the same request may yet succeed."""
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in (408, 429) or error.response.status_code >= 500
    return isinstance(error, (httpx.TransportError, MalformedReply, TimeoutError))


def what_happened(error: Exception) -> str:
    """The failure in the words that follow a server's address."""
    match error:
        case httpx.HTTPStatusError(response=response):
            hint = ", so set OPENAI_API_KEY" if response.status_code in (401, 403) else ""
            return f"answers {response.status_code} {response.reason_phrase}{hint}"
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "cannot be reached"
        case httpx.TimeoutException() | TimeoutError():
            return "does not answer in time"
        case MalformedReply():
            return f"sends a malformed reply ({error})"
        case httpx.TransportError():
            return "drops the connection"
    return f"cannot be used ({error})"


def _retry_after_s(error: Exception) -> float | None:
    """The seconds that a Retry-After header asks for; None without one, or where it is a date."""
    if not isinstance(error, httpx.HTTPStatusError):
        return None
    try:
        seconds = float(error.response.headers["Retry-After"])
    except (KeyError, ValueError):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_S)
