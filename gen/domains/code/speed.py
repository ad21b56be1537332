"""Functions to make faster: a right one is given that is too slow for large inputs.

    def f(xs, queries):
        return [sum(xs[a:b]) for a, b in queries]

    Write an `f` that gives the same values, and whose time grows more slowly.

Right answers are accepted, and rewarded by CPU time against the one given: 0.625 for one as fast, 1
from four times as fast. Each task has a known algorithm of lower growth.
"""

from collections.abc import Callable
from random import Random
from typing import Any, NamedTuple

from gen.domains.code.base import CodeFamily, generated, truth_text, until
from gen.domains.code.functions import shown
from gen.domains.code.running import loaded
from gen.domains.code.testing import Tests, agrees, hardened
from gen.errors import GroundTruthDisagrees
from verifiers.code.truth import Case, Speed
from verifiers.records import Problem

N_INPUTS = 20
SIZES = (300, 900)


class Task(NamedTuple):
    """What `f` gives, a slow and a fast program for it, and inputs: small, and of any size."""

    text: str
    slow: str
    fast: str
    draw: Callable[[Random], tuple[Any, ...]]
    inputs: str


class Faster(CodeFamily):
    """Write a faster function than the one that is given."""

    name = "performance.speed"
    levels = (1, 2, 3)
    card = generated(
        "CPU time is measured, and varies by some per cent; the reward allows for the noise seen.",
        "A right program that is as slow as the given one is accepted too, at a reward of 0.625.",
    )

    def generate(self, rng: Random, level: int) -> Problem:
        """Draw a task of a level."""
        task, tests = until(lambda: self._attempt(rng, level))
        prompt = (
            f"`f` {task.text} This is right, and too slow for long inputs:\n\n```python\n"
            f"{task.slow}```\n\nWrite an `f` that gives the same values and whose time grows more "
            f"slowly with the length of the input. For example:\n\n{shown(tests.shown)}"
        )
        truth = Speed(
            entry_point="f",
            tests=tuple(Case(repr(args), repr(value)) for args, value in tests.hidden),
            reference=task.slow,
            inputs=task.inputs,
            sizes=SIZES,
        )
        return self.coded(
            level, prompt, truth_text(truth), task.fast, tests.wrong,
            evidence={**tests.evidence, "second_method": "agrees"},
        )  # fmt: skip

    def _attempt(self, rng: Random, level: int) -> tuple[Task, Tests] | None:
        task = rng.choice(TASKS[level])(rng)
        tests = hardened(task.fast, "f", [task.draw(rng) for _ in range(N_INPUTS)], rng)
        if tests is None:
            return None
        slow = loaded(task.slow, "f")
        for args, value in [*tests.hidden, *tests.shown]:
            if not agrees(slow(args), value):
                raise GroundTruthDisagrees(self.name, task.text, value, slow(args).what)
        return task, tests


def _numbers(high: int) -> tuple[Callable[[Random], tuple[Any, ...]], str]:
    """Small and large lists of numbers up to `high`, as the only argument."""
    return (
        lambda rng: ([rng.randint(0, high) for _ in range(rng.randint(0, 9))],),
        f"def inputs(n, rng):\n    return ([rng.randint(0, {high} * n) for _ in range(n)],)\n",
    )


def range_sums(rng: Random) -> Task:
    """Prefix sums."""
    m = rng.randint(2, 9)

    def draw(rng: Random) -> tuple[Any, ...]:
        xs = [rng.randint(0, 20) for _ in range(rng.randint(1, 8))]
        ends = [sorted(rng.choices(range(len(xs) + 1), k=2)) for _ in range(rng.randint(0, 4))]
        return xs, [(a, b) for a, b in ends]

    return Task(
        f"takes a list of integers and a list of pairs (a, b) of places, and gives for each "
        "pair the "
        f"sum of the numbers from place a up to place b (not included) that are multiples of {m}.",
        f"def f(xs, pairs):\n    return [sum(x for x in xs[a:b] if x % {m} == 0) for a, b in "
        "pairs]\n",
        f"def f(xs, pairs):\n    sums = [0]\n    for x in xs:\n"
        f"        sums.append(sums[-1] + (x if x % {m} == 0 else 0))\n"
        "    return [sums[b] - sums[a] for a, b in pairs]\n",
        draw,
        "def inputs(n, rng):\n    xs = [rng.randint(0, 99) for _ in range(n)]\n"
        "    return (xs, [tuple(sorted((rng.randint(0, n), rng.randint(0, n)))) for _ in "
        "range(n)])\n",
    )


