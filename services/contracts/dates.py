"""English month names, for ingest and for the cleaning, and the rule for times without an offset."""

from __future__ import annotations

from datetime import UTC, datetime

MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul",
            "august aug", "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
"""Number of the month, 1 to 12, for each name and abbreviation in lower case.

strptime's %b and calendar.month_abbr follow the locale of the machine.
"""

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
