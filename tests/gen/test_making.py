"""Problems that models write: exactly N of them, the same whatever finishes first or is killed."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
from proposer import FakeBackend

from curation.schema import TABLES
from curation.store import Store
from gen.backends import Sampling
from gen.errors import BackendFailed
from gen.pipeline.job import Job, Made
from gen.pipeline.making import make
from gen.pipeline.outlook import outlook
from gen.proposing.concepts import Concepts
from gen.runs import running
from gen.spending import Budget, Meter, Prices
from gen.writer import Writer
from verifiers.pool import GradingPool

MODEL = "http://127.0.0.1:1/v1#adder"
JOB = Job(
    mode=Concepts(domain="math", verifier="math", concepts=("sums", "shops")),
    n=12,
    model=MODEL,
    solvers=(MODEL,),
    asking=Sampling(temperature=1.0, max_tokens=200),
    solving=Sampling(max_tokens=100),
    most_solutions=8,
    min_confidence=0.8,
)


@pytest.fixture(scope="module")
def pool():
    with GradingPool(workers=2, wall_s=10.0) as pool:
        yield pool


def made_by(
    store: Store, pool: GradingPool, job: Job, backend: FakeBackend, *, budget: Budget | None = None
) -> Made:
    with store.writing("test"), running(store, "problems", {}) as run, Writer(store) as writer:
        return make(
            store,
            job,
            writer=writer,
            pool=pool,
            meter=Meter(budget),
            run_id=run.run_id,
            open_model=lambda name: backend,
        )


def contents(store: Store) -> dict[str, Any]:
    found = {}
    for name in ("problems", "proposals", "rollouts"):
        key = ", ".join(TABLES[name].key)
        found[name] = store.rows(f"SELECT * EXCLUDE run_id FROM {name} ORDER BY {key}")
    return found


@pytest.fixture(scope="module")
def whole(pool, tmp_path_factory) -> tuple[Store, Made]:
    store = Store(tmp_path_factory.mktemp("whole") / "s.duckdb")
    return store, made_by(store, pool, JOB, FakeBackend())


def test_exactly_n_are_accepted_and_every_proposal_is_accounted_for(whole):
    store, made = whole
    assert made.n_accepted == 12
    assert made.short_because == ""
    accepted = store.rows("SELECT count(*) FROM problems WHERE quarantine IS NULL")
    assert accepted == [(12,)]
    fates = dict(store.rows("SELECT outcome, count(*) FROM proposals GROUP BY 1"))
    assert fates == made.outcomes
    assert sum(fates.values()) == made.n_asked
    assert fates["accepted"] == 12
    assert "open" not in fates


def test_what_was_wrong_with_the_others_is_told(whole, pool, tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    made = made_by(store, pool, replace(JOB, n=60), FakeBackend())
    assert {"accepted", "refused", "malformed", "quarantined", "duplicate"} <= set(made.outcomes)
    reasons = store.rows(
        "SELECT DISTINCT outcome FROM proposals WHERE NOT starts_with(reason, outcome) "
        "AND outcome NOT IN ('accepted', 'quarantined')"
    )
    assert reasons == []


def test_every_ground_truth_has_its_evidence(whole):
    store, _ = whole
    rows = store.rows(
        "SELECT problem_id, prompt, ground_truth, confidence, count(completion) FROM evidence "
        "WHERE quarantine IS NULL GROUP BY ALL"
    )
    assert len(rows) == 12
    for _, prompt, ground_truth, confidence, n_solutions in rows:
        numbers = [int(word) for word in prompt.split() if word.isdigit()]
        assert int(ground_truth) == sum(numbers)
        assert confidence >= 0.8
        assert n_solutions >= 1
    traced = store.rows(
        "SELECT count(*) FROM problems p JOIN proposals a "
        "ON p.lineage->>'proposal' = a.proposal_id::VARCHAR AND a.problem_id = p.problem_id"
    )
    assert traced == store.rows("SELECT count(*) FROM problems")


@pytest.mark.parametrize("order", [1, 2])
def test_another_order_of_answers_ends_the_same(whole, pool, tmp_path: Path, order: int):
    store = Store(tmp_path / "s.duckdb")
    made_by(store, pool, JOB, FakeBackend(Random(order), held=7 * order))
    assert contents(store) == contents(whole[0])


def test_a_job_that_is_lost_again_and_again_ends_as_if_it_had_not_been(whole, pool, tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    n_given = losses = 0
    for attempt in range(100):
        backend = FakeBackend(Random(attempt), fails_after=9 + attempt)
        try:
            made_by(store, pool, JOB, backend)
        except BackendFailed:
            losses += 1
        else:
            break
        finally:
            n_given += backend.n_given
    assert losses >= 3
    assert contents(store) == contents(whole[0])
    ((n_kept,),) = store.rows(
        "SELECT (SELECT count(*) FROM proposals) + (SELECT count(*) FROM rollouts)"
    )
    assert n_given == n_kept  # nothing was asked for twice


def test_a_finished_job_asks_for_nothing_and_a_larger_one_goes_on(whole, pool, tmp_path: Path):
    store, larger = Store(tmp_path / "s.duckdb"), Store(tmp_path / "larger.duckdb")
    made_by(store, pool, JOB, FakeBackend())
    again = FakeBackend()
    made_by(store, pool, JOB, again)
    assert again.n_given == 0
    assert contents(store) == contents(whole[0])
    made_by(store, pool, replace(JOB, n=30), FakeBackend())
    made_by(larger, pool, replace(JOB, n=30), FakeBackend(Random(5)))
    assert contents(store) == contents(larger)


def test_the_budget_is_never_overdrawn_and_a_later_run_goes_on(whole, pool, tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    backend = FakeBackend()
    made = made_by(store, pool, JOB, backend, budget=Budget(tokens=800))
    assert backend.n_tokens <= 800
    assert made.n_accepted < 12
    assert made.short_because == "the budget of tokens is used up"
    made_by(store, pool, JOB, FakeBackend())
    assert contents(store) == contents(whole[0])


def test_a_model_that_always_refuses_ends_the_job_with_the_reason(pool, tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    backend = FakeBackend(answer=lambda chat, seed: "I'm sorry, but I cannot help with that.")
    made = made_by(store, pool, replace(JOB, give_up_after=20), backend)
    assert made.n_accepted == 0
    assert made.short_because.startswith("none of the last")
    assert set(made.outcomes) == {"refused"}


def test_solvers_that_answer_in_turn_are_all_heard(pool, tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    other = "http://127.0.0.1:1/v1#other"
    made_by(store, pool, replace(JOB, n=4, solvers=(MODEL, other)), FakeBackend())
    models = Counter(dict(store.rows("SELECT model, count(*) FROM rollouts GROUP BY 1")))
    assert set(models) == {"adder", "other"}


def test_a_pilot_tells_what_the_whole_job_takes(whole, pool, tmp_path: Path):
    store = Store(tmp_path / "s.duckdb")
    job, prices = replace(JOB, n=40), Prices(output=10.0)
    assert outlook(store, job, prices=prices).n_asks is None
    made_by(store, pool, JOB, FakeBackend())
    found = outlook(store, job, prices=prices)
    before = _spent(store)
    made = made_by(store, pool, job, FakeBackend())
    after = _spent(store)
    assert made.n_accepted == 40
    assert found.n_asks_low < found.n_asks < found.n_asks_high
    assert found.cost == pytest.approx(found.n_tokens / 1e5)
    assert 0.5 < (made.n_asked - found.seen) / found.n_asks < 2
    assert 0.5 < (after - before) / found.n_tokens < 2


def _spent(store: Store) -> int:
    ((n_tokens,),) = store.rows("SELECT sum(n_tokens) FROM costs")
    return n_tokens
