"""Derivatives, limits and integrals.

    Derivative().generate(rng, 1)   Differentiate $3x^2 + 5x$ with respect to $x$.   6x + 5
    Limit().generate(rng, 5)        ... $\\frac{e^{3x} - 1 - 3x}{x^2}$?               \\frac{9}{2}
    Integral().generate(rng, 1)     What is $\\int_{0}^{2} (6x + 1) \\, dx$? ...       14

Extrema have a module of their own.
"""

from fractions import Fraction
from math import comb, factorial
from random import Random
from typing import Any

from sympy import (
    Expr,
    Poly,
    Rational,
    cos,
    diff,
    exp,
    integrate,
    limit,
    oo,
    pi,
    sin,
    sqrt,
)

from gen.domains.draws import nonzero, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X
from gen.domains.math.notation import polynomial, power, tex
from gen.domains.math.polynomials import convolved, horner
from gen.domains.math.wording import ask, in_lowest_terms

EXACT = "{} Give the exact value."


class Derivative(MathFamily):
    """Derivatives; by rules on coefficients and again by sympy."""

    name = "calculus.derivative"
    card = generated(0.04)
    methods = "power, product and quotient rules on coefficient lists against sympy.diff"
    lazy = ("0", "2x", "1")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """Two terms."""
        return self.of_polynomial(rng, [rng.randint(1, 12), rng.randint(1, 20), 0])

    def level_2(self, rng: Random) -> Draft:
        """A polynomial of degree 3 to 5."""
        degree = rng.randint(3, 5)
        coefficients = [nonzero(rng, 6), *(rng.randint(-9, 9) for _ in range(degree))]
        return self.of_polynomial(rng, coefficients)

    def level_3(self, rng: Random) -> Draft:
        """The slope of a product with a power in it."""
        first, second = [nonzero(rng, 4), nonzero(rng, 9)], [nonzero(rng, 3), nonzero(rng, 5)]
        n, at = rng.randint(2, 5), until(lambda: nonzero(rng, 3), lambda n: horner(second, n))
        inner = horner(second, at)
        answer = first[0] * inner**n + horner(first, at) * n * inner ** (n - 1) * second[0]
        shown = f"({polynomial(first)}){power(f'({polynomial(second)})', n)}"
        function = Poly(first, X).as_expr() * Poly(second, X).as_expr() ** n
        return self.at(rng, shown, function, at, 1, answer)

    def level_4(self, rng: Random) -> Draft:
        """The slope of a quotient of quadratics."""
        at = nonzero(rng, 4)
        top, bottom = until(
            lambda: [[nonzero(rng, 5), rng.randint(-9, 9), nonzero(rng, 9)] for _ in range(2)],
            lambda v: horner(v[1], at) != 0,
        )
        p, q = horner(top, at), horner(bottom, at)
        answer = Fraction(slope(top, at) * q - p * slope(bottom, at), q * q)
        shown = f"\\frac{{{polynomial(top)}}}{{{polynomial(bottom)}}}"
        function = Poly(top, X).as_expr() / Poly(bottom, X).as_expr()
        return self.at(rng, shown, function, at, 1, answer)

    def level_5(self, rng: Random) -> Draft:
        """A higher derivative of a polynomial times an exponential or trigonometric function."""
        coefficients = [nonzero(rng, 5), rng.randint(-9, 9), nonzero(rng, 9)]
        k, order = until(lambda: nonzero(rng, 4), lambda n: n != 1), rng.randint(3, 6)
        kind, cycle = rng.choice(
            (("e", (1, 1, 1, 1)), ("sin", (0, 1, 0, -1)), ("cos", (1, 0, -1, 0)))
        )
        factor = {"e": exp(k * X), "sin": sin(k * X), "cos": cos(k * X)}[kind]
        inner = polynomial([k, 0])
        shown = f"e^{{{inner}}}" if kind == "e" else f"\\{kind}({inner})"
        # Leibniz: the j-th derivative of the polynomial at 0 is j! times its j-th coefficient.
        answer = sum(
            comb(order, j)
            * factorial(j)
            * coefficients[2 - j]
            * k ** (order - j)
            * cycle[(order - j) % 4]
            for j in range(3)
        )
        shown = f"({polynomial(coefficients)}) {shown}"
        return self.at(rng, shown, Poly(coefficients, X).as_expr() * factor, 0, order, answer)

    def of_polynomial(self, rng: Random, coefficients: list[int]) -> Draft:
        """Ask for the derivative of a polynomial."""
        phrasings = (
            "Differentiate ${}$ with respect to $x$.",
            "Find the derivative of $f(x) = {}$.",
            "What is $f'(x)$ if $f(x) = {}$?",
            "Compute $\\frac{d}{dx}({})$.",
        )
        degree = len(coefficients) - 1
        derived = [(degree - place) * c for place, c in enumerate(coefficients[:-1])]
        second = Poly(diff(Poly(coefficients, X).as_expr(), X), X)
        prompt = ask(rng, polynomial(coefficients), phrasings)
        return Draft(prompt, polynomial(derived), polynomial(list(map(int, second.all_coeffs()))))

    def at(
        self, rng: Random, shown: str, function: Expr, at: int, order: int, answer: int | Fraction
    ) -> Draft:
        """Ask for the value of a derivative."""
        asked = f"f{chr(39) * order}({at})" if order < 4 else f"f^{{({order})}}({at})"
        phrasings = (
            f"Let $f(x) = {{}}$. Find ${asked}$.",
            f"If $f(x) = {{}}$, what is ${asked}$?",
            f"Compute ${asked}$ for $f(x) = {{}}$.",
        )
        second = diff(function, X, order).subs(X, at)
        prompt = ask(rng, shown, phrasings)
        if isinstance(answer, Fraction):
            prompt = in_lowest_terms(rng, prompt)
        return Draft(prompt, answer, second)


