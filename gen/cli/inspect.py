"""Commands that look and change nothing: domains, sql, doctor.

$ gen sql "SELECT family, avg(correct::INT) FROM results GROUP BY 1"
"""

from pathlib import Path

import click

from gen.cli.options import json_option, print_rows, store_option


@click.command()
@json_option
def domains(as_json: bool) -> None:
    """List families, levels, verifiers and certificates of every installed domain."""
    from gen.catalog import installed_families

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
    print_rows(head, rows, as_json=as_json)


@click.command()
@click.argument("query")
@store_option
@json_option
def sql(query: str, store: Path, as_json: bool) -> None:
    """Ask the store, read-only. Tables: problems, rollouts, verdicts, scores, selections, runs.

    Views: results (a row a rollout with its problem and verdict), problem_stats, family_stats,
    selected.
    """
    from curation.store import Store

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
