"""Sequences: the next term, distant terms, recurrences.

    NextTerm().generate(rng, 1)      In the sequence 2, 4, 6, 8, ... What is the next term?   10
    Progression().generate(rng, 3)   ... the 5th term 17 and the 12th term 45 ... 30th term?  117
    Recurrence().generate(rng, 1)    Let $a_1 = 3$ and $a_{n+1} = a_n + 4$. Find $a_{4}$.      15

Where a next term is asked, the rule is stated, for without it any number could follow.
"""

from fractions import Fraction
from itertools import accumulate
from random import Random

from sympy import Matrix, Rational

from gen.domains.draws import nonzero, until
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.equations import X, solution_of
from gen.domains.math.notation import combination, tex
from gen.domains.math.wording import ask, in_lowest_terms, ordinal


class NextTerm(MathFamily):
    """The next term under a stated kind of rule; by the rule and again from the terms shown."""

    name = "sequences.next_term"
    card = generated(0.07)
    methods = "construction from the rule against the rule recovered from the terms shown"
    lazy = ("10", "0", "12", "20")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Steps, factors, second differences, a step after a factor, and two terms before."""
        rule, terms = (
            self.steps, self.factors, self.differences, self.affine, self.two_before
        )[level - 1](rng)  # fmt: skip
        *shown, answer = terms
        listing = ", ".join(map(str, shown))
        phrasings = (
            f"In the sequence {{}}, ... {rule}. What is the next term?",
            f"Find the next term of {{}}, ..., where {rule}.",
            f"The sequence {{}}, ... continues so that {rule}. Which number comes next?",
        )
        second = (
            arithmetic_next, geometric_next, quadratic_next, affine_next, recurrent_next
        )[level - 1](shown)  # fmt: skip
        return Draft(ask(rng, listing, phrasings), answer, second)

    def steps(self, rng: Random) -> tuple[str, list[int]]:
        """An arithmetic sequence, upwards."""
        first, step = rng.randint(0, 20), rng.randint(1, 9)
        return "each term is larger by the same amount", [first + step * n for n in range(5)]

    def factors(self, rng: Random) -> tuple[str, list[int]]:
        """A geometric sequence."""
        factor = until(lambda: nonzero(rng, 9), lambda f: abs(f) > 1)
        first = nonzero(rng, 60)
        terms = [first * factor**n for n in range(5)]
        return "each term is the one before it times a fixed number", terms

    def differences(self, rng: Random) -> tuple[str, list[int]]:
        """A quadratic sequence."""
        a, b, c = nonzero(rng, 4), rng.randint(-9, 9), rng.randint(-20, 20)
        rule = "the differences between neighbouring terms change by a fixed amount"
        return rule, [a * n * n + b * n + c for n in range(6)]

    def affine(self, rng: Random) -> tuple[str, list[int]]:
        """A sequence with the rule a -> pa + q."""
        p, q = until(lambda: nonzero(rng, 4), lambda f: abs(f) > 1), nonzero(rng, 9)
        first = until(lambda: rng.randint(-9, 9), lambda a: p * a + q != a)
        terms = list(accumulate(range(5), lambda a, _: p * a + q, initial=first))
        rule = "each term is a fixed multiple of the one before it, plus a fixed number"
        return rule, terms

    def two_before(self, rng: Random) -> tuple[str, list[int]]:
        """A sequence in which each term comes from the two before it."""
        p, q = nonzero(rng, 3), nonzero(rng, 3)
        terms = until(
            lambda: recurrent(p, q, nonzero(rng, 6), nonzero(rng, 6), 7),
            lambda t: t[1] ** 2 != t[0] * t[2],
        )
        rule = (
            "from the third on each term is $p$ times the one before it plus $q$ times the one "
            "before that, with fixed numbers $p$ and $q$"
        )
        return rule, terms


class Progression(MathFamily):
    """Terms of arithmetic and geometric sequences; by formula and again by equations or steps."""

    name = "sequences.progression"
    card = generated(0.08)
    methods = "closed form against step-by-step continuation or linear equations"
    lazy = ("10", "1", "0", "20")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """A near term of an arithmetic sequence."""
        first, step, n = rng.randint(1, 12), rng.randint(2, 9), rng.randint(3, 6)
        answer = first + (n - 1) * step
        given = f"the first term {first} and the common difference {step}"
        return self.asked(rng, ARITHMETIC, given, n, answer, self.walk(first, step, n))

    def level_2(self, rng: Random) -> Draft:
        """A distant term of an arithmetic sequence that is shown."""
        first, step, n = rng.randint(-30, 60), nonzero(rng, 12), rng.randint(15, 90)
        terms = ", ".join(str(first + step * k) for k in range(4))
        given = f"the first terms {terms}"
        answer = first + (n - 1) * step
        return self.asked(rng, ARITHMETIC, given, n, answer, self.walk(first, step, n))

    def level_3(self, rng: Random) -> Draft:
        """An arithmetic sequence from two of its terms."""
        first, step = rng.randint(-30, 30), nonzero(rng, 12)
        i, j = sorted(rng.sample(range(2, 30), 2))
        n = rng.randint(31, 80)
        early, late = first + (i - 1) * step, first + (j - 1) * step
        given = f"the {ordinal(i)} term {early} and the {ordinal(j)} term {late}"
        start, difference = Matrix([[1, i - 1], [1, j - 1]]).LUsolve(Matrix([early, late]))
        second = start + (n - 1) * difference
        return self.asked(rng, ARITHMETIC, given, n, first + (n - 1) * step, second)

    def level_4(self, rng: Random) -> Draft:
        """A geometric sequence with a fractional ratio from two of its terms."""
        p, q = until(lambda: (rng.randint(1, 6), rng.randint(2, 5)), lambda f: f[0] % f[1])
        i, gap, ahead = rng.randint(1, 3), rng.choice((1, 3)), rng.randint(2, 4)
        ratio, first = Fraction(p, q) * rng.choice((-1, 1)), Fraction(rng.randint(1, 9) * q**2)
        n = i + gap + ahead
        terms = [first * ratio**k for k in range(n)]
        early, late = terms[i - 1], terms[i + gap - 1]
        given = (
            f"the {ordinal(i)} term ${tex(early)}$ and the {ordinal(i + gap)} term ${tex(late)}$"
        )
        second = early * real_root(late / early, gap) ** (n - i)
        return self.asked(rng, GEOMETRIC, given, n, terms[n - 1], second)

    def level_5(self, rng: Random) -> Draft:
        """An arithmetic sequence from a term and a sum."""
        first, step = rng.randint(-20, 20), nonzero(rng, 9)
        # The sum must not be a multiple of the given term, which would then be the middle one.
        i, m, n = until(
            lambda: (rng.randint(3, 12), rng.randint(13, 30), rng.randint(31, 80)),
            lambda v: v[1] - 1 != 2 * (v[0] - 1),
        )
        term = first + (i - 1) * step
        total = m * first + m * (m - 1) // 2 * step
        given = f"the {ordinal(i)} term {term}, and {total} as the sum of its first {m} terms"
        start = solution_of(m * X + Rational(m * (m - 1), 2) * (term - X) / (i - 1) - total)
        second = start + (n - 1) * (term - start) / (i - 1)
        return self.asked(rng, ARITHMETIC, given, n, first + (n - 1) * step, second)

    def walk(self, first: int, step: int, n: int) -> int:
        """The n-th term, step by step."""
        return list(accumulate([first, *[step] * (n - 1)]))[-1]

    def asked(
        self, rng: Random, kind: str, given: str, n: int, answer: object, second: object
    ) -> Draft:
        """Ask for the n-th term."""
        place = ordinal(n)
        phrasings = (
            f"{kind} has {{}}. What is its {place} term?",
            f"{kind} has {{}}. Find its {place} term.",
            f"What is the {place} term of {kind[0].lower()}{kind[1:]} that has {{}}?",
        )
        prompt = ask(rng, given, phrasings)
        if isinstance(answer, Fraction):
            prompt = in_lowest_terms(rng, prompt)
        return Draft(prompt, answer, second)


ARITHMETIC, GEOMETRIC = "An arithmetic sequence", "A geometric sequence of real numbers"


class Recurrence(MathFamily):
    """Terms of recurrences; step by step and again by closed form, matrix powers or cycles."""

    name = "sequences.recurrence"
    card = generated(0.1)
    methods = "step-by-step evaluation against closed form or matrix powers"
    lazy = ("1", "0", "10", "2")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """A step, a factor too, that for longer, two terms before, and that modulo a number."""
        first = rng.randint(1, 12)
        if level <= 3:
            p = 1 if level == 1 else until(lambda: nonzero(rng, 4), lambda f: abs(f) > 1)
            q = rng.randint(1, 12) if level == 1 else nonzero(rng, 12)
            n = (rng.randint(3, 5), rng.randint(3, 4), rng.randint(6, 9))[level - 1]
            terms = list(accumulate(range(n - 1), lambda a, _: p * a + q, initial=first))
            step = "a_n" if p == 1 else f"{'-' if p == -1 else p}a_n"
            rule = f"$a_1 = {first}$ and $a_{{n+1}} = {step} {'+' if q > 0 else '-'} {abs(q)}$"
            fixed = Rational(q, 1 - p) if p != 1 else 0
            closed = first + (n - 1) * q if p == 1 else p ** (n - 1) * (first - fixed) + fixed
            return self.asked(rng, rule, n, "", terms[-1], closed)
        p, q, next_ = nonzero(rng, 4), nonzero(rng, 4), rng.randint(1, 12)
        if level == 5:
            p, q = abs(p), abs(q)
        rule = (
            f"$a_1 = {first}$, $a_2 = {next_}$ and "
            f"$a_{{n+2}} = {combination([p, q], ['a_{n+1}', 'a_n'])}$"
        )
        transfer, start = Matrix([[p, q], [1, 0]]), Matrix([next_, first])
        if level == 4:
            n = rng.randint(7, 11)
            closed = (transfer ** (n - 1) * start)[1]
            return self.asked(rng, rule, n, "", recurrent(p, q, first, next_, n)[-1], closed)
        n, modulus = rng.randint(100, 999), rng.randint(7, 60)
        terms = recurrent(p, q, first, next_, n)
        closed = (transfer ** (n - 1) * start)[1] % modulus
        what = f"the remainder of {{}} on division by {modulus}"
        return self.asked(rng, rule, n, what, terms[-1] % modulus, closed)

    def asked(
        self, rng: Random, rule: str, n: int, what: str, answer: int, second: object
    ) -> Draft:
        """Ask for the n-th term, or for something about it."""
        term = f"$a_{{{n}}}$"
        asked = what.replace("{}", term) or term
        phrasings = (
            f"A sequence is given by {rule}. What is {{}}?",
            f"Let {rule}. Find {{}}.",
            f"If {rule}, what is {{}}?",
        )
        return Draft(ask(rng, asked, phrasings), answer, second)


def recurrent(p: int, q: int, first: int, second: int, n: int) -> list[int]:
    """The first `n` terms of a[k+2] = p a[k+1] + q a[k]."""
    terms = [first, second]
    while len(terms) < n:
        terms.append(p * terms[-1] + q * terms[-2])
    return terms


def real_root(number: Fraction, n: int) -> Fraction:
    """The n-th root of a fraction that has one, n odd."""
    size = abs(number)
    root = Fraction(round(size.numerator ** (1 / n)), round(size.denominator ** (1 / n)))
    if root**n != size:
        raise ValueError(f"{number} has no rational root of order {n}")
    return root if number > 0 else -root


def arithmetic_next(terms: list[int]) -> Fraction:
    """The next term of an arithmetic sequence, by its first and last term."""
    return terms[-1] + Fraction(terms[-1] - terms[0], len(terms) - 1)


def geometric_next(terms: list[int]) -> Fraction:
    """The next term of a geometric sequence, from the last two."""
    return Fraction(terms[-1] ** 2, terms[-2])


def quadratic_next(terms: list[int]) -> int:
    """The next term of a sequence whose third differences are 0."""
    return 3 * terms[-1] - 3 * terms[-2] + terms[-3]


def affine_next(terms: list[int]) -> Fraction:
    """The next term under a -> pa + q, whose differences are geometric."""
    before, last = terms[-2] - terms[-3], terms[-1] - terms[-2]
    return terms[-1] + Fraction(last * last, before)


def recurrent_next(terms: list[int]) -> object:
    """The next term under a -> p a + q b, with p and q solved for."""
    rows = Matrix([[terms[1], terms[0]], [terms[2], terms[1]]])
    p, q = rows.LUsolve(Matrix(terms[2:4]))
    return p * terms[-1] + q * terms[-2]
