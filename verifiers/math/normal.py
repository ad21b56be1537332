"""Normal forms: two expressions with one normal form are equal, whatever they looked like.

    normal(parse("\\\\sqrt{12}")) == normal(parse("2\\\\sqrt{3}"))             ->  True
    equal_forms(normal(parse("\\\\frac{1}{1+\\\\sqrt2}")), normal(parse("\\\\sqrt2 - 1")))  ->  True

A form is a quotient of two sums of monomials in atoms, with exact rational coefficients. Atoms are
variables, primes under a root, i, pi, e, and whatever is not taken apart (`opaque`). Products of
roots
of different primes are linearly independent over the rationals (Besicovitch 1940), and pi is
transcendental: without opaque atoms, forms that differ belong to expressions that differ.
"""

from fractions import Fraction
from functools import lru_cache
from math import comb, factorial, gcd, lcm, perm, prod
from typing import Any, NamedTuple

from verifiers.math.syntax import (
    Based,
    Call,
    Constant,
    Number,
    Percent,
    Power,
    Product,
    Ratio,
    Sum,
    Symbol,
    Unreadable,
)

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


@lru_cache(maxsize=8192)
def normal(node: Any) -> Form:
    """The normal form of an expression; raises TooBig, or Unreadable where it has no value."""
    rule = _RULES.get(type(node))
    if rule is None:
        raise TooBig
    return rule(node)


def exact(node: Any) -> Fraction | None:
    """The value of an expression that is a rational number and easily seen to be one, else None."""
    if isinstance(node, Number):
        return node.value
    try:
        return normal(node).rational
    except TooBig:
        return None


def equal_forms(left: Form, right: Form) -> bool:
    """Whether the two are the same, cross-multiplied; raises TooBig."""
    if left.bottom == right.bottom:
        return left.top == right.top
    return _multiplied(left.top, right.bottom) == _multiplied(right.top, left.bottom)


def opaque(form: Form) -> bool:
    """Whether forms like this one may differ though their expressions are equal."""
    atoms = {atom for poly in form for monomial in poly for atom, _ in monomial}
    return any(atom[0] in "frl" for atom in atoms) or {"c:pi", "c:e"} <= atoms


def _number(node: Number) -> Form:
    return Form({(): node.value} if node.value else {}, UNIT)


def _atom(name: str, exponent: Fraction = Fraction(1)) -> Form:
    return Form({((name, exponent),): Fraction(1)}, UNIT)


def _symbol(node: Symbol) -> Form:
    return _atom(f"s:{node.name}")


def _constant(node: Constant) -> Form:
    if node.name == "oo":
        raise TooBig
    return _atom(f"c:{node.name}")


def _sum(node: Sum) -> Form:
    total = normal(node.terms[0])
    for term in node.terms[1:]:
        total = _added(total, normal(term))
    return total


def _added(left: Form, right: Form) -> Form:
    if left.bottom == right.bottom:
        return Form(_plus(left.top, right.top), left.bottom)
    top = _plus(_multiplied(left.top, right.bottom), _multiplied(right.top, left.bottom))
    return _reduced(top, _multiplied(left.bottom, right.bottom))


def _product(node: Product) -> Form:
    top, bottom = UNIT, UNIT
    for factor in node.factors:
        form = normal(factor)
        top, bottom = _multiplied(top, form.top), _multiplied(bottom, form.bottom)
    return _reduced(top, bottom)


def _power(node: Power) -> Form:
    exponent = normal(node.exponent)
    if (rational := exponent.rational) is not None:
        return _raised(normal(node.base), rational)
    return _exponential(normal(node.base), exponent)


def _raised(base: Form, exponent: Fraction) -> Form:
    if exponent < 0:
        if not base.top:
            raise Unreadable("undefined: division by zero")
        return _raised(_reduced(base.bottom, base.top), -exponent)
    if exponent.denominator == 1:
        n = exponent.numerator
        return _reduced(_whole_power(base.top, n), _whole_power(base.bottom, n))
    whole, rest = divmod(exponent, 1)
    root = _reduced(_rooted(base.top, rest), _rooted(base.bottom, rest))
    if not whole:
        return root
    low = _raised(base, Fraction(whole))
    return _reduced(_multiplied(low.top, root.top), _multiplied(low.bottom, root.bottom))


