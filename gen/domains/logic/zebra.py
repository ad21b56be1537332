"""Houses in a row whose owners differ in everything: who has what, from clues.

    Houses().generate(rng, 1)    three houses, a colour and a pet each
                                 {"colour": ["red", "blue", "green"], "pet": [...]}

A solver proves that the clues leave one answer, and that none of them can be spared.
"""

from collections.abc import Iterator
from functools import cache
from itertools import permutations
from random import Random
from typing import NamedTuple

from gen.domains.logic.base import LogicFamily, thinned
from gen.domains.worked import Draft, Fields, Row, generated

KINDS = {
    "colour": ("red", "blue", "green", "white", "yellow"),
    "pet": ("cat", "dog", "horse", "parrot", "snail"),
    "drink": ("tea", "milk", "coffee", "juice", "water"),
    "job": ("baker", "doctor", "painter", "pilot", "teacher"),
    "owner": ("Amara", "Ben", "Chiara", "Diego", "Elif"),
    "instrument": ("cello", "drum", "flute", "harp", "violin"),
}


class Clue(NamedTuple):
    """A relation between the houses of two values, or a value and a number."""

    relation: str
    first: tuple[str, str]
    second: tuple[str, str] | None = None
    number: int = 0


def fits(relation: str, one: int, two: int) -> bool:
    """Whether two positions, from 0, are in the relation."""
    match relation:
        case "same":
            return one == two
        case "apart":
            return one != two
        case "left":
            return one + 1 == two
        case "beside":
            return abs(one - two) == 1
        case "before":
            return one < two
        case _:
            return abs(one - two) == 2


def in_words(clue: Clue) -> str:
    """The clue in a sentence."""
    one = shown(clue.first)
    if clue.relation == "at":
        return capital(f"{one} is house {clue.number}.")
    if clue.relation == "not at":
        return capital(f"{one} is not house {clue.number}.")
    assert clue.second is not None
    two = shown(clue.second)
    words = {
        "same": f"{one} is {two}.",
        "apart": f"{one} is not {two}.",
        "left": f"{one} is directly to the left of {two}.",
        "beside": f"{one} is next to {two}.",
        "before": f"{one} is somewhere to the left of {two}.",
        "between": f"There is exactly one house between {one} and {two}.",
    }
    return capital(words[clue.relation])


def capital(text: str) -> str:
    """With a capital letter."""
    return text[0].upper() + text[1:]


def shown(value: tuple[str, str]) -> str:
    """The house of a value, in words."""
    kind, name = value
    if kind == "colour":
        return f"the {name} house"
    return f"the house of {name}" if kind == "owner" else f"the house with {kind} {name}"


@cache
def places(n: int) -> tuple[tuple[tuple[int, ...], ...], dict[tuple[int, int], int]]:
    """All orders of n, and the bit mask of those in which item i stands at place p."""
    orders = tuple(permutations(range(n)))
    masks = {
        (item, place): int("".join(str(int(one[item] == place)) for one in reversed(orders)), 2)
        for item in range(n)
        for place in range(n)
    }
    return orders, masks


def solutions(values: dict[str, tuple[str, ...]], clues: list[Clue]) -> Iterator[dict[str, tuple]]:
    """Every way to fill the houses, a kind after another, as the places of its values."""
    kinds = list(values)
    n = len(values[kinds[0]])
    orders, masks = places(n)
    everything = (1 << len(orders)) - 1
    allowed = dict.fromkeys(kinds, everything)
    links: dict[str, list[tuple[int, str, list[int]]]] = {kind: [] for kind in kinds}
    for clue in clues:
        kind, name = clue.first
        item = values[kind].index(name)
        if clue.second is None:
            wanted = masks[item, clue.number - 1]
            allowed[kind] &= wanted if clue.relation == "at" else everything ^ wanted
        elif clue.second[0] == kind:
            other = values[kind].index(clue.second[1])
            allowed[kind] &= sum(
                1 << at
                for at, order in enumerate(orders)
                if fits(clue.relation, order[item], order[other])
            )
        else:
            other_kind, other = clue.second[0], values[clue.second[0]].index(clue.second[1])
            near = [[fits(clue.relation, p, q) for q in range(n)] for p in range(n)]
            ahead = [sum(masks[other, q] for q in range(n) if near[p][q]) for p in range(n)]
            back = [sum(masks[item, p] for p in range(n) if near[p][q]) for q in range(n)]
            links[kind].append((item, other_kind, ahead))
            links[other_kind].append((other, kind, back))

    def extend(done: dict[str, tuple], left: dict[str, int]) -> Iterator[dict[str, tuple]]:
        if not left:
            yield done
            return
        kind = min(left, key=lambda one: left[one].bit_count())
        bits = left[kind]
        while bits:
            low = bits & -bits
            bits ^= low
            order = orders[low.bit_length() - 1]
            rest = {one: mask for one, mask in left.items() if one != kind}
            for item, there, by_place in links[kind]:
                if there in rest:
                    rest[there] &= by_place[order[item]]
            if all(rest.values()):
                yield from extend({**done, kind: order}, rest)

    if all(allowed.values()):
        yield from extend({}, allowed)


