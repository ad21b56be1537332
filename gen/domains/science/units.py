"""Units and dimensions: conversions, and the exponents that dimensions force.

Conversion().generate(rng, 1)    Convert 3.2 km to m.                                3200
Dimensions().generate(rng, 1)    exponents of metre, kilogram, second in joule   [2, 1, -2]
"""

from fractions import Fraction
from functools import cache
from math import prod
from random import Random
from typing import Any

from gen.domains.science.base import THREE_FIGURES, ScienceFamily, shown, significant
from gen.domains.worked import Amount, Draft, Row, generated

FACTORS: dict[str, dict[str, Fraction]] = {
    "length": {"mm": Fraction(1, 1000), "cm": Fraction(1, 100), "m": Fraction(1),
               "km": Fraction(1000), "in": Fraction(254, 10_000), "ft": Fraction(3048, 10_000),
               "yd": Fraction(9144, 10_000), "mi": Fraction(1_609_344, 1000)},
    "mass": {"mg": Fraction(1, 10**6), "g": Fraction(1, 1000), "kg": Fraction(1),
             "lb": Fraction(45_359_237, 10**8), "oz": Fraction(45_359_237, 16 * 10**8)},
    "time": {"ms": Fraction(1, 1000), "s": Fraction(1), "min": Fraction(60), "h": Fraction(3600),
             "d": Fraction(86_400)},
    "energy": {"J": Fraction(1), "kJ": Fraction(1000), "kWh": Fraction(3_600_000),
               "cal": Fraction(4184, 1000), "kcal": Fraction(4184),
               "eV": Fraction("1.602176634e-19")},
    "pressure": {"Pa": Fraction(1), "kPa": Fraction(1000), "bar": Fraction(10**5),
                 "atm": Fraction(101_325), "torr": Fraction(101_325, 760)},
    "power": {"W": Fraction(1), "kW": Fraction(1000), "MW": Fraction(10**6)},
}  # fmt: skip
"""What a unit is worth in SI, from the definitions; pint's own factors are the other derivation."""

PINT = {"in": "inch", "d": "day", "torr": "torr"}


@cache
def registry() -> Any:
    """Pint's units; built once, since that takes a quarter of a second."""
    import pint

    return pint.UnitRegistry()


def by_pint(value: float, source: str, target: str) -> float:
    """The same conversion by the package pint."""
    names = [" ".join(PINT.get(word, word) for word in one.split()) for one in (source, target)]
    return registry().Quantity(value, names[0]).to(names[1]).magnitude


class Conversion(ScienceFamily):
    """Conversion of units; defining factors against the package pint."""

    name = "units.conversion"
    card = generated(0.02, "the factors are definitions (inch, pound, calorie of 4.184 J, atm)")
    methods = "exact defining factors against pint"
    lazy = (1, 1000, 100)

    def draw(self, rng: Random, level: int) -> Draft:
        """Metric; any; powers; quotients; quotients with powers and a further step."""
        value = significant(rng.uniform(1.1, 990), 3)
        if level == 1:
            kind = rng.choice(("length", "mass", "time"))
            metric = [u for u in FACTORS[kind] if u not in ("in", "ft", "yd", "mi", "lb", "oz")]
            source, target = rng.sample(metric, 2)
            return self.converted(value, [(kind, source, target, 1)])
        if level == 2:
            kind = rng.choice(sorted(FACTORS))
            source, target = rng.sample(sorted(FACTORS[kind]), 2)
            return self.converted(value, [(kind, source, target, 1)])
        if level == 3:
            kind, power = "length", rng.choice((2, 3))
            source, target = rng.sample(sorted(FACTORS[kind]), 2)
            return self.converted(value, [(kind, source, target, power)])
        above, below = rng.choice(
            (("length", "time"), ("mass", "length"), ("energy", "mass"), ("energy", "time"),
             ("power", "length"), ("mass", "time"))
        )  # fmt: skip
        power = rng.choice((2, 3)) if below == "length" else -1
        parts = []
        for kind, exponent in ((above, 1), (below, -abs(power))):
            source, target = rng.sample(sorted(set(FACTORS[kind]) - {"eV"}), 2)
            parts.append((kind, source, target, exponent))
        if level == 5:
            kind = rng.choice(sorted({"time", "mass", "pressure"} - {above, below}))
            source, target = rng.sample(sorted(FACTORS[kind]), 2)
            parts.append((kind, source, target, rng.choice((1, -1))))
        return self.converted(value, parts)

    def converted(self, value: float, parts: list[tuple[str, str, str, int]]) -> Draft:
        """The draft of a conversion of a product of powers of units."""
        source = product_of([(one, power) for _, one, _, power in parts])
        target = product_of([(one, power) for _, _, one, power in parts])
        ratios = [FACTORS[kind][one] / FACTORS[kind][two] for kind, one, two, _ in parts]
        factor = prod(ratio ** part[3] for ratio, part in zip(ratios, parts, strict=True))
        answer = float(Fraction(str(value)) * factor)
        near = [float(Fraction(str(value)) / factor)]
        near.append(value * float(prod(ratios)))
        text = (
            f"Convert {shown(value)} {written(source)} to {written(target)}. {THREE_FIGURES} "
            "Answer "
            "with the number alone, without a unit."
        )
        second = by_pint(value, source, target)
        return Draft(text, answer, Amount(relative=0.006), second, near)


