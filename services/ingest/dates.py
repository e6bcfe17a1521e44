"""Dates as newsrooms write them in data files."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""strptime's %b would follow the machine's locale."""

WIRE = re.compile(r"(\d{1,2})[-\s]([A-Za-z]{3})[a-z]*[-\s](\d{4})(?:\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\.\d+)?)?")
"""26-FEB-1987, 26 Feb 1987 15:01, as wires and agencies stamp their copy."""


def parse_date(text: str) -> datetime | None:
    """A time in ISO 8601, in RFC 2822 (as feeds have it) or like 26-FEB-1987; None where it is none of these.

    Without an offset it is taken as UTC, without a time as the start of the day.
    """
    stripped = text.strip()
    for parse in (datetime.fromisoformat, _parse_wire, parsedate_to_datetime):
        try:
            parsed = parse(stripped)
            aware = parsed if parsed.tzinfo is not None else parsed.replace(tzinfo=UTC)
            aware.astimezone(UTC)
        # OverflowError: an offset that leads out of the years 1 to 9999.
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        return aware
    return None


def _parse_wire(text: str) -> datetime:
    match = WIRE.fullmatch(text)
    if match is None:
        raise ValueError("not a wire's date")
    day, month, year, hour, minute, second = match.groups()
    number = MONTHS.index(month.lower()) + 1
    return datetime(int(year), number, int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC)
