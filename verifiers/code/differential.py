"""Runs the reference and other programs on the same inputs, in the sandbox, and tells them apart.

    trial = trial_of(ground_truth, reference, seed=0)
    trial.inputs                ->  (([3, 1],), ([],), ...)   on which the reference is trusted
    trial.told_apart(mutant)    ->  {1, 7}                    inputs on which the mutant differs

An input is kept only where the reference gives plain data, quickly, and the same in a second
process that is given the inputs in the other order and whose sets are iterated the other way: an
order that nothing promises must not become an expected value. Nor may a convention of the reference
alone: a value of another type than all that the tests show, or a text, or a negative number where
none is shown, that the reference has for a constant (`return -1`, `return "Not found"`).
"""

import ast
import atexit
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from secrets import randbits
from typing import Any

from verifiers.code.calls import loading_fault
from verifiers.code.equality import same, same_float
from verifiers.code.examples import Args, examples
from verifiers.code.inputs import more_inputs
from verifiers.code.shaken import SHAKEN, shaken
from verifiers.code.syntax import literal, parse
from verifiers.code.truth import Function, Truth, read_truth
from verifiers.sandbox import wire
from verifiers.sandbox.levels import DEFAULT, LEAST_LEVEL
from verifiers.sandbox.orders import Limits
from verifiers.sandbox.sandbox import Program, Sandbox, cell_for

N_INPUTS = 80

SLOW_S = 0.1
"""An input on which the reference takes longer is not used."""

CALL_S = 0.5
"""Seconds after which a call is lost, and its process with it."""

MOST_LOSSES = 4
"""Processes that may be lost before the rest of the inputs counts as lost."""

LIMITS = Limits(cpu_s=10, memory_mb=512)

MOST_CHARS = 1_000
"""Characters of arguments and value together, beyond which a test is no pleasure to read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: `kind` is value, raised or lost; `what` the value, or the error."""

    kind: str
    what: Any
    seconds: float = 0.0


class Trial:
    """A truth's inputs and the reference's values on them, made once."""

    def __init__(self, truth: Truth, reference: str, seed: int) -> None:
        self._setup = truth.setup if isinstance(truth, Function) else ""
        self._entry_point = getattr(truth, "entry_point", "")
        self.agree = agreement(truth)
        seen = examples(truth) or ()
        tried = [*seen, *more_inputs(seen, N_INPUTS, seed)]
        kept = self._trusted(reference, tried) if seen else []
        shown = [value for args, value in kept if args in seen]
        fixed = _constants(reference)
        kept = [one for one in kept if not _own_convention(one[1], shown, fixed)]
        self.inputs: tuple[Args, ...] = tuple(args for args, _ in kept)
        self.values: tuple[Any, ...] = tuple(value for _, value in kept)

    def told_apart(self, program: str) -> set[int]:
        """The numbers of the inputs on which the program does not give the reference's value."""
        outcomes = self._run(program, self.inputs)
        return {
            number
            for number, (outcome, value) in enumerate(zip(outcomes, self.values, strict=True))
            if outcome.kind != "value" or not self.agree(outcome.what, value)
        }

    def _trusted(self, reference: str, tried: list[Args]) -> list[tuple[Args, Any]]:
        first = [
            (args, one.what)
            for args, one in zip(tried, self._run(reference, tried), strict=True)
            if one.kind == "value" and one.seconds < SLOW_S and _is_written(args, one.what)
        ]
        backwards = [args for args, _ in reversed(first)]
        second = reversed(self._run(shaken(reference), backwards, extra=SHAKEN))
        return [
            (args, value)
            for (args, value), again in zip(first, second, strict=True)
            if again.kind == "value" and exactly(value, again.what)
        ]

    def _run(self, code: str, inputs: Sequence[Args], *, extra: str = "") -> list[Outcome]:
        setup = f"{self._setup}\n{extra}"
        outcomes: list[Outcome] = []
        losses = 0
        while len(outcomes) < len(inputs) and losses < MOST_LOSSES:
            with sandbox_here().run(
                "module", LIMITS, wall_s=10 * CALL_S, cell=cell_for(code)
            ) as program:
                try:
                    program.send([code, setup, True])
                    if loading_fault(program.receive()) is not None:
                        break
                    for args in inputs[len(outcomes) :]:
                        started = time.monotonic()
                        program.deadline = started + CALL_S
                        answer = _called(program, self._entry_point, args)
                        outcomes.append(_outcome(answer, time.monotonic() - started))
                except (TimeoutError, wire.Closed, wire.NotData, wire.TooLong):
                    outcomes.append(Outcome("lost", None))
                    losses += 1
        return [*outcomes, *[Outcome("lost", None)] * (len(inputs) - len(outcomes))]


