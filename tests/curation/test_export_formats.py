"""Each format has what its trainer's loader reads, stated here from that project's own source.

`test_export_loaders.py` opens the same exports with the loaders themselves.
"""

import json
from pathlib import Path

import datasets
from exported import TESTS

from curation.exporting import FORMATS
from verifiers.rows import grading_task
from verifiers.server.formats import read_nemo_gym, read_openrlhf


def load(exports: Path, fmt: str, split: str = "train") -> list[dict]:
    """The rows as `datasets` reads them, without looking at the card."""
    cache = str(exports / "cache")
    if FORMATS[fmt].suffix == "jsonl":
        files = str(exports / fmt / f"data/{split}.jsonl")
        return datasets.load_dataset("json", data_files=files, cache_dir=cache)["train"].to_list()
    loaded = datasets.load_dataset("parquet", data_dir=str(exports / fmt), cache_dir=cache)
    assert set(loaded) == {"train", "test"}
    return loaded[split].to_list()


def test_every_format_opens_with_datasets(exports: Path):
    for fmt, target in FORMATS.items():
        rows = load(exports, fmt)
        assert len(rows) >= 10
        assert set(rows[0]) == set(target.schema.names)
        assert all(row[name] is not None for row in rows for name in target.schema.names)


def test_trl_takes_its_formats_for_what_they_are(exports: Path):
    """trl/data_utils.py: prompt-only for GRPO, messages for SFT, prompt and preference for DPO."""
    from trl.data_utils import is_conversational, maybe_extract_prompt

    for fmt, keys in (
        ("trl", {"prompt"}),
        ("sft", {"messages"}),
        ("dpo", {"prompt", "chosen", "rejected"}),
    ):
        for row in load(exports, fmt):
            assert is_conversational(row)
            known = {"prompt", "chosen", "rejected", "completion", "messages"} & set(row)
            assert known == keys
            if fmt == "dpo":
                assert maybe_extract_prompt(row)["prompt"] == row["prompt"]
                assert row["chosen"][-1]["role"] == row["rejected"][-1]["role"] == "assistant"
            assert row[min(keys)][-1]["content"]


def test_verl_has_its_five_columns(exports: Path):
    """verl/utils/dataset/rl_dataset.py and examples/data_preprocess/gsm8k.py (0.9): the reward
    function gets data_source, reward_model.ground_truth and extra_info."""
    for place, row in enumerate(load(exports, "verl")):
        assert set(row) == {"data_source", "prompt", "ability", "reward_model", "extra_info"}
        assert row["reward_model"]["style"] == "rule"
        assert isinstance(row["reward_model"]["ground_truth"], str)
        extra = row["extra_info"]
        assert (extra["index"], extra["split"]) == (place, "train")
        assert row["data_source"] == f"assay/{row['ability']}"
        sent = {name: extra[name] for name in ("verifier", "params", "prompt")}
        sent |= {"ground_truth": row["reward_model"]["ground_truth"], "completion": "It is 5."}
        assert grading_task(sent, verifier=None).prompt == extra["prompt"]


def test_openrlhfs_labels_are_read_by_the_reward_server(exports: Path):
    """openrlhf/datasets/prompts_dataset.py (0.11): data[input_key] is a chat, data[label_key] text
    that goes to the remote reward model as it is."""
    for row in [*load(exports, "openrlhf"), *load(exports, "openrlhf", "test")]:
        prompt = "".join(one["content"] for one in row["prompt"])
        body = {"query": [f"{prompt} It is 5."], "prompts": [prompt], "labels": [row["label"]]}
        (asked,) = read_openrlhf(json.dumps(body).encode(), {}).rows
        assert asked["verifier"] == row["datasource"]
        if row["domain"] == "code":
            assert asked["ground_truth"] == TESTS
            assert json.loads(asked["params"]) == {"partial": True}


def test_prime_rl_has_the_columns_of_an_environment(exports: Path):
    """verifiers/envs/environment.py (0.1.14): example_id is an int, prompt a chat, answer text, and
    info JSON text without `task`; of 0.4 the columns id and prompt are fields of TaskData."""
    for place, row in enumerate(load(exports, "prime-rl")):
        assert set(row) == {"example_id", "id", "prompt", "question", "answer", "info"}
        assert row["example_id"] == place
        info = json.loads(row["info"])
        assert info["problem_id"] == row["id"]
        assert info["verifier"] == info["domain"]
        assert isinstance(json.loads(info["params"]), dict)


def test_nemo_gyms_lines_are_what_its_agents_and_our_server_take(exports: Path):
    """nemo_gym/openai_utils.py (0.4): responses_create_params forbids unknown keys, its input is
    text or messages of role and content; the rest of a row goes to the resources server."""
    lines = (exports / "nemo-gym/data/train.jsonl").read_text().splitlines()
    lines += (exports / "nemo-gym/data/test.jsonl").read_text().splitlines()
    assert len(lines) == 13
    for line in lines:
        row = json.loads(line)
        assert set(row) == {"responses_create_params", "verifier_metadata"}
        assert set(row["responses_create_params"]) == {"input"}
        assert all(
            set(one) == {"role", "content"} for one in row["responses_create_params"]["input"]
        )
        answer = {"type": "output_text", "text": "It is 5."}
        said = {"type": "message", "role": "assistant", "content": [answer]}
        body = row | {"response": {"output": [said]}}
        (asked,) = read_nemo_gym(json.dumps(body).encode(), {}).rows
        assert asked["completion"] == "It is 5."
        assert asked["verifier"] == row["verifier_metadata"]["verifier"]
        assert asked["ground_truth"] == row["verifier_metadata"]["ground_truth"]
        assert isinstance(json.loads(asked["params"]), dict)


def test_nemo_rl_has_an_input_and_an_output(exports: Path):
    """nemo_rl/data/datasets/response_datasets/response_dataset.py: data[input_key] becomes the
    user's message, data[output_key] the assistant's, which the math environment takes for the gold;
    a column `messages` would be taken instead."""
    chats = {row["problem_id"]: row["prompt"] for row in load(exports, "trl")}
    for row in load(exports, "nemo-rl"):
        assert "messages" not in row
        assert isinstance(row["output"], str)
        assert [{"role": "user", "content": row["input"]}] == chats[row["problem_id"]]
