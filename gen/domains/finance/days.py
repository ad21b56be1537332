"""Days: how conventions count them, and when a trade settles or a coupon is paid.

days.count         two dates and a convention                      ->  days, a fraction, interest
days.settlement    a trade's date, a lag and the exchange's holidays  ->  2024-05-28

30/360 is the US (NASD) bond basis without the rule for the end of February, ACT/ACT that of ISDA
(2006 ISDA Definitions, section 4.16); both are stated in the prompt. Holidays are those of the New
York Stock Exchange, from the package holidays.
"""

from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from random import Random

from gen.domains.finance.base import (
    CENTS,
    Amount,
    Draft,
    Fields,
    FinanceFamily,
    draft,
    exact,
    money,
    percent,
    rate,
)
from gen.domains.worked import Day

RULES = {
    "30/360": "30/360 (months of 30 days: day 31 of the first date becomes 30; day 31 of the "
    "second "
    "date becomes 30 if the first day is then 30)",
    "ACT/360": "ACT/360 (actual days over 360)",
    "ACT/365": "ACT/365 fixed (actual days over 365)",
    "ACT/ACT": "ACT/ACT ISDA (days in leap years over 366 plus days in other years over 365)",
}


def year_fraction(start: date, end: date, rule: str) -> Fraction:
    """The part of a year from `start` up to, not including, `end`."""
    if rule == "30/360":
        return Fraction(days_30_360(start, end), 360)
    if rule == "ACT/ACT":
        total = Fraction(0)
        for year in range(start.year, end.year + 1):
            first, last = max(start, date(year, 1, 1)), min(end, date(year + 1, 1, 1))
            total += Fraction((last - first).days, 365 + _leap(year))
        return total
    return Fraction((end - start).days, int(rule.removeprefix("ACT/")))


def days_30_360(start: date, end: date) -> int:
    """Days between two dates when each month has thirty."""
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def year_fraction_by_days(start: date, end: date, rule: str) -> Fraction:
    """The same, counted a day at a time; for 30/360 a month at a time."""
    if rule == "30/360":
        first = min(start.day, 30)
        months, year, month = 0, start.year, start.month
        while (year, month) != (end.year, end.month):
            months += 1
            year, month = (year, month + 1) if month < 12 else (year + 1, 1)
        last = end.day - (end.day == 31 and first == 30)
        return Fraction(30 * months + last - first, 360)
    total, day = Fraction(0), start
    while day < end:
        basis = 365 + _leap(day.year) if rule == "ACT/ACT" else int(rule.removeprefix("ACT/"))
        total += Fraction(1, basis)
        day += timedelta(days=1)
    return total


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


class DayCount(FinanceFamily):
    """Days and fractions of a year between two dates, and the interest that accrues in them."""

    name = "days.count"
    methods = "formula against counting day by day"
    card = exact("30/360 has several variants; the one meant is written out in the prompt.")

    def draw(self, rng: Random, level: int) -> Draft:
        """Days by 30/360 or actual; interest by one convention; by two; by all four."""
        start = date(
            rng.randint(2019, 2029), rng.randint(1, 12), rng.choice((1, 15, 28, rng.randint(1, 28)))
        )
        if rng.random() < 0.5:
            start = _month_end(start)
        end = start + timedelta(days=rng.randint(40, 300) * (1 if level < 4 else 3))
        if rng.random() < 0.3:
            end = _month_end(end)
        dates = f"from {start.isoformat()} up to, not including, {end.isoformat()}"
        if level == 1:
            rule = rng.choice(("ACT/360", "30/360"))
            counted = year_fraction(start, end, rule) * 360
            second = year_fraction_by_days(start, end, rule) * 360
            counts = (days_30_360(start, end), (end - start).days)
            return draft(
                f"How many days are there {dates}, by {RULES[rule]}?", int(counted), Amount(),
                second=int(second),
                near=[one for one in (*counts, counts[1] + 1) if one != counted],
            )  # fmt: skip
        rules = rng.sample(sorted(RULES), {2: 1, 3: 2, 4: 3, 5: 4}[level])
        principal, yearly = 1000 * rng.randint(20, 5000), rate(rng, 0.01, 0.09)
        interest = {
            rule: float(principal * yearly * year_fraction(start, end, rule)) for rule in RULES
        }
        again = {
            rule: float(principal * yearly * year_fraction_by_days(start, end, rule))
            for rule in rules
        }
        asked = "; ".join(f'"{rule}": {RULES[rule]}' for rule in rules)
        prompt = (
            f"{money(principal, cents=False)} earn simple interest at {percent(yearly)} a year "
            f"{dates}. How "
            f"much, in dollars to the cent, by each of these day counts: {asked}? Give a JSON "
            f"object with "
            f"the key{'s' if len(rules) > 1 else ''} {_quoted(rules)}."
        )
        form = Fields({rule: CENTS for rule in rules})
        answer = {rule: interest[rule] for rule in rules}
        others = {rule: interest[other] for rule, other in zip(rules, _turned(rules), strict=True)}
        return draft(prompt, answer, form, second=again, near=[others])


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _turned(rules: list[str]) -> list[str]:
    """The rules moved on by one, or another rule where there is but one."""
    if len(rules) > 1:
        return [*rules[1:], rules[0]]
    return [next(rule for rule in RULES if rule != rules[0])]


def _month_end(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)


@cache
def exchange_holidays(year: int) -> tuple[tuple[date, str], ...]:
    """Days on which the New York Stock Exchange is closed, and why."""
    import holidays

    found = holidays.financial_holidays("XNYS", years=year)
    return tuple(sorted((day, name) for day, name in found.items() if day.year == year))


