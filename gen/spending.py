"""What a run may spend, what it has spent, and what it is going to.

    meter = Meter(Budget(tokens=50_000, prices=Prices(output=0.6)))
    meter.reserve(512)                      # False once the budget might not hold another answer
    meter.spend(reserved=512, n_prompt_tokens=60, n_tokens=180)
    meter.cost, meter.stopped_by            # 0.000108, None

Prices are in one currency, whichever the user thinks in: per million tokens, and per hour for a
machine that is paid by time. A budget is a bound, never overdrawn: an answer that has not come yet
counts with all the tokens that it may have.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Money per million prompt tokens, per million sampled tokens, and per hour."""

    prompt: float = 0.0
    output: float = 0.0
    hour: float = 0.0

    @property
    def known(self) -> bool:
        """Whether anything has a price."""
        return bool(self.prompt or self.output or self.hour)

    def cost(self, *, n_prompt_tokens: float, n_tokens: float, seconds: float) -> float:
        """What so much comes to."""
        by_token = self.prompt * n_prompt_tokens + self.output * n_tokens
        return by_token / 1e6 + self.hour * seconds / 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The most that a run may spend: sampled tokens, wall seconds, money; None is no bound."""

    tokens: int | None = None
    seconds: float | None = None
    cost: float | None = None
    prices: Prices = field(default_factory=Prices)


class Meter:
    """Counts what one run spends; for use from any thread. `clock` gives seconds."""

    def __init__(
        self, budget: Budget | None = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.budget = budget or Budget()
        self.n_prompt_tokens = self.n_tokens = 0
        self.stopped_by: str | None = None
        """Which bound has refused something: "tokens", "seconds" or "cost"."""
        self._reserved = 0
        self._clock = clock
        self._started = clock()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """Wall time since the meter was made."""
        return self._clock() - self._started

    @property
    def cost(self) -> float | None:
        """Money spent so far; None where nothing has a price."""
        prices = self.budget.prices
        if not prices.known:
            return None
        return prices.cost(
            n_prompt_tokens=self.n_prompt_tokens, n_tokens=self.n_tokens, seconds=self.seconds
        )

    def reserve(self, n_tokens: int) -> bool:
        """Set the most tokens of an answer aside; False, for now, where they might be too many."""
        with self._lock:
            self.stopped_by = self._exceeded(n_tokens)
            if self.stopped_by is None:
                self._reserved += n_tokens
            return self.stopped_by is None

    def spend(self, *, reserved: int, n_prompt_tokens: int, n_tokens: int) -> None:
        """Count an answer that has come, and give back the rest of what was set aside for it."""
        with self._lock:
            self._reserved -= reserved
            self.n_prompt_tokens += n_prompt_tokens
            self.n_tokens += n_tokens

    def _exceeded(self, n_tokens: int) -> str | None:
        budget, most = self.budget, self.n_tokens + self._reserved + n_tokens
        if budget.tokens is not None and most > budget.tokens:
            return "tokens"
        if budget.seconds is not None and self.seconds >= budget.seconds:
            return "seconds"
        if budget.cost is not None and budget.prices.known:
            spent = budget.prices.cost(
                n_prompt_tokens=self.n_prompt_tokens, n_tokens=most, seconds=self.seconds
            )
            if spent > budget.cost:
                return "cost"
        return None
