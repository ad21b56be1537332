"""Steps on a list of integers, and last steps that make one number of it."""

from collections import Counter
from itertools import accumulate, groupby, pairwise
from random import Random

from gen.domains.code.steps import Step


def multiples(rng: Random) -> Step:
    """Keep or drop multiples."""
    k, r = rng.randint(2, 5), rng.randint(0, 1)
    word = "Remove" if r else "Keep only"
    test = "!=" if r else "=="
    return Step(
        f"{word} the multiples of {k}.",
        f"kept = []\nfor x in xs:\n    if x % {k} {test} 0:\n        kept.append(x)\nxs = kept",
        lambda xs: [x for x in xs if bool(x % k) == bool(r)],
    )


def bounded(rng: Random) -> Step:
    """Keep what lies on one side of a number."""
    k, above = rng.randint(-3, 12), rng.random() < 0.5
    word, sign = ("greater", ">") if above else ("less", "<")
    return Step(
        f"Keep only the numbers that are {word} than {k}.",
        f"xs = [x for x in xs if x {sign} {k}]",
        lambda xs: list(filter((lambda x: x > k) if above else (lambda x: x < k), xs)),
    )


def affine(rng: Random) -> Step:
    """Multiply and add."""
    a, b = rng.choice((2, 3, 5, -1, -2)), rng.randint(1, 9)
    return Step(
        f"Replace each number x by {a} * x + {b}.",
        f"xs = [{a} * x + {b} for x in xs]",
        lambda xs: list(map(lambda x: b + x * a, xs)),
    )


def remainders(rng: Random) -> Step:
    """Squares modulo a number."""
    m = rng.randint(5, 13)
    return Step(
        f"Replace each number x by the remainder of x * x on division by {m}.",
        f"xs = [x * x % {m} for x in xs]",
        lambda xs: [pow(x, 2, m) for x in xs],
    )


def distances(rng: Random) -> Step:
    """Distance from a number."""
    k = rng.randint(1, 10)
    return Step(
        f"Replace each number by its distance from {k} (the absolute difference).",
        f"xs = [x - {k} if x > {k} else {k} - x for x in xs]",
        lambda xs: [abs(k - x) for x in xs],
    )


def first_only(rng: Random) -> Step:
    """Without repeats."""
    return Step(
        "Remove every number that occurred earlier in the list, so that each is kept where it "
        "stands "
        "first.",
        "kept = []\nfor x in xs:\n    if x not in kept:\n        kept.append(x)\nxs = kept",
        lambda xs: list(dict.fromkeys(xs)),
    )


def reverse(rng: Random) -> Step:
    """Backwards."""
    return Step("Reverse the list.", "xs = xs[::-1]", lambda xs: list(reversed(xs)))


def sort_by_remainder(rng: Random) -> Step:
    """Sorted by remainder, then value."""
    k = rng.randint(3, 7)
    return Step(
        f"Sort the numbers by their remainder on division by {k} (Python's %), smallest first; "
        "equal "
        "remainders by the number itself, largest first.",
        f"xs = sorted(xs, key=lambda x: (x % {k}, -x))",
        lambda xs: sorted(sorted(xs, reverse=True), key=lambda x: x % k),
    )


def rotate(rng: Random) -> Step:
    """Rotated to the left."""
    k = rng.randint(1, 4)
    return Step(
        f"Rotate the list to the left by {k} places (an empty list stays empty).",
        f"if xs:\n    k = {k} % len(xs)\n    xs = xs[k:] + xs[:k]",
        lambda xs: [xs[(place + k) % len(xs)] for place in range(len(xs))],
    )


def running(rng: Random) -> Step:
    """Running sums or maxima."""
    if rng.random() < 0.5:
        return Step(
            "Replace each number by the sum of all numbers up to it and including it.",
            "total, sums = 0, []\nfor x in xs:\n    total += x\n    sums.append(total)\nxs = sums",
            lambda xs: list(accumulate(xs)),
        )
    return Step(
        "Replace each number by the largest of all numbers up to it and including it.",
        "largest = []\nfor x in xs:\n    largest.append(x if not largest or x > largest[-1] else "
        "largest[-1])\nxs = largest",
        lambda xs: list(accumulate(xs, max)),
    )


def differences(rng: Random) -> Step:
    """Differences of neighbours."""
    return Step(
        "Replace the list by the differences of its neighbours, each number's successor minus the "
        "number itself; the result is one shorter (an empty list stays empty).",
        "xs = [xs[i + 1] - xs[i] for i in range(len(xs) - 1)]",
        lambda xs: [second - first for first, second in pairwise(xs)],
    )


def every(rng: Random) -> Step:
    """Every k-th."""
    k = rng.randint(2, 3)
    start = rng.randint(0, 1)
    which = ("first", "second")[start]
    return Step(
        f"Keep only every {'second' if k == 2 else 'third'} number, beginning with the {which}.",
        f"xs = xs[{start}::{k}]",
        lambda xs: [x for place, x in enumerate(xs) if place >= start and (place - start) % k == 0],
    )


def clip(rng: Random) -> Step:
    """Clipped to a range."""
    low = rng.randint(-5, 3)
    high = low + rng.randint(5, 15)
    return Step(
        f"Replace each number below {low} by {low}, and each above {high} by {high}.",
        f"xs = [{low} if x < {low} else {high} if x > {high} else x for x in xs]",
        lambda xs: [sorted((low, x, high))[1] for x in xs],
    )


