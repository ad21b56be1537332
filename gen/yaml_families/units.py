"""Numbers with units: exact in base units, and as quantities of pint.

units = Units(("EUR",))
units.in_base(Fraction(36), "km/h")           ->  10 (m/s)
units.converted(Fraction(10), "m/s", "km/h")  ->  36
units.quantity(Fraction(36), "km/h")          ->  10.0 m/s
"""

import re
from fractions import Fraction
from functools import cache, lru_cache
from typing import Any

MOST_CHARS = 100
POWER = re.compile(r"(?<=[A-Za-z_])\s*(\*\*|\^)\s*-?\d{1,2}(\.\d+)?(?!\s*(\*\*|\^|\d))")
"""A power of a unit; powers of numbers and of powers are not read, for they may take for ever."""


class UnitError(ValueError):
    """A unit that nobody knows, or that measures something else."""


class Units:
    """pint's units, and a family's own."""

    def __init__(self, new: tuple[str, ...] = ()) -> None:
        self._exact, self._floats = _registries(new)

    def in_base(self, value: Fraction, unit: str) -> Fraction:
        """The number in base units; raises UnitError."""
        return Fraction(self._of(value, unit).to_base_units().magnitude)

    def from_base(self, value: float, unit: str) -> float:
        """A number in base units as one in `unit`."""
        base = self._floats.Quantity(1.0, unit).to_base_units().units
        return float(self._floats.Quantity(value, base).to(unit).magnitude)

    def converted(self, value: Fraction, unit: str, other: str) -> Fraction:
        """The number in another unit; raises UnitError where that measures something else."""
        if unit == other:
            return value
        import pint

        try:
            return Fraction(self._of(value, unit).to(other).magnitude)
        except (pint.PintError, ValueError) as error:
            raise UnitError(str(error)) from None

    def quantity(self, value: Fraction, unit: str) -> Any:
        """The same as a quantity in base units, with a float."""
        return self._floats.Quantity(float(value), unit).to_base_units()

    def in_unit(self, quantity: Any, unit: str) -> float:
        """A quantity's number in `unit`; raises UnitError where it measures something else."""
        import pint

        try:
            return float(quantity.to(unit).magnitude)
        except pint.PintError as error:
            raise UnitError(str(error)) from None

    def _of(self, value: Fraction, unit: str) -> Any:
        import pint

        if len(unit) > MOST_CHARS or "**" in (left := POWER.sub("", unit)) or "^" in left:
            raise UnitError(f"no unit {unit[:MOST_CHARS]!r}: write it like m/s**2")
        try:
            return self._exact.Quantity(value, unit)
        except (pint.PintError, ValueError, TypeError, AttributeError, AssertionError) as error:
            raise UnitError(f"no unit {unit!r}: {error}") from None


@lru_cache(maxsize=16)
def _registries(new: tuple[str, ...]) -> tuple[Any, Any]:
    known = _plain()
    if not new:
        return known
    if taken := [name for name in new if name in known[1]]:
        raise UnitError(f"{taken[0]!r} is a unit already: take another name in new_units")
    import pint

    found = pint.UnitRegistry(non_int_type=Fraction), pint.UnitRegistry()  # type: ignore[arg-type]
    for registry in found:
        for name in new:
            registry.define(f"{name} = [{name}]")
    return found


@cache
def _plain() -> tuple[Any, Any]:
    import pint

    exact = pint.UnitRegistry(non_int_type=Fraction)  # type: ignore[arg-type]
    return exact, pint.UnitRegistry()
