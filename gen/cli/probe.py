"""`gen probe`: does a policy know a family's outcomes by heart?

$ gen probe --domain finance --family forecasts.daily_change --model http://HOST/v1#NAME -n 50
asked            accepted                  mean reward
with features    2 of 50 (1 % to 13 %)     0.011 (0.003 to 0.019)
without          0 of 50 (0 % to 7 %)      0.002 (0.000 to 0.005)
no sign of memorisation: without the features no more than the chance level of 5 % explains
"""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from gen.cli.options import isolation_option, json_option, model_option, seed_option, workers_option

if TYPE_CHECKING:
    from gen.probing import Probed, Side


@click.command()
@click.option("--domain", required=True, help="The domain, such as finance; see `gen domains`.")
@click.option("--family", required=True, help="The family whose outcomes might be known.")
@model_option
@click.option(
    "-n",
    "--limit",
    "n",
    type=click.IntRange(2),
    default=50,
    show_default=True,
    help="How many problems are asked, twice each.",
)
@click.option("--level", "levels", type=int, multiple=True, help="Only this level; repeatable.")
@click.option("--temperature", type=click.FloatRange(0), default=0.7, show_default=True)
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    default=1024,
    show_default=True,
    help="Longest answer, in tokens.",
)
@seed_option
@workers_option
@isolation_option
@json_option
def probe(
    domain: str,
    family: str,
    model: str,
    n: int,
    levels: tuple[int, ...],
    temperature: float,
    max_tokens: int,
    seed: int,
    workers: int | None,
    as_json: bool,
) -> None:
    """Ask for outcomes with and without the features, and compare what both are worth."""
    from gen.backends.base import Sampling, open_backend
    from gen.catalog import find_families
    from gen.cli.options import print_object
    from gen.probing import bare_questions, probed
    from gen.problems import make_problems
    from verifiers.pool import GradingPool

    (asked,) = find_families(domain, family=family)
    problems = make_problems([asked], n=n, seed=seed, levels=levels or None)
    questions = bare_questions(asked, problems)
    with GradingPool(workers=workers) as pool, open_backend(model) as backend:
        found = probed(
            questions,
            chance_level=asked.card.chance_level,
            backend=backend,
            pool=pool,
            sampling=Sampling(temperature=temperature, max_tokens=max_tokens),
            seed=seed,
        )
    if as_json:
        print_object(asdict(found))
        return
    print(_table(found))


def _table(found: "Probed") -> str:
    rows = [("asked", "accepted", "mean reward")]
    rows += [_row("with features", found.seen), _row("without", found.unseen)]
    lines = [f"{name:<16} {accepted:<25} {reward}" for name, accepted, reward in rows]
    verdict = (
        f"memorised: without the features more than the chance level of {found.chance_level:.0%} "
        "explains"
        if found.memorised
        else "no sign of memorisation: without the features no more than the chance level of "
        f"{found.chance_level:.0%} explains"
    )
    return "\n".join([*lines, verdict])


def _row(name: str, side: "Side") -> tuple[str, str, str]:
    low, high = side.share
    least, most = side.reward
    return (
        name,
        f"{side.n_accepted} of {side.n} ({low:.0%} to {high:.0%})",
        f"{side.mean_reward:.3f} ({least:.3f} to {most:.3f})",
    )
