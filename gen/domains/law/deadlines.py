"""Deadlines: days of service and filing, and limitation periods with tolling.

Service().generate(rng, 1)      served on Monday, July 1, 2024 ... within 3 days   2024-07-05
Limitation().generate(rng, 1)   accrued on March 4, 2020 ... within 3 years        2023-03-06
"""

from calendar import isleap, monthrange
from datetime import date, datetime, timedelta
from random import Random

from gen.domains.draws import until
from gen.domains.law.base import PEOPLE, LawFamily, long_date, short_date
from gen.domains.law.calendar import Court, federal_holidays
from gen.domains.worked import Day, Draft, Fields, Word, generated

RULE = (
    "Leave out the day of the event, count every day after it, weekends and holidays included; if "
    "the last day is a Saturday, a Sunday or a federal legal holiday of the United States, the "
    "period runs on to the next day that is none of these. "
)
HOLIDAYS = "generated; federal holidays of the package holidays (MIT)"
ISO = "Answer with the date as YYYY-MM-DD."


class Service(LawFamily):
    """The last day to act after service or before a hearing; a sum of days against walking."""

    name = "deadlines.service"
    card = generated(
        0.0,
        "the counting follows Rule 6 of the Federal Rules of Civil Procedure as remembered; it was "
        "held against the examples in its committee's notes of 2005 and 2009, and the holidays, "
        "which the prompt lists, against another table",
        "holidays of a State are left out",
        source=HOLIDAYS,
    )
    methods = "adding days and rolling over against walking from day to day"
    lazy = ("2024-01-02", "2025-01-31")

    def draw(self, rng: Random, level: int) -> Draft:
        """Forward; near holidays; mail; backward, in hours; closures and an extension."""
        if level == 4:
            return self.backward(rng) if rng.random() < 0.5 else self.hours(rng)
        court = Court()
        near_holiday = level >= 2

        def case() -> tuple[date, int]:
            day = date(rng.randint(2010, 2030), rng.randint(1, 12), rng.randint(1, 28))
            return day, rng.choice((3, 5, 7, 10, 14, 21, 28, 30, 45, 60))

        def hard(drawn: tuple[date, int]) -> bool:
            end = drawn[0] + timedelta(days=drawn[1])
            return not court.sits(end) or (not near_holiday and rng.random() < 0.3)

        event, days = until(case, hard)
        added, closed, extension = 0, frozenset(), 0
        rule, facts = RULE, ""
        if level == 3 or (level == 5 and rng.random() < 0.7):
            added = 3
            rule += (
                "Where service was by mail, 3 days are added after the period would otherwise end, "
                "and the same roll-over applies again. "
            )
        if level == 5:
            first = court.deadline(event, days, added=added)
            closed = frozenset(first + timedelta(days=n) for n in range(rng.randint(1, 4)))
            rule += "A day on which the clerk's office is inaccessible counts as a holiday here. "
            facts = (
                f" The clerk's office is inaccessible from {long_date(min(closed))} to "
                f"{long_date(max(closed))}."
                if len(closed) > 1
                else f" The clerk's office is inaccessible on {long_date(min(closed))}."
            )
            extension = rng.choice((0, 7, 10, 14))
        here = Court(closed)
        answer = here.deadline(event, days, added=added)
        again = here.walked(event, days, added=added)
        if extension:
            rule += "An extension is counted from the last day of the period that it extends. "
            facts += f" Before that day the court extends the period by {extension} days."
            answer, again = here.deadline(answer, extension), here.walked(again, extension)
        how = " by mail" if added else rng.choice((" by hand", " in person", ""))
        text = (
            f"{rule}{self.listed(event, answer)}The {rng.choice(PARTIES)} was served{how} on "
            f"{long_date(event)} and must {rng.choice(ACTS)} within {days} days after service."
            f"{facts} What is the last day? {ISO}"
        )
        near = [
            event + timedelta(days=days),
            court.rolled(event + timedelta(days=days - 1)),
            court.deadline(event, days),
            court.rolled(event + timedelta(days=days + added)),
            answer + timedelta(days=1),
        ]
        return Draft(text, answer, Day(), again, near)

    def backward(self, rng: Random) -> Draft:
        """Days before a hearing: a last day that is no court day moves further back."""
        court = Court()
        days = rng.choice((7, 14, 21, 28, 30))

        def hearing() -> date:
            return date(rng.randint(2010, 2030), rng.randint(1, 12), rng.randint(1, 28))

        event = until(
            hearing, lambda day: court.sits(day) and not court.sits(day - timedelta(days=days))
        )
        answer, again = court.deadline(event, -days), court.walked(event, -days)
        text = (
            "Leave out the day of the event and count every day before it, weekends and holidays "
            "included; if the last day so counted is a Saturday, a Sunday or a federal legal "
            "holiday of the United States, go on counting backward to a day that is none of these. "
            f"{self.listed(answer, event)}A motion must be filed at least {days} days before the "
            f"hearing, which is on {long_date(event)}. What is the last day for filing? {ISO}"
        )
        end = event - timedelta(days=days)
        return Draft(text, answer, Day(), again, [end, court.rolled(end), answer - timedelta(1)])

    def hours(self, rng: Random) -> Draft:
        """A period in hours: every hour counts, and the end rolls to the same hour."""
        court = Court()
        hours = rng.choice((24, 36, 48, 72, 96))

        def event() -> datetime:
            day = date(rng.randint(2010, 2030), rng.randint(1, 12), rng.randint(1, 28))
            return datetime(
                day.year, day.month, day.day, rng.randint(8, 17), rng.choice((0, 15, 30))
            )

        def plain(at: datetime) -> bool:
            end = at + timedelta(hours=hours)
            return not court.sits(end.date()) and not clocks_change(
                at.date(), court.rolled(end.date())
            )

        begun = until(event, plain)
        end = begun + timedelta(hours=hours)
        last = court.rolled(end.date())
        walked = begun
        for _ in range(hours):
            walked += timedelta(hours=1)
        while not court.sits(walked.date()):
            walked += timedelta(hours=24)
        clock = f"{begun:%H:%M}"
        times = tuple(sorted({f"{end:%H:%M}", clock, f"{(begun + timedelta(hours=12)):%H:%M}"}))
        form = Fields({"date": Day(), "time": Word(times)})
        text = (
            "A period in hours begins at once when the event occurs; every hour is counted, those "
            "of weekends and holidays included; if it would end on a Saturday, a Sunday or a "
            "federal legal holiday of the United States, it runs on to the same time of the next "
            f"day that is none of these. {self.listed(begun.date(), last)}An order entered on "
            f"{long_date(begun.date())} at {clock} gives the {rng.choice(PARTIES)} {hours} hours "
            'to respond. When does the period end? Answer with JSON: {"date": "YYYY-MM-DD", '
            '"time": "HH:MM"}, on the 24-hour clock.'
        )
        answer = {"date": last, "time": f"{end:%H:%M}"}
        again = {"date": walked.date(), "time": f"{walked:%H:%M}"}
        near = [
            {"date": end.date(), "time": answer["time"]},
            {"date": last + timedelta(days=1), "time": answer["time"]},
        ]
        return Draft(text, answer, form, again, near)

    def listed(self, start: date, end: date) -> str:
        """The holidays that may matter, in words."""
        found = sorted(
            day
            for year in range(start.year, end.year + 1)
            for day in federal_holidays(year)
            if start - timedelta(days=5) <= day <= end + timedelta(days=5)
        )
        if not found:
            return "No federal legal holiday falls near. "
        return f"Federal legal holidays near: {', '.join(map(short_date, found))}. "


