"""Accuracy, pass@k, votes and intervals against what they are defined as."""

from itertools import combinations
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.evaluation import Attempts, compare, measure, pass_at, vote

completions = st.lists(st.one_of(st.none(), st.booleans()), min_size=1, max_size=6)


@given(st.lists(st.booleans(), min_size=1, max_size=7), st.data())
def test_pass_at_k_is_the_share_of_subsets_with_a_correct_completion(correct, data):
    tries = data.draw(st.integers(1, len(correct)))
    subsets = list(combinations(correct, tries))
    expected = sum(any(subset) for subset in subsets) / len(subsets)
    assert pass_at(len(correct), sum(correct), tries) == pytest.approx(expected)


@given(st.lists(completions, min_size=1, max_size=12))
def test_accuracy_is_the_mean_over_problems_and_undecided_completions_are_in_no_share(problems):
    attempts = [Attempts(correct=correct) for correct in problems]
    found = measure(attempts)
    shares = [
        fmean(one for one in correct if one is not None)
        for correct in problems
        if set(correct) != {None}
    ]
    if not shares:
        assert found.accuracy is None
        return
    assert found.accuracy is not None
    assert found.accuracy.value == pytest.approx(fmean(shares))
    assert found.accuracy.low <= found.accuracy.value + 1e-9
    assert found.accuracy.value <= found.accuracy.high + 1e-9
    assert found.pass_at[1] == pytest.approx(fmean(shares))
    assert list(found.pass_at.values()) == sorted(found.pass_at.values())
    assert found.majority is None


@pytest.mark.parametrize(
    ("correct", "answers", "chance"),
    [
        ((True, True, False), ("5", "5.0", "6"), 1.0),
        ((True, False, False), ("5", "6", " 6"), 0.0),
        ((True, False), ("5", "6"), 0.5),
        ((True, False, None), ("5", "6", "6"), 0.5),
        ((False, True, False), (None, "5", None), 1.0),
        ((False, False), (None, None), 0.0),
    ],
)
def test_the_vote_goes_to_the_most_frequent_answer(correct, answers, chance):
    assert vote(Attempts(correct=correct, answers=answers)) == chance


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng, n_covered = Random(0), 0
    for seed in range(120):
        rates = [rng.betavariate(1, 2) for _ in range(80)]
        attempts = [Attempts(correct=[rng.random() < rate for _ in range(4)]) for rate in rates]
        accuracy = measure(attempts, seed=seed).accuracy
        assert accuracy is not None
        n_covered += accuracy.low <= 1 / 3 <= accuracy.high
    assert n_covered >= 0.88 * 120


def test_a_benchmark_that_nobody_solves_has_an_interval_all_the_same():
    accuracy = measure([Attempts(correct=(False, False))] * 30).accuracy
    assert accuracy is not None
    assert (accuracy.value, accuracy.low) == (0.0, 0.0)
    assert 0.1 < accuracy.high < 0.12


def test_pairs_tell_a_difference_that_the_two_intervals_alone_do_not():
    rng = Random(1)
    hard = [rng.random() < 0.5 for _ in range(100)]
    first = [Attempts(correct=[easy] * 4) for easy in hard]
    second = [Attempts(correct=[easy and place % 8 > 0] * 4) for place, easy in enumerate(hard)]
    apart = measure(first).accuracy, measure(second).accuracy
    assert apart[0] is not None
    assert apart[1] is not None
    assert apart[1].high > apart[0].low
    found = compare(first, second)
    assert found is not None
    assert found.difference.low > 0
    assert found.p_better > 0.97


@given(st.lists(st.tuples(completions, completions), min_size=1, max_size=8))
def test_comparing_the_other_way_round_turns_the_difference(pairs):
    first = [Attempts(correct=one) for one, _ in pairs]
    second = [Attempts(correct=other) for _, other in pairs]
    there, back = compare(first, second), compare(second, first)
    if there is None or back is None:
        assert there is back
        return
    assert there.n_problems == back.n_problems
    assert there.difference.value == pytest.approx(-back.difference.value)
