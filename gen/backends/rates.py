"""How fast a server may be asked: so many requests and so many tokens a minute.

    rates = Rates(requests_per_minute=500, tokens_per_minute=200_000)
    await rates.admit(estimate=700)        # waits for its turn
    rates.settle(actual=423)               # what the answer came to: better estimates

Both are leaky buckets small enough that no minute gets noticeably more than it may. What an answer
will come to is not known before: the mean of those that have come stands for it.
"""

import asyncio

from aiolimiter import AsyncLimiter

BURST_S = 3.0
"""Tokens of so many seconds may be had at once; a minute's would make the first minute double."""


class Rates:
    """The limits of one sampling; to be used in one event loop."""

    def __init__(
        self,
        *,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
    ) -> None:
        self._requests = self._tokens = None
        if requests_per_minute is not None:
            self._requests = AsyncLimiter(1, 60.0 / requests_per_minute)
        if tokens_per_minute is not None:
            self._tokens = AsyncLimiter(tokens_per_minute * BURST_S / 60.0, BURST_S)
        self._turn = asyncio.Lock()
        self._n_settled = self._settled = 0

    async def admit(self, *, estimate: int) -> None:
        """Wait for a request's turn; `estimate` is its tokens where none have come yet."""
        if self._requests is not None:
            await self._requests.acquire()
        if self._tokens is not None:
            async with self._turn:  # whoever waits longer knows more of what an answer comes to
                left = self._settled / self._n_settled if self._n_settled else float(estimate)
                while left > 0:  # a bucket cannot give more at once than it holds
                    part = min(left, self._tokens.max_rate)
                    await self._tokens.acquire(part)
                    left -= part

    def settle(self, *, actual: int) -> None:
        """Take note of the tokens, prompt and completion, that an answer came to."""
        self._n_settled += 1
        self._settled += actual
