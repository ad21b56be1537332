"""What families share whose answer is a value that a rule works out, judged by `value`.

    class Sum(WorkedFamily):
        name, domain, methods = "sums.money", "law", "addition against counting"

        def draw(self, rng: Random, level: int) -> Draft:
            a, b = rng.randint(1, 9), rng.randint(1, 9)
            return Draft(f"What is ${a} and ${b} together?", a + b, Amount(0.005), near=(a - b,))

A form says how an answer is written, how it is judged, and when two of them are the same. `near`
are answers that a careless expert would give; `wrong` draws from them.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import isclose
from random import Random
from typing import Any, ClassVar, Protocol

import msgspec

from gen.errors import GroundTruthDisagrees
from gen.family import Card, Family
from verifiers.records import Problem


class Form(Protocol):
    """How a kind of answer is written and judged."""

    def truth(self, value: Any) -> dict[str, Any]:
        """The ground truth that the `value` verifier reads."""
        ...

    def same(self, first: Any, second: Any) -> bool:
        """Whether two values are one answer."""
        ...

    def apart(self, first: Any, second: Any) -> bool:
        """Whether one is wrong where the other is right, and not by a hair."""
        ...

    def slip(self, value: Any, rng: Random) -> Any:
        """A value that is another answer."""
        ...

    def plain(self, value: Any) -> Any:
        """The value as JSON writes it."""
        ...


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, within an absolute or a relative tolerance, in a unit or none.

    `also` are other units that mean the same in its place.
    """

    absolute: float = 0.0
    relative: float = 0.0
    unit: str | None = None
    also: tuple[str, ...] = ()

    def truth(self, value: Any) -> dict[str, Any]:
        """A `number` with what tolerance and unit there is, an `integer` where it is exact."""
        truth: dict[str, Any] = {"kind": "number", "value": self.plain(value)}
        if self.absolute:
            truth["abs"] = self.absolute
        if self.relative:
            truth["rel"] = self.relative
        if not self.absolute and not self.relative:
            truth["kind"] = "integer"
        if self.unit:
            truth["unit"] = self.unit
        if self.also:
            truth["also"] = list(self.also)
        return truth

    def same(self, first: Any, second: Any) -> bool:
        """Within a tenth of what is tolerated."""
        slack = self.absolute / 10 or 1e-9
        return isclose(first, second, rel_tol=self.relative / 10, abs_tol=slack)

    def apart(self, first: Any, second: Any) -> bool:
        """Further apart than twice what is tolerated."""
        return abs(first - second) > 2 * max(self.absolute, self.relative * abs(second)) + 1e-9

    def slip(self, value: Any, rng: Random) -> Any:
        """Off by a tenth or a factor, and by a few units where that is more."""
        factor = rng.choice((0.5, 0.9, 1.1, 2.0, 10.0))
        step = 3 * max(self.absolute, self.relative * abs(value)) + (not self.absolute)
        moved = value * factor
        return moved if abs(moved - value) > step else value + rng.choice((1, 2)) * step

    def plain(self, value: Any) -> Any:
        """An integer where it is one, else a float."""
        number = float(value)
        return int(number) if number.is_integer() and abs(number) < 1e15 else number


@dataclass(frozen=True, slots=True)
class Day:
    """A date."""

    def truth(self, value: date) -> dict[str, Any]:
        """A `date`."""
        return {"kind": "date", "value": value.isoformat()}

    def same(self, first: date, second: date) -> bool:
        """The same day."""
        return first == second

    def apart(self, first: date, second: date) -> bool:
        """Not the same."""
        return not self.same(first, second)

    def slip(self, value: date, rng: Random) -> date:
        """A day or three off."""
        return value + timedelta(days=rng.choice((-3, -1, 1, 3)))

    def plain(self, value: date) -> str:
        """ISO 8601."""
        return value.isoformat()


@dataclass(frozen=True, slots=True)
class Word:
    """One of a few words."""

    choices: tuple[str, ...]

    def truth(self, value: str) -> dict[str, Any]:
        """A `text`."""
        return {"kind": "text", "value": value}

    def same(self, first: str, second: str) -> bool:
        """The same word."""
        return first == second

    def apart(self, first: str, second: str) -> bool:
        """Not the same."""
        return not self.same(first, second)

    def slip(self, value: str, rng: Random) -> str:
        """Another of the choices."""
        return rng.choice([one for one in self.choices if one != value])

    def plain(self, value: str) -> str:
        """As it is."""
        return value


