"""The processes of one run: one, unless `accelerate launch` or torchrun started several.

$ accelerate launch --num_processes 2 -m gen train out/easy --model M --out out/run

n_processes()    ->  2, in each of them
is_main()        ->  True in the one that writes the files
gathered([3])    ->  [3, 5] in both, where the other one has [5]
"""

import os
from typing import TypeVar

from trainer.errors import TrainingUnavailable

Row = TypeVar("Row")

SHARDED = {"ACCELERATE_USE_FSDP": "FSDP", "ACCELERATE_USE_DEEPSPEED": "DeepSpeed"}


def n_processes() -> int:
    """How many processes train together, on all machines."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def is_main() -> bool:
    """Whether this process is the one that writes files and tells the user."""
    return os.environ.get("RANK", "0") == "0"


def grading_workers(given: int | None) -> int | None:
    """How many grading processes to start here, where each launched process starts its own.

    `given` is the user's number; None stays None in a single process, for one worker a core.
    """
    here = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    if given is not None or here == 1:
        return given
    return max(1, (os.cpu_count() or 1) // here)


def gathered(rows: list[Row]) -> list[Row]:
    """The rows of all processes, in their order; every process must call it."""
    if n_processes() == 1:
        return rows
    from accelerate.utils import gather_object

    return gather_object(rows)


def check_launch(n_gpus: int) -> None:
    """Refuse several GPUs in one process, and weights cut in pieces; raises TrainingUnavailable."""
    if n_gpus > 1 and n_processes() == 1:
        raise TrainingUnavailable(
            f"{n_gpus} GPUs are visible to one process: start it with "
            "`accelerate launch -m gen ...` to train on all, or set CUDA_VISIBLE_DEVICES=0"
        )
    for variable, name in SHARDED.items():
        if os.environ.get(variable, "").lower() in ("1", "true"):
            raise TrainingUnavailable(
                f"launched with {name}, but every process must hold the whole model: "
                "give `accelerate launch --multi_gpu` instead, or train with verl "
                "(recipes/verl)"
            )
