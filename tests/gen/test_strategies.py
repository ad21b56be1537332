"""Backtests of trading rules: what lazy rules earn, and what the windows are."""

from datetime import date
from random import Random

import msgspec
import pytest

from gen.domains.finance.strategies import LAZY, Backtest, stretches
from verifiers.simulation.backtest import Backtest as Engine
from verifiers.simulation.episode import played


@pytest.mark.parametrize("level", Backtest.levels)
def test_holding_cash_and_a_coin_are_not_paid(level):
    rewards = []
    for seed in range(3):
        problem = Backtest().generate(Random(f"{level}:{seed}"), level)
        engine = msgspec.json.decode(problem.ground_truth, type=Engine)
        for name in ("hold", "cash"):
            scores = [played(engine, k, LAZY[name].policy)[0] for k in range(engine.n_episodes)]
            assert engine.worth(scores).reward == 0
            assert not engine.worth(scores).accepted
        scores = [played(engine, k, LAZY["a coin"].policy)[0] for k in range(engine.n_episodes)]
        rewards.append(engine.worth(scores).reward)
    assert sum(rewards) / 3 < 0.15


def test_nothing_traded_lies_before_the_freeze():
    assert all(one.first > Backtest.since for one in stretches(Backtest.since, date.max))


def test_hindsight_is_accepted_and_the_prompt_tells_nothing_of_it():
    family = Backtest()
    problem, other = (make(Random("4"), 4) for make in (family.generate, family.otherwise))
    assert problem.prompt == other.prompt
    assert problem.ground_truth != other.ground_truth
    assert family.verify(problem, family.right(problem)[0]).outcome == "accepted"
    assert family.verify(problem, family.wrong(problem, Random(1))).outcome == "rejected"
