"""What the industry families share whose answer a rule works out.

one_of(rng, ("pump", "press"))     "pump"
listed(["a 3", "b 4"])             "- a 3\\n- b 4"
"""

from collections.abc import Sequence
from random import Random

from gen.domains.worked import WorkedFamily

MACHINES = (
    "pump", "press", "conveyor", "compressor", "lathe", "robot cell", "furnace", "filling line",
)  # fmt: skip


class IndustryFamily(WorkedFamily):
    """A family of the industry domain with a value as its answer."""

    domain = "industry"


def listed(lines: Sequence[str]) -> str:
    """Lines as a prompt lists them."""
    return "\n".join(f"- {line}" for line in lines)


def one_of(rng: Random, words: Sequence[str]) -> str:
    """One word."""
    return rng.choice(words)