def pairs_with_sum(rng: Random) -> Task:
    """Hashing."""
    k, high = rng.randint(5, 30), rng.choice((9, 15))
    draw, inputs = _numbers(high)
    return Task(
        f"takes a list of integers and gives the number of pairs of places i < j whose numbers "
        "add up "
        f"to a multiple of {k}.",
        f"def f(xs):\n    return sum((xs[i] + xs[j]) % {k} == 0 for i in range(len(xs)) "
        "for j in range(i + 1, len(xs)))\n",
        f"def f(xs):\n    seen, pairs = {{}}, 0\n    for x in xs:\n"
        f"        pairs += seen.get(-x % {k}, 0)\n"
        f"        seen[x % {k}] = seen.get(x % {k}, 0) + 1\n    return pairs\n",
        draw,
        inputs,
    )


def first_repeats(rng: Random) -> Task:
    """A set."""
    d = rng.randint(0, 4)
    draw, inputs = _numbers(9)
    what = "occurred before it" if not d else f"is {d} less or {d} more than one before it"
    test = f"x - {d} in xs[:i] or x + {d} in xs[:i]" if d else "x in xs[:i]"
    fast = f"x - {d} in seen or x + {d} in seen" if d else "x in seen"
    return Task(
        f"takes a list of integers and gives the list of the places whose number {what} in the "
        "list.",
        f"def f(xs):\n    return [i for i, x in enumerate(xs) if {test}]\n",
        f"def f(xs):\n    seen, places = set(), []\n    for i, x in enumerate(xs):\n"
        f"        if {fast}:\n            places.append(i)\n        seen.add(x)\n    return "
        "places\n",
        draw,
        inputs,
    )


def best_stretch(rng: Random) -> Task:
    """Kadane's."""
    k = rng.randint(3, 9)
    draw, inputs = _numbers(12)
    return Task(
        f"takes a list of integers and gives the largest sum that a stretch of neighbouring "
        "numbers "
        f"has, after {k} was taken off each number; an empty stretch has the sum 0.",
        f"def f(xs):\n    return max(sum(x - {k} for x in xs[i:j]) for i in range(len(xs) + 1) "
        "for j in range(i, len(xs) + 1))\n",
        f"def f(xs):\n    best = here = 0\n    for x in xs:\n        here = max(0, here + x - "
        f"{k})\n"
        "        best = max(best, here)\n    return best\n",
        draw,
        inputs.replace("range(n)", "range(n // 8)"),
    )


def longest_window(rng: Random) -> Task:
    """Two pointers."""
    k = rng.randint(10, 40)
    draw, inputs = _numbers(15)
    return Task(
        f"takes a list of integers that are not negative and gives the length of the longest "
        "stretch "
        f"of neighbouring numbers whose sum is at most {k}.",
        "def f(xs):\n    best = 0\n    for i in range(len(xs)):\n        total = 0\n"
        "        for j in range(i, len(xs)):\n            total += xs[j]\n"
        f"            if total <= {k} and j - i + 1 > best:\n                best = j - i + 1\n"
        "    return best\n",
        "def f(xs):\n    best = start = total = 0\n    for i, x in enumerate(xs):\n        "
        "total += x\n"
        f"        while total > {k}:\n            total -= xs[start]\n            start += 1\n"
        "        best = max(best, i - start + 1)\n    return best\n",
        draw,
        inputs.replace("15 * n", "15"),
    )


def previous_greater(rng: Random) -> Task:
    """A stack."""
    d = rng.randint(0, 3)
    draw, inputs = _numbers(12)
    more = f"more than {d} greater" if d else "greater"
    plus = f" + {d}" if d else ""
    return Task(
        f"takes a list of integers and gives, for each place, the number of places before it whose "
        f"numbers are {more} than the number there.",
        f"def f(xs):\n    return [sum(y > x{plus} for y in xs[:i]) for i, x in enumerate(xs)]\n",
        "from bisect import bisect_right, insort\n\n\ndef f(xs):\n    before, counts = [], []\n"
        f"    for x in xs:\n        counts.append(len(before) - bisect_right(before, x{plus}))\n"
        "        insort(before, x)\n    return counts\n",
        draw,
        inputs,
    )


def rising(rng: Random) -> Task:
    """The longest increasing subsequence."""
    d = rng.randint(1, 4)
    draw, inputs = _numbers(20)
    return Task(
        f"takes a list of integers and gives how many numbers can be kept at most, in their "
        "order, so "
        f"that each kept number is at least {d} more than the one kept before it.",
        "def f(xs):\n    best = []\n    for i, x in enumerate(xs):\n"
        f"        best.append(1 + max([best[j] for j in range(i) if xs[j] + {d} <= x], "
        "default=0))\n"
        "    return max(best, default=0)\n",
        "from bisect import bisect_right\n\n\ndef f(xs):\n    ends = []\n    for x in xs:\n"
        f"        place = bisect_right(ends, x - {d})\n        if place == len(ends):\n"
        "            ends.append(x)\n        elif x < ends[place]:\n            ends[place] = x\n"
        "    return len(ends)\n",
        draw,
        inputs,
    )


TASKS: dict[int, tuple[Callable[[Random], Task], ...]] = {
    1: (first_repeats, pairs_with_sum),
    2: (range_sums, best_stretch),
    3: (longest_window, previous_greater, rising),
}
