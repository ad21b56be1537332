"""Rollouts are bought where they change decisions, and audited problems always."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import POLICY, plant_all, problem

from curation.records import Run
from curation.scoring import score
from curation.scoring.audit import in_audit
from curation.scoring.buying import AUDIT_SHARE, value_of_more, worth_buying
from curation.scoring.signals import SIGNALS
from curation.selection import Budget, Choice, select
from curation.store import Store
from verifiers.errors import BadInput
from verifiers.records import NIL


def value(alpha: float, beta: float, *, threshold: float, tokens: float = 1.0, signal="p_mixed"):
    (found,), (more,) = value_of_more(
        alpha=np.array([alpha], float),
        beta=np.array([beta], float),
        dispersion=np.ones(1),
        confidence=np.ones(1),
        tokens=np.array([tokens]),
        group_size=8,
        signal=signal,
        threshold=threshold / 8,
    )
    return float(found), int(more)


@given(
    alpha=st.floats(0.1, 20),
    beta=st.floats(0.1, 20),
    threshold=st.floats(0, 1),
    signal=st.sampled_from(sorted(SIGNALS)),
)
def test_to_know_more_is_never_worth_less_than_nothing(alpha, beta, threshold, signal):
    found, more = value(alpha, beta, threshold=threshold, signal=signal)
    assert found >= 0
    assert more in (2, 4, 8)
    # What is free to decide needs no knowledge.
    assert value(alpha, beta, threshold=0, signal=signal)[0] == pytest.approx(0, abs=1e-9)


def test_the_value_is_what_simulation_says():
    rng = np.random.default_rng(0)
    alpha, beta, threshold = 1.0, 3.0, 0.75
    found, m = value(alpha, beta, threshold=threshold)
    right = rng.binomial(m, rng.beta(alpha, beta, 200_000))
    then = SIGNALS["p_mixed"](alpha=alpha + right, beta=beta + m - right, group_size=8)
    now = SIGNALS["p_mixed"](alpha=np.array([alpha]), beta=np.array([beta]), group_size=8)[0]
    worth = np.maximum(then - threshold, 0).mean() - max(now - threshold, 0)
    assert found == pytest.approx(worth / 8 / m, rel=0.03)


def test_doubtful_problems_near_the_threshold_and_cheap_ones_are_worth_more():
    doubtful, _ = value(1, 2, threshold=0.7)
    settled, _ = value(100, 200, threshold=0.7)
    far, _ = value(1, 60, threshold=0.7)
    dear, _ = value(1, 2, threshold=0.07, tokens=10.0)  # at the same place against its threshold
    assert doubtful > 10 * settled
    assert doubtful > 10 * far
    assert doubtful == pytest.approx(100 * dear)


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        yield store


def test_a_budget_is_spent_on_the_undecided_and_a_little_on_the_audit(store: Store):
    doubtful = [problem(f"doubtful {number}", family="d") for number in range(60)]
    settled = [problem(f"settled {number}", family="s") for number in range(60)]
    unseen = [problem(f"unseen {number}", family="s") for number in range(200)]
    plant_all(store, [(one, "ar" if i % 2 else "rr") for i, one in enumerate(doubtful)])
    plant_all(store, [(one, "a" * 16) for one in settled])
    store.add("problems", unseen)
    with pytest.raises(BadInput, match="gen score"):
        worth_buying(store, POLICY, budget_tokens=1_000)
    score(store, policy=POLICY, group_size=8, run_id=NIL, predict=False)
    bought = worth_buying(store, POLICY, budget_tokens=1_000)
    assert 0 < bought.n_tokens <= 1_000
    audited = {one.problem_id for one in [*doubtful, *unseen] if in_audit(one.problem_id)}
    assert audited
    n_audited = [one in audited for one in bought.more].count(True)
    assert n_audited == bought.n_audited
    assert 0 < 80 * n_audited <= 1_000 * AUDIT_SHARE
    rest = set(bought.more) - audited
    assert rest <= {one.problem_id for one in doubtful}
    assert worth_buying(store, POLICY, budget_tokens=1_000) == bought
    nothing = worth_buying(store, POLICY, budget_tokens=1_000, filters={"family": "none"})
    assert nothing.more == {}


def test_the_threshold_is_what_was_chosen_for_its_signal_and_no_tail(tmp_path: Path):
    with Store(tmp_path / "s.duckdb").writing("test") as store:
        plant_all(store, [(problem(f"mixed {n}"), "aarr") for n in range(20)])
        plant_all(store, [(problem(f"never {n}"), "rrrrrrrr") for n in range(20)])
        score(store, policy=POLICY, group_size=8, run_id=NIL)
        for number, arm in enumerate(("informativeness", "hardest")):
            run = Run(
                command="select",
                parameters="{}",
                process_id=number,
                started_at=datetime(2026, 1, 1 + number),
            )
            store.add("runs", [run])
            choice = Choice(budget=Budget(problems=20), arm=arm, tails=0.5)
            select(store, arm, POLICY, choice, run_id=run.run_id)
        ((highest,),) = store.rows("SELECT max(informativeness) FROM scores")
        assert worth_buying(store, POLICY, budget_tokens=1_000).threshold == pytest.approx(highest)
