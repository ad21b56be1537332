"""What a training run writes down of each step, one JSON line a step.

{"step":1,"reward_mean":0.25,"reward_std":0.43,"zero_spread":0.5,"undecided":0,"loss":0.013,
 "kl":null,"grad_norm":0.8,"completions":8,"completion_length":57.5,"truncated":0.125,
 "tokens":460,"seconds":41.2,"reward_seconds":0.02,"entropy":0.81,"tokens_per_s":11.2}

rows = read_metrics(Path("out/run/metrics.jsonl"))
constant_reward(rows)  ->  None, or the one reward that every completion of the run was given
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path
from typing import TypeVar

import msgspec

METRICS = "metrics.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMetrics:
    """One optimizer step.

    `reward_mean`, `reward_std`, `zero_spread` and `undecided` as in RewardSummary. Lengths and
    counts are in tokens of completions; `truncated` is the share of completions that were cut at
    the length limit. `seconds` is the whole step, of which `reward_seconds` went into grading;
    `tokens_per_s` is `tokens` over it. `entropy` is that of the policy's next token, in nats, at
    the temperature of sampling, averaged over the completions' tokens.
    """

    step: int
    reward_mean: float | None
    reward_std: float | None
    zero_spread: float
    undecided: int
    loss: float | None
    kl: float | None
    grad_norm: float | None
    completions: int
    completion_length: float
    truncated: float
    tokens: int
    seconds: float
    reward_seconds: float
    entropy: float | None
    tokens_per_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ImitationMetrics:
    """One optimizer step of distillation: mean loss a token in nats, tokens imitated, wall time.

    `entropy` is that of the student's next token in nats, a mean over the tokens imitated.
    """

    step: int
    loss: float
    grad_norm: float | None
    tokens: int
    seconds: float
    entropy: float | None
    tokens_per_s: float


Row = TypeVar("Row", StepMetrics, ImitationMetrics)


def append_metrics(path: Path, row: StepMetrics | ImitationMetrics) -> None:
    """Add one line, whole or not at all as far as a reader can see."""
    with path.open("ab") as file:
        file.write(msgspec.json.encode(row) + b"\n")


def read_metrics(path: Path, kind: type[Row] = StepMetrics) -> list[Row]:
    """Every whole line of `path`, which need not exist; a line cut off by a kill is left out."""
    if not path.exists():
        return []
    decoder = msgspec.json.Decoder(kind)
    lines = path.read_bytes().split(b"\n")[:-1]
    return [decoder.decode(line) for line in lines if line]


def keep_until(path: Path, step: int, kind: type[Row] = StepMetrics) -> None:
    """Drop the rows after `step`: they were made after the checkpoint, and are made again."""
    kept = [row for row in read_metrics(path, kind) if row.step <= step]
    partial = path.with_suffix(".partial")
    partial.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in kept))
    partial.replace(path)


def constant_reward(rows: Sequence[StepMetrics]) -> float | None:
    """The reward that every decided completion of the run was given; None where rewards differ.

    A run with a constant reward has learnt nothing, whatever its loss says.
    """
    judged = [row for row in rows if row.reward_mean is not None]
    if not judged or any(row.reward_std for row in judged):
        return None
    means = [row.reward_mean for row in judged if row.reward_mean is not None]
    same = all(isclose(mean, means[0], abs_tol=1e-12) for mean in means)
    return means[0] if same else None
