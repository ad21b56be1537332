"""What a prompt asks of the form of the answer.

asked("Give your answer in cm, to the nearest tenth.")    ->  Asked(rounded=True, unit="cm")
asked("What time is it, in 24-hour format?")              ->  Asked(clock=True)
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from verifiers.math.numerals import BASES
from verifiers.math.units import is_known

PERCENT_ASKED = re.compile(r"%|per\s?cent", re.IGNORECASE)
ROUNDING_ASKED = re.compile(
    r"\bround|nearest|approximat|decimal place|significant (?:fig|dig)|correct to|estimate"
    r"|\bd\.p\.|to the"
    r" (?:tenth|hundredth|thousandth)|decimals\b",
    re.IGNORECASE,
)
CLOCK_ASKED = re.compile(r"what time|when |o'clock|\b[ap]\.?m\b|clock", re.IGNORECASE)
UNIT_ASKED = re.compile(
    r"\b(?:in|how many|number of) ((?:(?:square|cubic) )?[a-zA-Z]+(?: per [a-z]+"
    r"|/[a-z]+(?:\^\d)?)?)",
    re.IGNORECASE,
)
POINT_ASKED = re.compile(
    r"coordinates|ordered (?:pair|triple)|\bvertex\b|\bpoint\b|intersect", re.IGNORECASE
)
ORDER_ASKED = re.compile(
    r"(?:in|by) (?:increasing|decreasing|ascending|descending|alphabetical|chronological|the?"
    r" ?order|order)"
    r"|from (?:the )?(?:least|smallest|most|greatest|largest|lowest|highest|left|first|fastest"
    r"|slowest|shortest|tallest)",
    re.IGNORECASE,
)
BASE_ASKED = re.compile(r"\bbase[- ](?P<base>\w+)|\b(?P<word>binary|octal|hex)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the prompt says of the form of the answer."""

    percent: bool = False
    rounded: bool = False
    clock: bool = False
    unit: str = ""
    base: int = 0
    point: bool = False
    ordered: bool = False
    subscript: bool = False


NOTHING_ASKED = Asked()


@lru_cache(maxsize=1024)
def asked(prompt: str, *, rounded: bool = False) -> Asked:
    """Read the prompt; `rounded` says that the ground truth itself is approximate."""
    named = [match[1] for match in UNIT_ASKED.finditer(prompt) if is_known(match[1])]
    return Asked(
        percent=bool(PERCENT_ASKED.search(prompt)),
        rounded=rounded or bool(ROUNDING_ASKED.search(prompt)),
        unit=named[-1] if named else "",
        clock=bool(CLOCK_ASKED.search(prompt)),
        base=_base_asked(prompt),
        subscript="subscript" in prompt,
        point=bool(POINT_ASKED.search(prompt)),
        ordered=bool(ORDER_ASKED.search(prompt)),
    )


def _base_asked(prompt: str) -> int:
    """The base that the prompt names last; 0 where it names none."""
    found = list(BASE_ASKED.finditer(prompt))
    if not found:
        return 0
    word = (found[-1]["base"] or found[-1]["word"]).casefold()
    return BASES.get(word) or (int(word) if word.isdigit() else 0)
