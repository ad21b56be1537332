"""How many mutants the tests of HumanEval and MBPP kill, before and after strengthening.

python -m benchmarks.test_strength shared/data/code/humaneval.jsonl -n 80
->  {"file": "humaneval", "problems": 80, "kill_rate": {"before": 0.96, "after": 0.99, ...},
     "by_operator": {"constant": {"mutants": 120, "killed_before": 111, "killed_after": 118, ...}}}

Tests are strengthened against one half of the mutants ("seen"), so that the other half ("held_out")
tells what the added tests are worth. Suspected equivalent mutants are left out of all rates.
"""

import json
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import click

from gen.code_rows import CodeRow, code_row
from verifiers.code import CodeVerifier
from verifiers.code.strength import Strength, accepted_in, measure, mutants_of, outcome_of
from verifiers.code.strengthen import strengthen
from verifiers.errors import AssayError


@dataclass(frozen=True, slots=True)
class Measured:
    """One problem: its mutants' operators, and which of them survive what."""

    seen: Strength
    stronger: Strength
    held_out: Strength
    held_out_stronger: Strength
    operators: tuple[str, ...]
    n_added: int
    seconds: float


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-n", "n", type=int, help="How many problems of each file, evenly spread; else all.")
@click.option(
    "--mutants", "n_mutants", default=16, show_default=True, help="Of each problem, seen."
)
@click.option("--seed", default=0, show_default=True)
@click.option("--show", is_flag=True, help="Write the tests added to stderr.")
def main(files: tuple[Path, ...], n: int | None, n_mutants: int, seed: int, show: bool) -> None:
    """Measure the files' tests; a line of JSON a file."""
    verifier = CodeVerifier()
    for path in files:
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        rows = rows[:: max(1, len(rows) // n)][:n] if n else rows
        results, failures = [], []
        for row in rows:
            problem = code_row(row)
            if problem is None or problem.reference is None:
                failures.append(f"{row.get('task_id')}: no row of a known shape")
                continue
            try:
                results.append(_measured(problem, verifier, n_mutants, seed, show))
            except AssayError as error:
                failures.append(f"{row.get('task_id')}: {error}")
        print(json.dumps(_report(path.stem, results, failures)))


def _measured(
    row: CodeRow, verifier: CodeVerifier, n_mutants: int, seed: int, show: bool
) -> Measured:
    started = time.monotonic()
    both = measure(
        row.ground_truth, row.reference or "", verifier,
        prompt=row.prompt, n_mutants=2 * n_mutants, seed=seed,
    )  # fmt: skip
    made = mutants_of(row.ground_truth, row.reference or "", 2 * n_mutants, seed)
    first = {one.source for one in made[::2]}
    seen = _half(both, len(made[::2]), first, inside=True)
    held_out = _half(both, len(made[1::2]), first, inside=False)
    stronger = strengthen(
        row.ground_truth, row.reference or "", seen, verifier, prompt=row.prompt, seed=seed
    )
    if show and stronger.n_added:
        old, new = (json.loads(text) for text in (row.ground_truth, stronger.ground_truth))
        more = [one for one in new["tests"] if one not in old["tests"]] if "tests" in new else [
            new["test"][len(old["test"].rstrip()) :].partition("check_first(candidate)\n")[2]
        ]  # fmt: skip
        print(row.prompt[-300:], *more, "-" * 60, sep="\n", file=sys.stderr)
    left = tuple(
        one
        for one in held_out.survivors
        if outcome_of(
            stronger.ground_truth, one.mutant.source, verifier, prompt=row.prompt, params={}
        )
        == "accepted"
    )
    accepted_in(stronger.ground_truth, row.reference or "", verifier, prompt=row.prompt, params={})
    return Measured(
        seen=seen,
        stronger=stronger.strength,
        held_out=held_out,
        held_out_stronger=replace(
            held_out, n_killed=held_out.n_mutants - len(left), survivors=left
        ),
        operators=tuple(one.operator for one in made),
        n_added=stronger.n_added,
        seconds=time.monotonic() - started,
    )


def _half(both: Strength, n: int, first: set[str], *, inside: bool) -> Strength:
    survivors = tuple(one for one in both.survivors if (one.mutant.source in first) == inside)
    return Strength(n_mutants=n, n_killed=n - len(survivors), survivors=survivors)


def _report(name: str, results: list[Measured], failures: list[str]) -> dict:
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in results:
        for operator in one.operators:
            table[operator]["mutants"] += 1
        for when, strengths in (
            ("before", (one.seen, one.held_out)),
            ("after", (one.stronger, one.held_out_stronger)),
        ):
            for survivor in (left for strength in strengths for left in strength.survivors):
                kind = "suspected" if survivor.suspected else "survive"
                table[survivor.mutant.operator][f"{kind}_{when}"] += 1
    rates = [one.seen.kill_rate for one in results if one.seen.kill_rate is not None]
    later = [one.stronger.kill_rate for one in results if one.stronger.kill_rate is not None]
    return {
        "file": name,
        "problems": len(results),
        "failures": failures,
        "mutants": sum(len(one.operators) for one in results),
        "kill_rate": {
            "seen_before": _rate([one.seen for one in results]),
            "seen_after": _rate([one.stronger for one in results]),
            "held_out_before": _rate([one.held_out for one in results]),
            "held_out_after": _rate([one.held_out_stronger for one in results]),
        },
        "suspected_equivalent": sum(
            one.seen.n_equivalent_suspects + one.held_out.n_equivalent_suspects for one in results
        ),
        "weak_below_0.8": {
            "before": sum(rate < 0.8 for rate in rates),
            "after": sum(rate < 0.8 for rate in later),
        },
        "problems_with_survivors": {
            "before": sum(rate < 1 for rate in rates),
            "after": sum(rate < 1 for rate in later),
        },
        "strengthened": sum(one.n_added > 0 for one in results),
        "tests_added": sum(one.n_added for one in results),
        "seconds_a_problem": round(sum(one.seconds for one in results) / max(1, len(results)), 2),
        "by_operator": {
            operator: dict(counts) for operator, counts in sorted(table.items())
        },
    }  # fmt: skip


def _rate(strengths: list[Strength]) -> float:
    n = sum(one.n_mutants - one.n_equivalent_suspects for one in strengths)
    return round(sum(one.n_killed for one in strengths) / n, 4) if n else 1.0


if __name__ == "__main__":
    main()
