"""What `gen export` writes: whole or not at all, the same bytes again, and enough to verify by."""

import hashlib
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import datasets
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from exported import POLICY, TEACHER, choose_all, math_problem, put, sampled, selected_store

from curation.exporting import export, files
from curation.exporting.files import write_rows
from curation.exporting.formats import Format
from curation.records import Run
from curation.store import Store
from gen.cli.main import cli
from gen.prompts import messages
from verifiers.errors import BadInput, UnknownName
from verifiers.math import MathVerifier
from verifiers.rows import grading_task


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def rows_of(out: Path, split: str = "train") -> list[dict]:
    parts = sorted(out.glob(f"data/{split}-*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


def test_an_export_opens_with_datasets_and_can_be_verified_again(store: Store, tmp_path: Path):
    chosen = selected_store(store)
    out = tmp_path / "out"
    exported = export(store, "s", fmt="trl", out=out, chat=messages)
    assert (exported.n_rows, exported.n_problems) == (13, 13)
    rows = datasets.load_dataset("parquet", data_dir=str(out), cache_dir=str(tmp_path / "cache"))
    rows = rows["train"]
    assert [row["problem_id"] for row in rows] == [str(one) for one in chosen]
    for row in rows:
        if row["verifier"] == "math":
            truth = row["ground_truth"]
            verdict = MathVerifier().verify(
                ground_truth=truth,
                completion=f"\\boxed{{{truth}}}",
                params=json.loads(row["params"]),
            )
            assert verdict.correct
        task = grading_task(row | {"completion": "", "prompt": None}, verifier=None)
        assert task.verifier == row["verifier"]


def test_a_prompt_is_the_chat_that_the_policy_was_asked(store: Store, tmp_path: Path):
    selected_store(store)
    export(store, "s", fmt="trl", out=tmp_path / "out", chat=messages)
    asked = dict(store.rows("SELECT problem_id::VARCHAR, prompt FROM problems"))
    for row in rows_of(tmp_path / "out"):
        template = {"math": "math-1", "code": "code-1"}[row["verifier"]]
        assert row["prompt"] == messages(asked[row["problem_id"]], template)


def test_a_template_of_several_turns_is_written_turn_by_turn(store: Store, tmp_path: Path):
    one = math_problem(3)
    put(store, [one], sampled(one, "ar", template="math-shown-1"))
    choose_all(store)
    export(store, "s", fmt="verl", out=tmp_path / "verl", chat=messages)
    assert rows_of(tmp_path / "verl")[0]["prompt"] == messages(one.prompt, "math-shown-1")
    with pytest.raises(BadInput, match="3 turns, and nemo-rl takes one"):
        export(store, "s", fmt="nemo-rl", out=tmp_path / "rl", chat=messages)
    assert not (tmp_path / "rl").exists()


@pytest.mark.parametrize("fmt", ["trl", "nemo-gym", "sft", "dpo"])
def test_the_same_selection_gives_the_same_bytes_in_place_of_the_old(
    store: Store, tmp_path: Path, fmt: str
):
    selected_store(store)
    written = []
    for _ in range(2):
        export(store, "s", fmt=fmt, out=tmp_path / "out", chat=messages, test_size=3)
        paths = sorted(path for path in (tmp_path / "out").rglob("*") if path.is_file())
        written.append({path.name: path.read_bytes() for path in paths})
    assert written[0] == written[1]
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_the_manifest_states_files_lineage_and_the_query(store: Store, tmp_path: Path):
    making = Run(command="problems", parameters="{}", process_id=1, started_at=datetime(2026, 1, 1))
    other = replace(making, command="train")
    problems = [replace(math_problem(number), run_id=making.run_id) for number in range(5)]
    store.add("runs", [making, other])
    put(store, problems, [pair for one in problems for pair in sampled(one, "ar")])
    choose_all(store, "it's")
    arguments = ["export", "it's", "--out", str(tmp_path / "out"), "--test-size", "2", "--json"]
    done = CliRunner().invoke(cli, [*arguments, "--store", str(store.path)], catch_exceptions=False)
    assert json.loads(done.output)["splits"] == {"train": 3, "test": 2}
    manifest = json.loads((tmp_path / "out/manifest.json").read_text())
    assert manifest["rows"] == sum(manifest["splits"].values()) == 5
    assert store.query(manifest["sql"]).num_rows == 5
    assert [run["run_id"] for run in manifest["runs"]] == [str(making.run_id)]
    assert set(manifest["versions"]) == {"assay", "duckdb", "pyarrow"}
    for path, file in manifest["files"].items():
        data = (tmp_path / "out" / path).read_bytes()
        assert file["sha256"] == hashlib.sha256(data).hexdigest()
        assert file["n_bytes"] == len(data)
        schema = pq.read_schema(tmp_path / "out" / path)
        assert {one.name: str(one.type) for one in schema} == manifest["schema"]


def test_an_export_never_replaces_what_is_not_its_own(store: Store, tmp_path: Path):
    selected_store(store)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/thesis.txt").write_text("years of work")
    with pytest.raises(BadInput, match="another --out"):
        export(store, "s", fmt="trl", out=tmp_path / "mine", chat=messages)
    assert (tmp_path / "mine/thesis.txt").read_text() == "years of work"
    with pytest.raises(UnknownName, match="did you mean trl"):
        export(store, "s", fmt="trll", out=tmp_path / "out", chat=messages)
    with pytest.raises(UnknownName, match="selection"):
        export(store, "t", fmt="trl", out=tmp_path / "out", chat=messages)


def test_an_export_that_fails_leaves_the_old_one(store: Store, tmp_path: Path, monkeypatch):
    selected_store(store)
    export(store, "s", fmt="trl", out=tmp_path / "out", chat=messages)
    before = (tmp_path / "out/data/train-00000-of-00001.parquet").read_bytes()

    def full(*_args, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        export(store, "s", fmt="verl", out=tmp_path / "out", chat=messages)
    assert (tmp_path / "out/data/train-00000-of-00001.parquet").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "s.duckdb", "s.duckdb.lock"]


def test_sft_has_each_thing_a_model_rightly_said_once(store: Store, tmp_path: Path):
    selected_store(store)
    export(store, "s", fmt="sft", out=tmp_path / "sft", chat=messages)
    rows = rows_of(tmp_path / "sft")
    first = math_problem(0)
    (taught,) = [row for row in rows if row["teacher"] == TEACHER]
    assert taught["problem_id"] == str(first.problem_id)
    assert (taught["n_correct"], taught["k"]) == (2, 2)
    assert taught["messages"] == [
        *messages(first.prompt, "math-1"),
        {
            "role": "assistant",
            "content": "<think>\nHm,\nlet me see.\n</think>\n\nIt is \\boxed{1}.",
        },
    ]
    own = [row for row in rows if row["problem_id"] == str(first.problem_id)]
    assert [(row["n_correct"], row["k"]) for row in own if row["teacher"] == POLICY] == [(2, 4)] * 2
    assert len(rows) == 6 * 2 + 6 * 3 + 1 + 1
    export(store, "s", fmt="sft", out=tmp_path / "one", chat=messages, per_problem=1)
    fewer = rows_of(tmp_path / "one")
    assert len(fewer) == len({row["problem_id"] for row in fewer}) == 13
    assert all(row in rows for row in fewer)
    for fmt, most, complaint in (("sft", 0, "--per-problem 0"), ("trl", 2, "for the format sft")):
        with pytest.raises(BadInput, match=complaint):
            export(store, "s", fmt=fmt, out=tmp_path / "none", chat=messages, per_problem=most)


def test_dpo_sets_an_accepted_beside_the_rejected_of_nearest_length(store: Store, tmp_path: Path):
    one, easy = math_problem(0), math_problem(1)
    lengths = (10, 50, 90, 44, 200)
    put(store, [one, easy], [*sampled(one, "aarrr", n_tokens=lengths), *sampled(easy, "aaa")])
    choose_all(store)
    export(store, "s", fmt="dpo", out=tmp_path / "dpo", chat=messages)
    (row,) = rows_of(tmp_path / "dpo")
    assert (row["chosen_tokens"], row["rejected_tokens"]) == (50, 44)
    assert row["chosen"] == [{"role": "assistant", "content": "It is \\boxed{1}. 1"}]
    assert row["rejected"] == [{"role": "assistant", "content": "It is \\boxed{1}. 3"}]
    assert row["prompt"] == messages(one.prompt, "math-1")
    assert (row["n_correct"], row["k"], row["sampled_by"]) == (2, 5, POLICY)


def test_a_format_that_no_problem_has_rows_of_is_refused(store: Store, tmp_path: Path):
    one = math_problem(0)
    put(store, [one], sampled(one, "ar", finish_reason="length"))
    choose_all(store)
    for fmt in ("sft", "dpo"):
        with pytest.raises(BadInput, match="ended by itself"):
            export(store, "s", fmt=fmt, out=tmp_path / fmt, chat=messages)


def test_a_problem_never_asked_is_put_as_its_verifiers_others_are(store: Store, tmp_path: Path):
    """A pass rate may be predicted before anything is sampled."""
    asked, unasked = math_problem(0), math_problem(1)
    put(store, [asked], sampled(asked, "ar", template="math-shown-1"))
    put(store, [unasked], sampled(unasked, "ar"))
    choose_all(store)
    with store.transaction() as connection:
        connection.execute("DELETE FROM rollouts WHERE problem_id = ?", [unasked.problem_id])
    export(store, "s", fmt="trl", out=tmp_path / "out", chat=messages)
    prompts = {row["problem_id"]: row["prompt"] for row in rows_of(tmp_path / "out")}
    assert prompts[str(unasked.problem_id)] == messages(unasked.prompt, "math-shown-1")


def test_shards_and_row_groups_follow_the_rows_and_not_the_batches(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(files, "ROWS_PER_GROUP", 10)
    monkeypatch.setattr(files, "ROWS_PER_SHARD", 30)
    target = Format(source="problems", columns=(("n", "n", pa.int64()),), loader="")
    table = pa.table({"n": range(95)})
    written = []
    for batch_rows in (1, 7, 10, 95):
        out = tmp_path / str(batch_rows)
        batches = table.to_batches(max_chunksize=batch_rows)
        written.append(write_rows(iter(batches), target, out, "train"))
    assert all(one == written[0] for one in written)
    assert [file.rows for file in written[0].values()] == [30, 30, 30, 5]
    assert list(written[0])[3] == "data/train-00003-of-00004.parquet"
    shard = pq.ParquetFile(tmp_path / "7" / "data/train-00001-of-00004.parquet")
    assert [shard.metadata.row_group(i).num_rows for i in range(3)] == [10, 10, 10]
    assert shard.metadata.row_group(0).column(0).compression == "ZSTD"
    assert pq.read_table(tmp_path / "7" / "data")["n"].to_pylist() == list(range(95))
