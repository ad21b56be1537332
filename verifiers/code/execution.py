"""Runs a program for the value that it computes: the verifier `program`.

    ProgramVerifier().verify(
        ground_truth='{"entry_point": "answer", "args": "()", "runs": 2, "as": "text"}',
        completion="```python\\ndef answer():\\n    return sum(range(11))\\n```",
        prompt=None, params={},
    )   ->  Verdict(outcome="accepted", reward=1.0, reason="ran", extracted="55", ...)

Accepted where all runs, each in a fresh process and every second with its sets iterated the other
way (shaken.py), give the same value; the value is `extracted`, as a text that the math verifier
reads (answer_text.py) or as a Python literal. It is the program's own claim, which nobody would
forge: what is accepted is that it ran, not that it is right.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from verifiers.code.calls import call, loading_fault
from verifiers.code.extract import program
from verifiers.code.judging import REASON_CHARS, ended_badly, raised, shown, too_slow, whole
from verifiers.code.literals import NoLiteral, literal_of, read_literal
from verifiers.code.sandboxed import Sandboxed
from verifiers.code.shaken import SHAKEN, shaken
from verifiers.code.truth import Options, read_options
from verifiers.errors import VerifierFailed
from verifiers.records import Verdict
from verifiers.sandbox import wire
from verifiers.sandbox.sandbox import NotIsolated, Sandbox, cell_for

MOST_RUNS = 5
"""A verdict takes at most twice as many times `wall_s`."""


class Execution(msgspec.Struct, frozen=True, rename={"form": "as"}):
    """What is called, with which arguments (a literal tuple), how often, and how it is told."""

    entry_point: str = "answer"
    args: str = "()"
    runs: int = 2
    form: Literal["text", "literal"] = "text"


@dataclass(frozen=True, slots=True)
class Ran:
    """The value that a program gave, or None and the reason."""

    value: str | None
    reason: str

    @property
    def all_passed(self) -> bool:
        """Whether there is a value."""
        return self.value is not None


class ProgramVerifier(Sandboxed):
    """Runs the completion's program, and tells its value."""

    name = "program"
    version = "1"

    def verify(
        self,
        *,
        ground_truth: str,
        completion: str,
        prompt: str | None,
        params: Mapping[str, Any],
    ) -> Verdict:
        """Give the verdict; raises VerifierFailed where the ground truth cannot be used."""
        execution, args = read_execution(ground_truth)
        options = read_options(params)
        code = program(completion)
        if code is None:
            return self._verdict(Ran(None, "no_program"), {})
        try:
            ran, level = self.in_sandbox(
                lambda sandbox: _all_runs(execution, args, code, options, sandbox)
            )
        except NotIsolated as error:
            reason = whole(f"not_isolated: {error}"[:REASON_CHARS])
            return Verdict(
                verifier=self.name, verifier_version=self.version,
                outcome="undecided", reward=None, reason=reason,
            )  # fmt: skip
        return self._verdict(ran, {"isolation": level})

    def validate(self, ground_truth: str) -> None:
        """Read the ground truth; raises VerifierFailed where it cannot be used."""
        read_execution(ground_truth)

    def limit_s(self, params: Mapping[str, Any]) -> float:
        """Seconds that a verdict with these parameters may take, its own clocks seeing to it."""
        try:
            return read_options(params).most_s
        except VerifierFailed:
            return 0.0

    def _verdict(self, ran: Ran, details: Mapping[str, Any]) -> Verdict:
        return Verdict(
            verifier=self.name,
            verifier_version=self.version,
            outcome="accepted" if ran.all_passed else "rejected",
            reward=float(ran.all_passed),
            reason=whole(ran.reason[:REASON_CHARS]),
            extracted=None if ran.value is None else whole(ran.value),
            details=msgspec.json.encode(details).decode(),
        )


