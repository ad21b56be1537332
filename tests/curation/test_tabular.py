"""Rows of files, whichever of the kinds they are of."""

from pathlib import Path

import pytest

from curation.tabular import BadRow, read_rows, scan_rows
from verifiers.errors import BadInput

ROWS = [{"problem": 'a, "b"\nc', "answer": "1"}, {"problem": "é", "answer": "2"}]
SHAPES = {
    "r.jsonl": '{"problem": "a, \\"b\\"\\nc", "answer": "1"}\n\n{"problem": "é", "answer": "2"}\n',
    "lines.json": '{"problem": "a, \\"b\\"\\nc", "answer": "1"}\n{"problem": "é", "answer": "2"}\n',
    "r.json": '\n[{"problem": "a, \\"b\\"\\nc", "answer": "1"}, {"problem": "é", "answer": "2"}]',
    "r.csv": '\ufeffproblem,answer\r\n"a, ""b""\nc",1\r\né,2\r\n',
}


@pytest.mark.parametrize("name", SHAPES)
def test_the_same_rows_come_from_every_kind_of_file(tmp_path: Path, name: str):
    (tmp_path / name).write_bytes(SHAPES[name].encode())
    assert [row for _, row in read_rows(tmp_path / name)] == ROWS


def test_a_broken_row_is_told_by_its_number(tmp_path: Path):
    (tmp_path / "r.csv").write_text("a,b\n1,2\n1\n3,4\n")
    (tmp_path / "r.json").write_text('[{"a": 1}, 2]')
    assert [isinstance(row, BadRow) for _, row in scan_rows(tmp_path / "r.csv")] == [0, 1, 0]
    with pytest.raises(BadRow, match="line 2: not a JSON object"):
        list(read_rows(tmp_path / "r.json"))


def test_a_file_that_is_not_what_it_says_is_told(tmp_path: Path):
    for name, text in (("r.json", b'[{"a": 1}'), ("r.csv", b"a\n\xff\n"), ("r.xml", b"<a/>")):
        (tmp_path / name).write_bytes(text)
        with pytest.raises(BadInput, match=r"r\."):
            list(read_rows(tmp_path / name))
