"""People in a row, from clues about who stands where.

Order().generate(rng, 1)    A is directly left of C. B is not at an end. ...   ["A", "C", ...]
"""

from functools import lru_cache
from itertools import permutations
from math import factorial
from random import Random
from typing import NamedTuple

from gen.domains.logic.base import LETTERS, LogicFamily, thinned
from gen.domains.logic.zebra import places
from gen.domains.worked import Draft, Row, generated


class Clue(NamedTuple):
    """A relation between the places of one to three people, given by their numbers."""

    relation: str
    people: tuple[int, ...]
    number: int = 0


WORDS = {
    "at": "{0} is at place {n}.",
    "end": "{0} stands at one of the two ends.",
    "inside": "{0} does not stand at an end.",
    "directly": "{0} is directly to the left of {1}.",
    "before": "{0} is somewhere to the left of {1}.",
    "beside": "{0} and {1} are neighbours.",
    "apart": "{0} and {1} are not neighbours.",
    "gap": "There are exactly {n} people between {0} and {1}.",
    "between": "{0} is somewhere between {1} and {2}.",
}


def true(clue: Clue, place: tuple[int, ...]) -> bool:
    """Whether the clue is true where person i is at `place[i]`, counted from 0."""
    at = [place[one] for one in clue.people]
    match clue.relation:
        case "at":
            return at[0] == clue.number - 1
        case "end":
            return at[0] in (0, len(place) - 1)
        case "inside":
            return at[0] not in (0, len(place) - 1)
        case "directly":
            return at[0] + 1 == at[1]
        case "before":
            return at[0] < at[1]
        case "beside":
            return abs(at[0] - at[1]) == 1
        case "apart":
            return abs(at[0] - at[1]) != 1
        case "gap":
            return abs(at[0] - at[1]) == clue.number + 1
        case _:
            return min(at[1:]) < at[0] < max(at[1:])


@lru_cache(maxsize=4096)
def fitting(clue: Clue, n: int) -> int:
    """The orders that fit the clue, as a bit mask."""
    _, masks = places(n)
    mask = 0
    for at in permutations(range(n), len(clue.people)):
        place = [-1] * n
        part = -1
        for one, p in zip(clue.people, at, strict=True):
            place[one] = p
            part &= masks[one, p]
        if true(clue, tuple(place)):
            mask |= part
    return mask


def filled(clues: list[Clue], n: int) -> list[tuple[int, ...]]:
    """Every row that fits, by putting people in from the left and giving up early."""
    found: list[tuple[int, ...]] = []

    def extend(row: list[int]) -> None:
        if len(row) == n:
            place = tuple(row.index(one) for one in range(n))
            if all(true(clue, place) for clue in clues):
                found.append(place)
            return
        for one in range(n):
            if one not in row and not broken(clues, [*row, one], n):
                extend([*row, one])

    extend([])
    return found


def broken(clues: list[Clue], row: list[int], n: int) -> bool:
    """Whether the last person put in breaks a clue that can be judged from the left part."""
    last, at = row[-1], len(row) - 1
    for clue in clues:
        if last not in clue.people:
            continue
        seen = all(one in row for one in clue.people)
        if seen and clue.relation not in ("between",):
            place = [row.index(one) if one in row else -1 for one in range(n)]
            if not true(clue, tuple(place)):
                return True
        if clue.relation == "before" and clue.people[1] == last and clue.people[0] not in row:
            return True
        if clue.relation == "directly" and clue.people[1] == last and at == 0:
            return True
    return False


class Order(LogicFamily):
    """Orders of people in a row; all permutations against filling from the left."""

    name = "seating.order"
    card = generated(
        0.05, "a blind guess among n people pays 1/n!: 1/24 at level 1, 1/5040 at level 5"
    )
    methods = "all permutations against a search that fills the row from the left"
    lazy = (["A", "B", "C", "D"], ["A", "B", "C", "D", "E"], ["A", "B", "C", "D", "E", "F"])

    def draw(self, rng: Random, level: int) -> Draft:
        """Four people with telling clues, up to seven with vague ones."""
        n = (4, 5, 5, 6, 7)[level - 1]
        place = tuple(rng.sample(range(n), n))
        relations = [*WORDS] if level < 3 else [one for one in WORDS if one not in ("at", "end")]
        if level == 5:
            relations = ["inside", "before", "beside", "apart", "gap", "between"]
        clues: list[Clue] = []
        while len(clues) < 4 * n:
            clue = self.clue(rng, rng.choice(relations), n)
            if true(clue, place) and clue not in clues:
                clues.append(clue)

        def unique(some: list[Clue]) -> bool:
            left = (1 << factorial(n)) - 1
            for clue in some:
                left &= fitting(clue, n)
            return left.bit_count() == 1

        if not unique(clues):
            return self.draw(rng, level)
        clues = thinned(clues, rng, unique, keep=max(0, 3 - level))
        names = LETTERS[:n]
        answer = [names[place.index(at)] for at in range(n)]
        [again] = filled(clues, n)
        second = [names[again.index(at)] for at in range(n)]
        lines = "\n".join(
            WORDS[clue.relation].format(*(names[one] for one in clue.people), n=clue.number)
            for clue in clues
        )
        text = (
            f"{n} people, {', '.join(names)}, stand in a row, at places 1 to {n} from left to "
            f"right.\n{lines}\nIn which order do they stand? Answer with a JSON list of the "
            "letters "
            "from left to right."
        )
        swapped = [answer[1], answer[0], *answer[2:]]
        return Draft(text, answer, Row(), second, [answer[::-1], swapped])

    def clue(self, rng: Random, relation: str, n: int) -> Clue:
        """A clue of the kind about anybody, true or not."""
        n_people = {"at": 1, "end": 1, "inside": 1, "between": 3}.get(relation, 2)
        number = rng.randint(1, n) if relation == "at" else rng.randint(1, n - 2)
        people = tuple(rng.sample(range(n), n_people))
        return Clue(relation, people, number if relation in ("at", "gap") else 0)
