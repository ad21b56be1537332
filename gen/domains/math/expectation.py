"""Expected values of numbers drawn, of gains, of colours seen and of waiting times.

    Expectation().generate(rng, 2)   ... wins 6 dollars at 5 or more, else loses 1 ...  \\frac{4}{3}
    Expectation().generate(rng, 5)   ... stops after 2 scores in a row ...              6

They belong to probability, and their family is named so.
"""

from fractions import Fraction
from itertools import combinations, product
from math import comb
from random import Random

from gen.domains.draws import proper_fraction
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.notation import tex
from gen.domains.math.wording import COLOURS, NAMES, ask, count, in_lowest_terms
from gen.domains.phrases import listed


class Expectation(MathFamily):
    """Expected values; by linearity or a closed form and again by summing over all outcomes."""

    name = "probability.expectation"
    card = generated(0.1)
    methods = "linearity or closed forms against sums over all outcomes or first-step equations"
    lazy = ("1", "2", "4", "\\frac{7}{2}")

    def level_1(self, rng: Random) -> Draft:
        """The mean of a spinner's numbers."""
        numbers = sorted(rng.randint(1, 12) for _ in range(rng.randint(2, 4)))
        shown = listed(list(map(str, numbers)))
        setting = f"A spinner has {len(numbers)} equal sectors with the numbers {shown}."
        second = sum(Fraction(number, len(numbers)) for number in numbers)
        return self.asked(
            rng, setting, "the number it stops on", Fraction(sum(numbers), len(numbers)), second
        )

    def level_2(self, rng: Random) -> Draft:
        """The gain in a game with one die."""
        sides, gain, loss = rng.choice((6, 8, 10, 12)), rng.randint(3, 20), rng.randint(1, 9)
        bound, name = rng.randint(3, sides - 1), rng.choice(NAMES)
        setting = (
            f"{name} rolls a fair die with {sides} sides, numbered from 1 to {sides}: at "
            f"{bound} or more {name} wins {gain} dollars, and otherwise {name} loses "
            f"{count(loss, 'dollar')}."
        )
        wins = sides - bound + 1
        answer = Fraction(wins * gain - (sides - wins) * loss, sides)
        second = sum(Fraction(gain if n >= bound else -loss, sides) for n in range(1, sides + 1))
        return self.asked(rng, setting, f"{name}'s gain in dollars", answer, second)

    def level_3(self, rng: Random) -> Draft:
        """The larger, the smaller or the product of two dice."""
        a, b = rng.randint(3, 20), rng.randint(3, 20)
        what, answer, combine = rng.choice((
            ("the larger of the two numbers (the common one if they are equal)",
             sum(1 - Fraction(min(n, a) * min(n, b), a * b) for n in range(max(a, b))), max),
            ("the smaller of the two numbers (the common one if they are equal)",
             sum(Fraction((a - n) * (b - n), a * b) for n in range(min(a, b))), min),
            ("the product of the two numbers", Fraction((a + 1) * (b + 1), 4), lambda i, j: i * j),
        ))  # fmt: skip
        setting = (
            f"One ticket is drawn from a box with tickets numbered from 1 to {a}, and another one "
            f"from a box with tickets numbered from 1 to {b}."
        )
        rolls = list(product(range(1, a + 1), range(1, b + 1)))
        second = Fraction(sum(combine(*roll) for roll in rolls), len(rolls))
        return self.asked(rng, setting, what, answer, second)

    def level_4(self, rng: Random) -> Draft:
        """How many colours a handful shows."""
        colours = rng.sample(COLOURS, rng.randint(3, 4))
        sizes = [rng.randint(2, 5) for _ in colours]
        n_draws = rng.randint(2, 4)
        total = comb(sum(sizes), n_draws)
        answer = sum(1 - Fraction(comb(sum(sizes) - n, n_draws), total) for n in sizes)
        things = [colour for colour, n in enumerate(sizes) for _ in range(n)]
        hands = list(combinations(things, n_draws))
        shown = listed([f"{n} {colour}" for n, colour in zip(sizes, colours, strict=True)])
        setting = f"From a bag with {shown} marbles, {n_draws} are drawn at the same time."
        second = Fraction(sum(len(set(hand)) for hand in hands), len(hands))
        return self.asked(rng, setting, "the number of different colours drawn", answer, second)

    def level_5(self, rng: Random) -> Draft:
        """How long it takes until so many successes in a row, or so many numbers in all."""
        if rng.random() < 0.7:
            chance, run = proper_fraction(rng, 7), rng.randint(2, 4)
            name = rng.choice(NAMES)
            setting = (
                f"{name} throws again and again, scoring with probability ${tex(chance)}$ at each "
                f"throw independently, and stops after {run} scores in a row."
            )
            answer = (1 / chance**run - 1) / (1 - chance)
            # E(k) = 1 + p E(k + 1) + (1 - p) E(0), each written as a + b E(0), from the last back.
            constant, factor = Fraction(0), Fraction(0)
            for _ in range(run):
                constant, factor = 1 + chance * constant, 1 - chance + chance * factor
            return self.asked(rng, setting, "the number of throws", answer, constant / (1 - factor))
        sides = rng.randint(4, 12)
        wanted = rng.randint(3, sides)
        setting = (
            f"A spinner with {sides} equal sectors, numbered from 1 to {sides}, is spun again and "
            f"again until {wanted} different numbers have come up."
        )
        answer = sum(Fraction(sides, sides - n) for n in range(wanted))
        # E(k) = 1 + (k / n) E(k) + (1 - k / n) E(k + 1), solved for E(k), from the last back.
        waiting = Fraction(0)
        for known in reversed(range(wanted)):
            new = Fraction(sides - known, sides)
            waiting = (1 + new * waiting) / new
        return self.asked(rng, setting, "the number of spins", answer, waiting)

    def asked(self, rng: Random, setting: str, what: str, answer: object, second: object) -> Draft:
        """Ask for the expected value of something."""
        phrasings = (
            "What is the expected value of {}?",
            "Find the expected value of {}.",
            "Compute the expectation of {}.",
        )
        return Draft(in_lowest_terms(rng, f"{setting} {ask(rng, what, phrasings)}"), answer, second)