class Limit(MathFamily):
    """Limits; by rule or leading Taylor coefficient and again by sympy."""

    name = "calculus.limit"
    card = generated(0.08)
    methods = "rules and Taylor coefficients against sympy.limit"
    lazy = ("0", "1", "\\infty", "2")

    def level_1(self, rng: Random) -> Draft:
        """A continuous function."""
        coefficients, at = [rng.randint(1, 4), nonzero(rng, 9), nonzero(rng, 9)], rng.randint(0, 5)
        function = Poly(coefficients, X).as_expr()
        answer = horner(coefficients, at)
        return self.asked(rng, f"({polynomial(coefficients)})", function, at, answer)

    def level_2(self, rng: Random) -> Draft:
        """A quotient that can be reduced."""
        at, other, k = nonzero(rng, 9), rng.randint(-9, 9), rng.randint(1, 4)
        top = convolved([k], convolved([1, -at], [1, -other]))
        shown = f"\\frac{{{polynomial(top)}}}{{{polynomial([1, -at])}}}"
        function = Poly(top, X).as_expr() / (X - at)
        return self.asked(rng, shown, function, at, k * (at - other))

    def level_3(self, rng: Random) -> Draft:
        """A quotient of polynomials at infinity, or one whose factors are hidden."""
        if rng.random() < 0.5:
            top, bottom = ([nonzero(rng, 9), *(rng.randint(-9, 9) for _ in "xyz")] for _ in "pq")
            at, answer = oo, Fraction(top[0], bottom[0])
        else:
            at = nonzero(rng, 6)
            first, second = until(
                lambda: ([nonzero(rng, 4), nonzero(rng, 9)], [nonzero(rng, 4), nonzero(rng, 9)]),
                lambda v: horner(v[1], at) != 0 and v[0][0] * v[1][1] != v[0][1] * v[1][0],
            )
            top, bottom = convolved([1, -at], first), convolved([1, -at], second)
            answer = Fraction(horner(first, at), horner(second, at))
        shown = f"\\frac{{{polynomial(top)}}}{{{polynomial(bottom)}}}"
        function = Poly(top, X).as_expr() / Poly(bottom, X).as_expr()
        return self.asked(rng, shown, function, at, answer)

    def level_4(self, rng: Random) -> Draft:
        """A root to be rationalised, or a quotient of sines and exponentials."""
        a, b, c = rng.randint(1, 15), rng.randint(2, 15), rng.randint(1, 9)
        shown, function, answer = rng.choice((
            (f"\\frac{{\\sqrt{{{polynomial([a, b * b])}}} - {b}}}{{{polynomial([c, 0])}}}",
             (sqrt(a * X + b * b) - b) / (c * X), Fraction(a, 2 * b * c)),
            (f"\\frac{{\\sin({polynomial([a, 0])})}}{{\\sin({polynomial([b, 0])})}}",
             sin(a * X) / sin(b * X), Fraction(a, b)),
            (f"\\frac{{e^{{{polynomial([a, 0])}}} - 1}}{{{polynomial([b, 0])}}}",
             (exp(a * X) - 1) / (b * X), Fraction(a, b)),
        ))  # fmt: skip
        return self.asked(rng, shown, function, 0, answer)

    def level_5(self, rng: Random) -> Draft:
        """A second or third Taylor coefficient."""
        a, b, c = *rng.sample(range(1, 10), 2), rng.randint(1, 9)
        ax, bx = polynomial([a, 0]), polynomial([b, 0])
        square, cube = polynomial([c, 0, 0]), polynomial([c, 0, 0, 0])
        shown, function, answer = rng.choice((
            (f"\\frac{{e^{{{ax}}} - 1 - {ax}}}{{{square}}}", (exp(a * X) - 1 - a * X) / (c * X**2),
             Fraction(a * a, 2 * c)),
            (f"\\frac{{\\cos({ax}) - \\cos({bx})}}{{{square}}}",
             (cos(a * X) - cos(b * X)) / (c * X**2), Fraction(b * b - a * a, 2 * c)),
            (f"\\frac{{{ax} - \\sin({ax})}}{{{cube}}}", (a * X - sin(a * X)) / (c * X**3),
             Fraction(a**3, 6 * c)),
            (f"\\frac{{e^{{{ax}}} + e^{{-{ax}}} - 2}}{{{square}}}",
             (exp(a * X) + exp(-a * X) - 2) / (c * X**2), Fraction(a * a, c)),
        ))  # fmt: skip
        return self.asked(rng, shown, function, 0, answer)

    def asked(self, rng: Random, shown: str, function: Expr, at: Any, answer: Any) -> Draft:
        """Ask for a limit."""
        place = "\\infty" if at == oo else at
        prompt = ask(rng, f"$\\lim_{{x \\to {place}}} {shown}$")
        if isinstance(answer, Fraction):
            prompt = in_lowest_terms(rng, prompt)
        return Draft(prompt, answer, limit(function, X, at))


