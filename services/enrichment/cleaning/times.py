"""Times as news copy writes them, resolved against a given reference time; no function here reads the clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from services.contracts.event import Basis, Precision, ResolvedTime
from services.contracts.times.dates import MONTH, assume_utc
from services.contracts.times.month_names import MONTH_NAMES
from services.contracts.times.written_times import ZONE_HOURS, find_written_time

MONTH_DAY = (
    rf"(?:(?P<month>{MONTH})[ \u00a0](?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?[ \u00a0](?P<year>\d{{4}}))?"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?[ \u00a0](?P<month2>{MONTH})(?:,?[ \u00a0](?P<year2>\d{{4}}))?"
    r"|(?P<year3>\d{4})-(?P<month3>\d{2})-(?P<day3>\d{2}))"
)
"""A day as English copy or ISO 8601 writes it. A day in digits alone, such as 4/7/2024, is ambiguous and not read."""

DATE = re.compile(rf"\b{MONTH_DAY}\b", re.IGNORECASE)

CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))(?::\d{2})?[ \u00a0]?(?P<half>[ap]\.?m\.?)?,?[ \u00a0]?"
    r"\(?(?P<zone>UTC|GMT|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT|ET|BST|CET|CEST|IST|[+-]\d{2}:?\d{2})\b",
    re.IGNORECASE,
)
"""A time of day with its zone. A time without a zone could be half a day wrong, so that only the day is read then."""

MAX_OFFSET_HOURS = 14
"""Maximum number of hours from UTC; Kiribati has this many."""

HOURS_A_HALF_DAY = 12
MINUTES_AN_HOUR = 60
MONTHS_A_YEAR = 12

RELATIVE = re.compile(
    r"\b(?P<count>an?|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,4})\+?[ \u00a0]?"
    r"(?P<unit>seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mos?|years?|yrs?|y)"
    r"[ \u00a0]ago\b|\b(?P<word>yesterday|just now)\b",
    re.IGNORECASE,
)

UPDATED = re.compile(r"(?:last )?(?:updated|modified)\b", re.IGNORECASE)
"""The beginning of a text that gives the time of a change."""

NUMBERS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten".split(), start=1)
} | {"a": 1, "an": 1}  # fmt: skip

SLACK = timedelta(days=1)
"""Maximum time by which a day may be after the reference: a newsroom can be across the international date line from the
server."""

PLACEHOLDER_YEAR = 1
"""The year that .NET and other systems write for a missing time."""

LEAP_SEARCH_YEARS = 9
"""Numbers of years to go back in the search for a day without a year. 29 February recurs after 4 years, or after 8
around a century year that is no leap year."""

ISO_DATE_LENGTH = len("2024-07-04")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time and its precision."""

    value: datetime
    precision: Precision

    def to_resolved_time(self, basis: Basis) -> ResolvedTime:
        """Return the time in the event's form: in UTC, with the basis that it is known from."""
        return ResolvedTime(value=self.value.astimezone(UTC), precision=self.precision, basis=basis)


def resolve_day(year: int | None, month: int, day: int, reference: datetime | None) -> date | None:
    """Return the date; without a year, the latest such day up to the reference and `SLACK`.

    Returns None if the calendar has no such day, and if there is neither a year nor a reference.
    """
    if year is not None:
        return _build_date(year, month, day)
    return _find_latest(month, day, reference) if reference is not None else None


def find_moment(text: str, reference: datetime | None) -> Moment | None:
    """Return the first day in a text, with the time of day if that has its zone; None if there is no day.

    Days with a year are read in many languages, days without one in English.
    """
    match = DATE.search(text)
    day = _parse_day(match, reference) if match else None
    written = find_written_time(text)
    if written is not None and (match is None or day is None or written.start <= match.start()):
        if written.has_offset and written.precision != "day":
            return Moment(written.value, "minute")
        return Moment(written.value.replace(hour=0, minute=0, second=0), "day")
    if match is None or day is None:
        return None
    clock = CLOCK.search(text, match.end())
    moment = _add_clock(day, clock) if clock else None
    return moment or Moment(datetime(day.year, day.month, day.day, tzinfo=UTC), "day")


