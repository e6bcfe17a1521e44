"""Times as sites, feeds and newsrooms write them, in many languages. No function here reads the clock.

A library such as dateparser was tried: it reads the clock for what a text leaves out, decides 3/4/2024 by a guessed
language, and takes milliseconds a text. A wrong time is worse than none here, so a text is read or it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from services.contracts.times.month_names import find_month

_SPACE = r"[ \u00a0\u202f]"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th|er|re|ª|º|°)?\.?"
_MONTH = r"(?P<name>[^\s\d.,;:/|()–—-]{3,20})\.?"
_LINK = r"(?:(?:de|of|del|d['’])" + _SPACE + r"?)?"

DAYS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\d.]){_YEAR}[-/.]{_SPACE}?(?P<month>\d{{1,2}})[-/.]{_SPACE}?(?P<day>\d{{1,2}})(?!\d)",
        rf"(?<!\d){_YEAR}{_SPACE}?[年년]{_SPACE}?(?P<month>\d{{1,2}}){_SPACE}?[月월]{_SPACE}?(?P<day>\d{{1,2}})"
        rf"{_SPACE}?[日일号]",
        rf"(?<![\d.,:/]){_DAY}[ \u00a0\u202f-]{{1,2}}{_LINK}{_MONTH},?[ \u00a0\u202f-]{{1,2}}{_LINK}{_YEAR}",
        rf"(?<![^\s(|•·>,:/-]){_MONTH}{_SPACE}{{1,2}}{_DAY},?{_SPACE}{{1,2}}{_LINK}{_YEAR}",
        rf"(?<!\d){_YEAR}\.?{_SPACE}(?:m\.{_SPACE})?(?:gada{_SPACE})?{_MONTH}{_SPACE}{_DAY}",
        r"(?<![\d./-])(?P<first>\d{1,2})(?P<mark>[./-])[ \u00a0]?(?P<second>\d{1,2})(?P=mark)[ \u00a0]?"
        r"(?P<year>(?:19|20)\d\d|\d\d)(?![\d/-])",
    )
)
"""Forms of a day with its year: 2024-03-05, 2024年3月5日, 5 de marzo de 2024, March 5, 2024, 2024. március 5., 5.3.24.
"""

CLOCK = re.compile(
    r"(?<![\d:.,])(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"|(?=[ \u00a0\u202f]?[ap]\.?m\b))(?!\d)[ \u00a0\u202f]?(?P<half>[ap]\.?m\b\.?)?"
    r"(?:[ \u00a0\u202f]?(?:Uhr|hrs?|h)\b)?"
    r"(?:[ \u00a0\u202f]?\(?(?P<zone>(?:(?:UTC|GMT|UT)[ \u00a0]?)?[+\u2212-]\d{1,2}(?::?\d{2})?(?!\d)"
    r"|(?-i:Z\b|[A-Z]{2,5}\b(?!-))))?",
    re.IGNORECASE,
)
"""A time of day, with its zone if it has one: 10:00:00+0530, 5:14 PM ET, 14.07 Uhr, 15h25."""

EPOCH = re.compile(r"\d{10}|\d{13}")
COMPACT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)(?=T|$)")

ZONE_HOURS = {
    "utc": 0.0, "gmt": 0.0, "ut": 0.0, "z": 0.0, "wet": 0.0, "west": 1.0, "bst": 1.0, "cet": 1.0, "mez": 1.0,
    "wat": 1.0, "cest": 2.0, "mesz": 2.0, "eet": 2.0, "cat": 2.0, "sast": 2.0, "eest": 3.0, "msk": 3.0, "eat": 3.0,
    "trt": 3.0, "gst": 4.0, "pkt": 5.0, "ist": 5.5, "npt": 5.75, "ict": 7.0, "wib": 7.0, "sgt": 8.0, "hkt": 8.0,
    "pht": 8.0, "myt": 8.0, "awst": 8.0, "wita": 8.0, "jst": 9.0, "kst": 9.0, "wit": 9.0, "acst": 9.5, "acdt": 10.5,
    "aest": 10.0, "aedt": 11.0, "nzst": 12.0, "nzdt": 13.0, "nst": -3.5, "ndt": -2.5, "ast": -4.0, "adt": -3.0,
    "brt": -3.0, "art": -3.0, "clt": -4.0, "pet": -5.0, "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0,
    "mst": -7.0, "mdt": -6.0, "pst": -8.0, "pdt": -7.0, "akst": -9.0, "akdt": -8.0, "hst": -10.0,
}  # fmt: skip
"""Hours from UTC of the abbreviations that newsrooms print. Where an abbreviation has two meanings, it is the one of
English and European newsrooms: IST is India's, CST and AST are American, BST is British."""

