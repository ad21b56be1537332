"""The installed families' cards as exports and data cards take them, and what is said of a domain.

family_cards("math")[0].title   ->   "A coefficient of a product"
domain_notes("math")            ->   "Arithmetic, algebra, number theory, ..."
"""

from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

from curation.exporting import FamilyCard
from gen.catalog import families_by_module, installed_families
from gen.family import Family


def family_cards(domain: str | None = None) -> tuple[FamilyCard, ...]:
    """The cards of all installed families, or of a domain's; there may be none."""
    return tuple(_card(family) for family in installed_families(domain))


def domain_notes(domain: str) -> str:
    """What the makers of a domain say of it as a whole; empty where they say nothing.

    Another package says it in the file notes.md, or notes/DOMAIN.md, beside the module that its
    entry point names.
    """
    own = files("gen.domains").joinpath("notes", f"{domain}.md")
    if own.is_file():
        return own.read_text()
    for module, families in families_by_module(domain).items():
        spec = find_spec(module)
        if spec is None or spec.origin is None or domain not in {one.domain for one in families}:
            continue
        for name in (f"notes/{domain}.md", "notes.md"):
            notes = Path(spec.origin).parent / name
            if notes.is_file():
                return notes.read_text()
    return ""


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
