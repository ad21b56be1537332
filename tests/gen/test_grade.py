import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

ROWS = [
    {"id": "a", "verifier": "math", "ground_truth": "18", "completion": "It is \\boxed{18}."},
    {"id": "b", "verifier": "math", "ground_truth": "18", "completion": "It is \\boxed{19}."},
    {"ground_truth": "\\frac{1}{2}", "completion": "The answer is 0.5", "prompt": "Half of 1?"},
    {"id": 7, "ground_truth": 5, "completion": "\\boxed{5}", "params": {}},
    {"id": "hang", "ground_truth": "5", "completion": "\\boxed{9^{9^{9^9}}}"},
    {"id": "gold", "ground_truth": "", "completion": "\\boxed{1}"},
]
EXPECTED = ["accepted", "rejected", "accepted", "accepted", "rejected", "undecided"]


def write(path: Path, rows: list) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def read(path: Path) -> list[dict]:
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_every_row_has_its_verdict_in_order(gen, tmp_path: Path, kind: str):
    source = write(tmp_path / "in.jsonl", ROWS)
    out = tmp_path / f"out.{kind}"
    done = gen(
        "grade", source, "--verifier", "math", "--out", out, "--json", "--workers", 1, "--wall-s", 1
    )
    results = read(out)
    assert [row["outcome"] for row in results] == EXPECTED
    ids = ["a", "b", None, 7, "hang", "gold"]
    assert [row["id"] for row in results] == (
        [i and str(i) for i in ids] if kind == "parquet" else ids
    )
    assert [row["reward"] for row in results] == [1, 0, 1, 1, 0, None]
    assert [row["correct"] for row in results] == [True, False, True, True, False, None]
    assert set(results[0]) == {
        "id", "outcome", "reward", "correct", "reason", "extracted", "verifier", "seconds",
    }  # fmt: skip
    told = json.loads(done.stdout)
    assert (told["rows"], told["accepted"], told["undecided"]) == (6, 3, 1)
    assert done.stderr == ""


def test_parquet_in_is_read_like_jsonl(gen, tmp_path: Path):
    rows = [{"id": str(n), "ground_truth": "5", "completion": f"\\boxed{{{n}}}"} for n in range(9)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "in.parquet")
    gen("grade", "in.parquet", "--verifier", "math", "--out", "out.jsonl", "--workers", 1)
    results = read(tmp_path / "out.jsonl")
    assert [row["id"] for row in results if row["correct"]] == ["5"]
    assert len(results) == 9


def test_bad_rows_are_undecided_and_harm_no_other(gen, tmp_path: Path):
    good = json.dumps(ROWS[0])
    bad = [
        "not json",
        "[1, 2]",
        '{"id": "x"}',
        '{"id": "y", "verifier": "maths", "ground_truth": "1", "completion": "1"}',
        '{"id": "z", "verifier": "math", "ground_truth": "1", "completion": null}',
        '{"id": "p", "verifier": "math", "ground_truth": "1", "completion": "1", "params": [1]}',
        '{"id": "s", "verifier": "math", "ground_truth": "1", "completion": "\\ud800"}',
        '{"id": "n", "verifier": 3, "ground_truth": "1", "completion": "1"}',
        '{"id": "u", "ground_truth": "1", "completion": "1"}',
    ]
    (tmp_path / "in.jsonl").write_text("\n".join([good, *bad, good]) + "\n")
    gen("grade", "in.jsonl", "--out", "out.jsonl", "--workers", 1, status=3)
    results = read(tmp_path / "out.jsonl")
    assert len(results) == len(bad) + 2
    assert results[0]["correct"]
    assert results[-1]["correct"]
    for row in results[1:-1]:
        assert (row["outcome"], row["reward"], row["correct"]) == ("undecided", None, None)
        assert row["reason"].startswith("bad_row: line ")


def test_an_empty_file_gives_an_empty_file(gen, tmp_path: Path):
    (tmp_path / "in.jsonl").write_text("")
    gen("grade", "in.jsonl", "--out", "out.jsonl", "--workers", 1)
    assert (tmp_path / "out.jsonl").read_text() == ""


def test_what_cannot_be_graded_is_said_in_one_line(gen, tmp_path: Path):
    write(tmp_path / "in.jsonl", ROWS)
    assert "no such file" in gen.fails("grade", "nope.jsonl", "--out", "o.jsonl")
    assert "did you mean math" in gen.fails(
        "grade", "in.jsonl", "--out", "o.jsonl", "--verifier", "meth"
    )
    assert ".parquet" in gen.fails("grade", "in.jsonl", "--out", "o.csv")
    assert "no such directory" in gen.fails("grade", "in.jsonl", "--out", "no/o.jsonl")
    (tmp_path / "text.parquet").write_text("no parquet")
    assert "Parquet" in gen.fails("grade", "text.parquet", "--out", "o.jsonl")
    assert list(tmp_path.glob("*o.jsonl*")) == []


def test_the_input_is_never_overwritten(gen, tmp_path: Path):
    before = write(tmp_path / "in.jsonl", ROWS).read_bytes()
    assert "is the input" in gen.fails(
        "grade", "in.jsonl", "--verifier", "math", "--out", "in.jsonl"
    )
    assert (tmp_path / "in.jsonl").read_bytes() == before
    for wall_s in ("inf", "nan", "1e10", "0"):
        gen.fails("grade", "in.jsonl", "--out", "o.jsonl", "--wall-s", wall_s)


def test_text_that_is_no_utf8_in_parquet_is_a_bad_row(gen, tmp_path: Path):
    texts = pa.array([b"\\boxed{1}", b"\xff\xfe", b"\\boxed{1}"], pa.binary()).view(pa.string())
    table = pa.table({"ground_truth": ["1", "1", "1"], "completion": texts})
    pq.write_table(table, tmp_path / "in.parquet")
    gen("grade", "in.parquet", "--verifier", "math", "--out", "o.jsonl", "--workers", 1, status=3)
    outcomes = [row["outcome"] for row in read(tmp_path / "o.jsonl")]
    assert outcomes == ["accepted", "undecided", "accepted"]


def test_a_full_disk_is_said_in_one_line(gen, tmp_path: Path):
    write(tmp_path / "in.jsonl", ROWS[:2])
    complaint = gen.fails("grade", "in.jsonl", "--verifier", "math", "--out", "/dev/full", status=1)
    assert "No space left" in complaint
