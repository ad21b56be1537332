"""Commands that look and change nothing: domains, sql, doctor.

$ gen sql "SELECT family, avg(correct::INT) FROM results GROUP BY 1"
$ gen sql "FROM choices WHERE name = 'first'" --out first.parquet
1200 rows written to first.parquet
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gen.cli.checking import share
from gen.cli.options import json_option, print_rows, report, store_option
from verifiers.errors import UnknownName

if TYPE_CHECKING:
    from verifiers.error_rates import ErrorRate
    from verifiers.registry import Verifier


@click.command()
@click.option(
    "--check",
    "checked",
    metavar="NAME",
    help="Check and measure a domain, a DOMAIN/FAMILY or a family's YAML file instead.",
)
@click.option(
    "--examples",
    type=click.IntRange(1, 10_000),
    default=20,
    show_default=True,
    help="With --check: problems a level, and a rule.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="With --check: a table of yours, for families that are made from one.",
)
@json_option
def domains(checked: str | None, examples: int, data: Path | None, as_json: bool) -> int:
    """List families, levels, verifiers and certificates of every installed domain.

    Below them, how often each verifier errs: wrong answers accepted and right ones rejected, as
    measured on labelled pairs.

    With --check the conformance rules are run on the families named, and what is measured is told:
    near misses accepted, right responses rejected, the best lazy strategy against the card's chance
    level, answers that leak, and the size of problems by level. The exit status is 1 where a family
    breaks a rule.
    """
    if checked is not None:
        from gen.cli.checking import check

        return check(checked, examples=examples, data=data, as_json=as_json)
    _list_domains(as_json)
    return 0


def _list_domains(as_json: bool) -> None:
    from gen.catalog import installed_families
    from verifiers.registry import verifier_names

    head = ("domain", "family", "levels", "verifier", "certificate", "chance_level", "licence")
    rows = [
        (
            family.domain,
            family.name,
            list(family.levels) if as_json else f"{min(family.levels)}-{max(family.levels)}",
            family.verifier,
            family.certificate,
            family.card.chance_level,
            family.card.licence,
        )
        for family in installed_families()
    ]
    judges = {row[3]: _judge(row[3]) for row in rows}
    if as_json:
        head = (*head, "verifier_version", "truth_format", "error_rates", "error_rates_note")
        rows = [(*row, *_judge_fields(row[3], *judges[row[3]])) for row in rows]
    print_rows(head, rows, as_json=as_json)
    if not as_json:
        print()
        used = {(row[0], row[3]) for row in rows}
        # Verifiers that no family uses judge what is imported or comes from elsewhere.
        others = {("", name) for name in verifier_names() if name not in judges}
        lines = [
            (domain, verifier, *line)
            for domain, verifier in (*sorted(used), *sorted(others))
            for line in _judge_lines(*_judge(verifier))
        ]
        print_rows(("domain", "verifier", "version", *RATES), lines, as_json=False)


RATES = ("measured_on", "false_accepts_of_wrong", "false_rejects_of_right", "undecided")


def _judge(verifier: str) -> "tuple[str | None, tuple[ErrorRate, ...]]":
    """The installed version, None where there is none, and its measured error rates."""
    from verifiers.error_rates import measured

    found = _verifier(verifier)
    return (None, ()) if found is None else (found.version, measured(verifier, found.version))


def _verifier(name: str) -> "Verifier | None":
    """The installed verifier; None where there is none, or it lacks a package."""
    from verifiers.registry import find_verifier

    try:
        return find_verifier(name)
    except (UnknownName, ImportError):
        return None


def _judge_lines(
    version: str | None, rates: "tuple[ErrorRate, ...]"
) -> list[tuple[str | None, ...]]:
    if not rates:
        return [(version, _not_measured(version), None, None, None)]
    return [
        (
            version,
            rate.pairs,
            share(rate.false_accepts, rate.n_wrong, rate.false_accept_interval),
            share(rate.false_rejects, rate.n_right, rate.false_reject_interval),
            f"{rate.undecided} of {rate.n_right + rate.n_wrong}",
        )
        for rate in rates
    ]


def _judge_fields(
    verifier: str, version: str | None, rates: "tuple[ErrorRate, ...]"
) -> tuple[str | None, str | None, list[dict[str, Any]], str | None]:
    objects = [
        {
            "measured_on": rate.pairs,
            "n_right": rate.n_right,
            "n_wrong": rate.n_wrong,
            "false_accepts": rate.false_accepts,
            "false_accept_rate": rate.false_accept_rate,
            "false_accept_interval": rate.false_accept_interval,
            "false_rejects": rate.false_rejects,
            "false_reject_rate": rate.false_reject_rate,
            "false_reject_interval": rate.false_reject_interval,
            "undecided": rate.undecided,
        }
        for rate in rates
    ]
    truth_format = getattr(_verifier(verifier), "truth_format", None)
    return version, truth_format, objects, None if rates else _not_measured(version)


def _not_measured(version: str | None) -> str:
    return "not installed" if version is None else f"not measured for version {version}"


@click.command()
@click.argument("query")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the answer to a .parquet, .csv, .json or .jsonl file.",
)
@store_option
@json_option
def sql(query: str, out: Path | None, store: Path, as_json: bool) -> None:
    """Ask the store, read-only.

    Tables: problems, proposals, rollouts, verdicts, scores, clusters, contaminations, selections,
    groups, certainties, runs. Views: results (a row a rollout with its problem and verdict),
    problem_stats, family_stats, funnel, costs, evidence, choices, selected. docs/queries.md has
    useful queries.
    """
    from curation.store import Store

    if out is not None:
        from curation.answers import write_answer

        n_rows = write_answer(Store(store), query, out)
        values = {"rows": n_rows, "out": out}
        report(values, as_json=as_json, sentence=f"{n_rows} rows written to {out}")
        return
    names, rows = Store(store).ask(query)
    head = [
        f"{name}_{names[:place].count(name)}" if name in names[:place] else name
        for place, name in enumerate(names)
    ]
    print_rows(head, rows, as_json=as_json)


@click.command()
@json_option
def doctor(as_json: bool) -> int:
    """Check what is installed, and say what to do about what is not."""
    from gen.doctor import findings

    found = findings()
    head = ("check", "state", "what to do")
    print_rows(head, [(one.check, one.state, one.advice) for one in found], as_json=as_json)
    return 1 if any(one.state == "broken" for one in found) else 0
