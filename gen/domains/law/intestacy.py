"""Who takes what of an estate without a will, under a statute that the prompt states.

    Shares().generate(rng, 1)    a spouse and two children   {"Sage": "1/2", "Kai": "1/4", ...}

A family tree is drawn, a few are dead, and the answer gives every heir a fraction.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random

from gen.domains.draws import until
from gen.domains.law.base import PEOPLE, LawFamily
from gen.domains.worked import Amount, Draft, Fields, generated


@dataclass(slots=True)
class Person:
    """A descendant; `alive` at the death of the one whose estate it is."""

    name: str
    alive: bool
    children: list["Person"] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        """Whether this line has anybody living."""
        return self.alive or any(child.stands for child in self.children)

    def line(self) -> Iterator["Person"]:
        """This person and all descendants."""
        yield self
        for child in self.children:
            yield from child.line()


def by_stirpes(children: list[Person], share: Fraction) -> dict[str, Fraction]:
    """Divide among the lines that stand; a dead one's part goes down its own line."""
    lines = [one for one in children if one.stands]
    found: dict[str, Fraction] = {}
    for one in lines:
        part = share / len(lines)
        found.update({one.name: part} if one.alive else by_stirpes(one.children, part))
    return found


def by_generation(children: list[Person], share: Fraction) -> dict[str, Fraction]:
    """Divide per capita at each generation: what dead ones leave is pooled for the next."""
    found: dict[str, Fraction] = {}
    level = [one for one in children if one.stands]
    while level:
        part = share / len(level)
        found.update({one.name: part for one in level if one.alive})
        dead = [one for one in level if not one.alive]
        share = part * len(dead)
        level = [child for one in dead for child in one.children if child.stands]
    return found


def stirpes_upward(children: list[Person], share: Fraction) -> dict[str, Fraction]:
    """By stirpes again: every living heir climbs to the root, dividing at each step."""
    found = {}

    def climb(siblings: list[Person], path: tuple[int, ...]) -> None:
        lines = sum(one.stands for one in siblings)
        for one in siblings:
            if one.alive:
                denominator = 1
                for width in (*path, lines):
                    denominator *= width
                found[one.name] = share / denominator
            elif one.stands:
                climb(one.children, (*path, lines))

    climb(children, ())
    return found


def generations_upward(children: list[Person], share: Fraction) -> dict[str, Fraction]:
    """Per capita again, by recursion over what the dead of a generation leave."""
    heads = [one for one in children if one.stands]
    if not heads:
        return {}
    living = {one.name: share / len(heads) for one in heads if one.alive}
    pooled = share - sum(living.values())
    below = [child for one in heads if not one.alive for child in one.children]
    return living | (generations_upward(below, pooled) if pooled else {})


