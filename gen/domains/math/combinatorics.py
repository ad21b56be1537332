"""Counting: arrangements, choices, paths, ways to share, inclusion and exclusion.

    Arrangements().generate(rng, 2)  In how many different orders can 3 of 5 ... mugs ...?   60
    Choices().generate(rng, 2)       In how many ways can 3 of 7 guests be chosen?           35
    Paths().generate(rng, 4)         A path goes from (0, 0) to (4, 3), ... avoid (2, 1)?     17

Formulas are checked against enumeration or the recurrences in `counting`.
"""

from collections.abc import Callable, Collection
from itertools import combinations, permutations, product
from math import comb, factorial, lcm, perm, prod
from random import Random

from gen.domains.draws import until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.counting import (
    alternating,
    bounded_shares,
    routes,
    shares,
    walks,
    words,
)
from gen.domains.math.notation import pair
from gen.domains.math.wording import GOODS, NAMES, ask, count, plural
from gen.domains.phrases import listed


class Arrangements(MathFamily):
    """Orders of things; by formula and again by enumeration."""

    name = "combinatorics.arrangements"
    card = generated(0.16)
    methods = "products and quotients of factorials against enumeration"
    lazy = ("12", "24", "120")
    small_levels = (2,)

    def level_1(self, rng: Random) -> Draft:
        """Outfits of one thing of each kind."""
        kinds = rng.sample(("shirt", "hat", "jacket", "scarf", "skirt", "belt"), 2)
        numbers = [rng.randint(2, 9) for _ in kinds]
        owned = listed([count(n, kind) for n, kind in zip(numbers, kinds, strict=True)])
        phrasings = (
            f"{{}} has {owned}. How many outfits of one {kinds[0]} and one {kinds[1]} are there?",
            f"In how many ways can {{}}, who has {owned}, pick one of each?",
            f"{{}} owns {owned}. In how many ways can one {kinds[0]} and one {kinds[1]} be chosen?",
        )
        second = sum(1 for _ in product(*map(range, numbers)))
        return Draft(ask(rng, rng.choice(NAMES), phrasings), prod(numbers), second)

    def level_2(self, rng: Random) -> Draft:
        """Orders of all or some of a few things."""
        n = rng.randint(4, 7)
        k = rng.randint(2, n - 1)
        noun = rng.choice(GOODS)
        phrasings = (
            f"In how many different orders can {k} of {{}} be put in a row?",
            f"There are {{}}. How many ordered rows of {k} of them are possible?",
            f"A shelf has {k} numbered places. How many ways are there to fill them from {{}}?",
        )
        second = sum(1 for _ in permutations(range(n), k))
        return Draft(ask(rng, f"{n} different {plural(noun)}", phrasings), perm(n, k), second)

    def level_3(self, rng: Random) -> Draft:
        """Words of letters that repeat."""
        counts = self.letters(rng, 6, 10)
        phrasings = (
            "How many different words, meaningful or not, use all of these letters: {}?",
            "In how many distinguishable orders can the letters {} be written in a row?",
            "How many different strings can be made by rearranging the letters {}?",
        )
        answer = factorial(sum(counts)) // prod(map(factorial, counts))
        return Draft(
            ask(rng, spelled(rng, counts), phrasings), answer, words(counts, alternate=False)
        )

    def level_4(self, rng: Random) -> Draft:
        """People in a row, two of whom stand together, or apart."""
        n, together = rng.randint(5, 9), rng.random() < 0.5
        first, second = rng.sample(NAMES, 2)
        condition = (
            f"{first} and {second} stand next to each other"
            if together
            else f"{first} and {second} do not stand next to each other"
        )
        phrasings = (
            f"{n} people, {first} and {second} among them, line up. In how many orders can they "
            "do so if {}?",
            f"A group of {n} people includes {first} and {second}. How many ways are there to put "
            "the group in a row so that {}?",
        )
        glued = 2 * factorial(n - 1)
        places = [(i, j) for i, j in permutations(range(n), 2) if (abs(i - j) == 1) == together]
        answer = glued if together else factorial(n) - glued
        return Draft(ask(rng, condition, phrasings), answer, len(places) * factorial(n - 2))

    def level_5(self, rng: Random) -> Draft:
        """Words of letters that repeat, the same letter never twice in a row."""
        counts = until(lambda: self.letters(rng, 6, 12), lambda c: 2 * max(c) <= sum(c) + 1)
        phrasings = (
            "How many different words, meaningful or not, use all of the letters {} without two "
            "equal letters next to each other?",
            "In how many distinguishable orders can the letters {} be written in a row so that no "
            "two neighbours are equal?",
        )
        return Draft(
            ask(rng, spelled(rng, counts), phrasings),
            alternating(counts),
            words(counts, alternate=True),
        )

    def letters(self, rng: Random, low: int, high: int) -> list[int]:
        """How often each of three or four letters occurs."""
        n_letters = rng.randint(3, 5)
        return until(
            lambda: [rng.randint(1, 4) for _ in range(n_letters)],
            lambda c: low <= sum(c) <= high and max(c) > 1,
        )