class Settlement(FinanceFamily):
    """When trades settle and coupons are paid, given the holidays of an exchange."""

    name = "days.settlement"
    methods = "walking day by day against numpy's business days"
    card = exact(
        "Holidays are listed in the prompt, from the package holidays; real ones may be declared "
        "late."
    )
    lazy = ("2023-01-03", "2024-05-28")

    def draw(self, rng: Random, level: int) -> Draft:
        """Settlement after some business days; backwards; coupon dates by three conventions."""
        year = rng.randint(2012, 2027)
        closed = {day for y in (year - 1, year, year + 1) for day, _ in exchange_holidays(y)}
        around = rng.choice(exchange_holidays(year))[0]
        near_by = around + timedelta(days=rng.randint(-4, 4))
        if level <= 3:
            trade = _walk(near_by - timedelta(days=1), 1, closed)
            lag = rng.randint(1, 2) if level == 1 else rng.randint(2, 5)
            back = level == 3
            answer = _walk(trade, -lag if back else lag, closed)
            second = _by_numpy(trade, -lag if back else lag, closed)
            shown = _listed(closed, min(trade, answer), max(trade, answer))
            asked = (
                f"A payment is due on {_named(trade)}. Instructions must reach the bank {lag} "
                f"business days "
                "before that day. What is the last day for them?" if back else
                f"A trade on {_named(trade)} settles {lag} business day{'s' if lag > 1 else ''} "
                f"later. On "
                "which day does it settle?"
            )  # fmt: skip
            plain = trade + timedelta(days=-lag if back else lag)
            near = [plain, _walk(trade, -lag if back else lag, set())]
            prompt = (
                f"{shown} Saturdays, Sundays and these days are no business days.\n{asked} "
                f"Answer with an "
                "ISO date (YYYY-MM-DD)."
            )
            return draft(prompt, answer, Day(), second=second, near=near)
        months = rng.choice((3, 6))
        n = 3 if level == 4 else 5
        first = _month_end(near_by) if rng.random() < 0.6 else near_by
        nominal = [_later(first, months * i) for i in range(n)]
        rule = rng.choice(("following", "modified following", "preceding"))
        years = range(first.year, nominal[-1].year + 2)
        closed = {day for y in (first.year - 1, *years) for day, _ in exchange_holidays(y)}
        names = [f"coupon {i}" for i in range(1, n + 1)]
        paid = [_adjusted(day, rule, closed) for day in nominal]
        again = [_adjusted_by_numpy(day, rule, closed) for day in nominal]
        prompt = (
            f"{_listed(closed, nominal[0], nominal[-1], days=9, around=nominal)} Saturdays, "
            f"Sundays and these "
            f"days are no business days.\nA bond's coupons fall due every {months} months, "
            f"nominally on "
            f"{', '.join(_named(day) for day in nominal)}. The convention is "
            f"{_CONVENTIONS[rule]}. On which "
            f"days are they paid? Give a JSON object with the keys "
            f"{_quoted(names)} and ISO dates (YYYY-MM-DD)."
        )
        others = [one for one in _CONVENTIONS if one != rule]
        near = [
            dict(zip(names, (_adjusted(day, other, closed) for day in nominal), strict=True))
            for other in others
        ]
        form = Fields({name: Day() for name in names})
        return draft(
            prompt, dict(zip(names, paid, strict=True)), form,
            second=dict(zip(names, again, strict=True)),
            near=[*near, dict(zip(names, (day + timedelta(days=1) for day in paid), strict=True))],
        )  # fmt: skip


_CONVENTIONS = {
    "following": "following (a day that is no business day moves to the next one)",
    "preceding": "preceding (a day that is no business day moves to the one before)",
    "modified following": "modified following (a day that is no business day moves to the next "
    "one, "
    "unless that lies in another month: then to the one before)",
}


def _named(day: date) -> str:
    return f"{day:%A} {day.isoformat()}"


def _listed(
    closed: set[date], start: date, end: date, *, days: int = 12, around: list[date] | None = None
) -> str:
    def matters(day: date) -> bool:
        if around is None:
            return start - timedelta(days=days) <= day <= end + timedelta(days=days)
        return any(abs((day - one).days) <= days for one in around)

    shown = sorted(filter(matters, closed))
    return f"An exchange is closed on {', '.join(map(_named, shown)) or 'no weekday'}."


def _open(day: date, closed: set[date]) -> bool:
    return day.weekday() < 5 and day not in closed


def _walk(day: date, n: int, closed: set[date]) -> date:
    step = timedelta(days=1 if n > 0 else -1)
    for _ in range(abs(n)):
        day += step
        while not _open(day, closed):
            day += step
    return day


def _by_numpy(day: date, n: int, closed: set[date]) -> date:
    import numpy as np

    return np.busday_offset(day, n, roll="forward", holidays=sorted(closed)).astype(object)


def _adjusted(day: date, rule: str, closed: set[date]) -> date:
    if _open(day, closed):
        return day
    moved = _walk(day, -1 if rule == "preceding" else 1, closed)
    if rule == "modified following" and moved.month != day.month:
        return _walk(day, -1, closed)
    return moved


def _adjusted_by_numpy(day: date, rule: str, closed: set[date]) -> date:
    import numpy as np

    roll = rule.replace("modified following", "modifiedfollowing")
    return np.busday_offset(day, 0, roll=roll, holidays=sorted(closed)).astype(object)  # type: ignore[arg-type]


def _later(day: date, months: int) -> date:
    """The same day some months later, or the last of that month where it has no such day."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), _month_end(first))
