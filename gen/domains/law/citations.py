"""Which of several citations cannot exist, by the lives of the reporters that they name.

Validity().generate(rng, 1)   A. 12 Wheat. 419 (1827)  B. 88 F. Supp. 101 (1925) ...   ["B"]
"""

from datetime import date
from functools import cache
from random import Random
from typing import NamedTuple

from gen.domains.law.base import LawFamily
from gen.domains.worked import Draft, Members, generated

LETTERS = "ABCDEFGHIJKLMN"
LAST_YEAR = 2023
PLACEHOLDER = 1754
"""The table has years up to this one where it knows none."""
RUNNING_SINCE = 1950
"""Older series without an end in the table may have ended all the same."""
OVERLAP = 2
"""Years that a reporter's series may share; where they share more, the table did not part them."""
ELSEWHERE: tuple[str, ...] = (
    "Ala.", "Ala. 2d", "Am. Samoa", "F. Supp.", "F. Supp. 2d", "Ohio St.", "Ohio St. 2d",
    "Ohio St. 3d",
)  # fmt: skip
"""Series whose volumes bear other years than the table has: F. Supp. 2d begins in 1998, say."""


class Edition(NamedTuple):
    """A series of a reporter; `end` is None while volumes still appear."""

    short: str
    name: str
    start: int
    end: int | None
    siblings: tuple[str, ...]
    parted: bool
    """Whether the table parts it from its siblings, so that the years are its own."""


@cache
def editions() -> tuple[Edition, ...]:
    """The editions of the package reporters-db that have one meaning and a start."""
    from reporters_db import REPORTERS

    found: dict[str, list[Edition]] = {}
    for entries in REPORTERS.values():
        for entry in entries:
            if not entry["cite_type"].startswith(("federal", "state", "scotus_early")):
                continue
            lives = {
                short: (_year(years["start"]) or 0, _year(years["end"]) or LAST_YEAR)
                for short, years in entry["editions"].items()
            }
            for short, years in entry["editions"].items():
                start, end = _year(years["start"]), _year(years["end"])
                if start is None or start <= PLACEHOLDER or (end is None and start < RUNNING_SINCE):
                    continue
                siblings = tuple(other for other in entry["editions"] if other != short)
                parted = short not in ELSEWHERE and all(
                    min(lives[short][1], lives[other][1]) - max(lives[short][0], lives[other][0])
                    <= OVERLAP
                    for other in siblings
                )
                found.setdefault(short, []).append(
                    Edition(short, entry["name"], start, end, siblings, parted)
                )
    return tuple(sorted(one[0] for one in found.values() if len(one) == 1))


def _year(moment: date | None) -> int | None:
    return None if moment is None else moment.year


def possible(edition: Edition, year: int) -> bool:
    """Whether a decision of the year may stand in the edition."""
    return edition.start <= year <= (edition.end or LAST_YEAR)


class Validity(LawFamily):
    """The citations whose year lies outside the reporter's life; built so, and looked up again."""

    name = "citations.validity"
    card = generated(
        0.28,
        "the lives of reporters are those of reporters-db, where it knows them; years within two "
        "of a boundary are never asked for, because volumes appear late",
        "series that the table does not part from their siblings come only where lives are given",
        "from level 3 on more than one may be impossible, so that a single guess pays little",
        "this asks for knowledge: at levels 1 and 2 the prompt gives the reporters' lives",
        source="generated; editions of reporters-db (BSD-2-Clause)",
    )
    methods = "construction against a search of the whole table by abbreviation"
    lazy = (["A"], ["B"], ["C"])

    def draw(self, rng: Random, level: int) -> Draft:
        """Four with the lives given; six; eight to fourteen without, one to four impossible."""
        k = (4, 6, 8, 11, 14)[level - 1]
        n_wrong = 1 if level < 3 else rng.randint(1, level - 1)
        pool = [one for one in editions() if (one.end or LAST_YEAR) - one.start > 12]
        if level >= 3:
            pool = [one for one in pool if one.siblings and one.parted]
        chosen = rng.sample(pool, k)
        wrong = set(rng.sample(range(k), n_wrong))
        lines, lives = [], []
        years = {}
        for at, edition in enumerate(chosen):
            year = self.year(rng, edition, bad=at in wrong)
            years[at] = year
            volume = rng.randint(2, 60)
            lines.append(f"{LETTERS[at]}. {volume} {edition.short} {rng.randint(1, 900)} ({year})")
            until = f"to {edition.end}" if edition.end else "and still appears"
            lives.append(f"{edition.short} from {edition.start} {until}")
        told = ""
        if level <= 2:
            rng.shuffle(lives)
            told = f"Take these reporters to have been published: {'; '.join(lives)}.\n"
        else:
            told = (
                f"Reporters of decisions, {LAST_YEAR} being the last year: a series appears only "
                "in its own span of years. Some of these have earlier or later series.\n"
            )
        text = (
            f"{told}" + "\n".join(lines) + "\nWhich of these citations cannot exist, because the "
            "decision's year lies outside the years in which that series appeared? Answer with a "
            f'JSON list of their letters, such as ["{LETTERS[k - 1]}"]'
            + (" (there is exactly one)." if level < 3 else " (there is at least one).")
        )
        answer = [LETTERS[at] for at in sorted(wrong)]
        by_name = {one.short: one for one in editions()}
        second = [
            LETTERS[at]
            for at, line in enumerate(lines)
            if not possible(by_name[chosen[at].short], int(line.rsplit("(", 1)[1][:4]))
        ]
        return Draft(text, answer, Members(tuple(LETTERS[:k])), second)

    def year(self, rng: Random, edition: Edition, *, bad: bool) -> int:
        """A year well inside the edition's life, or well outside of it."""
        end = edition.end or LAST_YEAR
        if not bad:
            return rng.randint(edition.start + 2, end - 2)
        before = rng.randint(max(1650, edition.start - 60), edition.start - 3)
        after = rng.randint(end + 3, end + 60)
        return after if edition.end and after <= LAST_YEAR and rng.random() < 0.6 else before
