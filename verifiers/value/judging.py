"""Compares what an answer states with a ground truth, kind by kind.

    judged(Number(72.4, "mL/min", rel=0.01), "72 mL/min")          ->  Judgement(1.0, "equal")
    judged(Record({"a": ..., "b": ...}), {"a": 1, "b": 3})           ->  Judgement(0.5, ...)

A field of a record or list is a JSON value; a lone answer is a text. The recursion follows the
ground truth, so that an answer's nesting costs nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from verifiers.math.notation import plain
from verifiers.math.syntax import Unreadable
from verifiers.value.amounts import Amount, Unread, amount, exactly, json_amount
from verifiers.value.dates import Unclear, days
from verifiers.value.keys import key, squeezed
from verifiers.value.truths import (
    Date,
    Integer,
    Items,
    Number,
    Record,
    Text,
    Truth,
    parts,
)
from verifiers.value.units import converted

LONGEST = 2_000
"""Characters of a text that is read."""

MOST_NAMED = 6
"""Wrong fields that a reason names."""

_NEGATED = re.compile(r"\b(?:not|never|neither|nor|or|either)\b|n't\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The share of a truth's fields or items that is right, and a reason code."""

    share: float
    reason: str

    @property
    def equal(self) -> bool:
        """Whether all of it is right."""
        return self.share == 1


EQUAL = Judgement(1.0, "equal")


def judged(truth: Truth, answer: Any, *, whole: bool = True) -> Judgement:
    """Compare an answer with a truth: a text, or a JSON value.

    `whole` is false where the text is a sentence that may say more than the answer.
    """
    if isinstance(truth, Record):
        return _record(truth, answer)
    if isinstance(truth, Number | Integer):
        return _number(truth, answer, whole=whole)
    if isinstance(truth, Date):
        return _date(truth.value, answer, whole=whole)
    if isinstance(truth, Text):
        return _text(truth, answer, whole=whole)
    if not isinstance(answer, list):
        return Judgement(0.0, "unparsable: no list")
    return _listed(parts(truth), answer, ordered=isinstance(truth, Items) and truth.ordered)


def _number(truth: Number | Integer, answer: Any, *, whole: bool) -> Judgement:
    try:
        if isinstance(answer, str):
            stated = amount(answer, truth.unit, whole=whole)
        else:
            stated = json_amount(answer, truth.unit)
    except Unread as error:
        return Judgement(0.0, str(error))
    value = _in_unit(stated, truth)
    if value is None:
        return Judgement(0.0, f"unit: {stated.unit[:40]} for {truth.unit or 'none'}")
    gold = exactly(truth.value)
    tolerance = Fraction(0)
    if isinstance(truth, Number):
        tolerance = max(exactly(truth.abs), exactly(truth.rel) * abs(gold))
    return EQUAL if abs(value - gold) <= tolerance else Judgement(0.0, "different")


def _in_unit(stated: Amount, truth: Number | Integer) -> Fraction | None:
    if not stated.unit:
        return stated.value
    if (value := converted(stated.value, stated.unit, truth.unit)) is not None:
        return value
    others = (converted(stated.value, stated.unit, other) for other in truth.also)
    return next((value for value in others if value is not None), None)


def _date(gold: date, answer: Any, *, whole: bool) -> Judgement:
    if not isinstance(answer, str) or len(answer) > LONGEST or answer.lstrip()[:1] in ("{", "["):
        return Judgement(0.0, "unparsable: no date")
    try:
        found = days(_shown(answer))
    except Unclear as error:
        return Judgement(0.0, str(error))
    if not found:
        return Judgement(0.0, "unparsable: no date")
    if len(found) > 1:
        return Judgement(0.0, "several_values")
    if _NEGATED.search(answer) and whole:
        return Judgement(0.0, "unparsable: a date among other words")
    return EQUAL if found == {gold} else Judgement(0.0, "different")


def _text(truth: Text, answer: Any, *, whole: bool) -> Judgement:
    if isinstance(answer, bool):
        answer = "true" if answer else "false"
    elif isinstance(answer, int) and abs(answer) < 10**15:
        answer = str(answer)
    if not isinstance(answer, str) or not answer.strip():
        return Judgement(0.0, "unparsable: no text")
    if len(answer) > LONGEST:
        return Judgement(0.0, "unparsable: too long")
    right = {squeezed(text) for text in (truth.value, *truth.accept)}
    said = {squeezed(answer), squeezed(_shown(answer))}
    return EQUAL if said & right else Judgement(0.0, "different")


def _shown(text: str) -> str:
    try:
        return plain(text)
    except Unreadable:
        return text


def _record(truth: Record, answer: Any) -> Judgement:
    if not isinstance(answer, dict):
        return Judgement(0.0, "unparsable: no JSON object")
    values: dict[str, list[Any]] = {}
    for name, value in answer.items():
        values.setdefault(key(name), []).append(value)
    share, wrong = 0.0, []
    for name, field in truth.fields.items():
        given = values.get(key(name), [])
        if len(given) == 1:
            judgement = judged(field, given[0])
        else:
            judgement = Judgement(0.0, "key twice" if given else "missing")
        share += judgement.share
        if not judgement.equal:
            wrong.append(f"{name} ({judgement.reason})")
    return _summed(share, len(truth.fields), wrong)


def _listed(items: Sequence[Truth], answer: list[Any], *, ordered: bool) -> Judgement:
    if ordered:
        judgements = [judged(item, given) for item, given in zip(items, answer, strict=False)]
        share = sum(one.share for one in judgements)
        wrong = [f"item {i}" for i, one in enumerate(judgements, 1) if not one.equal]
    elif len(answer) > 4 * len(items) + 10:
        share, wrong = 0.0, []
    else:
        matched = _matched(items, answer)
        share, wrong = (
            float(len(matched)),
            [f"item {i + 1}" for i in range(len(items)) if i not in matched],
        )
    if len(answer) != len(items):
        wrong = [f"{len(answer)} items for {len(items)}"]
    if not items and not answer:
        return EQUAL
    return _summed(share, max(len(items), len(answer)), wrong)


def _matched(items: Sequence[Truth], answer: list[Any]) -> set[int]:
    """The items that can be paired, each with a right element of the answer of its own."""
    fits = [[j for j, one in enumerate(answer) if judged(item, one).equal] for item in items]
    owner: dict[int, int] = {}

    def placed(i: int, tried: set[int]) -> bool:
        for j in fits[i]:
            if j not in tried:
                tried.add(j)
                if j not in owner or placed(owner[j], tried):
                    owner[j] = i
                    return True
        return False

    for i in range(len(items)):
        placed(i, set())
    return set(owner.values())


def _summed(share: float, n: int, wrong: list[str]) -> Judgement:
    if not wrong:
        return EQUAL
    named = ", ".join(wrong[:MOST_NAMED])
    return Judgement(min(share / n, 1 - 1e-9), f"different: {named}")
