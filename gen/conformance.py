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
from hashlib import blake2b
from itertools import takewhile
from pathlib import Path
from pkgutil import resolve_name
from random import Random
from statistics import fmean
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from gen.catalog import installed_families
from gen.family import Family
from gen.measures import (
    aucs,
    binomial_tail,
    draw,
    leaked,
    mean_tail,
    respond,
    sample,
    sizes_by_level,
    stream,
)
from verifiers.errors import AssayError
from verifiers.records import Problem

MOST_DUPLICATES = 0.02  # of the draws, at a level that is not declared small
IMPROBABLE = 1e-4  # what is less likely than this under a claim proves the claim wrong
TELLING = 0.95  # area under the ROC curve of one column alone; none known beforehand reaches it
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


def check_family(
    family: Family, *, examples: int, told: Callable[[str], object] = lambda rule: None
) -> list[Finding]:
    """Hold a family against every rule that one process can check; empty where it conforms.

    `examples` problems are drawn for a rule, and at each level for a lazy strategy, ten times as
    many where nothing is judged. A family that raises breaks the rule under which it raised. `told`
    is called with each rule that has been checked.
    """
    findings = []
    for rule in RULES:
        try:
            complaints = list(rule(family, examples))
        except Exception as error:
            complaints = [f"raised {type(error).__name__}: {error}"]
        name = rule.__name__.replace("_", " ")
        findings += [Finding(rule=name, family=family.name, example=text) for text in complaints]
        told(name)
    return findings


