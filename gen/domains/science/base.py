"""What every science family is made of: its domain, and numbers as a textbook prints them.

significant(0.0123456, 3)    0.0123
shown(1200.0)                "1200"
shown(0.00034)               "0.00034"
"""

from math import floor, log10

from gen.domains.worked import Amount, WorkedFamily

CLOSE = Amount(relative=0.01)
THREE_FIGURES = "Give at least three significant figures."


class ScienceFamily(WorkedFamily):
    """A family of science problems: a law of nature worked out in numbers."""

    domain = "science"


def significant(value: float, figures: int = 3) -> float:
    """A number rounded to significant figures."""
    return round(value, figures - 1 - floor(log10(abs(value)))) if value else 0.0


def shown(value: float) -> str:
    """A number without a trailing .0 and without powers of ten where it is of moderate size."""
    if value == int(value) and abs(value) < 1e9:
        return str(int(value))
    return f"{value:.10f}".rstrip("0") if 1e-6 < abs(value) < 1e9 else f"{value:g}"


def within(unit: str, relative: float = 0.01) -> Amount:
    """A number with a unit, one in a hundred off at most."""
    return Amount(relative=relative, unit=unit)
