"""All modes of proposing, by name.

MODES["evolve"](domain="math", verifier="math", problems=parents).ask(0)
"""

from collections.abc import Mapping

from gen.proposing.asking import Asking
from gen.proposing.concepts import Concepts
from gen.proposing.documents import Documents
from gen.proposing.evolve import Evolve
from gen.proposing.seeds import Seeds
from gen.proposing.selfplay import SelfPlay

MODES: Mapping[str, type[Asking]] = {
    one.name: one for one in (Seeds, Evolve, Documents, Concepts, SelfPlay)
}
"""Name -> class; its settings are keyword arguments."""
