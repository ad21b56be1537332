"""More inputs of the kind that a function's tests show.

    more_inputs([([1, 5, 9], 5), ([2, 3], 3)], n=2, seed=0)
    ->  [([1, 4, 8], 8), ([2], 2)]        sorted lists, the number among them, as in all seen

A strategy for each argument comes from the values seen in its place: their types, ranges, lengths,
alphabets, shapes; what held between the arguments of every example is made to hold again
(relations.py).

Known limit: what a prompt rules out is not read. An input stays close to those seen (no
negative number, 0 or 1 where there was none below, no list of one where there was none, no other
characters), but may still lie outside the domain that the prompt states, where another right
solution may differ from the reference.
"""

import math
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from verifiers.code.examples import Args
from verifiers.code.relations import keep_relations

LEAST_SPREAD = 10
"""How far beyond the numbers seen a number may lie, at least."""

MOST_SPREAD = 1000

LONGER = 3
"""By how many elements a list or a text may be longer than the longest seen."""

SINGLE = 1
"""Lists of one element are made only where some were seen: of one alone, much is not defined."""

FEW = 3
"""Values that come again and again are choices, if no more than so many are distinct."""


def more_inputs(seen: Sequence[Args], n: int, seed: int) -> list[Args]:
    """Draw at most `n` distinct inputs, none of those seen; the same for the same arguments."""
    import hypothesis
    from hypothesis import HealthCheck, Phase, settings
    from hypothesis.errors import InvalidArgument

    columns = _columns(seen)
    if columns is None or not columns:
        return []
    strategy = _row(columns)
    drawn: dict[str, Args] = {}
    known = {repr(args) for args in seen}

    @hypothesis.seed(seed)
    @settings(
        max_examples=2 * n,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),  # pyright: ignore[reportArgumentType]
    )
    @hypothesis.given(strategy)
    def draw(args: Args) -> None:
        kept = keep_relations(args, seen)
        if kept is not None and repr(kept) not in known:
            drawn.setdefault(repr(kept), kept)

    with suppress(InvalidArgument):  # such as a range that is too large: then there are none
        draw()
    return list(drawn.values())[:n]


def strategy_of(values: Sequence[Any]) -> Any:
    """The hypothesis strategy for values like these; raises ValueError for none."""
    from hypothesis import strategies as st

    kinds: dict[type, list[Any]] = {}
    for value in values:
        kinds.setdefault(type(value), []).append(value)
    if not kinds:
        raise ValueError("no values to be like")
    return st.one_of(*[_of_kind(kind, found) for kind, found in kinds.items()])


def _columns(seen: Sequence[Args]) -> list[list[Any]] | None:
    """The values seen in each place, where all calls have the usual number of arguments."""
    lengths = {len(args) for args in seen}
    if len(lengths) != 1:
        return None
    return [[args[place] for args in seen] for place in range(lengths.pop())]


def _row(columns: list[list[Any]]) -> Any:
    from hypothesis import strategies as st

    return st.tuples(
        *[st.one_of(strategy_of(column), st.sampled_from(column)) for column in columns]
    )


def _of_kind(kind: type, values: list[Any]) -> Any:
    from hypothesis import strategies as st

    if kind is bool:
        return st.booleans()
    if kind is int and _choices(values):
        return st.sampled_from(sorted({*values}))  # bits, say
    if kind is int:
        return st.integers(*_range(values))
    if kind is float:
        return _floats(values)
    if kind is str:
        return _texts(values)
    if kind is list:
        return _lists(values)
    if kind is tuple and len({*map(len, values)}) == 1 and values[0]:
        return st.tuples(*[strategy_of(column) for column in zip(*values, strict=True)])
    if kind is tuple:
        return _lists([list(value) for value in values]).map(tuple)
    if kind in (set, frozenset):
        return _lists([list(value) for value in values], unique=True).map(kind)
    if kind is dict:
        return _mappings(values)
    return st.sampled_from(values)


def _choices(values: Sequence[Any]) -> bool:
    distinct = {*values}
    return len(distinct) <= FEW and len(values) > 3 * len(distinct)


def _range(values: Sequence[Any]) -> tuple[Any, Any]:
    low, high = min(values), max(values)
    spread = min(max(LEAST_SPREAD, high - low), MOST_SPREAD)
    # Where neither 0 nor 1 was seen, prompts often say that n is larger.
    floor = min(low, 2) if low >= 0 else low - spread
    return max(floor, low - spread), high + spread


def _floats(values: list[float]) -> Any:
    from hypothesis import strategies as st

    finite = [value for value in values if math.isfinite(value)]
    if not finite:
        return st.sampled_from(values)
    digits = max(len(repr(value).partition(".")[2]) for value in finite)
    digits = 3 if any("e" in repr(value) for value in finite) else min(digits, 6)
    low, high = _range(finite)
    scale = 10**digits
    scaled = st.integers(math.floor(low * scale), math.ceil(high * scale))
    return scaled.map(lambda number: number / scale)


