"""Every math family conforms; and the conformance suite finds what is broken on purpose."""

from fractions import Fraction
from importlib import import_module
from random import Random

import pytest

from gen.conformance import check_family, check_same_bytes, second_method_share
from gen.domains.math import FAMILIES
from gen.domains.math.base import Draft, MathFamily, boxed, generated
from gen.domains.math.intervals import sign_chart
from gen.domains.math.notation import finite_set, pair, polynomial, tex
from gen.domains.math.slips import slip
from gen.errors import GroundTruthDisagrees
from gen.problems import make_problems

EXAMPLES = 3
TOPICS = {
    "algebra",
    "arithmetic",
    "calculus",
    "combinatorics",
    "geometry",
    "linear_algebra",
    "number_theory",
    "probability",
    "sequences",
    "word_problems",
}


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_family_conforms(family):
    assert check_family(family(), examples=EXAMPLES) == []


def test_families_make_the_same_bytes_in_another_process():
    assert check_same_bytes([family() for family in FAMILIES], examples=EXAMPLES) == []


def test_at_least_25_families_cover_the_ten_topics_with_three_or_more_each():
    topics = [family.name.partition(".")[0] for family in FAMILIES]
    assert set(topics) == TOPICS
    assert all(topics.count(topic) >= 3 for topic in TOPICS)
    assert len({family.name for family in FAMILIES}) == len(FAMILIES) >= 25


def test_a_thousand_problems_are_distinct_and_of_every_family_and_level():
    problems = list(make_problems([family() for family in FAMILIES], n=1000, seed=3))
    assert len({problem.problem_id for problem in problems}) == 1000
    cells = {(problem.family, problem.level) for problem in problems}
    assert len(cells) == sum(len(family.levels) for family in FAMILIES)


def test_every_ground_truth_is_derived_twice():
    shares = {family.name: second_method_share(family(), examples=2) for family in FAMILIES}
    assert {name: share for name, share in shares.items() if share < 1} == {}


class Doubling(MathFamily):
    """Sound: the broken families below differ from it in one thing each."""

    name = "broken.doubling"
    card = generated(0.1)
    methods = "product against sum"

    def draw(self, rng: Random, level: int) -> Draft:
        a = rng.randint(10 ** (level + 4), 10 ** (level + 5))
        return Draft(f"What is twice the number {a}?", 2 * a, a + a)


class Disagreeing(Doubling):
    def draw(self, rng: Random, level: int) -> Draft:
        draft = super().draw(rng, level)
        return Draft(draft.prompt, draft.answer, draft.second + 1)


class Leaky(Doubling):
    def generate(self, rng: Random, level: int):
        draft = self.draw(rng, level)
        return self.problem(level, f"{draft.prompt} (It is {draft.answer}.)", draft.answer)


class RightWhenWrong(Doubling):
    def wrong(self, problem, rng):
        return f"Surely it is \\boxed{{{int(problem.ground_truth)}.0}}"


class Unreadable(Doubling):
    def generate(self, rng: Random, level: int):
        draft = self.draw(rng, level)
        return self.problem(level, draft.prompt, "")


class Guessable(Doubling):
    def draw(self, rng: Random, level: int) -> Draft:
        a = rng.randint(10 ** (level + 4), 10 ** (level + 5))
        return Draft(f"What is the remainder of {2 * a} divided by 2?", 0, 2 * a % 2)


class Repetitive(Doubling):
    def draw(self, rng: Random, level: int) -> Draft:
        return super().draw(Random(rng.randint(1, 5)), level)


class Flat(Doubling):
    def draw(self, rng: Random, level: int) -> Draft:
        return super().draw(rng, 6 - level)


class Forgetful(Doubling):
    def verify(self, problem, answer):
        return super().verify(problem, boxed(problem.ground_truth) if "5" in answer else answer)


class Fragile(Doubling):
    def verify(self, problem, answer):
        if not answer:
            raise IndexError("string index out of range")
        return super().verify(problem, answer)