def clocks_change(first: date, last: date) -> bool:
    """Whether daylight saving time may begin or end in these days: a Sunday early in two months."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return any(
        day.weekday() == 6
        and ((day.month == 3 and 8 <= day.day <= 14) or (day.month == 11 and day.day <= 7))
        for day in days
    )


PARTIES = ("defendant", "plaintiff", "respondent", "intervenor", "appellant")
ACTS = ("answer", "file a reply", "serve its response", "move to dismiss", "object", "appeal")


def years_after(day: date, years: int) -> date:
    """The anniversary; of February 29, in a common year, February 28."""
    year = day.year + years
    return date(year, day.month, min(day.day, monthrange(year, day.month)[1]))


def years_counted(day: date, years: int) -> date:
    """The same by counting the days of every year, 366 where it holds a February 29."""
    at = day
    for _ in range(years):
        leap_day = isleap(at.year) and (at.month, at.day) <= (2, 28)
        leap_day |= isleap(at.year + 1) and (at.month, at.day) > (2, 28)
        step = 366 if leap_day else 365
        if (at.month, at.day) == (2, 29):
            step = 365
        at += timedelta(days=step)
    restore = (day.month, day.day) == (2, 29) and isleap(at.year)
    return at + timedelta(days=1) if restore and at.day == 28 else at


class Limitation(LawFamily):
    """The last day to sue; anniversaries against counted days, intervals against single days."""

    name = "deadlines.limitation"
    card = generated(
        0.0,
        "no check from outside: an invented statute, stated whole in the prompt; States differ in "
        "every one of its rules",
    )
    methods = "anniversaries and sums of intervals against counting day by day"
    lazy = ("2020-01-02", "2023-06-30")

    def draw(self, rng: Random, level: int) -> Draft:
        """Anniversary; minority; absence; overlapping absences; repose and discovery."""
        accrued = date(rng.randint(1995, 2020), rng.randint(1, 12), rng.randint(1, 28))
        if rng.random() < 0.25:
            accrued = date(rng.choice((1996, 2004, 2008, 2012, 2016, 2020)), 2, 29)
        years = rng.randint(1, 6)
        who = rng.choice(PEOPLE)
        rule = (
            f"A claim must be filed within {years} year{'s' * (years > 1)} of the day on which it "
            "accrued: the last day is the anniversary of that day (February 28 in a common year, "
            "for a claim that accrued on February 29). "
        )
        facts = f"{who}'s claim accrued on {short_date(accrued)}. "
        start, near = accrued, [years_after(accrued, years)]
        if level in (2, 4) or (level == 5 and rng.random() < 0.5):
            adult = date(accrued.year + rng.randint(1, 6), rng.randint(1, 12), rng.randint(1, 28))
            born = adult.replace(year=adult.year - 18)
            rule += (
                "Against a claimant who is under 18 when the claim accrues the period runs from "
                "the 18th birthday, as if the claim had accrued on that day. "
            )
            facts += f"{who} was born on {short_date(born)}. "
            near += [
                years_after(adult, years) - timedelta(days=1),
                years_after(born, 18 + years + 1),
            ]
            start = adult
        if level == 5:
            found = start + timedelta(days=rng.randint(20, 900))
            rule += (
                "If the claim could not be discovered at first, the period runs from its discovery "
                "instead, where that is later. "
            )
            facts += f"It could not be discovered before {short_date(found)}. "
            near.append(years_after(start, years))
            start = found
        end, again = years_after(start, years), years_counted(start, years)
        if level >= 3:
            stays = self.absences(rng, start, end, 1 if level == 3 else rng.randint(2, 3))
            rule += (
                "Days on which the defendant is out of the State, first and last included, do not "
                "count: the last day moves on by as many days as there were within the period "
                "as it stands without them, each day once. "
            )
            shown = "; ".join(f"{short_date(a)} to {short_date(b)}" for a, b in stays)
            facts += f"The defendant was out of the State: {shown}. "
            merged = self.merged(stays, start, end)
            near += [end, end + timedelta(days=sum((b - a).days for a, b in stays))]
            near.append(end + timedelta(days=merged - 1))
            every = {a + timedelta(days=n) for a, b in stays for n in range((b - a).days + 1)}
            again += timedelta(days=sum(start < day <= end for day in every))
            end += timedelta(days=merged)
        if level == 5:
            repose = rng.randint(years + 1, years + 5)
            limit = years_after(accrued, repose)
            rule += f"In no case may a claim be filed more than {repose} years after it accrued. "
            near.append(end)
            end, again = min(end, limit), min(again, years_counted(accrued, repose))
        court = Court()
        rule += (
            "A last day that is a Saturday, a Sunday or a federal legal holiday of the United "
            "States moves on to the next day that is none of these. "
        )
        near.append(end)
        answer = court.rolled(end)
        week = ", ".join(
            long_date(day)
            for day in sorted(federal_holidays(end.year) | federal_holidays(end.year + 1))
            if end - timedelta(days=14) <= day <= end + timedelta(days=20)
        )
        facts += f"Federal legal holidays around the end of the period: {week or 'none'}. "
        walked = again
        while walked.weekday() > 4 or walked in federal_holidays(walked.year):
            walked += timedelta(days=1)
        text = f"{rule}{facts}What is the last day for filing? {ISO}"
        return Draft(text, answer, Day(), walked, near)

    def absences(self, rng: Random, start: date, end: date, n: int) -> list[tuple[date, date]]:
        """Stays abroad, some of which overlap or reach out of the period."""
        span = (end - start).days
        stays = []
        for _ in range(n):
            first = start + timedelta(days=rng.randint(-30, span - 20))
            stays.append((first, first + timedelta(days=rng.randint(20, 160))))
        if n > 1:
            first = stays[0][0] + timedelta(days=rng.randint(1, 15))
            stays[1] = (first, first + timedelta(days=rng.randint(10, 120)))
        return stays

    def merged(self, stays: list[tuple[date, date]], start: date, end: date) -> int:
        """Days of the union of the stays after `start` and up to `end`."""
        total, reached = 0, start
        for first, last in sorted(stays):
            low, high = max(first, reached + timedelta(days=1)), min(last, end)
            if high >= low:
                total += (high - low).days + 1
                reached = high
        return total
