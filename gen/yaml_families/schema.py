"""What may stand in a family's YAML file, and what is said of what may not.

    name: motion.energy
    domain: physics
    title: Kinetic energy of a moving body
    levels: [1, 2]
    card: {licence: CC0-1.0, source: written by hand, chance_level: 0.02}
    parameters:
      m: {range: [2, 60], unit: kg}
      v: {range: [2, 40], unit: m/s}
    formula: m * v**2 / 2
    answer: {unit: J, rel: 0.01}
    templates: ["A body of {m} moves at {v}. How large is its kinetic energy, in {unit}?"]
    wrong: {forgot the half: m * v**2}
    from_level:
      2: {parameters: {v: {range: [10, 150], unit: km/h}}}

What stands under `from_level` is laid over the rest from that level on: an object key by key, all
else as a whole, `null` takes away. A complaint names the file, the key and what to do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import yaml

from gen.yaml_families.formulas import FUNCTIONS, Formula, FormulaError, read_formula
from verifiers.errors import BadInput

MOST_BYTES = 200_000
MOST_PARTS = 20_000
"""Values of a file, aliases written out: ten lines of them can stand for a thousand million."""
RESERVED = {"unit", "distractors", "answer", "pi", "e", *FUNCTIONS}

Number = int | float
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    pass


class CardPart(_Part, frozen=True, kw_only=True):
    """The card; see `gen.family.Card`."""

    licence: Text
    source: Text = "written by hand"
    chance_level: Share = 0.02
    pitfalls: tuple[str, ...] = ()


class Parameter(_Part, frozen=True, kw_only=True):
    """A number drawn from `range` in `step`s, one of `choices`, or always `value`; or a word.

    `choices` are numbers, words for the template alone, or numbers by the word that is shown.
    """

    range: tuple[Number, Number] | None = None
    step: Number | None = None
    choices: tuple[Number | str, ...] | dict[str, Number] | None = None
    value: Number | None = None
    unit: str = ""


class Answer(_Part, frozen=True, kw_only=True):
    """The answer's unit, and how far off it may be: relatively, absolutely, the larger counts."""

    unit: str = ""
    rel: Share = 0.01
    abs: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Body(_Part, frozen=True, kw_only=True):
    """What may differ from level to level.

    Constraints take parameters as the numbers that are shown, and `answer` in the answer's unit.
    """

    parameters: dict[str, Any]
    formula: str
    derived: dict[str, str] = {}
    constraints: tuple[str, ...] = ()
    answer: Answer = Answer()
    templates: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    distractors: tuple[Text, ...] = ()
    n_distractors: Annotated[int, msgspec.Meta(ge=0)] | None = None
    wrong: dict[str, str] = {}


