"""Segments: what was written is committed once, in order, whoever was killed in between."""

from pathlib import Path

import pytest

from curation.errors import ForeignStore
from curation.segments import PUT, Segments
from curation.store import Store
from verifiers.records import Problem


def problem(number: int, **fields) -> Problem:
    return Problem(
        domain="math",
        family="add",
        prompt=f"What is {number} + 1?",
        ground_truth=str(number + 1),
        verifier="math",
        certificate="construction",
        **fields,
    )


def test_what_a_killed_command_left_is_committed_by_the_next_that_writes(tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    with store.writing("first"):
        pass
    segments = Segments(store.path)
    segments.write("problems", [problem(1), problem(2)])
    segments.write("problems", [problem(2), problem(3)])
    (segments.directory / "1-1-add-problems.partial").write_bytes(b"half a fi")
    with store.writing("second"):
        assert store.rows("SELECT count(*) FROM problems") == [(3,)]
    assert not segments.directory.exists()


def test_a_segment_committed_twice_adds_nothing_twice(tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    segments = Segments(store.path)
    with store.writing("test"):
        segments.write("problems", [problem(1)])
        (path,) = segments.directory.glob("*.arrow")
        kept = path.read_bytes()
        segments.commit(store)
        path.write_bytes(kept)  # killed between the transaction and the removal
        segments.commit(store)
        assert store.rows("SELECT count(*) FROM problems") == [(1,)]


def test_of_two_versions_of_a_row_the_later_one_stays(tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    segments = Segments(store.path)
    with store.writing("test"):
        segments.write("problems", [problem(1, quarantine="open")], how=PUT)
        segments.write("problems", [problem(1)], how=PUT)
        segments.commit(store)
        assert store.rows("SELECT count(*), max(quarantine) FROM problems") == [(1, None)]
        segments.write("problems", [problem(1, quarantine="late")])
        segments.commit(store)
        assert store.rows("SELECT count(*), max(quarantine) FROM problems") == [(1, None)]


def test_a_segment_of_another_version_is_told_and_kept(tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    segments = Segments(store.path)
    with store.writing("test"):
        segments.write("problems", [problem(1)])
        (path,) = segments.directory.glob("*.arrow")
        path.rename(path.with_name("1-1-0-add-rollouts.arrow"))
        with pytest.raises(ForeignStore, match="another version"):
            segments.commit(store)
    assert list(segments.directory.iterdir())
