"""Polynomials: coefficients of products, values of functions, sums over roots.

    Coefficient().generate(rng, 2)   ... coefficient of $x$ in ... $(x + 2)(x - 5)$?     -3
    Composition().generate(rng, 4)   If $f(x) = ...$, $g(x) = ...$, what is $f(g(2))$?   41
    RootSums().generate(rng, 1)      ... $x^2 - 5x + 6 = 0$. What is $r + s$?            5

They belong to algebra, and their families are named so.
"""

from fractions import Fraction
from random import Random
from typing import Any

from sympy import Matrix, Poly, Rational

from gen.domains.draws import nonzero, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X, solution_of
from gen.domains.math.notation import polynomial, power
from gen.domains.math.wording import ask, in_lowest_terms
from gen.domains.phrases import listed


class Coefficient(MathFamily):
    """A coefficient of a product; by convolving coefficients and again by sympy's polynomials."""

    name = "algebra.coefficient"
    card = generated(0.06)
    methods = "convolution of coefficient lists against sympy.Poly"
    lazy = ("6", "1", "-1", "12")

    def draw(self, rng: Random, level: int) -> Draft:
        """Multiply out a bracket, two, three, a power, and a power of a trinomial with another."""
        if level == 1:
            factors = [([rng.randint(2, 12)], 1), ([rng.randint(2, 12), rng.randint(1, 12)], 1)]
        elif level == 2:
            factors = [([1, nonzero(rng, 20)], 1) for _ in range(2)]
        elif level == 3:
            factors = [([nonzero(rng, 6), nonzero(rng, 9)], 1) for _ in range(3)]
        elif level == 4:
            factors = [([nonzero(rng, 5), nonzero(rng, 6)], rng.randint(4, 7))]
        else:
            trinomial = [nonzero(rng, 3), nonzero(rng, 4), nonzero(rng, 5)]
            linear = [nonzero(rng, 3), nonzero(rng, 5)]
            factors = [(trinomial, rng.randint(2, 3)), (linear, rng.randint(3, 5))]
        expanded, second = [1], Poly(1, X)
        for coefficients, exponent in factors:
            for _ in range(exponent):
                expanded = convolved(expanded, coefficients)
            second *= Poly(coefficients, X) ** exponent
        degree = len(expanded) - 1
        asked = 1 if level <= 2 else rng.randint(1, degree - 1)
        shown = "".join(
            str(coefficients[0])
            if len(coefficients) == 1
            else power(f"({polynomial(coefficients)})", e)
            for coefficients, e in factors
        )
        phrasings = (
            f"What is the coefficient of ${power('x', asked)}$ in the expansion of {{}}?",
            f"Find the coefficient of ${power('x', asked)}$ when {{}} is expanded.",
            f"{{}} is multiplied out. What is the coefficient of ${power('x', asked)}$?",
        )
        answer = expanded[degree - asked]
        return Draft(ask(rng, f"${shown}$", phrasings), answer, second.coeff_monomial(X**asked))


class Composition(MathFamily):
    """Values of functions, of composed and inverse ones; by Horner and again by sympy."""

    name = "algebra.composition"
    card = generated(0.08)
    methods = "Horner's rule against substitution and sympy.solve"
    lazy = ("0", "1", "7", "10")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """A shift, a line, a quadratic, one in another, and the inverse of a quotient."""
        if level == 1:
            f, at = [1, rng.randint(1, 20)], rng.randint(1, 20)
        elif level == 2:
            f, at = [nonzero(rng, 9), nonzero(rng, 12)], rng.randint(2, 12)
        else:
            f, at = [nonzero(rng, 5), nonzero(rng, 9), nonzero(rng, 12)], nonzero(rng, 7)
        if level <= 3:
            return self.value(
                rng, f"$f(x) = {polynomial(f)}$", f"f({at})", horner(f, at), subs(f, at)
            )
        g = [nonzero(rng, 4), nonzero(rng, 6), nonzero(rng, 9)]
        inner = horner(g, at)
        if level == 4:
            given = f"$f(x) = {polynomial(f)}$ and $g(x) = {polynomial(g)}$"
            composed = Poly(f, X).compose(Poly(g, X))
            return self.value(rng, given, f"f(g({at}))", horner(f, inner), composed.eval(at))
        a, b, c, d = until(
            lambda: [nonzero(rng, 9) for _ in range(4)],
            lambda v: v[0] * v[3] != v[1] * v[2] and v[2] * inner != v[0],
        )
        given = (
            f"$f(x) = \\frac{{{polynomial([a, b])}}}{{{polynomial([c, d])}}}$ "
            f"and $g(x) = {polynomial(g)}$"
        )
        answer = Fraction(d * inner - b, a - c * inner)
        second = solution_of(a * X + b - subs(g, at) * (c * X + d))
        return self.value(rng, given, f"f^{{-1}}(g({at}))", answer, second)

    def value(self, rng: Random, given: str, asked: str, answer: object, second: object) -> Draft:
        """Ask for one value of the given functions."""
        phrasings = (
            f"If {given}, what is {{}}?",
            f"Let {given}. Find {{}}.",
            f"Given that {given}, compute {{}}.",
        )
        prompt = ask(rng, f"${asked}$", phrasings)
        if isinstance(answer, Fraction):
            prompt = in_lowest_terms(rng, prompt)
        return Draft(prompt, answer, second)


