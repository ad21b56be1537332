"""Knights, who always tell the truth, and knaves, who always lie: who is which?

Roles().generate(rng, 1)    A says: "B is a knave." B says: "A and C are of one kind." ...   ["A"]
"""

from itertools import product
from random import Random
from typing import NamedTuple

from gen.domains.logic.base import LETTERS, LogicFamily
from gen.domains.phrases import listed
from gen.domains.worked import Draft, Members, generated


class Claim(NamedTuple):
    """A sentence about some of the people: a kind, whom it speaks of, and a number where needed."""

    kind: str
    people: tuple[int, ...]
    number: int = 0


def holds(claim: Claim, knights: tuple[bool, ...]) -> bool:
    """Whether the sentence is true where these are the knights."""
    said = [knights[one] for one in claim.people]
    match claim.kind:
        case "knight":
            return said[0]
        case "knave":
            return not said[0]
        case "same":
            return said[0] == said[1]
        case "different":
            return said[0] != said[1]
        case "either":
            return said[0] or said[1]
        case "both":
            return said[0] and said[1]
        case "if":
            return not said[0] or said[1]
        case "exactly":
            return sum(knights) == claim.number
        case _:
            return sum(knights) >= claim.number


def in_words(claim: Claim, names: str) -> str:
    """The sentence as it is spoken."""
    who = [names[one] for one in claim.people]
    match claim.kind:
        case "knight" | "knave":
            return f"{who[0]} is a {claim.kind}."
        case "same":
            return f"{who[0]} and {who[1]} are of the same kind."
        case "different":
            return f"{who[0]} and {who[1]} are of different kinds."
        case "either":
            return f"At least one of {who[0]} and {who[1]} is a knight."
        case "both":
            return f"{who[0]} and {who[1]} are both knights."
        case "if":
            return f"If {who[0]} is a knight, so is {who[1]}."
        case "exactly":
            return f"Exactly {claim.number} of us are knights."
        case _:
            return f"At least {claim.number} of us are knights."


def consistent(spoken: list[tuple[int, Claim]], n: int) -> list[tuple[bool, ...]]:
    """Every way of being knights that fits what was said, from all 2^n of them."""
    return [
        knights
        for knights in product((True, False), repeat=n)
        if all(holds(claim, knights) == knights[who] for who, claim in spoken)
    ]


def searched(spoken: list[tuple[int, Claim]], n: int) -> list[tuple[bool, ...]]:
    """The same by deciding one person after another, giving up as soon as a sentence is broken."""
    found: list[tuple[bool, ...]] = []

    def extend(known: tuple[bool, ...]) -> None:
        at = len(known)
        for who, claim in spoken:
            whole = claim.kind in ("exactly", "at least")
            if who < at and (at == n if whole else max(claim.people) < at):
                filled = known + (False,) * (n - at)
                if holds(claim, filled) != known[who]:
                    return
        if at == n:
            found.append(known)
            return
        extend((*known, False))
        extend((*known, True))

    extend(())
    return found


class Roles(LogicFamily):
    """Knights and knaves; all assignments against a search that gives up early."""

    name = "knights.roles"
    card = generated(
        0.2, "a guess among n people pays 2^-n: 1/8 at level 1, 1/256 at level 5",
        "the list of knights is asked for, so that no yes or no pays a half",
    )  # fmt: skip
    methods = "all 2^n assignments against a search person by person; exactly one fits"
    lazy = ([], ["A"], ["B"], ["A", "B"], ["A", "B", "C"])

    def draw(self, rng: Random, level: int) -> Draft:
        """Three people who speak of one another; up to eight, who count and imply as well."""
        n = (3, 4, 5, 6, 8)[level - 1]
        kinds = ["knight", "knave", "same", "different"]
        kinds += ["either", "both", "if"] if level >= 2 else []
        kinds += ["exactly", "at least"] if level >= 3 else []
        found: list[tuple[bool, ...]] = []
        spoken: list[tuple[int, Claim]] = []
        while len(found) != 1 or (level > 1 and len(set(found[0])) == 1):
            order = rng.sample(range(n), n)
            spoken = [(who, self.claim(rng, kinds, who, n)) for who in order]
            found = consistent(spoken, n)
        [knights] = found
        names = LETTERS[:n]
        lines = "\n".join(f'{names[who]} says: "{in_words(claim, names)}"' for who, claim in spoken)
        text = (
            f"On an island, knights always tell the truth and knaves always lie. You meet {n} "
            f"people, {listed(names)}; each is a knight or a knave.\n{lines}\nWho are the knights? "
            "Answer with a JSON list of their letters; [] if there is none."
        )
        answer = [names[at] for at in range(n) if knights[at]]
        [again] = searched(spoken, n)
        second = [names[at] for at in range(n) if again[at]]
        others = [name for name in names if name not in answer]
        return Draft(text, answer, Members(tuple(names)), second, [others, answer[1:]])

    def claim(self, rng: Random, kinds: list[str], who: int, n: int) -> Claim:
        """A sentence about others, or about how many of all are knights."""
        kind = rng.choice(kinds)
        if kind in ("exactly", "at least"):
            return Claim(kind, (), rng.randint(1, n - 1))
        others = [one for one in range(n) if one != who]
        return Claim(kind, tuple(rng.sample(others, 1 if kind in ("knight", "knave") else 2)))
