"""Reckoning with whole numbers, fractions and percentages.

    Sum().generate(rng, 1)          Work out 3 + 4.                                   7
    Division().generate(rng, 3)     ... the ordered pair (quotient, remainder).       (41, 5)
    Fractions().generate(rng, 2)    What is $\\frac{1}{2} - \\frac{1}{6}$? ...        \\frac{1}{3}

Each answer is reckoned twice, the second time as one would on paper or by another rule.
"""

from fractions import Fraction
from math import gcd, log
from random import Random
from typing import Any

from gen.domains.draws import nonzero, proper_fraction, until, with_digits
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.expressions import DIVIDED, TIMES, Tree, grow, operators, parsed, text, value
from gen.domains.math.notation import pair, power, tex
from gen.domains.math.wording import GOODS, ask, in_lowest_terms, in_words


class Sum(MathFamily):
    """Adding, from level 4 on with signs; by `sum` and again by columns with carries."""

    name = "arithmetic.sum"
    card = generated(0.12)
    methods = "sum against column addition with carries"
    lazy = ("0", "10", "100")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Add 2, 2, 3, 4 or 6 terms of 1, 2, 3, 4 or 6 digits."""
        n_terms, digits = ((2, 1), (2, 2), (3, 3), (4, 4), (6, 6))[level - 1]
        terms = [with_digits(rng, digits) for _ in range(n_terms)]
        if level >= 4:
            terms = [term * rng.choice((-1, 1)) for term in terms]
        shown = tex(terms[0]) + "".join(f" {'-' if t < 0 else '+'} {abs(t)}" for t in terms[1:])
        second = column_sum([t for t in terms if t > 0]) - column_sum([-t for t in terms if t < 0])
        return Draft(ask(rng, shown), sum(terms), second)


class Product(MathFamily):
    """Multiplying; by `*` and again by doubling and halving."""

    name = "arithmetic.product"
    card = generated(0.1)
    methods = "product against doubling and halving"
    lazy = ("12", "1", "100")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Multiply factors of 1 by 1, 2 by 1, 2 by 2, 3 by 3, and 3 by 3 by 2 digits."""
        sizes = ((1, 1), (2, 1), (2, 2), (3, 3), (3, 3, 2))[level - 1]
        factors = [with_digits(rng, digits) for digits in sizes]
        answer, second = 1, 1
        for factor in factors:
            answer, second = answer * factor, doubling_product(second, factor)
        shown = f" {TIMES} ".join(map(str, factors))
        return Draft(ask(rng, f"${shown}$"), answer, second)


