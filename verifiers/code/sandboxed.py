"""Owns the sandbox that a verifier runs programs in, for as long as the verifier lives.

    class CodeVerifier(Sandboxed): ...
    judged, level = self.in_sandbox(lambda sandbox: judge_calls(..., sandbox))

A cell that something else has killed is no fault of the program's, which then is run once more.
"""

import atexit
import os
from collections.abc import Callable
from typing import Protocol, TypeVar

from verifiers.errors import VerifierFailed
from verifiers.sandbox.levels import DEFAULT, LEAST_LEVEL
from verifiers.sandbox.sandbox import CELLS, Sandbox, SandboxFailed


class Result(Protocol):
    """What a judge gives back."""

    @property
    def all_passed(self) -> bool:
        """Whether nothing went wrong."""
        ...


R = TypeVar("R", bound=Result)


class Sandboxed:
    """A verifier that runs programs; its sandbox is started at the first one."""

    def __init__(self) -> None:
        self._sandbox: Sandbox | None = None
        self._owner = 0

    def in_sandbox(self, judge: Callable[[Sandbox], R]) -> tuple[R, str]:
        """What the judge gives, and the isolation level; raises NotIsolated, VerifierFailed."""
        try:
            sandbox = self._ready()
            losses, judged = sandbox.losses, judge(sandbox)
            for _ in range(CELLS):
                if judged.all_passed or sandbox.losses == losses:
                    break
                # Something else has killed the cell, and the others perhaps with it.
                losses, judged = sandbox.losses, judge(sandbox)
            # Only now is the level known: a cell of another kind may have needed a weaker one.
            return judged, sandbox.level
        except SandboxFailed as error:
            self.close()
            raise VerifierFailed(str(error)) from None

    def close(self) -> None:
        """End the sandbox; the next program starts another."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    def _ready(self) -> Sandbox:
        if self._sandbox is None or self._owner != os.getpid():
            # A fork of this process must not talk over its parent's sockets.
            self._sandbox = self._opened(os.environ.get(LEAST_LEVEL, DEFAULT))
            self._owner = os.getpid()
            atexit.register(self._sandbox.close)
        return self._sandbox

    def _opened(self, least: str) -> Sandbox:
        return Sandbox(least=least)
