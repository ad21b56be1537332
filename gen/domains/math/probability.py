"""Chances: dice, urns, repeated trials.

    Dice().generate(rng, 2)          ... the sum of the numbers rolled is 9?        \\frac{1}{9}
    Urn().generate(rng, 3)           ... that both are red?                         \\frac{5}{14}
    Trials().generate(rng, 4)        ... hits exactly twice?                       \\frac{972}{3125}

Conditional chances and expected values have modules of their own.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations, product
from math import comb, prod
from random import Random

from gen.domains.draws import proper_fraction, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.notation import tex
from gen.domains.math.wording import (
    COLOURS,
    NAMES,
    PROBABILITY,
    ask,
    count,
    in_words,
    plural,
    times,
)
from gen.domains.phrases import listed


class Dice(MathFamily):
    """Dice of several sizes; by convolution or a formula and again roll by roll."""

    name = "probability.dice"
    card = generated(0.22, "at level 1 few fractions occur")
    methods = "convolution or closed form against enumeration of all rolls"
    lazy = ("\\frac{1}{2}", "\\frac{1}{6}", "1", "\\frac{1}{4}")
    small_levels = (1, 2)

    def level_1(self, rng: Random) -> Draft:
        """One die."""
        sides = rng.choice((6, 8, 10, 12, 20))
        bound, divisor = rng.randint(2, sides - 1), rng.randint(2, 5)
        event, number, holds = rng.choice((
            (f"at least {bound}", sides - bound + 1, lambda n: n >= bound),
            (f"less than {bound}", bound - 1, lambda n: n < bound),
            (f"a multiple of {divisor}", sides // divisor, lambda n: n % divisor == 0),
        ))  # fmt: skip
        second = sum(map(holds, range(1, sides + 1)))
        event = f"the number rolled is {event}"
        return self.asked(rng, [sides], event, Fraction(number, sides), Fraction(second, sides))

    def level_2(self, rng: Random) -> Draft:
        """The sum of two like dice."""
        sides = rng.choice((4, 6, 8, 10))
        target = rng.randint(3, 2 * sides - 1)
        return self.sums(rng, [sides, sides], f"{target}", lambda total: total == target)

    def level_3(self, rng: Random) -> Draft:
        """A bound on the sum of two unlike dice."""
        sides = rng.sample((4, 6, 8, 10, 12, 20), 2)
        bound = rng.randint(5, sum(sides) - 3)
        event, holds = rng.choice((
            (f"at least {bound}", lambda total: total >= bound),
            (f"at most {bound}", lambda total: total <= bound),
            (f"greater than {bound}", lambda total: total > bound),
            (f"less than {bound}", lambda total: total < bound),
        ))  # fmt: skip
        return self.sums(rng, sides, event, holds)

    def level_4(self, rng: Random) -> Draft:
        """The sum of three dice, a value or a multiple."""
        sides = [rng.choice((4, 6, 8)) for _ in range(3)]
        target, divisor = rng.randint(5, sum(sides) - 2), rng.randint(3, 7)
        if rng.random() < 0.6:
            return self.sums(rng, sides, f"exactly {target}", lambda total: total == target)
        return self.sums(rng, sides, f"a multiple of {divisor}", lambda total: total % divisor == 0)

    def level_5(self, rng: Random) -> Draft:
        """Both the largest and the smallest of three or four like dice."""
        n, sides = rng.choice(((3, 6), (3, 8), (3, 10), (3, 12), (4, 6), (4, 8), (4, 10)))
        low, high = sorted(rng.sample(range(1, sides + 1), 2))
        span = high - low
        event, number, holds = rng.choice((
            (
                f"the largest number rolled is {high} and the smallest is {low}",
                (span + 1) ** n - 2 * span**n + (span - 1) ** n,
                lambda roll: max(roll) == high and min(roll) == low,
            ),
            (
                f"the largest number rolled is {high} and no number is below {low}",
                (span + 1) ** n - span**n,
                lambda roll: max(roll) == high and min(roll) >= low,
            ),
            (
                f"the smallest number rolled is {low} and no number is above {high}",
                (span + 1) ** n - span**n,
                lambda roll: min(roll) == low and max(roll) <= high,
            ),
        ))  # fmt: skip
        second = sum(map(holds, product(range(1, sides + 1), repeat=n)))
        total = sides**n
        return self.asked(rng, [sides] * n, event, Fraction(number, total), Fraction(second, total))

    def sums(
        self, rng: Random, sides: Sequence[int], event: str, holds: Callable[[int], bool]
    ) -> Draft:
        """Ask for the chance of an event about the sum."""
        ways = [1]
        for size in sides:
            ways = [sum(ways[max(0, at - size + 1) : at + 1]) for at in range(len(ways) + size - 1)]
        number = sum(n for at, n in enumerate(ways) if holds(at + len(sides)))
        rolls = product(*(range(1, size + 1) for size in sides))
        second = sum(holds(sum(roll)) for roll in rolls)
        total = prod(sides)
        event = f"the sum of the numbers rolled is {event}"
        return self.asked(rng, sides, event, Fraction(number, total), Fraction(second, total))

    def asked(
        self, rng: Random, sides: Sequence[int], event: str, answer: Fraction, second: Fraction
    ) -> Draft:
        """Describe the dice and ask for the chance."""
        number = in_words(len(sides)).capitalize()
        if len(set(sides)) == 1:
            dice = "A fair die" if len(sides) == 1 else f"{number} fair dice"
            verb, each = ("is", "") if len(sides) == 1 else ("are", " each")
            roll = (
                f"{dice} with {sides[0]} sides{each}, numbered from 1 to {sides[0]}, {verb} rolled."
            )
        else:
            roll = (
                f"{number} fair dice with {listed([str(n) for n in sides])} sides are rolled; the "
                "sides of each are numbered from 1 up."
            )
        return Draft(f"{roll} {ask(rng, event, PROBABILITY)}", answer, second)


class Urn(MathFamily):
    """Drawing from an urn; by counting or multiplying, and again draw by draw."""

    name = "probability.urn"
    card = generated(0.18)
    methods = "products of binomial coefficients against enumeration of all draws"
    lazy = ("\\frac{1}{2}", "\\frac{1}{3}", "\\frac{1}{4}")

    def draw(self, rng: Random, level: int) -> Draft:
        """Draw one, two with and without return, three, and three to five in three colours."""
        n_colours = 3 if level == 5 else 2
        colours = rng.sample(COLOURS, n_colours)
        noun, place = rng.choice(URNS)
        sizes = [rng.randint(3, 9 if level < 5 else 6) for _ in colours]
        n_draws = (1, 2, 2, 3, rng.randint(3, 5))[level - 1]
        things = [colour for colour, n in enumerate(sizes) for _ in range(n)]
        contents = listed(
            [count(n, f"{colour} {noun}") for n, colour in zip(sizes, colours, strict=True)]
        )
        verb = "is" if n_draws == 1 else "are"
        how = (
            "", ", one after the other, the first being put back before the second is drawn",
            " without being put back", " at the same time", " at the same time",
        )[level - 1]  # fmt: skip
        drawn = noun if n_draws == 1 else plural(noun)
        setting = (
            f"A {place} holds {contents}. {in_words(n_draws).capitalize()} {drawn} {verb} drawn at "
            f"random{how}."
        )
        asked, holds, favourable = self.event(rng, level, colours, sizes, n_draws, noun)
        if level == 2:
            draws, total = list(product(things, repeat=2)), len(things) ** 2
        else:
            draws, total = list(combinations(things, n_draws)), comb(len(things), n_draws)
        second = Fraction(sum(map(holds, draws)), len(draws))
        prompt = f"{setting} {ask(rng, asked, PROBABILITY)}"
        return Draft(prompt, Fraction(favourable, total), second)

    def event(
        self,
        rng: Random,
        level: int,
        colours: Sequence[str],
        sizes: list[int],
        n_draws: int,
        noun: str,
    ) -> tuple[str, Callable[[Sequence[int]], bool], int]:
        """What is asked, whether a draw (of numbers of colours) fulfils it, how many draws do."""
        first, others = sizes[0], sum(sizes[1:])
        if level == 1:
            return f"it is {colours[0]}", lambda drawn: drawn[0] == 0, first
        if level <= 3:
            if rng.random() < 0.5:
                ways = first**2 if level == 2 else comb(first, 2)
                return f"both are {colours[0]}", lambda drawn: not any(drawn), ways
            ways = 2 * first * others if level == 2 else first * others
            return "they have different colours", lambda drawn: len(set(drawn)) == 2, ways
        if level == 4:
            ways = comb(first + others, 3) - comb(others, 3)
            return f"at least one of them is {colours[0]}", lambda drawn: 0 in drawn, ways
        split = until(
            lambda: [rng.randint(0, 3) for _ in sizes],
            lambda s: sum(s) == n_draws and all(k <= n for k, n in zip(s, sizes, strict=True)),
        )
        shown = listed([f"{k} {colour}" for k, colour in zip(split, colours, strict=True)])
        ways = prod(comb(n, k) for n, k in zip(sizes, split, strict=True))
        return (
            f"exactly {shown} {plural(noun)} are drawn",
            lambda drawn: [drawn.count(colour) for colour in range(3)] == split,
            ways,
        )


class Trials(MathFamily):
    """Repeated trials; by the binomial formula and again trial by trial."""

    name = "probability.trials"
    card = generated(0.17)
    methods = "binomial formula against a recurrence over the trials"
    lazy = ("\\frac{1}{2}", "\\frac{1}{4}", "\\frac{3}{8}")
    small_levels = (1, 2, 3)

    def level_1(self, rng: Random) -> Draft:
        """Success every time."""
        sectors, n = rng.randint(2, 12), rng.randint(1, 3)
        colour = rng.choice(COLOURS)
        times = ("once", "twice", "three times")[n - 1]
        event = f"it stops on {colour}" + (" every time" if n > 1 else "")
        setting = (
            f"A spinner has {sectors} equal sectors, one of them {colour}. It is spun {times}."
        )
        return self.trials(rng, setting, event, Fraction(1, sectors), n, [n])

    def level_2(self, rng: Random) -> Draft:
        """Exactly so many heads."""
        n = rng.randint(2, 9)
        k = rng.randint(1, n)
        side = rng.choice(("heads", "tails"))
        event = f"it shows {side} exactly {times(k)}"
        return self.trials(rng, f"A fair coin is tossed {n} times.", event, Fraction(1, 2), n, [k])

    def level_3(self, rng: Random) -> Draft:
        """At least, or at most, so many heads."""
        n = rng.randint(4, 12)
        k = rng.randint(1, n - 1)
        side, most = rng.choice(("heads", "tails")), rng.random() < 0.5
        event = f"it shows {side} at {'most' if most else 'least'} {times(k)}"
        counted = range(k + 1) if most else range(k, n + 1)
        return self.trials(
            rng, f"A fair coin is tossed {n} times.", event, Fraction(1, 2), n, counted
        )

    def level_4(self, rng: Random) -> Draft:
        """Exactly so many successes, which are not as likely as failures."""
        n, chance = rng.randint(3, 7), proper_fraction(rng, 7)
        k, name = rng.randint(1, n - 1), rng.choice(NAMES)
        setting = (
            f"{name} hits a target with probability ${tex(chance)}$ at each shot, independently of "
            f"the other shots, and shoots {n} times."
        )
        event = f"{name} hits exactly {times(k)}"
        return self.trials(rng, setting, event, chance, n, [k])

    def level_5(self, rng: Random) -> Draft:
        """Winning a series that one player may already lead."""
        target, chance = rng.randint(3, 5), proper_fraction(rng, 6)
        won, lost = rng.randint(0, target - 2), rng.randint(0, target - 2)
        first, second = rng.sample(NAMES, 2)
        lead = (
            f" So far {first} has won {count(won, 'game')} and {second} {lost}."
            if won + lost
            else ""
        )
        setting = (
            f"{first} and {second} play games until one of them has won {target}. In each game "
            f"{first} wins with probability ${tex(chance)}$, independently of the other games, and "
            f"there are no draws.{lead}"
        )
        needed, left = target - won, target - lost
        answer = sum(
            comb(needed - 1 + k, k) * chance**needed * (1 - chance) ** k for k in range(left)
        )
        # Were the games played to the end, the winner would have won `needed` of them or more.
        total = needed + left - 1
        counts = win_counts(chance, total)
        prompt = f"{setting} {ask(rng, f'{first} wins', PROBABILITY)}"
        return Draft(prompt, answer, sum(counts[needed:]))

    def trials(
        self,
        rng: Random,
        setting: str,
        event: str,
        chance: Fraction,
        n: int,
        counted: Sequence[int],
    ) -> Draft:
        """Ask for the chance that the number of successes in `n` trials is one of `counted`."""
        answer = sum(comb(n, k) * chance**k * (1 - chance) ** (n - k) for k in counted)
        second = sum(win_counts(chance, n)[k] for k in counted)
        return Draft(f"{setting} {ask(rng, event, PROBABILITY)}", answer, second)


URNS = (("ball", "bag"), ("bead", "bowl"), ("sock", "drawer"), ("pen", "box"), ("card", "deck"),
        ("marble", "jar"))  # fmt: skip


def win_counts(chance: Fraction, n: int) -> list[Fraction]:
    """The chances of 0 ... n successes in `n` trials, one trial after another."""
    chances = [Fraction(1)]
    for _ in range(n):
        failed = [*(p * (1 - chance) for p in chances), Fraction(0)]
        succeeded = [Fraction(0), *(p * chance for p in chances)]
        chances = [a + b for a, b in zip(failed, succeeded, strict=True)]
    return chances
