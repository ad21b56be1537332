"""Exactly N are accepted, and what is asked for does not depend on what finishes first."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from gen.pipeline.window import Window


def asked_for(n: int, outcomes: list[bool], *, order: Random, give_up_after: int = 30) -> list:
    """Run a window to its end; proposal k is accepted where `outcomes[k % len]` says so."""
    window = Window(n, most_ahead=16, give_up_after=give_up_after)
    open_numbers: list[int] = []
    taken: list[int] = []
    issued = 0
    while not window.done:
        while (number := window.next_number()) is not None:
            assert number == issued
            issued += 1
            open_numbers.append(number)
        assert open_numbers, "it waits for nothing"
        window.settle(open_numbers.pop(order.randrange(len(open_numbers))))
        while (first := window.settled()) is not None:
            taken.append(first)
            window.advance(accepted=outcomes[first % len(outcomes)])
    assert taken == list(range(issued))
    return [issued, window.n_accepted, window.gave_up]


@given(
    n=st.integers(1, 60),
    outcomes=st.lists(st.booleans(), min_size=1, max_size=40),
    orders=st.lists(st.integers(0, 2**32), min_size=2, max_size=3, unique=True),
)
def test_any_order_of_outcomes_asks_for_the_same(n, outcomes, orders):
    found = [asked_for(n, outcomes, order=Random(order)) for order in orders]
    assert all(one == found[0] for one in found)
    _, n_accepted, gave_up = found[0]
    assert n_accepted >= n or gave_up


@given(n=st.integers(1, 200), order=st.integers(0, 2**32))
def test_little_more_is_asked_for_than_is_needed(n, order):
    issued, n_accepted, _ = asked_for(n, [True], order=Random(order))
    assert issued == n_accepted <= n + max(16, n)
    issued, *_ = asked_for(n, [True, False], order=Random(order))
    assert issued <= 2.5 * n + 16


def test_it_gives_up_where_nothing_is_accepted():
    issued, n_accepted, gave_up = asked_for(5, [False], order=Random(0))
    assert (n_accepted, gave_up) == (0, True)
    assert 30 <= issued <= 30 + 16


def test_a_mode_that_has_nothing_more_ends_the_job():
    window = Window(10)
    numbers = [window.next_number() for _ in range(4)]
    assert numbers == [0, 1, 2, 3]
    window.exhaust()  # the fourth could not be asked for
    for number in (2, 0, 1):
        window.settle(number)
    while window.settled() is not None:
        window.advance(accepted=True)
    assert window.done
    assert window.n_accepted == 3
