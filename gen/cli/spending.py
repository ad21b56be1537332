"""Options that bound what a command may spend, and say what it costs.

@click.command()
@spending_options
def solutions(budget: "Budget", ...) -> None: ...

$ gen solutions --model M --max-tokens-total 100000 --max-cost 2.50 --price-output 0.60
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

OPTIONS = (
    click.option(
        "--max-tokens-total",
        type=click.IntRange(1),
        help="Sample at most so many tokens in all; never overdrawn.",
    ),
    click.option("--max-seconds", type=click.FloatRange(0), help="Begin nothing new after that."),
    click.option("--max-cost", type=click.FloatRange(0), help="Spend at most so much money."),
    click.option(
        "--price-prompt",
        type=click.FloatRange(0),
        default=0.0,
        help="Money per million prompt tokens.",
    ),
    click.option(
        "--price-output",
        type=click.FloatRange(0),
        default=0.0,
        help="Money per million sampled tokens.",
    ),
    click.option(
        "--price-hour", type=click.FloatRange(0), default=0.0, help="Money per hour of the machine."
    ),
)


def spending_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, and their sum as `budget`.

    Raises BadInput for a bound in money where nothing has a price.
    """

    @wraps(command)
    def with_budget(
        *arguments: Any,
        max_tokens_total: int | None,
        max_seconds: float | None,
        max_cost: float | None,
        price_prompt: float,
        price_output: float,
        price_hour: float,
        **others: Any,
    ) -> Any:
        from gen.spending import Budget, Prices
        from verifiers.errors import BadInput

        prices = Prices(prompt=price_prompt, output=price_output, hour=price_hour)
        if max_cost is not None and not prices.known:
            raise BadInput("--max-cost needs a price: --price-output, --price-prompt, --price-hour")
        budget = Budget(tokens=max_tokens_total, seconds=max_seconds, cost=max_cost, prices=prices)
        return command(*arguments, budget=budget, **others)

    for option in reversed(OPTIONS):
        with_budget = option(with_budget)
    return with_budget
