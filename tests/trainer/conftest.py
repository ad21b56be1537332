"""A small export of the format trl, written as `gen export` would write it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture(scope="session")
def write_export() -> Callable[..., Path]:
    """write_export(directory, ["1", "2"], verifier="math")  ->  directory, with two problems."""
    return _write_export


def _write_export(directory: Path, ground_truths: Sequence[str], **columns: Any) -> Path:
    rows = [_row(number, gold) | columns for number, gold in enumerate(ground_truths)]
    (directory / "data").mkdir(parents=True)
    middle = (len(rows) + 1) // 2
    for number, part in enumerate((rows[:middle], rows[middle:])):
        if part:
            file = directory / "data" / f"train-{number:05d}-of-00002.parquet"
            pq.write_table(pa.Table.from_pylist(part), file)
    return directory


def _row(number: int, ground_truth: str) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": f"Problem {number}: which number do I think of?"}],
        "ground_truth": ground_truth,
        "verifier": "math",
        "params": "{}",
        "problem_id": f"{number:032x}",
        "domain": "math",
        "family": "guessing",
        "level": 1,
        "pass_rate": None,
        "informativeness": None,
    }