def by_places(values: dict[str, tuple[str, ...]], clues: list[Clue]) -> list[dict]:
    """The same by another search: the places of single values, most constrained first.

    Stops at the second solution.
    """
    names = [(kind, name) for kind, members in values.items() for name in members]
    n = len(next(iter(values.values())))
    domains = {name: set(range(n)) for name in names}
    for clue in clues:
        if clue.relation == "at":
            domains[clue.first] &= {clue.number - 1}
        elif clue.relation == "not at":
            domains[clue.first] -= {clue.number - 1}
    pairs = [(c.relation, c.first, c.second) for c in clues if c.second is not None]
    found: list[dict] = []

    def narrowed(domains: dict) -> dict | None:
        changed = True
        while changed:
            changed = False
            for relation, one, two in pairs:
                ones = {p for p in domains[one] if any(fits(relation, p, q) for q in domains[two])}
                twos = {q for q in domains[two] if any(fits(relation, p, q) for p in ones)}
                if ones != domains[one] or twos != domains[two]:
                    domains[one], domains[two], changed = ones, twos, True
            for name in names:
                if len(domains[name]) == 1:
                    [place] = domains[name]
                    for other in names:
                        if other[0] == name[0] and other != name and place in domains[other]:
                            domains[other] = domains[other] - {place}
                            changed = True
            if not all(domains.values()):
                return None
        return domains

    def search(domains: dict) -> None:
        solved = narrowed(dict(domains))
        if solved is None or len(found) > 1:
            return
        open_names = [name for name in names if len(solved[name]) > 1]
        if not open_names:
            found.append({name: next(iter(solved[name])) for name in names})
            return
        name = min(open_names, key=lambda one: (len(solved[one]), one))
        for place in sorted(solved[name]):
            search({**solved, name: {place}})

    search(domains)
    return found


class Houses(LogicFamily):
    """Zebra puzzles; search over orders with bit masks against search over single places."""

    name = "zebra.houses"
    card = generated(
        0.03,
        "one answer proved by two solvers; no clue can be spared at level 3 and up",
        "a row of the answer can be right by luck; only the whole answer counts",
    )
    methods = "orders of each kind with bit masks against places of single values"

    def draw(self, rng: Random, level: int) -> Draft:
        """Three houses and two kinds of things, up to five houses and four."""
        n, n_kinds = ((3, 2), (3, 3), (4, 3), (4, 4), (5, 4))[level - 1]
        kinds = rng.sample(sorted(KINDS), n_kinds)
        values = {kind: tuple(sorted(rng.sample(KINDS[kind], n))) for kind in kinds}
        filled = {kind: rng.sample(values[kind], n) for kind in kinds}
        place = {(kind, name): row.index(name) for kind, row in filled.items() for name in row}
        clues = self.clues(rng, place, level)

        def unique(some: list[Clue]) -> bool:
            found = solutions(values, some)
            return next(found, None) is not None and next(found, None) is None

        n_clues = 3 * n
        while not unique(clues[:n_clues]):
            if n_clues > len(clues):
                return self.draw(rng, level)
            n_clues += n
        clues = thinned(clues[:n_clues], rng, unique, keep=max(0, 3 - level))
        rng.shuffle(clues)
        given = "; ".join(f"{kind}: {', '.join(values[kind])}" for kind in kinds)
        lines = "\n".join(f"{at}. {in_words(clue)}" for at, clue in enumerate(clues, start=1))
        form = ", ".join(f'"{kind}": [...]' for kind in kinds)
        text = (
            f"{n} houses stand in a row, numbered 1 to {n} from left to right. Each has one of "
            "each "
            f"of these, no two the same: {given}.\n{lines}\nWhat has each house? Answer with JSON: "
            f"{{{form}}}, each list from house 1 to house {n}."
        )
        [again] = by_places(values, clues)
        second = {
            kind: sorted(values[kind], key=lambda name, kind=kind: again[kind, name])
            for kind in kinds
        }
        near = [{**filled, kinds[0]: filled[kinds[0]][::-1]}]
        near.append(Fields(dict.fromkeys(kinds, Row())).slip(filled, rng))
        return Draft(text, filled, Fields(dict.fromkeys(kinds, Row())), second, near)

    def clues(self, rng: Random, place: dict[tuple[str, str], int], level: int) -> list[Clue]:
        """True sentences in random order, the telling ones no more than are needed."""
        names = sorted(place)
        n = max(place.values()) + 1
        found = []
        kinds = ["same", "apart", "left", "beside", "before", "between"][: 3 + level]
        for one in names:
            if rng.random() < (0.5 if level < 3 else 0.2):
                found.append(Clue("at", one, number=place[one] + 1))
            elsewhere = rng.choice([p for p in range(n) if p != place[one]])
            found.append(Clue("not at", one, number=elsewhere + 1))
            for two in rng.sample(names, min(len(names), 8)):
                relation = rng.choice(kinds)
                if one[0] == two[0] and relation in ("same", "apart"):
                    continue
                if one != two and fits(relation, place[one], place[two]):
                    found.append(Clue(relation, one, two))
        rng.shuffle(found)
        return found
