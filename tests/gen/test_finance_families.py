"""Finance: textbook values, series that hide who they are, references no lazy rule beats.

tests/gen/test_domains.py holds every family against the conformance suite.
"""

import json
from datetime import date
from fractions import Fraction
from math import isclose
from random import Random
from statistics import fmean

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gen.conformance import no_column_tells_the_outcome, the_prompt_shows_no_future
from gen.domains.finance.bonds import BondDuration, BondYield, bond_flows, price, price_by_terms
from gen.domains.finance.currencies import Forward
from gen.domains.finance.days import days_30_360, exchange_holidays, year_fraction
from gen.domains.finance.forecasts import shown_in
from gen.domains.finance.loans import ProjectReturn, payment
from gen.domains.finance.options import Option
from gen.domains.finance.outlooks import DailyChange, DailyRange, LargeMove, MonthlyChange
from gen.domains.finance.portfolios import (
    PortfolioRisk,
    covariance,
    least_variance,
    least_variance_of_all,
    variance,
)
from gen.domains.finance.series import changes, series
from gen.domains.finance.windows import DAILY, MONTHLY, Window, places, window_at

OUTLOOKS = (DailyChange, DailyRange, LargeMove, MonthlyChange)


def test_prices_agree_with_the_textbooks():
    """Hull, Options, Futures, and Other Derivatives, example 15.6; Fabozzi's bond of 20 years."""
    terms = {"spot": 42, "strike": 40, "years": 0.5, "volatility": 0.2, "interest": 0.1}
    assert Option(call=True, **terms).price() == pytest.approx(4.76, abs=0.005)
    assert Option(call=False, **terms).price() == pytest.approx(0.81, abs=0.005)
    flows = bond_flows(Fraction(1000), Fraction(1, 10), 2, 40)
    assert float(price(flows, Fraction(11, 200))) == pytest.approx(919.77, abs=0.005)
    assert float(payment(Fraction(100_000), Fraction(1, 200), 360)) == pytest.approx(
        599.55, abs=0.005
    )


@given(st.integers(1, 60), st.integers(-20, 200), st.integers(0, 89))
def test_a_bond_between_coupons_is_worth_what_its_flows_are(n: int, basis_points: int, gone: int):
    flows = bond_flows(Fraction(100), Fraction(1, 20), 2, n)
    periodic = Fraction(basis_points, 5_000)
    folded = price(flows, periodic, Fraction(gone, 90))
    assert isclose(folded, price_by_terms(flows, float(periodic), gone / 90), rel_tol=1e-9)


def test_days_are_counted_as_the_conventions_say():
    """The 2006 ISDA Definitions and the bond basis of the NASD, at the ends of months."""
    assert days_30_360(date(2024, 1, 31), date(2024, 2, 29)) == 29
    assert days_30_360(date(2024, 1, 30), date(2024, 3, 31)) == 60
    assert days_30_360(date(2024, 1, 15), date(2024, 3, 31)) == 76
    over_new_year = year_fraction(date(2003, 11, 1), date(2004, 5, 1), "ACT/ACT")
    assert over_new_year == Fraction(61, 365) + Fraction(121, 366)
    assert year_fraction(date(2024, 1, 1), date(2025, 1, 1), "ACT/360") == Fraction(366, 360)


def test_the_exchange_is_closed_when_it_was():
    assert [day.isoformat() for day, _ in exchange_holidays(2024)] == [
        "2024-01-01", "2024-01-15", "2024-02-19", "2024-03-29", "2024-05-27", "2024-06-19",
        "2024-07-04", "2024-09-02", "2024-11-28", "2024-12-25",
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 4), st.integers(0, 2**32), st.sampled_from((100, 50)))
def test_least_variance_is_least_among_all_splits_and_all_other_weights(n, seed, cap):
    rng = Random(seed)
    matrix, limit = covariance(rng, n), Fraction(cap, 100)
    weights = least_variance(matrix, limit)
    least = variance(matrix, weights)
    assert sum(weights) == 1
    assert all(0 <= one <= limit for one in weights)
    assert least == variance(matrix, least_variance_of_all(matrix, limit))
    moved = [rng.random() for _ in weights]
    others = [Fraction(one / sum(moved)) for one in moved]
    if max(others) <= limit:
        assert variance(matrix, others) / sum(others) ** 2 >= least


def test_negative_prices_and_repeated_days_are_no_changes():
    for pace in ("daily", "monthly"):
        for levels in series(pace).values():
            steps = changes(levels)
            assert list(levels.dates) == sorted(set(levels.dates))
            assert max(map(abs, steps.values)) < 2
    assert date(2020, 4, 20) not in changes(series("daily")["wti"]).dates


@pytest.mark.parametrize("outlook", OUTLOOKS)
def test_every_outcome_is_after_the_freeze_and_no_prompt_says_when(outlook):
    problem = outlook().generate(Random("freeze"), 3)
    evidence = json.loads(problem.evidence)
    assert evidence["since"] == "2025-01-01"
    assert all(outcome_by >= evidence["since"] for _, _, outcome_by in evidence["windows"])
    for name, last_seen, outcome_by in evidence["windows"]:
        assert not any(word in problem.prompt for word in (name, last_seen, outcome_by, "202"))


def test_a_later_freeze_is_a_subclass():
    class Later(DailyChange):
        since = date(2026, 1, 1)

    assert len(places(DAILY, n=8, horizon=1, since=Later.since)) == 644
    windows = json.loads(Later().generate(Random(0), 1).evidence)["windows"]
    assert min(outcome_by for _, _, outcome_by in windows) >= "2026-01-01"


