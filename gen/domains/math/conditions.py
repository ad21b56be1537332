"""Conditional chances: shares of a group, and what an observation tells of its source.

    Conditions().generate(rng, 2)    One of those that are new ... is a novel?        \\frac{7}{13}
    Conditions().generate(rng, 4)    ... turns out to be faulty ... is of kind A?     \\frac{5}{13}

They belong to probability, and their family is named so.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from random import Random

from gen.domains.draws import proper_fraction, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.notation import tex
from gen.domains.math.wording import PROBABILITY, ask, count, plural
from gen.domains.phrases import listed


class Conditions(MathFamily):
    """Conditional chances; by Bayes' rule and again by counting an imagined population."""

    name = "probability.conditions"
    card = generated(0.12)
    methods = "rule of total probability and Bayes' rule against counts in an imagined population"
    lazy = ("\\frac{1}{2}", "\\frac{1}{3}", "\\frac{2}{3}")

    def level_1(self, rng: Random) -> Draft:
        """A share of all."""
        setting, groups, has, sizes, having = self.table(rng)
        both = listed([plural(group) for group in groups])
        setting += f" One of all the {both} is chosen at random."
        counted = [
            n < limit for size, limit in zip(sizes, having, strict=True) for n in range(size)
        ]
        answer, second = Fraction(sum(having), sum(sizes)), Fraction(sum(counted), len(counted))
        question = ask(rng, f"the chosen one {has[1]}", PROBABILITY)
        return Draft(f"{setting} {question}", answer, second)

    def level_2(self, rng: Random) -> Draft:
        """A share of those that have a property."""
        setting, groups, has, _, having = self.table(rng)
        setting += f" One of those that {has[0]} is chosen at random."
        counted = [group for group, n in zip(groups, having, strict=True) for _ in range(n)]
        answer = Fraction(having[0], sum(having))
        second = Fraction(counted.count(groups[0]), len(counted))
        question = ask(rng, f"the chosen one is a {groups[0]}", PROBABILITY)
        return Draft(f"{setting} {question}", answer, second)

    def level_3(self, rng: Random) -> Draft:
        """The total chance over two kinds of boxes."""
        setting, noun, weights, faulty, population = self.boxes(rng, 2, 1)
        setting += f", and a {noun} is picked from it at random."
        question = ask(rng, f"the {noun} is faulty", PROBABILITY)
        return Draft(f"{setting} {question}", sum(weights), Fraction(sum(faulty), population))

    def level_4(self, rng: Random) -> Draft:
        """Which of two kinds of boxes a faulty thing is from."""
        setting, noun, weights, faulty, _ = self.boxes(rng, 2, 1)
        setting += f", and a {noun} picked from it at random turns out to be faulty."
        return self.posterior(rng, setting, weights, faulty)

    def level_5(self, rng: Random) -> Draft:
        """Which of three kinds of boxes is at hand after two draws."""
        setting, noun, weights, faulty, _ = self.boxes(rng, 3, 2)
        setting += (
            f", and a {noun} is picked from it at random, tested, and put back; then a {noun} is "
            "picked from the same box once more and tested. Both times it is faulty."
        )
        return self.posterior(rng, setting, weights, faulty)

    def posterior(
        self, rng: Random, setting: str, weights: list[Fraction], faulty: list[int]
    ) -> Draft:
        """Ask for the chance of one kind of box."""
        kind = rng.randrange(len(weights))
        question = ask(rng, f"the box is of kind {'ABC'[kind]}", PROBABILITY)
        second = Fraction(faulty[kind], sum(faulty))
        return Draft(f"{setting} {question}", weights[kind] / sum(weights), second)

    def table(self, rng: Random) -> tuple[str, Sequence[str], Sequence[str], list[int], list[int]]:
        """Two groups and a property: the story, their names, its names, sizes, how many have it."""
        groups, whole, has = rng.choice(TABLES)
        sizes = [rng.randint(8, 20) for _ in groups]
        having = [rng.randint(2, size - 2) for size in sizes]
        story = (
            f"{whole} {count(sizes[0], groups[0])} and {count(sizes[1], groups[1])}. "
            f"{having[0]} of the {plural(groups[0])} and {having[1]} of the {plural(groups[1])} "
            f"{has[0]}."
        )
        return story, groups, has, sizes, having

    def boxes(
        self, rng: Random, n_kinds: int, n_draws: int
    ) -> tuple[str, str, list[Fraction], list[int], int]:
        """Boxes with faulty things in them.

        Gives the story, the thing, and for each kind the chance of it together with `n_draws`
        faulty draws, then how many of an imagined whole population that is, and the population.
        """
        shares, letters = [rng.randint(1, 5) for _ in range(n_kinds)], "ABC"[:n_kinds]
        rates = until(
            lambda: [proper_fraction(rng, 10) for _ in range(n_kinds)],
            lambda drawn: len(set(drawn)) == n_kinds,
        )
        kinds = list(zip(shares, rates, letters, strict=True))
        noun = rng.choice(("bulb", "chip", "fuse", "battery", "sensor"))
        stock = listed([f"{count(share, 'box')} of kind {letter}" for share, _, letter in kinds])
        parts = listed([f"${tex(r)}$ of those in a box of kind {letter}" for _, r, letter in kinds])
        story = (
            f"A store has {stock}. Of the {plural(noun)} in a box some are faulty: {parts}. A box "
            "is picked at random"
        )
        weights = [Fraction(share, sum(shares)) * rate**n_draws for share, rate, _ in kinds]
        size = lcm(*(rate.denominator for rate in rates)) ** n_draws
        faulty = [int(share * size * rate**n_draws) for share, rate, _ in kinds]
        return story, noun, weights, faulty, sum(shares) * size


TABLES = (
    (("girl", "boy"), "A class has", ("wear glasses", "wears glasses")),
    (("cat", "dog"), "A shelter keeps", ("are black", "is black")),
    (("doctor", "nurse"), "A ward employs", ("work at night", "works at night")),
    (("novel", "cookbook"), "A shelf holds", ("are new", "is new")),
    (("commuter", "tourist"), "A bus carries", ("have a season ticket", "has a season ticket")),
)
