"""Dates and times of day.

moment("October 30")      ->  Moment(month=10, day=30)
moment("8:34 p.m.")       ->  Moment(second=74040)
moment("1776-07-04")      ->  Moment(year=1776, month=7, day=4)
same_moment(moment("3:45 PM"), moment("15:45"))  ->  True
"""

import re
from fractions import Fraction
from functools import lru_cache

from verifiers.math.syntax import Moment
from verifiers.math.words import spoken_number

MONTHS = {
    name[:length]: number
    for number, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
    for length in (3, len(name))
} | {"sept": 9}
WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
MONTH = rf"(?P<month>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
DAY = r"(?:the )?(?P<day>\d{1,2})(?:st|nd|rd|th)?"
YEAR = r"(?P<year>\d{4})"
CLOCK = (
    r"(?P<hour>\d{1,2})(?:\s?[:h]\s?(?P<minute>\d{2})(?:\s?:\s?(?P<second>\d{2}))?)?"
    r"\s?(?P<half>[ap]\.?\s?m\.?|noon|midnight|o'?clock|in the (?:morning|afternoon"
    r"|evening))?(?:\s?(?:hours|hrs))?"
)
DATES = tuple(
    re.compile(WEEKDAY + form, re.IGNORECASE)
    for form in (
        rf"{MONTH}\s+{DAY}(?:,?\s+{YEAR})?",
        rf"{DAY}\s+(?:of\s+)?{MONTH}(?:,?\s+{YEAR})?",
        rf"{MONTH},?\s+{YEAR}",
        rf"{YEAR}\s?[-/.]\s?(?P<month>\d{{1,2}})\s?[-/.]\s?(?P<day>\d{{1,2}})",
    )
)
SLASHED = re.compile(r"(\d{1,2})\s?/\s?(\d{1,2})\s?/\s?(\d{4})")
TIME = re.compile(CLOCK, re.IGNORECASE)
SPOKEN = re.compile(
    r"(?:(?P<part>half|quarter|\w+ minutes?) (?P<side>past|after|to|before)"
    r" )(?P<hour>\w+)(?P<half> .*)?",
    re.IGNORECASE,
)
NAMED = {"noon": 43_200, "midnight": 0, "12 noon": 43_200, "12 midnight": 0, "midday": 43_200}


@lru_cache(maxsize=4096)
def moment(text: str) -> Moment | None:
    """The date or the time of day that plain text states; None where it is neither."""
    text = re.sub(r"\s+", " ", text).strip(" .,")
    text = re.sub(r"^(?:at|on)\s+", "", text, flags=re.IGNORECASE)
    if text.casefold() in NAMED:
        return Moment(second=NAMED[text.casefold()])
    if match := SPOKEN.fullmatch(text):
        return _spoken(match)
    for form in DATES:
        if match := form.fullmatch(text):
            return _date(**match.groupdict())
    if match := SLASHED.fullmatch(text):
        first, second, year = map(int, match.groups())
        if second > 12 >= first:
            return Moment(year=year, month=first, day=second)
        if first > 12 >= second:
            return Moment(year=year, month=second, day=first)
        return Moment(year=year, month=first, day=second) if first <= 12 else None  # as in the US
    if match := TIME.fullmatch(text):
        return _time(match)
    for form in DATES[:2]:
        if (found := form.match(text)) and (
            rest := text[found.end() :].strip(" ,").removeprefix("at ")
        ):
            date, time = _date(**found.groupdict()), moment(rest)
            if date and time and time.second is not None and time.month is None:
                return Moment(date.year, date.month, date.day, time.second, time.half)
    return None


def _spoken(match: re.Match[str]) -> Moment | None:
    """`half past three in the afternoon`."""
    part, hour = match["part"].casefold(), spoken_number(match["hour"])
    minutes = {"half": Fraction(30), "quarter": Fraction(15)}.get(part) or spoken_number(
        part.split()[0]
    )
    if hour is None or minutes is None or not 1 <= hour <= 12:
        return None
    past = match["side"].casefold() in ("past", "after")
    clock = hour * 60 + minutes if past else hour * 60 - minutes
    return moment(f"{int(clock // 60) or 12}:{int(clock % 60):02d}{match['half'] or ''}")


def same_moment(gold: Moment, answer: Moment) -> bool:
    """Whether the answer states what the ground truth states; a year more does no harm."""
    for name in ("month", "day"):
        if getattr(gold, name) != getattr(answer, name):
            return False
    if gold.year is not None and answer.year is not None and gold.year != answer.year:
        return False
    if gold.year is not None and answer.year is None:
        return False
    if (gold.second is None) != (answer.second is None):
        return False
    if gold.second is None or answer.second is None:
        return True
    if gold.half and gold.second >= 43_200:
        return answer.second == gold.second  # 12:00 is noon
    if gold.half and not answer.half:  # `2:30` is either half of the day
        return gold.second % 43_200 == answer.second % 43_200
    return gold.second == answer.second


def _date(month: str, day: str | None = None, year: str | None = None) -> Moment | None:
    number = int(month) if month.isdigit() else MONTHS[month.casefold()]
    days = int(day) if day else None
    if not 1 <= number <= 12 or (days is not None and not 1 <= days <= 31):
        return None
    return Moment(year=int(year) if year else None, month=number, day=days)


def _time(match: re.Match[str]) -> Moment | None:
    half = re.sub(r"[^a-z]", "", (match["half"] or "").casefold())
    if match["minute"] is None and not half:
        return None
    hour, minute, second = (int(match[name] or 0) for name in ("hour", "minute", "second"))
    if hour > 24 or minute > 59 or second > 59:
        return None
    afternoon = half in ("pm", "noon", "intheafternoon", "intheevening")
    if afternoon or half in ("am", "midnight", "inthemorning"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * afternoon
        return Moment(second=hour * 3600 + minute * 60 + second)
    told = hour > 12 or hour == 0 or (len(match["hour"]) == 2 and match["hour"][0] == "0")
    return Moment(second=hour % 24 * 3600 + minute * 60 + second, half=not told)
