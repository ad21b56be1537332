"""Values with a unit, a currency, a per cent sign or a degree sign.

same_quantity(read("5\\\\text{ km}"), read("5000 m"), again)   ->  Finding(True, "normal form")
same_percentage(read("25\\\\%"), read("0.25"), again)         ->  Finding(True, "exact")
same_angle(read("180^\\\\circ"), read("\\\\pi"), again).equal     ->  True
"""

from fractions import Fraction
from typing import Any

from verifiers.math.expressions import same_expression
from verifiers.math.findings import DIFFERENT, Again, Finding
from verifiers.math.normal import exact
from verifiers.math.syntax import (
    NO_EXPRESSION,
    Based,
    Call,
    Moment,
    Number,
    Percent,
    Product,
    Quantity,
    Sum,
    integer,
)
from verifiers.math.units import canonical, factor, is_currency, is_known


def same_quantity(gold: Quantity, answer: Any, again: Again) -> Finding:
    """Compare with a quantity; a unit that only one side states is not held against it."""
    if isinstance(answer, Call) and answer.name == "degree" and gold.unit.startswith("°"):
        answer = answer.arguments[0]
    if not isinstance(answer, Quantity):
        if isinstance(answer, Based | Moment) or (
            isinstance(answer, Percent) and not isinstance(gold.value, Percent)
        ):
            return DIFFERENT
        finding = again(gold.value, answer)
        return finding._replace(note=finding.note or f"unit {gold.unit} not in the answer")
    if gold.unit.startswith("°") or answer.unit.startswith("°"):
        return _temperature(gold, answer, again)
    ratio = factor(answer.unit, gold.unit)
    if gold.unit == "sterling" and canonical(answer.unit) == "pound":
        ratio = Fraction(1)
    if ratio is None and (" per " in gold.unit) != (" per " in answer.unit):
        ours, theirs = (one.unit.partition(" per ")[0] for one in (gold, answer))
        ratio = factor(theirs, ours) if is_currency(ours) else None
    if ratio is None:
        if not is_known(gold.unit) and not is_known(answer.unit):
            return _counted(gold, answer, again)
        return Finding(False, "units", f"{answer.unit} for {gold.unit}")
    value = answer.value if ratio == 1 else Product((answer.value, Number(ratio)))
    if ratio != 1 and (known := exact(value)) is not None:
        value = Number(known)
    return again(gold.value, value)


def unit_added(gold: Any, answer: Quantity, again: Again) -> Finding:
    """Compare a value with a quantity, in the unit that the prompt names, else in its own."""
    if again.asked.unit and (ratio := factor(answer.unit, again.asked.unit)) is not None:
        value = Product((answer.value, Number(ratio)))
        return again(gold, answer.value if ratio == 1 else Number(exact(value) or Fraction(0)))
    finding = again(gold, answer.value)
    return finding._replace(note=finding.note or f"unit {answer.unit} not in the ground truth")


def _counted(gold: Quantity, answer: Quantity, again: Again) -> Finding:
    """Nouns: `14 triangles` for `14 right triangles`, but no cats for dogs."""
    one, other = set(gold.unit.casefold().split()), set(answer.unit.casefold().split())
    if one <= other or other <= one:
        return again(gold.value, answer.value)
    return Finding(False, "units", f"{answer.unit} for {gold.unit}")


def _temperature(gold: Quantity, answer: Quantity, again: Again) -> Finding:
    if gold.unit == answer.unit:
        return again(gold.value, answer.value)
    one, other = _kelvin(gold), _kelvin(answer)
    if one is None or other is None:
        return Finding(False, "units", f"{answer.unit} for {gold.unit}")
    return same_expression(one, other)


def _kelvin(quantity: Quantity) -> Any:
    if quantity.unit == "°C":
        return Sum((quantity.value, Number(Fraction(27315, 100))))
    if quantity.unit == "°F":
        celsius = Product((Sum((quantity.value, integer(-32))), Number(Fraction(5, 9))))
        return Sum((celsius, Number(Fraction(27315, 100))))
    return quantity.value if canonical(quantity.unit) == "kelvin" else None


def same_percentage(gold: Percent, answer: Any, again: Again) -> Finding:
    """Compare with a percentage; its number alone counts where the prompt speaks of per cent."""
    if isinstance(answer, Percent):
        return again(gold.value, answer.value)
    if isinstance(answer, NO_EXPRESSION):
        return DIFFERENT
    if isinstance(answer, Quantity):
        return DIFFERENT
    if again.asked.percent and (finding := again(gold.value, answer)).equal:
        return finding
    value = exact(gold)
    if value is not None and isinstance(answer, Number):
        # The places of 12.5 % are those of 0.125.
        places = (
            gold.value.places + 2 if isinstance(gold.value, Number) and gold.value.places else None
        )
        return same_expression(Number(value, places), answer, rounded=again.asked.rounded)
    return same_expression(gold, answer)


def percent_added(gold: Any, answer: Percent, again: Again) -> Finding:
    """Compare a value without a per cent sign with one that has it."""
    if again.asked.percent:
        return again(gold, answer.value)
    if isinstance(gold, Number) and gold.value.denominator == 1 and gold.value not in (0, 1):
        return Finding(False, "form", "a per cent sign that the ground truth does not have")
    return same_expression(gold, answer)


def same_angle(gold: Call, answer: Any, again: Again) -> Finding:
    """Compare with so many degrees; their number alone counts as well."""
    if isinstance(answer, Call) and answer.name == "degree":
        return again(gold.arguments[0], answer.arguments[0])
    if isinstance(answer, Quantity):
        if canonical(answer.unit) != "radian":
            return DIFFERENT
        return same_expression(gold, answer.value)
    if isinstance(answer, NO_EXPRESSION):
        return DIFFERENT
    plain = again(gold.arguments[0], answer)
    return plain if plain.equal else same_expression(gold, answer)
