"""Sampling: as much as is needed, never more than may be spent, and told beforehand."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from proposer import FakeBackend

from curation.store import Store
from gen.adaptive import p_useful, wanted
from gen.backends import Sampling
from gen.errors import BackendFailed
from gen.forecast import forecast
from gen.judging import judge_pending
from gen.runs import running
from gen.solving import Plan, Sampled, sampled, solve
from gen.spending import Budget, Meter, Prices
from gen.writer import Writer
from verifiers.pool import GradingPool
from verifiers.records import Problem

PLAN = Plan(model="http://127.0.0.1:1/v1#adder", sampling=Sampling(max_tokens=60), samples=4)


@pytest.fixture(scope="module")
def pool():
    with GradingPool(workers=1, wall_s=10.0) as pool:
        yield pool


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "s.duckdb")


def problems(n: int) -> list[Problem]:
    return [
        Problem(
            domain="math",
            family="sums",
            level=1 + number % 2,
            prompt=f"What is {number} + {3 * number}?",
            ground_truth=str(4 * number),
            verifier="math",
            certificate="construction",
        )
        for number in range(n)
    ]


def run(
    store: Store,
    plan: Plan,
    backend: FakeBackend,
    *,
    n: int = 10,
    pool: GradingPool | None = None,
    budget: Budget | None = None,
) -> Sampled:
    with (
        store.writing("test"),
        running(store, "solutions", {"model": plan.policy}, meter=(meter := Meter(budget))) as run,
        Writer(store) as writer,
    ):
        store.add("problems", problems(n))
        if pool is not None:
            judge_pending(store, pool=pool, run_id=run.run_id)
        return solve(
            problems(n),
            plan=plan,
            have=sampled(store, plan),
            run_id=run.run_id,
            writer=writer,
            pool=pool,
            meter=meter,
            open_model=lambda name: backend,
        )


def rollouts(store: Store) -> list[tuple]:
    return store.rows(
        "SELECT rollout_id, sample_index, completion, correct FROM results ORDER BY rollout_id"
    )


class TestAdaptive:
    PLAN = Plan(
        model="http://127.0.0.1:1/v1#adder",
        sampling=Sampling(max_tokens=60),
        samples=32,
        adaptive=True,
    )

    @given(n=st.integers(1, 200), k=st.integers(0, 200))
    def test_the_chance_to_teach_is_a_chance_and_symmetrical(self, n: int, k: int):
        k = min(k, n)
        assert 0 <= p_useful(n, k) <= 1
        assert p_useful(n, k) == pytest.approx(p_useful(n, n - k))

    @given(k=st.integers(0, 4), most=st.integers(1, 100))
    def test_it_ends_and_never_exceeds_the_most(self, k: int, most: int):
        n, rounds = 0, 0
        while (more := wanted(n=n, n_correct=min(k, n), most=most)) > n:
            n, rounds = more, rounds + 1
        assert n <= max(most, 1)
        assert rounds < 10

    def test_settled_problems_get_few_rollouts_and_undecided_ones_more(self, store, pool):
        def sure(chat: list, seed: int) -> str:
            """Right on even problems, by chance on every fourth, wrong on the others."""
            number = int(chat[-1]["content"].split()[2])
            right = number % 2 == 0 or (number % 4 == 1 and Random(seed).random() < 0.5)
            return f"\\boxed{{{4 * number if right else -1}}}"

        run(store, self.PLAN, FakeBackend(Random(1), answer=sure), n=12, pool=pool)
        counts = store.rows(
            "SELECT any_value(prompt), count(*), avg(correct::INT) FROM results GROUP BY problem_id"
        )
        for _, n, rate in counts:
            assert (n == 32) == (rate in (0, 1))  # too easy or too hard takes longest to know
        assert len({n for _, n, _ in counts}) > 1

    def test_a_lost_run_that_goes_on_ends_as_one_that_was_not_lost(self, tmp_path: Path, pool):
        whole, broken = Store(tmp_path / "whole.duckdb"), Store(tmp_path / "broken.duckdb")
        run(whole, self.PLAN, FakeBackend(), pool=pool)
        for attempt in range(60):
            backend = FakeBackend(Random(attempt), held=5, fails_after=11 + attempt)
            try:
                run(broken, self.PLAN, backend, pool=pool)
                break
            except BackendFailed:
                continue
        assert attempt >= 2
        assert rollouts(broken) == rollouts(whole)


class TestBudget:
    def test_tokens_are_never_overdrawn_and_the_rest_comes_later(self, tmp_path: Path):
        whole, store = Store(tmp_path / "whole.duckdb"), Store(tmp_path / "s.duckdb")
        run(whole, PLAN, FakeBackend())
        backend = FakeBackend(Random(2))
        done = run(store, PLAN, backend, budget=Budget(tokens=400))
        assert done.stopped_by == "tokens"
        assert 0 < backend.n_tokens <= 400
        done = run(store, PLAN, FakeBackend())
        assert done.stopped_by is None
        assert rollouts(store) == rollouts(whole)

    def test_time_and_money_are_bounds_too(self, tmp_path: Path):
        done = run(Store(tmp_path / "t.duckdb"), PLAN, FakeBackend(), budget=Budget(seconds=0.0))
        assert (done.n_rollouts, done.stopped_by) == (0, "seconds")
        prices = Prices(output=1e6)  # a token costs 1
        store = Store(tmp_path / "m.duckdb")
        done = run(store, PLAN, FakeBackend(), budget=Budget(cost=500.0, prices=prices))
        assert done.stopped_by == "cost"
        ((cost, n_tokens),) = store.rows("SELECT cost, n_tokens FROM runs")
        assert cost == n_tokens == done.n_tokens <= 500

    @given(
        budget=st.integers(0, 1000),
        answers=st.lists(st.tuples(st.integers(1, 80), st.floats(0, 1)), max_size=60),
        order=st.integers(0, 2**32),
    )
    def test_no_order_of_answers_overdraws_a_meter(self, budget, answers, order):
        meter, random, under_way = Meter(Budget(tokens=budget)), Random(order), []
        for most, share in answers:
            if meter.reserve(most):
                under_way.append((most, int(share * most)))
            while under_way and random.random() < 0.5:
                most, used = under_way.pop(random.randrange(len(under_way)))
                meter.spend(reserved=most, n_prompt_tokens=3, n_tokens=used)
        for most, used in under_way:
            meter.spend(reserved=most, n_prompt_tokens=3, n_tokens=used)
        assert meter.n_tokens <= budget
        assert meter.reserve(budget - meter.n_tokens)


class TestForecast:
    def test_a_pilot_tells_what_the_rest_takes(self, store):
        prices = Prices(output=10.0, prompt=1.0)
        none: dict[Any, Any] = {}
        with store.writing("test"):
            store.add("problems", problems(60))
        blind = forecast(store, PLAN, problems(60), have=none, prices=prices)
        assert (blind.n_rollouts, blind.n_tokens, blind.most_tokens) == (240, None, 240 * 60)
        run(store, PLAN, FakeBackend(), n=12)
        have = sampled(store, PLAN)
        told = forecast(store, PLAN, problems(60), have=have, prices=prices)
        assert (told.n_rollouts, told.seen) == (192, 48)
        rest = run(store, PLAN, FakeBackend(), n=60)
        assert told.n_tokens_low <= rest.n_tokens <= told.n_tokens_high
        ((prompt_tokens,),) = store.rows("SELECT sum(n_prompt_tokens) FROM rollouts")
        expected = 10.0 * told.n_tokens + 1.0 * told.n_prompt_tokens
        assert told.cost == pytest.approx(expected / 1e6)
        assert told.n_prompt_tokens == pytest.approx(prompt_tokens * 192 / 240, rel=0.05)

    def test_nothing_lacking_takes_nothing(self, store):
        run(store, PLAN, FakeBackend())
        told = forecast(store, PLAN, problems(10), have=sampled(store, PLAN), prices=Prices())
        assert (told.n_rollouts, told.n_tokens, told.seconds) == (0, 0, 0)