class Head(_Part, frozen=True, kw_only=True):
    """What holds at all levels.

    With `empirical` the formula takes numbers in the units of the first level and gives one in the
    first level's answer unit, whatever their dimensions. `new_units` are units of the family's own.
    """

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z]\w*\.[a-z]\w*$")]
    domain: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    levels: Annotated[tuple[Annotated[int, msgspec.Meta(ge=1)], ...], msgspec.Meta(min_length=1)]
    card: CardPart
    empirical: bool = False
    new_units: tuple[Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z]\w*$")], ...] = ()
    lazy: tuple[str, ...] = ("0", "1", "10", "100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One level, checked: formulas are read, and every name in them is known."""

    parameters: dict[str, Parameter]
    formula: Formula
    derived: dict[str, Formula]
    constraints: tuple[Formula, ...]
    answer: Answer
    templates: tuple[str, ...]
    distractors: tuple[str, ...]
    n_distractors: int
    wrong: dict[str, Formula]


Converted = TypeVar("Converted")


class Definition:
    """A family's file, read; `levels` has the body of each."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput in one line that names the file and the key."""
        self.path = path
        raw = self._read()
        from_level = raw.pop("from_level", None) or {}
        own = {name: raw.pop(name) for name in Head.__struct_fields__ if name in raw}
        self._know({*Head.__struct_fields__, *Body.__struct_fields__, "from_level"}, raw)
        self.head = self._convert(own, Head, "")
        if not isinstance(from_level, dict) or not set(from_level) <= set(self.head.levels):
            raise self.complaint("from_level", f"its keys are levels, of {[*self.head.levels]}")
        self.levels: dict[int, Level] = {}
        for level in sorted(self.head.levels):
            raw = _laid_over(raw, from_level.get(level) or {})
            self.levels[level] = self._level(raw)

    def complaint(self, key: str, text: str) -> BadInput:
        """An error that names the file and the key."""
        return BadInput(f"{self.path}: {key}: {' '.join(text.split())}")

    def _read(self) -> dict[str, Any]:
        try:
            if self.path.stat().st_size > MOST_BYTES:
                raise BadInput(f"{self.path}: more than {MOST_BYTES} bytes are no family")
            raw = yaml.load(self.path.read_bytes(), Loader=yaml.CSafeLoader)
        except FileNotFoundError:
            raise BadInput(f"{self.path}: no such file; `gen new-domain` writes one") from None
        except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
            raise BadInput(f"{self.path}: no YAML: {' '.join(str(error).split())}") from None
        if not isinstance(raw, dict) or not all(isinstance(key, str) for key in raw):
            raise BadInput(f"{self.path}: no family: it should begin with name: topic.kind")
        if _has_more_parts(raw, MOST_PARTS):
            raise BadInput(f"{self.path}: more than {MOST_PARTS} values, aliases written out")
        return _with_powers_of_ten(raw)

    def _know(self, known: set[str], raw: Mapping[str, Any]) -> None:
        for key in raw:
            if key not in known:
                near = get_close_matches(key, known, n=1)
                raise self.complaint(
                    key, f"no such key; {f'did you mean {near[0]}?' if near else 'leave it out'}"
                )

    def _convert(self, raw: Any, kind: type[Converted], where: str) -> Converted:
        try:
            return msgspec.convert(raw, kind)
        except msgspec.ValidationError as error:
            text, _, place = str(error).partition(" - at `$")
            key = (where + re.sub(r"[\[.]\.\.\.\]?", "", place.rstrip("`"))).strip(".")
            if missing := re.fullmatch(r"Object missing required field `(\w+)`", text):
                raise self.complaint(f"{key}.{missing[1]}".strip("."), "is missing") from None
            raise self.complaint(key or "file", text) from None

    def _level(self, raw: dict[str, Any]) -> Level:
        body = self._convert(raw, Body, "")
        parameters = {name: self._parameter(name, one) for name, one in body.parameters.items()}
        known = {name for name, one in parameters.items() if _numeric(one)}
        derived = {}
        for name, text in body.derived.items():
            self._name("derived", name, {*parameters, *derived})
            derived[name] = self._formula(f"derived.{name}", text, known)
            known.add(name)
        level = Level(
            parameters=parameters,
            formula=self._formula("formula", body.formula, known),
            derived=derived,
            constraints=tuple(
                self._formula("constraints", one, {*known, "answer"}) for one in body.constraints
            ),
            answer=body.answer,
            templates=body.templates,
            distractors=body.distractors,
            n_distractors=len(body.distractors)
            if body.n_distractors is None
            else body.n_distractors,
            wrong={
                name: self._formula(f"wrong.{name}", text, known)
                for name, text in body.wrong.items()
            },
        )
        if level.n_distractors > len(level.distractors):
            raise self.complaint("n_distractors", f"there are {len(level.distractors)} distractors")
        return level

    def _parameter(self, name: str, raw: Any) -> Parameter:
        where = f"parameters.{name}"
        self._name("parameters", name, ())
        if isinstance(raw, dict):
            unknown = [key for key in raw if key not in Parameter.__struct_fields__]
            if unknown:
                known = ", ".join(Parameter.__struct_fields__)
                raise self.complaint(f"{where}.{unknown[0]}", f"no such key; known: {known}")
        one = self._convert(raw, Parameter, where)
        if sum(given is not None for given in (one.range, one.choices, one.value)) != 1:
            raise self.complaint(where, "give one of range, choices and value")
        choices = one.choices.values() if isinstance(one.choices, dict) else one.choices or ()
        given = (*(one.range or ()), *choices, one.step, one.value)
        if not all(isfinite(number) for number in given if isinstance(number, int | float)):
            raise self.complaint(where, "has a number that is not finite")
        if one.choices is not None and not one.choices:
            raise self.complaint(f"{where}.choices", "there is none; give one or more")
        if len({isinstance(choice, str) for choice in one.choices or ()}) > 1:
            raise self.complaint(f"{where}.choices", "are all words, or all numbers")
        if one.range is not None:
            whole = all(isinstance(end, int) for end in one.range)
            if one.step is None and not whole:
                raise self.complaint(f"{where}.step", "is missing; say step: 0.1, or whole ends")
            if one.range[0] > one.range[1] or (one.step is not None and one.step <= 0):
                raise self.complaint(f"{where}.range", "goes from low to high, in a step above 0")
        return one

    def _name(self, section: str, name: str, taken: Any) -> None:
        if not re.fullmatch(r"[A-Za-z]\w*", name) or name in RESERVED or name in taken:
            raise self.complaint(
                f"{section}.{name}", "cannot be its name: take letters, digits and _, not "
                f"{', '.join(sorted(RESERVED))}, and no name twice",
            )  # fmt: skip

    def _formula(self, where: str, text: str, known: set[str]) -> Formula:
        try:
            return read_formula(text, known)
        except FormulaError as error:
            raise self.complaint(where, str(error)) from None


def _numeric(parameter: Parameter) -> bool:
    choices = parameter.choices
    return not (isinstance(choices, tuple) and isinstance(choices[0], str))


def _has_more_parts(raw: Any, most: int) -> bool:
    waiting, n = [raw], 0
    while waiting and n <= most:
        one = waiting.pop()
        n += 1
        waiting += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return n > most


def _with_powers_of_ten(value: Any) -> Any:
    """Reads 1e6 as the number that YAML 1.1 takes for a word."""
    if isinstance(value, dict):
        return {key: _with_powers_of_ten(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_powers_of_ten(one) for one in value]
    power = isinstance(value, str) and re.fullmatch(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+", value)
    return float(value) if power else value


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        old = result.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(old, dict) and isinstance(value, dict):
            result[key] = _laid_over(old, value)
        else:
            result[key] = value
    return result
