"""Data between processes that do not trust each other."""

from collections import Counter, OrderedDict
from enum import IntEnum
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import LITERALS

from verifiers.sandbox import wire


def alike(one: Any, other: Any) -> bool:
    """Equal in value and type, in depth, whatever the order of sets."""
    if type(one) is not type(other) or one != other:
        return False
    if isinstance(one, (list, tuple)):
        return all(map(alike, one, other))
    if isinstance(one, dict):
        return all(alike(*pair) for pair in zip(one.items(), other.items(), strict=True))
    return True


class TestWire:
    @given(value=LITERALS)
    def test_literals_arrive_as_they_were_sent(self, value: Any):
        arrived = wire.unpack(wire.pack(value))
        assert alike(arrived, value)

    def test_a_subclass_travels_as_what_its_value_honestly_is(self):
        class Liar(str):
            def __eq__(self, other):
                return True

            def __iter__(self):
                return iter("lie")

            def __str__(self):
                return "lie"

            __hash__ = str.__hash__

        class Pair(NamedTuple):
            a: int
            b: int

        class Level(IntEnum):
            HIGH = 3

        values = [Liar("truth"), Pair(1, 2), Level.HIGH, Counter("aab"), OrderedDict(b=1)]
        arrived = [wire.unpack(wire.pack(value)) for value in values]
        assert arrived == ["truth", (1, 2), 3, {"a": 2, "b": 1}, {"b": 1}]
        assert [type(one) for one in arrived] == [str, tuple, int, dict, dict]

    @pytest.mark.parametrize("value", [object(), iter([]), len, wire, lambda: 0, {1: object()}])
    def test_what_is_no_data_is_refused(self, value: Any):
        with pytest.raises(wire.NotData):
            wire.pack(value)

    @given(data=st.binary(max_size=60))
    def test_bytes_from_anywhere_are_data_or_refused(self, data: bytes):
        try:
            value = wire.unpack(data)
        except wire.NotData:
            return
        wire.pack(value)

    @pytest.mark.parametrize(
        "data",
        [
            b"", b"[", b'["l"', b"[]", b"{}", b'["x", 1]', b'["i", "zz"]', b'["c", 1, 2]',
            b'["h", 0]', b'["e", ["l"]]', b'["d", 1]', b'["y", "eval"]', b"1 2", b"\xff",
            b"[" * 100_000, b"9" * 5_000,
        ],
    )  # fmt: skip
    def test_malformed_frames_are_refused(self, data: bytes):
        with pytest.raises(wire.NotData):
            wire.unpack(data)
