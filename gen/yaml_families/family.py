"""The problems of a family that a YAML file defines.

    family = read_family(Path("motion.energy.yaml"))
    family.generate(Random(0), 1).prompt
    ->  "A body of 14 kg moves at 37 m/s. How large is its kinetic energy, in J?
         Answer with a number in J, to at least 3 significant digits."

The ground truth is worked out twice: exactly, by sympy in base units, and step by step by pint,
which also holds the dimensions of every step and of the answer against each other.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, isclose, isfinite, log10
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import msgspec

from gen.errors import GroundTruthDisagrees
from gen.family import FAMILY_FILES, Card, Family
from gen.yaml_families.drawing import Drawn, draw, fields, filled
from gen.yaml_families.formulas import Formula, FormulaError, NoValue
from gen.yaml_families.schema import Definition, Level
from gen.yaml_families.units import UnitError, Units
from verifiers.errors import BadInput, VerifierFailed
from verifiers.records import Problem
from verifiers.registry import find_verifier

MOST_TRIES = 1_000
"""Draws in a row that constraints may reject."""

DIGITS = 12
"""Significant digits of a ground truth."""

A_SENTENCE = 40
"""Characters that a unit to be converted counts for."""

CLEAR = 3.0
"""A slip is a wrong answer where it is so many tolerances off."""


def read_family(path: Path) -> "YamlFamily":
    """Read and try the family that a YAML file defines: a problem of each level is made.

    Raises BadInput, in one line that names the file and the key, where it cannot be used.
    """
    family = _defined(path)
    for level in family.levels:
        problem = family.generate(Random(f"try:{level}"), level)
        try:
            find_verifier(family.verifier).validate(problem.ground_truth)
        except VerifierFailed as error:
            raise BadInput(f"{path}: answer: {error}") from None
    return family


def yaml_families(directory: Path) -> tuple["YamlFamily", ...]:
    """The families of all YAML files in a package's directory, for its entry point.

    They are read, and tried only when the first problem is made. Raises BadInput as `read_family`.
    """
    found = sorted(one for one in directory.iterdir() if one.name.endswith(FAMILY_FILES))
    return tuple(_defined(path) for path in found)


def _defined(path: Path) -> "YamlFamily":
    definition = Definition(path)
    head = definition.head
    card = Card(
        licence=head.card.licence,
        source=head.card.source,
        chance_level=head.card.chance_level,
        pitfalls=head.card.pitfalls,
    )
    described = {
        "__doc__": head.title,
        "name": head.name,
        "domain": head.domain,
        "levels": tuple(definition.levels),
        "card": card,
    }
    return type("YamlFamily", (YamlFamily,), described)(definition)


class YamlFamily(Family):
    """A family whose file says everything; made by `read_family`."""

    verifier = "value"
    methods: ClassVar[str] = "sympy in exact base units against pint's quantities, step by step"

    def __init__(self, definition: Definition) -> None:
        self.defined_in = definition.path
        self._definition = definition
        self._first = definition.levels[min(definition.levels)]
        self._head = definition.head
        for level in definition.levels.values():
            self._check_texts(level)

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw parameters until the constraints hold, and work the answer out twice."""
        body = self._definition.levels[level]
        for _ in range(MOST_TRIES):
            if (problem := self._tried(rng, level, body)) is not None:
                return problem
        raise self._complaint(
            "constraints",
            f"{MOST_TRIES} draws at level {level} were rejected, by them, for want of a finite "
            "answer, or because a number shown is the answer; widen the ranges",
        )

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The number as a careful reader writes it: boxed, with its unit, and in a sentence."""
        truth = msgspec.json.decode(problem.ground_truth)
        value, unit = truth["value"], truth.get("unit", "")
        shown = _plain(value, self._digits(truth) + 1)
        return (
            f"\\boxed{{{shown}}}",
            f"<think>Is it \\boxed{{7}}? No.</think>\n\nSo it is $\\boxed{{{shown} {unit}}}$.",
            f"Let us work it out step by step.\n\nThe answer is {shown} {unit}.",
        )

    def wrong(self, problem: Problem, rng: Random) -> str | None:
        """One of the file's slips, or ten times too much."""
        truth = msgspec.json.decode(problem.ground_truth)
        slips = msgspec.json.decode(problem.evidence)["slips"]
        value = slips[rng.choice(sorted(slips))] if slips else truth["value"] * 10 or 1.0
        return f"\\boxed{{{_plain(value, DIGITS)}}}"

    def trivial(self) -> dict[str, str]:
        """Each of the `lazy` answers, given to every problem."""
        return {f"always {answer}": f"\\boxed{{{answer}}}" for answer in self._head.lazy}

    def size(self, problem: Problem) -> float:
        """The characters of the prompt, and as many as a sentence for each unit to convert."""
        body = self._definition.levels[problem.level]
        shown = {name: one.unit for name, one in body.parameters.items()}
        return len(problem.prompt) + A_SENTENCE * sum(
            self._converts(unit, first)
            for unit, first in [
                (body.answer.unit, self._first.answer.unit),
                *((unit, self._first_unit(name, unit)) for name, unit in shown.items()),
            ]
        )

    def _converts(self, unit: str, first: str) -> bool:
        """Whether a number in `unit` has to be converted for the formula."""
        if self._head.empirical:
            return unit != first
        return bool(unit) and self._units.in_base(Fraction(1), unit) != 1

    def _first_unit(self, name: str, unit: str) -> str:
        """A parameter's unit at the first level that has it at all."""
        first = self._first.parameters.get(name)
        return first.unit if first else unit

    def _tried(self, rng: Random, level: int, body: Level) -> Problem | None:
        drawn = {name: draw(one, rng) for name, one in body.parameters.items()}
        template = rng.choice(body.templates)
        distractors = rng.sample(body.distractors, body.n_distractors)
        exact = self._values(drawn)
        try:
            answer = self._answer(body, self._reckoned(body, exact, body.formula, "formula"))
            slips = {
                name: self._answer(body, self._reckoned(body, exact, one, f"wrong.{name}"))
                for name, one in body.wrong.items()
            }
            second = self._second(body, drawn)
        except NoValue:
            return None
        if answer is None or second is None or not self._kept(body, drawn, exact, answer):
            return None
        slack = max(body.answer.rel * abs(answer), body.answer.abs)
        if any(_same(float(number), answer, slack) for number in _numbers(drawn.values())):
            return None
        truth = self._truth(body, answer)
        prompt = self._prompt(body, template, distractors, drawn, truth)
        if not isclose(answer, second, rel_tol=1e-9, abs_tol=1e-12):
            raise GroundTruthDisagrees(self.name, prompt, answer, second)
        told = {
            name: float(f"{slip:.{DIGITS}g}")
            for name, slip in slips.items()
            if slip is not None and not _same(slip, answer, CLEAR * slack + 1e-9 * abs(answer))
        }
        problem = self.problem(
            level, prompt, msgspec.json.encode(truth).decode(), methods=self.methods
        )
        evidence = msgspec.json.decode(problem.evidence) | {
            "second_method": "agrees",
            "slips": told,
        }
        return replace(problem, evidence=msgspec.json.encode(evidence).decode())

    def _values(self, drawn: Mapping[str, Drawn]) -> dict[str, Any]:
        """What formulas take: exact numbers in base units, or in the first level's units."""
        from sympy import Rational

        values = {}
        for name, one in drawn.items():
            if one.number is None:
                continue
            try:
                number = self._in_formula(name, one)
            except UnitError as error:
                raise self._complaint(f"parameters.{name}.unit", str(error)) from None
            values[name] = Rational(number.numerator, number.denominator)
        return values

    def _in_formula(self, name: str, one: Drawn) -> Fraction:
        assert one.number is not None
        if not self._head.empirical:
            return self._units.in_base(one.number, one.unit) if one.unit else one.number
        first = self._first_unit(name, one.unit)
        return self._units.converted(one.number, one.unit, first)

    def _reckoned(self, body: Level, values: dict[str, Any], formula: Formula, key: str) -> Any:
        """A formula's exact value, the derived quantities worked out before it."""
        values, name_of_formula = dict(values), key
        try:
            for name, one in body.derived.items():
                key = f"derived.{name}"
                values[name] = _number(one.exact(values))
            key = name_of_formula
            return _number(formula.exact(values))
        except FormulaError as error:
            raise self._complaint(key, str(error)) from None

    def _answer(self, body: Level, value: Any) -> float | None:
        """The number in the answer's unit; None where it is not finite and real."""
        try:
            number = complex(value.evalf(30))
        except OverflowError:
            return None
        if number.imag or not isfinite(number.real):
            return None
        unit = body.answer.unit
        try:
            if self._head.empirical:
                first = self._first.answer.unit
                return float(self._units.converted(Fraction(number.real), first, unit))
            return self._units.from_base(number.real, unit) if unit else number.real
        except UnitError as error:
            raise self._complaint("answer.unit", str(error)) from None

    def _second(self, body: Level, drawn: Mapping[str, Drawn]) -> float | None:
        """The answer again by pint, whose quantities keep dimensions at every step."""
        units, key = self._units, "formula"
        values = {"": units.quantity(Fraction(1), "")}
        for name, one in drawn.items():
            if one.number is None:
                continue
            if self._head.empirical:
                values[name] = units.quantity(self._in_formula(name, one), "")
            else:
                values[name] = units.quantity(one.number, one.unit)
        try:
            for name, one in body.derived.items():
                key = f"derived.{name}"
                values[name] = one.measured(values)
            key = "formula"
            found = body.formula.measured(values)
            key = "answer.unit"
            if not self._head.empirical:
                return units.in_unit(found, body.answer.unit)
            plain = Fraction(float(found.to("").magnitude))
            return float(units.converted(plain, self._first.answer.unit, body.answer.unit))
        except UnitError as error:
            text = f"the formula gives something else: {error}; mend either, or say empirical: true"
            raise self._complaint(key, text) from None
        except FormulaError as error:
            raise self._complaint(
                key, f"{error}; give constants a unit as parameters, or say empirical: true"
            ) from None

    def _kept(
        self, body: Level, drawn: Mapping[str, Drawn], exact: dict[str, Any], answer: float
    ) -> bool:
        """Whether the constraints hold, of the numbers as they are shown."""
        from sympy import Float, Rational

        values = dict(exact)
        for name, one in body.derived.items():
            values[name] = one.exact(values)
        for name, one in drawn.items():
            if one.number is not None:
                values[name] = Rational(one.number.numerator, one.number.denominator)
        values["answer"] = Float(answer)
        try:
            return all(bool(one.exact(values)) for one in body.constraints)
        except NoValue:
            return False
        except FormulaError as error:
            raise self._complaint("constraints", str(error)) from None

    def _truth(self, body: Level, answer: float) -> dict[str, Any]:
        wanted = body.answer
        named = {"unit": wanted.unit} if wanted.unit else {}
        if not (wanted.rel or wanted.abs):
            if round(answer) != answer:
                raise self._complaint("answer", f"{answer} is not whole; give rel or abs above 0")
            return {"kind": "integer", "value": round(answer), **named}
        value = float(f"{answer:.{DIGITS}g}")
        return {"kind": "number", "value": value, "rel": wanted.rel, "abs": wanted.abs, **named}

    def _prompt(
        self,
        body: Level,
        template: str,
        distractors: list[str],
        drawn: Mapping[str, Drawn],
        truth: dict[str, Any],
    ) -> str:
        words = {"unit": body.answer.unit}
        aside = " ".join(filled(one, drawn, words) for one in distractors)
        if "{distractors}" not in template and aside:
            template = "{distractors} " + template
        text = filled(template, drawn, {**words, "distractors": aside})
        unit = f" in {body.answer.unit}" if body.answer.unit else ""
        how = "exact" if truth["kind"] == "integer" else self._rounding(truth)
        return f"{' '.join(text.split())}\n\nAnswer with a number{unit}, {how}."

    def _rounding(self, truth: dict[str, Any]) -> str:
        if truth["rel"]:
            return f"to at least {self._digits(truth)} significant digits"
        return f"right to within {_plain(truth['abs'], 6)}"

    def _digits(self, truth: dict[str, Any]) -> int:
        """Significant digits whose rounding error is at most half of the tolerance."""
        if truth.get("rel"):
            return max(1, ceil(1 - log10(truth["rel"])))
        if truth.get("abs"):
            size = abs(truth["value"]) or truth["abs"]
            return max(1, ceil(1 + log10(size / truth["abs"])))
        return len(str(abs(truth["value"])))

    @property
    def _units(self) -> Units:
        return Units(self._head.new_units)

    def _check_texts(self, level: Level) -> None:
        """See that every field of a template can be filled, and that the unit is asked for."""
        for key in ("templates", "distractors"):
            for template in getattr(level, key):
                try:
                    names = [*fields(template)]
                except ValueError as error:
                    raise self._complaint(key, f"{template[:60]!r}: {error}") from None
                for field in names:
                    name, _, part = field.partition(".")
                    known = name in level.parameters and part in ("", "number", "unit", "name")
                    if not known and field not in ("unit", "distractors"):
                        listed = ", ".join(f"{{{one}}}" for one in level.parameters)
                        raise self._complaint(
                            key, f"{{{field}}} is nothing; there are {listed} and {{unit}}"
                        )

    def _complaint(self, key: str, text: str) -> BadInput:
        return self._definition.complaint(key, text)


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise FormulaError("gives true or false, and should give a number")
    return value


def _numbers(drawn: Iterable[Drawn]) -> list[Fraction]:
    return [one.number for one in drawn if one.number is not None]


def _same(a: float, b: float, slack: float) -> bool:
    return abs(a - b) <= slack


def _plain(value: float, digits: int) -> str:
    """A number in digits alone, without an exponent."""
    text = format(Decimal(f"{value:.{digits}g}"), "f")
    return re.sub(r"\.?0+$", "", text) if "." in text else text
