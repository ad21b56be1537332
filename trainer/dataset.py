"""Reads an export of the format trl, and lays out which problems a run sees in which order.

table = read_export(Path("out/easy"))          # out/easy/data/train-*.parquet
table.slice(0, 1).to_pylist()
->  [{"prompt": [{"role": "user", "content": "What is 2 + 3?..."}], "ground_truth": "5",
      "verifier": "math", "params": "{}", "problem_id": "0b1e..."}]

problem_order(3, draws=7, seed=0)              # every problem once before any comes again
->  [1, 0, 2, 2, 0, 1, 0]
"""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from trainer.errors import BadExport, one_line
from verifiers.errors import UnknownName
from verifiers.registry import find_verifier

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("prompt", "ground_truth", "verifier", "params", "problem_id")
"""What the trainer needs of an export; its other columns are left on disk."""


def read_export(directory: Path) -> "pa.Table":
    """Load the columns of `directory`/data/train-*.parquet that training needs.

    Read without the cache of `datasets`, which would keep a second copy in the user's home. Raises
    BadExport where there is nothing to train on, UnknownName for a verifier that is not installed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted(directory.glob("data/train-*.parquet"))
    if not files:
        raise BadExport(
            f"{directory} holds no data/train-*.parquet: "
            "give a directory written by `gen export --format trl`"
        )
    try:
        for file in files:
            _check_columns(file, pq.read_schema(file))
        table = pa.concat_tables([pq.read_table(file, columns=list(COLUMNS)) for file in files])
    except (pa.ArrowException, OSError) as error:
        raise BadExport(f"{directory} cannot be read as Parquet ({one_line(error)})") from error
    if not table.num_rows:
        raise BadExport(f"{directory} holds no problems: select more before exporting")
    _check_verifiers(directory, table)
    return table


def problem_order(n_problems: int, *, draws: int, seed: int) -> list[int]:
    """The first `draws` problems of an endless course of shuffled passes over all of them.

    A longer order begins with the shorter one, so a continued run goes on where it stopped.
    """
    passes = _passes(n_problems, seed)
    return [next(passes) for _ in range(draws)]


def fingerprint(table: "pa.Table") -> str:
    """16 hexadecimal digits that change with the problems of an export or their order."""
    digest = blake2b(digest_size=8)
    for problem_id in table.column("problem_id").to_pylist():
        digest.update(f"{problem_id}\n".encode())
    return digest.hexdigest()


def _passes(n_problems: int, seed: int) -> Iterator[int]:
    number = 0
    while True:
        order = list(range(n_problems))
        Random(f"{seed}:{number}").shuffle(order)
        yield from order
        number += 1


def _check_columns(file: Path, schema: "pa.Schema") -> None:
    import pyarrow.types as types

    missing = [name for name in COLUMNS if name not in schema.names]
    if missing:
        raise BadExport(
            f"{file} lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}: "
            "export it with --format trl"
        )
    prompt = schema.field("prompt").type
    if not (types.is_list(prompt) or types.is_large_list(prompt)) or not (
        types.is_struct(prompt.value_type)
        and {"role", "content"} <= {field.name for field in prompt.value_type}
    ):
        raise BadExport(
            f"{file}: the column prompt is {prompt}, not a list of messages with role and content: "
            "export it with --format trl"
        )


def _check_verifiers(directory: Path, table: "pa.Table") -> None:
    for name in table.column("verifier").unique().to_pylist():
        if name is None:
            raise BadExport(f"{directory}: a problem without a verifier: export it again")
        try:
            find_verifier(name)
        except UnknownName as error:
            raise BadExport(f"{directory}: {error}") from error
