"""Faults in installed packages, to be mended so that the packages' own tests pass again.

    This function of the package mpmath 1.3.0, in the file mpmath/calculus/polynomials.py, has a
    fault:

    def polyval(ctx, coeffs, x, derivative=False): ...

    With it, these tests of the package fail:
    - test_polyval: assert mpf('7.0') == 13

A fault is a mutant of a real function that breaks some of the package's own tests and leaves others
whole (package_tests.py). Each problem is tried before it is given: the function as it was published
passes, the fault as it is does not, and neither does another fault put in its place.
"""

import re
from dataclasses import replace
from difflib import unified_diff
from functools import cache
from importlib.util import find_spec
from random import Random

import msgspec

from gen.domains.code.base import known, until
from gen.domains.code.package_tests import (
    PACKAGES,
    Outcome,
    Target,
    checked,
    outcome,
    package,
    targets,
    with_function,
)
from gen.family import Card, Family
from verifiers.code.mutants import mutants
from verifiers.records import Problem
from verifiers.repository.guard import refused
from verifiers.repository.tree import packed
from verifiers.repository.truth import Truth, function_of

LINES = (10, 20)
"""Lines of a function's body: at most so many for level 1, 2."""

N_MUTANTS = 8

MOST_FAILING, MOST_PASSING, MOST_TOLD, MOST_OTHERS = 6, 6, 4, 2

PARAMS = {"wall_s": 60, "cpu_s": 20}

UNLIKE = re.compile(r"0x[0-9a-f]{6}|[{]|test_[0-9a-f]{12}")
"""What in the last line of a failure may be another the next time."""


class RepairPackage(Family):
    """Mend an installed package so that its own tests pass again"""

    name, domain, levels = "repair.package", "code", (1, 2, 3)
    small_levels = levels
    verifier = "repository"
    certificate = "execution"
    card = Card(
        licence="of the package (BSD-3-Clause); named with each problem",
        source="functions and tests of installed packages: mpmath, pint",
        chance_level=0.0,
        pitfalls=(
            "The functions are public, and a model may know them by heart.",
            "Faults are single small ones, made by a program, in a function that is named.",
            "What the packages' tests do not look at is not looked at: they were not hardened.",
            "The problems change with the packages' versions.",
            "Tests share a process with the code under test; see docs/repository-verifier.md.",
        ),
    )

    def missing(self) -> str | None:
        """The tests run under pytest."""
        if find_spec("pytest") is None:
            return "install pytest: it runs the packages' tests"
        lacking = all(package(name) is None for name in PACKAGES)
        return f"install one of {', '.join(PACKAGES)}, with its tests" if lacking else None

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a function and a fault that its package's tests notice."""
        return until(lambda: self._attempt(rng, level))

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The function as it was published: as a diff, and with no line number right."""
        diff = known(problem, "solution")
        unnumbered = re.sub(r"^@@.*@@$", "@@ -1,1 +1,1 @@", diff, flags=re.MULTILINE)
        return diff, f"<think>```diff\n-a\n+b\n```</think>\nThe fault is this:\n\n{unnumbered}"

    def wrong(self, problem: Problem, rng: Random) -> str | None:
        """Another fault in the place of this one, or a change to the tests instead."""
        if rng.random() < 0.5:
            return known(problem, "other_fault")
        path = msgspec.json.decode(problem.evidence)["tests"]
        return f"```python\n# file: {path}\ndef test_all():\n    pass\n```"

    def trivial(self) -> dict[str, str]:
        """Strategies that read nothing."""
        return {
            "nothing is changed": "The code is right as it is.",
            "an empty file": "```python\n# file: fix.py\n```",
        }

    def size(self, problem: Problem) -> float:
        """The lines of the function."""
        return float(known(problem, "lines"))

    def _attempt(self, rng: Random, level: int) -> Problem | None:
        at_level = [one for name in PACKAGES for one in targets(name) if level_of(one) == level]
        return mended(rng.choice(at_level), rng.randrange(N_MUTANTS))


@cache
def mended(target: Target, number: int) -> Problem | None:
    """The problem that a function's mutant of that number makes; None: it makes none."""
    faults = [one.source for one in mutants(target.source, N_MUTANTS, 0)]
    if number >= len(faults):
        return None
    fault = faults.pop(number)
    said, base = outcome(target, fault), checked(target)
    if base is None or said is None or not said.failing or not said.passing:
        return None
    rng = Random(f"{target.path}:{target.name}:{number}")
    failing = sorted(rng.sample(sorted(said.failing), min(MOST_FAILING, len(said.failing))))
    passing = sorted(rng.sample(said.passing, min(MOST_PASSING, len(said.passing))))
    faulty = with_function(target, fault)
    tree = base.tree | {target.path: faulty.encode()}
    if refused({target.path: with_function(target, target.source)}, tree) is not None:
        return None
    functions = sorted({function_of(test) for test in (*failing, *passing)})
    truth = Truth(
        tree=packed(tree),
        fail_to_pass=failing,
        pass_to_pass=passing,
        tripwires={one: base.tripwires[one] for one in functions},
        needs=base.needs,
    )
    others = rng.sample(faults, min(MOST_OTHERS, len(faults)))
    return _tried(target, fault, truth, _prompt(target, fault, said, failing), others)