class Choices(MathFamily):
    """Choices of people; by binomial coefficients and again by enumeration."""

    name = "combinatorics.choices"
    card = generated(0.15)
    methods = "binomial coefficients against enumeration"
    lazy = ("10", "15", "6")
    small_levels = (1, 2)

    def level_1(self, rng: Random) -> Draft:
        """Pairs."""
        n = rng.randint(3, 14)
        phrasings = (
            f"{n} {{}} meet, and everybody shakes hands with everybody else once. How many "
            "handshakes is that?",
            f"How many different pairs can be formed from {n} {{}}?",
            f"{n} {{}} hold a tournament in which any two of them play one game. How many games "
            "are played?",
            f"In how many ways can 2 of {n} {{}} be chosen?",
        )
        second = sum(1 for _ in combinations(range(n), 2))
        return Draft(ask(rng, plural(rng.choice(GROUPS)), phrasings), comb(n, 2), second)

    def level_2(self, rng: Random) -> Draft:
        """Some of a group."""
        n = rng.randint(6, 13)
        k = rng.randint(3, n - 2)
        phrasings = (
            f"In how many ways can {k} of {n} {{}} be chosen?",
            f"How many different groups of {k} can be formed from {n} {{}}?",
            f"A team of {k} is picked from {n} {{}}. How many different teams are possible?",
        )
        second = sum(1 for _ in combinations(range(n), k))
        return Draft(ask(rng, plural(rng.choice(GROUPS)), phrasings), comb(n, k), second)

    def level_3(self, rng: Random) -> Draft:
        """So many of either kind."""
        (a, b), (i, j) = (
            (rng.randint(4, 10), rng.randint(4, 10)),
            (rng.randint(2, 3), rng.randint(2, 3)),
        )
        who = rng.choice(KINDS)
        condition = f"exactly {count(i, who[0])} and {count(j, who[1])}"
        answer = comb(a, i) * comb(b, j)
        return self.committee(
            rng, who, (a, b), i + j, condition, answer, lambda c: in_first(c, a) == i
        )

    def level_4(self, rng: Random) -> Draft:
        """At least so many of one kind."""
        a, b, size = rng.randint(4, 8), rng.randint(4, 8), rng.randint(4, 5)
        least, who = rng.randint(1, size - 2), rng.choice(KINDS)
        answer = sum(comb(a, i) * comb(b, size - i) for i in range(least, size + 1))
        condition = f"at least {count(least, who[0])}"
        return self.committee(
            rng, who, (a, b), size, condition, answer, lambda c: in_first(c, a) >= least
        )

    def level_5(self, rng: Random) -> Draft:
        """At least so many of either kind, and two people who will not serve together."""
        a, b, size = rng.randint(4, 8), rng.randint(4, 8), rng.randint(4, 5)
        who = rng.choice(KINDS)
        first, second = rng.sample(NAMES, 2)

        everybody = comb(a + b, size) - comb(a, size) - comb(b, size)
        both = comb(a + b - 2, size - 2) - comb(a - 2, size - 2)
        condition = (
            f"at least one {who[0]} and at least one {who[1]}, but not both {first} and {second}, "
            f"who are two of the {plural(who[0])}"
        )

        def holds(chosen: Collection[int]) -> bool:
            return 0 < in_first(chosen, a) < size and not {0, 1} <= set(chosen)

        return self.committee(rng, who, (a, b), size, condition, everybody - both, holds)

    def committee(
        self,
        rng: Random,
        who: tuple[str, str],
        sizes: tuple[int, int],
        size: int,
        condition: str,
        answer: int,
        holds: Callable[[Collection[int]], bool],
    ) -> Draft:
        """Ask for the committees that hold a condition; the first kind has the lowest numbers."""
        people = f"{count(sizes[0], who[0])} and {count(sizes[1], who[1])}"
        phrasings = (
            f"From {people}, a committee of {size} is chosen. How many such committees have {{}}?",
            f"A club of {people} elects a committee of {size}. In how many ways can that be done "
            "if the committee must have {}?",
            f"How many groups of {size} out of {people} have {{}}?",
        )
        second = sum(map(holds, combinations(range(sum(sizes)), size)))
        return Draft(ask(rng, condition, phrasings), answer, second)


