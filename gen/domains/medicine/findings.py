"""Scores that count what stands in a record: findings in words, age, sex and a few assays.

    Item("stroke", 2, ("a stroke two years ago", "a transient ischaemic attack in 2019"))

A record may tell of one item in two ways: it counts once. Traps are findings that do not count.
"""

import re
from dataclasses import dataclass
from random import Random
from typing import ClassVar

from gen.domains.medicine.assays import DISTRACTORS
from gen.domains.medicine.base import MedicineFamily, Values
from gen.domains.medicine.charts import chart, reread
from gen.domains.worked import Draft, Row

N_PATIENTS = {1: 2, 2: 2, 3: 2, 4: 3, 5: 3}
N_TRAPS = {1: 0, 2: 1, 3: 2, 4: 2, 5: 3}
MET = 0.35
TOLD_TWICE_FROM = 3


@dataclass(frozen=True, slots=True)
class Item:
    """What scores: its points, and the ways in which a record may tell of it."""

    name: str
    points: float
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trap:
    """What looks as if it scored; it does not go with the item that it is `against`."""

    told: str
    against: str = ""


class Score(MedicineFamily):
    """A published score of two or three patients, as a list; two levels state its items."""

    items: ClassVar[tuple[Item, ...]]
    traps: ClassVar[tuple[Trap, ...]]
    title: ClassVar[str]
    scale: ClassVar[str]
    needs: ClassVar[tuple[str, ...]] = ()
    ranges: ClassVar[tuple[tuple[str, tuple[float, float]], ...]] = ()
    beside: ClassVar[tuple[str, ...]] = DISTRACTORS
    """Assays that a record may have and that never score."""
    ages: ClassVar[tuple[int, int]] = (40, 92)
    methods = "items as they were drawn against the lines of the prompt, looked up and counted once"
    lazy = ([2, 2], [3, 3], [3, 4], [3, 3, 3])

    def of_values(self, values: Values) -> float:
        """Points for age, sex and assays."""
        return 0

    def of_values_again(self, values: Values) -> float:
        """The same by another form of the rule."""
        return 0

    def clear(self, values: Values) -> bool:
        """Whether no value lies so close to a bound that a conversion decides."""
        return True

    def draw(self, rng: Random, level: int) -> Draft:
        """Draw the patients and count."""
        texts, scores, careless = [], [], []
        for i in range(N_PATIENTS[level]):
            text, score, slip = self._patient(rng, level)
            texts.append(f"Patient {i + 1}. {text}")
            scores.append(_whole(score))
            careless.append(_whole(slip))
        told = f"\n{self.scale}" if level <= 2 else ""
        moved = rng.randrange(len(scores))
        near = [careless, [one + (i == moved) for i, one in enumerate(scores)]]
        return Draft(
            "\n\n".join(texts)
            + f"\n\nGive each patient's {self.title}, as a JSON list in their order. "
            f"What a record does not mention is absent.{told}",
            scores,
            Row(),
            [_whole(self.again(text)) for text in texts],
            near,
        )

    def again(self, text: str) -> float:
        """The score from the record's text alone."""
        told = {way: item for item in self.items for way in item.told}
        found = {told[line].name: told[line].points for line in _lines(text) if line in told}
        return sum(found.values()) + self.of_values_again(reread(text))

    def _patient(self, rng: Random, level: int) -> tuple[str, float, float]:
        """A record, its score, and the score of who counts what is told twice, or a trap, again."""
        met = [item for item in self.items if rng.random() < MET]
        lines = [rng.choice(item.told) for item in met]
        twice = [item for item in met if len(item.told) > 1]
        extra = 0.0
        if twice and level >= TOLD_TWICE_FROM:
            item = rng.choice(twice)
            lines.append(rng.choice([way for way in item.told if way not in lines]))
            extra = item.points
        names = {item.name for item in met}
        fitting = [trap.told for trap in self.traps if trap.against not in names]
        traps = rng.sample(fitting, N_TRAPS[level])
        lines += traps
        rng.shuffle(lines)
        shown = min(level, 4) if self.needs else 1
        while True:
            made = chart(
                rng, self.needs, level=shown, ranges=dict(self.ranges), ages=self.ages,
                notes=lines, beside=self.beside,
            )  # fmt: skip
            if self.clear(made.values):
                break
        score = sum(item.points for item in met) + self.of_values(made.values)
        if not extra:
            extra = rng.choice(self.items).points if traps else -1.0 if score else 1.0
        return made.text, score, score + extra


def _lines(text: str) -> list[str]:
    return re.findall(r"^- (.+)$", text, re.MULTILINE)


def _whole(number: float) -> float:
    return int(number) if float(number).is_integer() else number