def product_of(factors: list[tuple[str, int]]) -> str:
    """Powers of units as pint reads them, divisors last: a/b*c is read in two ways."""
    factors = sorted(factors, key=lambda one: one[1] < 0)
    return " ".join(
        ("* " if at and power > 0 else "/ " if power < 0 else "")
        + unit
        + (f" ** {abs(power)}" if abs(power) > 1 else "")
        for at, (unit, power) in enumerate(factors)
    )


def written(units: str) -> str:
    """The same as people write it."""
    return units.replace(" ** ", "^").replace(" / ", "/").replace(" * ", "*")


BASES = ("metre", "kilogram", "second", "ampere", "kelvin")
DERIVED = {
    "newton": (1, 1, -2, 0, 0), "joule": (2, 1, -2, 0, 0), "watt": (2, 1, -3, 0, 0),
    "pascal": (-1, 1, -2, 0, 0), "coulomb": (0, 0, 1, 1, 0), "volt": (2, 1, -3, -1, 0),
    "ohm": (2, 1, -3, -2, 0), "farad": (-2, -1, 4, 2, 0), "tesla": (0, 1, -2, -1, 0),
    "weber": (2, 1, -2, -1, 0), "henry": (2, 1, -2, -2, 0), "siemens": (-2, -1, 3, 2, 0),
    "hertz": (0, 0, -1, 0, 0), "metre": (1, 0, 0, 0, 0), "kilogram": (0, 1, 0, 0, 0),
    "second": (0, 0, 1, 0, 0), "ampere": (0, 0, 0, 1, 0), "kelvin": (0, 0, 0, 0, 1),
}  # fmt: skip
PINT_BASES = ("[length]", "[mass]", "[time]", "[current]", "[temperature]")