@dataclass(frozen=True, slots=True)
class Fields:
    """A JSON object; every field has a form of its own."""

    forms: Mapping[str, Form]

    def truth(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """A `record`."""
        return {
            "kind": "record",
            "fields": {name: form.truth(value[name]) for name, form in self.forms.items()},
        }

    def same(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Every field the same."""
        return all(form.same(first[name], second[name]) for name, form in self.forms.items())

    def apart(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Some field apart."""
        return any(form.apart(first[name], second[name]) for name, form in self.forms.items())

    def slip(self, value: Mapping[str, Any], rng: Random) -> dict[str, Any]:
        """One field slipped."""
        name = rng.choice(sorted(self.forms))
        return {**value, name: self.forms[name].slip(value[name], rng)}

    def plain(self, value: Mapping[str, Any]) -> dict[str, Any]:
        """Every field plain."""
        return {name: form.plain(value[name]) for name, form in self.forms.items()}


@dataclass(frozen=True, slots=True)
class Members:
    """A JSON list of texts, numbers or lists whose order does not count; it may be empty."""

    others: tuple[Any, ...] = ()
    """What might be mistaken for a member."""

    def truth(self, value: Sequence[Any]) -> dict[str, Any]:
        """A `set`."""
        return {"kind": "set", "items": [_item(one) for one in self.plain(value)]}

    def same(self, first: Sequence[Any], second: Sequence[Any]) -> bool:
        """The same members."""
        return self.plain(first) == self.plain(second)

    def apart(self, first: Sequence[Any], second: Sequence[Any]) -> bool:
        """Not the same."""
        return not self.same(first, second)

    def slip(self, value: Sequence[Any], rng: Random) -> list[Any]:
        """One member lost, or one of the others added."""
        members = self.plain(value)
        spare = [one for one in self.plain(self.others) if one not in members]
        if spare and (not members or rng.random() < 0.5):
            return [*members, rng.choice(spare)]
        return members[1:]

    def plain(self, value: Sequence[Any]) -> list[Any]:
        """Sorted, pairs as lists."""
        return sorted(list(one) if isinstance(one, tuple) else one for one in value)


@dataclass(frozen=True, slots=True)
class Row:
    """A JSON list in order, of numbers, texts or rows of them."""

    def truth(self, value: Sequence[Any]) -> dict[str, Any]:
        """A `list`."""
        return _item(self.plain(value))

    def same(self, first: Sequence[Any], second: Sequence[Any]) -> bool:
        """The same, item by item."""
        return self.plain(first) == self.plain(second)

    def apart(self, first: Sequence[Any], second: Sequence[Any]) -> bool:
        """Not the same."""
        return not self.same(first, second)

    def slip(self, value: Sequence[Any], rng: Random) -> list[Any]:
        """Two different items, or two items of one row, change places."""
        items = self.plain(value)
        if isinstance(items[0], list):
            at = rng.randrange(len(items))
            return [*items[:at], self.slip(items[at], rng), *items[at + 1 :]]
        pairs = [(i, j) for j in range(len(items)) for i in range(j) if items[i] != items[j]]
        i, j = rng.choice(pairs)
        items[i], items[j] = items[j], items[i]
        return items

    def plain(self, value: Sequence[Any]) -> list[Any]:
        """Lists all the way down."""
        return [self.plain(one) if isinstance(one, (list, tuple)) else one for one in value]


@dataclass(frozen=True, slots=True)
class Draft:
    """A problem in the making: `second` is the answer again, by the family's other method."""

    prompt: str
    answer: Any
    form: Form
    second: Any = None
    near: Sequence[Any] = ()


class WorkedFamily(Family):
    """A family whose rule works out a value that the `value` verifier judges.

    `lazy` are the constant answers most worth trying. `methods` names the derivation of the ground
    truth, and the second one where there is one.
    """

    levels = (1, 2, 3, 4, 5)
    verifier = "value"
    methods: ClassVar[str]
    lazy: ClassVar[tuple[Any, ...]] = ()

    @abstractmethod
    def draw(self, rng: Random, level: int) -> Draft:
        """Make the draft of one problem."""

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a draft, and hold its two derivations against each other."""
        draft = self.draw(rng, level)
        form = draft.form
        if draft.second is not None and not form.same(draft.answer, draft.second):
            raise GroundTruthDisagrees(self.name, draft.prompt, draft.answer, draft.second)
        truth = json.dumps(form.truth(draft.answer))
        made = self.problem(
            level,
            draft.prompt,
            truth,
            second=truth if draft.second is not None else None,
            methods=self.methods,
        )
        near = [form.plain(one) for one in draft.near if form.apart(one, draft.answer)]
        near = near or [form.plain(form.slip(draft.answer, rng))]
        evidence = {**msgspec.json.decode(made.evidence), "near_misses": near}
        return replace(made, evidence=json.dumps(evidence))

    def right(self, problem: Problem) -> tuple[str, ...]:
        """The ground truth, boxed or as JSON, after thinking and after an example."""
        answer = answer_of(msgspec.json.decode(problem.ground_truth))
        written = write(answer)
        return (
            written,
            f"<think>Is it {write(['no'])} or \\boxed{{-1}}? No.</think>\n\nSo it is:\n{written}",
            f"Let us apply the rule step by step.\n\n{written}\n",
        )

    def wrong(self, problem: Problem, rng: Random) -> str:
        """What a careless expert would answer."""
        return write(rng.choice(msgspec.json.decode(problem.evidence)["near_misses"]))

    def trivial(self) -> dict[str, str]:
        """Each of the `lazy` answers, given to every problem."""
        return {f"always {json.dumps(answer)}": write(answer) for answer in self.lazy}


def _item(value: Any) -> Any:
    if isinstance(value, list):
        return {"kind": "list", "items": [_item(one) for one in value]}
    return value


def answer_of(truth: Any) -> Any:
    """The plain answer that a ground truth of the `value` verifier asks for."""
    if not isinstance(truth, dict):
        return truth
    if "items" in truth:
        return [answer_of(one) for one in truth["items"]]
    if truth["kind"] == "record":
        return {name: answer_of(field) for name, field in truth["fields"].items()}
    return truth["value"]


def write(answer: Any) -> str:
    """An answer as the end of a response: lists and objects as JSON, the rest in a box."""
    if isinstance(answer, (dict, list)):
        return f"```json\n{json.dumps(answer)}\n```"
    return f"\\boxed{{{answer}}}"


def generated(chance_level: float, *pitfalls: str, source: str = "generated") -> Card:
    """The card of a family that is made here, from nothing but a seed and a stated rule."""
    return Card(licence="Apache-2.0", source=source, chance_level=chance_level, pitfalls=pitfalls)
