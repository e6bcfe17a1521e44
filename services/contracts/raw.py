"""The raw article: what a sender gives, and what lies on the raw topic."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.contracts.base import Contract
from services.contracts.urls import canonicalise_url

MAX_CONTENT_CHARACTERS = 1_048_576
"""A news article has a few thousand characters and a heavy page of HTML some hundred thousand; beyond a
mebi-character it is something else, and one article would hold up its neighbours for seconds."""

INVISIBLE = frozenset("CZ")
"""Unicode general categories, by their first letter, of what leaves no ink: control, format, separators."""

MAX_METADATA_ENTRIES = 64
MAX_METADATA_CHARACTERS = 2_048


def _check_url(value: str) -> str:
    try:
        parts = urlsplit(canonicalise_url(value))
    except ValueError as error:
        raise ValueError("is not a URL") from error
    if parts.scheme not in ("http", "https"):
        raise ValueError("must be an http or https URL")
    if not parts.hostname:
        raise ValueError("must name a host")
    return value


def _assume_utc(value: object) -> object:
    """A time without an offset is taken as UTC, as most feeds mean it; a date alone as its first moment."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return value
        return parsed.replace(tzinfo=UTC).isoformat() if parsed.tzinfo is None else value
    return value


def has_visible_character(text: str) -> bool:
    """Whether anything would be seen: not only blanks, controls, and zero-width or other format characters."""
    return any(unicodedata.category(character)[0] not in INVISIBLE for character in text)


def _check_visible(value: str) -> str:
    if not has_visible_character(value):
        raise PydanticCustomError("string_invisible", "has no visible character")
    return value


def _check_year(value: datetime) -> datetime:
    try:
        value.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is outside the years 1 to 9999") from error
    return value


HttpUrl = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_048), AfterValidator(_check_url)]
"""An http or https URL as text; kept as given, since the canonical form is derived and not assumed."""

Timestamp = Annotated[AwareDatetime, BeforeValidator(_assume_utc), AfterValidator(_check_year)]
"""An ISO 8601 time or date; without an offset it is taken as UTC."""

MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=128)]
MetadataValue = Annotated[str, StringConstraints(max_length=MAX_METADATA_CHARACTERS)]


class RawArticle(Contract):
    """One article as a source has it. Only `content` is required."""

    content: Annotated[
        str, StringConstraints(min_length=1, max_length=MAX_CONTENT_CHARACTERS), AfterValidator(_check_visible)
    ]
    """The article as text or HTML, in code points 1 to 1,048,576, at least one of them visible."""
    content_type: Literal["text/plain", "text/html"] = "text/plain"
    """What `content` is."""
    url: HttpUrl | None = None
    """Where it was found: http or https, at most 2,048 characters."""
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=256)] | None = None
    """The publisher, as a domain or a name. Taken from the URL's host when absent."""
    title: Annotated[str, StringConstraints(max_length=2_048)] | None = None
    """The headline, where the source gives it apart from the content."""
    language: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | None
    ) = None
    """BCP 47, as the source claims it; detected when absent."""
    published_at: Timestamp | None = None
    """When the source says that it was published."""
    fetched_at: Timestamp | None = None
    """When it was fetched; the reference of relative times such as "2 days ago"."""
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MAX_METADATA_ENTRIES)] = {}
    """Free text to text, at most 64 entries; carried along, never interpreted."""
