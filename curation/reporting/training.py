"""The curves of a run of `gen train` or `gen distill`, from the file that it writes a line a step.

read_curves(Path("out/run"))   # step  reward_mean  reward_std  loss  kl  ...
"""

from io import BytesIO
from pathlib import Path

import polars as pl

from verifiers.errors import BadInput

CURVES = {
    "reward_mean": "Reward, mean of a step",
    "zero_spread": "Groups with equal rewards, share",
    "completion_length": "Completion length, tokens",
    "entropy": "Entropy of the next token, nats",
    "tokens_per_s": "Tokens a second",
    "truncated": "Truncated completions, share",
    "loss": "Loss",
    "kl": "KL divergence, nats",
    "grad_norm": "Gradient norm",
    "seconds": "Step time, seconds",
}
"""Column -> title of its chart. A column that a run has nothing of is not drawn."""

MOST_STEPS = 600
"""Steps of a curve; longer runs are averaged in windows of equal length."""


def read_curves(directory: Path) -> pl.DataFrame:
    """Every whole line of `directory/metrics.jsonl`, thinned to MOST_STEPS; raises BadInput."""
    path = directory / "metrics.jsonl"
    if not path.is_file():
        raise BadInput(
            f"no {path}: give the directory that `gen train --out` or `gen distill --out` wrote"
        )
    whole = path.read_bytes().rpartition(b"\n")[0]  # a kill may have cut off the last line
    try:
        rows = pl.read_ndjson(BytesIO(whole)) if whole else pl.DataFrame()
    except pl.exceptions.PolarsError as error:
        reason = str(error).splitlines()[0]
        raise BadInput(f"{path} is no file of metrics: {reason}") from None
    if "step" not in rows.columns:
        raise BadInput(f"{path} has no steps yet: wait for the run's first one")
    numbers = [name for name in CURVES if rows.schema.get(name, pl.Null()).is_numeric()]
    rows = rows.select("step", *numbers).sort("step")
    window = -(-len(rows) // MOST_STEPS)
    if window == 1:
        return rows
    windows = rows.group_by(pl.int_range(pl.len()) // window, maintain_order=True)
    return windows.agg(pl.col("step").max(), pl.col(numbers).mean()).select("step", *numbers)