AMERICAN_HOURS = {"et": -5.0, "ct": -6.0, "mt": -7.0, "pt": -8.0}
"""Hours from UTC in winter of the American zones whose names do not say whether daylight time counts."""

NO_ZONES = frozenset({"am", "pm", "uhr", "hrs", "hr", "h", "by", "on", "at", "in", "of", "the"})
"""Words after a time of day that are no zones."""

MAX_OFFSET = timedelta(hours=14)
CLOCK_REACH = 18
"""Maximum number of characters without a digit between a day and its time of day, such as ", Tue " or " at around "."""

MAX_TEXT = 400
FIRST_YEAR = 1800
PLACEHOLDERS = frozenset({(1970, 1, 1), (1969, 12, 31), (1899, 12, 30), (1899, 12, 31)})
"""Days that systems write for a missing time: the beginnings of the epochs of Unix and of spreadsheets."""

HALF_DAY, HOURS, MINUTES, MONTHS_A_YEAR, CENTURY_PIVOT = 12, 24, 60, 12, 70
DAYLIGHT_HOURS = 1.0


@dataclass(frozen=True, slots=True)
class WrittenTime:
    """A time that a text has."""

    value: datetime
    """The time; one without a zone is in UTC, and a day is its first moment in UTC."""
    precision: Literal["second", "minute", "day"]
    has_offset: bool
    """True if the text says the offset from UTC."""
    start: int
    end: int
    """The half-open place of the time in the text."""


def find_written_time(text: str, *, language: str | None = None) -> WrittenTime | None:
    """Return the first day with a year in a text, with its time of day if that is next to it; None without a day.

    A day such as 3/4/2024 is read only if `language`, a tag of BCP 47, says which number is the month, or if a time
    with AM or PM follows. A time of day whose zone is unknown is left out: it would be wrong by hours.
    """
    text = text[:MAX_TEXT]
    found = sorted(
        (match.start(), number, match, day)
        for number, pattern in enumerate(DAYS)
        for match in pattern.finditer(text)
        if (day := _read_day(match, text, language)) is not None
    )
    for _, _, match, day in found:
        if not is_placeholder(day):
            return _add_clock(text, match.start(), match.end(), day)
    return None


def parse_written_time(text: str, *, language: str | None = None) -> WrittenTime | None:
    """Return the time of a text that is a time and nothing else; seconds since 1970 count, too. None if it is none."""
    text = text.strip()
    if EPOCH.fullmatch(text):
        seconds = int(text) / (1 if len(text) == len("1709632800") else 1_000)
        value = datetime.fromtimestamp(int(seconds), UTC)
        return None if is_placeholder(value.date()) else WrittenTime(value, "second", True, 0, len(text))
    compact = COMPACT.match(text)
    if compact is not None:
        day = _build_day(int(compact["year"]), int(compact["month"]), int(compact["day"]))
        return _add_clock(text, 0, compact.end(), day) if day and not is_placeholder(day) else None
    return find_written_time(text, language=language)


def is_placeholder(day: date) -> bool:
    """Return whether a day is one that systems write for a missing time, or before there were newspapers."""
    return day.year < FIRST_YEAR or (day.year, day.month, day.day) in PLACEHOLDERS


def _read_day(match: re.Match[str], text: str, language: str | None) -> date | None:
    groups = match.groupdict()
    year = int(groups["year"])
    if "first" in groups:
        return _read_numbers(match, text, language)
    if groups.get("name") is not None:
        month = find_month(groups["name"], language)
        return _build_day(year, month, int(groups["day"])) if month else None
    return _build_day(year, int(groups["month"]), int(groups["day"]))


