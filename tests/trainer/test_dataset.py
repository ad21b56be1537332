from collections import Counter

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.dataset import COLUMNS, fingerprint, problem_order, read_export
from trainer.errors import BadExport


def test_all_files_of_an_export_are_read_in_order(tmp_path, write_export):
    table = read_export(write_export(tmp_path, ["1", "2", "3"]))
    assert table.column("ground_truth").to_pylist() == ["1", "2", "3"]
    assert tuple(table.column_names) == COLUMNS


def test_table_is_what_datasets_would_load(tmp_path, write_export, monkeypatch):
    directory = write_export(tmp_path / "export", ["1", "2", "3"])
    from datasets import Dataset, load_dataset

    loaded = load_dataset(
        "parquet", data_dir=str(directory), split="train", cache_dir=str(tmp_path / "cache")
    )
    ours = Dataset(read_export(directory))
    assert ours.to_list() == loaded.select_columns(list(COLUMNS)).to_list()


def test_directory_without_parquet_is_refused(tmp_path):
    _assert_refused(tmp_path, "holds no data/train-*.parquet", "gen export --format trl")


def test_missing_columns_are_named(tmp_path):
    (tmp_path / "data").mkdir()
    pq.write_table(pa.table({"prompt": ["x"], "params": ["{}"]}), tmp_path / "data/train-0.parquet")
    _assert_refused(tmp_path, "lacks the columns ground_truth, verifier, problem_id:")


def test_prompt_that_is_no_chat_is_refused(tmp_path, write_export):
    _assert_refused(write_export(tmp_path, ["1"], prompt="What?"), "prompt is string, not a list")


def test_file_that_is_no_parquet_is_refused(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data/train-0.parquet").write_bytes(b"nothing of the kind")
    _assert_refused(tmp_path, "cannot be read as Parquet")


def test_export_without_problems_is_refused(tmp_path, write_export):
    directory = write_export(tmp_path, ["1"])
    (file,) = (directory / "data").iterdir()
    pq.write_table(pq.read_table(file).slice(0, 0), file)
    _assert_refused(directory, "holds no problems")


def test_unknown_verifier_is_refused_before_training(tmp_path, write_export):
    directory = write_export(tmp_path, ["1"], verifier="maths")
    _assert_refused(directory, "unknown verifier 'maths': did you mean math")


@given(n=st.integers(1, 30), draws=st.integers(0, 100), seed=st.integers(0, 2**32))
def test_every_problem_is_seen_once_before_any_is_seen_again(n, draws, seed):
    order = problem_order(n, draws=draws, seed=seed)
    counts = Counter(order)
    assert len(order) == draws
    assert set(order) <= set(range(n))
    assert all(draws // n <= counts[index] <= draws // n + 1 for index in range(n))


@given(n=st.integers(1, 30), draws=st.integers(0, 50), more=st.integers(0, 50))
def test_longer_order_begins_with_the_shorter_one(n, draws, more):
    longer = problem_order(n, draws=draws + more, seed=7)
    assert longer[:draws] == problem_order(n, draws=draws, seed=7)


def test_passes_and_seeds_are_shuffled_differently():
    order = problem_order(20, draws=40, seed=0)
    assert order[:20] != order[20:]
    assert order != problem_order(20, draws=40, seed=1)


def test_fingerprint_follows_the_problems():
    table = pa.table({"problem_id": ["a", "b"]})
    assert fingerprint(table) == fingerprint(pa.table({"problem_id": ["a", "b"]}))
    assert fingerprint(table) != fingerprint(pa.table({"problem_id": ["a", "c"]}))
    assert fingerprint(table) != fingerprint(pa.table({"problem_id": ["ab", ""]}))


def _assert_refused(directory, *parts):
    with pytest.raises(BadExport) as caught:
        read_export(directory)
    message = str(caught.value)
    assert "\n" not in message
    assert str(directory) in message
    for part in parts:
        assert part in message
