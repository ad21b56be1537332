"""Loans, annuities and projects: level payments, what is still owed, what flows are worth.

loans.payment        a loan of $240,000 over 360 months at 6 %    ->  $1,438.92
annuities.value      payments, growing or deferred                ->  their present or future value
projects.return      flows of money                               ->  net present value, or IRR
"""

from fractions import Fraction
from random import Random

from gen.domains.finance.base import (
    BASIS_POINT,
    CENTS,
    DOLLARS,
    Draft,
    FinanceFamily,
    bisected,
    draft,
    exact,
    money,
    percent,
    rate,
)


def payment(
    principal: Fraction, monthly: Fraction, n: int, left: Fraction = Fraction(0)
) -> Fraction:
    """The level payment that leaves `left` owed after `n` of them."""
    grown = (1 + monthly) ** n
    return (principal * grown - left) * monthly / (grown - 1)


def owed_by_schedule(
    principal: float, monthly: float, paid: float, n: int, extra: float = 0.0
) -> tuple[float, float]:
    """What is owed after `n` payments, and the interest in them, month by month."""
    owed, interest = principal, 0.0
    for _ in range(n):
        due = owed * monthly
        interest += due
        owed += due - paid - extra
    return owed, interest


class LoanPayment(FinanceFamily):
    """Payments, balances and interest of a loan that is repaid in level monthly amounts."""

    name = "loans.payment"
    methods = "closed form in fractions against the schedule, month by month"
    card = exact("Payments are not rounded within a schedule, and the prompt says so.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Payment; balance; interest so far; a balloon; months that an extra payment saves."""
        principal = Fraction(1000 * rng.randint(8, 600))
        yearly = rate(rng, 0.02, 0.11, 0.00125)
        monthly, n = yearly / 12, 12 * rng.choice((3, 4, 5, 10, 15, 20, 30))
        level_paid = payment(principal, monthly, n)
        prompt = (
            f"A loan of {money(principal, cents=False)} at {percent(yearly)} a year (a twelfth "
            f"of that "
            f"is charged each month) is repaid in {n} equal monthly payments, the first after one "
            "month. Amounts are not rounded before the end."
        )
        numbers = (float(principal), float(monthly), float(level_paid))
        halfway = rng.randint(n // 4, 3 * n // 4)
        balance = (level_paid / monthly) * (1 - (1 + monthly) ** (halfway - n))
        by_simple_interest = principal * (1 + yearly * n / 12) / n
        if level == 1:
            ends, _ = owed_by_schedule(*numbers, n)
            return draft(
                f"{prompt}\nWhat is the monthly payment, in dollars to the cent?",
                float(level_paid), CENTS, second=float(level_paid) + ends / n,
                near=[float(by_simple_interest), float(payment(principal, yearly, n))],
            )  # fmt: skip
        if level == 2:
            return draft(
                f"{prompt}\nHow much is still owed right after payment number {halfway}, in "
                f"dollars to "
                "the nearest dollar?",
                float(balance), DOLLARS, second=owed_by_schedule(*numbers, halfway)[0],
                near=[float(principal * (n - halfway) / n), float(level_paid * (n - halfway))],
            )  # fmt: skip
        if level == 3:
            interest = level_paid * halfway - (principal - balance)
            return draft(
                f"{prompt}\nHow much interest do the first {halfway} payments contain together, in "
                "dollars to the nearest dollar?",
                float(interest), DOLLARS, second=owed_by_schedule(*numbers, halfway)[1],
                near=[float(level_paid * n - principal), float(principal * yearly * halfway / 12)],
            )  # fmt: skip
        if level == 4:
            balloon = principal * Fraction(rng.randint(10, 40), 100)
            paid = payment(principal, monthly, n, balloon)
            ends, _ = owed_by_schedule(float(principal), float(monthly), float(paid), n)
            return draft(
                f"A loan of {money(principal, cents=False)} at {percent(yearly)} a year (a "
                f"twelfth of "
                f"that is charged each month) is repaid in {n} equal monthly payments, the first "
                f"after "
                f"one month, and a balloon of {money(balloon)} together with the last of them, "
                f"which "
                "settles it. Amounts are not rounded before the end.\nWhat is the equal monthly "
                "payment, in dollars to the cent?",
                float(paid), CENTS, second=float(paid) + (ends - float(balloon)) / n,
                near=[float(level_paid), float(payment(principal - balloon, monthly, n))],
            )  # fmt: skip
        later = max(yearly - rate(rng, 0.005, 0.015, 0.00125), Fraction(1, 100))
        new = payment(balance, later / 12, n - halfway)
        owed, _ = owed_by_schedule(*numbers, halfway)
        ends, _ = owed_by_schedule(owed, float(later) / 12, float(new), n - halfway)
        saved = (level_paid - new) * (n - halfway)
        return draft(
            f"{prompt} Right after payment number {halfway} what is owed is refinanced at "
            f"{percent(later)} a year, to be repaid in equal monthly payments over the months "
            f"that were "
            "left.\nBy how much are all remaining payments together smaller than without "
            "refinancing, "
            "in dollars to the nearest dollar?",
            float(saved), DOLLARS, second=float(saved) - ends,
            near=[float(balance * (yearly - later) * (n - halfway) / 12), float(level_paid - new)],
        )  # fmt: skip


class AnnuityValue(FinanceFamily):
    """Present and future values of payments: level, in advance, deferred, growing, for ever."""

    name = "annuities.value"
    methods = "closed form in fractions against the sum of the terms"
    card = exact(
        "Payments at the beginning and at the end of a period differ by one period's growth."
    )

    def draw(self, rng: Random, level: int) -> Draft:
        """Future value; present value in advance; deferred; growing; deferred, growing, endless."""
        paid = Fraction(100 * rng.randint(5, 120))
        n, r = rng.randint(6, 30), rate(rng, 0.02, 0.1)
        g = r - rate(rng, 0.005, 0.015)
        wait = rng.randint(2, 8)
        v = 1 / (1 + r)
        level_value = paid * (1 - v**n) / r
        growing = paid * (1 - ((1 + g) * v) ** n) / (r - g)
        endless = paid / (r - g) * v**wait
        many = f"{n} yearly payments of {money(paid)}"
        at = f"at {percent(r)} a year, compounded once a year"
        if level == 1:
            asked = (
                "are made, each at the end of a year. At the time of the last, what are they "
                f"worth {at}"
            )
            answer, terms = level_value * (1 + r) ** n, [(paid, i - n) for i in range(1, n + 1)]
            near = [answer * (1 + r), level_value]
        elif level == 2:
            asked = f"are made, the first today. What are they worth today {at}"
            answer, terms = level_value * (1 + r), [(paid, i) for i in range(n)]
            near = [level_value, paid * n]
        elif level == 3:
            asked = (
                f"are made, the first in {wait} years from today. What are they worth today {at}"
            )
            answer = level_value * v ** (wait - 1)
            terms = [(paid, wait + i) for i in range(n)]
            near = [level_value * v**wait, level_value]
        elif level == 4:
            many = f"{n} yearly payments, of which the first is {money(paid)},"
            asked = (
                f"are made, each at the end of a year and each {percent(g)} larger than the one "
                f"before. "
                f"What are they worth today {at}"
            )
            answer, terms = growing, [(paid * (1 + g) ** i, i + 1) for i in range(n)]
            near = [growing * (1 + g), level_value, growing * (1 + r)]
        else:
            many = f"Yearly payments, of which the first is {money(paid)},"
            asked = (
                f"are made for ever, the first in {wait + 1} years from today and each "
                f"{percent(g)} larger "
                f"than the one before, except that the first {n} of them fall due and are not "
                f"paid. What "
                f"are the others worth today {at}"
            )
            answer = endless * ((1 + g) * v) ** n
            terms = [(paid * (1 + g) ** i, wait + 1 + i) for i in range(n)]
            near = [endless, endless * v**n, answer * (1 + r)]
        summed = sum(float(one) * float(v) ** when for one, when in terms)
        second = float(endless) - summed if level == 5 else summed
        prompt = f"{many} {asked}, in dollars to the cent?"
        return draft(prompt, float(answer), CENTS, second=second, near=[*map(float, near)])


class ProjectReturn(FinanceFamily):
    """Net present values, internal rates of return and what else decides on a project."""

    name = "projects.return"
    methods = "Brent's method or Horner's rule against bisection or the sum of terms, in fractions"
    card = exact("Every project has one change of sign, so that its rate of return is unique.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Net present value; IRR; its modified kind; where two projects are equal; dates."""
        n = rng.randint(3, 4) + level
        flows = self._flows(rng, n)
        r = rate(rng, 0.04, 0.14)
        told = (
            f"{money(-flows[0], cents=False)} are paid today; at the end of the years after that "
            + (f"come {', '.join(money(one, cents=False) for one in flows[1:])}.")
        )
        if level == 1:
            answer = Fraction(0)
            for flow in reversed(flows):
                answer = answer / (1 + r) + flow
            return draft(
                f"A project: {told}\nWhat is its net present value at {percent(r)} a year, in "
                f"dollars to "
                "the cent?",
                float(answer), CENTS, second=_worth(flows, float(r)),
                near=[float(sum(flows)), float(answer / (1 + r))],
            )  # fmt: skip
        if level == 2:
            return self._solved(
                f"A project: {told}\nWhat is its internal rate of return", flows,
                near=[100 * float(sum(flows) / -flows[0] / n), 100 * float(sum(flows) / -flows[0])],
            )  # fmt: skip
        if level == 3:
            kept = rate(rng, 0.01, 0.04)
            end = sum(flow * (1 + kept) ** (n - i) for i, flow in enumerate(flows) if i)
            found = float(end / -flows[0]) ** (1 / n) - 1
            second = bisected(
                lambda x: -flows[0] * (1 + x) ** n - end, Fraction(-1, 2), Fraction(1), steps=40
            )
            return draft(
                f"A project: {told} What comes in is kept at {percent(kept)} a year until the "
                f"end of year "
                f"{n}.\nWhat is its modified internal rate of return, that is the yearly growth "
                f"from what "
                "is paid to what is there in the end, in percent to two decimals?",
                100 * found, BASIS_POINT, second=100 * float(second), near=[100 * _root(flows)],
            )  # fmt: skip
        if level == 4:
            slower = [flows[0], *sorted(flows[1:])]
            slower[-1] += sum(flows[1:]) // 5
            faster = [flows[0], *sorted(flows[1:], reverse=True)]
            gap = [one - other for one, other in zip(faster, slower, strict=True)][1:]
            listed = " and ".join(
                f"project {name}: {', '.join(money(one, cents=False) for one in project[1:])}"
                for name, project in (("A", slower), ("B", faster))
            )
            return self._solved(
                f"Two projects cost {money(-flows[0], cents=False)} each today; at the end of "
                f"each year "
                f"after that come, for {listed}.\nAt which discount rate are their net present "
                f"values "
                "equal", [-one for one in gap],
                near=[100 * _root(slower), 100 * _root(faster)],
            )  # fmt: skip
        days = [0]
        for _ in flows[1:]:
            days.append(days[-1] + rng.randint(60, 420))
        listed = ", ".join(
            f"{money(flow, cents=False)} after {day} days"
            for flow, day in zip(flows[1:], days[1:], strict=True)
        )
        return self._solved(
            f"A project: {money(-flows[0], cents=False)} are paid today, and there come "
            f"{listed}.\nWhat is "
            "its internal rate of return as an effective yearly rate, with years of 365 "
            "days", flows,
            years=[Fraction(day, 365) for day in days], near=[100 * _root(flows)],
        )  # fmt: skip

    def _flows(self, rng: Random, n: int) -> list[Fraction]:
        cost = 1000 * rng.randint(20, 400)
        back = [
            round(cost * rng.uniform(0.6, 1.4) * rng.uniform(1.2, 1.7) / n, -2) for _ in range(n)
        ]
        return [Fraction(-cost), *(Fraction(int(one)) for one in back)]

    def _solved(
        self,
        prompt: str,
        flows: list[Fraction],
        *,
        near: list[float],
        years: list[Fraction] | None = None,
    ) -> Draft:
        when = [float(one) for one in years or range(len(flows))]
        root = _root(flows, when)
        second = bisected(
            lambda x: -Fraction(_worth(flows, float(x), when)),
            Fraction(-9, 10),
            Fraction(4),
            steps=45,
        )
        return draft(
            f"{prompt}, in percent a year to two decimals?", 100 * root, BASIS_POINT,
            second=100 * float(second), near=[*near, root],
        )  # fmt: skip


def _worth(flows: list[Fraction], r: float, when: list[float] | None = None) -> float:
    times = when or range(len(flows))
    return sum(float(flow) / (1 + r) ** time for flow, time in zip(flows, times, strict=True))


def _root(flows: list[Fraction], when: list[float] | None = None) -> float:
    from scipy.optimize import brentq

    return brentq(lambda x: _worth(flows, x, when), -0.9, 4.0, xtol=1e-13)  # type: ignore[return-value]