@lru_cache(maxsize=1)
def trial_of(ground_truth: str, reference: str, seed: int) -> Trial:
    """The trial of a reference; made once for measuring and strengthening."""
    return Trial(read_truth(ground_truth), reference, seed)


def sandbox_here() -> Sandbox:
    """This process's sandbox for trials, started at its first use."""
    return _sandbox(os.getpid())  # a fork must not talk over its parent's sockets


@cache
def _sandbox(process_id: int) -> Sandbox:
    sandbox = Sandbox(least=os.environ.get(LEAST_LEVEL, DEFAULT))
    atexit.register(sandbox.close)
    return sandbox


def agreement(truth: Truth) -> Callable[[Any, Any], bool]:
    """How this kind's tests compare: by value and type, or by Python's `==` and `isclose`."""
    return _same if isinstance(truth, Function) else _equal


def exactly(first: Any, second: Any) -> bool:
    """Whether two values are written alike, but for the order of sets and mappings."""
    return _same(first, second) and (
        isinstance(first, set | frozenset | dict) or repr(first) == repr(second)
    )


def _same(value: Any, expected: Any) -> bool:
    try:
        return same(value, expected)
    except RecursionError:
        return False


def _equal(value: Any, expected: Any) -> bool:
    if type(expected) is float and type(value) in (int, float):
        return same_float(float(value), expected)
    try:
        return bool(value == expected)
    except RecursionError:
        return False


def _called(program: Program, entry_point: str, args: Args) -> list[Any]:
    token = randbits(60)
    program.send([token, "call", entry_point, [*map(wire.encode, args)], {}, False])
    answer = program.receive()
    if not isinstance(answer, list) or len(answer) < 3 or answer[0] != token:
        raise wire.NotData("it answered what was not asked")
    return answer


def _outcome(answer: list[Any], seconds: float) -> Outcome:
    if answer[1] == "value":
        return Outcome("value", wire.decode(answer[2]), seconds)
    return Outcome("raised", str(answer[2]), seconds)


def _own_convention(value: Any, shown: list[Any], constants: list[Any]) -> bool:
    """Whether the tests show nothing like this value, and it may be the reference's own choice."""
    kinds = {_kind(one) for one in shown}
    if _kind(value) not in kinds:
        return True
    if type(value) in (int, float):
        numbers = [one for one in shown if type(one) in (int, float)]
        return value < 0 and -value in constants and min(numbers, default=0) >= 0
    return type(value) is str and value in constants and value not in shown


def _kind(value: Any) -> type:
    return float if type(value) is int else type(value)


def _constants(program: str) -> list[Any]:
    nodes = ast.walk(parse(program.replace("\r\n", "\n")))
    return [node.value for node in nodes if isinstance(node, ast.Constant)]


def _is_written(args: Args, value: Any) -> bool:
    """Whether arguments and value are told by literals of a bearable length."""
    text = f"({args!r}, {value!r})"
    try:
        return len(text) <= MOST_CHARS and _same(literal(text), (args, value))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False
