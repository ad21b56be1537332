"""Equations, systems, inequalities and exponents.

    LinearEquation().generate(rng, 2)   Find $x$ if $3x + 5 = 20$.              5
    Quadratic().generate(rng, 2)        ... set of all real solutions ...       \\{-2, 5\\}
    Inequality().generate(rng, 3)       ... in interval notation.               (-2, 5]

Polynomials have a module of their own.
"""

from collections.abc import Sequence
from fractions import Fraction
from math import gcd, isqrt
from random import Random

from sympy import Matrix, Poly, Rational, roots, solve, sqrt

from gen.domains.draws import integers, nonzero, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X, solution_of
from gen.domains.math.intervals import interval, sign_chart, union
from gen.domains.math.notation import (
    combination,
    finite_set,
    pair,
    polynomial,
)
from gen.domains.math.wording import SOLVE, ask, in_lowest_terms
from gen.domains.phrases import listed


class LinearEquation(MathFamily):
    """One unknown; built from its root, solved again by sympy."""

    name = "algebra.linear_equation"
    card = generated(0.1)
    methods = "construction from the root against sympy.solve"
    lazy = ("1", "2", "-1")

    def level_1(self, rng: Random) -> Draft:
        """x + b = c."""
        root, b = rng.randint(1, 20), nonzero(rng, 20)
        return self.equation(rng, (1, b), (0, root + b), root)

    def level_2(self, rng: Random) -> Draft:
        """ax + b = c."""
        a, b, root = rng.randint(2, 12), nonzero(rng, 20), nonzero(rng, 12)
        return self.equation(rng, (a, b), (0, a * root + b), root)

    def level_3(self, rng: Random) -> Draft:
        """ax + b = cx + d."""
        a, c = until(lambda: (nonzero(rng, 12), nonzero(rng, 12)), lambda v: v[0] != v[1])
        b, root = nonzero(rng, 30), nonzero(rng, 15)
        return self.equation(rng, (a, b), (c, (a - c) * root + b), root)

    def level_4(self, rng: Random) -> Draft:
        """m(ax + b) + n(cx + d) = e."""
        a, b, c, d, m, n = until(
            lambda: [nonzero(rng, 9) for _ in range(6)], lambda v: v[4] * v[0] + v[5] * v[2]
        )
        m, root = abs(m) + 1, nonzero(rng, 15)
        brackets = [f"({polynomial([a, b])})", f"({polynomial([c, d])})"]
        right = m * (a * root + b) + n * (c * root + d)
        left = m * (a * X + b) + n * (c * X + d)
        if left.coeff(X) == 0:
            return self.level_4(rng)
        shown = f"{combination([m, n], brackets)} = {right}"
        return Draft(ask(rng, f"${shown}$", SOLVE), root, solution_of(left - right))

    def level_5(self, rng: Random) -> Draft:
        """(ax + b)/m + (cx + d)/n = e, whose root is a fraction."""
        m, n = rng.sample(range(2, 10), 2)
        a, b, c, d = until(
            lambda: [nonzero(rng, 9) for _ in range(4)], lambda v: v[0] * n + v[2] * m
        )
        right = nonzero(rng, 9)
        root = Fraction(right * m * n - b * n - d * m, a * n + c * m)
        first, second = polynomial([a, b]), polynomial([c, d])
        shown = f"\\frac{{{first}}}{{{m}}} + \\frac{{{second}}}{{{n}}} = {right}"
        solved = solution_of((a * X + b) / m + (c * X + d) / n - right)
        return Draft(in_lowest_terms(rng, ask(rng, f"${shown}$", SOLVE)), root, solved)

    def equation(self, rng: Random, left: Sequence[int], right: Sequence[int], root: int) -> Draft:
        """Ask for the root of an equation between two polynomials of degree 1."""
        shown = f"${polynomial(left)} = {polynomial(right)}$"
        second = solution_of((left[0] - right[0]) * X + left[1] - right[1])
        return Draft(ask(rng, shown, SOLVE), root, second)