def rules_broken(family: MathFamily, *, examples: int = 5) -> set[str]:
    return {finding.rule for finding in check_family(family, examples=examples)}


def test_a_sound_family_has_no_findings():
    assert check_family(Doubling(), examples=20) == []


@pytest.mark.parametrize(
    ("family", "rule"),
    [
        (Leaky, "no answer leaks"),
        (RightWhenWrong, "the near miss never verifies"),
        (Unreadable, "the gold verifies"),
        (Guessable, "no lazy strategy beats the card"),
        (Repetitive, "duplicates are rare"),
        (Flat, "the dial makes problems longer"),
        (Forgetful, "the near miss never verifies"),
        (Fragile, "junk neither crashes nor scores"),
    ],
)
def test_a_broken_family_is_found(family, rule):
    assert rule in rules_broken(family())


def test_a_family_whose_two_methods_disagree_cannot_make_a_problem():
    with pytest.raises(GroundTruthDisagrees, match="contradicts itself"):
        Disagreeing().generate(Random(0), 1)
    assert "the gold verifies" in rules_broken(Disagreeing())


def test_a_finding_shows_the_simplest_example():
    (finding,) = [one for one in check_family(Leaky(), examples=5) if "leaks" in one.rule]
    assert finding.family == "broken.doubling"
    assert finding.example.startswith("level 1, seed 0, 'What is twice the number ")


def test_a_family_that_depends_on_the_hash_seed_is_found(tmp_path, monkeypatch):
    source = """
from gen.domains.math.base import Draft, MathFamily, generated

class Hashing(MathFamily):
    name, card, methods = "broken.hashing", generated(0.1), ""

    def draw(self, rng, level):
        words = {f"word{n}" for n in range(100)}
        return Draft(f"Which number stands in the last of these words: {', '.join(words)}?", 1)
"""
    (tmp_path / "hashing_family.py").write_text(source)
    monkeypatch.syspath_prepend(str(tmp_path))
    family = import_module("hashing_family").Hashing()
    (finding,) = check_same_bytes([family], examples=1)
    assert finding.rule == "same seed same bytes"


def test_a_family_that_cannot_be_imported_elsewhere_is_found():
    class Local(Doubling):
        pass

    (finding,) = check_same_bytes([Local()], examples=1)
    assert "Error: " in finding.example


@pytest.mark.parametrize(
    "answer",
    ["7", "-40", "\\frac{3}{4}", "(2, 2)", "(-\\infty, 3]", "\\{-2, 2\\}", "0", "3 \\sqrt{2}"],
)
def test_a_slip_changes_the_answer(answer):
    slips = {slip(answer, Random(seed)) for seed in range(50)}
    assert answer not in slips
    assert len(slips) >= 2 or answer == "0"


def test_no_sign_is_added_where_the_question_has_none():
    assert "-7" in {slip("7", Random(seed)) for seed in range(50)}
    assert "-7" not in {slip("7", Random(seed), signed=False) for seed in range(50)}


def test_values_are_written_as_the_verifier_reads_them():
    assert tex(Fraction(-3, 4)) == "-\\frac{3}{4}"
    assert polynomial([1, -2, 0, Fraction(1, 2)]) == "x^3 - 2x^2 + \\frac{1}{2}"
    assert pair(2, Fraction(-1, 2)) == "(2, -\\frac{1}{2})"
    assert finite_set([3, -1]) == "\\{-1, 3\\}"


def test_a_sign_chart_finds_intervals_with_their_ends():
    assert (
        sign_chart([1, 3], lambda x: (x - 1) * (x - 3) >= 0) == "(-\\infty, 1] \\cup [3, \\infty)"
    )
    assert sign_chart([0, 2], lambda x: x != 0 and (x - 2) / x <= 0) == "(0, 2]"
    assert sign_chart([0, 1], lambda x: x * x * (x - 1) < 0) == "(-\\infty, 0) \\cup (0, 1)"
    assert sign_chart([0, 1], lambda x: x * x * (x - 1) <= 0) == "(-\\infty, 1]"
