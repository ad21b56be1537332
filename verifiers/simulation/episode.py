"""What a simulator is: episodes that show one observation at a time and take one action for it.

    class Guess(Simulation): ...
        def play(self, index):
            action = yield [[1.0, 2.0]]        # the arguments of the candidate's next call
            return cost_of(action)             # the episode's score

    played(simulation, 0, lambda history: 0.5)     ->  (score, [actions])

The judge runs them against a candidate in the sandbox, and families against their own reference.
"""

from collections.abc import Callable, Generator, Sequence
from math import isfinite
from typing import Any, NamedTuple, Protocol

Episode = Generator[list[Any], float, float]
"""Yields the arguments of the next call, is sent what it returned, and returns the score."""

MOST_STEPS = 20_000
"""Calls that one verdict may make."""


class BadAction(Exception):
    """The candidate returned what is no action here."""


class Replay(NamedTuple):
    """Arguments of a call, which in a fresh process must return the action again."""

    args: list[Any]
    action: float


class Worth(NamedTuple):
    """What all episodes together are worth: `figure` is the number that the bar is held against."""

    reward: float
    accepted: bool
    figure: float


class Simulation(Protocol):
    """A simulator with everything that a verdict needs."""

    @property
    def entry_point(self) -> str:
        """The name of the candidate's function."""
        ...

    @property
    def n_episodes(self) -> int:
        """How many independent episodes there are, each played in a process of its own."""
        ...

    def play(self, index: int) -> Episode:
        """One episode, which raises BadAction for an action that cannot be taken."""
        ...

    def replays(self, index: int, actions: Sequence[float]) -> list[Replay]:
        """Calls to be made again where the action may depend on the arguments alone."""
        ...

    def worth(self, scores: Sequence[float]) -> Worth:
        """The reward for the scores of all episodes."""
        ...


def played(
    simulation: Simulation, index: int, policy: Callable[..., float]
) -> tuple[float, list[float]]:
    """The score and the actions of a trusted policy in one episode; raises BadAction."""
    return followed(simulation.play(index), policy)


def followed(episode: Episode, policy: Callable[..., float]) -> tuple[float, list[float]]:
    """The same of an episode that has been made."""
    actions = []
    try:
        args = next(episode)
        while True:
            actions.append(action_of(policy(*args)))
            args = episode.send(actions[-1])
    except StopIteration as end:
        return end.value, actions


def action_of(value: Any) -> float:
    """A finite number; raises BadAction. A truth value is none."""
    if type(value) not in (int, float):
        raise BadAction(f"it returned a {type(value).__name__}, not a number")
    if abs(value) > 1e12 or not isfinite(value):
        raise BadAction("it returned a number that is too large, or none")
    return float(value)
