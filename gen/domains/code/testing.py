"""Hidden tests for a reference, chosen from many inputs so that they kill its mutants.

    tests = hardened(reference, "f", inputs, rng)
    tests.hidden      ->  [(([3, 1],), 4), ...]       arguments and the reference's value
    tests.shown       ->  two more, for the prompt
    tests.wrong       ->  "def f(xs): ..."            a mutant that the hidden tests kill

A mutant that agrees with the reference on every input is suspected equivalent, and not counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from gen.domains.code.running import Ran, loaded
from verifiers.code.equality import same
from verifiers.code.mutants import mutants

N_MUTANTS = 16
N_HIDDEN = 12
N_SHOWN = 2

Example = tuple[tuple[Any, ...], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tests:
    """Tests that stay hidden, examples for the prompt, and how many mutants the tests kill."""

    hidden: Sequence[Example]
    shown: Sequence[Example]
    n_mutants: int
    n_killed: int
    wrong: str

    @property
    def evidence(self) -> Mapping[str, Any]:
        """What a problem's evidence says of its tests."""
        return {
            "mutants": self.n_mutants,
            "killed": self.n_killed,
            "kill_rate": round(self.n_killed / self.n_mutants, 4),
        }


def hardened(
    reference: str, entry_point: str, inputs: Sequence[tuple[Any, ...]], rng: Random,
    *, given: dict[str, Any] | None = None,
) -> Tests | None:  # fmt: skip
    """Tests from the inputs on which the reference gives a value; None where they kill nothing.

    `given` are names that the program finds beside its own.
    """
    call = loaded(reference, entry_point, given)
    distinct = list({repr(args): args for args in inputs}.values())
    known = [(args, ran.what) for args in distinct if (ran := call(args)).kind == "value"]
    if len(known) < N_SHOWN + 3:
        return None
    shown, rest = known[:N_SHOWN], known[N_SHOWN:]
    others = mutants(reference, N_MUTANTS, rng.randrange(2**32), entry_point=entry_point)
    kills = {one.source: killed_by(one.source, entry_point, rest, given) for one in others}
    kills = {source: numbers for source, numbers in kills.items() if numbers}
    if not kills:
        return None
    chosen = _few(list(kills.values()), len(rest))
    return Tests(
        hidden=[rest[number] for number in chosen],
        shown=shown,
        n_mutants=len(kills),
        n_killed=sum(bool(numbers & {*chosen}) for numbers in kills.values()),
        wrong=rng.choice(sorted(source for source, one in kills.items() if one & {*chosen})),
    )


def killed_by(
    source: str, entry_point: str, tests: Sequence[Example], given: dict[str, Any] | None = None
) -> set[int]:
    """The numbers of the tests that a mutant fails; all where it cannot be loaded."""
    try:
        call = loaded(source, entry_point, given)
    except Exception:
        return set(range(len(tests)))
    return {number for number, (args, value) in enumerate(tests) if not agrees(call(args), value)}


def agrees(ran: Ran, value: Any) -> bool:
    """Whether a call gave this value, as the verifier compares it."""
    try:
        return ran.kind == "value" and same(ran.what, value)
    except RecursionError:
        return False


def _few(kills: list[set[int]], n: int) -> list[int]:
    """N_HIDDEN tests, if there are: each next one kills most of what is left, then the first."""
    left, chosen = list(kills), []
    while left and len(chosen) < N_HIDDEN:
        best = max(range(n), key=lambda number: (sum(number in one for one in left), -number))
        chosen.append(best)
        left = [one for one in left if best not in one]
    others = [number for number in range(n) if number not in chosen]
    return sorted([*chosen, *others[: N_HIDDEN - len(chosen)]])
