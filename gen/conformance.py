"""What every family must keep, checked on families whose authors wrote no test.

    check_family(Sum(), examples=20)                     ->  []
    check_family(Leaky(), examples=20)                   ->  [Finding(rule="no answer leaks", ...)]
    check_same_bytes([Sum(), Product()], examples=20)    ->  []

Hypothesis looks for the simplest problem that breaks a rule, so a finding shows the lowest level
and seed at which it was broken. The same families give the same findings, always.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from math import comb
from pkgutil import resolve_name
from random import Random
from statistics import fmean

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from gen.family import Family
from verifiers.errors import AssayError
from verifiers.records import Problem

SHORTEST_LEAK = 5  # characters; a shorter answer may stand in its prompt by chance
MOST_DUPLICATES = 0.02  # of the draws, at a level that is not declared small
IMPROBABLE = 1e-4  # a count less likely than this under a claim proves the claim wrong
JUNK = (
    "", "I don't know.", "The answer is left to the reader.", "<think>It could be anything.",
    "\\boxed{}", "<answer></answer>", "\\boxed{" * 200, "\\boxed{" + "9" * 50_000 + "}",
    "word " * 20_000,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule that a family breaks, with a concrete example."""

    rule: str
    family: str
    example: str


def check_family(family: Family, *, examples: int) -> list[Finding]:
    """Hold a family against every rule that one process can check; empty where it conforms.

    `examples` problems are drawn for a rule, ten times as many to measure a level. A family that
    raises breaks the rule under which it raised.
    """
    findings = []
    for rule in RULES:
        try:
            complaints = list(rule(family, examples))
        except Exception as error:
            complaints = [f"raised {type(error).__name__}: {error}"]
        name = rule.__name__.replace("_", " ")
        findings += [Finding(rule=name, family=family.name, example=text) for text in complaints]
    return findings


