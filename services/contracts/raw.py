"""Raw article: the message of a sender to ingest, and of ingest on the raw topic."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.contracts.base import Contract
from services.contracts.urls import canonicalise_url

MAX_CONTENT_CHARACTERS = 8_388_608
"""Limit of the content, 8 Mi code points. A news article has a few thousand. Its HTML page has some hundred thousand,
and up to three million on sites that embed the state of their scripts. A longer page would delay the articles after it
by seconds."""

INVISIBLE = frozenset("CZ")
"""First letters of the Unicode general categories without visible characters: control, format, separators."""

MAX_METADATA_ENTRIES = 64
MAX_METADATA_CHARACTERS = 2_048

MAX_NAMES: Final = 64
MAX_NAME_CHARACTERS: Final = 256
"""Limits of the lists of authors and tags, and of each name in them."""


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
    """Read a time without an offset as UTC, which most feeds mean; read a date as its first moment."""
    if isinstance(value, str):
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            return value
        return parsed.replace(tzinfo=UTC).isoformat() if parsed.tzinfo is None else value
    return value


def has_visible_character(text: str) -> bool:
    """Return whether the text has more than blanks, control characters and zero-width or other format characters."""
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


def _list_text(value: object) -> object:
    return (value,) if isinstance(value, str) else value


HttpUrl = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_048), AfterValidator(_check_url)]
"""An http or https URL, stored as given. The canonical form is derived from it."""

Timestamp = Annotated[AwareDatetime, BeforeValidator(_assume_utc), AfterValidator(_check_year)]
"""An ISO 8601 time or date; without an offset it is read as UTC."""

LANGUAGE_PATTERN: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
MAX_LANGUAGE_CHARACTERS: Final = 35

LanguageTag = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN, max_length=MAX_LANGUAGE_CHARACTERS)]
"""A language code (BCP 47), such as en or pt-BR."""

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_CHARACTERS)]
"""An author, a section or a tag."""

Names = Annotated[tuple[Name, ...], BeforeValidator(_list_text), Field(max_length=MAX_NAMES)]
"""A list of authors or tags; a text alone is a list of one."""

MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=128)]
MetadataValue = Annotated[str, StringConstraints(max_length=MAX_METADATA_CHARACTERS)]


class RawArticle(Contract):
    """One article as a source delivers it. Only `content` is required."""

    content: Annotated[
        str, StringConstraints(min_length=1, max_length=MAX_CONTENT_CHARACTERS), AfterValidator(_check_visible)
    ]
    """The article as text or HTML: 1 to 8,388,608 code points, at least one of them visible."""
    content_type: Literal["text/plain", "text/html"] = "text/plain"
    """The media type of `content`."""
    url: HttpUrl | None = None
    """The address of the article: an http or https URL of at most 2,048 characters."""
    source: Annotated[str, StringConstraints(strip_whitespace=True, max_length=256)] | None = None
    """The publisher, as a domain or a name. If absent, it is the host of the URL."""
    title: Annotated[str, StringConstraints(max_length=2_048)] | None = None
    """The headline, if the source gives it separately from the content."""
    language: LanguageTag | None = None
    """The language that the source states (BCP 47). It counts where the words of the article leave it open."""
    published_at: Timestamp | None = None
    """The time of publication that the source states."""
    fetched_at: Timestamp | None = None
    """The time at which the article was fetched. Relative times such as "2 days ago" are counted from it."""
    byline: Names = ()
    """The authors, if the source gives them separately from the content: at most 64 names of at most 256 characters."""
    section: Name | None = None
    """The section that the source states, such as "Markets"."""
    tags: Names = ()
    """The tags or keywords that the source states: at most 64 of at most 256 characters."""
    metadata: Annotated[dict[MetadataKey, MetadataValue], Field(max_length=MAX_METADATA_ENTRIES)] = {}
    """Key-value pairs that the sender chooses, at most 64. Copydesk passes them on unchanged."""
