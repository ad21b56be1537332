"""Days on which a court sits, and two ways of counting to a deadline.

    court = Court(closed=frozenset())
    court.deadline(date(2024, 7, 1), 3)      July 5: the third day is Thursday, July 4, a holiday
    court.walked(date(2024, 7, 1), 3)        the same, day by day

The rule is that of Rule 6 of the Federal Rules of Civil Procedure: the day of the event is left
out, every day is counted, and a last day that is no court day moves on in the same direction.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

WEEKEND = (5, 6)


@cache
def federal_holidays(year: int) -> dict[date, str]:
    """The legal holidays of the United States in a year, and the days on which they are kept."""
    from holidays import country_holidays

    return dict(country_holidays("US", years=year).items())


@dataclass(frozen=True, slots=True)
class Court:
    """A federal court; `closed` are days of its own on which it cannot be reached."""

    closed: frozenset[date] = frozenset()

    def sits(self, day: date) -> bool:
        """Whether a deadline may end on the day."""
        holiday = day in federal_holidays(day.year)
        return day.weekday() not in WEEKEND and not holiday and day not in self.closed

    def rolled(self, day: date, step: int = 1) -> date:
        """The day, or the next court day in the direction of `step`."""
        while not self.sits(day):
            day += timedelta(days=step)
        return day

    def deadline(self, event: date, days: int, *, added: int = 0) -> date:
        """The last day of a period; negative days count backwards.

        `added` days follow after the period would otherwise end.
        """
        step = 1 if days > 0 else -1
        end = self.rolled(event + timedelta(days=days), step)
        return self.rolled(end + timedelta(days=added), step) if added else end

    def walked(self, event: date, days: int, *, added: int = 0) -> date:
        """The same, by walking from day to day on ordinals."""
        step = 1 if days > 0 else -1
        at, stages = event.toordinal(), [abs(days)] + ([added] if added else [])
        for left in stages:
            while left > 0 or not self.sits(date.fromordinal(at)):
                at += step
                left -= 1
        return date.fromordinal(at)
