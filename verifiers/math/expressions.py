"""Whether two expressions are equal, in layers: normal form, then numbers, then sympy.

    same_expression(parse("\\\\sqrt{12}"), parse("2\\\\sqrt3"))  ->  Finding(True, "normal form")
    same_expression(parse("e"), parse("\\\\exp 1"))  ->  Finding(True, "normal form")
    same_expression(parse("0.33"), parse("0.333"), rounded=True)  ->  Finding(True, "rounded")

What a layer cannot decide, the next one does; where two of them do not agree, the note says so.
"""

from fractions import Fraction
from typing import Any

from verifiers.math import numeric, symbolic
from verifiers.math.findings import Finding
from verifiers.math.normal import equal_forms, exact, normal, opaque
from verifiers.math.polynomials import TooBig
from verifiers.math.syntax import Call, Number, Power, Product, Sum, symbols, walk


def same_expression(gold: Any, answer: Any, *, rounded: bool = False) -> Finding:
    """Compare two expressions; raises Unreadable where one has no value.

    `rounded` says that the problem asks for a rounded value, so that a decimal ground truth is one.
    """
    if gold == answer:
        return Finding(True, "normal form")
    if isinstance(gold, Number) and isinstance(answer, Number):
        if gold.value == answer.value:
            return Finding(True, "exact")
        return _rounding(gold, answer, rounded) or Finding(False, "exact")
    by_form = _by_normal_form(gold, answer)
    if by_form is not None:
        if not by_form.equal and _states_places(gold):
            return _rounding(gold, answer, rounded) or by_form
        return by_form
    agreement = numeric.compare(gold, answer)
    if agreement.outcome == "different":
        close = "the values differ by less than 1e-9 of their size" if agreement.close else ""
        return _rounding(gold, answer, rounded) or Finding(False, "numeric", close)
    if agreement.outcome == "equal":
        return _confirmed(gold, answer, agreement.note)
    proof = symbolic.equal(gold, answer)
    if proof.outcome == "timeout":
        return Finding(False, "sympy", "sympy took too long, and there are no values to compare")
    return Finding(proof.outcome == "equal", "sympy", f"no values to compare: {agreement.note}")


def _by_normal_form(gold: Any, answer: Any) -> Finding | None:
    try:
        left, right = normal(gold), normal(answer)
        if equal_forms(left, right):
            return Finding(True, "normal form")
        if opaque(left) or opaque(right):
            return None
    except TooBig:
        return None
    return Finding(False, "normal form")


def _confirmed(gold: Any, answer: Any, note: str) -> Finding:
    """Equal by value; sympy is asked to prove it."""
    proof = symbolic.equal(gold, answer)
    if proof.outcome == "equal":
        return Finding(True, "numeric and sympy", note)
    doubt = {
        "timeout": "not confirmed: sympy took too long",
        "unknown": "not confirmed by sympy",
        "different": "sympy disagrees",
    }[proof.outcome]
    return Finding(True, "numeric", "; ".join(filter(None, (note, doubt))))


def _states_places(node: Any) -> bool:
    number = _signed_number(node)
    return number is not None and number.places is not None


def _signed_number(node: Any) -> Number | None:
    """A decimal, also one in scientific notation (its places then count from its last digit)."""
    if isinstance(node, Number):
        return node
    if isinstance(node, Product) and len(node.factors) == 2:
        first, second = node.factors
        power = second.exponent if isinstance(second, Power) else None
        if isinstance(first, Number) and first.places is not None and isinstance(power, Number):
            value = exact(node)
            if value is not None and exact(second.base) == 10 and power.value.denominator == 1:
                return Number(value, first.places - int(power.value))
    return None


def _rounding(gold: Any, answer: Any, rounded: bool) -> Finding | None:
    """A value that rounds to the decimal ground truth at the places it states is equal to it.

    Only where the ground truth can be a rounded value: the problem asks for one, or its digits
    say so
    (3.14, not 2.5), and the answer states more places, or none because it is exact.
    """
    stated = _signed_number(gold)
    if stated is None or stated.places is None or symbols(answer):
        return None
    theirs = _signed_number(answer)
    places = stated.places
    if theirs is not None and theirs.places is not None and theirs.places <= places:
        return None
    if theirs is not None and theirs.places is None and theirs.value.denominator == 1:
        return None
    irrational = exact(answer) is None and (places > 1 or abs(stated.value) >= 10)
    if not rounded and not irrational and not _looks_rounded(stated):
        return None
    size = Fraction(10) ** -places / 2
    try:
        gap = numeric.value(answer) - numeric.value(stated)
    except numeric.Undefined:
        return None
    if not isinstance(gap, numeric.mp.mpf):
        return None
    half = numeric.value(Number(size))
    if abs(gap) <= half * (1 + numeric.mp.mpf(10) ** -12):
        return Finding(True, "rounded", f"to the ground truth's {max(places, 0)} places")
    return None


def _looks_rounded(number: Number) -> bool:
    """Not 2.5, 0.75 or 0.2, which are likely exact; 3.14, 5.0 and 0.67 are likely rounded."""
    assert number.places is not None
    digits = number.value * Fraction(10) ** number.places
    if number.places < 1:
        return abs(digits) >= 100
    if digits.numerator % 10 == 0:
        return True
    dyadic = number.value.denominator & (number.value.denominator - 1) == 0
    return number.places > 1 and not dyadic


COMPUTED = frozenset(["det", "gcd", "lcm", "mod", "max", "min"])


def unevaluated(gold: Any, answer: Any, given: frozenset[Fraction]) -> bool:
    """Whether the answer leaves to the reader what the problem asks for: 9 + 9 for 18.

    So it is where a plain number is asked for, and the answer is a calculation with nothing but
    numbers
    that the prompt has `given`. Powers, roots, factorials and fractions are values in a closed
    form.
    """
    if not isinstance(gold, Number) or isinstance(answer, Number):
        return False
    kinds = [node for node in walk(answer) if not isinstance(node, Number)]
    negatives = all(_negation(node) for node in kinds)
    plain = all(
        isinstance(node, Product | Sum) or (isinstance(node, Call) and node.name in COMPUTED)
        for node in kinds
    )
    whole = all(
        node.value.denominator == 1 or node.places is not None
        for node in walk(answer)
        if isinstance(node, Number)
    )
    from_prompt = all(abs(one.value) in given for one in walk(answer) if isinstance(one, Number))
    return bool(kinds) and plain and whole and not negatives and from_prompt


def _negation(node: Any) -> bool:
    return (
        isinstance(node, Product)
        and len(node.factors) == 2
        and node.factors[0] == Number(Fraction(-1))
    )
