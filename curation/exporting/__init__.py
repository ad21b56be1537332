"""Selections written as datasets for trainers, with their cards, manifests and splits.

`export` writes one, and `FORMATS` says how each trainer wants it.
"""

from curation.exporting.cards import FamilyCard
from curation.exporting.export import Exported, export
from curation.exporting.formats import FORMATS

__all__ = ["FORMATS", "Exported", "FamilyCard", "export"]
