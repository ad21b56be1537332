"""The income tax of a real year of the United States, or of an invented statute.

    Income().generate(rng, 1)    ... taxable income of $20,000 ... 10% up to $11,600; ...   2168

Half of the problems are of an invented statute. Every prompt states its rule, and amounts are
accepted within a dollar.
"""

from math import ceil
from random import Random

from gen.domains.law.base import PEOPLE, LawFamily, dollars, percent
from gen.domains.law.brackets import (
    STATUSES,
    Statute,
    invented_statute,
    real_statute,
)
from gen.domains.worked import Amount, Draft, generated

PARAMETERS = "generated; yearly parameters of taxcalc 6.8.0 (CC0-1.0)"
TO_A_DOLLAR = Amount(absolute=1.0)
ASKED = "Answer in dollars, rounded to the nearest dollar."
LAZY = (0, 1000, 5000, 10_000)


class Income(LawFamily):
    """The income tax of a year or of an invented statute; slices against steps of the rate."""

    name = "tax.income"
    card = generated(
        0.02,
        "brackets and deductions are those of taxcalc; the worked examples it was held against are "
        "the base amounts that the Internal Revenue Code's own section 1 prints",
        "a model may know a real year's brackets by heart; the invented half shows whether it can "
        "apply one it has not seen",
        source=PARAMETERS,
    )
    methods = "tax slice by slice against the steps of the rate"
    lazy = LAZY

    def draw(self, rng: Random, level: int) -> Draft:
        """Taxable income; less a deduction; more items; a phase-out; two ways of filing."""
        if rng.random() < 0.5 and level < 4:
            statute = real_statute(rng.randint(2013, 2024), rng.choice(sorted(STATUSES)))
        elif level == 5:
            year = rng.randint(2013, 2024)
            return self.two_ways(rng, year) if rng.random() < 0.5 else self.limited(rng, 5)
        elif level == 4:
            return self.limited(rng, 4)
        else:
            statute = invented_statute(rng, rng.randint(3, 3 + level))
        who = rng.choice(PEOPLE)
        head = f"Under {statute.title}, the tax is {statute.schedule()}. "
        if level == 1:
            income = self.income(rng, statute)
            text = f"{head}{who} has a taxable income of {dollars(income)}. What is the tax?"
            return self.draft(text, statute, income, [statute.flat(income)])
        if level == 2:
            wages = self.income(rng, statute) + statute.deduction
            text = (
                f"{head}Taxable income is gross income less a standard deduction of "
                f"{dollars(statute.deduction)}. {who}'s gross income is {dollars(wages)}. "
                "What is the tax?"
            )
            income = wages - statute.deduction
            return self.draft(text, statute, income, [statute.tax(wages), statute.flat(income)])
        return self.itemised(rng, statute, head, who)

    def itemised(self, rng: Random, statute: Statute, head: str, who: str) -> Draft:
        """Several items of income, adjustments, and the larger of two deductions."""
        wages = self.income(rng, statute) + statute.deduction
        interest, gift, adjustment = (
            rng.randrange(200, 4000), rng.randrange(1000, 20_000), rng.randrange(500, 6000),
        )  # fmt: skip
        itemised = rng.randrange(statute.deduction // 2, statute.deduction * 2)
        persons = rng.randint(1, 4)
        rule = (
            "Gross income is wages and interest; gifts received are not income. Taxable income is "
            "gross income less adjustments, less the larger of the standard deduction "
            f"({dollars(statute.deduction)}) and the itemised deductions, less "
            f"{dollars(statute.exemption)} for each person of the household; it is never below 0. "
        )
        facts = (
            f"{who}'s household of {persons} has wages of {dollars(wages)}, interest of "
            f"{dollars(interest)}, a gift of {dollars(gift)} received, adjustments of "
            f"{dollars(adjustment)} and itemised deductions of {dollars(itemised)}. "
            "What is the tax?"
        )
        gross = wages + interest - adjustment
        exempt = persons * statute.exemption
        income = max(0, gross - max(itemised, statute.deduction) - exempt)
        near = [
            statute.tax(income + gift),
            statute.tax(max(0, gross - min(itemised, statute.deduction) - exempt)),
            statute.tax(max(0, gross - itemised - statute.deduction - exempt)),
            statute.tax(income + adjustment),
        ]
        return self.draft(head + rule + facts, statute, income, near)

    def limited(self, rng: Random, level: int) -> Draft:
        """An invented statute with a deduction that is withdrawn, a surtax and a credit."""
        statute = invented_statute(rng, rng.randint(4, level + 2))
        who = rng.choice(PEOPLE)
        gross = self.income(rng, statute) + statute.deduction
        start = rng.randrange(gross // 2, gross, 100)
        step, cut = rng.choice((500, 1000, 2500)), rng.choice((20, 50, 100))
        surtax_from, surtax = rng.randrange(gross // 2, gross, 100), rng.choice((0.01, 0.02, 0.035))
        credit = rng.randrange(100, 1500, 25)
        steps = ceil((gross - start) / step)
        deduction = max(0, statute.deduction - cut * steps)
        by_count = statute.deduction
        for _ in range(start, gross, step):
            by_count = max(0, by_count - cut)
        rule = (
            f"Taxable income is gross income less a deduction of {dollars(statute.deduction)}, "
            f"which is reduced by {dollars(cut)} for each {dollars(step)}, or fraction thereof, by "
            f"which gross income exceeds {dollars(start)}, but not below 0. A surtax of "
            f"{percent(surtax)} is due on gross income above {dollars(surtax_from)}. "
        )
        extra = surtax * (gross - surtax_from)
        income = gross - deduction
        parts = [extra]
        if level == 5:
            carried = rng.randrange(2000, 12_000, 10)
            share = rng.choice((0.5, 0.6, 0.8))
            used = min(carried, share * income)
            rule += (
                f"A loss carried forward is then set off against taxable income, up to "
                f"{percent(share)} of what taxable income would be without it. A credit of "
                f"{dollars(credit)} is taken from the tax including the surtax; it is not "
                "refundable. "
            )
            facts = (
                f"{who} has a gross income of {dollars(gross)} and a loss of {dollars(carried)} "
                "carried forward. "
            )
            income -= used
            parts = [extra, -credit]
        else:
            facts = f"{who} has a gross income of {dollars(gross)}. "
        offset = sum(parts)
        near = [
            statute.tax(gross - statute.deduction) + offset,
            statute.tax(income) + offset - extra,
            statute.tax(income + deduction - max(0, statute.deduction - cut * (steps - 1)))
            + offset,
        ]
        text = f"Under {statute.title}, the tax is {statute.schedule()}. {rule}{facts}What is due?"
        second = max(0, statute.tax_by_steps(income + deduction - by_count) + offset)
        answer = max(0, statute.tax(income) + offset)
        return Draft(f"{text} {ASKED}", answer, TO_A_DOLLAR, second, [max(0, one) for one in near])

    def two_ways(self, rng: Random, year: int) -> Draft:
        """What two spouses save, or lose, by a joint return."""
        joint, apart = real_statute(year, "joint"), real_statute(year, "separate")
        one, two = rng.sample(PEOPLE, 2)
        first = rng.randrange(30_000, 400_000, 10)
        second = rng.randrange(5000, 250_000, 10)
        text = (
            f"In {year}, the United States federal income tax of spouses who file jointly is "
            f"{joint.schedule()}; of spouses who file separately, on the taxable income of each, "
            f"{apart.schedule()}. Taxable income is gross income less the standard deduction: "
            f"{dollars(joint.deduction)} on a joint return, {dollars(apart.deduction)} on each "
            f"separate one; it is never below 0. {one} has a gross income of {dollars(first)}, "
            f"{two} of {dollars(second)}. By how much is the tax of two separate returns larger "
            "than that of a joint return (negative if smaller; 0 if equal)?"
        )
        incomes = [max(0, gross - apart.deduction) for gross in (first, second)]
        whole = max(0, first + second - joint.deduction)
        answer = sum(map(apart.tax, incomes)) - joint.tax(whole)
        again = sum(map(apart.tax_by_steps, incomes)) - joint.tax_by_steps(whole)
        if abs(answer) < 2:
            return self.two_ways(rng, year)
        near = [
            apart.tax(first) + apart.tax(second) - joint.tax(first + second),
            sum(map(joint.tax, incomes)) - joint.tax(whole),
            1000.0 + abs(answer),
        ]
        return Draft(f"{text} {ASKED}", answer, TO_A_DOLLAR, again, near)

    def income(self, rng: Random, statute: Statute) -> int:
        """A taxable income that reaches the second rate at least."""
        return rng.randint(
            statute.tops[0] + 500, int(1.3 * statute.tops[min(4, len(statute.tops) - 1)])
        )

    def draft(self, text: str, statute: Statute, income: float, near: list[float]) -> Draft:
        """The draft of a tax on one taxable income."""
        second = statute.tax_by_steps(income)
        return Draft(f"{text} {ASKED}", statute.tax(income), TO_A_DOLLAR, second, near)
