"""From a parsed entry to the fields of an article. Pure."""

from __future__ import annotations

from datetime import datetime

from services.contracts.raw import MAX_METADATA_CHARACTERS
from services.ingest.sources.feeds.feeds_file import Feed
from services.ingest.sources.feeds.parsing.models import ParsedEntry, ParsedFeed


def build_fields(
    feed: Feed, parsed: ParsedFeed, entry: ParsedEntry, *, fetched_at: datetime, page: str | None = None
) -> dict[str, object]:
    """Fields by the names of `RawArticle`. `page` is the HTML of the linked page, where it was fetched.

    What is not there is left out. Of all of it only `fetched_at` depends on when the feed was fetched, and it is no
    part of the article's id.
    """
    metadata = {
        "feed_url": feed.url[:MAX_METADATA_CHARACTERS],
        "guid": entry.guid,
        "author": entry.author,
        "categories": entry.categories,
    }
    fields: dict[str, object | None] = {
        "content": page if page is not None else entry.content,
        "content_type": "text/html" if page is not None else entry.content_type,
        "url": entry.url,
        "source": feed.source or parsed.title,
        "title": entry.title,
        "language": feed.language or parsed.language,
        "published_at": entry.published_at,
        "fetched_at": fetched_at.isoformat(timespec="seconds"),
        "metadata": {name: value for name, value in metadata.items() if value},
    }
    return {name: value for name, value in fields.items() if value is not None}
