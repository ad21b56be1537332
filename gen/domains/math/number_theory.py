"""Divisors, primes, remainders, congruences and number bases.

    CommonDivisor().generate(rng, 1)   What is the greatest common divisor of 12 and 18?   6
    Remainder().generate(rng, 4)       ... remainder when $7^{345}$ is divided by 13?      5
    Congruences().generate(rng, 2)     ... remainder 2 ... by 3 and remainder 1 ... by 5?  11

Formulas are checked against enumeration or search.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from math import gcd, isqrt, lcm, prod
from random import Random

from gen.domains.draws import until, with_digits
from gen.domains.math.base import Draft, MathFamily, generated
from gen.domains.math.notation import power
from gen.domains.math.wording import ask
from gen.domains.phrases import listed

PRIMES = [n for n in range(2, 400) if all(n % d for d in range(2, int(n**0.5) + 1))]
SMALL_MODULI = (3, 4, 5, 7, 8, 9, 11, 13)


class CommonDivisor(MathFamily):
    """Greatest common divisors; by Euclid and again by prime factors or a formula."""

    name = "number_theory.common_divisor"
    card = generated(0.15, "small common divisors are likelier than large ones")
    methods = (
        "Euclid against prime factors, at level 5 against gcd(n^a - 1, n^b - 1) = n^gcd(a, b) - 1"
    )
    lazy = ("1", "2", "3", "6")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Two small numbers, two, two larger, three, and two numbers n^a - 1."""
        if level == 5:
            base, common = rng.choice((2, 3, 5, 6, 7, 10)), rng.randint(1, 6)
            a, b = until(lambda: rng.sample(range(2, 40), 2), lambda v: gcd(*v) == 1)
            exponents = common * a, common * b
            numbers = [base**exponent - 1 for exponent in exponents]
            shown = [f"${power(str(base), exponent)} - 1$" for exponent in exponents]
            second = base ** gcd(*exponents) - 1
        else:
            common, limit = ((12, 8), (20, 20), (90, 90), (90, 60))[level - 1]
            factor = rng.randint(2, common)
            numbers = [factor * n for n in rng.sample(range(1, limit), 3 if level == 4 else 2)]
            shown = list(map(str, numbers))
            shared = Counter(prime_factors(numbers[0]))
            for number in numbers[1:]:
                shared &= Counter(prime_factors(number))
            second = prod(shared.elements())
        answer = 0
        for number in numbers:
            answer = euclid(answer, number)
        phrasings = (
            "What is the greatest common divisor of {}?",
            "Find the greatest common divisor of {}.",
            "Determine the largest integer that divides {} without remainder.",
        )
        return Draft(ask(rng, listed(shown), phrasings), answer, second)


