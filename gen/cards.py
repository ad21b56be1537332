"""The installed families' cards as exports and data cards take them, and what is said of a domain.

family_cards("math")[0].title   ->   "A coefficient of a product"
domain_notes("math")            ->   "Arithmetic, algebra, number theory, ..."
"""

from importlib.resources import files

from curation.exporting import FamilyCard
from gen.catalog import installed_families
from gen.family import Family


def family_cards(domain: str | None = None) -> tuple[FamilyCard, ...]:
    """The cards of all installed families, or of a domain's; there may be none."""
    return tuple(
        _card(family) for family in installed_families() if domain in (None, family.domain)
    )


def domain_notes(domain: str) -> str:
    """What the makers of a domain say of it as a whole; empty where they say nothing."""
    notes = {file.name: file for file in files("gen.domains").joinpath("notes").iterdir()}
    return notes[f"{domain}.md"].read_text() if f"{domain}.md" in notes else ""


def _card(family: Family) -> FamilyCard:
    first_line = (family.__doc__ or "").strip().split("\n")[0]
    return FamilyCard(
        domain=family.domain,
        name=family.name,
        title=first_line.split(";")[0].rstrip("."),
        levels=family.levels,
        verifier=family.verifier,
        certificate=family.certificate,
        licence=family.card.licence,
        source=family.card.source,
        chance_level=family.card.chance_level,
        methods=getattr(family, "methods", ""),
        pitfalls=family.card.pitfalls,
    )
