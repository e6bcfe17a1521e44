"""Parsed feed: the data that the parser process sends to the service."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

MAX_LISTED = 20_000
"""Maximum number of entries of one document that are read. A feed has 10 to 100, an archive some thousands."""


class ParsedEntry(BaseModel):
    """One entry of a feed. Texts are cut to the length that an article allows."""

    model_config = ConfigDict(frozen=True)

    key: str
    """Short hash that distinguishes the entry from the other entries of its feed."""
    url: str | None = None
    """Link as an absolute http or https URL."""
    title: str | None = None
    """Title as plain text."""
    published_at: str | None = None
    """Time of publication or else of the last update, in ISO 8601."""
    content: str = ""
    """Longest text that the entry contains; its title if it has no other text."""
    content_type: Literal["text/plain", "text/html"] = "text/plain"
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    guid: str | None = None
    """RSS 2.0 `guid` or Atom `id` (RFC 4287)."""


class ParsedFeed(BaseModel):
    """Content of a feed document."""

    model_config = ConfigDict(frozen=True)

    title: str | None = None
    language: str | None = None
    """BCP 47 tag; None if the feed states none or something else."""
    entries: tuple[ParsedEntry, ...]
    """Entries in the order of the document, each key once."""
    listed: int
    """Number of entries in the document, those beyond the limit included."""
    is_repaired: bool = False
    """True if the document is not well-formed XML; it was then read as far as possible."""
