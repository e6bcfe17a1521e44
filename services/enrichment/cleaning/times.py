"""Times as copy writes them, resolved against a reference time. No clock: the reference is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from services.contracts.dates import MONTH, MONTHS, assume_utc
from services.contracts.event import Basis, Precision, ResolvedTime

MONTH_DAY = (
    rf"(?:(?P<month>{MONTH})[ \u00a0](?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,?[ \u00a0](?P<year>\d{{4}}))?"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?[ \u00a0](?P<month2>{MONTH})(?:,?[ \u00a0](?P<year2>\d{{4}}))?"
    r"|(?P<year3>\d{4})-(?P<month3>\d{2})-(?P<day3>\d{2}))"
)
"""A day as English copy or ISO 8601 writes it. Days in digits alone, such as 4/7/2024, mean two things: left alone."""

DATE = re.compile(rf"\b{MONTH_DAY}\b", re.IGNORECASE)

CLOCK = re.compile(
    r"\b(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))(?::\d{2})?[ \u00a0]?(?P<half>[ap]\.?m\.?)?,?[ \u00a0]?"
    r"\(?(?P<zone>UTC|GMT|Z|EST|EDT|CST|CDT|MST|MDT|PST|PDT|ET|BST|CET|CEST|IST|[+-]\d{2}:?\d{2})\b",
    re.IGNORECASE,
)
"""A time of day with its zone; without one it could be half a day off, and only the day is taken."""

ZONES = {
    "utc": 0.0, "gmt": 0.0, "z": 0.0, "est": -5.0, "edt": -4.0, "cst": -6.0, "cdt": -5.0, "mst": -7.0, "mdt": -6.0,
    "pst": -8.0, "pdt": -7.0, "bst": 1.0, "cet": 1.0, "cest": 2.0, "ist": 5.5,
}  # fmt: skip
"""Hours from UTC of the abbreviations that newsrooms print (RFC 2822 section 4.3 and Europe's). "ET" is either
of two and names none."""

RELATIVE = re.compile(
    r"\b(?P<count>an?|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,4})\+?[ \u00a0]?"
    r"(?P<unit>seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mos?|years?|yrs?|y)"
    r"[ \u00a0]ago\b|\b(?P<word>yesterday|just now)\b",
    re.IGNORECASE,
)

UPDATED = re.compile(r"(?:last )?(?:updated|modified)\b", re.IGNORECASE)
"""How a text that tells a change begins."""

NUMBERS = {
    word: number
    for number, word in enumerate("one two three four five six seven eight nine ten".split(), start=1)
} | {"a": 1, "an": 1}  # fmt: skip

SLACK = timedelta(days=1)
"""A dateline may be a day ahead of the reference: the date line lies between newsroom and server."""

PLACEHOLDER_YEAR = 1
"""The year that .NET and others write for no time at all."""

LEAP_SEARCH_YEARS = 9
"""29 February comes back after 4 years, or 8 around a century that has none."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time and how exactly it is known."""

    value: datetime
    precision: Precision

    def resolve(self, basis: Basis) -> ResolvedTime:
        """As the event carries it: UTC, with what it is known from."""
        return ResolvedTime(value=self.value.astimezone(UTC), precision=self.precision, basis=basis)


def parse_day(match: re.Match[str], reference: datetime | None) -> date | None:
    """The day that a match of `MONTH_DAY` names; without a year the nearest one not after the reference."""
    groups = match.groupdict()
    year = groups["year"] or groups["year2"] or groups["year3"]
    month = _month_number(groups["month"] or groups["month2"] or groups["month3"])
    day = int(groups["day"] or groups["day2"] or groups["day3"])
    if year:
        return _build_date(int(year), month, day)
    if reference is None:
        return None
    return _find_nearest(month, day, reference)


def find_moment(text: str, reference: datetime | None) -> Moment | None:
    """The first day in a text, with the time of day where one stands with its zone."""
    match = DATE.search(text)
    day = parse_day(match, reference) if match else None
    if match is None or day is None:
        return None
    clock = CLOCK.search(text, match.end())
    moment = _at_clock(day, clock) if clock else None
    return moment or Moment(datetime(day.year, day.month, day.day, tzinfo=UTC), "day")


def find_relative(text: str, reference: datetime | None) -> Moment | None:
    """The first "2 days ago", counted back from the reference.

    As exact as its unit, or as the finest precision that does not claim more: hours and days give a day, weeks and
    months a month.
    """
    match = RELATIVE.search(text)
    if match is None or reference is None:
        return None
    word = (match["word"] or "").lower()
    if word == "just now":
        return Moment(reference.replace(second=0, microsecond=0), "minute")
    if word:
        return _go_back(reference, 1, "d")
    count = match["count"].lower()
    return _go_back(reference, NUMBERS.get(count) or int(count), _unit(match["unit"].lower()))


def parse_iso(text: str) -> Moment | None:
    """An ISO 8601 time as metadata has it; without an offset, as UTC. A date alone gives a day."""
    stripped = text.strip()
    try:
        value = datetime.fromisoformat(stripped)
    except ValueError:
        return None
    utc = to_utc(assume_utc(value))
    if utc is None or utc.year == PLACEHOLDER_YEAR:
        return None
    return Moment(utc, "second" if len(stripped) > 10 else "day")


def to_utc(value: datetime) -> datetime | None:
    """The time in UTC; None where the calendar ends before that."""
    try:
        return value.astimezone(UTC)
    except OverflowError:
        return None


def _unit(word: str) -> str:
    return "mo" if word.startswith("mo") else word[0]


def _go_back(reference: datetime, count: int, unit: str) -> Moment | None:
    try:
        if unit in "sm":
            value = reference - timedelta(**{"seconds" if unit == "s" else "minutes": count})
            return Moment(value.replace(second=0, microsecond=0), "minute")
        if unit in ("h", "d", "w"):
            value = reference - timedelta(**{{"h": "hours", "d": "days", "w": "weeks"}[unit]: count})
            midnight = value.replace(hour=0, minute=0, second=0, microsecond=0)
            return Moment(midnight.replace(day=1), "month") if unit == "w" else Moment(midnight, "day")
        months = reference.year * 12 + reference.month - 1 - count * (12 if unit == "y" else 1)
        first = datetime(months // 12, 1 if unit == "y" else months % 12 + 1, 1, tzinfo=UTC)
        return Moment(first, "year" if unit == "y" else "month")
    except (ValueError, OverflowError):
        return None


def _month_number(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS[text.rstrip(".").lower()]


def _build_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _find_nearest(month: int, day: int, reference: datetime) -> date | None:
    latest = min(reference.date(), date.max - SLACK) + SLACK
    for year in range(latest.year, latest.year - LEAP_SEARCH_YEARS, -1):
        found = _build_date(year, month, day)
        if found is not None and found <= latest:
            return found
    return None


def _at_clock(day: date, clock: re.Match[str]) -> Moment | None:
    hour, minute, half = int(clock["hour"]), int(clock["minute"]), (clock["half"] or "").lower()
    if half:
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    offset = _zone_offset(clock["zone"].lower())
    if offset is None or hour > 23 or minute > 59:
        return None
    try:
        value = datetime(day.year, day.month, day.day, hour, minute, tzinfo=timezone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return Moment(value, "minute")


def _zone_offset(zone: str) -> timedelta | None:
    if zone[0] in "+-":
        hours, minutes = int(zone[1:3]), int(zone[-2:])
        if hours > 14 or minutes > 59:
            return None
        return (1 if zone[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes)
    return timedelta(hours=ZONES[zone]) if zone in ZONES else None
