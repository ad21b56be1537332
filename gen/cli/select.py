"""`gen select`: dedup, decontaminate, choose.

$ gen select --name first --budget-problems 50 --decontaminate math500.jsonl --quota math=0.6
50 of 1200 problems chosen as 'first' (38211 tokens for one group each): 48 chosen, 2 tail;
1050 over budget, 90 duplicate, 10 contaminated
"""

from pathlib import Path
from typing import Any

import click

from gen.cli.options import dry_run_option, json_option, report, seed_option, store_option
from verifiers.errors import BadInput


class Shares(click.ParamType):
    """DOMAIN=NUMBER."""

    name = "DOMAIN=NUMBER"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        """Read one; a repeated option gives several."""
        domain, _, number = str(value).partition("=")
        try:
            return domain, float(number)
        except ValueError:
            self.fail(f"{value!r} is not DOMAIN=NUMBER, such as math=0.5", param, ctx)


@click.command()
@click.option("--name", required=True, help="What to call the selection.")
@click.option("--policy", help="Whose scores; may be left out where the store has only one.")
@click.option("--group-size", type=int, default=8, show_default=True, help="As in `gen score`.")
@click.option("--budget-problems", type=int, help="At most so many problems.")
@click.option("--budget-tokens", type=int, help="At most so many tokens for one group each.")
@click.option(
    "--decontaminate",
    "benchmarks",
    multiple=True,
    metavar="FILE|hf:NAME[@SPLIT]",
    help="A benchmark whose problems must not be chosen; repeatable.",
)
@click.option("--dedup/--no-dedup", default=True, show_default=True, help="Find duplicates first.")
@click.option(
    "--quota", "quotas", type=Shares(), multiple=True, help="A domain's share of the budget."
)
@click.option("--weight", "weights", type=Shares(), multiple=True, help="Multiplies its gains.")
@click.option(
    "--tails",
    type=float,
    default=0.05,
    show_default=True,
    help="Share of the budget for problems that were never or always solved.",
)
@click.option(
    "--arm",
    default="informativeness",
    show_default=True,
    help="What to go by; others for comparison: random, uniform, hardest, variance.",
)
@seed_option
@store_option
@json_option
@dry_run_option
def select(
    name: str,
    policy: str | None,
    group_size: int,
    budget_problems: int | None,
    budget_tokens: int | None,
    benchmarks: tuple[str, ...],
    dedup: bool,
    quotas: tuple[tuple[str, float], ...],
    weights: tuple[tuple[str, float], ...],
    tails: float,
    arm: str,
    seed: int,
    store: Path,
    as_json: bool,
    dry_run: bool,
) -> None:
    """Dedup, decontaminate, and choose under a budget.

    With --dry-run nothing is looked for: duplicates and contaminations found before count.
    """
    from curation.contamination import find_contamination, read_benchmark
    from curation.duplicates import find_clusters
    from curation.scoring import known_policy
    from curation.selection import Budget, Choice, preview
    from curation.selection import select as select_problems
    from curation.store import Store
    from gen.cli.score import policy_name
    from gen.progress import Progress
    from gen.runs import running

    choice = Choice(
        budget=Budget(problems=budget_problems, tokens=budget_tokens),
        group_size=group_size,
        arm=arm,
        quotas=_mapping("--quota", quotas),
        weights=_mapping("--weight", weights),
        tails=tails,
        seed=seed,
    )
    target = Store(store)
    policy = known_policy(target, policy_name(policy))
    if dry_run:
        chosen = preview(target, policy, choice)
    else:
        parameters = {"name": name, "policy": policy, "choice": choice, "decontaminate": benchmarks}
        read = [read_benchmark(source) for source in benchmarks]
        with (
            target.writing("gen select"),
            running(target, "select", parameters, seed=seed) as run,
            Progress() as progress,
        ):
            if dedup:
                find_clusters(target, run.run_id, advance=progress.bar("dedup"))
            if read:
                advance = progress.bar("decontaminate")
                find_contamination(target, read, run.run_id, advance=advance)
            chosen = select_problems(target, name, policy, choice, run_id=run.run_id)
    reasons = ", ".join(f"{n} {reason}" for reason, n in chosen.reasons.items())
    verb = "would be chosen" if dry_run else "chosen"
    report(
        {
            "name": name,
            "selected": chosen.n_selected,
            "candidates": chosen.n_candidates,
            "tokens": chosen.cost_tokens,
            "reasons": chosen.reasons,
        },
        as_json=as_json,
        sentence=f"{chosen.n_selected} of {chosen.n_candidates} problems {verb} as {name!r} "
        f"({chosen.cost_tokens:.0f} tokens for one group each): {reasons}",
    )


def _mapping(option: str, pairs: tuple[tuple[str, float], ...]) -> dict[str, float]:
    mapping = dict(pairs)
    if len(mapping) < len(pairs):
        raise BadInput(f"{option} names a domain twice: give each domain once")
    return mapping