class Integral(MathFamily):
    """Definite integrals; by a known antiderivative and again by sympy."""

    name = "calculus.integral"
    card = generated(0.06)
    methods = "construction from the antiderivative against sympy.integrate"
    lazy = ("0", "1", "2", "\\frac{1}{2}")

    def level_1(self, rng: Random) -> Draft:
        """A linear function from 0."""
        return self.of_polynomial(
            rng, [2 * rng.randint(1, 6), rng.randint(0, 12), 0], 0, rng.randint(1, 5)
        )

    def level_2(self, rng: Random) -> Draft:
        """A quadratic."""
        low = rng.randint(-3, 2)
        derivative = [nonzero(rng, 9), rng.randint(-9, 9), rng.randint(-9, 9)]
        return self.of_polynomial(rng, antiderivative(derivative), low, low + rng.randint(1, 4))

    def level_3(self, rng: Random) -> Draft:
        """A power of a linear function."""
        a, b, n = (
            until(lambda: nonzero(rng, 5), lambda k: abs(k) > 1),
            nonzero(rng, 7),
            rng.randint(2, 5),
        )
        low = rng.randint(-2, 2)
        high = low + rng.randint(1, 3)
        answer = Fraction((a * high + b) ** (n + 1) - (a * low + b) ** (n + 1), a * (n + 1))
        shown = f"({polynomial([a, b])})^{n}"
        return self.asked(rng, shown, Poly((a * X + b) ** n, X).as_expr(), low, high, answer)

    def level_4(self, rng: Random) -> Draft:
        """A substitution."""
        k, a, high, n = rng.randint(1, 9), nonzero(rng, 3), rng.randint(1, 3), rng.randint(2, 5)
        c, (leg, hypotenuse) = (
            nonzero(rng, 4),
            rng.choice(((3, 5), (5, 13), (8, 17), (4, 5), (12, 13))),
        )
        side = round((hypotenuse**2 - leg**2) ** 0.5)
        kx, end = polynomial([k, 0]), rng.choice((pi / 2, pi / 6))
        shown, function, high, answer = rng.choice((
            (f"{kx} e^{{{polynomial([a, 0, 0])}}}", k * X * exp(a * X**2), high,
             Rational(k, 2 * a) * (exp(a * high**2) - 1)),
            (f"{kx} ({polynomial([1, 0, c])})^{n}", (k * X * (X**2 + c) ** n).expand(), high,
             Rational(k * ((high**2 + c) ** (n + 1) - c ** (n + 1)), 2 * (n + 1))),
            (f"{k if k > 1 else ''}\\sin^{n}(x) \\cos(x)", k * sin(X) ** n * cos(X), end,
             k * sin(end) ** (n + 1) / (n + 1)),
            (f"\\frac{{{kx}}}{{\\sqrt{{{polynomial([1, 0, side**2])}}}}}",
             k * X / sqrt(X**2 + side**2), leg, Rational(k * (hypotenuse - side))),
        ))  # fmt: skip
        return self.asked(rng, shown, function, 0, high, answer)

    def level_5(self, rng: Random) -> Draft:
        """Integration by parts, once or twice."""
        k = until(lambda: nonzero(rng, 3), lambda n: n != 1)
        coefficients = [rng.choice((0, nonzero(rng, 4))), nonzero(rng, 6), rng.randint(-6, 6)]
        p = Poly(coefficients, X)
        dp, ddp = p.diff(X), p.diff(X).diff(X)
        bracket = f"({polynomial(coefficients)})"
        if rng.random() < 0.5:
            function, high = p.as_expr() * exp(k * X), rng.randint(1, 2)
            whole = (p.as_expr() / k - dp.as_expr() / k**2 + ddp.as_expr() / k**3) * exp(k * X)
            shown = f"{bracket} e^{{{polynomial([k, 0])}}}"
        else:
            k = abs(k)
            function, high = p.as_expr() * sin(k * X), pi
            whole = (-p.as_expr() / k + ddp.as_expr() / k**3) * cos(k * X)
            whole += dp.as_expr() / k**2 * sin(k * X)
            shown = f"{bracket} \\sin({polynomial([k, 0])})"
        answer = whole.subs(X, high) - whole.subs(X, 0)
        return self.asked(rng, shown, function, 0, high, answer.expand())

    def of_polynomial(self, rng: Random, whole: list, low: int, high: int) -> Draft:
        """Ask for the integral of the polynomial with this antiderivative."""
        degree = len(whole) - 1
        function = [int((degree - place) * c) for place, c in enumerate(whole[:-1])]
        answer = horner(whole, high) - horner(whole, low)
        brackets = f"({polynomial(function)})"
        return self.asked(rng, brackets, Poly(function, X).as_expr(), low, high, answer)

    def asked(
        self, rng: Random, shown: str, function: Expr, low: int, high: Any, answer: Any
    ) -> Draft:
        """Ask for a definite integral."""
        if function.is_polynomial(X):
            whole = Poly(function, X).integrate(X)
            second = whole.eval(high) - whole.eval(low)
        else:
            second = integrate(function, (X, low, high))
        question = f"$\\int_{{{low}}}^{{{tex(high)}}} {shown} \\, dx$"
        prompt = ask(rng, ask(rng, question), (EXACT,))
        return Draft(prompt, answer, second)


def slope(coefficients: list[int], at: int) -> int:
    """The value of a polynomial's derivative."""
    degree = len(coefficients) - 1
    return horner([(degree - place) * c for place, c in enumerate(coefficients[:-1])], at)


def antiderivative(coefficients: list[int]) -> list[Fraction]:
    """The coefficients of an antiderivative."""
    degree = len(coefficients)
    return [*(Fraction(c, degree - place) for place, c in enumerate(coefficients)), Fraction(0)]
