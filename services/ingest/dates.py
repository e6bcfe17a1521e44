"""Dates as news feeds and the data files of newsrooms write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.contracts.dates import MONTHS, assume_utc

WIRE_DATE = re.compile(r"(\d{1,2})[-\s]([A-Za-z]{3})[a-z]*[-\s](\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?")
"""Pattern for the date stamp of news agencies: 26-FEB-1987, 26 Feb 1987 15:01."""


def parse_date(text: str) -> datetime | None:
    """Parse a time in ISO 8601, in RFC 2822 (as RSS writes it) or like 26-FEB-1987.

    A time without an offset is read as UTC, a date without a time as the start of the day. Returns None for text in
    any other form and for a time that is outside the years 1 to 9999 in UTC. Raises nothing.
    """
    stripped = text.strip()
    for parse in (datetime.fromisoformat, _parse_wire_date, parsedate_to_datetime):
        try:
            parsed = assume_utc(parse(stripped))
            parsed.astimezone(UTC)
        # OverflowError: the offset moves the time out of the years 1 to 9999.
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        return parsed
    return None


def _parse_wire_date(text: str) -> datetime:
    match = WIRE_DATE.fullmatch(text)
    month = MONTHS.get(match[2].lower()) if match else None
    if match is None or month is None:
        raise ValueError(f"{text[:40]!r} is not a date of the form 26-FEB-1987")
    day, _, year, hour, minute, second = match.groups()
    return datetime(int(year), month, int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)