def _read_numbers(match: re.Match[str], text: str, language: str | None) -> date | None:
    """Return the day of 5.3.2024 or 3/5/2024; None if it is not clear which number is the month."""
    first, second, year = int(match["first"]), int(match["second"]), int(match["year"])
    is_short = len(match["year"]) < len("2024")
    if is_short and match["mark"] != ".":
        return None
    if is_short:
        year += 1900 if year >= CENTURY_PIVOT else 2000
    if first > MONTHS_A_YEAR or match["mark"] == ".":
        return _build_day(year, second, first)
    if second > MONTHS_A_YEAR or first == second:
        return _build_day(year, first, second)
    clock = CLOCK.search(text, match.end(), match.end() + 2 * CLOCK_REACH)
    is_american = (language or "").lower() in ("en-us", "en-ph") or (clock is not None and clock["half"] is not None)
    if is_american:
        return _build_day(year, first, second)
    is_known = language is not None and language.lower() != "en"
    return _build_day(year, second, first) if is_known else None


def _build_day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _add_clock(text: str, start: int, end: int, day: date) -> WrittenTime | None:
    """Return the time of a day, with the time of day after it or else before it."""
    clock = next(_find_clocks(text, end), None)
    if clock is None or re.search(r"\d", text[end : clock.start()]):
        before = [match for match in CLOCK.finditer(text, 0, start) if start - match.end() <= CLOCK_REACH]
        clock = before[-1] if before and not re.search(r"\d", text[before[-1].end() : start]) else None
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if clock is None:
        return WrittenTime(midnight, "day", False, start, end)
    hour, minute, second = int(clock["hour"]), int(clock["minute"] or 0), int(clock["second"] or 0)
    half = (clock["half"] or "").lower()
    if half:
        hour = hour % HALF_DAY + (HALF_DAY if half.startswith("p") else 0)
    if hour > HOURS or minute >= MINUTES or second > MINUTES or (hour == HOURS and minute + second > 0):
        return WrittenTime(midnight, "day", False, start, end)
    zone = (clock["zone"] or "").lower().rstrip(".")
    offset = _find_offset(zone, day) if zone and zone not in NO_ZONES else timedelta()
    if offset is None:
        return WrittenTime(midnight, "day", False, start, end)
    try:
        value = midnight + timedelta(hours=hour, minutes=minute, seconds=min(second, MINUTES - 1)) - offset
    except OverflowError:
        return None
    has_offset = bool(zone) and zone not in NO_ZONES
    place = min(start, clock.start()), max(end, clock.end())
    return WrittenTime(value, "second" if clock["second"] else "minute", has_offset, *place)


def _find_clocks(text: str, start: int) -> Iterator[re.Match[str]]:
    """Yield the times of day that begin within reach of a position; a T of ISO 8601 may be before them."""
    for match in CLOCK.finditer(text, start):
        if match.start() - start > CLOCK_REACH:
            return
        if match["minute"] is not None or match["half"] is not None:
            yield match


def _find_offset(zone: str, day: date) -> timedelta | None:
    """Return the difference from UTC of "+05:30", "gmt+7" or an abbreviation; None for an unknown one."""
    number = re.search(r"([+\u2212-])(\d{1,2}):?(\d{2})?$", zone)
    if number is None:
        hours = ZONE_HOURS.get(zone)
        if hours is None and zone in AMERICAN_HOURS:
            hours = AMERICAN_HOURS[zone] + (DAYLIGHT_HOURS if _is_american_summer(day) else 0.0)
        return None if hours is None else timedelta(hours=hours)
    offset = timedelta(hours=int(number[2]), minutes=int(number[3] or 0))
    if offset > MAX_OFFSET:
        return None
    return offset if number[1] == "+" else -offset


def _is_american_summer(day: date) -> bool:
    """Return whether daylight time counts: from the second Sunday of March to the first of November (law of 2005)."""
    march, november = date(day.year, 3, 8), date(day.year, 11, 1)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return start <= day < end
