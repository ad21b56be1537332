"""Crosses of parents whose genes are known: the share of the offspring that looks so.

Cross().generate(rng, 1)    Aa x Aa, A dominant: the share that shows A      3/4
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from math import comb
from random import Random
from typing import NamedTuple

from gen.domains.science.base import ScienceFamily
from gen.domains.worked import Amount, Draft, generated

SHARE = Amount(absolute=0.0005)
TRAITS = (
    ("red", "white", "flowers"), ("tall", "short", "stems"), ("round", "wrinkled", "seeds"),
    ("yellow", "green", "pods"), ("hairy", "smooth", "leaves"), ("black", "brown", "coats"),
)  # fmt: skip


class Gene(NamedTuple):
    """A gene with its two parents' pairs of alleles; `blending` shows in the mixed pair."""

    letter: str
    trait: tuple[str, str, str]
    first: str
    second: str
    blending: bool


def looks(gene: Gene, pair: str) -> str:
    """What a pair of alleles shows: the dominant form, the recessive one, or a mixture."""
    strong = pair.count(gene.letter)
    if gene.blending and strong == 1:
        return "mixed"
    return gene.trait[0] if strong else gene.trait[1]


def squares(genes: list[Gene]) -> Iterator[list[str]]:
    """Every cell of the Punnett square: a pair of alleles for each gene."""
    for mother in product(*(gene.first for gene in genes)):
        for father in product(*(gene.second for gene in genes)):
            yield [a + b for a, b in zip(mother, father, strict=True)]