def check_same_bytes(families: Sequence[Family], *, examples: int) -> list[Finding]:
    """Make the same problems in another process, under another PYTHONHASHSEED.

    The other process finds a family by its file, among the installed ones, or by its class, and
    reads the same table.
    """
    addresses = [_address(one) for one in families]
    seed = "2" if os.environ.get("PYTHONHASHSEED") == "1" else "1"
    other = subprocess.run(
        [sys.executable, "-m", "gen.conformance"],
        input=json.dumps((addresses, examples)),
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
        for problem in sample(family, level, examples):
            wrong = family.wrong(problem, Random(str(problem.problem_id)))
            digest.update(msgspec.json.encode((problem, wrong)))
    return digest.hexdigest()


def second_method_share(family: Family, *, examples: int) -> float:
    """The share of problems whose ground truth was derived twice; told to readers, not judged."""
    problems = [one for level in family.levels for one in sample(family, level, examples)]
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
    """What could be copied from the prompt and be right, unless it is very short, is not there."""

    def complaint(problem: Problem, _: Random) -> str | None:
        answer = leaked(family, problem)
        return answer and f"the answer {answer[:80]!r} stands in the prompt"

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
        ids = [problem.problem_id for problem in sample(family, level, 10 * examples)]
        repeats = len(ids) - len(set(ids))
        if binomial_tail(len(ids), MOST_DUPLICATES, repeats) < IMPROBABLE:
            yield f"level {level}: {repeats} of {len(ids)} draws repeat a problem"


def no_lazy_strategy_beats_the_card(family: Family, examples: int) -> Iterator[str]:
    """At no level, nor at all together, does a lazy strategy score more than chance explains.

    The card's chance level bounds both the share accepted and the mean reward. As a level has few
    draws, what counts is how likely its score is if that bound held: of acceptances by the binomial
    law, of rewards, which may lie anywhere in [0, 1], by Hoeffding's bound for their mean.
    """
    chance = family.card.chance_level
    for name, lazy in sorted(family.trivial().items()):
        judged = {
            f"level {level}": [
                family.verify(one, respond(lazy, one))
                for one in sample(family, level, 10 * examples)[:examples]
            ]
            for level in family.levels
        }
        judged["all levels"] = [one for level in judged.values() for one in level]
        for where, verdicts in judged.items():
            n, hits = len(verdicts), sum(one.outcome == "accepted" for one in verdicts)
            mean = fmean(one.reward or 0.0 for one in verdicts)
            if binomial_tail(n, chance, hits) < IMPROBABLE:
                yield f"{where}: {name!r} scores {hits} of {n}, not {chance:.0%}"
            elif mean_tail(n, chance, mean) < IMPROBABLE:
                yield f"{where}: {name!r} earns {mean:.3f} on average of {n}, not {chance:.3f}"


def the_dial_makes_problems_longer(family: Family, examples: int) -> Iterator[str]:
    """By the family's own measure, the last level is larger than the first, and none much smaller.

    That measure is the length of prompt and answer unless the family states another (`size`); it
    stands in for difficulty until pass rates have been measured.
    """
    sizes = sizes_by_level(family, examples)
    if len(sizes) > 1 and (sizes[-1] <= sizes[0] or min(sizes) < sizes[0] * 2 / 3):
        yield f"mean size by level: {', '.join(f'{size:.4g}' for size in sizes)}"


def no_column_tells_the_outcome(family: Family, examples: int) -> Iterator[str]:
    """No column of an outcome family's table predicts the outcome by itself as no forecast could.

    Such a column was written down afterwards: in the Supreme Court's cases three of them take the
    Brier score from 0.22 to 0.03.
    """
    for name, auc in sorted(aucs(family).items()):
        if auc > TELLING:
            yield f"column {name!r} alone tells the outcome (AUC {auc:.3f}, more than {TELLING})"


def the_prompt_shows_no_future(family: Family, examples: int) -> Iterator[str]:
    """An outcome family's prompt is the same whatever came after the moment of the question."""

    for level in family.levels:
        for seed in range(examples):
            other = family.otherwise(stream(family, level, seed), level)
            text = other and _look_ahead(draw(family, level, seed), other)
            if text:
                yield f"level {level}, seed {seed}: {text}"
                return


RULES: tuple[Callable[[Family, int], Iterator[str]], ...] = (
    the_gold_verifies,
    the_near_miss_never_verifies,
    junk_neither_crashes_nor_scores,
    no_answer_leaks,
    what_is_exported_is_enough,
    duplicates_are_rare,
    no_lazy_strategy_beats_the_card,
    the_dial_makes_problems_longer,
    no_column_tells_the_outcome,
    the_prompt_shows_no_future,
)


def _look_ahead(problem: Problem, other: Problem) -> str | None:
    if problem.ground_truth == other.ground_truth:
        return "`otherwise` leaves the ground truth as it was, so that it shows nothing"
    if problem.prompt == other.prompt:
        return None
    pairs = zip(problem.prompt, other.prompt, strict=False)
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    shown = problem.prompt[max(same - 40, 0) : same + 40]
    return f"the prompt changes with what came afterwards, at {shown!r}"


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
        problem = draw(family, level, seed)
        if text := complaint(problem, Random(f"{seed}:wrong"), *given_too):
            raise _Violated(f"level {level}, seed {seed}, {problem.prompt[:100]!r}: {text}")

    try:
        attempt()
    except _Violated as violated:
        yield str(violated)
    except Flaky as flaky:
        yield f"one seed gave different problems: {flaky}"


def _address(family: Family) -> dict[str, Any]:
    """Where another process finds the family."""
    here = f"{type(family).__module__}:{type(family).__qualname__}"
    address: dict[str, Any] = {"class": here, "data": family.data and str(family.data)}
    if family.defined_in is not None:
        return address | {"file": str(family.defined_in)}
    if any(type(one) is type(family) and _key(one) == _key(family) for one in installed_families()):
        return address | {"key": _key(family)}
    return address


def _key(family: Family) -> list[str]:
    return [family.domain, family.name]


def _found(address: dict[str, Any]) -> Family:
    if "file" in address:
        from gen.yaml_families import read_family

        family = read_family(Path(address["file"]))
    elif "key" in address:
        (family,) = [one for one in installed_families() if _key(one) == address["key"]]
    else:
        family = resolve_name(address["class"])()
    return family.reading(Path(address["data"])) if address["data"] else family


def _answer_from_another_process() -> None:
    addresses, examples = json.load(sys.stdin)
    prints = []
    for address in addresses:
        try:
            prints.append(fingerprint(_found(address), examples))
        except Exception as error:
            prints.append(f"{type(error).__name__}: {error}")
    json.dump(prints, sys.stdout)


if __name__ == "__main__":
    _answer_from_another_process()
