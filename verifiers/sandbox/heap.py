"""Free memory between objects, taken: what is allocated from then on lies together.

    fill_holes()      # before what programs use is imported, and again when all is

A program that does next to nothing writes to 200 pages and more, to most of them a few words: the
counts of references to objects, and blocks that were free. Each such page is copied for it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

POOL_BYTES = 1 << 14
"""Python carves small objects of one size out of a pool of so many bytes, one behind the other."""

IN_A_ROW = 64
"""Blocks after each other, or but for a few all of a pool: that pool was empty before."""

NEAR = 3
"""Blocks from one to the next at most: this code has numbers of its own between them."""

MOST_BYTES = 1 << 17
"""Of each size, where no empty pool is seen: among numbers, which this code makes and drops itself,
or where Python has its memory from elsewhere."""

OF_BYTES = 33
"""What a `bytes` takes beside its contents."""

_held: list[list[object]] = []


def fill_holes() -> None:
    """Take all free blocks of the sizes that pools have, up to a pool that is empty, for good."""
    _fill(16, object)
    _fill(32, lambda: complex(1, 1))
    for size in range(48, 513, 16):
        _fill(size, lambda size=size: bytes(size - OF_BYTES))


def _fill(size: int, make: Callable[[], object]) -> None:
    held: list[object] = []
    _held.append(held)
    least = min(IN_A_ROW, POOL_BYTES // size - 5)
    in_a_row = last = 0
    while len(held) * size < MOST_BYTES:
        held.append(make())
        place = id(held[-1])
        if in_a_row >= least and place // POOL_BYTES != last // POOL_BYTES:
            break
        in_a_row = in_a_row + 1 if 0 < place - last <= NEAR * size else 0
        last = place
