"""The choice among the times that a page gives for its article."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from services.contracts.event import Basis, ResolvedTime
from services.contracts.times.written_times import WrittenTime, find_written_time, is_placeholder, parse_written_time
from services.enrichment.cleaning.times import SLACK, parse_iso

MAX_TIME_CHARACTERS = 80
"""Maximum number of characters of a value that is a time."""

SAME_MOMENT = timedelta(hours=14)
"""Maximum difference of a time without an offset from the same time with its offset."""

SAME_DAY = timedelta(hours=38)
"""Maximum difference of a day from a time on it: the offset may move the time to the day before or after."""

ADDRESS_DAY = re.compile(r"/((?:19|20)\d\d)[/-](0[1-9]|1[0-2])[/-](0[1-9]|[12]\d|3[01])(?=[/_-]|$)")
"""A day in the path of a URL, such as /2024/03/05/."""


@dataclass(frozen=True, slots=True)
class PageTime:
    """A time of a page, and where it was found."""

    time: WrittenTime
    basis: Basis

    @property
    def value(self) -> datetime:
        """The time in UTC."""
        return self.time.value

    def resolve(self) -> ResolvedTime:
        """Return the time in the event's form.

        Of a time that the page shows without its zone only the day counts: the time may be half a day wrong.
        """
        if self.basis == "text" and not self.time.has_offset and self.time.precision != "day":
            midnight = self.value.replace(hour=0, minute=0, second=0, microsecond=0)
            return ResolvedTime(value=midnight, precision="day", basis=self.basis)
        return ResolvedTime(value=self.value, precision=self.time.precision, basis=self.basis)


def read_time(text: str, language: str | None) -> WrittenTime | None:
    """Read a value that is a time, in ISO 8601 or in any form that is known; None for any other value."""
    stripped = text.strip()
    if not stripped or len(stripped) > MAX_TIME_CHARACTERS:
        return None
    moment = None if stripped.isdigit() else parse_iso(stripped)
    if moment is None:
        return parse_written_time(stripped, language=language)
    if is_placeholder(moment.value.date()):
        return None
    precision: Literal["day", "second"] = "day" if moment.precision == "day" else "second"
    return WrittenTime(moment.value, precision, _has_offset(stripped), 0, len(stripped))


def choose_time(candidates: Sequence[PageTime], reference: datetime | None) -> PageTime | None:
    """Return the time to trust; the candidates are in the order of trust.

    It is the first that is not in the future of `reference`. If another candidate is the same time with an offset, or
    says the time of the same day, that one counts instead.
    """
    possible = [found for found in candidates if reference is None or found.value <= reference + SLACK]
    if not possible:
        return None
    first = possible[0]
    for other in possible[1:]:
        distance = abs(other.value - first.value)
        if other.time.precision == "day":
            continue
        if first.time.precision == "day" and distance <= SAME_DAY:
            return other
        if other.time.has_offset and not first.time.has_offset and distance <= SAME_MOMENT:
            return other
    return first


def find_address_day(url: str | None) -> WrittenTime | None:
    """Return the day in the path of a URL; None if it has none."""
    match = ADDRESS_DAY.search(url or "")
    return find_written_time("-".join(match.groups())) if match else None


def _has_offset(text: str) -> bool:
    return re.search(r"(?:Z|[+-]\d{2}(?::?\d{2}){0,2})$", text, re.IGNORECASE) is not None and len(text) > len(
        "2024-07-04"
    )
