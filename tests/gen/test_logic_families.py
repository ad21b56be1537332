"""Logic families: each puzzle has one answer, and solvers find several where there are."""

from random import Random

from gen.conformance import second_method_share
from gen.domains.logic import FAMILIES
from gen.domains.logic.grids import by_lines, by_rows, covered, solved
from gen.domains.logic.knights import Claim, consistent, searched
from gen.domains.logic.propositions import (
    Sentence,
    derived,
    follows,
    satisfiable,
    satisfying,
)
from gen.domains.logic.seating import Clue as Place
from gen.domains.logic.seating import filled, fitting
from gen.domains.logic.zebra import Clue, by_places, solutions


def test_every_answer_is_found_by_two_solvers():
    assert all(second_method_share(family(), examples=1) == 1 for family in FAMILIES)
    assert len(FAMILIES) >= 8


def test_solvers_of_sudoku_see_that_there_are_several_solutions():
    empty = (0,) * 16
    assert len(covered(empty, 4, 2, True)) == 2
    assert len(list(solved(empty, 4, 2, False))) == 288  # all grids of 4 x 4 there are
    clash = (1, 1, *[0] * 14)
    assert covered(clash, 4, 2, False) == list(solved(clash, 4, 2, False)) == []


def test_solvers_of_nonograms_see_that_there_are_two_solutions():
    clues = [(1,), (1,)], [(1,), (1,)]
    assert len(by_rows(*clues)) == len(by_lines(*clues)) == 2
    assert by_rows([(2,), (1,)], [(2,), ()]) == by_lines([(2,), (1,)], [(2,), ()]) == []


def test_solvers_of_zebra_puzzles_agree_where_clues_leave_more_than_one():
    values = {"pet": ("cat", "dog", "snail"), "job": ("baker", "pilot", "teacher")}
    clues = [Clue("same", ("pet", "cat"), ("job", "pilot")), Clue("at", ("pet", "dog"), number=1)]
    assert len(list(solutions(values, clues))) == 4
    assert len(by_places(values, clues)) == 2  # where it stops
    impossible = [*clues, Clue("at", ("job", "pilot"), number=1)]
    assert list(solutions(values, impossible)) == by_places(values, impossible) == []


def test_a_knave_may_say_what_is_false_and_a_liar_about_himself_is_none():
    spoken = [(0, Claim("knave", (1,))), (1, Claim("both", (0, 2))), (2, Claim("exactly", (), 1))]
    assert sorted(consistent(spoken, 3)) == sorted(searched(spoken, 3))
    assert all(sum(one) >= 1 for one in consistent(spoken, 3))


def test_orders_that_fit_are_those_that_a_search_finds():
    rng = Random("orders")
    for _ in range(40):
        one, two, three = rng.sample(range(5), 3)
        clues = [Place("before", (one, two)), Place("between", (three, one, two)),
                 Place("gap", (one, two), rng.randint(1, 3))]  # fmt: skip
        mask = -1
        for clue in clues:
            mask &= fitting(clue, 5)
        assert mask.bit_count() == len(filled(clues, 5))


def test_satisfying_assignments_by_clauses():
    formula = ("iff", ("var", 0), ("not", ("implies", ("var", 1), ("var", 0))))
    assert satisfying(formula, 2) == ["FF"]
    assert satisfying(("xor", ("var", 0), ("var", 1)), 2) == ["FT", "TF"]


def test_two_ways_to_a_conclusion_agree_on_random_premises():
    rng = Random("premises")
    kinds = ("all", "no", "some", "some not")
    n_following = 0
    for _ in range(150):
        premises = [Sentence(rng.choice(kinds), *rng.sample(range(4), 2)) for _ in range(4)]
        if satisfiable(premises, 4):
            for _ in range(6):
                asked = Sentence(rng.choice(kinds), *rng.sample(range(4), 2))
                right = follows(premises, asked, 4)
                assert derived(premises, asked) == right, (premises, asked)
                n_following += right
    assert n_following > 50


def test_all_does_not_imply_some():
    assert not follows([Sentence("all", 0, 1)], Sentence("some", 0, 1), 2)
    assert follows([Sentence("all", 0, 1), Sentence("some", 2, 0)], Sentence("some", 2, 1), 3)
