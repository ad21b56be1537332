"""Takes in the groups that a training run drew: labels that cost nothing.

    import_groups(store, Path("out/run"), policy="cpu:out/run/model", run_id=run.run_id)
    ->  ImportedGroups(n_groups=400, n_new=400, n_unknown=0)

A run leaves `groups.jsonl` and `settings.json` in its directory; the settings are what tells runs
apart. Groups of problems that the store does not have are left out. Unless the policy is the one
that the run started from, it is noted as a checkpoint of the run: at its last step, or at N where
its name ends in checkpoint-N.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from curation.records import Checkpoint
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import content_id


@dataclass(frozen=True, slots=True)
class ImportedGroups:
    """How many groups a run has, how many of them are new, and are of unknown problems."""

    n_groups: int
    n_new: int
    n_unknown: int


def import_groups(store: Store, directory: Path, *, policy: str, run_id: UUID) -> ImportedGroups:
    """Add the groups of a training run to the store; doing it again adds what is new.

    Raises BadInput where the directory holds no groups.
    """
    import polars as pl

    groups = _read(directory)
    training_run = content_id((directory / "settings.json").read_text()).hex
    known = pl.DataFrame(store.query("SELECT problem_id::VARCHAR AS problem_id FROM problems"))
    here = groups.join(known, on="problem_id", how="semi", maintain_order="left")
    rewards = pl.col("rewards")
    decided = rewards.list.drop_nulls()
    place = pl.int_range(pl.len()).over("step")
    rows = here.with_columns(place.alias("place")).select(
        pl.struct("step", "problem_id", "place")
        .map_elements(
            lambda row: str(content_id(training_run, *row.values())), return_dtype=pl.String
        )
        .alias("group_id"),
        pl.lit(training_run).alias("training_run"),
        "started_from",
        "step",
        "problem_id",
        rewards.list.len().cast(pl.Int64).alias("n_rollouts"),
        decided.list.len().cast(pl.Int64).alias("n_decided"),
        decided.list.eval(pl.element() == 1.0).list.sum().cast(pl.Int64).alias("n_correct"),
        decided.list.sum().cast(pl.Float64).alias("reward_sum"),
        decided.list.eval(pl.element() ** 2).list.sum().cast(pl.Float64).alias("reward_squares"),
        pl.col("tokens").list.sum().cast(pl.Int64).alias("n_tokens"),
        pl.lit(str(run_id)).alias("run_id"),
    )
    n_new = store.add("groups", rows.to_arrow())
    started_from = str(groups["started_from"][0])
    if policy != started_from:
        named = re.search(r"checkpoint-(\d+)/?$", policy)
        step = int(named[1]) if named else int(groups["step"].max())  # pyright: ignore
        checkpoint = Checkpoint(
            policy=policy,
            training_run=training_run,
            started_from=started_from,
            step=step,
            run_id=run_id,
        )
        store.put("checkpoints", [checkpoint])
    return ImportedGroups(len(groups), n_new, len(groups) - len(here))


def _read(directory: Path):
    """The whole lines of `groups.jsonl`: a kill may have cut off the last."""
    import polars as pl

    path = directory / "groups.jsonl"
    if not path.is_file() or not (directory / "settings.json").is_file():
        raise BadInput(
            f"{directory} holds no groups.jsonl of a training run: give --groups the directory "
            "that `gen train --out` wrote"
        )
    schema = {
        "step": pl.Int64,
        "problem_id": pl.String,
        "started_from": pl.String,
        "rewards": pl.List(pl.Float64),
        "tokens": pl.List(pl.Int64),
    }
    whole = path.read_bytes().rpartition(b"\n")[0]
    if not whole:
        raise BadInput(f"{path} is empty: the training run has not taken a step yet")
    try:
        return pl.read_ndjson(whole, schema=schema)
    except pl.exceptions.PolarsError as error:
        text = str(error).splitlines()[0]
        raise BadInput(f"{path} cannot be read ({text}): train again, or remove it") from None