@pytest.mark.parametrize("outlook", OUTLOOKS)
def test_a_future_shifted_into_the_past_is_caught(outlook):
    class Shifted(outlook):
        """Shows the changes that came a step later, the outcome's first among them."""

        def _window(self, place, n, horizon, read) -> Window:
            steps = read(changes(series(self.pace.name)[place.series]), place.now)
            seen_later = min(place.now + 1, len(steps.values))
            honest = window_at(steps, place.now, past=self.pace.past, n=n, horizon=horizon)
            seen = steps.values[seen_later - n : seen_later]
            return Window(usual=honest.usual, seen=seen, outcome=honest.outcome)

    assert list(the_prompt_shows_no_future(outlook(), 1)) == []
    (complaint,) = the_prompt_shows_no_future(Shifted(), 1)
    assert "the prompt changes with what came afterwards" in complaint


def test_a_column_that_is_the_outcome_is_caught():
    class Telling(DailyChange):
        def columns_and_outcome(self):
            columns, outcomes = super().columns_and_outcome()
            return {**columns, "settled later": [2 * one + 1 for one in outcomes]}, outcomes

    assert list(no_column_tells_the_outcome(DailyChange(), 1)) == []
    (complaint,) = no_column_tells_the_outcome(Telling(), 1)
    assert "'settled later' alone tells the outcome" in complaint


@pytest.mark.parametrize("outlook", OUTLOOKS)
def test_on_average_no_lazy_rule_has_skill_over_the_reference(outlook):
    """Forty problems: the measured skills of 400 a level stand in the card."""
    family = outlook()
    problems = [family.generate(Random(f"lazy:{i}"), 1) for i in range(40)]
    for name, lazy in family.trivial().items():
        details = [json.loads(family.verify(one, lazy(one)).details) for one in problems]
        mean = fmean(one["skill"] for one in details)
        assert mean < 0.02, name
        if name in ("half the width", "twice the width", "a point", "usual width"):
            assert mean < -0.01, name


def test_the_reference_uses_nothing_but_what_the_prompt_shows():
    family = MonthlyChange()
    problem = family.generate(Random("shown"), 4)
    again = [family.reference.forecast(one, 3) for one in shown_in(problem.prompt)]
    stated = msgspec.json.decode(problem.ground_truth)["reference"]
    assert [[round(mean, 2), round(sd, 2)] for mean, sd in again] == stated


@pytest.mark.parametrize("level", [1, 5])
@pytest.mark.parametrize("outlook", OUTLOOKS)
def test_no_window_shows_what_another_asks_for(outlook, level):
    family = outlook()
    n, k = family.sizes[level - 1]
    days = {name: changes(levels).dates for name, levels in series(family.pace.name).items()}
    evidence = json.loads(family.generate(Random("apart"), level).evidence)["windows"]
    seen, asked = [], []
    for name, last_seen, outcome_by in evidence:
        first, last = (days[name].index(date.fromisoformat(day)) for day in (last_seen, outcome_by))
        seen.append({(name, day) for day in days[name][first - n + 1 : first + 1]})
        asked.append({(name, day) for day in days[name][first + 1 : last + 1]})
    assert len(evidence) == k
    assert sum(map(len, asked)) == len(set().union(*asked))
    assert not set().union(*seen) & set().union(*asked)


def test_oil_of_one_place_does_not_show_that_of_another():
    n, _ = DailyChange.sizes[0]
    evidence = json.loads(DailyChange().generate(Random("kin"), 1).evidence)["windows"]
    days = {name: changes(levels).dates for name, levels in series("daily").items()}
    oil = [one for one in evidence if one[0] in ("brent", "wti")]
    assert {name for name, _, _ in oil} == {"brent", "wti"}
    for name, last_seen, _ in oil:
        end = days[name].index(date.fromisoformat(last_seen)) + 1
        shown = {day.isoformat() for day in days[name][end - n : end]}
        assert not shown & {outcome for _, _, outcome in oil}


def test_too_late_a_freeze_is_refused():
    class TooLate(DailyChange):
        since = date(2026, 6, 1)

    assert len(places(MONTHLY, n=8, horizon=1, since=date(2025, 1, 1))) == 360
    with pytest.raises(ValueError, match="take an earlier one"):
        TooLate().generate(Random(0), 5)


@pytest.mark.parametrize(
    ("family", "level", "written"),
    [
        (BondYield, 1, r"\boxed{{{:.2f}\%\text{{ per year}}}}"),
        (ProjectReturn, 2, r"\boxed{{{:.2f}\ \% / \text{{year}}}}"),
        (Forward, 2, r"\boxed{{{:.1f}\text{{ points}}}}"),
    ],
)
def test_an_answer_may_name_its_unit(family, level, written):
    problem = family().generate(Random("unit"), level)
    value = json.loads(problem.ground_truth)["value"]
    assert family().verify(problem, written.format(value)).reason == "equal"


def test_fields_asked_for_in_percent_and_in_years_may_say_so():
    for family, unit in ((PortfolioRisk(), "%"), (BondDuration(), " years")):
        problem = family.generate(Random("unit"), 2)
        fields = json.loads(problem.ground_truth)["fields"]
        stated = {name: f"{one['value']:.5g}{unit}" for name, one in fields.items()}
        assert family.verify(problem, json.dumps(stated)).reason == "equal"


def test_a_value_at_risk_is_a_loss():
    problems = [PortfolioRisk().generate(Random(seed), 4) for seed in range(60)]
    fields = [json.loads(one.ground_truth)["fields"] for one in problems]
    assert min(one["value_at_risk"]["value"] for one in fields) > 0