class Cross(ScienceFamily):
    """Shares of offspring; the cells of the Punnett square against products of single genes."""

    name = "genetics.cross"
    card = generated(0.3, "a quarter, three eighths and the like are common answers")
    methods = "counting cells of the Punnett square against the rule of products"
    lazy = ("1/4", "3/8", "1/2", "9/16", "27/64")
    small_levels = (1,)

    def draw(self, rng: Random, level: int) -> Draft:
        """One gene; blending too; two genes; three; linked genes."""
        if level == 5:
            return self.linked(rng)
        n = (1, 1, 2, 3)[level - 1]
        genes = [
            Gene(
                letter, trait, pair(rng, letter, level), pair(rng, letter, level),
                level >= 2 and rng.random() < 0.5,
            )
            for letter, trait in zip(rng.sample("ABDEGH", n), rng.sample(TRAITS, n), strict=True)
        ]  # fmt: skip
        cells = list(squares(genes))
        seen = [tuple(looks(g, p) for g, p in zip(genes, cell, strict=True)) for cell in cells]
        wanted = rng.choice(seen)
        if len(set(seen)) == 1:
            return self.draw(rng, level)
        answer = Fraction(seen.count(wanted), len(seen))
        singles = [
            Fraction(sum(looks(g, a + b) == look for a in g.first for b in g.second), 4)
            for g, look in zip(genes, wanted, strict=True)
        ]
        second = Fraction(1)
        for one in singles:
            second *= one
        rules = " ".join(self.told(gene) for gene in genes)
        parents = ["".join(g.first for g in genes), "".join(g.second for g in genes)]
        asked = " and ".join(
            f"{look} {gene.trait[2]}" for look, gene in zip(wanted, genes, strict=True)
        )
        free = " The genes assort independently." if n > 1 else ""
        text = f"{rules}{free} Parents: {parents[0]} and {parents[1]}. "
        near: list[Fraction] = [1 - answer, sum(singles, Fraction(0)) / len(singles)]
        k = rng.randint(2, 2 + level) if level < 4 else rng.randint(3, 5)
        hits, at_least = (rng.randint(1, k), False) if level < 4 else (2, True)
        text += (
            f"Of {k} offspring, what is the probability that "
            f"{'at least' if at_least else 'exactly'} {hits} "
            f"{'have' if hits > 1 else 'has'} {asked}?"
        )
        near += [answer, answer**hits, second * k]
        answer, second = binomial(answer, k, hits, at_least), counted(second, k, hits, at_least)
        return Draft(f"{text} Give a fraction, or four decimals.", answer, SHARE, second, near)

    def linked(self, rng: Random) -> Draft:
        """Two linked genes, with recombination, against a double recessive; several offspring."""
        one, two = rng.sample("ABDEGH", 2)
        first, other = rng.sample(TRAITS, 2)
        centimorgans = rng.randint(2, 40)
        r = Fraction(centimorgans, 100)
        together = rng.random() < 0.5
        chromosomes = (one + two, one.lower() + two.lower())
        if not together:
            chromosomes = (one + two.lower(), one.lower() + two)
        looks_of = (rng.random() < 0.5, rng.random() < 0.5)
        gamete = (one if looks_of[0] else one.lower()) + (two if looks_of[1] else two.lower())
        share = (1 - r) / 2 if gamete in chromosomes else r / 2
        table = {}
        for a, b in product((one, one.lower()), (two, two.lower())):
            parental = a + b in chromosomes
            table[a + b] = Fraction(centimorgans if not parental else 100 - centimorgans, 200)
        k, hits = rng.randint(3, 6), rng.randint(1, 2)
        asked = (
            f"{first[0 if looks_of[0] else 1]} {first[2]} and {other[0 if looks_of[1] else 1]} "
            f"{other[2]}"
        )
        text = (
            f"{one} ({first[0]} {first[2]}) is dominant over {one.lower()} ({first[1]}), {two} "
            f"({other[0]} {other[2]}) over {two.lower()} ({other[1]}). The genes are linked: "
            f"{centimorgans}% of the gametes are recombinant. A parent with the chromosomes "
            f"{chromosomes[0]} and {chromosomes[1]} is crossed with {one.lower()}{two.lower()}/"
            f"{one.lower()}{two.lower()}. Of {k} offspring, what is the probability that at least "
            f"{hits} {'have' if hits > 1 else 'has'} {asked}?"
        )
        answer = binomial(share, k, hits, True)
        second = counted(table[gamete], k, hits, True)
        near = [
            share,
            binomial(Fraction(1, 4), k, hits, True),
            binomial(Fraction(1, 2) - share, k, hits, True),
            binomial(2 * share, k, hits, True),
            binomial(share, k, hits, False),
        ]
        return Draft(f"{text} Give a fraction, or four decimals.", answer, SHARE, second, near)

    def told(self, gene: Gene) -> str:
        """What the gene does, in a sentence."""
        strong, weak, noun = gene.trait
        if gene.blending:
            small = gene.letter.lower()
            return (
                f"{gene.letter}{gene.letter} gives {strong} {noun}, {small}{small} {weak} ones, "
                "and "
                f"{gene.letter}{small} mixed ones."
            )
        return f"{gene.letter} ({strong} {noun}) is dominant over {gene.letter.lower()} ({weak})."


def pair(rng: Random, letter: str, level: int) -> str:
    """A parent's two alleles, mostly mixed."""
    small = letter.lower()
    return rng.choice(
        (letter + small, letter + small, small + small, letter + letter)[: 3 + (level > 1)]
    )


def binomial(share: Fraction, k: int, hits: int, at_least: bool) -> Fraction:
    """The probability of so many successes in k trials, by the formula."""
    counts = range(hits, k + 1) if at_least else (hits,)
    return sum((comb(k, n) * share**n * (1 - share) ** (k - n) for n in counts), Fraction(0))


def counted(share: Fraction, k: int, hits: int, at_least: bool) -> Fraction:
    """The same by going through the trials one after another."""
    chances = [Fraction(1)]
    for _ in range(k):
        longer = [Fraction(0)] * (len(chances) + 1)
        for n, chance in enumerate(chances):
            longer[n] += chance * (1 - share)
            longer[n + 1] += chance * share
        chances = longer
    return sum(chances[hits:], Fraction(0)) if at_least else chances[hits]
