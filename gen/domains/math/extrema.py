"""Largest and smallest values of functions.

    Extremum().generate(rng, 1)   What is the smallest value of $f(x) = x^2 - 4x + 9$?   5
    Extremum().generate(rng, 4)   ... largest value of $f(x) = ...$ for $0 \\le x \\le 7$?  31

They belong to calculus, and their family is named so.
"""

from fractions import Fraction
from random import Random
from typing import Any

from sympy import Poly, Rational, roots

from gen.domains.draws import nonzero
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X
from gen.domains.math.notation import combination, polynomial, power
from gen.domains.math.polynomials import horner
from gen.domains.math.wording import ask, in_lowest_terms


class Extremum(MathFamily):
    """Largest and smallest values; by completing squares or construction and again by sympy."""

    name = "calculus.extremum"
    card = generated(0.06)
    methods = "construction or the weighted mean inequality against critical points found by sympy"
    lazy = ("0", "1", "-1", "4")

    def level_1(self, rng: Random) -> Draft:
        """The smallest value of a monic quadratic."""
        h, least = rng.randint(-12, 12), rng.randint(-30, 30)
        return self.value(rng, "smallest", [1, -2 * h, h * h + least], "", least, min)

    def level_2(self, rng: Random) -> Draft:
        """The extreme value of a quadratic."""
        a, b, c = nonzero(rng, 6), nonzero(rng, 12), rng.randint(-12, 12)
        what, choose = ("smallest", min) if a > 0 else ("largest", max)
        return self.value(rng, what, [a, b, c], "", c - Fraction(b * b, 4 * a), choose)

    def level_3(self, rng: Random) -> Draft:
        """The value at a local extremum of a cubic."""
        p, q = sorted(rng.sample(range(-6, 7), 2))
        k, c = nonzero(rng, 2), rng.randint(-9, 9)
        cubic = [2 * k, -3 * k * (p + q), 6 * k * p * q, c]
        what = rng.choice(("local maximum", "local minimum"))
        highest = what == "local maximum"
        answer = horner(cubic, p if (k > 0) == highest else q)
        phrasings = (
            f"What is the value of $f(x) = {{}}$ at its {what}?",
            f"The function $f(x) = {{}}$ has one {what}. Find the value of $f$ there.",
        )
        second = (max if highest else min)(critical_values(cubic))
        return Draft(ask(rng, polynomial(cubic), phrasings), answer, second)

    def level_4(self, rng: Random) -> Draft:
        """The extreme value of a cubic on an interval, maybe at its end."""
        p, q = sorted(rng.sample(range(-5, 6), 2))
        k, c = nonzero(rng, 2), rng.randint(-9, 9)
        cubic = [2 * k, -3 * k * (p + q), 6 * k * p * q, c]
        low = rng.randint(-6, 4)
        high = low + rng.randint(2, 7)
        what, choose = rng.choice((("largest", max), ("smallest", min)))
        places = [low, high, *(at for at in (p, q) if low <= at <= high)]
        where = f" for ${low} \\le x \\le {high}$"
        answer = choose(horner(cubic, at) for at in places)
        inside: list[Any] = [v for at, v in critical_points(cubic) if low <= at <= high]
        ends: list[Any] = [Poly(cubic, X).eval(low), Poly(cubic, X).eval(high)]
        return Draft(self.question(rng, what, cubic, where), answer, choose([*inside, *ends]))

    def level_5(self, rng: Random) -> Draft:
        """The largest product of powers under a linear condition."""
        (a, b), (m, n) = (rng.randint(1, 6) for _ in "ab"), (rng.randint(1, 3) for _ in "mn")
        scale = rng.randint(1, 4)
        # The weighted means are equal where ax : by = m : n.
        x, y, total = m * b * scale, n * a * scale, a * b * (m + n) * scale
        condition = f"{combination([a, b], ['x', 'y'])} = {total}"
        shown = f"${power('x', m)} {power('y', n)}$"
        phrasings = (
            f"The positive numbers $x$ and $y$ satisfy ${condition}$. What is the largest possible "
            "value of {}?",
            f"Find the maximum of {{}} over all positive $x$ and $y$ with ${condition}$.",
            f"How large can {{}} become for positive $x$ and $y$ with ${condition}$?",
        )
        function = Poly(X**m * ((total - a * X) / Rational(b)) ** n, X)
        second = max(
            v for at, v in critical_points(function.all_coeffs()) if 0 < at < Rational(total, a)
        )
        return Draft(ask(rng, shown, phrasings), x**m * y**n, second)

    def value(
        self, rng: Random, what: str, coefficients: list[int], where: str, answer: Any, choose: Any
    ) -> Draft:
        """Ask for the extreme value of a quadratic."""
        prompt = self.question(rng, what, coefficients, where)
        if isinstance(answer, Fraction):
            prompt = in_lowest_terms(rng, prompt)
        return Draft(prompt, answer, choose(critical_values(coefficients)))

    def question(self, rng: Random, what: str, coefficients: list[int], where: str) -> str:
        """Put the question."""
        phrasings = (
            f"What is the {what} value of $f(x) = {{}}${where}?",
            f"Find the {what} value that $f(x) = {{}}$ takes{where}.",
            f"Let $f(x) = {{}}$. What is the {what} value of $f(x)${where}?",
        )
        return ask(rng, polynomial(coefficients), phrasings)


def critical_points(coefficients: list) -> list[tuple[Any, Any]]:
    """Where a polynomial's derivative is zero, and its values there."""
    function = Poly(coefficients, X)
    return [(at, function.eval(at)) for at in roots(function.diff(X))]


def critical_values(coefficients: list) -> list[Any]:
    """A polynomial's values where its derivative is zero."""
    return [value for _, value in critical_points(coefficients)]
