"""`gen domains --check`: what every family of a domain keeps and breaks, with measured figures.

$ gen domains --check logic --examples 50
family            rules  false_accepts ...            false_rejects ...          lazy ...
logic.knights     kept   0 of 250 (95 %: 0-1.51 %)    0 of 500 (95 %: 0-0.76 %)  ...
"""

from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gen.cli.options import print_object, print_rows

if TYPE_CHECKING:
    from gen.checking import FamilyReport
    from gen.conformance import Finding
    from gen.family import Family

HEAD = (
    "family",
    "rules",
    "false_accepts",
    "false_rejects",
    "undecided",
    "best_lazy",
    "chance_level",
    "leaks",
    "most_telling_column",
    "look_ahead",
    "size_by_level",
    "repeats",
)


def check(name: str, *, examples: int, data: Path | None, as_json: bool) -> int:
    """Check and measure the families called `name`; exit status 1 where one breaks a rule."""
    from gen.catalog import is_family_file, named_families
    from gen.checking import STEPS, measure
    from gen.cli.problems import say_left_out
    from gen.conformance import check_same_bytes
    from gen.progress import Progress

    families = named_families(name, data=data)
    if data is None and not is_family_file(name):
        say_left_out(name)
    with Progress() as progress:
        advance = progress.bar("rules", total=len(families) * STEPS)
        reports = [
            measure(one, examples=examples, told=lambda rule: advance(1)) for one in families
        ]
        elsewhere = check_same_bytes(families, examples=examples)
    findings = [one for report in reports for one in report.findings] + elsewhere
    if as_json:
        print_object([_object(one, _of(one.family, findings)) for one in reports])
    else:
        rows = [_row(one, _of(one.family, findings)) for one in reports]
        print_rows(HEAD, rows, as_json=False)
        for one in findings:
            print(f"\n{one.family} breaks the rule {one.rule!r}: {one.example}")
    return 1 if findings else 0


def _of(family: "Family", findings: "Sequence[Finding]") -> "list[Finding]":
    return [one for one in findings if one.family == family.name]


def _row(report: "FamilyReport", findings: "Sequence[Finding]") -> tuple[Any, ...]:
    family, measures = report.family, report.measures
    rules = f"{len(findings)} broken" if findings else "kept"
    if measures is None:
        return (family.name, rules, *([None] * (len(HEAD) - 2)))
    rates, lazy = measures.rates, measures.best_lazy
    column = max(measures.aucs.items(), key=lambda one: one[1], default=None)
    return (
        family.name,
        rules,
        share(rates.false_accepts, rates.n_wrong, rates.false_accept_interval),
        share(rates.false_rejects, rates.n_right, rates.false_reject_interval),
        f"{rates.undecided} of {rates.n_right + rates.n_wrong}",
        lazy and f"{lazy.strategy}: accepted {lazy.accepted:.1%}, reward {lazy.reward:.3f}",
        family.card.chance_level,
        f"{measures.n_leaks} of {measures.n_problems}",
        column and f"{column[0]}: AUC {column[1]:.3f}",
        _look_ahead(family, measures.look_ahead_shown),
        " ".join(f"{size:.4g}" for size in measures.sizes),
        f"{measures.repeats:.1%}",
    )


def _look_ahead(family: "Family", shown: bool) -> str | None:
    if family.certificate != "outcome":
        return None
    return "tested" if shown else "not tested"


def _object(report: "FamilyReport", findings: "Sequence[Finding]") -> dict[str, Any]:
    family, measures = report.family, report.measures
    said: dict[str, Any] = {
        "domain": family.domain,
        "family": family.name,
        "findings": [{"rule": one.rule, "example": one.example} for one in findings],
        "chance_level": family.card.chance_level,
    }
    if measures is None:
        return said | {"n_problems": 0}
    rates, lazy = measures.rates, measures.best_lazy
    return said | {
        "n_problems": measures.n_problems,
        "near_misses": rates.n_wrong,
        "false_accepts": rates.false_accepts,
        "false_accept_rate": rates.false_accept_rate,
        "false_accept_interval": list(rates.false_accept_interval),
        "right_responses": rates.n_right,
        "false_rejects": rates.false_rejects,
        "false_reject_rate": rates.false_reject_rate,
        "false_reject_interval": list(rates.false_reject_interval),
        "undecided": rates.undecided,
        "best_lazy": lazy
        and {"strategy": lazy.strategy, "accepted": lazy.accepted, "reward": lazy.reward},
        "leaks": measures.n_leaks,
        "column_aucs": {
            name: auc if isfinite(auc) else None for name, auc in measures.aucs.items()
        },
        "look_ahead": _look_ahead(family, measures.look_ahead_shown),
        "size_by_level": dict(zip(map(str, family.levels), measures.sizes, strict=True)),
        "repeats": measures.repeats,
    }


def share(hits: int, n: int, interval: tuple[float, float]) -> str:
    """`0.31 % (3 of 960; 95 %: 0.11-0.91 %)`."""
    if n == 0:
        return "no pairs"
    low, high = interval
    return f"{hits / n:.2%} ({hits} of {n}; 95 %: {100 * low:.2f}-{100 * high:.2f} %)"