def _texts(values: list[str]) -> Any:
    from hypothesis import strategies as st

    distinct = sorted({*values})
    shapes = {_shape(value) for value in distinct}
    if _choices(values):
        return st.sampled_from(distinct)
    if len(shapes) == 1 and len(distinct) > 1 and "." in (shape := shapes.pop()):
        return _shaped(distinct, shape)
    if any(not (character.isalnum() or character in PROSE) for character in "".join(distinct)):
        return _words(distinct)
    alphabet = _alphabet("".join(distinct))
    if not alphabet:
        return st.sampled_from(distinct)
    least = min(1, *map(len, distinct)) if len(distinct) > 1 else min(1, len(distinct[0]))
    free = st.text(alphabet, min_size=least, max_size=max(map(len, distinct)) + LONGER)
    if not any(" " in one for one in distinct):
        return free
    if all(one == " ".join(one.split()) for one in distinct):
        free = free.map(lambda text: " ".join(text.split())).filter(bool)
    return st.one_of(free, _words(distinct))


PROSE = " ,.!?'"
"""Marks that may stand anywhere in a text; others may mean a syntax, which no chance would meet."""

CLASSES = ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789")


def _alphabet(seen: str) -> str:
    """The characters seen; with more than a few of a class, such as small letters, the class."""
    characters = {*seen}
    for one in CLASSES:
        if len(characters & {*one}) > len(one) // 4:
            characters |= {*one}
    return "".join(sorted(characters))


def _shape(text: str) -> str:
    """Where a text has letters, digits and other marks: "2020-01-05" is like "....-..-.."."""
    return "".join("." if character.isalnum() else character for character in text)


def _shaped(values: list[str], shape: str) -> Any:
    """Texts of one shape, each place with the characters between those seen there."""
    from hypothesis import strategies as st

    places = []
    for column, mark in zip(zip(*values, strict=True), shape, strict=True):
        between = [one for one in "".join(CLASSES) if min(column) <= one <= max(column)]
        places.append(st.sampled_from(between if mark == "." and between else sorted({*column})))
    return st.tuples(*places).map("".join)


def _words(values: list[str]) -> Any:
    """Texts of the words of those seen, with spaces only where those had some."""
    from hypothesis import strategies as st

    words = sorted({word for value in values for word in value.split()})
    if not words:
        return st.sampled_from(values)
    most = max(len(value.split()) for value in values)
    space = " " if any(" " in value for value in values) else ""
    return st.lists(st.sampled_from(words), min_size=1, max_size=most + 2).map(space.join)


def _lists(values: list[list[Any]], *, unique: bool = False) -> Any:
    from hypothesis import strategies as st

    elements = [element for value in values for element in value]
    lengths = [len(value) for value in values]
    if not elements:
        return st.just([]).map(list)
    least, most = min(SINGLE + 1, *lengths), max(lengths) + LONGER
    if len(values) > 1 and len({*lengths}) == 1 and lengths[0] <= FEW:
        least = most = lengths[0]  # points, pairs, triples
    if _rectangular(values):
        return _tables(values, least, most)
    if any(isinstance(element, float) for element in elements):
        elements = [element for element in elements if element == element]
    inner = strategy_of(elements)
    if all(isinstance(element, int | str | float) for element in elements):
        inner = st.one_of(inner, st.sampled_from(elements))
    by = repr if unique else None
    drawn = st.lists(inner, min_size=least, max_size=most, unique_by=by)
    return drawn


def _rectangular(values: list[list[Any]]) -> bool:
    return all(
        len(value) > 0
        and all(isinstance(row, list) and len(row) == len(value[0]) > 0 for row in value)
        for value in values
    )


def _tables(values: list[list[Any]], least: int, most: int) -> Any:
    """Lists of lists of one length: matrices; square where all were."""
    from hypothesis import strategies as st

    cells = strategy_of([cell for value in values for row in value for cell in row])
    widths = {len(value[0]) for value in values}
    square = all(len(value) == len(value[0]) for value in values)
    high = max(*widths, 1) + 1

    def table(size: tuple[int, int]) -> Any:
        height, width = size
        return st.lists(
            st.lists(cells, min_size=width, max_size=width), min_size=height, max_size=height
        )

    width = st.integers(1, high) if len(widths) > 1 else st.just(high - 1)
    if square:
        return st.integers(1, high).flatmap(lambda size: table((size, size)))
    return st.tuples(st.integers(max(1, least), most), width).flatmap(table)


def _mappings(values: list[dict[Any, Any]]) -> Any:
    from hypothesis import strategies as st

    full = [value for value in values if value]
    if not full:
        return st.just({}).map(dict)
    if len(values) > 1 and len({repr(sorted(map(repr, value))) for value in values}) == 1:
        return st.fixed_dictionaries(
            {key: strategy_of([value[key] for value in values]) for key in values[0]}
        )
    return st.dictionaries(
        strategy_of([key for value in full for key in value]),
        strategy_of([one for value in full for one in value.values()]),
        min_size=min(1, *map(len, values), 1),
        max_size=max(map(len, values)) + LONGER,
    )
