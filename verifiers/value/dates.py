"""The day that a text states.

days("Friday, March 1, 2024")    ->  {date(2024, 3, 1)}
days("1st of March 2024")        ->  {date(2024, 3, 1)}
days("03/01/2024")               ->  raises Unclear: the first of March, or the third of January
"""

import re
from datetime import date

from verifiers.math.moments import MONTHS

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAY = r"(?:(?P<weekday>mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s{0,3}(?:the\s)?)?"
_MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})(?!\d)"
_FORMS = tuple(
    re.compile(rf"(?<![\d/.-]){_WEEKDAY}{form}", re.IGNORECASE)
    for form in (
        rf"{_YEAR}(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}})(?!\d)",
        rf"\b{_MONTH}\s{{0,3}}{_DAY},?\s{{0,3}}{_YEAR}",
        rf"(?<!\d){_DAY}\s{{0,3}}(?:of\s)?{_MONTH},?\s{{0,3}}{_YEAR}",
    )
)
_NUMERIC = re.compile(r"(?<![\d/.-])(\d{1,2})\s?([-/.])\s?(\d{1,2})\s?\2\s?(\d{4})(?!\d)")


class Unclear(ValueError):
    """No one day is stated; the message is a reason code."""


def days(text: str) -> set[date]:
    """The days that stand in a text; raises Unclear for one that can be read two ways, or is none.

    Time linear in the text.
    """
    found = set()
    for form in _FORMS:
        for match in form.finditer(text):
            month = match["month"].casefold()
            number = int(month) if month.isdigit() else MONTHS[month]
            day = _day(int(match["year"]), number, int(match["day"]))
            weekday = match["weekday"]
            if weekday and _WEEKDAYS[day.weekday()] != weekday.casefold():
                raise Unclear(f"contradiction: {day} is no {match['weekday']}")
            found.add(day)
    for match in _NUMERIC.finditer(text):
        first, second, year = int(match[1]), int(match[3]), int(match[4])
        if first <= 12 and second <= 12 and first != second:
            raise Unclear(f"ambiguous_date: {match[0][:20]}")
        month, day = (first, second) if first <= 12 else (second, first)
        found.add(_day(year, month, day))
    return found


def _day(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise Unclear(f"no_such_day: {year:04}-{month:02}-{day:02}") from None