class Quadratic(MathFamily):
    """Degree 2, and 4 at level 5; built from the roots, solved again by sympy."""

    name = "algebra.quadratic"
    card = generated(0.08)
    methods = "construction from the roots against sympy.roots"
    lazy = ("2", "\\{-1, 1\\}", "\\{0, 1\\}")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """The positive root of x^2 + c = d."""
        root, c = rng.randint(2, 20), rng.randint(0, 20)
        shown = f"${polynomial([1, 0, c])} = {root**2 + c}$"
        phrasings = (
            "Find the positive number $x$ with {}.",
            "What positive number $x$ satisfies {}?",
            "If $x$ is positive and {}, what is $x$?",
            "Find the positive solution of {}.",
        )
        return Draft(ask(rng, shown, phrasings), root, max(roots(X**2 + c - root**2 - c, X)))

    def level_2(self, rng: Random) -> Draft:
        """A monic quadratic with integer roots."""
        r, s = rng.sample(range(-20, 21), 2)
        return self.equation(rng, [1, -r - s, r * s], [r, s])

    def level_3(self, rng: Random) -> Draft:
        """A quadratic with rational roots, at least one of them a fraction."""
        r, s = until(
            lambda: (
                Fraction(nonzero(rng, 9), rng.randint(2, 6)),
                Fraction(nonzero(rng, 9), rng.randint(1, 5)),
            ),
            lambda roots: roots[0] != roots[1] and roots[0].denominator > 1,
        )
        first, second = [r.denominator, -r.numerator], [s.denominator, -s.numerator]
        middle = first[0] * second[1] + first[1] * second[0]
        return self.equation(rng, [first[0] * second[0], middle, first[1] * second[1]], [r, s])

    def level_4(self, rng: Random) -> Draft:
        """A quadratic with irrational roots (p + sqrt(q)) / a and (p - sqrt(q)) / a."""
        a, p = rng.randint(1, 3), nonzero(rng, 9)
        q = until(lambda: rng.randint(2, 50), lambda n: isqrt(n) ** 2 != n)
        solutions = [(p + sqrt(q)) / a, (p - sqrt(q)) / a]
        return self.equation(rng, [a * a, -2 * a * p, p * p - q], solutions)

    def level_5(self, rng: Random) -> Draft:
        """A quartic (x^2 - p)(ax^2 - q) with four real roots."""
        p, q, a = until(
            lambda: (rng.randint(1, 30), rng.randint(1, 30), rng.randint(1, 5)),
            lambda v: v[0] * v[2] != v[1],
        )
        solutions = [sign * sqrt(n) for n in (Rational(p), Rational(q, a)) for sign in (1, -1)]
        return self.equation(rng, [a, 0, -q - a * p, 0, p * q], solutions)

    def equation(self, rng: Random, coefficients: list[int], solutions: list) -> Draft:
        """Ask for the set of solutions of the polynomial that was built from them."""
        coefficients = [c // gcd(*coefficients) for c in coefficients]
        phrasings = (
            "Find the set of all real solutions of {}.",
            "Solve {} over the real numbers and give the set of solutions.",
            "What is the set of all real numbers $x$ with {}?",
            "Determine the solution set of {} over the real numbers.",
        )
        prompt = ask(rng, f"${polynomial(coefficients)} = 0$", phrasings)
        second = roots(Poly(coefficients, X))
        return Draft(f"{prompt} Give exact values.", finite_set(solutions), finite_set(second))


class System(MathFamily):
    """Linear systems; built from their solution, solved again by sympy's LU."""

    name = "algebra.system"
    card = generated(0.03)
    methods = "construction from the solution against LU decomposition"
    lazy = ("(1, 1)", "(0, 0)", "(1, 1, 1)")

    def draw(self, rng: Random, level: int) -> Draft:
        """Sum and difference, then 2, 2, 3 and 4 unknowns with larger coefficients."""
        n, limit = ((2, 1), (2, 4), (2, 12), (3, 6), (4, 4))[level - 1]
        unknowns = ("x, y", "x, y", "x, y", "x, y, z", "w, x, y, z")[level - 1].split(", ")
        solution = [rng.randint(1, 50) if level == 1 else rng.randint(-9, 9) for _ in range(n)]
        rows = [[1, 1], [1, -1]]
        if level > 1:
            rows = until(
                lambda: [integers(rng, n, limit) for _ in range(n)],
                lambda m: Matrix(m).det() != 0 and all(sum(map(bool, row)) > 1 for row in m),
            )
        right = [sum(a * v for a, v in zip(row, solution, strict=True)) for row in rows]
        equations = [
            f"${combination(row, unknowns)} = {constant}$"
            for row, constant in zip(rows, right, strict=True)
        ]
        form = f"({', '.join(unknowns)})"
        phrasings = (
            f"Solve the system {{}}. Give your answer as ${form}$.",
            f"Find the values ${form}$ for which {{}}.",
            f"Which ${form}$ satisfies {{}}?",
            f"If {{}}, what is ${form}$?",
        )
        second = Matrix(rows).LUsolve(Matrix(right))
        return Draft(ask(rng, listed(equations), phrasings), pair(*solution), pair(*second))


class Inequality(MathFamily):
    """Inequalities in one unknown; by rule and again by trying a point of every cell."""

    name = "algebra.inequality"
    card = generated(0.07)
    methods = "rules for inequalities against a chart of signs"
    small_levels = (1,)
    lazy = ("1", "(-\\infty, \\infty)", "(0, \\infty)")

    def level_1(self, rng: Random) -> Draft:
        """The smallest integer above a bound."""
        a, b = rng.randint(1, 20), rng.randint(21, 60)
        phrasings = (
            "What is the smallest integer $x$ with {}?",
            "Find the least integer $x$ for which {}.",
            "What is the smallest whole number $x$ that makes {} true?",
        )
        second = next(x for x in range(100) if x + a > b)
        return Draft(ask(rng, f"$x + {a} > {b}$", phrasings), b - a + 1, second)

    def level_2(self, rng: Random) -> Draft:
        """ax + b < c, where a may be negative."""
        a = until(lambda: nonzero(rng, 9), lambda n: abs(n) > 1)
        b, bound, sign = nonzero(rng, 20), rng.randint(-12, 12), rng.choice(list(RELATIONS))
        opening, closing = ("[", "]") if "e" in sign else ("(", ")")
        upwards = (">" in sign or "ge" in sign) == (a > 0)
        ends = (bound, opening, None, ")") if upwards else (None, "(", bound, closing)
        shown = f"{polynomial([a, b])} {sign} {a * bound + b}"
        chart = sign_chart([bound], lambda x: RELATIONS[sign](a * (x - bound)))
        return self.solved(rng, shown, interval(*ends), chart)

    def level_3(self, rng: Random) -> Draft:
        """c < ax + b <= d."""
        a, b = rng.choice((-1, 1)) * rng.randint(2, 7), nonzero(rng, 15)
        low, high = sorted(rng.sample(range(-12, 13), 2))
        signs = rng.choice(("<", "\\le")), rng.choice(("<", "\\le"))
        ends = sorted((a * low + b, a * high + b))
        shown = f"{ends[0]} {signs[0]} {polynomial([a, b])} {signs[1]} {ends[1]}"
        at_low, at_high = signs if a > 0 else (signs[1], signs[0])
        answer = interval(low, "(" if at_low == "<" else "[", high, ")" if at_high == "<" else "]")

        def holds(x: int | Fraction) -> bool:
            return RELATIONS[signs[0]](ends[0] - a * x - b) and RELATIONS[signs[1]](
                a * x + b - ends[1]
            )

        return self.solved(rng, shown, answer, sign_chart([low, high], holds))

    def level_4(self, rng: Random) -> Draft:
        """A quadratic against 0."""
        low, high = sorted(rng.sample(range(-9, 10), 2))
        a, sign = rng.choice((1, 1, 2, 3, -1, -2)), rng.choice(list(RELATIONS))
        shown = f"{polynomial([a, -a * (low + high), a * low * high])} {sign} 0"
        opening, closing = ("[", "]") if "e" in sign else ("(", ")")
        if ("<" in sign or "le" in sign) == (a > 0):
            answer = interval(low, opening, high, closing)
        else:
            answer = union([(None, "(", low, closing), (high, opening, None, ")")])
        chart = sign_chart([low, high], lambda x: RELATIONS[sign](a * (x - low) * (x - high)))
        return self.solved(rng, shown, answer, chart)

    def level_5(self, rng: Random) -> Draft:
        """A quotient of a quadratic and a linear polynomial against 0."""
        p, q, r = sorted(rng.sample(range(-9, 10), 3))
        hole, sign = rng.choice((p, q, r)), rng.choice(list(RELATIONS))
        zeros = [n for n in (p, q, r) if n != hole]
        top = polynomial([1, -sum(zeros), zeros[0] * zeros[1]])
        shown = f"\\frac{{{top}}}{{{polynomial([1, -hole])}}} {sign} 0"
        closed = [n for n in zeros if "e" in sign]
        opening = {n: "[" if n in closed else "(" for n in (p, q, r)}
        closing = {n: "]" if n in closed else ")" for n in (p, q, r)}
        if ">" in sign or "ge" in sign:
            answer = union([(p, opening[p], q, closing[q]), (r, opening[r], None, ")")])
        else:
            answer = union([(None, "(", p, closing[p]), (q, opening[q], r, closing[r])])

        def holds(x: int | Fraction) -> bool:
            return x != hole and RELATIONS[sign]((x - p) * (x - q) * (x - r))

        return self.solved(rng, shown, answer, sign_chart([p, q, r], holds))

    def solved(self, rng: Random, shown: str, answer: str, second: str) -> Draft:
        """Ask for the solution set of an inequality."""
        phrasings = (
            "Solve {} for real $x$. Give the solution set in interval notation.",
            "Find all real $x$ with {}. Answer in interval notation.",
            "For which real numbers $x$ is {}? Write the set in interval notation.",
        )
        return Draft(ask(rng, f"${shown}$", phrasings), answer, second)


class Exponents(MathFamily):
    """Exponents and logarithms; built from the answer, found again by search or by solving."""

    name = "algebra.exponents"
    card = generated(0.2, "answers are small integers up to level 3")
    methods = "construction from the exponent against search or sympy.solve"
    lazy = ("2", "3", "4")
    small_levels = (1, 2)

    def level_1(self, rng: Random) -> Draft:
        """b^x = n."""
        base, exponent = self.base_and_exponent(rng)
        return Draft(
            ask(rng, f"${base}^x = {base**exponent}$", SOLVE),
            exponent,
            searched(base, base**exponent),
        )

    def level_2(self, rng: Random) -> Draft:
        """A logarithm of a power of the base, or of one over it."""
        base, exponent = self.base_and_exponent(rng)
        if rng.random() < 0.5:
            question = f"\\log_{{{base}}} {base**exponent}"
            return Draft(ask(rng, f"${question}$"), exponent, searched(base, base**exponent))
        question = f"\\log_{{{base}}} \\frac{{1}}{{{base**exponent}}}"
        return Draft(ask(rng, f"${question}$"), -exponent, -searched(base, base**exponent))

    def level_3(self, rng: Random) -> Draft:
        """Logarithms whose arguments are powers of the base only together."""
        base, exponent = self.base_and_exponent(rng)
        first, second = rng.sample([n for n in range(2, 20) if n % base], 2)
        low = rng.randint(0, exponent)
        arguments = first * base**low, second * base ** (exponent - low), first * second
        logarithms = [f"\\log_{{{base}}} {argument}" for argument in arguments]
        shown = f"{logarithms[0]} + {logarithms[1]} - {logarithms[2]}"
        ratio = Fraction(arguments[0] * arguments[1], arguments[2])
        return Draft(ask(rng, f"${shown}$"), exponent, searched(base, int(ratio)))

    def level_4(self, rng: Random) -> Draft:
        """(b^m)^(ax + c) = (b^n)^(dx + e), whose root is a fraction."""
        base = rng.choice((2, 3, 5))
        m, n = rng.sample((1, 2, 3, 4), 2)
        a, d = until(lambda: (nonzero(rng, 5), nonzero(rng, 5)), lambda v: m * v[0] != n * v[1])
        c, e = nonzero(rng, 9), nonzero(rng, 9)
        shown = f"{base**m}^{{{polynomial([a, c])}}} = {base**n}^{{{polynomial([d, e])}}}"
        answer = Fraction(n * e - m * c, m * a - n * d)
        second = solution_of(m * (a * X + c) - n * (d * X + e))
        return Draft(in_lowest_terms(rng, ask(rng, f"${shown}$", SOLVE)), answer, second)

    def level_5(self, rng: Random) -> Draft:
        """log(x + p) + log(x + q) = k, one of whose two candidates is not a solution."""
        base = rng.choice((2, 3, 4, 5, 6, 10))
        low = rng.randint(0, 2)
        high = low + rng.randint(1, 2)
        root = rng.randint(-30, 30)
        p, q = base**low - root, base**high - root
        logarithms = [f"\\log_{{{base}}}({polynomial([1, n])})" for n in rng.sample((p, q), 2)]
        shown = f"{logarithms[0]} + {logarithms[1]} = {low + high}"
        second = max(solve((X + p) * (X + q) - base ** (low + high), X))
        return Draft(ask(rng, f"${shown}$", SOLVE), root, second)

    def base_and_exponent(self, rng: Random) -> tuple[int, int]:
        """A base and an exponent whose power is at most 20,000."""
        exponent = rng.randint(2, 9)
        return rng.randint(2, max(b for b in range(13) if b**exponent <= 20_000)), exponent


def searched(base: int, number: int) -> int:
    """The exponent whose power of `base` is `number`, by multiplying until it is reached."""
    reached, exponent = 1, 0
    while reached < number:
        reached, exponent = reached * base, exponent + 1
    if reached != number:
        raise ValueError(f"{number} is no power of {base}")
    return exponent


RELATIONS = {
    "<": lambda difference: difference < 0,
    "\\le": lambda difference: difference <= 0,
    ">": lambda difference: difference > 0,
    "\\ge": lambda difference: difference >= 0,
}
