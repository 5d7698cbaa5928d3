"""Dates and times as people write them in tables, and as spreadsheets count them."""

import datetime as dt
import re
from collections.abc import Iterable
from contextlib import suppress

from posters.programme.readers.values import YEARS

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIRST_DAY = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - as Excel counts days: without a zone
SERIALS = range(20_000, 110_000)
"""Days counted so lie between 1954 and 2201; smaller numbers are something else."""

LONGEST_DATE = len("2023-05-02")
LONGEST = 80
"""Characters of a date and time; what is longer is neither."""

_weekday = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?[.,]*\s+", re.IGNORECASE)
_year_first = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_dots = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_slashes = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")
_day_month = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:of\s)?([a-z]{3,9})\.?,?[\s-]+(\d{4})", re.IGNORECASE)
_month_day = re.compile(r"([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})", re.IGNORECASE)
_serial = re.compile(r"(\d{5,6})(\.\d+)?")
_day_part = re.compile(r"0?\.\d+")
_time = re.compile(
    r"(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?::(?P<second>\d{2})(?:\.\d+)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"\s*(?P<zone>z|utc|gmt|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE,
)
_date_and_time = re.compile(
    r"(?P<date>\S.*?)(?:\s+at\s+|,?\s+|(?<=\d)T)(?P<time>\d{1,2}(?:[:.h]\d{2}|\s*[ap]\.?m).*)", re.IGNORECASE
)
_until = re.compile(r"\s*[–—]\s*|\s+(?:to|until|till)\s+|\s*-\s*(?=\d)")


class NotAMoment(ValueError):
    """A text tells no date or time. `str()` says why: “is not a date”."""


def is_day_first(texts: Iterable[str]) -> bool | None:
    """Whether a column's 5/2/2023 is 5 February: by those that can only be read one way. None if there is none."""
    found = [match for text in texts if (match := _slashes.match(text))]
    is_day = any(int(match[1]) > 12 for match in found)
    is_month = any(int(match[2]) > 12 for match in found)
    return None if is_day == is_month else is_day


def day_of(text: str, *, day_first: bool | None = None) -> dt.date:
    """The date. Raises NotAMoment for what is none, or could be two."""
    text = _weekday.sub("", text, count=1) if _weekday.match(text) else text
    if match := _year_first.fullmatch(text):
        return _date(match[1], match[2], match[3])
    if match := _dots.fullmatch(text):
        return _date(match[3], match[2], match[1])
    if match := _slashes.fullmatch(text):
        if day_first is None and int(match[1]) <= 12 and int(match[2]) <= 12 and match[1] != match[2]:
            raise NotAMoment("may be day or month first")
        is_day = day_first if day_first is not None else int(match[1]) > 12
        return _date(match[3], match[2], match[1]) if is_day else _date(match[3], match[1], match[2])
    if match := _day_month.fullmatch(text):
        return _date(match[3], _month(match[2]), match[1])
    if match := _month_day.fullmatch(text):
        return _date(match[3], _month(match[1]), match[2])
    if (match := _serial.fullmatch(text)) and int(match[1]) in SERIALS:
        return (FIRST_DAY + dt.timedelta(days=int(match[1]))).date()
    raise NotAMoment("is not a date")


def time_of(text: str) -> dt.time:
    """The time of day, with its offset where it has one. Raises NotAMoment."""
    if _day_part.fullmatch(text):
        return _rounded(FIRST_DAY + dt.timedelta(days=float(text))).time()
    match = _time.fullmatch(text)
    if match is None or not (match["minute"] or match["half"]):
        raise NotAMoment("is not a time")
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            raise NotAMoment("is not a time")
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    try:
        return dt.time(hour, int(match["minute"] or 0), int(match["second"] or 0), tzinfo=_zone(match["zone"]))
    except ValueError as error:
        raise NotAMoment("is not a time") from error


def moment_of(text: str, *, day: dt.date | None = None, day_first: bool | None = None) -> dt.datetime:
    """A date and time, or a time on the `day`; without a zone where it has no offset. Raises NotAMoment."""
    if (serial := _serial.fullmatch(text)) and serial[2] and int(serial[1]) in SERIALS:
        return _rounded(FIRST_DAY + dt.timedelta(days=float(text)))
    if _year_first.match(text) and len(text) > LONGEST_DATE:
        with suppress(ValueError):
            moment = dt.datetime.fromisoformat(text)
            _date(str(moment.year), moment.month, str(moment.day))
            return moment
    if match := _date_and_time.fullmatch(text[:LONGEST]):
        return dt.datetime.combine(day_of(match["date"], day_first=day_first), time_of(match["time"]))
    if day is not None:
        return dt.datetime.combine(day, time_of(text))
    try:
        time_of(text)
    except NotAMoment:
        day_of(text, day_first=day_first)
        raise NotAMoment("has no time of day") from None
    raise NotAMoment("has no date")


def parts_of(text: str) -> tuple[str, str]:
    """“16:30–18:30” as its start and end; the end is empty where there is none. Raises NotAMoment."""
    parts = _until.split(text)
    if len(parts) > 2:
        raise NotAMoment("is not a time")
    start, end = (parts[0], parts[1]) if len(parts) == 2 else (text, "")
    if re.search(r"[ap]\.?m\b", end, re.IGNORECASE) and not re.search(r"[ap]\.?m\b", start, re.IGNORECASE):
        raise NotAMoment("says am or pm only once")
    return start.strip(), end.strip()


def _month(name: str) -> int:
    key = name[:3].lower()
    if key not in MONTHS:
        raise NotAMoment("is not a date")
    return MONTHS.index(key) + 1


def _date(year: str, month: str | int, day: str) -> dt.date:
    if int(year) not in YEARS:
        raise NotAMoment("lies outside all calendars here")
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError as error:
        raise NotAMoment("is not a date") from error


def _zone(text: str | None) -> dt.tzinfo | None:
    if not text:
        return None
    if text[0] not in "+-":
        return dt.UTC
    offset = dt.timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return dt.timezone(-offset if text[0] == "-" else offset)


def _rounded(moment: dt.datetime) -> dt.datetime:
    """To the second: days counted in fractions never hit one."""
    return (moment + dt.timedelta(milliseconds=500)).replace(microsecond=0)
