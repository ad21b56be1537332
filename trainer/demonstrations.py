"""What a student imitates: a few verified responses a problem, as tokens with their loss marked.

table = read_demonstrations(Path("out/taught"))          # gen export --format sft
chosen = choose(table, per_problem=4)                    # the briefest, then the least alike
tokenized(chosen, tokenizer, max_tokens=1024)
->  [{"input_ids": [...], "labels": [-100, ..., 42, 7, 2]}, ...], n_too_long

Rejection sampling with distinct solutions is stated in https://arxiv.org/abs/2308.01825.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trainer.errors import BadExport, one_line

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = ("messages", "problem_id", "rollout_id", "tokens")

SHINGLE_WORDS = 3

IGNORED = -100
"""The label of tokens that are in no loss: those of the prompt."""


def read_demonstrations(directory: Path) -> "pa.Table":
    """Load the columns of an export of the format sft that imitation needs; raises BadExport."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    files = sorted(directory.glob("data/train-*.parquet"))
    advice = "give a directory written by `gen export --format sft`"
    if not files:
        raise BadExport(f"{directory} holds no data/train-*.parquet: {advice}")
    try:
        for file in files:
            missing = [name for name in COLUMNS if name not in pq.read_schema(file).names]
            if missing:
                raise BadExport(f"{file} has no column {missing[0]!r}: {advice}")
        table = pa.concat_tables([pq.read_table(file, columns=list(COLUMNS)) for file in files])
    except (pa.ArrowException, OSError) as error:
        raise BadExport(f"{directory} cannot be read as Parquet ({one_line(error)})") from error
    if not table.num_rows:
        raise BadExport(
            f"{directory} holds no verified response: sample more of the teacher with "
            "`gen solutions`, and select problems that it solves"
        )
    return table


def choose(table: "pa.Table", *, per_problem: int) -> list[dict[str, Any]]:
    """At most `per_problem` rows a problem: the briefest, then the one least like those chosen.

    Likeness is the Jaccard index of the responses' word triples. The order is the table's.
    """
    rows = table.to_pylist()
    by_problem: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        by_problem.setdefault(row["problem_id"], []).append(place)
    kept = [
        place for places in by_problem.values() for place in _diverse(rows, places, per_problem)
    ]
    return [rows[place] for place in sorted(kept)]


def tokenized(
    rows: Iterable[dict[str, Any]], tokenizer: Any, *, max_tokens: int
) -> tuple[list[dict[str, list[int]]], int]:
    """The rows as tokens, and how many were left out because they are longer than `max_tokens`.

    The prompt is written as at generation, by the student's chat template; the response follows as
    the student must say it, up to its end of turn.
    """
    examples, n_too_long = [], 0
    for row in rows:
        example = _example(row["messages"], tokenizer)
        if len(example["input_ids"]) > max_tokens:
            n_too_long += 1
        else:
            examples.append(example)
    return examples, n_too_long


def _example(messages: Sequence[dict[str, str]], tokenizer: Any) -> dict[str, list[int]]:
    *asked, answer = messages
    prompt = tokenizer.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
    response = answer["content"]
    # A template that opens the thought has said what a stored thought begins with.
    if prompt.rstrip().endswith("<think>"):
        response = response.removeprefix("<think>").lstrip("\n")
    prompt_ids = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    response_ids = tokenizer(response, add_special_tokens=False)["input_ids"]
    response_ids = [*response_ids, tokenizer.eos_token_id]
    return {
        "input_ids": [*prompt_ids, *response_ids],
        "labels": [*[IGNORED] * len(prompt_ids), *response_ids],
    }


def _diverse(rows: Sequence[dict[str, Any]], places: Sequence[int], most: int) -> list[int]:
    left = sorted(places, key=lambda place: (rows[place]["tokens"], rows[place]["rollout_id"]))
    shingles = {place: _shingles(rows[place]["messages"][-1]["content"]) for place in left}
    chosen = [left.pop(0)]
    nearest = dict.fromkeys(left, 0.0)
    while left and len(chosen) < most:
        for place in left:
            likeness = _jaccard(shingles[place], shingles[chosen[-1]])
            nearest[place] = max(nearest[place], likeness)
        chosen.append(min(left, key=lambda place: nearest[place]))
        left.remove(chosen[-1])
    return chosen


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = text.split()
    return {tuple(words[at : at + SHINGLE_WORDS]) for at in range(max(1, len(words) - 2))}


def _jaccard(one: set, other: set) -> float:
    return len(one & other) / len(one | other)
