"""A feed after parsing: what goes from the parser's process to the service."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class ParsedEntry(BaseModel):
    """One entry of a feed, as it stands there; texts are cut to what an article may hold."""

    model_config = ConfigDict(frozen=True)

    key: str
    """Short hash of what tells it from the feed's other entries."""
    url: str | None = None
    """The link, absolute, http or https."""
    title: str | None = None
    """Plain text."""
    published_at: str | None = None
    """ISO 8601; of the publication, else of the last update."""
    content: str = ""
    """The fullest text that the entry has; its title where it has no other."""
    content_type: Literal["text/plain", "text/html"] = "text/plain"
    author: str | None = None
    categories: str | None = None
    """Separated by ", "."""
    guid: str | None = None
    """RSS 2.0 `guid`, RFC 4287 `id`."""


class ParsedFeed(BaseModel):
    """What a feed's document holds."""

    model_config = ConfigDict(frozen=True)

    title: str | None = None
    language: str | None = None
    """BCP 47, where what the feed says is that."""
    entries: tuple[ParsedEntry, ...]
    """In the order of the document; none twice."""
    listed: int
    """Entries in the document, those beyond the limit included."""
    is_repaired: bool = False
    """Not well-formed; read as well as that goes."""
