"""Finite sums and convergent series.

    PartialSum().generate(rng, 1)    What is the sum of the integers from 3 to 7?          25
    InfiniteSum().generate(rng, 4)   What is $\\sum_{n=0}^{\\infty} (3n + 1) (\\frac{1}{2})^n$?   8

They belong to the sequences, and their families are named so.
"""

from fractions import Fraction
from random import Random

from sympy import Rational, diff

from gen.domains.draws import nonzero, proper_fraction, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X, solution_of
from gen.domains.math.notation import combination, polynomial
from gen.domains.math.wording import ask, in_lowest_terms


class PartialSum(MathFamily):
    """Finite sums; by closed form and again term by term."""

    name = "sequences.partial_sum"
    card = generated(0.06)
    methods = "closed form against addition term by term"
    lazy = ("15", "55", "0", "100")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """Consecutive numbers."""
        low = rng.randint(1, 20)
        high = low + rng.randint(2, 6)
        phrasings = (
            f"What is the sum of the integers from {low} to {high}?",
            f"Add up all integers from {low} to {high}.",
            f"Compute {' + '.join(map(str, range(low, high + 1)))}.",
        )
        answer = (low + high) * (high - low + 1) // 2
        return Draft(rng.choice(phrasings), answer, sum(range(low, high + 1)))

    def level_2(self, rng: Random) -> Draft:
        """An arithmetic series."""
        first, step, n = until(
            lambda: (rng.randint(-20, 30), nonzero(rng, 9), rng.randint(10, 60)),
            lambda v: 0 not in (v[0], v[0] + v[1], v[0] + 2 * v[1]),
        )
        last = first + (n - 1) * step
        shown = f"${combination([first, first + step, first + 2 * step], [''] * 3)} + \\dots "
        shown += f"{'+' if last >= 0 else '-'} {abs(last)}$"
        prompt = f"The terms of the sum {shown} form an arithmetic sequence. {ask(rng, 'the sum')}"
        return Draft(
            prompt, n * (first + last) // 2, sum(range(first, last + (1 if step > 0 else -1), step))
        )

    def level_3(self, rng: Random) -> Draft:
        """A geometric series."""
        first, ratio, n = rng.randint(1, 9), rng.choice((-3, -2, 2, 3, 4)), rng.randint(5, 10)
        answer = first * (ratio**n - 1) // (ratio - 1)
        terms = [first * ratio**k for k in range(n)]
        factor = "" if first == 1 else f"{first} \\cdot "
        base = f"({ratio})" if ratio < 0 else str(ratio)
        return self.sigma(rng, f"{factor}{base}^k", 0, n - 1, answer, sum(terms))

    def level_4(self, rng: Random) -> Draft:
        """The sum of a cubic polynomial."""
        a, b, c = rng.randint(0, 2), nonzero(rng, 6), rng.randint(-9, 9)
        n = rng.randint(10, 40)
        squares, numbers = n * (n + 1) * (2 * n + 1) // 6, n * (n + 1) // 2
        answer = a * numbers**2 + b * squares + c * numbers
        second = sum(a * k**3 + b * k**2 + c * k for k in range(1, n + 1))
        return self.sigma(rng, f"({polynomial([a, b, c, 0], 'k')})", 1, n, answer, second)

    def level_5(self, rng: Random) -> Draft:
        """An arithmetic times a geometric sequence."""
        a, b = nonzero(rng, 5), nonzero(rng, 9)
        ratio, n = rng.choice((-3, -2, 2, 3)), rng.randint(6, 12)
        # sum of r^k, and sum of k r^k, for k = 0 ... n
        plain = Fraction(ratio ** (n + 1) - 1, ratio - 1)
        top = n * ratio ** (n + 2) - (n + 1) * ratio ** (n + 1) + ratio
        weighted = Fraction(top, (ratio - 1) ** 2)
        second = sum((a * k + b) * ratio**k for k in range(n + 1))
        base = f"({ratio})" if ratio < 0 else str(ratio)
        shown = f"({polynomial([a, b], 'k')}) \\cdot {base}^k"
        return self.sigma(rng, shown, 0, n, a * weighted + b * plain, second)

    def sigma(
        self, rng: Random, shown: str, low: int, high: int, answer: object, second: int
    ) -> Draft:
        """Ask for a sum over k."""
        return Draft(ask(rng, f"$\\sum_{{k={low}}}^{{{high}}} {shown}$"), answer, second)


