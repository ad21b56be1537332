"""The mode `concepts`: a problem about a concept, at a level, in a setting, all in turn.

mode = Concepts(domain="math", verifier="math", concepts=concept_list("math"))
mode.ask(0).lineage    ->  {"concept": "Vieta's formulas", "level": 3, "context": "a bakery"}

The lists lie in lists/: one concept a line. Any file with one a line will do.
"""

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path
from random import Random
from typing import ClassVar

from gen.proposing.asking import LEVELS, Asking
from gen.proposing.base import Ask
from verifiers.errors import BadInput

LISTS = ("math", "code", "contexts")
"""What is shipped."""

TASK = """\
Write {subject} that is new, about {concept}.
Level {level} of {most}, {words}.
{setting}"""

SETTING = "The setting is {context}, where that suits; no story is better than a forced one."

PLAIN = "plain terms, without a story"
"""The context that is none."""

PLAINLY = f"Put it in {PLAIN}."


@dataclass(frozen=True, slots=True, kw_only=True)
class Concepts(Asking):
    """Goes through the `concepts` in an order drawn once, with levels and contexts in turn.

    Every concept meets every pair of a level and a context once before any comes again; it never
    ends. The contexts are those of lists/contexts.txt where none are given.
    """

    name: ClassVar[str] = "concepts"

    concepts: tuple[str, ...]
    levels: tuple[int, ...] = (1, 2, 3, 4, 5)
    contexts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.concepts:
            raise BadInput("no concepts: give a file with one a line")
        if not self.levels or not {*self.levels} <= {*LEVELS}:
            raise BadInput(f"levels {list(self.levels)}: give some of {list(LEVELS)}")

    def ask(self, number: int) -> Ask | None:
        """The `number`-th call."""
        turn, place = divmod(number, len(self.concepts))
        concept = _in_order(self.concepts, self.seed)[place]
        contexts = self.contexts or concept_list("contexts")
        pair = (turn + place) % (len(self.levels) * len(contexts))
        level = self.levels[pair % len(self.levels)]
        context = contexts[(pair // len(self.levels) + place) % len(contexts)]
        setting = PLAINLY if context == PLAIN else SETTING.format(context=context)
        task = TASK.format(
            subject=self.subject, concept=concept, level=level, most=max(LEVELS),
            words=LEVELS[level], setting=setting,
        )  # fmt: skip
        return self._ask(number, task, {"concept": concept, "level": level, "context": context})


@cache
def concept_list(name: str) -> tuple[str, ...]:
    """The list that is shipped under that name, or of the user's file; raises BadInput."""
    if name in LISTS:
        text = files("gen.proposing").joinpath("lists", f"{name}.txt").read_text("utf-8")
    else:
        try:
            text = Path(name).read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(
                f"no concepts in {name} ({getattr(error, 'strerror', None) or 'no UTF-8 text'}): "
                f"give {' or '.join(LISTS[:2])}, or a text file with one a line"
            ) from None
    concepts = tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
    if not concepts:
        raise BadInput(f"no concepts in {name}: give a text file with one a line")
    return concepts


@lru_cache(maxsize=8)
def _in_order(concepts: tuple[str, ...], seed: int) -> tuple[str, ...]:
    return tuple(Random(f"{seed}:concepts").sample(concepts, len(concepts)))
