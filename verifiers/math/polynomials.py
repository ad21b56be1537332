"""Polynomials in atoms: sums of monomials with exact coefficients, and quotients of two of them.

    plus({(("s:x", 1),): 2}, {(("s:x", 1),): 3})  ->  {(("s:x", 1),): 5}             2x + 3x = 5x
    raised(Form({(): 12}, UNIT), 1/2)             ->  Form({(("p:3", 1/2),): 2}, UNIT)  root of 12

The first letter of an atom says what it is: s a variable, p a prime under a root, c a constant, r
the root of a whole polynomial, l a logarithm, f a function that is not taken apart.
"""

from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm
from typing import NamedTuple

from verifiers.math.syntax import Unreadable

MOST_TERMS = 200
"""Monomials of a form; what would grow past that is left to numbers."""

MOST_BITS = 50_000
"""Bits of an exact integer: some 15,000 digits."""

Monomial = tuple[tuple[str, Fraction], ...]
Poly = dict[Monomial, Fraction]

UNIT: Poly = {(): Fraction(1)}


class TooBig(Exception):
    """The form would outgrow its bounds."""


class Form(NamedTuple):
    """`top` over `bottom`."""

    top: Poly
    bottom: Poly

    @property
    def rational(self) -> Fraction | None:
        """The value where it is a rational number."""
        if self.bottom != UNIT or any(self.top):
            return None
        return self.top.get((), Fraction(0))


def added(left: Form, right: Form) -> Form:
    """The sum of two quotients; raises TooBig."""
    if left.bottom == right.bottom:
        return Form(plus(left.top, right.top), left.bottom)
    top = plus(multiplied(left.top, right.bottom), multiplied(right.top, left.bottom))
    return reduced(top, multiplied(left.bottom, right.bottom))


def raised(base: Form, exponent: Fraction) -> Form:
    """A quotient to a rational power; raises TooBig, or Unreadable for zero to a negative one."""
    if exponent < 0:
        if not base.top:
            raise Unreadable("undefined: division by zero")
        return raised(reduced(base.bottom, base.top), -exponent)
    if exponent.denominator == 1:
        n = exponent.numerator
        return reduced(_whole_power(base.top, n), _whole_power(base.bottom, n))
    whole, rest = divmod(exponent, 1)
    root = reduced(_rooted(base.top, rest), _rooted(base.bottom, rest))
    if not whole:
        return root
    low = raised(base, Fraction(whole))
    return reduced(multiplied(low.top, root.top), multiplied(low.bottom, root.bottom))


def plus(left: Poly, right: Poly) -> Poly:
    """The sum of two polynomials."""
    total = dict(left)
    for monomial, coefficient in right.items():
        if value := total.get(monomial, 0) + coefficient:
            total[monomial] = Fraction(value)
        else:
            del total[monomial]
    return total


def multiplied(left: Poly, right: Poly) -> Poly:
    """The product of two polynomials; raises TooBig."""
    if left == UNIT:
        return right
    if right == UNIT:
        return left
    if len(left) * len(right) > MOST_TERMS:
        raise TooBig
    total: Poly = {}
    for one, a in left.items():
        for other, b in right.items():
            total = plus(total, product_of_powers([*one, *other], a * b))
    return total


def product_of_powers(powers: list[tuple[str, Fraction]], coefficient: Fraction) -> Poly:
    """The product of atoms to powers; what comes out of a root multiplies the coefficient."""
    merged: dict[str, Fraction] = {}
    for atom, power in powers:
        merged[atom] = merged.get(atom, Fraction(0)) + power
    factor: Poly | None = None
    for atom, power in merged.items():
        whole = power.__floor__()
        if atom[0] == "p" and whole:
            prime = int(atom[2:])
            if prime.bit_length() * abs(whole) > MOST_BITS:
                raise TooBig
            coefficient *= Fraction(prime) ** whole
            merged[atom] = power - whole
        elif atom == "c:i":
            if power.denominator != 1:
                raise TooBig
            coefficient *= -1 if power % 4 in (2, 3) else 1
            merged[atom] = power % 2
        elif atom[0] == "r" and whole:
            if atom not in _ROOTED:  # forgotten since, where a worker has lived long
                raise TooBig
            expanded = _whole_power(_ROOTED[atom], abs(whole))
            if whole < 0:
                raise TooBig
            factor = expanded if factor is None else multiplied(factor, expanded)
            merged[atom] = power - whole
    result = {tuple(sorted((a, p) for a, p in merged.items() if p)): coefficient}
    return result if factor is None else multiplied(result, factor)


