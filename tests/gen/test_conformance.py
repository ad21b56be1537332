"""The rules that hold for outcome families, partial rewards and JSON truths find what they are for.

tests/gen/test_math_families.py has the broken families of the other rules.
"""

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gen.columns import column_aucs
from gen.conformance import check_family
from gen.family import Card, Family
from gen.measures import binomial_tail, leaked, mean_tail
from verifiers.records import Problem, Verdict


class Forecast(Family):
    """Sound: will the next flip of a coin that is bent one way or the other be heads?"""

    name, domain, levels = "coins.next", "test", (1, 2)
    card = Card(licence="Apache-2.0", source="generated", chance_level=0.3)
    certificate = "outcome"
    changed = False

    def flips(self, rng: Random, level: int) -> list[int]:
        heads = rng.choice((0.1, 0.9))
        return [int(rng.random() < heads) for _ in range(20 * level)]

    def generate(self, rng: Random, level: int) -> Problem:
        flips = self.flips(rng, level)
        coming = rng.random()
        return self._asked(level, flips, 1 - coming if self.changed else coming)

    def _asked(self, level: int, flips: list[int], coming: float) -> Problem:
        return self.problem(level, f"Flips: {flips}. How much comes?", f"{coming:.9f}")

    def otherwise(self, rng: Random, level: int) -> Problem:
        other = type(self)()
        other.changed = True
        return other.generate(rng, level)

    def verify(self, problem: Problem, answer: str) -> Verdict:
        verdict = super().verify(problem, answer)
        return replace(verdict, reward=0.8) if answer == "\\boxed{lazy}" else verdict

    def columns_and_outcome(self):
        rng = Random(0)
        outcome = [rng.random() < 0.4 for _ in range(300)]
        return {"age": [rng.gauss(50 + 5 * one, 10) for one in outcome]}, outcome


class Afterwards(Forecast):
    def columns_and_outcome(self):
        columns, outcome = super().columns_and_outcome()
        closed = [f"day {n % 7}" if one else None for n, one in enumerate(outcome)]
        return {**columns, "closed_on": closed}, outcome


class LooksAhead(Forecast):
    def _asked(self, level: int, flips: list[int], coming: float) -> Problem:
        scaled = [round(flip / coming) for flip in flips]
        return self.problem(level, f"Scaled flips: {scaled}. What comes?", f"{coming:.9f}")


class ShowsNothing(Forecast):
    def otherwise(self, rng: Random, level: int) -> Problem:
        return self.generate(rng, level)


class PaysTheLazy(Forecast):
    def trivial(self):
        return {"nothing": "\\boxed{lazy}"}


class Shortening(Forecast):
    def size(self, problem: Problem) -> float:
        return -problem.level


class Growing(Forecast):
    """Its problems get no longer: by its own measure they do."""

    def flips(self, rng: Random, level: int) -> list[int]:
        return super().flips(rng, 1)

    def size(self, problem: Problem) -> float:
        return problem.level


def rules_broken(family: Family, examples: int = 10) -> set[str]:
    return {finding.rule for finding in check_family(family, examples=examples)}


@pytest.mark.parametrize("family", [Forecast, Growing])
def test_a_sound_outcome_family_has_no_findings(family):
    assert rules_broken(family()) == set()


@pytest.mark.parametrize(
    ("family", "rule"),
    [
        (Afterwards, "no column tells the outcome"),
        (LooksAhead, "the prompt shows no future"),
        (ShowsNothing, "the prompt shows no future"),
        (PaysTheLazy, "no lazy strategy beats the card"),
        (Shortening, "the dial makes problems longer"),
    ],
)
def test_a_broken_outcome_family_is_found(family, rule):
    assert rules_broken(family()) == {rule}


def test_a_lazy_strategy_may_look_at_the_form_of_a_problem():
    class Copying(Forecast):
        def trivial(self):
            return {"the truth itself": lambda problem: f"\\boxed{{{problem.ground_truth}}}"}

    finding, *_ = check_family(Copying(), examples=10)
    assert finding.example == "level 1: 'the truth itself' scores 10 of 10, not 30%"


def test_rules_are_told_as_they_are_checked():
    told: list[str] = []
    check_family(Forecast(), examples=1, told=told.append)
    assert "no column tells the outcome" in told
    assert len(set(told)) == len(told) == 10


@pytest.mark.parametrize(
    ("ground_truth", "answer"),
    [
        ("12345", "12345"),
        ("x^2+1/2", "x^2+1/2"),
        ('{"kind": "number", "value": "123.45"}', "123.45"),
        ('{"kind": "number", "value": 12345.5}', "12345.5"),
        ('{"kind": "date", "value": "2024-02-29"}', "2024-02-29"),
        ('{"kind": "choice", "value": "12345 or knight"}', None),
        ('{"kind": "tests", "tests": [12345]}', None),
        ('["12345"]', None),
    ],
)
def test_what_may_not_stand_in_a_prompt(ground_truth, answer):
    family = Forecast()
    prompt = f"Among 12345, x^2 + 1/2, 123.45, 2024-02-29, knight or {ground_truth}?"
    assert leaked(family, family.problem(1, prompt, ground_truth)) == answer


def test_columns_are_told_apart_by_what_they_say_of_the_outcome():
    rng = Random(1)
    outcome = [rng.gauss(0, 1) for _ in range(1000)]
    found = column_aucs(
        {
            "noise": [rng.random() for _ in outcome],
            "name": [f"case {n}" for n in range(1000)],
            "hint": [value + rng.gauss(0, 1) for value in outcome],
            "itself": [-value for value in outcome],
            "only where it happened": [1.5 if value > 0 else None for value in outcome],
        },
        outcome,
    )
    assert 0.4 < found["noise"] < 0.6
    assert found["name"] <= 0.5
    assert 0.7 < found["hint"] < 0.9
    assert found["itself"] > 0.99
    assert found["only where it happened"] > 0.95


def test_few_outcomes_say_nothing_and_a_short_column_is_refused():
    assert str(column_aucs({"a": [1.0] * 30}, [1] * 3 + [0] * 27)) == "{'a': nan}"
    with pytest.raises(ValueError, match="column 'a': 2 rows, the outcome has 3"):
        column_aucs({"a": [1, 2]}, [0, 1, 1])


@given(n=st.integers(1, 60), chance=st.floats(0, 1), data=st.data())
def test_the_bound_on_mean_rewards_holds_for_the_binomial_law(n, chance, data):
    """Coins are rewards too: the exact tail may not exceed the bound."""
    hits = data.draw(st.integers(0, n))
    assert binomial_tail(n, chance, hits) <= mean_tail(n, chance, hits / n) + 1e-9