class Dimensions(ScienceFamily):
    """Dimensions of products of units, and exponents that dimensions force; exact twice."""

    name = "units.dimensions"
    card = generated(0.03, "exponents are small integers or simple fractions")
    methods = "vectors of exponents against pint's dimensions; elimination against substitution"
    lazy = ([0, 0, 0, 0, 0], [1, 1, -2, 0, 0], [2, 1, -2, 0, 0])
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """A unit times another; quotients; powers; exponents of a law with two, three factors."""
        if level >= 4:
            return self.law(rng, level)
        n = level + 1
        names = rng.sample([one for one in DERIVED if one not in BASES or level > 1], n)
        powers = [rng.choice((-1, 1)) if level < 3 else rng.choice((-3, -2, -1, 1, 2, 3))
                  for _ in names]  # fmt: skip
        powers[0] = abs(powers[0])
        answer = [
            sum(power * DERIVED[name][at] for name, power in zip(names, powers, strict=True))
            for at in range(5)
        ]
        expression = product_of(list(zip(names, powers, strict=True)))
        dimensions = registry().Quantity(1, expression).dimensionality
        second = [int(dimensions.get(base, 0)) for base in PINT_BASES]
        flipped = [
            sum(abs(power) * DERIVED[name][at] for name, power in zip(names, powers, strict=True))
            for at in range(5)
        ]
        text = (
            f"Write {written(expression)} in SI base units. Answer with the JSON list of the "
            f"exponents of {', '.join(BASES)}, in this order, such as [2, 1, -2, 0, 0]."
        )
        last = [*answer[:-1], answer[-1] + 1]
        return Draft(text, answer, Row(), second, [flipped, [-one for one in answer], last])

    def law(self, rng: Random, level: int) -> Draft:
        """A quantity proportional to powers of others; which powers?"""
        n = level - 2
        size = 3
        while True:
            known = [tuple(rng.randint(-2, 2) for _ in range(size)) for _ in range(n)]
            powers = [
                Fraction(rng.choice((-3, -2, -1, 1, 2, 3)), rng.choice((1, 1, 2))) for _ in known
            ]
            target = [
                sum(p * dims[at] for p, dims in zip(powers, known, strict=True))
                for at in range(size)
            ]
            if (
                all(any(dims) for dims in known)
                and independent(known)
                and all(abs(one) <= 6 and one.denominator == 1 for one in target)
            ):
                break
        letters = rng.sample("abcdefghkpqruvwz", n + 1)
        lines = [
            f"{letter} is measured in {in_bases(dims)}"
            for letter, dims in zip(letters[1:], known, strict=True)
        ]
        text = (
            f"A quantity {letters[0]} is measured in {in_bases(target)}. It is a number times a "
            f"product of powers of {', '.join(letters[1:])}, where {'; '.join(lines)}. Which "
            "powers? Answer with the JSON list of the exponents of "
            f"{', '.join(letters[1:])}, in this order, as numbers (decimals where needed)."
        )
        solved = solve([list(column) for column in zip(*known, strict=True)], target)
        answer = [plain_number(one) for one in solved]
        second = [plain_number(one) for one in powers]
        near = [[-one for one in answer], answer[::-1]]
        return Draft(text, answer, Row(), second, near)


def in_bases(dims: tuple[Any, ...] | list[Any]) -> str:
    """Exponents of metre, kilogram and second, written out."""
    parts = [
        base if power == 1 else f"{base}^{power}"
        for base, power in zip(("m", "kg", "s"), dims, strict=True)
        if power
    ]
    return " ".join(parts) or "no unit"


def plain_number(value: Fraction) -> int | float:
    """An integer where it is one."""
    return int(value) if value.denominator == 1 else float(value)


def independent(rows: list[tuple[int, ...]]) -> bool:
    """Whether no row is a combination of the others."""
    return len(reduced([[Fraction(one) for one in row] for row in rows])) == len(rows)


def reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """The rows of the reduced echelon form that are not zero."""
    rows, done = [row[:] for row in rows], 0
    for column in range(len(rows[0])):
        at = next((i for i in range(done, len(rows)) if rows[i][column]), None)
        if at is None:
            continue
        rows[done], rows[at] = rows[at], rows[done]
        rows[done] = [one / rows[done][column] for one in rows[done]]
        for i, row in enumerate(rows):
            if i != done and row[column]:
                rows[i] = [a - row[column] * b for a, b in zip(row, rows[done], strict=True)]
        done += 1
        if done == len(rows):
            break
    return rows[:done]


def solve(matrix: list[list[int]], target: list[Any]) -> list[Fraction]:
    """The only x with matrix x = target, by elimination."""
    rows = [
        [Fraction(one) for one in row] + [Fraction(value)]
        for row, value in zip(matrix, target, strict=True)
    ]
    return [row[-1] for row in reduced(rows)]
