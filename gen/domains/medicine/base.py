"""What the medicine families share: a published rule, applied to a record and worked out twice.

    EGFR = Rule(
        question="Calculate the eGFR ...", formula="eGFR = 142 ...", needs=("creatinine",),
        form=Amount(...), worked=ckd_epi, again=ckd_epi_by_cases)

    class Egfr(Calculator):
        name, rules = "calculators.egfr", ((1, (EGFR,)),)

`worked` takes the values as they were drawn, `again` those that the prompt's text states.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar

from gen.domains.medicine.charts import chart, reread
from gen.domains.worked import Amount, Draft, Form, WorkedFamily
from gen.family import Card
from verifiers.value.judging import judged
from verifiers.value.truths import read_truth

Values = Mapping[str, float]

NOT_ADVICE = "training data only: no clinical advice, and no patient is real"


POINTS = Amount(unit="points")


def measured(decimals: int, unit: str | None = None, *also: str, relative: float = 0.01) -> Amount:
    """A number asked for to so many decimals: right within one of the last, or `relative`."""
    return Amount(absolute=1.01 * 10**-decimals, relative=relative, unit=unit, also=also)


def published(chance_level: float, source: str, *pitfalls: str) -> Card:
    """The card of a family made from a seed and a published rule."""
    return Card(
        licence="Apache-2.0",
        source=f"generated; rule: {source}",
        chance_level=chance_level,
        pitfalls=(NOT_ADVICE, *pitfalls),
    )


def _none(values: Values) -> Sequence[Any]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A published rule: what it needs of a record, and two derivations of what it gives.

    Values are in conventional units, with "age" and "female" (0 or 1). `slips` are what a careless
    expert would get from them. `ranges` narrow what is drawn.
    """

    question: str
    formula: str
    needs: tuple[str, ...]
    form: Form
    worked: Callable[[Values], Any]
    again: Callable[[Values], Any]
    slips: Callable[[Values], Sequence[Any]] = _none
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    ages: tuple[int, int] = (19, 92)
    fits: Callable[[Values], bool] = lambda values: True
    """Whether the rule is clear for a record: none lies where the rounding decides."""


class MedicineFamily(WorkedFamily):
    """A medicine family with one answer; never clinical advice."""

    domain = "medicine"


class Calculator(MedicineFamily):
    """Published calculators applied to a record; the first two levels state the formula.

    `rules` are pairs: a level, and the rules asked from it on, up to the next level that has some.
    """

    rules: ClassVar[tuple[tuple[int, tuple[Rule, ...]], ...]]
    methods = "the published equation against a second form of it, read from the prompt's text"

    def draw(self, rng: Random, level: int) -> Draft:
        """Ask a rule's question of a drawn record."""
        rule = rng.choice([asked for start, asked in self.rules if start <= level][-1])
        while True:
            made = chart(rng, rule.needs, level=level, ranges=rule.ranges, ages=rule.ages)
            if rule.fits(made.values):
                break
        told = f"\n{rule.formula}" if level <= 2 else ""
        answer = rule.worked(made.values)
        slips = [*rule.slips(made.values), *map(rule.worked, (made.first, made.unconverted))]
        return Draft(
            f"{made.text}\n\n{rule.question}{told}",
            answer,
            rule.form,
            rule.again(reread(made.text)),
            wrong_ones(rule.form, answer, slips),
        )


def wrong_ones(form: Form, answer: Any, slips: Sequence[Any]) -> list[Any]:
    """Those of the slips that the verifier tells from the answer."""
    truth = read_truth(json.dumps(form.truth(answer)))
    return [one for one in slips if not judged(truth, form.plain(one)).equal]
