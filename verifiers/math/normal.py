"""Normal forms: two expressions with one normal form are equal, whatever they looked like.

    normal(parse("\\\\sqrt{12}")) == normal(parse("2\\\\sqrt{3}"))                     ->  True
    equal_forms(normal(parse("\\\\frac{1}{1+\\\\sqrt2}")), normal(parse("\\\\sqrt2 - 1")))  ->  True

A form is a quotient of two sums of monomials in atoms, with exact rational coefficients
(`polynomials.py`). Atoms are variables, primes under a root, i, pi, e, and whatever is not taken
apart (`opaque`). Products of roots of different primes are linearly independent over the rationals
(Besicovitch 1940), and pi is transcendental: without opaque atoms, forms that differ belong to
expressions that differ.
"""

from fractions import Fraction
from functools import lru_cache
from math import comb, factorial, gcd, lcm, perm, prod
from typing import Any

from verifiers.math.polynomials import (
    UNIT,
    Form,
    Poly,
    TooBig,
    added,
    multiplied,
    plus,
    prime_powers,
    product_of_powers,
    raised,
    reduced,
    spelled,
)
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
    return multiplied(left.top, right.bottom) == multiplied(right.top, left.bottom)


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
        total = added(total, normal(term))
    return total


def _product(node: Product) -> Form:
    top, bottom = UNIT, UNIT
    for factor in node.factors:
        form = normal(factor)
        top, bottom = multiplied(top, form.top), multiplied(bottom, form.bottom)
    return reduced(top, bottom)


def _power(node: Power) -> Form:
    exponent = normal(node.exponent)
    if (rational := exponent.rational) is not None:
        return raised(normal(node.base), rational)
    return _exponential(normal(node.base), exponent)


def _exponential(base: Form, exponent: Form) -> Form:
    """base^(sum of c*m) as the product of (base^m)^c, for a base that is one positive atom."""
    if base.bottom != UNIT or exponent.bottom != UNIT or len(base.top) != 1:
        return _atom(f"f:pow({spelled(base)},{spelled(exponent)})")
    ((monomial, coefficient),) = base.top.items()
    if coefficient <= 0 or any(atom[0] == "f" or atom == "c:i" for atom, _ in monomial):
        return _atom(f"f:pow({spelled(base)},{spelled(exponent)})")
    atoms = [*monomial, *prime_powers(coefficient, Fraction(1))]
    powers: list[tuple[str, Fraction]] = []
    for term, factor in exponent.top.items():
        if not term:
            powers += [(atom, power * factor) for atom, power in atoms]
        else:
            powers += [(f"f:pow({atom},{term})", power * factor) for atom, power in atoms]
    return Form(product_of_powers(powers, Fraction(1)), UNIT)


def _call(node: Call) -> Form:
    if node.name in ("pm", "mp"):
        raise TooBig
    forms = [normal(argument) for argument in node.arguments]
    if node.name == "root":
        index = forms[1].rational
        if index is None or index.denominator != 1 or index <= 0:
            raise TooBig
        return raised(forms[0], Fraction(1, index.numerator))
    if node.name == "det":
        return forms[0]
    if node.name == "degree":
        return Form(multiplied(forms[0].top, _atom("f:degree").top), forms[0].bottom)
    if node.name in ("ln", "log"):
        return _logarithm(node.name, forms)
    if node.name == "exp":
        exponent = forms[0]
        if exponent.rational is not None:
            return raised(_atom("c:e"), exponent.rational)
        return _exponential(_atom("c:e"), exponent)
    values = [form.rational for form in forms]
    if None not in values and (value := _computed(node.name, values)) is not None:
        return Form({(): value} if value else {}, UNIT)
    return _atom(f"f:{node.name}({','.join(map(spelled, forms))})")


def _logarithm(name: str, forms: list[Form]) -> Form:
    if len(forms) == 2:
        above, below = _logarithm("ln", forms[:1]), _logarithm("ln", forms[1:])
        if not below.top:
            raise Unreadable("undefined: a logarithm to base 1")
        return reduced(multiplied(above.top, below.bottom), multiplied(above.bottom, below.top))
    form, tag = forms[0], "l" if name == "ln" else "lg"
    if form.bottom == UNIT and len(form.top) == 1:
        ((monomial, coefficient),) = form.top.items()
        known = all(atom[0] == "p" or atom == "c:e" for atom, _ in monomial)
        if coefficient > 0 and known and (name == "ln" or not any(a == "c:e" for a, _ in monomial)):
            total: Poly = {}
            for atom, power in [*monomial, *prime_powers(coefficient, Fraction(1))]:
                term = UNIT if atom == "c:e" else {((f"{tag}:{atom}", Fraction(1)),): Fraction(1)}
                total = plus(total, {key: value * power for key, value in term.items()})
            return Form(total, UNIT)
    return _atom(f"f:{name}({spelled(form)})")


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
    return reduced(multiplied(above.top, below.bottom), multiplied(above.bottom, below.top))


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
