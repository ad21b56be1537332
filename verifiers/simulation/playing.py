"""Leads a candidate through the episodes: observations go out, numbers come in, nothing else.

    play_all(simulation, code, options, sandbox)   ->  Played(scores=[0.8, 0.7], fault=None)
    play_all(...)                                   ->  Played(scores=[0.8], fault="timeout: ...")

Each episode has a process of its own. A later observation does not exist in it before the action on
the earlier one has come; where actions may depend on their arguments alone, some calls are made
again in a further process.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import isclose
from secrets import randbits
from typing import Any

from verifiers.code.calls import ask, checked, is_about_loading, loading_fault
from verifiers.code.judging import ended_badly, raised, too_slow
from verifiers.code.truth import Options
from verifiers.sandbox import wire
from verifiers.sandbox.sandbox import Program, Sandbox, cell_for
from verifiers.simulation.episode import BadAction, Replay, Simulation, action_of

ANSWER_BYTES = 10_000
"""An answer is a number, or why there is none."""

SAME = 1e-9


@dataclass(slots=True)
class Played:
    """The scores of the episodes that were played to their end, and what went wrong."""

    scores: list[float] = field(default_factory=list)
    fault: str | None = None

    @property
    def all_passed(self) -> bool:
        """Whether nothing went wrong."""
        return self.fault is None


class Faulty(Exception):
    """The candidate brought something on itself; the text is the reason."""


def play_all(simulation: Simulation, code: str, options: Options, sandbox: Sandbox) -> Played:
    """Play every episode, until something goes wrong."""
    result, replays = Played(), []
    deadline = time.monotonic() + options.most_s
    try:
        for index in range(simulation.n_episodes):
            if time.monotonic() > deadline:
                raise Faulty(f"timeout: more than {options.most_s:g} s for all episodes")
            with _loaded(code, options, sandbox) as program:
                score, actions = _episode(simulation, index, program)
            result.scores.append(score)
            replays += simulation.replays(index, actions)
        if replays:
            # Shortest first: none may show what came after another.
            replays.sort(key=lambda one: len(str(one.args)))
            with _loaded(code, options, sandbox) as program:
                _replayed(replays, simulation.entry_point, program)
    except Faulty as fault:
        result.fault = str(fault)
    return result


def _episode(simulation: Simulation, index: int, program: Program) -> tuple[float, list[float]]:
    episode, actions = simulation.play(index), []
    try:
        args = next(episode)
        while True:
            actions.append(_act(program, simulation.entry_point, args))
            args = episode.send(actions[-1])
    except StopIteration as end:
        return end.value, actions
    except (BadAction, Faulty) as error:
        text = f"bad_action: {error}" if isinstance(error, BadAction) else str(error)
        place = f"episode {index + 1}, step {len(actions) + 1}"
        raise Faulty(f"{text} ({place})") from None


def _replayed(replays: Sequence[Replay], entry_point: str, program: Program) -> None:
    for args, action in replays:
        try:
            again = _act(program, entry_point, args)
        except BadAction as error:
            raise Faulty(f"bad_action: {error} (shown again)") from None
        if not isclose(again, action, rel_tol=SAME, abs_tol=SAME):
            raise Faulty(
                f"not_repeatable: it returned {action:g}, and {again:g} for the same arguments "
                "in a fresh process"
            )


def _act(program: Program, entry_point: str, args: list[Any]) -> float:
    """One call; raises BadAction, Faulty, and what `_loaded` tells of."""
    token = randbits(60)
    with suppress(wire.Closed):  # it ended; what it said before is read below
        ask(program, entry_point, [wire.encode(one) for one in args], token)
    answer = program.receive(ANSWER_BYTES)
    if is_about_loading(answer):
        raise Faulty(loading_fault(answer))
    answer = checked(answer, token)
    if answer[1] == "raised" and len(answer) == 5:
        raise Faulty(raised(str(answer[2]), str(answer[4])))
    if answer[1] == "no_data":
        raise Faulty(f"no_data: {answer[2]}")
    if answer[1] != "value":
        raise wire.NotData("it answered what was not asked")
    return action_of(answer[2])


@contextmanager
def _loaded(code: str, options: Options, sandbox: Sandbox) -> Iterator[Program]:
    """A process with the program; raises Faulty for whatever becomes of it."""
    cell = cell_for(code)
    with sandbox.run("module", options.limits, wall_s=options.wall_s, cell=cell) as program:
        try:
            program.send([code, "", False])
            yield program
        except TimeoutError:
            raise Faulty(too_slow(options)) from None
        except wire.Closed:
            raise Faulty(ended_badly(program.end(), options)) from None
        except (wire.NotData, wire.TooLong) as error:
            raise Faulty(f"no_data: {error}") from None
