"""Reads the problems of a benchmark: a file, or a dataset of the Hub.

    read_benchmark("math500.jsonl")            ->  Benchmark(name="math500.jsonl", texts=[...], ...)
    read_benchmark("hf:openai/gsm8k@test")     ->  Benchmark(name="hf:openai/gsm8k@test", ...)

A row's problem is its first field of PROMPT_FIELDS: a text, or a chat, whose last question it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from curation.tabular import hub_rows, read_rows
from verifiers.errors import BadInput

PROMPT_FIELDS = ("prompt", "problem", "question", "input", "instruction", "text", "messages")


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The problems of a benchmark and the rows, from 1, where they stand."""

    name: str
    texts: list[str]
    rows: list[int]


def read_benchmark(source: str | Path) -> Benchmark:
    """Read a file of JSONL, JSON, Parquet or CSV, or `hf:NAME[@SPLIT]`, by default the test split.

    Raises BadInput for what cannot be read, with the row's number for a row without a problem.
    """
    place = str(source)
    is_hub = place.startswith("hf:")
    name = place if is_hub else Path(place).name
    rows = hub_rows(place, split="test") if is_hub else read_rows(Path(place))
    numbers, texts = [], []
    for number, row in rows:
        text = _problem(row)
        if text is None:
            raise BadInput(
                f"{place}: row {number} has no problem text in {', '.join(PROMPT_FIELDS)}; "
                f"it has {', '.join(row) or 'no fields'}"
            )
        numbers.append(number)
        texts.append(text)
    if not texts:
        raise BadInput(f"{place}: no rows; give a benchmark with at least one problem")
    return Benchmark(name, texts, numbers)


def _problem(row: Mapping[str, Any]) -> str | None:
    for field in PROMPT_FIELDS:
        value = row.get(field)
        if isinstance(value, str) and value.strip():
            return value
        if isinstance(value, list):
            turns = [one for one in value if isinstance(one, dict) and one.get("role") == "user"]
            if turns and isinstance(turns[-1].get("content"), str):
                return turns[-1]["content"]
    return None