def find_relative(text: str, reference: datetime | None) -> Moment | None:
    """Return the time of the first "2 days ago" in a text, counted back from the reference; None if there is none.

    The precision is never finer than the unit: seconds and minutes give a minute, hours and days give a day, weeks and
    months give a month, years give a year.
    """
    match = RELATIVE.search(text)
    if match is None or reference is None:
        return None
    word = (match["word"] or "").lower()
    if word == "just now":
        return Moment(reference.replace(second=0, microsecond=0), "minute")
    if word:
        return _subtract(reference, 1, "d")
    count = match["count"].lower()
    return _subtract(reference, NUMBERS.get(count) or int(count), _shorten_unit(match["unit"].lower()))


def parse_iso(text: str) -> Moment | None:
    """Return the moment of an ISO 8601 time, or None if the text is no such time or a placeholder.

    A time without an offset is read as UTC. A date without a time of day has the precision of a day.
    """
    stripped = text.strip()
    try:
        value = datetime.fromisoformat(stripped)
    except ValueError:
        return None
    utc = to_utc(assume_utc(value))
    if utc is None or utc.year == PLACEHOLDER_YEAR:
        return None
    return Moment(utc, "second" if len(stripped) > ISO_DATE_LENGTH else "day")


def to_utc(value: datetime) -> datetime | None:
    """Return the time in UTC, or None if it falls outside the calendar there."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def _shorten_unit(word: str) -> str:
    """Return "s", "m", "h", "d", "w", "mo" or "y" for a unit of time."""
    return "mo" if word.startswith("mo") else word[0]


def _subtract(reference: datetime, count: int, unit: str) -> Moment | None:
    """Return the moment `count` units before the reference, at the start of its minute, day, month or year."""
    try:
        if unit in "sm":
            value = reference - timedelta(**{"seconds" if unit == "s" else "minutes": count})
            return Moment(value.replace(second=0, microsecond=0), "minute")
        if unit in ("h", "d", "w"):
            value = reference - timedelta(**{{"h": "hours", "d": "days", "w": "weeks"}[unit]: count})
            midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
            return Moment(midnight.replace(day=1), "month") if unit == "w" else Moment(midnight, "day")
        months = reference.year * MONTHS_A_YEAR + reference.month - 1 - count * (MONTHS_A_YEAR if unit == "y" else 1)
        first = datetime(months // MONTHS_A_YEAR, 1 if unit == "y" else months % MONTHS_A_YEAR + 1, 1, tzinfo=UTC)
        return Moment(first, "year" if unit == "y" else "month")
    except (ValueError, OverflowError):
        return None


def _parse_day(match: re.Match[str], reference: datetime | None) -> date | None:
    """Return the day of a match of `MONTH_DAY`, as `resolve_day` does."""
    groups = match.groupdict()
    year = groups["year"] or groups["year2"] or groups["year3"]
    month = _month_number(groups["month"] or groups["month2"] or groups["month3"])
    day = int(groups["day"] or groups["day2"] or groups["day3"])
    return resolve_day(int(year) if year else None, month, day, reference)


def _month_number(text: str) -> int:
    return int(text) if text.isdigit() else MONTH_NAMES[text.rstrip(".").lower()]


def _build_date(year: int, month: int, day: int) -> date | None:
    """Return the date; None if the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _find_latest(month: int, day: int, reference: datetime) -> date | None:
    """Return the latest such day up to the reference and `SLACK`; None if the calendar has none."""
    latest = min(reference.date(), date.max - SLACK) + SLACK
    for year in range(latest.year, latest.year - LEAP_SEARCH_YEARS, -1):
        found = _build_date(year, month, day)
        if found is not None and found <= latest:
            return found
    return None


def _add_clock(day: date, clock: re.Match[str]) -> Moment | None:
    """Return the moment of a day and a match of `CLOCK`, or None if its zone or its time of day is unknown."""
    hour, minute, half = int(clock["hour"]), int(clock["minute"]), (clock["half"] or "").lower()
    if half:
        hour = hour % HOURS_A_HALF_DAY + (HOURS_A_HALF_DAY if half.startswith("p") else 0)
    offset = _read_offset(clock["zone"].lower())
    if offset is None:
        return None
    try:
        value = datetime(day.year, day.month, day.day, hour, minute, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(value, "minute")


def _read_offset(zone: str) -> timedelta | None:
    """Return the difference from UTC of "+02:00" or of an abbreviation in small letters; None for an unknown one."""
    if zone[0] in "+-":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > MAX_OFFSET_HOURS or minutes >= MINUTES_AN_HOUR:
            return None
        return (1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)
    return timedelta(hours=ZONE_HOURS[zone]) if zone in ZONE_HOURS else None