def _tried(
    target: Target, fault: str, truth: Truth, prompt: str, others: list[str]
) -> Problem | None:
    """The problem, where the published function is accepted and one of the other faults is not."""
    found, family = package(target.package), RepairPackage()
    assert found is not None
    faulty = with_function(target, fault)
    evidence = {
        "method": "the package's tests ran with the fault, without it, and with another",
        "package": found.version,
        "licence": found.licence,
        "function": f"{target.path}::{target.name}",
        "tests": target.tests,
        "lines": target.lines,
        "solution": _diff(target.path, faulty, with_function(target, target.source)),
    }
    problem = Problem(
        domain=family.domain,
        family=family.name,
        level=level_of(target),
        prompt=prompt,
        ground_truth=msgspec.json.encode(truth).decode(),
        verifier=family.verifier,
        params=msgspec.json.encode(PARAMS).decode(),
        certificate=family.certificate,
    )
    if family.verify(problem, evidence["solution"]).outcome != "accepted":
        return None
    for other in others:
        evidence["other_fault"] = _diff(target.path, faulty, with_function(target, other))
        if family.verify(problem, evidence["other_fault"]).outcome == "rejected":
            return replace(problem, evidence=msgspec.json.encode(evidence).decode())
    return None


def level_of(target: Target) -> int:
    """The level of a function of so many lines."""
    return 1 + sum(target.lines > most for most in LINES)


def _diff(path: str, before: str, after: str) -> str:
    lines = unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}"
    )
    return f"```diff\n{''.join(lines)}```\n"


def _prompt(target: Target, fault: str, said: Outcome, failing: list[str]) -> str:
    found = package(target.package)
    assert found is not None
    told = [
        f"- {test.partition('::')[2]}"
        + (f": {text}" if (text := said.failing[test]) and not UNLIKE.search(text) else "")
        for test in failing[:MOST_TOLD]
    ]
    return (
        f"This function of the package {found.version}, in the file {target.path}, has a fault "
        "(comments are left out):\n\n"
        f"```python\n{fault}\n```\n\n"
        f"With it, these tests of the package, in {target.tests}, fail:\n\n"
        + "\n".join(told)
        + "\n\nMend the function, so that these and the package's other tests pass. Answer with "
        "the change as a unified diff in one ```diff block:\n\n"
        f"--- a/{target.path}\n+++ b/{target.path}\n@@ -1,3 +1,3 @@\n\n"
        "and then the lines of the hunk. Lines of context and removed lines must stand as they do "
        "above; the numbers of lines are not looked at where they fit one place only. Tests may "
        "not be changed."
    )