@lru_cache(maxsize=256)
def read_execution(text: str) -> tuple[Execution, list[Any]]:
    """Check a ground truth; gives it with its arguments' trees. Raises VerifierFailed."""
    try:
        execution = msgspec.json.decode(text, type=Execution)
        args = read_literal(execution.args)
    except (msgspec.DecodeError, NoLiteral) as error:
        raise VerifierFailed(f"ground_truth: {error}") from None
    if not execution.entry_point.isidentifier():
        raise VerifierFailed(
            f"ground_truth: entry_point {execution.entry_point!r:.60} is no name of a function"
        )
    if type(args) is not tuple:
        raise VerifierFailed(f"ground_truth: args {execution.args!r:.60} is no tuple")
    if not 1 <= execution.runs <= MOST_RUNS:
        raise VerifierFailed(f"ground_truth: runs is {execution.runs}: give 1 to {MOST_RUNS}")
    return execution, [wire.encode(one) for one in args]


def _all_runs(
    execution: Execution, args: list[Any], code: str, options: Options, sandbox: Sandbox
) -> Ran:
    first = _run(execution, args, code, options, sandbox)
    if first.value is not None and (found := ADDRESS.search(first.value)):
        return Ran(None, f"not_deterministic: an address in memory,{found[0]}")
    for number in range(1, execution.runs):
        if first.value is None:
            break
        other, extra = (shaken(code), SHAKEN) if number % 2 else (code, "")
        again = _run(execution, args, other, options, sandbox, extra)
        if again.value is None:
            return again
        if again.value != first.value:
            values = f"{shown(first.value)}, then {shown(again.value)}"
            return Ran(None, f"not_deterministic: it gave {values}")
    return first


ADDRESS = re.compile(r" at 0x[0-9a-f]{6,}")
"""As `object at 0x7f12ab`; forked processes have theirs in common."""


def _run(
    execution: Execution, args: list[Any], code: str, options: Options, sandbox: Sandbox,
    extra: str = "",
) -> Ran:  # fmt: skip
    is_text = execution.form == "text"
    setup = (_writing(execution.entry_point) if is_text else "") + extra
    called = WRITTEN if is_text else execution.entry_point
    with sandbox.run(
        "module", options.limits, wall_s=options.wall_s, cell=cell_for(code)
    ) as running:
        try:
            running.send([code, setup, True])
            if (fault := loading_fault(running.receive())) is not None:
                return Ran(None, fault)
            answer = call(running, called, args)
            if answer[1] == "raised" and len(answer) == 5:
                return Ran(None, raised(str(answer[2]), str(answer[4])))
            if answer[1] == "no_data":
                return Ran(None, f"no_data: {answer[2]}")
            if answer[1] != "value":
                return Ran(None, "no_data: it answered what was not asked")
            return _text(answer[2]) if is_text else Ran(literal_of(answer[2]), "ran")
        except TimeoutError:
            return Ran(None, too_slow(options))
        except wire.Closed:
            return Ran(None, ended_badly(running.end(), options))
        except (wire.NotData, wire.TooLong) as error:
            return Ran(None, f"no_data: {error}")
        except NoLiteral as error:
            return Ran(None, f"no_value: {error}")


WRITTEN = "_assay_written"


@lru_cache(maxsize=16)
def _writing(entry_point: str) -> str:
    """Code that defines WRITTEN: the entry point's value as a text.

    It has names of its own: many a program calls a variable `str` or `max`.
    """
    source = Path(__file__).with_name("answer_text.py").read_text("utf-8")
    return (
        f"def {WRITTEN}(*args, _names=globals(), _own={{}}):\n"
        f"    if {entry_point!r} not in _names:\n"
        f'        raise NameError("name {entry_point!r} is not defined")\n'
        f"    return _own['text'](_names[{entry_point!r}](*args))\n"
        f"exec({source!r}, {WRITTEN}.__kwdefaults__['_own'])\n"
    )


def _text(tree: Any) -> Ran:
    if type(tree) is list and len(tree) == 3 and {*map(type, tree)} == {str}:
        if tree[1] == "text" and 0 < len(tree[2]) <= MOST_CHARS:
            return Ran(tree[2], "ran")
        return Ran(None, f"no_value: {tree[2]}")
    return Ran(None, "no_data: it answered what was not asked")


MOST_CHARS = 10_000
