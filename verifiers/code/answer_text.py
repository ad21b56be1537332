"""Writes what a program computed as a text that the math verifier reads. Runs beside the program.

    text(Fraction(1, 3))                 ->  ["text", "1/3"]
    text(sympy.sqrt(2) / 2)              ->  ["text", "\\\\frac{\\\\sqrt{2}}{2}"]
    text([1, 2])                         ->  ["text", "1, 2"]
    text(float("nan"))                   ->  ["no_value", "nan is no answer"]

Its source is sent into the sandbox (execution.py): it imports nothing of ours, and no package but
the one that the value comes from.
"""

LONGEST = 10_000
"""Characters of an answer; nobody writes a longer one."""


def text(value):
    """The value's text, or why it has none, as a list of what it is and the words."""
    try:
        written = _written(value).strip()
        written.encode()
    except _NoValue as error:
        return ["no_value", str(error)]
    except ValueError as error:  # an int of too many digits, half a character
        return ["no_value", str(error)]
    if not written:
        return ["no_value", "an empty answer"]
    if len(written) > LONGEST:
        return ["no_value", f"an answer of {len(written)} characters"]
    return ["text", written]


class _NoValue(Exception):
    pass


def _written(value):
    homes = {base.__module__.partition(".")[0] for base in type(value).__mro__}
    if "sympy" in homes:
        return _symbolic(value)
    if "numpy" in homes and hasattr(value, "tolist"):
        return _written(value.tolist())
    if isinstance(value, str):
        return "".join(value)
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        return _decimal(value)
    if isinstance(value, complex):
        return (
            f"{_decimal(value.real)} {'-' if value.imag < 0 else '+'} {_decimal(abs(value.imag))}i"
        )
    if isinstance(value, list | tuple | set | frozenset):
        return _several(value)
    kind = type(value).__name__
    if kind == "Fraction" and "fractions" in homes:
        return str(value)
    if kind == "Decimal" and ("decimal" in homes or "_pydecimal" in homes):
        if not value.is_finite():
            raise _NoValue(f"{value} is no answer")
        return format(value, "f")
    raise _NoValue(f"{'None' if value is None else f'a {kind}'} is no answer")


def _symbolic(value):
    from sympy import latex, nan, zoo

    if getattr(value, "has", None) is not None and value.has(nan, zoo):
        raise _NoValue(f"{value} is no answer")
    return str(value) if getattr(value, "is_Integer", False) else latex(value)


def _decimal(value):
    """A float's decimals, without the last ones, which are the machine's: 0.1 + 0.2 is 0.3."""
    if value - value != 0:  # nan, and both infinities
        raise _NoValue(f"{value} is no answer")
    return f"{value:.13g}" if len(repr(value)) > 15 else repr(value)


def _several(values):
    if isinstance(values, set | frozenset):
        items = sorted((_written(one) for one in values), key=lambda one: (len(one), one))
        return "\\{" + ", ".join(items) + "\\}"
    if not values:
        raise _NoValue(f"an empty {type(values).__name__} is no answer")
    if isinstance(values, list) and all(isinstance(row, list) for row in values):
        if len({len(row) for row in values}) != 1 or not values[0]:
            raise _NoValue("lists of several lengths are no answer")
        rows = [" & ".join(_written(one) for one in row) for row in values]
        return "\\begin{pmatrix}" + " \\\\ ".join(rows) + "\\end{pmatrix}"
    items = ", ".join(_written(one) for one in values)
    return f"({items})" if isinstance(values, tuple) else items
