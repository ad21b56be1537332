"""`gen score`: what a policy can learn from each problem, per token.

$ gen score --policy cpu:smollm2-135m
120 problems scored for cpu:smollm2-135m: mean pass rate 0.062, chance of a mixed group of 8 0.351,
0.0% of rollouts truncated
880 more predicted from family, level, template, size, words
family	problems	r2	brier	brier_of_cells	predicted	observed
(all)	118	0.71	0.081	0.102	0.0613	0.0611
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gen.cli.options import json_option, print_object, print_rows, store_option

if TYPE_CHECKING:
    from curation.scoring import Scored

SUMMARY = """
    SELECT avg(pass_rate), avg(p_mixed), avg(signal_value), sum(n_truncated) / sum(n_rollouts)
    FROM scores WHERE policy = ? AND group_size = ? AND NOT predicted
"""


@click.command()
@click.option("--policy", help="Whose rollouts; may be left out where the store has only one.")
@click.option(
    "--group-size",
    type=int,
    default=8,
    show_default=True,
    help="Rollouts a problem that the trainer will draw.",
)
@click.option(
    "--signal",
    default="p_mixed",
    show_default=True,
    metavar="NAME",
    help="What is learnt from a group: p_mixed, grpo or dr_grpo; see docs/scoring.md.",
)
@click.option(
    "--predict/--no-predict",
    default=None,
    help="Predict problems without rollouts; done where 100 or more problems have some.",
)
@click.option(
    "--groups",
    "directories",
    type=click.Path(path_type=Path),
    multiple=True,
    help="A directory of `gen train`, whose rewards count as rollouts; repeatable.",
)
@click.option(
    "--half-life",
    type=float,
    default=100.0,
    show_default=True,
    help="Optimizer steps after which what an earlier checkpoint did counts half.",
)
@click.option(
    "--quarantine/--no-quarantine",
    default=True,
    help="Put aside problems whose gold a stronger policy contradicts, or bring them back.",
)
@store_option
@json_option
def score(
    policy: str | None,
    group_size: int,
    signal: str,
    predict: bool | None,
    directories: tuple[Path, ...],
    half_life: float,
    quarantine: bool,
    store: Path,
    as_json: bool,
) -> None:
    """Score how much a policy can learn from each problem, per token."""
    from curation.scoring import import_groups, known_policy
    from curation.scoring import score as score_problems
    from curation.store import Store
    from gen.progress import Progress
    from gen.runs import running
    from verifiers.errors import BadInput

    target = Store(store)
    policy = policy_name(policy)
    if directories and policy is None:
        raise BadInput("--groups needs --policy: the name of what was trained")
    if not directories:  # a policy may be known by its groups alone
        policy = known_policy(target, policy)
    assert policy is not None
    parameters = {
        "policy": policy,
        "group_size": group_size,
        "signal": signal,
        "predict": predict,
        "groups": directories,
        "half_life": half_life,
        "quarantine": quarantine,
    }
    with (
        target.writing("gen score"),
        running(target, "score", parameters) as run,
        Progress() as progress,
    ):
        imported = [
            import_groups(target, directory, policy=policy, run_id=run.run_id)
            for directory in directories
        ]
        done = score_problems(
            target,
            policy=policy,
            group_size=group_size,
            run_id=run.run_id,
            signal=signal,
            half_life=half_life,
            suspect=quarantine,
            predict=predict,
            on_predicted=progress.bar("predicted"),
        )
    ((rate, mixed, value, cut),) = target.rows(SUMMARY, (policy, group_size))
    told = {
        "policy": policy,
        "scored": done.n_scored,
        "predicted": done.n_predicted,
        "pass_rate": rate,
        "p_mixed": mixed,
        "signal": signal,
        "signal_value": value,
        "truncated": cut,
        "quarantined": done.suspects.put_aside,
        "lifted": done.suspects.lifted,
        "groups": [asdict(one) for one in imported],
        "models": [asdict(one) for one in done.models],
    }
    if as_json:
        print_object(told)
        return
    _tell(told, done, group_size)


def _tell(told: dict[str, Any], done: "Scored", group_size: int) -> None:
    for one in told["groups"]:
        print(
            f"{one['n_groups']} groups of training, {one['n_new']} of them new, "
            f"{one['n_unknown']} of problems that the store does not have"
        )
    cut = "" if told["truncated"] is None else f", {told['truncated']:.1%} of rollouts truncated"
    asked = "" if told["signal"] == "p_mixed" else f", {told['signal']} {told['signal_value']:.3f}"
    print(
        f"{done.n_scored} problems scored for {told['policy']}: mean pass rate "
        f"{told['pass_rate']:.3f}, chance of a mixed group of {group_size} {told['p_mixed']:.3f}"
        f"{asked}{cut}"
    )
    if done.suspects.put_aside or done.suspects.lifted:
        print(
            f"{done.suspects.put_aside} problems are quarantined, since a stronger policy "
            f"contradicts their gold; {done.suspects.lifted} are so no longer"
        )
    if done.models:
        print(f"{done.n_predicted} more predicted from {done.models[0].features}")
        head = ("family", "problems", "r2", "brier", "brier_of_cells", "predicted", "observed")
        rows = [
            (
                "(audit slice)" if one.audited else one.family or "(all)",
                one.n_problems,
                one.r2,
                one.brier,
                one.brier_of_cells,
                one.mean_predicted,
                one.mean_observed,
            )
            for one in done.models
        ]
        print_rows(head, rows, as_json=False)


def policy_name(name: str | None) -> str | None:
    """A policy may be given as `--model` was; a server's address is not part of its name."""
    from gen.backends.base import ModelName

    return ModelName.parse(name).policy if name and name.startswith("http") else name
