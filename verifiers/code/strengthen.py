"""Adds tests on which the reference and its surviving mutants differ.

    strengthen('{"kind": "asserts", "entry_point": "f", "tests": ["assert f(2) == 4"]}',
               "def f(x): return x * x", Strength(survivors=(Survivor("... x + x"), ...)), verifier)
    ->  Stronger(ground_truth='{... "tests": ["assert f(2) == 4", "assert f(3) == 9"]}', n_added=1,
                 strength=Strength(...))

For tests that are weak: an added test has only the reference for a witness, whose faults and habits
(an order among equals, who wins where keys clash) it demands of everybody.

Inputs are drawn near those of the tests (inputs.py, with its known limit), the expected values come
from the reference in the sandbox, and of the inputs that tell a mutant from the reference, few are
kept: at each step the one that kills most of those left. The new ground truth accepts the
reference, or is the old one.

The kinds `function`, `asserts` and `check` are strengthened, where the tests pin every value down
(examples.py). Floats are compared by `isclose` in assertions; a value with floats deeper inside is
left out there, as `==` would demand every digit of them, unless they all stand in the arguments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from verifiers.code.differential import Trial, trial_of
from verifiers.code.examples import Args
from verifiers.code.strength import Strength, accepted_in, outcome_of
from verifiers.code.truth import Asserts, Case, Check, Function, Truth, read_truth
from verifiers.code.verifier import CodeVerifier
from verifiers.errors import ReferenceFails, VerifierFailed

MOST_ADDED = 8


@dataclass(frozen=True, slots=True)
class Stronger:
    """A ground truth, how many tests it has more than the old one, and how strong it is."""

    ground_truth: str
    n_added: int
    strength: Strength


def strengthen(
    ground_truth: str,
    reference: str,
    strength: Strength,
    verifier: CodeVerifier,
    *,
    prompt: str | None = None,
    params: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Stronger:
    """Add tests that kill what survived and is not suspected; none where none can be had.

    `strength` is that of `ground_truth`, measured with the same seed.
    """
    truth = read_truth(ground_truth)
    unchanged = Stronger(ground_truth, 0, strength)
    survivors = [one.mutant for one in strength.survivors if not one.suspected]
    if not survivors or not isinstance(truth, Function | Asserts | Check):
        return unchanged
    trial = trial_of(ground_truth, reference, seed)
    usable = {
        number
        for number, (args, value) in enumerate(zip(trial.inputs, trial.values, strict=True))
        if isinstance(truth, Function) or type(value) is float or _floats(value) <= _floats(args)
    }
    killed_by: dict[int, set[int]] = {number: set() for number in usable}
    for place, mutant in enumerate(survivors):
        for number in trial.told_apart(mutant.source) & usable:
            killed_by[number].add(place)
    chosen = [(trial.inputs[one], trial.values[one]) for one in _few(killed_by, trial)]
    if not chosen:
        return unchanged
    stronger = msgspec.json.encode(with_tests(truth, chosen)).decode()
    try:
        accepted_in(stronger, reference, verifier, prompt=prompt, params=params)
    except (ReferenceFails, VerifierFailed):
        return unchanged
    left = tuple(
        one
        for one in strength.survivors
        if one.suspected
        or outcome_of(stronger, one.mutant.source, verifier, prompt=prompt, params=params or {})
        == "accepted"
    )
    if len(left) == len(strength.survivors):
        return unchanged
    killed = strength.n_killed + len(strength.survivors) - len(left)
    return Stronger(stronger, len(chosen), replace(strength, n_killed=killed, survivors=left))


def with_tests(truth: Truth, tests: Sequence[tuple[Args, Any]]) -> Truth:
    """The ground truth with tests appended: arguments, expected value."""
    if isinstance(truth, Function):
        more = tuple(Case(args=repr(args), expected=repr(value)) for args, value in tests)
        return msgspec.structs.replace(truth, tests=truth.tests + more)
    if isinstance(truth, Asserts):
        lines = tuple(_assertion(truth.entry_point, *test) for test in tests)
        return msgspec.structs.replace(truth, tests=truth.tests + lines)
    if isinstance(truth, Check):
        body = "\n".join(f"    {_assertion('candidate', *test)}" for test in tests)
        return msgspec.structs.replace(truth, test=truth.test.rstrip() + MORE.format(body=body))
    raise TypeError(f"{type(truth).__name__} takes no more tests")


MORE = """


check_first = check


def check(candidate):
    check_first(candidate)
{body}
"""
"""What is put behind HumanEval's `check`, which stays as it was."""


def _assertion(name: str, args: Args, expected: Any) -> str:
    call = f"{name}({', '.join(map(repr, args))})"
    if isinstance(expected, float):
        return (
            f"assert __import__('math').isclose({call}, {expected!r}, rel_tol=1e-6, abs_tol=1e-9)"
        )
    return f"assert {call} == {expected!r}"


def _few(killed_by: dict[int, set[int]], trial: Trial) -> list[int]:
    """Numbers of inputs that together kill all that can be killed: greedy, shorter ones first."""
    left = set().union(*killed_by.values()) if killed_by else set()
    length = {one: len(repr(trial.inputs[one])) for one in killed_by}
    chosen: list[int] = []
    while left and len(chosen) < MOST_ADDED:
        best = max(killed_by, key=lambda one: (len(killed_by[one] & left), -length[one], -one))
        left -= killed_by[best]
        chosen.append(best)
    return chosen


def _floats(value: Any) -> set[str]:
    """The floats in plain data, as they are written."""
    if isinstance(value, dict):
        return set().union(*map(_floats, (*value, *value.values())))
    if isinstance(value, list | tuple | set | frozenset):
        return set().union(*map(_floats, value))
    return {repr(value)} if isinstance(value, float | complex) else set()