class Shares(LawFamily):
    """Shares of an estate by a stated statute; going down the tree against climbing it."""

    name = "intestacy.shares"
    card = generated(
        0.02,
        "an invented statute in the shape of those of American States; no check from outside; "
        "half-blood, adoption and renunciation come in as stated rules or not at all",
    )
    methods = "division down the tree against each heir's climb to the root"

    def draw(self, rng: Random, level: int) -> Draft:
        """Living children; dead ones; two generations; either rule; one who killed."""
        per_capita = level >= 3 and rng.random() < 0.5
        names = rng.sample(PEOPLE, len(PEOPLE))
        head, spouse = names.pop(), names.pop() if rng.random() < 0.8 else None
        children = until(
            lambda: tree(rng, level, iter(names)),
            lambda drawn: gone_before(drawn) >= (0, 1, 2, 2, 1)[level - 1],
        )
        living = [one.name for child in children for one in child.line() if one.alive]
        killer = rng.choice(living) if level == 5 and len(living) > 1 else None
        counted = [without(child, killer) for child in children]
        taken = Fraction(1, rng.choice((2, 3, 4))) if spouse else Fraction(0)
        down, up = (
            (by_generation, generations_upward) if per_capita else (by_stirpes, stirpes_upward)
        )
        other = by_stirpes if per_capita else by_generation
        shares = [
            down(counted, 1 - taken),
            up(counted, 1 - taken),
            other(counted, 1 - taken),
            down(children, 1 - taken),
            dict.fromkeys(living, (1 - taken) / len(living)),
            down(counted, Fraction(1)),
        ]
        everyone = sorted([*living, spouse] if spouse else living)
        base = dict.fromkeys(everyone, Fraction(0)) | ({spouse: taken} if spouse else {})
        answer, second, *near = [base | one for one in shares]
        facts = [f"{head} died without a will."]
        facts.append(f"{spouse}, the spouse, survives." if spouse else "There is no spouse.")
        facts += told(head, children)
        if killer:
            facts.append(f"{killer} killed {head}.")
        keys = ", ".join(f'"{name}": "..."' for name in everyone)
        text = (
            f"{stated(taken, per_capita, level)}\n{' '.join(facts)} What fraction of the estate "
            f"does each take? Answer with JSON: {{{keys}}}, each a fraction in a string, such as "
            '"3/8"; "0" for one who takes nothing.'
        )
        return Draft(text, answer, Fields(dict.fromkeys(everyone, SHARE)), second, near)


SHARE = Amount(absolute=0.0005)
"""A fraction of an estate; decimals to the third place will do."""


def tree(rng: Random, level: int, names: Iterator[str]) -> list[Person]:
    """Children, and their issue down to as many generations as the level allows."""

    def person(depth: int) -> Person:
        deepest = depth == (1, 2, 2, 3, 3)[level - 1]
        alive = level == 1 or (deepest and rng.random() < 0.85) or rng.random() < 0.45
        one = Person(next(names), alive)
        if not deepest and (depth < 2 or not alive):
            one.children = [person(depth + 1) for _ in range(rng.choice((0, 1, 2, 2)))]
        return one

    return [person(1) for _ in range(rng.randint(2, 3))]


def gone_before(children: list[Person]) -> int:
    """How many children are dead and have left somebody; -1 where nobody lives."""
    if not any(one.stands for one in children):
        return -1
    return sum(not one.alive and one.stands for one in children)


def without(person: Person, killer: str | None) -> Person:
    """The same line, in which the killer counts as dead."""
    children = [without(child, killer) for child in person.children]
    return Person(person.name, person.alive and person.name != killer, children)


def stated(taken: Fraction, per_capita: bool, level: int) -> str:
    """The statute in words, as far as the level needs it."""
    rule = "An invented statute: "
    if taken:
        rule += f"the spouse takes {taken} of the estate, and the rest goes to the descendants. "
    else:
        rule += "where there is no spouse the whole goes to the descendants. "
    if level == 1:
        return rule + "The children take equal parts; grandchildren of a living child nothing."
    if per_capita:
        rule += (
            "It is divided into as many equal parts as there are children who live or have left "
            "living descendants. Each living child takes one part. The parts of the dead ones are "
            "put together and divided in the same way among the children of those dead ones, and "
            "so on from generation to generation. "
        )
    else:
        rule += (
            "It is divided into as many equal parts as there are children who live or have left "
            "living descendants. Each living child takes one part; the part of a dead one is "
            "divided in the same way among that child's own children, and so on. "
        )
    rule += "Descendants of a living person take nothing beside that person. "
    if level == 5:
        rule += "One who killed the deceased takes nothing and counts as having died before. "
    return rule


def told(parent: str, children: list[Person]) -> list[str]:
    """The family in sentences, generation by generation."""
    if not children:
        return []
    parts = [one.name if one.alive else f"{one.name} (died before)" for one in children]
    noun = "child is" if len(parts) == 1 else "children are"
    lines = [f"{parent}'s {noun} {', '.join(parts)}."]
    for one in children:
        lines += told(one.name, one.children)
    return lines
