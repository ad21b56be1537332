"""Real TRL on a tiny random student; and which responses it is given."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from models import tiny_model

from trainer import DistillSettings, distill
from trainer.demonstrations import IGNORED, choose, tokenized
from trainer.errors import BadExport, BadSettings
from trainer.metrics import ImitationMetrics, read_metrics


def row(problem: int, number: int, response: str, *, asked: str = "Say it.") -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": asked},
            {"role": "assistant", "content": response},
        ],
        "problem_id": f"{problem:032x}",
        "rollout_id": f"{problem:016x}{number:016x}",
        "tokens": len(response),
    }


def write(directory: Path, rows: list[dict[str, Any]]) -> Path:
    (directory / "data").mkdir(parents=True)
    file = directory / "data" / "train-00000-of-00001.parquet"
    pq.write_table(pa.Table.from_pylist(rows), file)
    return directory


@pytest.fixture(scope="module")
def settings(tmp_path_factory) -> DistillSettings:
    directory = tmp_path_factory.mktemp("distill")
    rows = [row(one, two, f"The answer is {one + two}.") for one in range(4) for two in range(2)]
    return DistillSettings(
        export=write(directory / "export", [*rows, row(9, 0, "far too long " * 100)]),
        model=str(tiny_model(directory / "model")),
        out=directory / "run",
        epochs=6,
        max_tokens=200,
        batch_size=8,
        micro_batch_size=4,
        learning_rate=3e-3,
        save_steps=3,
    )


@pytest.fixture(scope="module")
def run(settings):
    told = []
    return distill(settings, on_step=told.append), told


def weights(directory: Path) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    return load_file(directory / "model.safetensors")


def test_a_student_learns_what_it_is_shown_and_each_step_leaves_a_row(run, settings):
    result, told = run
    assert read_metrics(result.metrics, ImitationMetrics) == told
    assert [one.step for one in told] == [1, 2, 3, 4, 5, 6]
    assert (result.n_problems, result.n_examples, result.n_too_long) == (5, 8, 1)
    assert result.loss_last < 0.8 * result.loss_first
    n_bytes = sum(len(f"The answer is {one + two}.") + 1 for one in range(4) for two in range(2))
    assert [one.tokens for one in told] == [n_bytes] * 6


def test_a_resumed_run_ends_with_the_same_weights(run, settings, tmp_path):
    short = replace(settings, out=tmp_path / "run", epochs=3)
    distill(short)
    resumed = distill(replace(short, epochs=6))
    assert resumed.resumed_from == 3
    whole = weights(run[0].model)
    again = weights(resumed.model)
    assert all(np.array_equal(whole[name], again[name]) for name in whole)


def test_a_run_is_not_continued_with_other_data(settings, run):
    with pytest.raises(BadSettings, match="learning_rate"):
        distill(replace(settings, learning_rate=1e-4))


def test_the_prompt_is_written_as_at_generation_and_is_in_no_loss(settings):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(settings.model)
    (example,), _ = tokenized([row(0, 0, "Yes.")], tokenizer, max_tokens=500)
    asked = [{"role": "user", "content": "Say it."}]
    prompt = tokenizer.apply_chat_template(asked, add_generation_prompt=True, tokenize=False)
    n_prompt = len(tokenizer(prompt, add_special_tokens=False)["input_ids"])
    assert set(example["labels"][:n_prompt]) == {IGNORED}
    assert tokenizer.decode(example["labels"][n_prompt:]) == "Yes." + tokenizer.eos_token
    assert tokenizer.decode(example["input_ids"]) == prompt + "Yes." + tokenizer.eos_token


def test_a_template_that_opens_the_thought_does_not_open_it_twice(tmp_path):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny_model(tmp_path, thinks=True))
    response = "<think>\nHm.\n</think>\n\nYes."
    (example,), _ = tokenized([row(0, 0, response)], tokenizer, max_tokens=500)
    assert tokenizer.decode(example["input_ids"]).count("<think>") == 1


def test_the_briefest_is_chosen_first_and_then_what_is_least_like_it():
    texts = [
        "we add one and two and get three",
        "we add one and two and get three indeed",
        "counting up from the number one we reach three after two steps",
    ]
    table = pa.Table.from_pylist([row(0, number, text) for number, text in enumerate(texts)])
    chosen = [one["messages"][-1]["content"] for one in choose(table, per_problem=2)]
    assert chosen == [texts[0], texts[2]]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.text("ab ", max_size=12)), min_size=1, max_size=20),
    st.integers(1, 4),
)
def test_no_problem_has_more_than_was_asked_for_and_none_is_lost(responses, per_problem):
    rows = [row(one, number, text) for number, (one, text) in enumerate(responses)]
    chosen = choose(pa.Table.from_pylist(rows), per_problem=per_problem)
    for problem in {one["problem_id"] for one in rows}:
        had = sum(one["problem_id"] == problem for one in rows)
        kept = sum(one["problem_id"] == problem for one in chosen)
        assert kept == min(had, per_problem)
    assert [one["rollout_id"] for one in chosen] == [
        one["rollout_id"] for one in rows if one in chosen
    ]


def test_what_is_no_export_of_verified_responses_is_said(settings, tmp_path, write_export):
    with pytest.raises(BadExport, match="--format sft"):
        distill(replace(settings, export=tmp_path, out=tmp_path / "run"))
    with pytest.raises(BadExport, match="no column 'messages'"):
        distill(
            replace(settings, export=write_export(tmp_path / "trl", ["1"]), out=tmp_path / "run")
        )
    with pytest.raises(BadExport, match="raise --max-tokens"):
        distill(replace(settings, max_tokens=3, out=tmp_path / "run"))