class InfiniteSum(MathFamily):
    """Convergent series; by closed form and again by solving for the sum or differentiating."""

    name = "sequences.infinite_sum"
    card = generated(0.08)
    methods = "closed form against the equation of the shifted series or derivatives of 1 / (1 - x)"
    lazy = ("1", "2", "\\frac{1}{2}")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """A geometric series with the ratio 1/n."""
        n = rng.randint(2, 6)
        first = n**2 * (n - 1) * rng.randint(1, 12)
        return self.geometric(rng, Fraction(first), Fraction(1, n))

    def level_2(self, rng: Random) -> Draft:
        """A geometric series with any ratio."""
        ratio = until(lambda: proper_fraction(rng, 9), lambda r: r.numerator > 1)
        ratio *= rng.choice((-1, 1))
        return self.geometric(rng, Fraction(rng.randint(1, 30)), ratio)

    def level_3(self, rng: Random) -> Draft:
        """A telescoping series."""
        a, gap, k = rng.randint(0, 6), rng.randint(2, 5), rng.randint(1, 12)
        left, right = (polynomial([1, shift], "n") for shift in (a, a + gap))
        left = left if a == 0 else f"({left})"
        # With b = a + gap, 1 / ((n + a)(n + b)) is (1 / (n + a) - 1 / (n + b)) / gap.
        answer = Fraction(k, gap) * sum(Fraction(1, a + n) for n in range(1, gap + 1))
        # The first terms added up, and only the rest telescoped.
        size = 60
        partial = sum(Fraction(k, (n + a) * (n + a + gap)) for n in range(1, size + 1))
        rest = Fraction(k, gap) * sum(Fraction(1, a + size + n) for n in range(1, gap + 1))
        return self.sigma(rng, 1, f"\\frac{{{k}}}{{{left}({right})}}", answer, partial + rest)

    def level_4(self, rng: Random) -> Draft:
        """n times a power."""
        return self.weighted(rng, [0, nonzero(rng, 9), rng.randint(-9, 9)])

    def level_5(self, rng: Random) -> Draft:
        """A quadratic polynomial times a power."""
        return self.weighted(rng, [nonzero(rng, 4), rng.randint(-6, 6), rng.randint(-6, 6)])

    def geometric(self, rng: Random, first: Fraction, ratio: Fraction) -> Draft:
        """Ask for a geometric series by its first terms."""
        shown = combination([first * ratio**k for k in range(3)], [""] * 3)
        sign = "+" if ratio > 0 else "-"
        phrasings = (
            "Find the sum of the geometric series ${}$.",
            "What is the sum of the infinite geometric series ${}$?",
            "The geometric series ${}$ goes on for ever. What is its sum?",
        )
        second = solution_of(Rational(str(first)) + Rational(str(ratio)) * X - X)
        prompt, answer = ask(rng, f"{shown} {sign} \\dots", phrasings), first / (1 - ratio)
        if ratio.numerator != 1:
            prompt = in_lowest_terms(rng, prompt)
        return Draft(prompt, answer, second)

    def weighted(self, rng: Random, coefficients: list[int]) -> Draft:
        """Ask for the sum of a polynomial in n times a power."""
        a, b, c = coefficients
        ratio = proper_fraction(rng, 6) * rng.choice((-1, 1, 1))
        rest = 1 - ratio
        answer = a * ratio * (1 + ratio) / rest**3 + b * ratio / rest**2 + c / rest
        series = 1 / (1 - X)
        once = X * diff(series, X)
        twice = X * diff(once, X)
        second = (a * twice + b * once + c * series).subs(X, Rational(str(ratio)))
        base = f"(\\frac{{{ratio.numerator}}}{{{ratio.denominator}}})"
        if ratio < 0:
            base = f"(-\\frac{{{-ratio.numerator}}}{{{ratio.denominator}}})"
        return self.sigma(rng, 0, f"({polynomial(coefficients, 'n')}) {base}^n", answer, second)

    def sigma(self, rng: Random, low: int, shown: str, answer: Fraction, second: object) -> Draft:
        """Ask for a series in n."""
        prompt = ask(rng, f"$\\sum_{{n={low}}}^{{\\infty}} {shown}$")
        return Draft(in_lowest_terms(rng, prompt), answer, second)
