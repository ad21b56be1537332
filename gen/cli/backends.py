"""Options that say how a model is reached.

@click.command()
@backend_options
def solutions(open_model: "Callable[[str], Backend]", ...) -> None: ...

$ gen solutions --model https://HOST/v1#NAME --requests-per-minute 500 --tokens-per-minute 200000
$ gen solutions --model https://HOST/v1#NAME --batch
"""

from collections.abc import Callable
from functools import partial, wraps
from pathlib import Path
from typing import Any

import click

PARALLEL = (
    click.option(
        "--tensor-parallel",
        type=click.IntRange(1),
        help="GPUs for one copy of a vllm: model; by its size unless given.",
    ),
    click.option(
        "--data-parallel",
        type=click.IntRange(1),
        help="Copies of a vllm: model; as many as the GPUs hold unless given.",
    ),
)

SERVERS = (
    click.option(
        "--requests-per-minute",
        type=click.FloatRange(0, min_open=True),
        help="Ask a server no more often than that.",
    ),
    click.option(
        "--tokens-per-minute",
        type=click.FloatRange(0, min_open=True),
        help="Prompt and sampled tokens together.",
    ),
    click.option(
        "--batch",
        is_flag=True,
        help="Ask a server through its batches: within a day, most often at half the price.",
    ),
)


def parallel_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options as `tensor_parallel` and `data_parallel`."""
    for option in reversed(PARALLEL):
        command = option(command)
    return command


def backend_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command with a `store` all the options, and what opens a model with them.

    Raises BadInput for --batch with a model that is not behind a server.
    """

    @wraps(command)
    def with_backend(
        *arguments: Any,
        requests_per_minute: float | None,
        tokens_per_minute: float | None,
        batch: bool,
        tensor_parallel: int | None,
        data_parallel: int | None,
        **others: Any,
    ) -> Any:
        from gen.backends.base import BackendOptions, ModelName, open_backend
        from verifiers.errors import BadInput

        if batch and ModelName.parse(others["model"]).kind != "http":
            raise BadInput("--batch needs a server: http://HOST/v1#NAME or https://HOST/v1#NAME")
        store: Path = others["store"]
        options = BackendOptions(
            requests_per_minute=requests_per_minute,
            tokens_per_minute=tokens_per_minute,
            batch=store.with_name(f"{store.name}.batches") if batch else None,
            tensor_parallel=tensor_parallel,
            data_parallel=data_parallel,
        )
        return command(*arguments, open_model=partial(open_backend, options=options), **others)

    for option in reversed(SERVERS):
        with_backend = option(with_backend)
    return parallel_options(with_backend)
