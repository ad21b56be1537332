"""Which proposals are asked for, so that exactly N are accepted, whatever finishes first.

    window = Window(2)
    window.next_number()  ->  0, then 1, 2 and 3, then None: wait for outcomes
    window.settle(1); window.settled()  ->  None: number 0 is still open
    window.settle(0); window.settled()  ->  0; window.advance(accepted=True); window.settled() -> 1

Outcomes are taken in the order of the numbers, and what is asked for depends on them alone: a run
that was killed and went on has asked the same as one that was not. Ahead of the first open number
go as many as the share accepted so far lets expect to be needed: a few while little is known of it,
then more, at most `most_ahead`. That keeps a model busy while something slow is still open.
"""

from bisect import bisect_right
from math import ceil

FIRST_AHEAD = 32


class Window:
    """The order of a job's proposals; `n` are wanted."""

    def __init__(self, n: int, *, most_ahead: int = 512, give_up_after: int = 500) -> None:
        """`give_up_after` proposals in a row without an accepted one end the job."""
        self.n = n
        self.n_accepted = 0
        self.fruitless = 0
        self.exhausted = False
        """Set once the mode has nothing more to ask."""
        self._most_ahead, self._give_up_after = most_ahead, give_up_after
        self._next = 0
        self._prefix = 0
        self._settled: set[int] = set()
        self._limit = 0
        self._raised: list[tuple[int, int]] = []
        self._raise(self._ahead())

    @property
    def prefix(self) -> int:
        """How many proposals have been taken account of: all below this number."""
        return self._prefix

    @property
    def limit(self) -> int:
        """The first number that may not be asked for yet."""
        return self._limit

    @property
    def gave_up(self) -> bool:
        """Whether so many proposals in a row were of no use that more would not be either."""
        return self.fruitless >= self._give_up_after

    @property
    def done(self) -> bool:
        """Whether every proposal that was asked for has been taken account of, and no more are."""
        return self._prefix == self._next and (self.exhausted or self._next == self._limit)

    def next_number(self) -> int | None:
        """The next proposal to ask for; None where outcomes have to be waited for."""
        if self.exhausted or self._next >= self._limit:
            return None
        self._next += 1
        return self._next - 1

    def exhaust(self) -> None:
        """Take the last number back: the mode had nothing to ask for it, nor will it have."""
        self._next -= 1
        self.exhausted = True

    def settle(self, number: int) -> None:
        """Note that a proposal's outcome is known."""
        self._settled.add(number)

    def settled(self) -> int | None:
        """The first number not yet taken account of, if its outcome is known."""
        return self._prefix if self._prefix in self._settled else None

    def advance(self, *, accepted: bool) -> None:
        """Take account of the first number's outcome."""
        self._settled.remove(self._prefix)
        self._prefix += 1
        self.n_accepted += accepted
        self.fruitless = 0 if accepted else self.fruitless + 1
        if self.n_accepted < self.n and not self.gave_up:
            self._raise(self._prefix + self._ahead())

    def born(self, number: int) -> int:
        """How many proposals had to be taken account of before this one might be asked for."""
        return self._raised[bisect_right(self._raised, (number, self._prefix))][1]

    def _raise(self, limit: int) -> None:
        if limit > self._limit:
            self._limit = limit
            self._raised.append((limit, self._prefix))

    def _ahead(self) -> int:
        share = (self.n_accepted + 1) / (self._prefix + 2)
        needed = ceil((self.n - self.n_accepted) / share)
        return min(needed, self._most_ahead, max(FIRST_AHEAD, 2 * self._prefix))