class Paths(MathFamily):
    """Shortest paths on a grid; by binomial coefficients and again cell by cell."""

    name = "combinatorics.paths"
    card = generated(0.27, "small grids have few paths")
    methods = "binomial coefficients with inclusion and exclusion against a recurrence over cells"
    lazy = ("4", "6", "10", "20")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Small grids, larger ones, through a point, around one, and around two."""
        width, height = (
            rng.randint(*((1, 3), (3, 8), (4, 8), (4, 8), (5, 9))[level - 1]) for _ in "xy"
        )
        start, end, total = (0, 0), (width, height), comb(width + height, width)
        cells = list(product(range(width + 1), range(height + 1)))[1:-1]
        wall = sorted(rng.sample(cells, max(1, level - 3)))
        via = [routes((start, point, end)) for point in wall]
        around = walks(end, wall)
        # The grid is moved, so that not every path begins at the origin.
        move = rng.randint(0, 9), rng.randint(0, 9)
        (begin, goal, *shown) = (pair(x + move[0], y + move[1]) for x, y in (start, end, *wall))
        verb, answer, second = {
            1: ("are there", total, walks(end, ())),
            2: ("are there", total, walks(end, ())),
            3: (f"pass through {shown[0]}", via[0], walks(end, ()) - around),
            4: (f"avoid {shown[0]}", total - via[0], around),
            5: (
                f"avoid both {shown[0]} and {shown[-1]}",
                total - sum(via) + routes((start, *wall, end)),
                around,
            ),
        }[level]
        phrasings = (
            "A path goes {}, each step one unit to the right or one unit up. How many such paths "
            f"{verb}?",
            f"A robot on a grid walks {{}}, each step adding 1 to one of its two coordinates. How "
            f"many routes {verb}?",
            f"Consider the walks {{}} on a grid in steps of one unit to the right or one unit up. "
            f"How many of these walks {verb}?",
        )
        return Draft(ask(rng, f"from {begin} to {goal}", phrasings), answer, second)


class Sharing(MathFamily):
    """Sharing equal things; by stars and bars and again by a recurrence."""

    name = "combinatorics.sharing"
    card = generated(0.15)
    methods = "stars and bars with inclusion and exclusion against a recurrence over the children"
    lazy = ("10", "21", "6", "15")
    small_levels = (1, 2)

    def draw(self, rng: Random, level: int) -> Draft:
        """Two children, more, each at least some, each at most some, and bounds of their own."""
        n_children = (2, rng.randint(3, 5), rng.randint(3, 5), rng.randint(3, 4), 3)[level - 1]
        n = rng.randint(*((2, 20), (4, 15), (10, 30), (12, 40), (1, 1))[level - 1])
        least, most = [0] * n_children, [n] * n_children
        condition = "A child may get none."
        if level == 3:
            least = [rng.randint(1, 2)] * n_children
            condition = f"Each child must get at least {least[0]}."
        elif level == 4:
            most = [rng.randint(n // n_children + 2, n // 2 + 2)] * n_children
            condition = f"A child may get none, but at most {most[0]}."
        elif level == 5:
            least = [rng.randint(0, 3) for _ in range(n_children)]
            most = [low + rng.randint(6, 15) for low in least]
            n = rng.randint(sum(least) + 5, sum(most) - 5)
        answer, second = bounded_shares(n, least, most), shares(n, least, most)
        if level == 5:
            letters = ("x", "y", "z")
            bounds = listed(
                [
                    f"${low} \\le {letter} \\le {high}$"
                    for low, letter, high in zip(least, letters, most, strict=True)
                ]
            )
            phrasings = (
                f"How many triples $(x, y, z)$ of integers with {bounds} have the sum {{}}?",
                f"How many integer solutions does $x + y + z = {{}}$ have with {bounds}?",
                f"In how many ways can {{}} be written as $x + y + z$ with integers {bounds}?",
            )
            return Draft(ask(rng, str(n), phrasings), answer, second)
        thing = rng.choice(SMALL_THINGS)
        phrasings = (
            f"In how many ways can {{}} be shared among {n_children} children? {condition}",
            f"{{}} are given out to {n_children} children. {condition} How many ways are there?",
            f"How many ways are there to divide {{}} among {n_children} children? {condition}",
        )
        return Draft(ask(rng, f"{n} identical {plural(thing)}", phrasings), answer, second)


class Multiples(MathFamily):
    """Counting multiples; by inclusion and exclusion and again one by one."""

    name = "combinatorics.multiples"
    card = generated(0.15)
    methods = "inclusion and exclusion over least common multiples against a count one by one"
    lazy = ("5", "8", "10", "100")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """One divisor, one over a range, two, two but not a third, and exactly one of three."""
        limit = rng.randint(
            *((10, 40), (200, 900), (100, 999), (300, 2000), (500, 5000))[level - 1]
        )
        low = rng.randint(20, 150) if level == 2 else 1
        pool = range(2, 6) if level == 1 else range(3, 16)
        a, b, c = until(
            lambda: sorted(rng.sample(pool, 3)),
            lambda d: level == 1 or (d[1] % d[0] and d[2] % d[0] and d[2] % d[1]),
        )

        def multiples(*divisors: int) -> int:
            return limit // lcm(*divisors) - (low - 1) // lcm(*divisors)

        pairs = multiples(a, b) + multiples(a, c) + multiples(b, c)
        either = multiples(a) + multiples(b) - multiples(a, b)
        conditions = {
            "divisible by {a}": (multiples(a), lambda n: n % a == 0),
            "divisible by {a} or by {b} (or by both)": (either, lambda n: n % a == 0 or n % b == 0),
            "divisible by neither {a} nor {b}": (
                limit - low + 1 - either,
                lambda n: n % a and n % b,
            ),
            "divisible by {a} or by {b} (or by both), but not by {c}": (
                either - multiples(a, c) - multiples(b, c) + multiples(a, b, c),
                lambda n: (n % a == 0 or n % b == 0) and n % c,
            ),
            "divisible by exactly one of {a}, {b} and {c}": (
                multiples(a) + multiples(b) + multiples(c) - 2 * pairs + 3 * multiples(a, b, c),
                lambda n: [n % a, n % b, n % c].count(0) == 1,
            ),
            "divisible by at least two of {a}, {b} and {c}": (
                pairs - 2 * multiples(a, b, c),
                lambda n: [n % a, n % b, n % c].count(0) >= 2,
            ),
        }
        places = ((0, 0), (0, 0), (1, 2), (3, 3), (4, 5))[level - 1]
        condition = list(conditions)[rng.randint(*places)]
        answer, holds = conditions[condition]
        second = sum(1 for n in range(low, limit + 1) if holds(n))
        phrasings = (
            f"How many integers from {low} to {limit} are {{}}?",
            f"How many integers $n$ with ${low} \\le n \\le {limit}$ are {{}}?",
            f"Among the numbers from {low} to {limit}, both included, how many are {{}}?",
        )
        return Draft(ask(rng, condition.format(a=a, b=b, c=c), phrasings), answer, second)


SMALL_THINGS = ("sweet", "balloon", "sticker", "coin", "marble", "cherry", "nut", "shell",
                "pebble")  # fmt: skip
GROUPS = (
    "player",
    "student",
    "friend",
    "dancer",
    "pupil",
    "guest",
    "runner",
    "teacher",
    "neighbour",
)
KINDS = (("woman", "man"), ("teacher", "student"), ("doctor", "nurse"), ("singer", "dancer"),
         ("chemist", "biologist"), ("baker", "cook"))  # fmt: skip


def in_first(chosen: Collection[int], n: int) -> int:
    """How many of the chosen numbers are below `n`."""
    return sum(number < n for number in chosen)


def spelled(rng: Random, counts: list[int]) -> str:
    """List letters, each as often as its count says."""
    letters = sorted(rng.sample("ABCDEFGHKLMNPRST", len(counts)))
    return ", ".join(letter for letter, n in zip(letters, counts, strict=True) for _ in range(n))
