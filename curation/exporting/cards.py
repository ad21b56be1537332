"""What a reader must know of a family, as those who make families hand it in.

FamilyCard(domain="math", name="arithmetic.sum", title="Adding, from level 4 on with signs",
           levels=(1, 2, 3, 4, 5), verifier="math", certificate="construction",
           methods="sum against column addition", licence="Apache-2.0", source="generated",
           chance_level=0.12, pitfalls=())
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyCard:
    """A family's card with its levels, verifier and kind of ground truth.

    `chance_level` in [0, 1] bounds what a lazy strategy scores; `methods` says how the ground truth
    is derived, twice where that is so; `licence` is an SPDX identifier.
    """

    domain: str
    name: str
    title: str
    levels: tuple[int, ...]
    verifier: str
    certificate: str
    licence: str
    source: str
    chance_level: float
    methods: str = ""
    pitfalls: tuple[str, ...] = ()
