"""Measures a family as `gen domains --check` tells it: rules broken, error rates, chance, leaks.

report = measure(Sum(), examples=20)
report.findings                  ->  []
report.measures.rates            ->  ErrorRate(n_wrong=100, false_accepts=0, ...)
report.measures.best_lazy        ->  LazyScore(strategy="always 10", accepted=0.02, reward=0.02)
report.measures.sizes            ->  [16.2, 18.9, 24.1, 32.8, 57.3]
"""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from statistics import fmean

from gen.conformance import RULES, Finding, check_family
from gen.family import Family
from gen.measures import aucs, leaked, respond, sample, sizes_by_level, stream
from verifiers.error_rates import ErrorRate
from verifiers.records import Verdict
from verifiers.registry import find_verifier

STEPS = len(RULES) + 1
"""How often `told` is called for one family."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LazyScore:
    """What a lazy strategy gets, as means in [0, 1] over all levels."""

    strategy: str
    accepted: float
    reward: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What was measured of one family on `n_problems` problems.

    `best_lazy` is None where the family names no strategy; `repeats` is the share of draws that
    repeat a problem; `sizes` has a mean a level; `aucs` is empty where the family shows no table;
    `look_ahead_shown` says whether it shows that its prompts hold nothing of the outcome.
    """

    n_problems: int
    rates: ErrorRate
    best_lazy: LazyScore | None
    n_leaks: int
    repeats: float
    sizes: list[float]
    aucs: dict[str, float]
    look_ahead_shown: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyReport:
    """The rules that a family breaks, and its measures: None where it fails under them."""

    family: Family
    findings: list[Finding]
    measures: Measures | None


def measure(
    family: Family, *, examples: int, told: Callable[[str], object] = lambda rule: None
) -> FamilyReport:
    """Check the rules and measure on `examples` problems a level; `told` hears of each step."""
    findings = check_family(family, examples=examples, told=told)
    try:
        measures = _measured(family, examples)
    except Exception as error:
        measures, text = None, f"raised {type(error).__name__}: {error}"
        findings.append(Finding(rule="it can be measured", family=family.name, example=text))
    told("measures")
    return FamilyReport(family=family, findings=findings, measures=measures)


def _measured(family: Family, examples: int) -> Measures:
    drawn = {level: sample(family, level, 10 * examples) for level in family.levels}
    problems = [one for level in drawn.values() for one in level[:examples]]
    wrong = [
        family.verify(one, response)
        for one in problems
        if (response := family.wrong(one, Random(f"{one.problem_id}:near miss")))
    ]
    right = [family.verify(one, response) for one in problems for response in family.right(one)]
    lazy = [
        _lazy_score(name, [family.verify(one, respond(strategy, one)) for one in problems])
        for name, strategy in sorted(family.trivial().items())
    ]
    ids = [{one.problem_id for one in level} for level in drawn.values()]
    n_drawn = sum(map(len, drawn.values()))
    return Measures(
        n_problems=len(problems),
        rates=ErrorRate(
            verifier=family.verifier,
            version=find_verifier(family.verifier).version,
            pairs=f"{family.domain}/{family.name}",
            n_right=len(right),
            n_wrong=len(wrong),
            false_accepts=sum(one.outcome == "accepted" for one in wrong),
            false_rejects=sum(one.outcome == "rejected" for one in right),
            undecided=sum(one.outcome == "undecided" for one in (*right, *wrong)),
        ),
        best_lazy=max(lazy, key=lambda one: max(one.accepted, one.reward), default=None),
        n_leaks=sum(leaked(family, one) is not None for one in problems),
        repeats=1 - sum(map(len, ids)) / n_drawn,
        sizes=sizes_by_level(family, examples),
        aucs=aucs(family),
        look_ahead_shown=_shows_look_ahead(family),
    )


def _lazy_score(name: str, verdicts: list[Verdict]) -> LazyScore:
    return LazyScore(
        strategy=name,
        accepted=fmean(one.outcome == "accepted" for one in verdicts),
        reward=fmean(one.reward or 0.0 for one in verdicts),
    )


def _shows_look_ahead(family: Family) -> bool:
    level = family.levels[0]
    return family.otherwise(stream(family, level, 0), level) is not None
