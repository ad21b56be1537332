"""How much a problem's tests notice: the share of its reference's mutants that they kill.

    measure(ground_truth, reference, CodeVerifier())
    ->  Strength(n_mutants=16, n_killed=13, survivors=(...))    of which 2 suspected: kill_rate 0.93

A mutant is killed where the verifier does not accept it: a wrong value, an error, a timeout. One
that survives, and agrees with the reference on all of many inputs like those of the tests, may be
no fault at all (an equivalent mutant, which no test can kill): it is suspected, and left out of the
rate.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verifiers.code.differential import trial_of
from verifiers.code.mutants import Mutant, mutants
from verifiers.code.truth import read_truth
from verifiers.code.verifier import CodeVerifier
from verifiers.errors import ReferenceFails, VerifierFailed
from verifiers.records import Outcome

N_MUTANTS = 16

MUTANT_WALL_S = 1.0
"""Seconds for a mutant, many of which do not end; more where the reference itself is slow."""

ENOUGH_INPUTS = 12
"""So many inputs, at least, must show no difference before a mutant is suspected."""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mutant that the tests accept; `suspected` of being no fault at all."""

    mutant: Mutant
    suspected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Strength:
    """What became of the mutants; those that could not be judged are not counted."""

    n_mutants: int
    n_killed: int
    survivors: tuple[Survivor, ...]

    @property
    def n_equivalent_suspects(self) -> int:
        """Survivors that behave as the reference does on all inputs tried."""
        return sum(one.suspected for one in self.survivors)

    @property
    def kill_rate(self) -> float | None:
        """Killed of all but the suspected, in [0, 1]; None where there is none to kill."""
        n = self.n_mutants - self.n_equivalent_suspects
        return self.n_killed / n if n else None


def measure(
    ground_truth: str,
    reference: str,
    verifier: CodeVerifier,
    *,
    prompt: str | None = None,
    params: Mapping[str, Any] | None = None,
    n_mutants: int = N_MUTANTS,
    seed: int = 0,
) -> Strength:
    """Judge the reference, then its mutants, by the ground truth.

    Raises ReferenceFails where the reference is not accepted, and VerifierFailed where the ground
    truth cannot be used or nothing can be run here.
    """
    seconds = accepted_in(ground_truth, reference, verifier, prompt=prompt, params=params)
    wall_s = max(MUTANT_WALL_S, 10 * seconds)
    limits = {**(params or {}), "wall_s": wall_s, "cpu_s": wall_s, "partial": False}
    survivors, n_killed = [], 0
    for mutant in mutants_of(ground_truth, reference, n_mutants, seed):
        outcome = outcome_of(ground_truth, mutant.source, verifier, prompt=prompt, params=limits)
        n_killed += outcome == "rejected"
        if outcome == "accepted":
            survivors.append(mutant)
    suspects = _suspects(ground_truth, reference, survivors, seed)
    return Strength(
        n_mutants=n_killed + len(survivors),
        n_killed=n_killed,
        survivors=tuple(map(Survivor, survivors, suspects)),
    )


def mutants_of(ground_truth: str, reference: str, n: int, seed: int) -> list[Mutant]:
    """At most `n` mutants of what the ground truth's entry point uses."""
    entry_point = getattr(read_truth(ground_truth), "entry_point", None)
    return mutants(reference.replace("\r\n", "\n"), n, seed, entry_point=entry_point)


def accepted_in(
    ground_truth: str,
    reference: str,
    verifier: CodeVerifier,
    *,
    prompt: str | None,
    params: Mapping[str, Any] | None,
) -> float:
    """Seconds that the reference takes to be accepted; raises ReferenceFails, VerifierFailed."""
    started = time.monotonic()
    verdict = verifier.verify(
        ground_truth=ground_truth, completion=fenced(reference), prompt=prompt, params=params or {}
    )
    if verdict.outcome == "undecided":
        raise VerifierFailed(verdict.reason)
    if verdict.outcome != "accepted":
        raise ReferenceFails(verdict.reason)
    return time.monotonic() - started


def fenced(program: str) -> str:
    """The program as a completion of which nothing else can be taken for the program."""
    return f"~~~~~~~~python\n{program}\n~~~~~~~~\n"


def outcome_of(
    ground_truth: str,
    program: str,
    verifier: CodeVerifier,
    *,
    prompt: str | None,
    params: Mapping[str, Any],
) -> Outcome:
    """What the verifier says of a program; undecided where it fails."""
    try:
        return verifier.verify(
            ground_truth=ground_truth, completion=fenced(program), prompt=prompt, params=params
        ).outcome
    except VerifierFailed:
        return "undecided"


def _suspects(ground_truth: str, reference: str, survivors: list[Mutant], seed: int) -> list[bool]:
    if not survivors:
        return []
    trial = trial_of(ground_truth, reference, seed)
    if len(trial.inputs) < ENOUGH_INPUTS:
        return [False] * len(survivors)
    return [not trial.told_apart(one.source) for one in survivors]