def chunks(rng: Random) -> Step:
    """Sums of chunks."""
    k = rng.randint(2, 4)
    return Step(
        f"Cut the list into pieces of {k} numbers from its beginning (the last piece may be "
        "shorter), "
        "and replace each piece by its sum.",
        f"xs = [sum(xs[i:i + {k}]) for i in range(0, len(xs), {k})]",
        lambda xs: [
            sum(x for _, x in group)
            for _, group in groupby(enumerate(xs), key=lambda one: one[0] // k)
        ],
    )


def earlier_smaller(rng: Random) -> Step:
    """How many earlier ones are smaller."""
    return Step(
        "Replace each number by how many numbers before it in the list are smaller than it.",
        "xs = [sum(1 for y in xs[:i] if y < x) for i, x in enumerate(xs)]",
        lambda xs: [len([y for y in xs[:i] if not y >= xs[i]]) for i in range(len(xs))],
    )


def weighted(rng: Random) -> Step:
    """Times the place."""
    start = rng.randint(0, 2)
    return Step(
        f"Multiply each number by its place in the list, where the first has the place {start}.",
        f"xs = [x * i for i, x in enumerate(xs, {start})]",
        lambda xs: [xs[i] * (i + start) for i in range(len(xs))],
    )


def drop_ends(rng: Random) -> Step:
    """Without the first or last few."""
    k = rng.randint(1, 2)
    what = "number" if k == 1 else f"{k} numbers"
    if rng.random() < 0.5:
        return Step(f"Remove the first {what}.", f"xs = xs[{k}:]", lambda xs: list(xs)[k:])
    return Step(
        f"Remove the last {what}.",
        f"xs = xs[:-{k}]",
        lambda xs: xs[: max(0, len(xs) - k)],
    )


STEPS = (
    multiples, bounded, affine, remainders, distances, first_only, reverse, sort_by_remainder,
    rotate, running, differences, every, clip, chunks, earlier_smaller, weighted, drop_ends,
)  # fmt: skip


def total(rng: Random) -> Step:
    """The sum, perhaps with changing signs."""
    if rng.random() < 0.4:
        return Step("Give the sum of the list.", "xs = sum(xs)", lambda xs: sum(reversed(xs)))
    return Step(
        "Give the alternating sum: the first number minus the second plus the third, and so on "
        "(0 for "
        "an empty list).",
        "total = 0\nfor i, x in enumerate(xs):\n    total += x if i % 2 == 0 else -x\nxs = total",
        lambda xs: sum(xs[::2]) - sum(xs[1::2]),
    )


def spread(rng: Random) -> Step:
    """Largest less smallest."""
    return Step(
        "Give the largest number minus the smallest (0 for an empty list).",
        "xs = max(xs) - min(xs) if xs else 0",
        lambda xs: sorted(xs)[-1] - sorted(xs)[0] if xs else 0,
    )


def distinct(rng: Random) -> Step:
    """How many different."""
    k = rng.randint(2, 3)
    return Step(
        f"Give how many different numbers occur in the list fewer than {k} times.",
        f"xs = sum(1 for x in set(xs) if xs.count(x) < {k})",
        lambda xs: sum(n < k for n in Counter(xs).values()),
    )


def longest_run(rng: Random) -> Step:
    """Length of the longest rising stretch."""
    return Step(
        "Give the length of the longest stretch of neighbouring numbers of which each is "
        "greater than "
        "the one before it (0 for an empty list).",
        "best = length = 0\nfor i, x in enumerate(xs):\n"
        "    length = length + 1 if i > 0 and x > xs[i - 1] else 1\n    best = max(best, length)\n"
        "xs = best",
        _longest_run,
    )


def most_frequent(rng: Random) -> Step:
    """The mode."""
    return Step(
        "Give the number that occurs most often, the smallest of them where several do (0 for "
        "an empty "
        "list).",
        "xs = min(xs, key=lambda x: (-xs.count(x), x)) if xs else 0",
        lambda xs: min((-n, x) for x, n in Counter(xs).items())[1] if xs else 0,
    )


def inversions(rng: Random) -> Step:
    """Pairs in the wrong order."""
    return Step(
        "Give the number of pairs of places i < j for which the number at i is greater than "
        "the one at "
        "j.",
        "xs = sum(1 for i in range(len(xs)) for j in range(i + 1, len(xs)) if xs[i] > xs[j])",
        lambda xs: sum(sum(y < x for y in xs[i + 1 :]) for i, x in enumerate(xs)),
    )


LAST = (total, spread, distinct, longest_run, most_frequent, inversions)


def _longest_run(xs: list[int]) -> int:
    lengths = [0]
    for i in range(len(xs)):
        rising = next((j for j in range(i + 1, len(xs)) if xs[j] <= xs[j - 1]), len(xs))
        lengths.append(rising - i)
    return max(lengths)


def draw_list(rng: Random) -> list[int]:
    """A list of small integers, with repeats, sometimes short or empty."""
    n = rng.choice((0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10))
    low, high = rng.choice(((-9, 20), (0, 9), (1, 30), (-4, 4)))
    return [rng.randint(low, high) for _ in range(n)]
