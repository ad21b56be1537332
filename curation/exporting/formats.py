"""The formats of an export: what each trainer's loader wants of a row, as columns of SQL.

    FORMATS["verl"].columns["reward_model"]
    ->  "{'style': 'rule', 'ground_truth': ground_truth}"
    FORMATS["verl"].schema.field("reward_model").type
    ->  struct<style: string, ground_truth: string>

An expression may name the columns of its source (`queries.py`). A nested column has the same fields
in every row; what varies from problem to problem (params, a code problem's tests) travels as JSON
text. docs/exports.md says how each is loaded.
"""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

Source = Literal["problems", "verified", "pairs"]
"""A row is a chosen problem, an accepted rollout of one, or an accepted beside a rejected one."""

_MESSAGE = pa.struct([("role", pa.string()), ("content", pa.string())])

CHAT = pa.list_(pa.field("element", _MESSAGE))
"""A list of messages; "element" is what Parquet calls the inside of a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one trainer's dataset looks.

    `columns` maps a name to its SQL and its Arrow type; `loader` is the line that loads it, with
    `{out}` for the directory. `one_turn` formats take no chat of several turns.
    """

    source: Source
    columns: tuple[tuple[str, str, pa.DataType], ...]
    loader: str
    suffix: Literal["parquet", "jsonl"] = "parquet"
    one_turn: bool = False

    @property
    def schema(self) -> pa.Schema:
        """The columns' names and types, in order."""
        return pa.schema([(name, kind) for name, _, kind in self.columns])


def _same(kind: pa.DataType, *names: str) -> tuple[tuple[str, str, pa.DataType], ...]:
    return tuple((name, name, kind) for name in names)


_KNOWN_BY = (
    *_same(pa.string(), "problem_id", "domain", "family"),
    *_same(pa.int64(), "level"),
    *_same(pa.string(), "certificate"),
    *_same(pa.float64(), "confidence"),
)
"""What a row of every format can be traced and weighed by."""

_MEASURED = _same(pa.float64(), "pass_rate", "p_mixed", "informativeness")

_JUDGED_BY = _same(pa.string(), "ground_truth", "verifier", "params")

_PROMPT = ("prompt", "chat", CHAT)

_VERIFIER_METADATA = (
    ("verifier", "verifier", pa.string()),
    ("ground_truth", "ground_truth", pa.string()),
    ("params", "params", pa.string()),
)


def _struct(columns: tuple[tuple[str, str, pa.DataType], ...]) -> tuple[str, pa.DataType]:
    """The SQL and the type of one column that holds the given ones."""
    sql = ", ".join(f"'{name}': {expression}" for name, expression, _ in columns)
    return f"{{{sql}}}", pa.struct([(name, kind) for name, _, kind in columns])


FORMATS = {
    "trl": Format(
        source="problems",
        columns=(_PROMPT, *_JUDGED_BY, *_KNOWN_BY, *_MEASURED),
        loader='datasets.load_dataset("parquet", data_dir="{out}")',
    ),
    "verl": Format(
        source="problems",
        columns=(
            ("data_source", "'assay/' || domain", pa.string()),
            _PROMPT,
            ("ability", "domain", pa.string()),
            (
                "reward_model",
                *_struct(
                    (
                        ("style", "'rule'", pa.string()),
                        ("ground_truth", "ground_truth", pa.string()),
                    )
                ),
            ),
            (
                "extra_info",
                *_struct(
                    (
                        ("index", "place", pa.int64()),
                        ("split", "split", pa.string()),
                        ("prompt", "prompt", pa.string()),
                        ("verifier", "verifier", pa.string()),
                        ("params", "params", pa.string()),
                        *_KNOWN_BY,
                        *_MEASURED,
                    )
                ),
            ),
        ),
        loader="python3 -m verl.trainer.main_ppo data.train_files={out}/data/train-*.parquet",
    ),
    "openrlhf": Format(
        source="problems",
        columns=(
            _PROMPT,
            (
                "label",
                "to_json({'ground_truth': ground_truth, 'verifier': verifier, 'params': params})"
                "::VARCHAR",
                pa.string(),
            ),
            ("datasource", "domain", pa.string()),
            *_KNOWN_BY,
            *_MEASURED,
        ),
        loader="python3 -m openrlhf.cli.train_ppo_ray --data.prompt_dataset {out} "
        "--data.input_key prompt --data.label_key label --data.apply_chat_template",
    ),
    # A column `task` of plain text is refused by the last release that had one (verifiers 0.1.14).
    "prime-rl": Format(
        source="problems",
        columns=(
            ("example_id", "place", pa.int64()),
            ("id", "problem_id", pa.string()),
            _PROMPT,
            ("question", "prompt", pa.string()),
            ("answer", "ground_truth", pa.string()),
            (
                "info",
                f"to_json({_struct((*_VERIFIER_METADATA[::2], *_KNOWN_BY, *_MEASURED))[0]})"
                "::VARCHAR",
                pa.string(),
            ),
        ),
        loader='vf.SingleTurnEnv(dataset=datasets.load_dataset("parquet", data_dir="{out}", '
        'split="train"), rubric=...)',
    ),
    "nemo-gym": Format(
        source="problems",
        suffix="jsonl",
        columns=(
            ("responses_create_params", "{'input': chat}", pa.struct([("input", CHAT)])),
            ("verifier_metadata", *_struct((*_VERIFIER_METADATA, *_KNOWN_BY, *_MEASURED))),
        ),
        loader="gym eval run --input {out}/data/train.jsonl",
    ),
    "nemo-rl": Format(
        source="problems",
        one_turn=True,
        columns=(
            ("input", "chat[1].content", pa.string()),
            ("output", "ground_truth", pa.string()),
            *_same(pa.string(), "verifier", "params"),
            *_KNOWN_BY,
            *_MEASURED,
        ),
        loader='ResponseDataset(data_path="{out}", input_key="input", output_key="output", '
        'split="train")',
    ),
    "sft": Format(
        source="verified",
        columns=(
            ("messages", "chat || [{'role': 'assistant', 'content': response}]", CHAT),
            *_same(pa.string(), "teacher", "sampling"),
            *_same(pa.int64(), "n_correct", "k", "tokens", "thinking_tokens"),
            *_same(pa.string(), "verifier", "verifier_version", "reason"),
            ("rollout_id", "rollout_id::VARCHAR", pa.string()),
            *_KNOWN_BY,
        ),
        loader='datasets.load_dataset("parquet", data_dir="{out}")',
    ),
    "dpo": Format(
        source="pairs",
        columns=(
            _PROMPT,
            ("chosen", "[{'role': 'assistant', 'content': chosen}]", CHAT),
            ("rejected", "[{'role': 'assistant', 'content': rejected}]", CHAT),
            *_same(pa.string(), "sampled_by", "rejected_reason"),
            *_same(pa.int64(), "chosen_tokens", "rejected_tokens", "n_correct", "k"),
            *_same(pa.string(), "chosen_id", "rejected_id"),
            *_KNOWN_BY,
        ),
        loader='datasets.load_dataset("parquet", data_dir="{out}")',
    ),
}
"""Name -> format, as `gen export --format` takes it."""
