"""Patterns for English month names, and the rule for times without an offset."""

from __future__ import annotations

from datetime import UTC, datetime

MONTH_ABBREVIATION = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
"""Pattern for the first three letters of a month's name."""

MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    r"|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
"""Pattern for a month's name or abbreviation, with or without a full stop."""


def assume_utc(value: datetime) -> datetime:
    """Return the time with its offset; a time without one is read as UTC."""
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
