"""How many are in which classes, from the sizes of classes and of what they share.

Survey().generate(rng, 1)    of 40 people 22 like tea, 15 coffee, 9 both: neither?    12
"""

from itertools import combinations
from math import comb
from random import Random

from gen.domains.logic.base import LogicFamily
from gen.domains.worked import Amount, Draft, Fields, generated

THINGS = ("tea", "coffee", "milk", "juice", "cocoa", "water", "cider", "broth")
COUNT = Amount()


class Survey(LogicFamily):
    """Sizes of the parts of a survey; inclusion and exclusion against the drawn people."""

    name = "sets.survey"
    card = generated(0.1, "counts are whole numbers of moderate size")
    methods = "inclusion and exclusion over the stated sizes against counting the drawn people"
    lazy = (10, 5, {"none": 5, "one": 10})

    def draw(self, rng: Random, level: int) -> Draft:
        """Two classes; three; exactly one of three; sizes by halves; four classes."""
        n = (2, 3, 3, 3, 4)[level - 1]
        names = rng.sample(THINGS, n)
        parts = {
            chosen: rng.randint(1, 9 + 6 * level)
            for size in range(n + 1)
            for chosen in combinations(range(n), size)
        }
        total = sum(parts.values())
        inside = {
            chosen: sum(count for part, count in parts.items() if set(chosen) <= set(part))
            for size in range(1, n + 1)
            for chosen in combinations(range(n), size)
        }
        lines = [
            f"{inside[chosen]} like {' and '.join(names[i] for i in chosen)}" for chosen in inside
        ]
        alternating = sum((-1) ** (len(chosen) + 1) * count for chosen, count in inside.items())
        none = total - alternating
        head = f"Of {total} people "
        tail = " (each number counts all who like what it names, whatever else they like)."
        if level <= 2:
            asked = "How many like none of these? Answer with an integer."
            text = f"{head}{', '.join(lines)}{tail} {asked}"
            singles = sum(inside[one,] for one in range(n))
            near = [total - singles, none + 1, alternating]
            return Draft(text, none, COUNT, parts[()], near)
        exactly = {
            k: sum(
                (-1) ** (len(chosen) - k) * comb(len(chosen), k) * count
                for chosen, count in inside.items()
                if len(chosen) >= k
            )
            for k in range(1, n + 1)
        }
        counted = {
            k: sum(count for part, count in parts.items() if len(part) == k)
            for k in range(1, n + 1)
        }
        if level >= 4:
            hidden = rng.choice([chosen for chosen in inside if len(chosen) == 1])
            lines[list(inside).index(hidden)] = (
                f"{total - inside[hidden]} do not like {names[hidden[0]]}"
            )
        keys = {"none": 0, "one": 1, "two": 2} if level < 5 else {"none": 0, "one": 1, "three": 3}
        shown = ", ".join(f'"{key}": ...' for key in keys)
        text = (
            f"{head}{', '.join(lines)}{tail} How many like none of these, how many exactly one, "
            "and "
            f"how many exactly {list(keys)[-1]}? Answer with JSON: {{{shown}}}."
        )
        answer = {key: exactly[k] if k else none for key, k in keys.items()}
        second = {key: counted[k] if k else parts[()] for key, k in keys.items()}
        naive = {
            key: sum(count for chosen, count in inside.items() if len(chosen) == k) if k else none
            for key, k in keys.items()
        }
        near = [naive, {**answer, "none": alternating}]
        return Draft(text, answer, Fields(dict.fromkeys(keys, COUNT)), second, near)
