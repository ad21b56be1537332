"""Steps on an integer of 16 bits, and last steps that make another number of it."""

from random import Random

from gen.domains.code.steps import Step

WIDTH = 16
MASK = 2**WIDTH - 1


def rotate(rng: Random) -> Step:
    """Rotated within the width."""
    k = rng.randint(1, WIDTH - 1)
    return Step(
        f"Rotate the {WIDTH} bits to the left by {k} places: what leaves at the top enters at the "
        "bottom.",
        f"x = (x << {k} | x >> {WIDTH - k}) & {MASK}",
        lambda x: int(_bits(x)[k:] + _bits(x)[:k], 2),
    )


def flip(rng: Random) -> Step:
    """Exclusive or with a mask."""
    mask = rng.randint(1, MASK)
    return Step(
        f"Flip the bits that are set in {mask:#06x}.",
        f"x = x ^ {mask:#06x}",
        lambda x: _differing(_bits(x), _bits(mask)),
    )


def backwards(rng: Random) -> Step:
    """Bits in the other order."""
    return Step(
        f"Put the {WIDTH} bits in the opposite order: the lowest becomes the highest, and so on.",
        f"y = 0\nfor i in range({WIDTH}):\n    y = y << 1 | x >> i & 1\nx = y",
        lambda x: int(_bits(x)[::-1], 2),
    )


def swapped(rng: Random) -> Step:
    """Bytes or neighbours swapped."""
    if rng.random() < 0.5:
        return Step(
            "Swap the upper and the lower byte.",
            "x = x >> 8 | (x & 255) << 8",
            lambda x: int.from_bytes(x.to_bytes(2, "big"), "little"),
        )
    return Step(
        "Swap each bit at an even place with its neighbour at the odd place above it (the lowest "
        "bit has the place 0).",
        "x = (x & 0x5555) << 1 | (x & 0xaaaa) >> 1",
        lambda x: int("".join(_bits(x)[i + 1] + _bits(x)[i] for i in range(0, WIDTH, 2)), 2),
    )


def gray(rng: Random) -> Step:
    """Gray code."""
    return Step(
        "Flip every bit whose upper neighbour was set before this step (the highest bit has none).",
        "x = x ^ x >> 1",
        lambda x: _differing("0" + _bits(x)[:-1], _bits(x)),
    )


def shifted(rng: Random) -> Step:
    """Shifted, with what leaves lost."""
    k, left = rng.randint(1, 5), rng.random() < 0.5
    if left:
        return Step(
            f"Shift the bits to the left by {k}, and keep the lowest {WIDTH} bits.",
            f"x = x << {k} & {MASK}",
            lambda x: int(_bits(x)[k:] + "0" * k, 2),
        )
    return Step(
        f"Shift the bits to the right by {k}; what leaves at the bottom is lost.",
        f"x = x >> {k}",
        lambda x: x // 2**k,
    )


def added(rng: Random) -> Step:
    """Sum modulo the width."""
    k = rng.randint(3, MASK)
    return Step(
        f"Add {k}, and keep the lowest {WIDTH} bits of the sum.",
        f"x = x + {k} & {MASK}",
        lambda x: (x + k) % 2**WIDTH,
    )


def lowest(rng: Random) -> Step:
    """The lowest set bit cleared."""
    return Step(
        "Clear the lowest bit that is set (0 stays 0).",
        "x = x & x - 1 if x else 0",
        lambda x: x - (x & -x),
    )


def filled(rng: Random) -> Step:
    """All below the highest set."""
    return Step(
        "Set every bit below the highest one that is set (0 stays 0).",
        "for k in (1, 2, 4, 8):\n    x = x | x >> k",
        lambda x: 2 ** x.bit_length() - 1,
    )


STEPS = (rotate, flip, backwards, swapped, gray, shifted, added, lowest, filled)


def counted(rng: Random) -> Step:
    """How many bits are set among some."""
    low = rng.randint(0, 5)
    high = rng.randint(low + 6, WIDTH - 1)
    return Step(
        f"Give how many of the bits at the places {low} to {high} are set, both included (the "
        "lowest "
        "bit has the place 0).",
        f"x = sum(x >> i & 1 for i in range({low}, {high + 1}))",
        lambda x: _bits(x)[::-1][low : high + 1].count("1"),
    )


def field(rng: Random) -> Step:
    """A signed field."""
    low, width = rng.randint(0, 7), rng.randint(4, 8)
    return Step(
        f"Take the {width} bits from place {low} upwards (the lowest bit has the place 0) as a "
        "number "
        "in two's complement, which may be negative.",
        f"x = x >> {low} & {2**width - 1}\nif x >= {2 ** (width - 1)}:\n    x -= {2**width}",
        lambda x: (x // 2**low + 2 ** (width - 1)) % 2**width - 2 ** (width - 1),
    )


def longest(rng: Random) -> Step:
    """The longest run of ones."""
    return Step(
        "Give the length of the longest run of neighbouring set bits.",
        f"best = length = 0\nfor i in range({WIDTH}):\n"
        "    length = length + 1 if x >> i & 1 else 0\n    best = max(best, length)\nx = best",
        lambda x: max(map(len, _bits(x).split("0"))),
    )


LAST = (counted, field, longest)


def draw_bits(rng: Random) -> int:
    """A number of 16 bits, sometimes with few of them set."""
    if rng.random() < 0.2:
        return rng.choice((0, 1, MASK, 1 << 15, 0x00FF, 0xFF00))
    return rng.randint(0, MASK)


def _bits(x: int) -> str:
    return f"{x:0{WIDTH}b}"


def _differing(first: str, second: str) -> int:
    return int("".join(str(int(a != b)) for a, b in zip(first, second, strict=True)), 2)