def _whole_power(poly: Poly, n: int) -> Poly:
    if len(poly) == 1:
        ((monomial, coefficient),) = poly.items()
        bits = max(coefficient.numerator.bit_length(), coefficient.denominator.bit_length())
        if abs(coefficient) != 1 and bits * n > MOST_BITS:
            raise TooBig
        return _monomial([(atom, power * n) for atom, power in monomial], coefficient**n)
    if n > 64:
        raise TooBig
    result = UNIT
    for _ in range(n):
        result = _multiplied(result, poly)
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
            powers += _prime_powers(abs(coefficient), exponent)
            if sign < 0 and exponent.denominator == 2:
                powers.append(("c:i", Fraction(exponent.numerator)))
                sign = 1
            return _monomial(powers, Fraction(sign if exponent.numerator % 2 else 1))
    rest = {monomial: coefficient / content for monomial, coefficient in poly.items()}
    return _monomial([(_root_atom(rest), exponent), *_prime_powers(content, exponent)], Fraction(1))


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


def _exponential(base: Form, exponent: Form) -> Form:
    """base^(sum of c*m) as the product of (base^m)^c, for a base that is one positive atom."""
    if base.bottom != UNIT or exponent.bottom != UNIT or len(base.top) != 1:
        return _atom(f"f:pow({_key(base)},{_key(exponent)})")
    ((monomial, coefficient),) = base.top.items()
    if coefficient <= 0 or any(atom[0] == "f" or atom == "c:i" for atom, _ in monomial):
        return _atom(f"f:pow({_key(base)},{_key(exponent)})")
    atoms = [*monomial, *_prime_powers(coefficient, Fraction(1))]
    powers: list[tuple[str, Fraction]] = []
    for term, factor in exponent.top.items():
        if not term:
            powers += [(atom, power * factor) for atom, power in atoms]
        else:
            powers += [(f"f:pow({atom},{term})", power * factor) for atom, power in atoms]
    return Form(_monomial(powers, Fraction(1)), UNIT)


def _call(node: Call) -> Form:
    if node.name in ("pm", "mp"):
        raise TooBig
    forms = [normal(argument) for argument in node.arguments]
    if node.name == "root":
        index = forms[1].rational
        if index is None or index.denominator != 1 or index <= 0:
            raise TooBig
        return _raised(forms[0], Fraction(1, index.numerator))
    if node.name == "det":
        return forms[0]
    if node.name == "degree":
        return Form(_multiplied(forms[0].top, _atom("f:degree").top), forms[0].bottom)
    if node.name in ("ln", "log"):
        return _logarithm(node.name, forms)
    if node.name == "exp":
        exponent = forms[0]
        if exponent.rational is not None:
            return _raised(_atom("c:e"), exponent.rational)
        return _exponential(_atom("c:e"), exponent)
    values = [form.rational for form in forms]
    if None not in values and (value := _computed(node.name, values)) is not None:
        return Form({(): value} if value else {}, UNIT)
    return _atom(f"f:{node.name}({','.join(map(_key, forms))})")


def _logarithm(name: str, forms: list[Form]) -> Form:
    if len(forms) == 2:
        above, below = _logarithm("ln", forms[:1]), _logarithm("ln", forms[1:])
        if not below.top:
            raise Unreadable("undefined: a logarithm to base 1")
        return _reduced(_multiplied(above.top, below.bottom), _multiplied(above.bottom, below.top))
    form, tag = forms[0], "l" if name == "ln" else "lg"
    if form.bottom == UNIT and len(form.top) == 1:
        ((monomial, coefficient),) = form.top.items()
        known = all(atom[0] == "p" or atom == "c:e" for atom, _ in monomial)
        if coefficient > 0 and known and (name == "ln" or not any(a == "c:e" for a, _ in monomial)):
            total: Poly = {}
            for atom, power in [*monomial, *_prime_powers(coefficient, Fraction(1))]:
                term = UNIT if atom == "c:e" else {((f"{tag}:{atom}", Fraction(1)),): Fraction(1)}
                total = _plus(total, {key: value * power for key, value in term.items()})
            return Form(total, UNIT)
    return _atom(f"f:{name}({_key(form)})")