def check_same_bytes(families: Sequence[Family], *, examples: int) -> list[Finding]:
    """Make the same problems in another process, under another PYTHONHASHSEED.

    The other process imports each family's class by the name of its module.
    """
    names = [f"{type(one).__module__}:{type(one).__qualname__}" for one in families]
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    other = subprocess.run(
        [sys.executable, "-m", "gen.conformance"],
        input=json.dumps((names, examples)),
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    if other.returncode:
        raise AssayError(f"the other process failed: {other.stderr.strip()[-200:]}")
    return [
        Finding(
            rule="same seed same bytes",
            family=family.name,
            example=f"{ours} here, with PYTHONHASHSEED={seed}: {theirs}",
        )
        for family, theirs in zip(families, json.loads(other.stdout), strict=True)
        if theirs != (ours := fingerprint(family, examples))
    ]


def fingerprint(family: Family, examples: int) -> str:
    """Hash the problems and near misses of the first seeds of every level."""
    digest = blake2b(digest_size=16)
    for level in family.levels:
        for problem in _sample(family, level, examples):
            wrong = family.wrong(problem, Random(str(problem.problem_id)))
            digest.update(msgspec.json.encode((problem, wrong)))
    return digest.hexdigest()


def second_method_share(family: Family, *, examples: int) -> float:
    """The share of problems whose ground truth was derived twice; told to readers, not judged."""
    problems = [one for level in family.levels for one in _sample(family, level, examples)]
    return fmean("second_method" in msgspec.json.decode(one.evidence) for one in problems)


def the_gold_verifies(family: Family, examples: int) -> Iterator[str]:
    """The ground truth is accepted, however a response is written around it."""

    def complaint(problem: Problem, _: Random) -> str | None:
        return _unlike(family, problem, family.right(problem), "accepted")

    return _search(family, examples, complaint)


def the_near_miss_never_verifies(family: Family, examples: int) -> Iterator[str]:
    """What `wrong` makes is rejected."""

    def complaint(problem: Problem, rng: Random) -> str | None:
        response = family.wrong(problem, rng)
        return response and _unlike(family, problem, [response], "rejected")

    return _search(family, examples, complaint)


def junk_neither_crashes_nor_scores(family: Family, examples: int) -> Iterator[str]:
    """Empty, evasive, random and huge responses are rejected."""
    no_numbers = st.text(max_size=60).filter(lambda text: not any(map(str.isnumeric, text)))

    def complaint(problem: Problem, _: Random, junk: str) -> str | None:
        return _unlike(family, problem, [junk], "rejected")

    return _search(family, 2 * examples, complaint, st.sampled_from(JUNK) | no_numbers)


def no_answer_leaks(family: Family, examples: int) -> Iterator[str]:
    """The ground truth, unless it is very short, is no part of the prompt."""

    def complaint(problem: Problem, _: Random) -> str | None:
        answer = "".join(problem.ground_truth.split())
        shown = len(answer) >= SHORTEST_LEAK and answer in "".join(problem.prompt.split())
        return f"the answer {answer!r} stands in the prompt" if shown else None

    return _search(family, 5 * examples, complaint)


def what_is_exported_is_enough(family: Family, examples: int) -> Iterator[str]:
    """A problem that was written and read again is the same, and is judged the same."""

    def complaint(problem: Problem, rng: Random) -> str | None:
        copy = msgspec.json.decode(msgspec.json.encode(problem), type=Problem)
        if copy != problem:
            return "it reads back as another problem"
        responses = [family.right(problem)[0], family.wrong(problem, rng)]
        for response in filter(None, responses):
            before = _outcome(family, problem, response)
            if fault := _unlike(family, copy, [response], before):
                return f"{fault} when read back, and was {before}"
        return None

    return _search(family, examples, complaint)


def duplicates_are_rare(family: Family, examples: int) -> Iterator[str]:
    """At levels not declared small (`small_levels`), draws rarely repeat a problem."""
    for level in sorted({*family.levels} - {*family.small_levels}):
        ids = [problem.problem_id for problem in _sample(family, level, 10 * examples)]
        repeats = len(ids) - len(set(ids))
        if _upper_tail(len(ids), MOST_DUPLICATES, repeats) < IMPROBABLE:
            yield f"level {level}: {repeats} of {len(ids)} draws repeat a problem"


def no_lazy_strategy_beats_the_card(family: Family, examples: int) -> Iterator[str]:
    """At no level does an unread answer score more than the card's chance level explains."""
    chance = family.card.chance_level
    for name, response in sorted(family.trivial().items()):
        for level in family.levels:
            problems = _sample(family, level, 10 * examples)[: 2 * examples]
            hits = sum(_outcome(family, one, response) == "accepted" for one in problems)
            if _upper_tail(len(problems), chance, hits) < IMPROBABLE:
                yield f"level {level}: {name!r} scores {hits} of {len(problems)}, not {chance:.0%}"


def the_dial_makes_problems_longer(family: Family, examples: int) -> Iterator[str]:
    """Problems are longer at the last level than at the first, and at none much shorter.

    Length of prompt and answer stands in for difficulty until pass rates have been measured.
    """
    sizes = [
        fmean(
            len(one.prompt) + len(one.ground_truth) for one in _sample(family, level, 10 * examples)
        )
        for level in family.levels
    ]
    if len(sizes) > 1 and (sizes[-1] <= sizes[0] or min(sizes) < sizes[0] * 2 / 3):
        yield f"mean characters by level: {', '.join(f'{size:.0f}' for size in sizes)}"


RULES: tuple[Callable[[Family, int], Iterator[str]], ...] = (
    the_gold_verifies,
    the_near_miss_never_verifies,
    junk_neither_crashes_nor_scores,
    no_answer_leaks,
    what_is_exported_is_enough,
    duplicates_are_rare,
    no_lazy_strategy_beats_the_card,
    the_dial_makes_problems_longer,
)


def _outcome(family: Family, problem: Problem, response: str) -> str:
    try:
        return family.verify(problem, response).outcome
    except Exception as error:
        return f"a crash ({type(error).__name__}: {error})"


def _unlike(family: Family, problem: Problem, responses: Sequence[str], wanted: str) -> str | None:
    for response in responses:
        outcome = _outcome(family, problem, response)
        if outcome != wanted:
            return f"{response[:80]!r} is {outcome} against {problem.ground_truth[:80]!r}"
    return None


class _Violated(Exception):
    """Carries the example that hypothesis found."""


def _search(
    family: Family, examples: int, complaint: Callable[..., str | None], *extra: st.SearchStrategy
) -> Iterator[str]:
    """Yield the simplest problem of which `complaint` has something to say, if there is one."""

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True)
    @given(st.sampled_from(family.levels), st.integers(0, 2**32), st.tuples(*extra))
    def attempt(level: int, seed: int, given_too: tuple) -> None:
        problem = _draw(family, level, seed)
        if text := complaint(problem, Random(f"{seed}:wrong"), *given_too):
            raise _Violated(f"level {level}, seed {seed}, {problem.prompt[:100]!r}: {text}")

    try:
        attempt()
    except _Violated as violated:
        yield str(violated)
    except Flaky as flaky:
        yield f"one seed gave different problems: {flaky}"


def _draw(family: Family, level: int, seed: int) -> Problem:
    return family.generate(Random(f"{seed}:{family.name}:{level}"), level)


@lru_cache(maxsize=16)
def _sample(family: Family, level: int, n: int) -> list[Problem]:
    return [_draw(family, level, seed) for seed in range(n)]


def _upper_tail(n: int, chance: float, hits: int) -> float:
    """The probability of at least this many hits in `n` independent trials."""
    return sum(comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in range(hits, n + 1))


def _answer_from_another_process() -> None:
    names, examples = json.load(sys.stdin)
    prints = []
    for name in names:
        try:
            prints.append(fingerprint(resolve_name(name)(), examples))
        except Exception as error:
            prints.append(f"{type(error).__name__}: {error}")
    json.dump(prints, sys.stdout)


if __name__ == "__main__":
    _answer_from_another_process()
