"""Which plaintiff may sue which defendant in a federal court for diversity of citizenship.

Diversity().generate(rng, 2)   ...   [["Avery", "Blake"], ["Casey", "Blake"]]
"""

from dataclasses import dataclass, field
from random import Random

from gen.domains.law.base import PEOPLE, LawFamily, dollars
from gen.domains.worked import Draft, Members, generated

STATES: tuple[str, ...] = (
    "Alabama", "Colorado", "Delaware", "Georgia", "Idaho", "Kansas", "Maine", "Nevada", "Ohio",
    "Oregon", "Texas", "Utah", "Vermont", "Wyoming",
)  # fmt: skip
CLAIMS = ("negligence", "defamation", "breach of contract", "trespass", "medical malpractice",
          "wrongful eviction", "legal malpractice", "conversion")  # fmt: skip
FIRMS = ("Acorn Corp.", "Birch Corp.", "Cedar Corp.", "Dogwood Corp.", "Elm Corp.", "Fir Corp.")
LIMIT = 75_000


@dataclass(frozen=True, slots=True)
class Party:
    """A person or corporation; `citizenship` holds every State of which it is a citizen."""

    name: str
    citizenship: frozenset[str]
    words: str


@dataclass(slots=True)
class Suit:
    """Claims by (plaintiff, defendant): separate amounts."""

    plaintiffs: list[Party]
    defendants: list[Party]
    claims: dict[tuple[str, str], list[tuple[str, int]]] = field(default_factory=dict)


def qualifying(suit: Suit, limit: int) -> list[tuple[str, str]]:
    """The pairs that are diverse and whose claims together exceed the limit."""
    return [
        (one.name, other.name)
        for one in suit.plaintiffs
        for other in suit.defendants
        if not one.citizenship & other.citizenship
        and sum(amount for _, amount in suit.claims.get((one.name, other.name), ())) > limit
    ]


def struck_out(suit: Suit, limit: int) -> list[tuple[str, str]]:
    """The same by elimination: from all claims strike out what shares a State or is too small."""
    home = {party.name: party.citizenship for party in suit.plaintiffs + suit.defendants}
    left = set(suit.claims)
    for state in sorted(frozenset().union(*home.values())):
        left -= {pair for pair in left if state in home[pair[0]] and state in home[pair[1]]}
    for pair in sorted(left):
        rest = limit
        for _, amount in suit.claims[pair]:
            rest -= amount
        if rest >= 0:
            left.discard(pair)
    return sorted(left)


class Diversity(LawFamily):
    """The pairs that meet 28 U.S.C. 1332; a direct test against striking out."""

    name = "jurisdiction.diversity"
    card = generated(
        0.05,
        "as a question of yes or no the rule pays half for a guess, so the pairs are asked for",
        "the rule was held against the 36 examples of LegalBench's six diversity tasks",
        "aggregation by one plaintiff against one defendant only; class actions, aliens and "
        "supplemental jurisdiction are left out",
    )
    methods = "each pair tested against striking out"
    lazy = ([],)

    def draw(self, rng: Random, level: int) -> Draft:
        """Two by one; more; several claims; corporations of two States; moves and exact limits."""
        suit = Suit([], [])
        while not suit.claims or (not qualifying(suit, LIMIT) and rng.random() < 0.95):
            suit = self.suit(rng, level)
        claims = "\n".join(self.told(suit))
        parties = " ".join(party.words for party in suit.plaintiffs + suit.defendants)
        rule = (
            "A pair of a plaintiff and a defendant qualifies if they are citizens of no common "
            f"State and what that plaintiff claims of that defendant exceeds {dollars(LIMIT)}. "
        )
        if level >= 3:
            rule += (
                "All claims of one plaintiff against one defendant are added up; those of, or "
                "against, different parties are not. "
            )
        if level >= 4:
            rule += (
                "A corporation is a citizen both of the State where it is incorporated and of the "
                "State of its principal place of business. "
            )
        if level >= 5:
            rule += (
                "A person is a citizen of the State of domicile at the time of filing: where the "
                "person lives and means to stay. "
            )
        text = (
            f"{rule}\n{parties}\n{claims}\nList the pairs that qualify, as a JSON list of "
            "[plaintiff, defendant], names as above; [] if none does."
        )
        answer, second = qualifying(suit, LIMIT), struck_out(suit, LIMIT)
        amount_alone = [
            pair for pair, parts in suit.claims.items() if sum(a for _, a in parts) > LIMIT
        ]
        each_alone = [pair for pair in answer if max(a for _, a in suit.claims[pair]) > LIMIT]
        reached = qualifying(suit, LIMIT - 1)
        near = [amount_alone, each_alone, reached]
        return Draft(text, answer, Members(tuple(sorted(suit.claims))), second, near)

    def suit(self, rng: Random, level: int) -> Suit:
        """Draw parties from few States, and claims around the limit."""
        n_plaintiffs, n_defendants = ((2, 2), (2, 2), (2, 3), (3, 3), (3, 4))[level - 1]
        names = rng.sample(PEOPLE, n_plaintiffs + n_defendants)
        firms = rng.sample(FIRMS, len(FIRMS))
        states = rng.sample(STATES, 3 if level < 4 else 4)
        parties = []
        for at, name in enumerate(names):
            if level >= 4 and (at % 2 == 1 or rng.random() < 0.3):
                seat, charter = rng.choice(states), rng.choice(states)
                firm = firms[at % len(firms)]
                if any(party.name == firm for party in parties):
                    firm = f"New {firm}"
                words = (
                    f"{firm} is incorporated in {charter}, its principal place of business is in "
                    f"{seat}."
                )
                parties.append(Party(firm, frozenset((seat, charter)), words))
            elif level == 5 and rng.random() < 0.6:
                parties.append(self.mover(rng, name, states))
            else:
                state = rng.choice(states)
                parties.append(Party(name, frozenset((state,)), f"{name} is from {state}."))
        suit = Suit(parties[:n_plaintiffs], parties[n_plaintiffs:])
        for one in suit.plaintiffs:
            for other in suit.defendants:
                if level > 1 and rng.random() < 0.15:
                    continue
                n_claims = 1 if level < 3 else rng.randint(1, 3)
                what = rng.sample(CLAIMS, n_claims)
                suit.claims[one.name, other.name] = [
                    (kind, self.amount(rng, n_claims)) for kind in what
                ]
        return suit

    def mover(self, rng: Random, name: str, states: list[str]) -> Party:
        """A person with two homes, one of them the domicile."""
        old, new = rng.sample(states, 2)
        if rng.random() < 0.5:
            words = f"{name} moved from {old} to {new} before filing, to stay for good."
            return Party(name, frozenset((new,)), words)
        words = f"{name}, of {old}, studies in {new} for a year and will then return."
        return Party(name, frozenset((old,)), words)

    def amount(self, rng: Random, n_claims: int) -> int:
        """A share of the limit that together may be just at it, under it or over it."""
        if rng.random() < 0.15:
            return LIMIT if n_claims == 1 else LIMIT // n_claims
        return 1000 * rng.randint(20, 220) // n_claims

    def told(self, suit: Suit) -> list[str]:
        """Every pair's claims in a line."""
        return [
            f"{one} sues {other} for "
            + " and ".join(f"{kind} ({dollars(amount)})" for kind, amount in parts)
            + "."
            for (one, other), parts in suit.claims.items()
        ]
