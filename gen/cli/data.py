"""Commands that need no model: scores and selections.

$ gen score --policy cpu:smollm2-135m
120 problems scored for cpu:smollm2-135m: mean pass rate 0.062, chance of a mixed group of 8 0.351
"""

from pathlib import Path

import click

from gen.cli.options import json_option, report, store_option


@click.command()
@click.option("--policy", help="Whose rollouts; may be left out where the store has only one.")
@click.option(
    "--group-size",
    type=int,
    default=8,
    show_default=True,
    help="Rollouts a problem that the trainer will draw.",
)
@store_option
@json_option
def score(policy: str | None, group_size: int, store: Path, as_json: bool) -> None:
    """Score how much a policy can learn from each problem, per token."""
    from curation.scoring import known_policy
    from curation.scoring import score as score_problems
    from curation.store import Store
    from gen.runs import running

    target = Store(store)
    policy = known_policy(target, policy_name(policy))
    parameters = {"policy": policy, "group_size": group_size}
    with target.writing("gen score"), running(target, "score", parameters) as run:
        n_scored = score_problems(
            target, policy=policy, group_size=group_size, run_id=run.run_id
        ).n_scored
    ((rate, mixed, cut),) = target.rows(
        "SELECT avg(pass_rate), avg(p_mixed), sum(n_truncated) / sum(n_rollouts) FROM scores "
        "WHERE policy = ? AND group_size = ?",
        (policy, group_size),
    )
    report(
        {
            "policy": policy,
            "scored": n_scored,
            "pass_rate": rate,
            "p_mixed": mixed,
            "truncated": cut,
        },
        as_json=as_json,
        sentence=f"{n_scored} problems scored for {policy}: mean pass rate {rate:.3f}, "
        f"chance of a mixed group of {group_size} {mixed:.3f}, {cut:.1%} of rollouts truncated",
    )


def policy_name(name: str | None) -> str | None:
    """A policy may be given as `--model` was; a server's address is not part of its name."""
    from gen.backends.base import ModelName

    return ModelName.parse(name).policy if name and name.startswith("http") else name
