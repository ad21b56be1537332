"""What is owed under a judgment: interest by statute, and damages among several at fault.

Interest().generate(rng, 1)        $20,000 at 4% from March 4 to June 2, 2022       197.26
Apportionment().generate(rng, 1)   damages $90,000, claimant 20% at fault   {"Blake": 72000}
"""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from random import Random

from gen.domains.law.base import PEOPLE, LawFamily, dollars, percent, short_date
from gen.domains.law.deadlines import years_after
from gen.domains.worked import Amount, Draft, Fields, generated


class Interest(LawFamily):
    """Interest on a judgment, simple or compounded each year; formula against day by day."""

    name = "interest.judgment"
    card = generated(
        0.02,
        "the shape is that of 28 U.S.C. 1961 (daily, compounded annually), with an invented rate; "
        "no check from outside",
    )
    methods = "powers and day fractions against adding up day by day"
    lazy = (0, 100, 1000)

    def draw(self, rng: Random, level: int) -> Draft:
        """Days; years; compounded; a payment on the way; a change of the rate as well."""
        principal = rng.randrange(5000, 400_000, 50)
        rate = Fraction(rng.randint(50, 950), 10_000)
        start = date(rng.randint(2005, 2022), rng.randint(1, 12), rng.randint(1, 28))
        if level == 1:
            end = start + timedelta(days=rng.randint(20, 360))
        else:
            end = start + timedelta(days=rng.randint(400, 900 + 300 * level))
        compounded = level >= 3
        rule = (
            f"Interest runs on a judgment at {percent(float(rate))} a year from the day of entry, "
            "which itself bears none, up to and including the day of payment; a day bears 1/365 of "
            "a year's interest, in leap years too. "
        )
        if compounded:
            rule += (
                "On every anniversary of the entry the unpaid interest is added to the principal, "
                "and bears interest from the following day; in between it bears none. "
            )
        elif level == 2:
            rule += "Interest is simple: it bears no interest itself. "
        facts = f"A judgment of {dollars(principal)} was entered on {short_date(start)}"
        paid: dict[date, int] = {}
        changes: dict[date, Fraction] = {}
        if level >= 4:
            rule += (
                "A payment is applied to accrued interest first and then to principal, at the end "
                "of the day on which it is made. "
            )
            for _ in range(level - 3):
                day = start + timedelta(days=rng.randint(50, (end - start).days - 30))
                paid[day] = rng.randrange(1000, max(2000, principal // 3), 50)
            facts += "".join(
                f"; {dollars(amount)} was paid on {short_date(day)}"
                for day, amount in sorted(paid.items())
            )
        if level == 5:
            change = start + timedelta(days=rng.randint(60, (end - start).days - 60))
            changes[change] = Fraction(rng.randint(50, 950), 10_000)
            rule += (
                f"From {short_date(change)} on, that day included, the rate is "
                f"{percent(float(changes[change]))}. "
            )
        asked = "How much interest is due at payment?"
        if level >= 4:
            asked = "What is due in all, principal and interest, at the end of that day?"
        text = (
            f"{rule}{facts}; the rest is to be paid on {short_date(end)}. {asked} Answer in "
            "dollars and cents; round at the end alone."
        )
        owed = walk(principal, rate, start, end, compounded, paid, changes)
        again = stretches(principal, rate, start, end, compounded, paid, changes)
        simple = principal * rate * (end - start).days / 365
        off = principal * rate * ((end - start).days + 1) / 365
        yearly = principal * ((1 + rate) ** ((end - start).days // 365) - 1)
        if level >= 4:
            near = [principal - sum(paid.values()) + simple, owed[0], principal + simple]
            near.append(sum(stretches(principal, rate, start, end, False, paid, changes)))
            values = sum(owed), sum(again)
        else:
            near = [off, yearly, principal * rate * (end - start).days / 360]
            near += [simple] if compounded else []
            values = sum(owed) - principal, sum(again) - principal
        first, second = (cents(value) for value in values)
        near = [cents(one) for one in near]
        return Draft(text, first, Amount(absolute=0.02), second, near)


def walk(
    principal: int,
    rate: Fraction,
    start: date,
    end: date,
    compounded: bool,
    paid: Mapping[date, int],
    changes: Mapping[date, Fraction],
) -> tuple[float, float]:
    """Principal and accrued interest at the end of the last day, day by day."""
    balance, accrued, day, years = float(principal), 0.0, start, 1
    daily = float(rate) / 365
    while day < end:
        day += timedelta(days=1)
        daily = float(changes.get(day, Fraction(0))) / 365 or daily
        accrued += balance * daily
        if compounded and day == years_after(start, years):
            balance, accrued, years = balance + accrued, 0.0, years + 1
        left = paid.get(day, 0)
        balance -= max(0.0, left - accrued)
        accrued = max(0.0, accrued - left)
    return balance, accrued


def stretches(
    principal: int,
    rate: Fraction,
    start: date,
    end: date,
    compounded: bool,
    paid: Mapping[date, int],
    changes: Mapping[date, Fraction],
) -> tuple[Fraction, Fraction]:
    """The same, exactly, from one event to the next."""
    anniversaries = {years_after(start, n) for n in range(1, end.year - start.year + 1)}
    before_change = {day - timedelta(days=1) for day in changes}
    stops = sorted(
        day for day in {*anniversaries, *paid, *before_change, end} if start < day <= end
    )
    balance, accrued, at = Fraction(principal), Fraction(0), start
    for stop in stops:
        accrued += balance * rate * (stop - at).days / 365
        at = stop
        if compounded and stop in anniversaries:
            balance, accrued = balance + accrued, Fraction(0)
        if stop in paid:
            to_interest = min(accrued, Fraction(paid[stop]))
            balance, accrued = balance - (paid[stop] - to_interest), accrued - to_interest
        rate = changes.get(stop + timedelta(days=1), rate)
    return balance, accrued


def cents(amount: Fraction | float) -> float:
    """Rounded to the cent, halves up."""
    exact = (
        Decimal(amount.numerator) / Decimal(amount.denominator)
        if isinstance(amount, Fraction)
        else Decimal(amount)
    )
    return float(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


class Apportionment(LawFamily):
    """Damages among several at fault; shares and what is lost, against one division."""

    name = "damages.apportionment"
    card = generated(
        0.05,
        "an invented statute in the shape of comparative negligence; States differ in every part; "
        "no check from outside",
        "a claimant who is barred recovers 0 from everybody: drawn in one case of ten at most",
    )
    methods = "own share and part of what is lost against one division by the remaining faults"

    def draw(self, rng: Random, level: int) -> Draft:
        """One defendant; two; a bar; joint liability; insolvency and a settlement."""
        n = (1, 2, 2, 3, 4)[level - 1]
        who, *others = rng.sample(PEOPLE, n + 1)
        total = 100 * rng.randint(300, 9000)
        cuts = sorted(rng.sample(range(5, 96, 5), n)) if n > 1 else [5 * rng.randint(1, 9)]
        shares = [b - a for a, b in zip([0, *cuts], [*cuts, 100], strict=True)]
        own, faults = shares[0], shares[1:]
        bar = 51 if rng.random() < 0.5 else 50
        if level >= 3 and own >= bar and rng.random() < 0.8:
            own, faults[0] = 5, faults[0] + own - 5
        rule = (
            "What a claimant recovers is reduced by the claimant's own share of fault, and each "
            "defendant owes the part of the damages that answers to that defendant's share. "
        )
        if level >= 3:
            rule += f"A claimant whose share is {bar}% or more recovers nothing. "
        facts = f"{who}'s damages are {dollars(total)}. Fault: {who} {own}%"
        facts += "".join(f", {name} {fault}%" for name, fault in zip(others, faults, strict=True))
        broke, settled = None, None
        joint = level >= 4
        if joint:
            broke = rng.choice(others)
            rule += (
                "What cannot be collected from an insolvent defendant is borne by the claimant "
                "and the other defendants in proportion to their shares of fault. "
            )
            facts += f". {broke} is insolvent and pays nothing"
        if level == 5:
            settled = rng.choice([name for name in others if name != broke])
            price = 100 * rng.randint(20, 600)
            rule += (
                "A defendant who settled pays the price of the settlement and no more; what the "
                "others owe is not changed by it, whatever the price. "
            )
            facts += f". {settled} settled before trial for {dollars(price)}"
        barred = level >= 3 and own >= bar
        owed = {}
        fault_of = dict(zip(others, faults, strict=True))
        lost = Fraction(fault_of[broke], 100) * total if broke else Fraction(0)
        rest = 100 - (fault_of[broke] if broke else 0)
        for name, fault in fault_of.items():
            owed[name] = Fraction(fault, 100) * total + lost * Fraction(fault, rest)
        again = {name: Fraction(total * fault, rest) for name, fault in fault_of.items()}
        plain = {name: Fraction(fault, 100) * total for name, fault in fault_of.items()}
        unreduced = {name: Fraction(fault, sum(faults)) * total for name, fault in fault_of.items()}
        answers = [owed, again, plain, unreduced]
        for one in answers:
            if broke:
                one[broke] = Fraction(0)
            if barred:
                one.update(dict.fromkeys(one, Fraction(0)))
            if settled:
                one[settled] = Fraction(price)
        written = [{name: cents(value) for name, value in one.items()} for one in answers]
        near = written[2:]
        if barred:
            near = [{name: cents(value) for name, value in plain_of(fault_of, total).items()}]
        keys = ", ".join(f'"{name}": ...' for name in others)
        text = (
            f"{rule}{facts}. How much does each defendant pay? Answer with JSON: {{{keys}}}, "
            "in dollars, rounded to the cent."
        )
        form = Fields({name: Amount(absolute=0.02) for name in others})
        return Draft(text, written[0], form, written[1], near)


def plain_of(fault_of: Mapping[str, int], total: int) -> dict[str, Fraction]:
    """Each defendant's own share of the damages."""
    return {name: Fraction(fault * total, 100) for name, fault in fault_of.items()}
