"""The queries of docs/queries.md on a store that has a bit of everything, and answers as files."""

import json
import re
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from curation.answers import write_answer
from curation.errors import BadQuery
from curation.records import Contamination, Membership, Proposal, Run
from curation.scoring import score
from curation.selection import Budget, Choice, select
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import Problem, Rollout, Verdict

GUIDE = Path(__file__).parents[2] / "docs/queries.md"

QUERIES = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(), flags=re.S)

RUN = Run(
    command="test", parameters='{"model": "m"}', process_id=1, started_at=datetime(2026, 1, 1)
)


def _problem(number: int, quarantine: str | None = None) -> Problem:
    return Problem(
        domain="math",
        family=f"f{number % 2}",
        level=1 + number % 3,
        prompt=f"What is {number} + 1?",
        ground_truth=str(number + 1),
        verifier="math",
        certificate="construction",
        quarantine=quarantine,
        run_id=RUN.run_id,
    )


def _rollout(one: Problem, model: str, index: int) -> Rollout:
    return Rollout(
        problem_id=one.problem_id,
        model=model,
        sampling="{}",
        template="math-1",
        sample_index=index,
        completion="\\boxed{1}",
        finish_reason="length" if index == 3 else "stop",
        n_prompt_tokens=5,
        n_tokens=10 + index,
        run_id=RUN.run_id,
    )


def _verdict(rollout: Rollout, version: str, outcome: str) -> Verdict:
    return Verdict(
        rollout_id=rollout.rollout_id,
        verifier="math",
        verifier_version=version,
        outcome=outcome,
        reward={"accepted": 1.0, "rejected": 0.0}.get(outcome),
        reason={"rejected": "not_equal: 1", "undecided": "timeout"}.get(outcome, "equal"),
        extracted="1",
        seconds=0.01,
        run_id=RUN.run_id,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    problems = [_problem(number) for number in range(12)]
    kept = [*problems, _problem(99, quarantine="low confidence: 0.4")]
    rollouts = [_rollout(p, m, i) for p in problems for m in ("a", "b") for i in range(4)]
    outcomes = ("accepted", "rejected", "undecided")
    verdicts = [_verdict(r, "1", outcomes[(k // 5) % 3]) for k, r in enumerate(rollouts)]
    # The second version decides all; of every fourth problem it accepts nothing.
    verdicts += [
        _verdict(r, "2", "accepted" if (k // 8) % 4 and k % 3 == 0 else "rejected")
        for k, r in enumerate(rollouts)
        if k % 10
    ]
    asked = Proposal(
        ask_id=UUID(int=1),
        job_id=UUID(int=2),
        number=0,
        mode="seeds",
        domain="math",
        model="a",
        sampling="{}",
        template="t",
        completion="...",
        finish_reason="stop",
        n_prompt_tokens=1,
        n_tokens=2,
        outcome="malformed",
        run_id=RUN.run_id,
    )
    alike = [
        Membership(problem_id=p.problem_id, cluster_id=UUID(int=1), kind="near", similarity=0.9)
        for p in problems[:2]
    ]
    leaked = Contamination(
        problem_id=problems[2].problem_id,
        benchmark="math500.jsonl",
        row_number=7,
        kind="canonical",
        similarity=1.0,
        benchmark_text="What is 2 + 1?",
    )
    rows = {
        "runs": [RUN],
        "problems": kept,
        "proposals": [asked],
        "rollouts": rollouts,
        "verdicts": verdicts,
        "clusters": alike,
        "contaminations": [leaked],
    }
    with Store(tmp_path_factory.mktemp("queries") / "s.duckdb").writing("test") as store:
        for table, records in rows.items():
            store.add(table, records)
        score(store, policy="a", group_size=8, run_id=RUN.run_id)
        select(store, "first", "a", Choice(budget=Budget(problems=5)), run_id=RUN.run_id)
        yield store


@pytest.mark.parametrize("query", QUERIES, ids=[" ".join(q.split())[:40] for q in QUERIES])
def test_a_query_of_the_guide_finds_something(store: Store, query: str):
    names, rows = store.ask(query)
    assert len(set(names)) == len(names)
    assert rows


def test_the_funnel_counts_what_is_left_after_each_stage(store: Store):
    names, (row,) = store.ask("SELECT * FROM funnel")
    assert dict(zip(names, row, strict=True)) == {
        "domain": "math",
        "proposed": 14,  # twelve, the quarantined one, and a proposal that came to nothing
        "quarantined": 1,
        "accepted": 12,
        "sampled": 12,
        "verified": 12,
        "scored": 12,
        "selected": 5,
    }


def test_the_guide_names_every_view(store: Store):
    views = store.rows("SELECT view_name FROM duckdb_views() WHERE NOT internal")
    told = GUIDE.read_text()
    assert all(f"`{view}`" in told for (view,) in views if view != "current_verdicts")
    assert len(QUERIES) >= 20


def test_an_answer_is_written_as_its_ending_says(store: Store, tmp_path: Path):
    sql = "SELECT problem_id, level, confidence, quarantine FROM problems ORDER BY problem_id"
    for ending in ("parquet", "csv", "json", "jsonl"):
        assert write_answer(store, sql, tmp_path / f"a.{ending}") == 13
    rows = pq.read_table(tmp_path / "a.parquet").to_pylist()
    assert rows[0]["problem_id"] == str(store.rows(sql)[0][0])
    assert json.loads((tmp_path / "a.json").read_text()) == rows
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == rows
    assert pyarrow.csv.read_csv(tmp_path / "a.csv").column_names == list(rows[0])
    assert len(list(tmp_path.iterdir())) == 4


def test_a_reader_can_change_nothing_and_write_nowhere(store: Store, tmp_path: Path):
    for sql in (
        "DELETE FROM problems",
        f"COPY problems TO '{tmp_path}/x.csv'",
        f"ATTACH '{tmp_path}/y.duckdb'",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT nothing",
        "",
    ):
        with pytest.raises(BadQuery):
            write_answer(store, sql, tmp_path / "a.csv")
    with pytest.raises(BadInput, match=r"use \.parquet"):
        write_answer(store, "SELECT [1, 2] AS numbers", tmp_path / "a.csv")
    with pytest.raises(BadInput, match=r"\.xlsx"):
        write_answer(store, "SELECT 1", tmp_path / "a.xlsx")
    with pytest.raises(BadInput, match="no directory"):
        write_answer(store, "SELECT 1", tmp_path / "nowhere/a.csv")
    assert list(tmp_path.iterdir()) == []