def _computed(name: str, values: list[Any]) -> Fraction | None:
    """Functions of rational numbers with rational values; raises TooBig."""
    first = values[0]
    whole = all(value.denominator == 1 for value in values)
    if name == "abs":
        return abs(first)
    if name == "floor":
        return Fraction(first.__floor__())
    if name == "ceil":
        return Fraction(first.__ceil__())
    if name == "sgn":
        return Fraction((first > 0) - (first < 0))
    if name == "mod" and values[1]:
        return first % values[1]
    if name in ("max", "min"):
        return max(values) if name == "max" else min(values)
    if not whole:
        return None
    numbers = [value.numerator for value in values]
    if name in ("gcd", "lcm"):
        return Fraction((gcd if name == "gcd" else lcm)(*numbers))
    if any(number < 0 for number in numbers):
        return None
    if max(numbers) > 3_000:
        raise TooBig
    if name == "factorial":
        return Fraction(factorial(numbers[0]))
    if name == "factorial2":
        return Fraction(prod(range(numbers[0], 0, -2)))
    if name in ("binom", "perm"):
        return Fraction((comb if name == "binom" else perm)(*numbers))
    return None


def _percent(node: Percent) -> Form:
    form = normal(node.value)
    return Form({monomial: one / 100 for monomial, one in form.top.items()}, form.bottom)


def _ratio(node: Ratio) -> Form:
    if len(node.parts) != 2:
        raise TooBig
    above, below = map(normal, node.parts)
    if not below.top:
        raise Unreadable("undefined: division by zero")
    return _reduced(_multiplied(above.top, below.bottom), _multiplied(above.bottom, below.top))


def _based(node: Based) -> Form:
    return Form({(): node.value} if node.value else {}, UNIT)


_RULES = {
    Number: _number,
    Symbol: _symbol,
    Constant: _constant,
    Sum: _sum,
    Product: _product,
    Power: _power,
    Call: _call,
    Percent: _percent,
    Ratio: _ratio,
    Based: _based,
}

# Sums of monomials.


def _plus(left: Poly, right: Poly) -> Poly:
    total = dict(left)
    for monomial, coefficient in right.items():
        if value := total.get(monomial, 0) + coefficient:
            total[monomial] = Fraction(value)
        else:
            del total[monomial]
    return total


def _multiplied(left: Poly, right: Poly) -> Poly:
    if left == UNIT:
        return right
    if right == UNIT:
        return left
    if len(left) * len(right) > MOST_TERMS:
        raise TooBig
    total: Poly = {}
    for one, a in left.items():
        for other, b in right.items():
            total = _plus(total, _monomial([*one, *other], a * b))
    return total


def _monomial(powers: list[tuple[str, Fraction]], coefficient: Fraction) -> Poly:
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
            expanded = _whole_power(_ROOTED[atom], abs(whole))
            if whole < 0:
                raise TooBig
            factor = expanded if factor is None else _multiplied(factor, expanded)
            merged[atom] = power - whole
    result = {tuple(sorted((a, p) for a, p in merged.items() if p)): coefficient}
    return result if factor is None else _multiplied(result, factor)


def _reduced(top: Poly, bottom: Poly) -> Form:
    """Divide through where the denominator is one monomial that may be divided by."""
    if not bottom:
        raise Unreadable("undefined: division by zero")
    if bottom == UNIT or not top:
        return Form(top, UNIT if not top else bottom)
    if len(bottom) == 1:
        ((monomial, coefficient),) = bottom.items()
        if not any(atom[0] == "r" for atom, _ in monomial):
            inverse = _monomial([(atom, -power) for atom, power in monomial], 1 / coefficient)
            return Form(_multiplied(top, inverse), UNIT)
    leading = bottom[max(bottom)]
    if leading != 1:
        top = {monomial: value / leading for monomial, value in top.items()}
        bottom = {monomial: value / leading for monomial, value in bottom.items()}
    return Form(UNIT, UNIT) if top == bottom else Form(top, bottom)


def _content(poly: Poly) -> Fraction:
    """The positive rational that divides all coefficients."""
    above = gcd(*(one.numerator for one in poly.values()))
    below = lcm(*(one.denominator for one in poly.values()))
    return Fraction(above, below)


@lru_cache(maxsize=4096)
def _prime_powers(value: Fraction, exponent: Fraction) -> list[tuple[str, Fraction]]:
    powers = [(f"p:{p}", n * exponent) for p, n in _factors(value.numerator)]
    return powers + [(f"p:{p}", -n * exponent) for p, n in _factors(value.denominator)]


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


def _key(form: Form) -> str:
    return f"{_frozen(form.top)}/{_frozen(form.bottom)}"