def reduced(top: Poly, bottom: Poly) -> Form:
    """Divide through where the denominator is one monomial that may be divided by."""
    if not bottom:
        raise Unreadable("undefined: division by zero")
    if bottom == UNIT or not top:
        return Form(top, UNIT if not top else bottom)
    if len(bottom) == 1:
        ((monomial, coefficient),) = bottom.items()
        if not any(atom[0] == "r" for atom, _ in monomial):
            inverse = product_of_powers(
                [(atom, -power) for atom, power in monomial], 1 / coefficient
            )
            return Form(multiplied(top, inverse), UNIT)
    leading = bottom[max(bottom)]
    if leading != 1:
        top = {monomial: value / leading for monomial, value in top.items()}
        bottom = {monomial: value / leading for monomial, value in bottom.items()}
    return Form(UNIT, UNIT) if top == bottom else Form(top, bottom)


@lru_cache(maxsize=4096)
def prime_powers(value: Fraction, exponent: Fraction) -> list[tuple[str, Fraction]]:
    """A positive rational to a power, as atoms to powers; raises TooBig."""
    powers = [(f"p:{p}", n * exponent) for p, n in _factors(value.numerator)]
    return powers + [(f"p:{p}", -n * exponent) for p, n in _factors(value.denominator)]


def spelled(form: Form) -> str:
    """A text that two forms share only where they are the same."""
    return f"{_frozen(form.top)}/{_frozen(form.bottom)}"


def _whole_power(poly: Poly, n: int) -> Poly:
    if len(poly) == 1:
        ((monomial, coefficient),) = poly.items()
        bits = max(coefficient.numerator.bit_length(), coefficient.denominator.bit_length())
        if abs(coefficient) != 1 and bits * n > MOST_BITS:
            raise TooBig
        return product_of_powers([(atom, power * n) for atom, power in monomial], coefficient**n)
    if n > 64:
        raise TooBig
    result = UNIT
    for _ in range(n):
        result = multiplied(result, poly)
    return result


def _rooted(poly: Poly, exponent: Fraction) -> Poly:
    """`poly` to a power between 0 and 1."""
    if not poly:
        return poly
    content = _content(poly)
    if len(poly) == 1:
        ((monomial, coefficient),) = poly.items()
        sign = 1 if coefficient > 0 else -1
        if all(_splits(atom, power) for atom, power in monomial) and (
            sign > 0 or exponent.denominator % 2 or (exponent.denominator == 2 and not monomial)
        ):
            powers = [(atom, power * exponent) for atom, power in monomial]
            powers += prime_powers(abs(coefficient), exponent)
            if sign < 0 and exponent.denominator == 2:
                powers.append(("c:i", Fraction(exponent.numerator)))
                sign = 1
            return product_of_powers(powers, Fraction(sign if exponent.numerator % 2 else 1))
    rest = {monomial: coefficient / content for monomial, coefficient in poly.items()}
    return product_of_powers(
        [(_root_atom(rest), exponent), *prime_powers(content, exponent)], Fraction(1)
    )


def _splits(atom: str, power: Fraction) -> bool:
    """Whether a root of atom^power is atom^(power of the root): not for x^2, whose root is |x|."""
    return (
        atom[0] == "p" or atom in ("c:pi", "c:e") or (atom[0] == "s" and power.numerator % 2 == 1)
    )


_ROOTED: dict[str, Poly] = {}


def _root_atom(poly: Poly) -> str:
    name = f"r:{_frozen(poly)}"
    if len(_ROOTED) > 10_000:
        _ROOTED.clear()
    _ROOTED[name] = poly
    return name


def _content(poly: Poly) -> Fraction:
    """The positive rational that divides all coefficients."""
    above = gcd(*(one.numerator for one in poly.values()))
    below = lcm(*(one.denominator for one in poly.values()))
    return Fraction(above, below)


def _factors(n: int) -> list[tuple[int, int]]:
    """Prime factors by trial division; raises TooBig where a large one may hide more."""
    found, prime = [], 2
    while prime * prime <= n:
        if prime > 3_000:
            raise TooBig
        count = 0
        while n % prime == 0:
            n //= prime
            count += 1
        if count:
            found.append((prime, count))
        prime += 1 if prime == 2 else 2
    return [*found, (n, 1)] if n > 1 else found


def _frozen(poly: Poly) -> str:
    return ";".join(f"{monomial}:{value}" for monomial, value in sorted(poly.items()))