class RootSums(MathFamily):
    """Sums of powers of the roots; by Newton's identities and again by a companion matrix."""

    name = "algebra.root_sums"
    card = generated(0.08)
    methods = "Newton's identities against traces of powers of the companion matrix"
    lazy = ("1", "0", "5")

    def draw(self, rng: Random, level: int) -> Draft:
        """Sum the powers 1, 2, then 3 or -1 of two roots, 2 or -1 and 4 or -2 of three."""
        degree, exponent = (
            (2, 1), (2, 2), (2, rng.choice((3, -1))), (3, rng.choice((2, -1))),
            (3, rng.choice((4, -2))),
        )[level - 1]  # fmt: skip
        leading = 1 if level <= 2 else rng.randint(2, 4)
        coefficients = until(
            lambda: [leading, *(nonzero(rng, 20 if degree == 2 else 12) for _ in range(degree))],
            lambda c: degree == 3 or c[1] ** 2 > 4 * c[0] * c[2],
        )
        names = ["r", "s", "t"][:degree]
        terms = [power(n, exponent) if exponent > 0 else inverse_power(n, -exponent) for n in names]
        kind = "roots" if degree == 2 else "complex roots (counted with multiplicity)"
        letters = listed([f"${name}$" for name in names])
        equation = f"${polynomial(coefficients)} = 0$"
        phrasings = (
            f"Let {letters} be the {kind} of {equation}. What is {{}}?",
            f"The {kind} of {equation} are {letters}. Find {{}}.",
            f"The equation {equation} has the {kind} {letters}. Compute {{}}.",
        )
        asked = " + ".join(terms)
        answer = power_sum(coefficients if exponent > 0 else coefficients[::-1], abs(exponent))
        second = (companion(coefficients) ** exponent).trace()
        prompt = ask(rng, f"${asked}$", phrasings)
        return Draft(prompt if level < 3 else in_lowest_terms(rng, prompt), answer, second)


def convolved(first: list[int], second: list[int]) -> list[int]:
    """The coefficients of a product of two polynomials, the highest first."""
    result = [0] * (len(first) + len(second) - 1)
    for i, a in enumerate(first):
        for j, b in enumerate(second):
            result[i + j] += a * b
    return result


def horner(coefficients: list[int], at: int) -> int:
    """The value of a polynomial by Horner's rule."""
    value = 0
    for coefficient in coefficients:
        value = value * at + coefficient
    return value


def subs(coefficients: list[int], at: int) -> Any:
    """The value of a polynomial by substitution."""
    return Poly(coefficients, X).as_expr().subs(X, at)


def power_sum(coefficients: list[int], exponent: int) -> Fraction:
    """The sum of the roots' powers by Newton's identities, with multiplicity."""
    degree = len(coefficients) - 1
    e = [Fraction((-1) ** k * c, coefficients[0]) for k, c in enumerate(coefficients)]
    sums = [Fraction(degree)]
    for k in range(1, exponent + 1):
        known = sum((-1) ** (i - 1) * e[i] * sums[k - i] for i in range(1, min(k, degree + 1)))
        own = (-1) ** (k - 1) * k * e[k] if k <= degree else Fraction(0)
        sums.append(known + own)
    return sums[exponent]


def companion(coefficients: list[int]) -> Matrix:
    """A matrix whose eigenvalues are the roots."""
    degree = len(coefficients) - 1
    top = [-Rational(c, coefficients[0]) for c in coefficients[1:]]
    return Matrix(degree, degree, lambda i, j: top[j] if i == 0 else int(i == j + 1))


def inverse_power(base: str, exponent: int) -> str:
    """Write one over a power."""
    return f"\\frac{{1}}{{{power(base, exponent)}}}"
