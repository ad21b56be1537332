"""The ground truths of the value verifier, as JSON.

{"kind": "number", "value": 72.4, "unit": "mL/min", "rel": 0.01}
{"kind": "date", "value": "2024-03-01"}
{"kind": "text", "value": "warfarin", "accept": ["coumadin"]}
{"kind": "record", "fields": {"score": {"kind": "integer", "value": 4}, ...}}
{"kind": "set", "items": ["B", "D"]}
"""

import math
from datetime import date
from functools import lru_cache
from typing import Annotated

import msgspec

from verifiers.errors import VerifierFailed
from verifiers.value.keys import key, squeezed
from verifiers.value.units import misspelt

_Tolerance = Annotated[float, msgspec.Meta(ge=0)]


class _Truth(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind"):
    pass


class Number(_Truth, frozen=True, tag="number"):
    """Right within `rel` of the value or `abs` of it, whichever is more.

    `unit` is the one that was asked for, "" for none; `also` are others that mean the same here.
    """

    value: float
    unit: str = ""
    rel: _Tolerance = 0.0
    abs: _Tolerance = 0.0
    also: tuple[str, ...] = ()


class Integer(_Truth, frozen=True, tag="integer"):
    """Right where exactly equal."""

    value: int
    unit: str = ""
    also: tuple[str, ...] = ()


class Date(_Truth, frozen=True, tag="date"):
    """A day of the calendar."""

    value: date


class Text(_Truth, frozen=True, tag="text"):
    """Right where equal to the value or to one of `accept`, apart from case, space and quotes."""

    value: str
    accept: tuple[str, ...] = ()


class Record(_Truth, frozen=True, tag="record"):
    """Right where every field is; keys beside them are ignored."""

    fields: dict[str, "Truth"]


class Items(_Truth, frozen=True, tag="list"):
    """As many items, each right, in this order unless `ordered` is false."""

    items: tuple["Item", ...]
    ordered: bool = True


class ItemSet(_Truth, frozen=True, tag="set"):
    """As many items, each right, in any order."""

    items: tuple["Item", ...]


Truth = Number | Integer | Date | Text | Record | Items | ItemSet
Item = Truth | str | int | float
"""A bare string stands for a text, a bare number for itself exactly."""

FORMAT = """\
one of
{"kind": "number", "value": 72.4, "unit": "mL/min", "rel": 0.01, "abs": 0, "also": [other units]}
{"kind": "integer", "value": 4, "unit": "", "also": []}
{"kind": "date", "value": "2024-03-01"}
{"kind": "text", "value": "B", "accept": ["warfarin"]}
{"kind": "record", "fields": {name: any of these}}: the answer is a JSON object
{"kind": "list" or "set", "items": [any of these, or bare strings and numbers], "ordered": true}
params: {"partial": true} pays the share of the fields or items that are right"""


@lru_cache(maxsize=4096)
def read_truth(ground_truth: str) -> Truth:
    """The ground truth; raises VerifierFailed with what is wrong with it."""
    try:
        truth = msgspec.json.decode(ground_truth, type=Truth)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise VerifierFailed(f"the ground truth {ground_truth[:80]!r}: {error}") from None
    if fault := _fault(truth):
        raise VerifierFailed(f"the ground truth {ground_truth[:80]!r}: {fault}")
    return truth


def parts(truth: Truth) -> tuple[Truth, ...]:
    """The items of a list or set, bare ones written out; empty for other kinds."""
    if not isinstance(truth, Items | ItemSet):
        return ()
    return tuple(_written_out(item) for item in truth.items)


def _written_out(item: Item) -> Truth:
    if isinstance(item, str):
        return Text(item)
    if isinstance(item, int):
        return Integer(item)
    return Number(item) if isinstance(item, float) else item


def _fault(truth: Truth) -> str:
    """What makes a well-formed ground truth useless; empty where nothing does."""
    if isinstance(truth, Number) and not math.isfinite(truth.value):
        return "its value is not finite"
    if isinstance(truth, Number | Integer):
        return next((fault for unit in (truth.unit, *truth.also) if (fault := misspelt(unit))), "")
    if isinstance(truth, Text):
        return "" if all(map(squeezed, (truth.value, *truth.accept))) else "a text is empty"
    if isinstance(truth, Record):
        if not truth.fields:
            return "a record without fields"
        if len({key(name) for name in truth.fields}) < len(truth.fields):
            return "two fields' names differ in case, spaces or hyphens alone"
        return next(filter(None, map(_fault, truth.fields.values())), "")
    return next(filter(None, map(_fault, parts(truth))), "")
