"""Other taxes that a statute computes: on gains and self-employment; and the child credit.

    ChildCredit().generate(rng, 1)    ... children are 3 and 9 ... income is $77,200 ...    1850

The yearly amounts are real ones of the United States at some draws, invented ones at others.
"""

from math import ceil
from random import Random

from gen.domains.law.base import PEOPLE, LawFamily, dollars, percent
from gen.domains.law.brackets import STATUSES, parameters
from gen.domains.law.income_tax import ASKED, LAZY, PARAMETERS, TO_A_DOLLAR
from gen.domains.worked import Draft, generated


class Gains(LawFamily):
    """Long-term capital gains stacked on ordinary income; overlaps against a running total."""

    name = "tax.gains"
    card = generated(
        0.02,
        "no check from outside: the stacking was written from memory of the form's worksheet",
        source=PARAMETERS,
    )
    methods = "overlap of the gain with each slice against a running total"
    lazy = LAZY

    def draw(self, rng: Random, level: int) -> Draft:
        """Gain on income; with a short-term loss; with a carried loss; and a surtax."""
        year, status = rng.randint(2013, 2024), rng.choice(sorted(STATUSES))
        row = parameters(year, status)
        low, high = row["gains_top_1"], row["gains_top_2"]
        if rng.random() < 0.5:
            low, high = rng.randrange(20_000, 60_000, 50), rng.randrange(150_000, 500_000, 50)
            title = "Under an invented statute"
        else:
            title = f"In {year}, for a United States taxpayer filing as {STATUSES[status]}"
        who = rng.choice(PEOPLE)
        ordinary = rng.randrange(int(low * 0.4), int(high * (0.5 if level < 3 else 1.1)))
        gain = rng.randrange(int(low), int(low * (1.5 + level)))
        text = (
            f"{title}, net long-term gain is stacked on top of ordinary taxable income, and taxed "
            f"at 0% where the stack lies below {dollars(low)}, at 15% where it lies between "
            f"{dollars(low)} and {dollars(high)}, and at 20% above {dollars(high)}. "
        )
        facts = (
            f"{who} has an ordinary taxable income of {dollars(ordinary)}, a long-term gain of "
            f"{dollars(gain)}"
        )
        net = gain
        if level >= 2:
            loss = rng.randrange(1000, gain // 2)
            net -= loss
            text += "Long-term losses of the year are first set off against long-term gains. "
            facts += f", a long-term loss of {dollars(loss)}"
        if level >= 3:
            short = rng.randrange(500, max(501, net // 3))
            net -= short
            text += "A net short-term loss is set off against the net long-term gain. "
            facts += f", a net short-term loss of {dollars(short)}"
        if level >= 4:
            carried = rng.randrange(300, max(301, net // 3))
            net -= carried
            text += "A loss carried forward from earlier years is set off as well. "
            facts += f", a loss of {dollars(carried)} carried forward"
        extra = 0.0
        if level == 5:
            start = row["medicare_from"]
            extra = 0.038 * min(net, max(0.0, ordinary + net - start))
            text += (
                f"A further 3.8% is due on the smaller of the net gain and the excess of ordinary "
                f"taxable income and net gain together over {dollars(start)}. "
            )
        tax = self.overlaps(ordinary, net, low, high)
        near = [
            self.overlaps(0, net, low, high) + extra,
            0.15 * net + extra,
            self.overlaps(ordinary, gain, low, high) + extra,
        ]
        if level == 5:
            near.append(tax)
        prompt = f"{text}{facts}. What tax is due on the gain? {ASKED}"
        second = self.running(ordinary, net, low, high) + extra
        return Draft(prompt, tax + extra, TO_A_DOLLAR, second, near)

    def overlaps(self, ordinary: float, gain: float, low: float, high: float) -> float:
        """15% and 20% of what of the stack lies in each slice."""
        middle = max(0.0, min(ordinary + gain, high) - max(ordinary, low))
        top = max(0.0, ordinary + gain - max(ordinary, high))
        return 0.15 * middle + 0.20 * top

    def running(self, ordinary: float, gain: float, low: float, high: float) -> float:
        """The tax on the whole stack less that on the ordinary income alone."""

        def whole(stack: float) -> float:
            return 0.15 * max(0.0, stack - low) + 0.05 * max(0.0, stack - high)

        return whole(ordinary + gain) - whole(ordinary)


class ChildCredit(LawFamily):
    """A credit for children, withdrawn step by step; a ceiling against counting the steps."""

    name = "tax.child_credit"
    card = generated(
        0.04,
        "no check from outside: the withdrawal of $50 for each $1,000 or fraction thereof is "
        "section 24(b) as remembered; refundable parts are left out",
        "real amounts at some draws, invented ones at others",
        source=PARAMETERS,
    )
    methods = "ceiling of the excess against counting the steps"
    lazy = (0, 1000, 2000, 4000)

    def draw(self, rng: Random, level: int) -> Draft:
        """Few children; ages; other dependants; a limit by the tax; a second withdrawal."""
        year, status = rng.randint(2013, 2024), rng.choice(sorted(STATUSES))
        row = parameters(year, status)
        credit, start, cut, step = int(row["child_credit"]), int(row["child_credit_from"]), 50, 1000
        title = f"In {year}, a United States taxpayer filing as {STATUSES[status]}"
        # Since 2018 there is a credit for those of 17 as well; 2021 had a scheme of its own.
        real = year != 2021 and (level == 1 or (level >= 3) == (year >= 2018))
        if not real or rng.random() < 0.4:
            title = "Under an invented statute, a taxpayer"
            credit, start = rng.randrange(600, 3600, 50), rng.randrange(40_000, 250_000, 500)
            cut, step = rng.choice((20, 25, 40, 75)), rng.choice((500, 1000, 2000))
        n_children = rng.randint(2, 2 + level)
        ages = [rng.randint(1, 14) for _ in range(n_children)]
        if level >= 2:
            ages = [rng.choice((*range(1, 17), 16, 17, 17, 18)) for _ in ages]
            ages[0] = rng.randint(1, 15)
        young = sum(age < 17 for age in ages)
        grown = len(ages) - young
        other = rng.choice((250, 300, 500)) if level >= 3 else 0
        if title.startswith("In "):
            other = min(other, 1) * 500
        whole = young * credit + grown * other
        reach = max(2, int(0.9 * whole / cut) * step)
        income = start + rng.randint(1, reach)
        steps = ceil((income - start) / step)
        text = (
            f"{title} has a credit of {dollars(credit)} for each child under 17 at the end of the "
            "year. "
        )
        if level >= 3:
            text += f"For each child who is 17 or older the credit is {dollars(other)}. "
        elif level == 2:
            text += "There is none for a child who is 17 or older. "
        text += (
            f"The sum is reduced by {dollars(cut)} for each {dollars(step)}, or fraction thereof, "
            f"by which income exceeds {dollars(start)}, but not below 0. "
        )
        shown = ", ".join(map(str, ages[:-1])) + f" and {ages[-1]}"
        facts = f"The children are {shown} at the end of the year; income is {dollars(income)}"
        answer = max(0, whole - cut * steps)
        counted = whole
        for _ in range(start, income, step):
            counted = max(0, counted - cut)
        near: list[float] = [
            whole,
            max(0, whole - cut * (steps - 1)),
            max(0, len(ages) * credit - cut * steps),
        ]
        near.append(max(0, whole - cut * (income - start) / step))
        if level >= 4:
            tax = rng.randrange(max(1, whole // 3), whole + 500)
            text += "The credit cannot exceed the tax before credits. "
            facts += f"; the tax before credits is {dollars(tax)}"
            near += [answer, min(whole, tax)]
            answer, counted = min(answer, tax), min(counted, tax)
        if level == 5:
            other_credit = rng.randrange(50, 600)
            text += "Other credits are taken first, and reduce that tax. "
            facts += f"; other credits are {dollars(other_credit)}"
            near.append(answer)
            left = max(0, tax - other_credit)
            answer, counted = min(answer, left), min(counted, left)
        prompt = f"{text}{facts}. What is the credit? {ASKED}"
        return Draft(prompt, answer, TO_A_DOLLAR, counted, near)


class SelfEmployment(LawFamily):
    """Social insurance on self-employment beside wages; slices against a running total."""

    name = "tax.self_employment"
    card = generated(
        0.02,
        "no check from outside: the rule is section 1401 as remembered; wage bases are taxcalc's",
        source=PARAMETERS,
    )
    methods = "what is left of the base against totals with and without the business"
    lazy = LAZY

    def draw(self, rng: Random, level: int) -> Draft:
        """Profit alone; beside wages; over the base; a further tax; the half that is deducted."""
        year, status = rng.randint(2013, 2024), rng.choice(("single", "joint", "separate"))
        row = parameters(year, status)
        base, start = row["wage_base"], row["medicare_from"]
        title = f"In {year}, a self-employed United States taxpayer"
        if rng.random() < 0.5:
            base, title = (
                float(rng.randrange(60_000, 190_000, 100)),
                "Under an invented statute, one",
            )
        share, first, second = 0.9235, 0.124, 0.029
        profit = rng.randrange(8000, int(base * (0.7 if level == 1 else 1.4)))
        wages = rng.randrange(int(0.2 * base), int(1.1 * base)) if level >= 2 else 0
        earned = share * profit
        room = max(0.0, base - wages)
        tax = first * min(earned, room) + second * earned
        again = first * (min(base, wages + earned) - min(base, wages)) + second * earned
        text = (
            f"{title} owes, on {percent(share)} of the profit, {percent(second)} without limit "
            f"and {percent(first)} on as much of it as, added to any wages of the year, does not "
            f"exceed {dollars(base)}. "
        )
        facts = f"The profit is {dollars(profit)}"
        near = [(first + second) * earned, first * min(profit, room) + second * profit]
        if level >= 2:
            facts += f"; wages are {dollars(wages)}"
            near.append(first * min(earned, base) + second * earned)
        asked = "What is owed?"
        if level >= 3:
            extra = 0.009 * max(0.0, earned - max(0.0, start - wages))
            text += (
                f"A further 0.9% is due on what of that {percent(share)} exceeds {dollars(start)} "
                "less the wages, or on all of it where the wages are more than that. "
            )
            near.append(tax)
            halves = tax / 2
            tax, again = tax + extra, again + 0.009 * min(earned, max(0.0, wages + earned - start))
            asked = "What is owed in all?"
            if level >= 4:
                cost = rng.randrange(500, 9000)
                text += "Half of what is owed, the further 0.9% left aside, may be deducted. "
                facts += f"; a private expense of {dollars(cost)} is no cost of the business"
                if level == 5:
                    rate = rng.choice((0.12, 0.22, 0.24, 0.32))
                    text += f"The deduction saves income tax at {percent(rate)}. "
                    asked = "What is owed in all, less the income tax saved?"
                    near += [tax, tax - rate * tax / 2]
                    tax, again = tax - rate * halves, again - rate * (again - extra) / 2
        return Draft(f"{text}{facts}. {asked} {ASKED}", tax, TO_A_DOLLAR, again, near)
