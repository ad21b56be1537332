"""Chooses problems under a budget, and keeps the reason for each choice.

    select(store, name="first", policy="cpu:smollm2-135m", group_size=8,
           budget=Budget(problems=50), benchmarks=[Path("math500.jsonl")], run_id=run.run_id)

Duplicates and what a benchmark contains are put aside first. The rest is ordered by gain: the r-th
best problem of a family and level counts its informativeness times sqrt(r) - sqrt(r - 1), the
marginal value under a square root (a concave, so submodular, utility for which the greedy choice is
near optimal: Nemhauser, Wolsey and Fisher 1978). Sorting once makes it O(n log n).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import polars as pl

from curation.store import Store
from curation.tabular import read_rows
from verifiers.errors import BadInput

CANDIDATES = """
    SELECT problem_id::VARCHAR AS problem_id, p.family, p.level, p.prompt, s.informativeness,
           s.group_size * s.tokens_per_rollout AS cost_tokens
    FROM scores s JOIN problems p USING (problem_id)
    WHERE s.policy = ? AND s.group_size = ? AND p.quarantine IS NULL
    ORDER BY s.informativeness DESC, problem_id
"""

PROMPT_FIELDS = ("prompt", "problem", "question", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """At most so many problems, or expected completion tokens of one group each."""

    problems: int | None = None
    tokens: int | None = None

    def __post_init__(self) -> None:
        if (self.problems is None) == (self.tokens is None):
            raise BadInput("give one budget: --budget-problems N or --budget-tokens N")
        if (self.problems or self.tokens or 0) < 1:
            raise BadInput("a budget must be at least 1")


def select(
    store: Store,
    *,
    name: str,
    policy: str,
    group_size: int,
    budget: Budget,
    benchmarks: Iterable[Path] = (),
    run_id: UUID,
) -> pl.DataFrame:
    """Store the selection `name`, replacing an older one; gives `choose`'s table.

    Raises what `choose` raises.
    """
    chosen = choose(
        store, policy=policy, group_size=group_size, budget=budget, benchmarks=benchmarks
    )
    rows = chosen.select(
        pl.lit(name).alias("name"),
        "problem_id",
        pl.lit(policy).alias("policy"),
        pl.lit(group_size).alias("group_size"),
        "selected",
        "position",
        "reason",
        pl.lit("informativeness").alias("arm"),
        pl.col("informativeness").alias("preference"),
        pl.lit(1.0).alias("weight"),
        pl.lit(None, pl.Int64).alias("cell_rank"),
        pl.lit(None, pl.Int64).alias("cluster_rank"),
        pl.lit(1.0).alias("discount"),
        "gain",
        "cost_tokens",
        pl.lit(str(run_id)).alias("run_id"),
    ).sort("problem_id")
    store.replace("selections", rows.to_arrow(), where={"name": name})
    return chosen


def choose(
    store: Store,
    *,
    policy: str,
    group_size: int,
    budget: Budget,
    benchmarks: Iterable[Path] = (),
) -> pl.DataFrame:
    """A row each scored problem of a policy: `selected`, `position`, `reason`, `gain` and others.

    Raises BadInput where `policy` has no scores for the group size, or a benchmark is unreadable.
    """
    candidates = pl.DataFrame(store.query(CANDIDATES, (policy, group_size)))
    if candidates.is_empty():
        raise BadInput(
            f"no scores of {policy!r} for groups of {group_size}: "
            f"run `gen score --policy {policy} --group-size {group_size}` first"
        )
    return _spend(_put_aside(candidates, benchmark_texts(benchmarks)), budget)


def canonical(text: str) -> str:
    """A prompt's letters and digits alone: what is left of it after reformatting."""
    return re.sub(r"[\W_]+", "", text).casefold()


def benchmark_texts(paths: Iterable[Path]) -> dict[str, str]:
    """Canonical text of every benchmark problem -> where it stands ("math500.jsonl row 7")."""
    texts: dict[str, str] = {}
    for path in paths:
        for number, row in read_rows(path):
            prompt = next((row[field] for field in PROMPT_FIELDS if field in row), None)
            if not isinstance(prompt, str):
                raise BadInput(
                    f"{path}: row {number} has no problem text in {', '.join(PROMPT_FIELDS)}"
                )
            texts.setdefault(canonical(prompt), f"{path.name} row {number}")
    return texts


def _put_aside(candidates: pl.DataFrame, contaminants: dict[str, str]) -> pl.DataFrame:
    """Add `aside`: why a candidate is no longer one, best first being kept among duplicates."""
    texts = candidates["prompt"].map_elements(canonical, return_dtype=pl.String)
    first = pl.col("problem_id").first().over("text")
    return candidates.with_columns(texts.alias("text")).with_columns(
        pl.when(pl.col("text").is_in(list(contaminants)))
        .then("contaminated: " + pl.col("text").replace(contaminants))
        .when(first != pl.col("problem_id"))
        .then("duplicate of " + first)
        .alias("aside")
    )


def _spend(candidates: pl.DataFrame, budget: Budget) -> pl.DataFrame:
    eligible = pl.col("aside").is_null()
    rank = pl.when(eligible).then(eligible.cum_sum().over("family", "level"))
    ranked = candidates.with_columns(
        (pl.col("informativeness") * (rank.sqrt() - (rank - 1).sqrt())).fill_null(0.0).alias("gain")
    ).sort([eligible, "gain", "problem_id"], descending=[True, True, False])
    within = (
        pl.int_range(pl.len()) < budget.problems
        if budget.problems is not None
        else pl.col("cost_tokens").cum_sum() <= budget.tokens
    )
    selected = eligible & within
    return ranked.with_columns(
        selected.alias("selected"),
        pl.when(selected).then(pl.int_range(1, pl.len() + 1)).alias("position"),
        pl.coalesce(
            "aside", pl.when(selected).then(pl.lit("chosen")).otherwise(pl.lit("over budget"))
        ).alias("reason"),
    )
