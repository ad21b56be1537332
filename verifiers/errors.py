"""Every error a user can meet, as one tree; each message says what was wrong and what to do.

AssayError                 exit status 1
├── BadInput               exit status 2: the user can mend it (a file, a row, an option)
│   └── UnknownName        exit status 2: a name that nothing answers to, with the nearest ones
├── ReferenceFails         a reference solution is rejected by its own tests
└── VerifierFailed         the verifier itself could not decide; becomes an undecided verdict
"""

from collections.abc import Iterable
from difflib import get_close_matches


class AssayError(Exception):
    """Something the user should read as one line; the other rooms' errors are below it."""

    exit_status = 1


class BadInput(AssayError):
    """What the user gave cannot be used as it is."""

    exit_status = 2


class UnknownName(BadInput):
    """A name nothing answers to; the message offers the nearest known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        near = get_close_matches(name, names, n=3, cutoff=0.4)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else f"known: {', '.join(names) or 'none'}"
        )
        super().__init__(f"unknown {kind} {name!r}: {hint}")


class ReferenceFails(AssayError):
    """A problem's reference solution is rejected by the problem's tests; `reason` says how."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the reference fails its own tests: {reason}")
        self.reason = reason


class VerifierFailed(AssayError):
    """A verifier could not judge: the ground truth does not parse, or it lost its own worker."""
