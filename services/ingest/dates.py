"""Dates as news feeds and the data files of newsrooms write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from services.contracts.times.dates import assume_utc
from services.contracts.times.written_times import EPOCH, is_placeholder, parse_written_time

YEAR_ZERO = re.compile(r"\s0\d{3}\s")
"""A year such as 0001, which the library reads as 2001."""


def parse_date(text: str, *, language: str | None = None) -> datetime | None:
    """Parse a time in ISO 8601, in RFC 2822 (as RSS writes it), or in words or numbers of any of many languages.

    A time without an offset is read as UTC, a date without a time as the start of the day. `language` is the tag (BCP
    47) of the source, which says what 3/4/2024 means. Returns None for text in any other form, for the beginnings of
    epochs that systems write for a missing time, and for a time that is outside the years 1 to 9999 in UTC. Raises
    nothing.
    """
    stripped = text.strip()
    for parse in (_parse_iso, lambda written: _parse_written(written, language), _parse_rfc):
        try:
            parsed = assume_utc(parse(stripped))
            utc = parsed.astimezone(UTC)
        # OverflowError: the offset moves the time out of the years 1 to 9999.
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
        return None if is_placeholder(utc.date()) else parsed
    return None


def _parse_iso(text: str) -> datetime:
    if EPOCH.fullmatch(text):
        raise ValueError("seconds since 1970 are not ISO 8601")
    return datetime.fromisoformat(text)


def _parse_written(text: str, language: str | None) -> datetime:
    written = parse_written_time(text, language=language)
    if written is None:
        raise ValueError(f"{text[:40]!r} is not a time")
    return written.value


def _parse_rfc(text: str) -> datetime:
    """Parse RFC 2822, whose years may have two digits; a name of a zone that the library reads as UTC is an error."""
    if YEAR_ZERO.search(text):
        raise ValueError(f"{text[:40]!r} has a year that systems write for a missing time")
    parsed = parsedate_to_datetime(text)
    if parsed.tzinfo is None and not text.endswith("-0000"):
        raise ValueError(f"{text[:40]!r} names no known zone")
    return parsed
