"""A patient's record as text, with its units, repeated assays and distractors; and read again.

    made = chart(rng, ("creatinine", "weight"), level=4)
    made.text     ->  "A 67-year-old woman.\\n- creatinine, day 1: 168 µmol/L\\n- ..."
    made.values   ->  {"age": 67, "female": 1, "creatinine": 1.52, "weight": 70.3}
    made.first    ->  the same with the earliest value of what was repeated
    reread(made.text)   ->  the values again, from the text alone

A value is what stands in the text, converted by the factor that the text states: nobody is asked
for more digits than they were shown.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from gen.domains.medicine.assays import ASSAYS, DISTRACTORS, Assay, Unit

LATEST = "Where something was measured more than once, the latest value counts."
N_DISTRACTORS = {1: 0, 2: 3, 3: 3, 4: 4, 5: 7}
MIXED_FROM, REPEATED_FROM = 3, 4


@dataclass(frozen=True, slots=True)
class Chart:
    """A record, the values to be used in each assay's first unit, and the earliest ones.

    `unconverted` are the values with the numbers as they stand, as if all were in the first unit.
    """

    text: str
    values: Mapping[str, float]
    first: Mapping[str, float]
    unconverted: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Line:
    label: str
    day: int
    shown: str
    unit: Unit


def chart(
    rng: Random,
    needed: Sequence[str],
    *,
    level: int,
    ranges: Mapping[str, tuple[float, float]] | None = None,
    ages: tuple[int, int] = (19, 92),
    notes: Sequence[str] = (),
    beside: Sequence[str] = DISTRACTORS,
) -> Chart:
    """Draw a patient whose record has every assay in `needed`, and more of it with the level.

    `ranges` narrow what is drawn for an assay; `notes` are further lines, `beside` the assays that
    may stand there without being needed.
    """
    values: dict[str, float] = {"age": rng.randint(*ages), "female": rng.randint(0, 1)}
    first, unconverted = dict(values), dict(values)
    spare = [name for name in beside if name not in needed]
    lines: list[_Line] = []
    for name in (*needed, *rng.sample(spare, N_DISTRACTORS[level])):
        assay = _narrowed(ASSAYS[name], ranges or {})
        units = assay.units[1:] if level >= MIXED_FROM and rng.random() < 0.5 else ()
        unit = rng.choice(units or assay.units[:1])
        repeats = level >= REPEATED_FROM and name not in ("height",) and rng.random() < 0.5
        days = sorted(rng.sample(range(1, 8), 2 + (level > 4))) if repeats else [0]
        usual = rng.uniform(assay.low, assay.high)
        found = [_Line(name, day, _shown(rng, assay, unit, usual), unit) for day in days]
        values[name], first[name] = _value(found[-1]), _value(found[0])
        unconverted[name] = float(found[-1].shown)
        lines += found
    rng.shuffle(lines)
    stated = [f"- {one.label}{_day(one)}: {one.shown} {one.unit.name}".rstrip() for one in lines]
    text = f"{_patient(values)}\n" + "\n".join([*stated, *(f"- {note}" for note in notes)])
    conversions = {(one.label, one.unit.name): one.unit for one in lines if one.unit.per != 1}
    if conversions:
        text += f"\nConversions: {'; '.join(map(_conversion, sorted(conversions)))}."
    if any(one.day for one in lines):
        text += f"\n{LATEST}"
    return Chart(text, values, first, unconverted)


def reread(text: str) -> dict[str, float]:
    """The values of a record, from its text alone: conversions as stated, the latest of several."""
    who = re.search(r"An? (\d+)-year-old (wo)?man", text)
    values: dict[str, float] = {}
    if who:
        values = {"age": int(who[1]), "female": int(who[2] is not None)}
    factors = {
        (name, other): float(number)
        for name, number, other in re.findall(
            r"1 \S+ of ([^=;:]+) = ([\d.]+) ([^;\n]+?)(?=;|\.\n|\.$)", text
        )
    }
    latest: dict[str, int] = {}
    for name, day, number, unit in re.findall(
        r"^- ([^:,\n]+)(?:, day (\d+))?: (-?[\d.]+)(?: (\S.*))?$", text, re.MULTILINE
    ):
        if int(day or 0) >= latest.get(name, -1):
            latest[name] = int(day or 0)
            values[name] = float(number) / factors.get((name, unit), 1.0)
    return values


def _narrowed(assay: Assay, ranges: Mapping[str, tuple[float, float]]) -> Assay:
    low, high = ranges.get(assay.label, (assay.low, assay.high))
    return Assay(assay.label, low, high, assay.units)


def _shown(rng: Random, assay: Assay, unit: Unit, usual: float) -> str:
    """A value near the patient's usual one, as it is written."""
    spread = 1.03 if assay.label == "weight" else 1.4
    number = min(max(usual * rng.uniform(1 / spread, spread), assay.low), assay.high) * unit.per
    return f"{round(number, unit.decimals):.{max(unit.decimals, 0)}f}"


def _value(line: _Line) -> float:
    return float(line.shown) / _factor(line.unit)


def _factor(unit: Unit) -> float:
    """The factor with the digits that a record states."""
    return float(f"{unit.per:.6g}")


def _day(line: _Line) -> str:
    return f", day {line.day}" if line.day else ""


def _conversion(named: tuple[str, str]) -> str:
    label, name = named
    unit = next(one for one in ASSAYS[label].units if one.name == name)
    return f"1 {ASSAYS[label].units[0].name} of {label} = {_factor(unit):g} {name}"


def _patient(values: Mapping[str, float]) -> str:
    age = int(values["age"])
    article = "An" if age in (11, 18) or str(age)[0] == "8" else "A"
    return f"{article} {age}-year-old {'woman' if values['female'] else 'man'}."