class Division(MathFamily):
    """Dividing, from level 3 on with remainder; built from the quotient, redone digit by digit."""

    name = "arithmetic.division"
    card = generated(0.15)
    methods = "construction from the quotient against long division"
    lazy = ("2", "5", "10")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Divide by a number of 1, 1, 1, 2 or 3 digits."""
        divisor_digits, quotient_digits = ((1, 1), (1, 2), (1, 3), (2, 3), (3, 5))[level - 1]
        divisor = until(lambda: with_digits(rng, divisor_digits), lambda d: d > 1)
        quotient = with_digits(rng, quotient_digits)
        remainder = rng.randrange(divisor) if level >= 3 else 0
        dividend = divisor * quotient + remainder
        second = long_division(dividend, divisor)
        if level <= 2:
            shown = f"${dividend} {DIVIDED} {divisor}$"
            return Draft(
                ask(rng, f"half of {dividend}" if divisor == 2 else shown), quotient, second[0]
            )
        phrasings = (
            "Divide {} with a remainder.",
            "Carry out the division with remainder of {}.",
            "Find the quotient and the remainder of the integer division of {}.",
        )
        form = "Answer with the ordered pair (quotient, remainder)."
        prompt = f"{ask(rng, f'{dividend} by {divisor}', phrasings)} {form}"
        return Draft(prompt, pair(quotient, remainder), pair(*second))


class Expression(MathFamily):
    """The order of operations; by walking the tree and again by parsing the printed text."""

    name = "arithmetic.expression"
    card = generated(0.12)
    methods = "value of the expression tree against sympy's parser on the printed text"
    lazy = ("0", "1", "10")

    def draw(self, rng: Random, level: int) -> Draft:
        """Join 3, 3, 4, 6 or 9 numbers by more and more operators."""
        n_numbers, limit = ((3, 30), (3, 200), (4, 500), (6, 2000), (9, 9999))[level - 1]
        allowed = ("+", "-", TIMES, DIVIDED, "^")[: (2, 3, 4, 5, 5)[level - 1]]
        needed = (set(), {TIMES}, {TIMES}, {"^"}, {TIMES, DIVIDED, "^"})[level - 1]

        def leaf() -> int:
            return nonzero(rng, 12) if level >= 4 else rng.randint(1, 9 if level == 1 else 20)

        tree = until(
            lambda: grow(rng, n_numbers, allowed, leaf),
            lambda t: (
                needed <= operators(t)
                and (-limit if level >= 3 else 0) <= value(t) <= limit
                and (level > 1 or "(" not in text(t))
            ),
        )
        shown = text(tree)
        return Draft(ask(rng, f"${shown}$"), value(tree), parsed(shown))


class Fractions(MathFamily):
    """Sums, products and quotients of fractions; by exact fractions and again by parsing."""

    name = "arithmetic.fractions"
    card = generated(0.06)
    methods = "fraction arithmetic against sympy's parser on the printed text"
    lazy = ("1", "\\frac{1}{2}", "\\frac{1}{3}")

    def draw(self, rng: Random, level: int) -> Draft:
        """Combine two like, then two, three, four and five unlike fractions."""
        if level == 1:
            denominator = rng.randint(4, 60)
            less, more = sorted(rng.sample(range(1, denominator), 2))
            sign = rng.choice((1, -1))
            answer = Fraction(more + sign * less, denominator)
            shown = (
                f"\\frac{{{more}}}{{{denominator}}} {'+' if sign > 0 else '-'} "
                f"\\frac{{{less}}}{{{denominator}}}"
            )
        else:
            tree = until(lambda: self.tree(rng, level), is_defined)
            answer, shown = value(tree), text(tree)
        return Draft(in_lowest_terms(rng, ask(rng, f"${shown}$")), answer, parsed(shown))

    def tree(self, rng: Random, level: int) -> Tree:
        """Draw an expression of the shape that the level asks for."""
        a, b, c, d, e = (proper_fraction(rng, 12) for _ in range(5))
        first, second, third = (rng.choice("+-") for _ in range(3))
        if level == 2:
            return (first, a, b)
        if level == 3:
            return (second, (first, a, b), c)
        if level == 4:
            return (second, (rng.choice((TIMES, DIVIDED)), (first, a, b), c), d)
        return (third, (DIVIDED, (first, a, b), (second, c, d)), e)


class Percentage(MathFamily):
    """Parts, changes and chains of changes; forwards and again by solving the proportion."""

    name = "arithmetic.percentage"
    card = generated(0.06)
    methods = "exact fractions against sympy.solve on the defining proportion"
    lazy = ("10", "50", "100")

    def level_1(self, rng: Random) -> Draft:
        """Take 10, 20, 25 or 50 per cent of a number."""
        return self.part(rng, rng.choice((10, 20, 25, 50)), 199)

    def level_2(self, rng: Random) -> Draft:
        """Take any whole number of per cent of a number."""
        return self.part(rng, rng.randint(3, 97), 40)

    def level_3(self, rng: Random) -> Draft:
        """Change a price once."""
        rate, before, item = self.price(rng)
        prompt = (
            f"The price of a {item} was {before} dollars. It is then {changed(rate)}. "
            "What is the new price in dollars?"
        )
        answer = before + Fraction(rate, 100) * before
        return Draft(prompt, answer, proportion(100, before, 100 + rate))

    def level_4(self, rng: Random) -> Draft:
        """Find the price before a change."""
        rate, before, item = self.price(rng)
        after = before * (100 + rate) // 100
        prompt = (
            f"The price of a {item} is {changed(rate)}, and now it is {after} dollars. "
            "What was the price in dollars before the change?"
        )
        return Draft(prompt, before, proportion(100 + rate, after, 100))

    def level_5(self, rng: Random) -> Draft:
        """Find the single change that undoes three changes."""
        rates = rng.sample([rate for rate in range(-60, 101, 5) if rate], 3)
        factor = Fraction(1)
        for rate in rates:
            factor *= Fraction(100 + rate, 100)
        prompt = (
            f"A quantity is {changed(rates[0])}, then {changed(rates[1])}, and finally "
            f"{changed(rates[2])}. By how many per cent must the result now be changed to get back "
            "to the original quantity? Write a rise as a positive number and a cut as a negative "
            "one."
        )
        return Draft(
            in_lowest_terms(rng, prompt), 100 / factor - 100, proportion(factor, 1 - factor, 100)
        )

    def part(self, rng: Random, rate: int, limit: int) -> Draft:
        """Ask for so many per cent of a number that makes them come out whole."""
        whole = 100 // gcd(rate, 100) * rng.randint(1, limit)
        return Draft(
            ask(rng, f"{rate}% of {whole}"), rate * whole // 100, proportion(100, whole, rate)
        )

    def price(self, rng: Random) -> tuple[int, int, str]:
        """A change in per cent, the price before it, and the thing that is priced."""
        rate = rng.choice((-1, 1)) * rng.randrange(5, 80, 5)
        return rate, 20 * rng.randint(2, 60), rng.choice(GOODS)


class Largest(MathFamily):
    """Comparing numbers; exactly and again by decimals or logarithms."""

    name = "arithmetic.largest"
    card = generated(
        0.34, "at levels 1 and 2 one of the listed numbers, named at random, is right 1 in 3 or 5"
    )
    methods = "exact comparison against comparison of decimals or logarithms"
    lazy = ("30", "0.9", "(1, 2, 3, 4)", "(1, 2, 3, 4, 5)")

    def level_1(self, rng: Random) -> Draft:
        """Find the largest of three small numbers."""
        return self.largest(rng, rng.sample(range(1, 31), 3))

    def level_2(self, rng: Random) -> Draft:
        """Find the largest of five integers, negative ones among them."""
        return self.largest(rng, rng.sample(range(-999, 100), 5))

    def level_3(self, rng: Random) -> Draft:
        """Find the spread of four decimals of different lengths."""
        whole = rng.randint(0, 9)
        places = [rng.choice((1, 2, 3)) for _ in range(4)]
        decimals = [f"{whole}.{rng.randint(1, 10**n - 1):0{n}d}" for n in places]
        exact, rounded = [Fraction(d) for d in decimals], [float(d) for d in decimals]
        phrasings = (
            "What is the difference between the largest and the smallest of {}?",
            "By how much does the largest of the numbers {} exceed the smallest?",
            "Take the smallest of {} from the largest. What remains?",
        )
        prompt = f"{ask(rng, ', '.join(decimals), phrasings)} Answer with a decimal."
        second = round(1000 * (max(rounded) - min(rounded)))
        answer = max(exact) - min(exact)
        return Draft(prompt, f"{float(answer):.3f}", f"{second / 1000:.3f}")

    def level_4(self, rng: Random) -> Draft:
        """Put four fractions in order."""
        fractions = rng.sample(CLOSE_FRACTIONS, 4)
        return self.ordered(
            rng, [tex(f) for f in fractions], fractions, [float(f) for f in fractions]
        )

    def level_5(self, rng: Random) -> Draft:
        """Put five powers of about the same size in order."""
        size = rng.uniform(12, 60)
        bases = rng.sample((2, 3, 5, 6, 7, 10, 11, 12, 13, 14, 15), 5)
        exponents = [max(2, round(size / log(base)) + rng.choice((-1, 0, 1))) for base in bases]
        shown = [power(str(base), n) for base, n in zip(bases, exponents, strict=True)]
        exact = [base**n for base, n in zip(bases, exponents, strict=True)]
        rounded = [n * log(base) for base, n in zip(bases, exponents, strict=True)]
        return self.ordered(rng, shown, exact, rounded)

    def largest(self, rng: Random, numbers: list[int]) -> Draft:
        """Ask which number is the largest; again by their differences from it."""
        phrasings = (
            "Which of these numbers is the largest: {}?",
            "Which of these numbers is the greatest: {}?",
            "Find the largest of the numbers {}.",
            "What is the greatest of the numbers {}?",
        )
        second = next(n for n in numbers if all(n - other >= 0 for other in numbers))
        return Draft(ask(rng, ", ".join(map(str, numbers)), phrasings), max(numbers), second)

    def ordered(self, rng: Random, shown: list[str], exact: list, rounded: list[float]) -> Draft:
        """Ask for the places of the numbers in increasing order."""
        places = range(len(shown))
        listing = "; ".join(f"{place + 1}. ${shown[place]}$" for place in places)
        phrasings = (
            "Order these numbers from the smallest to the largest: {}.",
            "Sort the following numbers in increasing order: {}.",
            "Put these numbers in order, the smallest first: {}.",
        )
        form = (
            f"Answer with the list of their {in_words(len(shown))} labels in that order, "
            "written like (2, 1, 3)."
        )
        answer, second = (
            pair(*(place + 1 for place in sorted(places, key=sizes.__getitem__)))
            for sizes in (exact, rounded)
        )
        return Draft(f"{ask(rng, listing, phrasings)} {form}", answer, second)


CLOSE_FRACTIONS = sorted(
    {Fraction(p, q) for q in range(3, 20) for p in range(1, q) if 0.4 < p / q < 0.75}
)


def column_sum(terms: list[int]) -> int:
    """Add non-negative integers as one does on paper, column by column."""
    total, carry, column = 0, 0, 0
    while carry or any(term >= 10**column for term in terms):
        carry += sum(term // 10**column % 10 for term in terms)
        total += carry % 10 * 10**column
        carry, column = carry // 10, column + 1
    return total


def doubling_product(a: int, b: int) -> int:
    """Multiply non-negative integers by doubling one and halving the other."""
    total = 0
    while b:
        total += a if b % 2 else 0
        a, b = 2 * a, b // 2
    return total


def long_division(dividend: int, divisor: int) -> tuple[int, int]:
    """Divide as one does on paper, bringing down a digit at a time."""
    quotient, remainder = 0, 0
    for digit in map(int, str(dividend)):
        remainder, times = 10 * remainder + digit, 0
        while remainder >= divisor:
            remainder, times = remainder - divisor, times + 1
        quotient = 10 * quotient + times
    return quotient, remainder


def proportion(a: int | Fraction, b: int | Fraction, c: int | Fraction) -> Any:
    """Solve a : b = c : x."""
    from sympy import Rational

    from gen.domains.math.equations import X, solution_of

    return solution_of(Rational(str(a)) * X - Rational(str(b)) * Rational(str(c)))


def changed(rate: int) -> str:
    """Say a change in per cent."""
    return f"raised by {rate}%" if rate > 0 else f"cut by {-rate}%"


def is_defined(tree: Tree) -> bool:
    """Whether an expression nowhere divides by zero, and is not zero itself."""
    try:
        return value(tree) != 0
    except ZeroDivisionError:
        return False
