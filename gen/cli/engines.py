"""Where a command's work is done: in this process, or on a Ray cluster.

@click.command()
@engine_options
def solutions(ray_address: str | None, ...) -> None: ...

$ gen solutions --model M --engine ray                            # the cluster this machine is in
$ gen solutions --model M --engine ray --ray-address 10.0.0.5:6379
"""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from uuid import UUID

    from curation.store import Store
    from gen.backends import BackendOptions

OPTIONS = (
    click.option(
        "--engine",
        type=click.Choice(("local", "ray")),
        default="local",
        show_default=True,
        help="Work in this process, or on the machines of a Ray cluster.",
    ),
    click.option(
        "--ray-address",
        metavar="ADDRESS",
        help="HOST:PORT of the cluster, auto for the one this machine is in, local for a new one.",
    ),
)

AUTO = "auto"


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, as `ray_address`: None where the work is done here.

    Raises BadInput for options of the other engine.
    """

    @wraps(command)
    def with_engine(
        *arguments: Any, engine: str, ray_address: str | None, workers: int | None, **others: Any
    ) -> Any:
        from verifiers.errors import BadInput

        if engine == "local" and ray_address is not None:
            raise BadInput("--ray-address is for --engine ray")
        if engine == "ray" and workers is not None:
            raise BadInput("--workers is for one machine: a Ray cluster has a worker on each CPU")
        address = (ray_address or AUTO) if engine == "ray" else None
        return command(*arguments, ray_address=address, workers=workers, **others)

    for option in reversed(OPTIONS):
        with_engine = option(with_engine)
    return with_engine


def options_of(open_model: Any) -> "BackendOptions":
    """The options that `backend_options` has bound to what opens a model."""
    return open_model.keywords["options"]


def judge_left_over(store: "Store", ray_address: str, run_id: "UUID") -> None:
    """Judge on the cluster what a killed run has stored without its verdicts."""
    from gen.judging import judge_pending, pending_rollouts
    from verifiers.ray_pool import RayPool

    if any(pending_rollouts(store).values()):
        with RayPool(ray_address) as pool:
            judge_pending(store, pool=pool, run_id=run_id)
