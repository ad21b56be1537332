"""Draws a family's parameters and writes them into its templates.

    drawn = draw(parameter, rng)               ->  Drawn(number=Fraction(5, 2), shown="2.5", ...)
    filled("A body of {m}.", {"m": drawn})     ->  "A body of 2.5 kg."

`{m}` is number and unit, `{m.number}` and `{m.unit}` are one of them, `{m.name}` is the word of a
choice.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random
from string import Formatter

from gen.yaml_families.schema import Parameter


@dataclass(frozen=True, slots=True)
class Drawn:
    """A parameter's value: `number` is None where it is a word alone."""

    number: Fraction | None
    shown: str
    unit: str
    name: str

    @property
    def whole(self) -> str:
        """The number with its unit, or the word."""
        if self.number is None:
            return self.name
        return f"{self.shown} {self.unit}".strip()


def draw(parameter: Parameter, rng: Random) -> Drawn:
    """Draw one value."""
    name, value = "", parameter.value
    if parameter.range is not None:
        low, high = (Decimal(str(end)) for end in parameter.range)
        step = Decimal(str(parameter.step or 1))
        return _drawn(low + step * rng.randint(0, int((high - low) / step)), parameter.unit)
    if isinstance(parameter.choices, dict):
        name = rng.choice([*parameter.choices])
        value = parameter.choices[name]
    elif parameter.choices is not None:
        chosen = rng.choice(parameter.choices)
        if isinstance(chosen, str):
            return Drawn(None, chosen, "", chosen)
        value = chosen
    return _drawn(Decimal(str(value)), parameter.unit, name)


def _drawn(value: Decimal, unit: str, name: str = "") -> Drawn:
    return Drawn(Fraction(value), format(value, "f"), unit, name)


def fields(template: str) -> Iterator[str]:
    """The fields of a template; raises ValueError where its braces are none."""
    for _, field, form, conversion in Formatter().parse(template):
        if field is None:
            continue
        if form or conversion:
            raise ValueError(f"{{{field}}} takes no format")
        yield field


def filled(template: str, drawn: Mapping[str, Drawn], words: Mapping[str, str]) -> str:
    """The template with its fields filled: from `words`, or from what was drawn."""
    parts = []
    for text, field, _, _ in Formatter().parse(template):
        parts.append(text)
        if field is None:
            continue
        if field in words:
            parts.append(words[field])
            continue
        name, _, part = field.partition(".")
        one = drawn[name]
        choices = {"": one.whole, "number": one.shown, "unit": one.unit, "name": one.name}
        parts.append(choices[part])
    return "".join(parts)