class PrimeFactors(MathFamily):
    """The largest prime factor; built from primes, found again among all small primes."""

    name = "number_theory.prime_factors"
    card = generated(0.24)
    methods = "construction from primes against trial of every prime below 400"
    lazy = ("2", "3", "5", "7")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Take any small number, then products of three primes up to 47, 97, 197 and 397."""
        if level == 1:
            number = rng.randint(6, 70)
            answer = prime_factors(number)[-1]
        else:
            below = (15, 25, 45, len(PRIMES))[level - 2]
            primes = [rng.choice(PRIMES[:below]) for _ in range(3)]
            number, answer = prod(primes), max(primes)
        second = max(prime for prime in PRIMES if number % prime == 0)
        phrasings = (
            "What is the largest prime factor of {}?",
            "Find the greatest prime number that divides {}.",
            "Determine the largest prime divisor of {}.",
            "Which is the greatest prime factor of {}?",
        )
        return Draft(ask(rng, str(number), phrasings), answer, second)


class Divisors(MathFamily):
    """Counting and adding divisors; by the formulas over prime powers and again one by one."""

    name = "number_theory.divisors"
    card = generated(0.37, "counts of divisors are small and mostly even")
    methods = "formula over prime factors against enumeration of the divisors"
    lazy = ("4", "8", "12")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """How many divisors a small number has."""
        return self.counted(rng, rng.randint(4, 60))

    def level_2(self, rng: Random) -> Draft:
        """How many divisors a larger number has."""
        return self.counted(rng, rng.randint(100, 2000))

    def level_3(self, rng: Random) -> Draft:
        """The sum of the divisors."""
        number = rng.randint(100, 2000)
        phrasings = (
            "What is the sum of all positive divisors of {}?",
            "Add up all the positive divisors of {}. What is the total?",
            "Find the sum of the positive divisors of {}, 1 and the number itself included.",
        )
        answer = prod(
            (p ** (n + 1) - 1) // (p - 1) for p, n in Counter(prime_factors(number)).items()
        )
        second = sum(d for d in range(1, number + 1) if number % d == 0)
        return Draft(ask(rng, str(number), phrasings), answer, second)

    def level_4(self, rng: Random) -> Draft:
        """How many divisors are odd."""
        primes = [2, *rng.sample((3, 5, 7, 11, 13, 17, 19), 2)]
        exponents = [rng.randint(2, 7), rng.randint(1, 4), rng.randint(1, 3)]
        number = prod(p**n for p, n in zip(primes, exponents, strict=True))
        answer = prod(n + 1 for n in exponents[1:])
        second = sum(d % 2 for d in divisors_of(primes, exponents))
        return Draft(ask(rng, str(number), how_many("odd")), answer, second)

    def level_5(self, rng: Random) -> Draft:
        """How many divisors of a factored number are squares, or multiples of another number."""
        primes = sorted(rng.sample((2, 3, 5, 7, 11), rng.randint(3, 4)))
        exponents = [rng.randint(2, 7) for _ in primes]
        shown = factored(primes, exponents)
        divisors = divisors_of(primes, exponents)
        if rng.random() < 0.5:
            what = how_many("perfect squares")
            answer = prod(n // 2 + 1 for n in exponents)
            second = sum(isqrt(d) ** 2 == d for d in divisors)
        else:
            least = [rng.randint(0, n - 1) for n in exponents]
            least[0] = max(least[0], 1)
            what = how_many(f"multiples of ${factored(primes, least)}$")
            answer = prod(n - m + 1 for n, m in zip(exponents, least, strict=True))
            factor = prod(p**m for p, m in zip(primes, least, strict=True))
            second = sum(d % factor == 0 for d in divisors)
        return Draft(ask(rng, f"${shown}$", what), answer, second)

    def counted(self, rng: Random, number: int) -> Draft:
        """Ask for the number of divisors."""
        answer = prod(n + 1 for n in Counter(prime_factors(number)).values())
        second = sum(number % d == 0 for d in range(1, number + 1))
        return Draft(ask(rng, str(number), COUNT_DIVISORS), answer, second)


class Remainder(MathFamily):
    """Remainders of sums and powers; by modular powers and again by the cycle of residues."""

    name = "number_theory.remainder"
    card = generated(0.25, "a remainder by a small number is guessed now and then")
    methods = "modular exponentiation against the cycle of residues"
    lazy = ("0", "1", "2")
    small_levels = (1,)

    def level_1(self, rng: Random) -> Draft:
        """A number below 100."""
        modulus, number = rng.randint(3, 10), rng.randint(11, 99)
        return self.asked(rng, str(number), modulus, number % modulus, residue(number, 1, modulus))

    def level_2(self, rng: Random) -> Draft:
        """A product plus a number."""
        modulus = rng.randint(5, 13)
        a, b, c = (with_digits(rng, digits) for digits in (2, 2, 3))
        second = residue(residue(a, 1, modulus) * residue(b, 1, modulus) + c, 1, modulus)
        return self.asked(rng, f"${a} \\times {b} + {c}$", modulus, (a * b + c) % modulus, second)

    def level_3(self, rng: Random) -> Draft:
        """A small power."""
        modulus, base, exponent = rng.randint(7, 29), rng.randint(2, 19), rng.randint(5, 15)
        return self.powers(rng, [base], [exponent], modulus)

    def level_4(self, rng: Random) -> Draft:
        """A great power."""
        modulus, base, exponent = rng.randint(11, 99), rng.randint(2, 99), rng.randint(100, 9999)
        return self.powers(rng, [base], [exponent], modulus)

    def level_5(self, rng: Random) -> Draft:
        """A sum of two great powers, or a tower of powers."""
        modulus = rng.randint(30, 199)
        bases = rng.sample(range(2, 60), 2)
        if rng.random() < 0.5:
            return self.powers(rng, bases, [rng.randint(100, 9999) for _ in range(2)], modulus)
        low, high = rng.randint(2, 9), rng.randint(5, 12)
        shown = f"${bases[0]}^{{{power(str(low), high)}}}$"
        answer = pow(bases[0], low**high, modulus)
        return self.asked(rng, shown, modulus, answer, residue(bases[0], low**high, modulus))

    def powers(self, rng: Random, bases: list[int], exponents: list[int], modulus: int) -> Draft:
        """Ask for the remainder of a sum of powers."""
        both = list(zip(bases, exponents, strict=True))
        shown = " + ".join(power(str(base), exponent) for base, exponent in both)
        answer = sum(pow(base, exponent, modulus) for base, exponent in both) % modulus
        second = sum(residue(base, exponent, modulus) for base, exponent in both) % modulus
        return self.asked(rng, f"${shown}$", modulus, answer, second)

    def asked(self, rng: Random, shown: str, modulus: int, answer: int, second: int) -> Draft:
        """Ask for the remainder of what is shown."""
        phrasings = (
            f"What is the remainder when {{}} is divided by {modulus}?",
            f"Find the remainder of {{}} on division by {modulus}.",
            f"{{}} is divided by {modulus}. What is the remainder?",
            f"Determine the remainder that {{}} leaves when divided by {modulus}.",
        )
        return Draft(ask(rng, shown, phrasings), answer, second)


class Congruences(MathFamily):
    """The least number with given remainders; by the Chinese remainder theorem and by search."""

    name = "number_theory.congruences"
    card = generated(0.08)
    methods = "Chinese remainder theorem against search"
    lazy = ("1", "4", "11")
    small_levels = (2,)

    def draw(self, rng: Random, level: int) -> Draft:
        """Ask for one, two, two large, three and three moduli with factors before the unknown."""
        n_moduli = (1, 2, 2, 3, 3)[level - 1]
        pool = SMALL_MODULI if level <= 2 else range(5, 30)
        moduli = until(
            lambda: rng.sample(pool, n_moduli), lambda m: lcm(*m) == prod(m) and prod(m) < 20_000
        )
        bound = rng.randint(10, 99) if level == 1 else 0
        number = bound + rng.randint(1, prod(moduli))
        factors = [1] * n_moduli
        if level == 5:
            factors = [
                until(lambda m=m: rng.randint(2, 9), lambda f, m=m: gcd(f, m) == 1) for m in moduli
            ]
        remainders = [f * number % m for f, m in zip(factors, moduli, strict=True)]
        conditions = list(zip(factors, remainders, moduli, strict=True))
        second = next(
            n for n in range(bound + 1, bound + prod(moduli) + 1)
            if all(f * n % m == r for f, r, m in conditions)
        )  # fmt: skip
        least = sum(
            r * pow(f, -1, m) * (prod(moduli) // m) * pow(prod(moduli) // m, -1, m)
            for f, r, m in conditions
        )
        answer = (least - bound - 1) % prod(moduli) + bound + 1
        if level == 5:
            shown = listed([f"${f}n \\equiv {r} \\pmod{{{m}}}$" for f, r, m in conditions])
            phrasings = (
                "Find the smallest positive integer $n$ with {}.",
                "What is the least positive integer $n$ that satisfies {}?",
            )
            return Draft(ask(rng, shown, phrasings), answer, second)
        shown = listed([f"remainder {r} when divided by {m}" for _, r, m in conditions])
        which = f"smallest integer greater than {bound}" if bound else "smallest positive integer"
        phrasings = (
            f"What is the {which} that leaves {{}}?",
            f"Find the {which} that leaves {{}}.",
            f"Determine the {which} leaving {{}}.",
        )
        return Draft(ask(rng, shown, phrasings), answer, second)


class Bases(MathFamily):
    """Writing numbers in other bases; by repeated division and by the greatest powers first."""

    name = "number_theory.bases"
    card = generated(0.06)
    methods = "repeated division against the greatest powers first"
    lazy = ("5", "10", "100")
    small_levels = (1, 2)

    def draw(self, rng: Random, level: int) -> Draft:
        """Binary, binary, another base, from base to base, and a product within a base."""
        base = 2 if level <= 2 else rng.randint(3, 9)
        number = rng.randint(*((4, 63), (64, 1023), (100, 999), (200, 2000), (100, 999))[level - 1])
        digits = in_base(number, base)
        if level <= 3:
            phrasings = (
                f"The number {{}} is written in base {base}. What is it in base 10?",
                f"Convert {{}} from base {base} to base 10.",
                f"Which decimal number has the base-{base} form {{}}?",
                f"Write the base-{base} number {{}} in base 10.",
            )
            return Draft(ask(rng, digits, phrasings), number, int(digits, base))
        if level == 4:
            target = until(lambda: rng.randint(2, 9), lambda b: b != base)
            phrasings = (
                f"Convert {{}} from base {base} to base {target}.",
                f"The number {{}} is written in base {base}. Write it in base {target}.",
                f"What is the base-{base} number {{}} in base {target}?",
            )
            return Draft(
                ask(rng, digits, phrasings), in_base(number, target), greedy(number, target)
            )
        other = rng.randint(20, 200)
        phrasings = (
            f"The numbers {{}} are written in base {base}. Write their product in base {base}.",
            f"Working in base {base}, multiply {{}}. Give the product in base {base}.",
            f"What is the product, in base {base}, of the base-{base} numbers {{}}?",
        )
        shown = f"{digits} and {in_base(other, base)}"
        second = greedy(int(digits, base) * int(in_base(other, base), base), base)
        return Draft(ask(rng, shown, phrasings), in_base(number * other, base), second)


COUNT_DIVISORS = (
    "How many positive divisors does {} have?",
    "Find the number of positive divisors of {}.",
    "Count the positive divisors of {}, 1 and the number itself included. How many are there?",
)


def how_many(property_: str) -> tuple[str, ...]:
    """Ways to ask for the number of divisors that have a property."""
    return (
        f"How many positive divisors of {{}} are {property_}?",
        f"Find the number of positive divisors of {{}} that are {property_}.",
        f"Count those positive divisors of {{}} that are {property_}. How many are there?",
    )


def factored(primes: Sequence[int], exponents: list[int]) -> str:
    """Write a product of prime powers."""
    shown = [power(str(p), n) for p, n in zip(primes, exponents, strict=True) if n]
    return " \\cdot ".join(shown)


def divisors_of(primes: Sequence[int], exponents: list[int]) -> list[int]:
    """Every divisor of a product of prime powers."""
    ranges = [range(n + 1) for n in exponents]
    return [prod(p**n for p, n in zip(primes, chosen, strict=True)) for chosen in product(*ranges)]


def euclid(a: int, b: int) -> int:
    """The greatest common divisor by repeated remainders."""
    while b:
        a, b = b, a % b
    return a


def prime_factors(number: int) -> list[int]:
    """The prime factors in increasing order, by trial division."""
    factors, divisor = [], 2
    while number > 1:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return factors


def residue(base: int, exponent: int, modulus: int) -> int:
    """The remainder of a power, by walking the residues until they repeat."""
    seen: dict[int, int] = {}
    walk, current = [], 1 % modulus
    while current not in seen:
        seen[current] = len(walk)
        walk.append(current)
        current = current * base % modulus
    start = seen[current]
    if exponent < len(walk):
        return walk[exponent]
    return walk[start + (exponent - start) % (len(walk) - start)]


def in_base(number: int, base: int) -> str:
    """The digits of a positive number, by repeated division."""
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = str(digit) + digits
    return digits


def greedy(number: int, base: int) -> str:
    """The digits of a positive number, by taking away the greatest powers first."""
    place, digits = 1, ""
    while place * base <= number:
        place *= base
    while place:
        digits += str(number // place)
        number, place = number % place, place // base
    return digits
